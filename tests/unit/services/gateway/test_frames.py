"""The end of a server's frame is found whatever pieces its bytes come in."""

from hypothesis import given
from hypothesis import strategies as st

from secureconnect.edge.wire import frame_text
from secureconnect.services.gateway.frames import FrameBoundary, close_frame

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n"


@given(st.lists(st.integers(0, 70_000), max_size=5), st.lists(st.integers(1, 4_000), min_size=1, max_size=40))
def test_boundaries_are_where_frames_end(sizes: list[int], pieces: list[int]) -> None:
    stream = HEAD + b"".join(frame_text(b"x" * size) for size in sizes)
    ends = {len(HEAD)}
    for size in sizes:
        ends.add(max(ends) + len(frame_text(b"x" * size)))
    boundary, at, turn = FrameBoundary(), 0, 0
    while at < len(stream):
        piece = stream[at : at + pieces[turn % len(pieces)]]
        turn += 1
        assert boundary.feed(piece) == len(piece)
        at += len(piece)
        assert boundary.between == (at in ends)
    assert boundary.upgraded


def test_with_stop_nothing_behind_the_boundary_is_followed() -> None:
    boundary = FrameBoundary()
    first, second = frame_text(b"first"), frame_text(b"second")
    boundary.feed(HEAD + first[:3])
    assert boundary.feed(first[3:] + second, stop=True) == len(first) - 3
    assert boundary.between


def test_a_refused_upgrade_has_no_boundary() -> None:
    boundary = FrameBoundary()
    boundary.feed(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    assert not boundary.upgraded
    assert not boundary.between


def test_a_close_frame_carries_code_and_reason() -> None:
    assert close_frame(1012, "later") == b"\x88\x07\x03\xf4later"
