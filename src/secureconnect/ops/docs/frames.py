"""docs/reference/frames.md: both sockets with every frame each way, and how sockets are closed."""

from collections.abc import Iterator

from secureconnect.contracts import frames
from secureconnect.contracts.described import FrameDoc, sockets
from secureconnect.edge.limits import FRAME_BYTES_MAX, HELLO_DEADLINE_S
from secureconnect.ops.docs.page import page, table

OPENING = f"""
Generated from the code. A socket is opened with the subprotocol `{frames.SUBPROTOCOL}` and without compression. A text
message holds JSON objects, one a line, at most {frames.FRAME_LINES_MAX} lines and {FRAME_BYTES_MAX:,} bytes.
`t` is the type; `id` is the client's own number, which the answer carries. The first frame is `hello`, within
{HELLO_DEADLINE_S:.0f} seconds. Fields that are null or empty may be left out by the server.
"""
CLOSES = {
    "CLOSE_SILENT": "Nothing was heard for two heartbeats: connect again.",
    "CLOSE_RESTART": "The server restarts; the reason holds `reconnect_after_ms`: connect again after that time.",
    "CLOSE_BAD_FRAME": "A frame was no JSON object with `t`, or binary: a fault of the client.",
    "CLOSE_UNAUTHENTICATED": "Not signed in, or signed out: refresh the access token or sign in, then connect again.",
    "CLOSE_FORBIDDEN": "This page or account may not open this socket.",
    "CLOSE_TOO_SLOW": "The client read too slowly: connect again and go on from the cursor.",
    "CLOSE_TOO_MANY": "This device opened too many sockets, and this was the oldest: do not connect again by yourself.",
    "CLOSE_FRAME_TOO_LARGE": "A message was larger than allowed: send less.",
    "CLOSE_TOO_FAST": "The client went on too fast after errors said so: wait before connecting again.",
}


def frames_page() -> str:
    """The page as Markdown."""
    return page("Frames", OPENING, _parts())


def _parts() -> Iterator[str]:
    for socket in sockets():
        yield f"## `{socket.path}`"
        yield "### From the client"
        yield from map(_frame, socket.client)
        yield "### From the server"
        yield from map(_frame, socket.server)
    yield "## Close codes"
    codes = {name: value for name, value in vars(frames).items() if name.startswith("CLOSE_")}
    yield table(
        ("code", "what it means"), [(f"`{code}`", CLOSES[name]) for name, code in sorted(codes.items(), key=_code)]
    )


def _code(item: tuple[str, int]) -> int:
    return item[1]


def _frame(frame: FrameDoc) -> str:
    told = f"**`{frame.t}`**: {frame.sentence}"
    if not frame.fields:
        return told
    rows = [(f"`{field.name}`", field.type, "yes" if field.required else "no") for field in frame.fields]
    return f"{told}\n\n{table(('field', 'type', 'required'), rows)}"
