"""docs/reference/errors.md: every error code, what is safe after it and what to do next."""

from itertools import groupby

from secureconnect.contracts.errors import Code
from secureconnect.ops.advice import advise
from secureconnect.ops.docs.page import page, table

OPENING = """
Generated from the code. Every error answer is a problem (RFC 9457, `application/problem+json`) with `type`, `code`,
`title`, `status`, `request_id`, and where they help `detail`, `errors` (what is wrong with a field, by JSON pointer)
and `retry_after_ms`. A socket says the same in an `error` frame. The codes are stable; the titles are not. What you may
not see and what is not there are told alike.
"""
GROUPS = {
    "request": "What any request can meet",
    "server": "What the server can meet",
    "frame": "What a frame on a socket can meet",
    "auth": "Accounts, sessions and administration",
    "chat": "Conversations and messages",
    "video": "Calls",
    "storage": "Files and uploads",
}


def errors_page() -> str:
    """The page as Markdown."""
    codes = sorted(Code, key=lambda code: (list(GROUPS).index(_group(code)), code.status, code.wire))
    parts: list[str] = []
    for name, members in groupby(codes, key=_group):
        rows = [_row(code) for code in members]
        parts += [f"## {GROUPS[name]}", table(("code", "status", "what happened", "what is safe", "next"), rows)]
    return page("Errors", OPENING, parts)


def _group(code: Code) -> str:
    return code.wire.partition(".")[0]


def _row(code: Code) -> tuple[str, ...]:
    advice = advise(code)
    return (f"`{code.wire}`", str(code.status), code.title, advice.safe, advice.next)
