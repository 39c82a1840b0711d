"""What auth said is kept until it changes there, and is the last resort while auth is away."""

import pytest
from msgspec import structs

from secureconnect.contracts.auth import Privacy
from secureconnect.contracts.errors import Code
from secureconnect.contracts.peers import Change
from secureconnect.kit.clock import ManualClock
from secureconnect.services.chat.people import KEPT_S, Kept, People
from secureconnect.services.chat.standing import may_write
from tests.fixtures.chat_service import Others, peer_account, refused

pytestmark = pytest.mark.anyio


def people_of(others: Others, clock: ManualClock | None = None) -> People:
    others.people("ann", "ben", "cat")
    return People(others.peers().as_caller("chat"), clock or ManualClock())


async def test_auth_is_asked_once_and_again_after_a_change() -> None:
    others = Others()
    people = people_of(others)
    assert people.known("ann") is None
    assert set(await people.of(["ann", "ben", "nobody"])) == {"ann", "ben"}
    await people.of(["ann", "ben"])
    assert others.asked == ["accounts"]
    assert people.known("ann") is not None
    people.hear(Change(1, 0, "profile", "ann"))
    assert people.known("ann") is None
    assert people.known("ben") is not None
    await people.blocks("ann")
    await people.blocks("ben")
    people.hear(Change(1, 0, "blocks", "ann", None, "ben"))
    assert people.known_blocks("ann") is None
    assert people.known_blocks("ben") is None


async def test_what_is_old_is_asked_anew_and_still_serves_while_auth_is_away() -> None:
    others, clock = Others(), ManualClock()
    people = people_of(others, clock)
    await people.of(["ann"])
    await people.blocks("ann")
    clock.advance_s(KEPT_S + 1)
    assert people.known("ann") is None
    others.away.add("auth")
    assert set(await people.of(["ann"])) == {"ann"}
    assert not (await people.blocks("ann")).between("ben")
    async with refused(Code.UNAVAILABLE):
        await people.of(["ann", "ben"])
    async with refused(Code.UNAVAILABLE):
        await people.blocks("ben")
    assert set(await people.of_reachable(["ann", "ben"])) == {"ann"}


async def test_a_change_that_passes_while_auth_answers_is_not_overwritten() -> None:
    kept: Kept[str] = Kept(ManualClock(), 2, 10)
    ends = kept.ends
    kept.drop("ann")
    kept.keep("ann", "old", ends)
    assert kept.fresh("ann") is None
    for name in ("ann", "ben", "cat"):
        kept.keep(name, name, kept.ends)
    assert [kept.fresh(name) for name in ("ann", "ben", "cat")] == [None, "ben", "cat"]


async def test_permissions_are_everyones_friends_or_nobodys() -> None:
    others = Others()
    people = people_of(others)
    others.friends.add(frozenset(("ann", "cat")))
    chosen = {"ann": "everyone", "ben": "friends", "cat": "friends", "dan": "nobody"}
    asked = [
        structs.replace(peer_account(name), privacy=Privacy(write=write))  # pyright: ignore[reportArgumentType]
        for name, write in chosen.items()
    ]
    permitted = await people.permits("ann", asked, may_write)
    assert permitted == {"ann": True, "ben": False, "cat": True, "dan": False}
    assert others.asked == ["relations"]
