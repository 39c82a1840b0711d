"""Ranges, entity tags and headers of file content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.storage.content import (
    SHOWN_TYPES,
    asked_range,
    content_headers,
    entity_tag,
    matches_any,
    validators,
)

TAG = entity_tag("ab" * 32)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 5)),
        ("Bytes=9-", (9, 10)),
        ("bytes=5-99", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=0-1,3-4", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("lines=0-1", None),
        ("bytes=0-" + "9" * 30, None),
    ],
)
def test_one_range_of_bytes_is_understood_and_all_else_is_passed_over(
    asked: str | None, part: tuple[int, int] | None
) -> None:
    assert asked_range(asked, None, TAG, 10) == part


@pytest.mark.parametrize(("asked", "size"), [("bytes=10-", 10), ("bytes=10-12", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_a_range_outside_is_told_the_size(asked: str, size: int) -> None:
    with pytest.raises(Fault) as caught:
        asked_range(asked, None, TAG, size)
    assert caught.value.code is Code.RANGE_NOT_SATISFIABLE
    assert caught.value.headers == {"content-range": f"bytes */{size}"}


@given(st.text(max_size=30), st.integers(0, 1000))
def test_a_range_always_lies_inside(asked: str, size: int) -> None:
    try:
        part = asked_range("bytes=" + asked, None, TAG, size)
    except Fault:
        return
    assert part is None or 0 <= part[0] < part[1] <= size


def test_a_range_of_another_version_is_all_of_this_one() -> None:
    assert asked_range("bytes=0-1", TAG, TAG, 10) == (0, 2)
    assert asked_range("bytes=0-1", '"other"', TAG, 10) is None
    assert asked_range("bytes=0-1", "W/" + TAG, TAG, 10) is None
    assert asked_range("bytes=0-1", "Sat, 22 Nov 2025 08:26:40 GMT", TAG, 10) is None


def test_a_reader_who_has_it_is_known() -> None:
    assert not matches_any(None, TAG)
    assert not matches_any('"other"', TAG)
    assert matches_any(TAG, TAG)
    assert matches_any(f'"other", W/{TAG}', TAG)
    assert matches_any("*", TAG)


@pytest.mark.parametrize(
    "dangerous", ["text/html", "image/svg+xml", "application/xml", "application/pdf", "text/javascript", "x"]
)
def test_what_can_hold_a_script_is_octets(dangerous: str) -> None:
    assert content_headers("n", dangerous, TAG, 1, None)["content-type"] == "application/octet-stream"


def test_pictures_audio_and_video_keep_their_type() -> None:
    for shown in SHOWN_TYPES:
        assert content_headers("n", shown, TAG, 1, None)["content-type"] == shown
        assert shown.partition("/")[0] in ("image", "audio", "video")
        assert "svg" not in shown


def test_content_is_dressed_so_that_a_browser_only_keeps_and_shows_it() -> None:
    assert content_headers("n.png", "image/png", TAG, 10, (2, 5)) == {
        "etag": TAG,
        "cache-control": "private, no-cache",
        "cross-origin-resource-policy": "same-origin",
        "content-type": "image/png",
        "content-length": "3",
        "content-disposition": 'attachment; filename="n.png"',
        "content-security-policy": "sandbox",
        "accept-ranges": "bytes",
        "content-range": "bytes 2-4/10",
    }
    assert validators(TAG)["etag"] == TAG
