"""Parts on their way in."""

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import pytest

from secureconnect.contracts.errors import Code
from secureconnect.services.storage.parts import Part, PartCut, PartRefused
from secureconnect.services.storage.tus import Checksum

pytestmark = pytest.mark.anyio


def told(*messages: dict[str, Any]) -> Any:
    """A receive that gives these messages."""
    left = list(messages)

    async def receive() -> Any:
        return left.pop(0)

    return receive


def body(chunks: Sequence[bytes]) -> list[dict[str, Any]]:
    return [
        {"type": "http.request", "body": chunk, "more_body": number + 1 < len(chunks)}
        for number, chunk in enumerate(chunks)
    ]


async def taken(part: Part, bytes_max: int) -> list[bytes]:
    return [chunk async for chunk in part.chunks(bytes_max, lambda _: None)]


async def test_chunks_come_out_as_they_came_in() -> None:
    part = Part(told(*body([b"ab", b"", b"c"])))
    assert await taken(part, 3) == [b"ab", b"c"]
    assert part.received_bytes == 3


async def test_a_part_beyond_its_bound_is_refused() -> None:
    with pytest.raises(PartRefused) as caught:
        await taken(Part(told(*body([b"ab", b"cd"]))), 3)
    assert caught.value.fault.code is Code.BODY_TOO_LARGE


async def test_a_sender_who_goes_away_cuts_the_part() -> None:
    part = Part(told({"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.disconnect"}))
    chunks = part.chunks(9, lambda _: None)
    assert await anext(chunks) == b"ab"
    with pytest.raises(PartCut):
        await anext(chunks)


@pytest.mark.parametrize("size", [0, 1, 300_000, 3_000_000])
async def test_a_checksum_is_of_all_bytes_of_the_part(size: int) -> None:
    content = os.urandom(size)
    chunks = [content[at : at + 65_536] for at in range(0, size, 65_536)] or [b""]
    right = Checksum("sha256", hashlib.sha256(content).digest())
    assert b"".join(await taken(Part(told(*body(chunks)), right), size)) == content
    with pytest.raises(PartRefused) as caught:
        await taken(Part(told(*body([*chunks, b"x"])), right), size + 1)
    assert caught.value.fault.code is Code.STORAGE_CHECKSUM_MISMATCH
