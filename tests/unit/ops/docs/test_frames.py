"""Every frame and every close code stands in the reference."""

from secureconnect.contracts import frames
from secureconnect.contracts.described import sockets
from secureconnect.ops.docs.frames import CLOSES, frames_page


def test_each_frame_of_each_socket_is_told_with_its_fields() -> None:
    text = frames_page()
    for socket in sockets():
        section = text.partition(f"## `{socket.path}`")[2].partition("\n## ")[0]
        for frame in (*socket.client, *socket.server):
            assert f"**`{frame.t}`**: {frame.sentence}" in section
            assert all(f"| `{field.name}` |" in section for field in frame.fields)


def test_each_close_code_is_told() -> None:
    codes = {name for name in vars(frames) if name.startswith("CLOSE_")}
    assert codes == CLOSES.keys()
    assert all(f"| `{getattr(frames, name)}` | {CLOSES[name]}" in frames_page() for name in codes)
