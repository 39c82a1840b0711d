"""docs/reference/limits.md: every limit of the edges, with its unit and what happens above it."""

from secureconnect.edge import limits
from secureconnect.edge.limits import RATES, OnLoss, Per
from secureconnect.ops.docs.page import page, table

OPENING = """
Generated from the code. Everything that comes from outside is bounded. A rate that is used up is answered with 429 and
`Retry-After`, on a socket with an `error` frame that carries `retry_after_ms`; `limits.scale` multiplies all rates.
What an operator may set stands in [Settings](settings.md).
"""
SENTENCES = {
    "HEADER_BYTES_MAX": "All headers of one request; above it 431.",
    "HEADERS_MAX": "Headers of one request; above it 431.",
    "HEAD_DEADLINE_S": "How long the head of a request may take to arrive; then 408.",
    "BODY_CHUNK_DEADLINE_S": "How long a body may stand still; then 408. What came of an upload is kept.",
    "KEEP_ALIVE_S": "How long an idle connection is kept open.",
    "JSON_BODY_BYTES_MAX": "A JSON body; above it 413.",
    "PICTURE_BODY_BYTES_MAX": "A picture that is sent in; above it 413.",
    "FRAME_BYTES_MAX": "A message on a socket; above it close 4413, above four times of it 1009.",
    "HELLO_DEADLINE_S": "How long a new socket may take to send `hello`; then close 4401.",
    "SOCKETS_PER_DEVICE_MAX": "Sockets of one device; the oldest goes with close 4409.",
    "SOCKETS_PER_ACCOUNT_MAX": "Sockets of one account.",
    "FRAMES_PER_S": "Frames of one socket in the long run; above it an `error` frame.",
    "FRAMES_BURST": "Frames of one socket at once, before that rate counts.",
    "TOO_FAST_FRAMES_MAX": "Frames that may come too fast before close 4429.",
    "BACKLOG_LINES_MAX": "Lines that may wait on one socket while earlier ones are worked on.",
}
UNITS = {"BYTES_MAX": "bytes", "_PER_S": "a second", "_S": "seconds"}
WHAT = {Per.ACCOUNT: "account", Per.ADDRESS: "address (IPv6: its /64)"}
LOST = {OnLoss.OPEN: "stays open", OnLoss.CLOSED: "stays closed"}


def limits_page() -> str:
    """The page as Markdown."""
    rates = [
        (f"`{rate.name}`", f"{rate.amount:,}", f"{rate.period_s:,} s", WHAT[rate.per], LOST[rate.on_loss])
        for rate in RATES.values()
    ]
    sizes = [
        (f"`{name}`", f"{value:,.0f}", _unit(name), SENTENCES[name])
        for name, value in vars(limits).items()
        if name.isupper() and isinstance(value, int | float)
    ]
    told = (
        "While a shared store of the counters is away, each process counts alone: a limit that stays closed guards a "
        "secret and counts on strictly, one that stays open lets people go on."
    )
    return page(
        "Limits",
        OPENING,
        [
            "## Rates",
            table(("rate", "times", "in", "counted by", "without its store"), rates),
            told,
            "## Sizes and times",
            table(("limit", "value", "unit", "what it bounds"), sizes),
        ],
    )


def _unit(name: str) -> str:
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
