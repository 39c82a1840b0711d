"""Every way for one service to ask another keeps the same promises."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from msgspec import Raw

from secureconnect.backends.peers.http import HttpPeers
from secureconnect.backends.peers.local import LocalPeers
from secureconnect.backends.peers.port import AnsweredCall, Peers, answered
from secureconnect.backends.peers.routed import RoutedPeers
from secureconnect.backends.peers.tokens import ServiceSigner, ServiceVerifier
from secureconnect.contracts.errors import Code, Fault, FieldFault
from secureconnect.contracts.peers import (
    AUTH_CHANGES,
    AUTH_KEYS,
    CHAT_FRAMES,
    CHAT_MEMBERSHIP,
    STORAGE_PICTURE,
    STORAGE_USAGE,
    Change,
    Changes,
    ChangesAsk,
    Done,
    FramesAsk,
    KeysReply,
    MembershipAsk,
    MembershipReply,
    Nothing,
    PictureAsk,
    PictureReply,
    UsageReply,
)
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.secret import Secret
from tests.fixtures.inner import KEYS, InnerListener, listening

pytestmark = pytest.mark.anyio

Asking = Callable[[str], Peers]
Adapter = Callable[[str, Sequence[AnsweredCall]], AbstractAsyncContextManager[Asking]]


@asynccontextmanager
async def local(service: str, calls: Sequence[AnsweredCall]) -> AsyncGenerator[Asking]:
    peers = LocalPeers()
    peers.serve(service, calls)
    yield peers.as_caller


@asynccontextmanager
async def http(service: str, calls: Sequence[AnsweredCall]) -> AsyncGenerator[Asking]:
    clock = SystemClock()
    made: list[HttpPeers] = []
    listener = InnerListener({each.call.name: each for each in calls}, ServiceVerifier(service, KEYS, clock))
    async with listening(listener) as url:

        def as_caller(name: str) -> Peers:
            made.append(HttpPeers({service: [url]}, ServiceSigner(name, Secret(KEYS[name]), clock)))
            return made[-1]

        yield as_caller
        for each in made:
            await each.close()


@asynccontextmanager
async def routed(service: str, calls: Sequence[AnsweredCall]) -> AsyncGenerator[Asking]:
    async with http(service, calls) as remote:
        here = LocalPeers()
        here.serve("nobody", [])
        yield lambda name: RoutedPeers(name, here, remote(name))


ADAPTERS: dict[str, Adapter] = {"local": local, "http": http, "routed": routed}


@pytest.fixture(params=sorted(ADAPTERS))
def adapter(request: pytest.FixtureRequest) -> Adapter:
    return ADAPTERS[request.param]


async def refusal(asking: Peers, *, timeout_s: float | None = None) -> Fault:
    """The fault that asking for a membership raises."""
    with pytest.raises(Fault) as caught:
        await asking.ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a"), timeout_s=timeout_s)
    return caught.value


async def member(ask: MembershipAsk) -> MembershipReply:
    """A handler that answers with what it was asked."""
    return MembershipReply("owner", ask.conversation, ask.with_members, [ask.account, "ünïcode \u2028 \0"])


async def test_the_answer_is_what_the_handler_returned(adapter: Adapter) -> None:
    async with adapter("chat", [answered(CHAT_MEMBERSHIP, member)]) as asking:
        reply = await asking("video").ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a", True))
        assert reply == MembershipReply("owner", "c", True, ["a", "ünïcode \u2028 \0"])


async def test_bytes_raw_json_nested_structs_and_nothing_come_through_whole(adapter: Adapter) -> None:
    content = bytes(range(256)) * 8000
    frames: list[FramesAsk] = []

    async def picture(ask: PictureAsk) -> PictureReply:
        return PictureReply(f"{ask.type}:{ask.content == content}")

    async def usage(_ask: Nothing) -> UsageReply:
        return UsageReply(2**53, 7)

    async with adapter("storage", [answered(STORAGE_PICTURE, picture), answered(STORAGE_USAGE, usage)]) as asking:
        reply = await asking("auth").ask(STORAGE_PICTURE, PictureAsk("a", content, "image/webp"))
        assert reply == PictureReply("image/webp:True")
        assert await asking("operator").ask(STORAGE_USAGE, Nothing()) == UsageReply(2**53, 7)

    async def keep(ask: FramesAsk) -> Done:
        frames.append(ask)
        return Done()

    async with adapter("chat", [answered(CHAT_FRAMES, keep)]) as asking:
        assert await asking("video").ask(CHAT_FRAMES, FramesAsk(["a"], Raw(b'{"type":"x"}'))) == Done()
        assert bytes(frames[0].frame) == b'{"type":"x"}'

    async def changes(ask: ChangesAsk) -> Changes:
        assert ask == ChangesAsk(None)
        return Changes([Change(1, 2, "blocks", "a", other="b")], 1)

    async def keys(_ask: Nothing) -> KeysReply:
        return KeysReply(Raw(b'{"keys":[]}'))

    async with adapter("auth", [answered(AUTH_CHANGES, changes), answered(AUTH_KEYS, keys)]) as asking:
        assert (await asking("chat").ask(AUTH_CHANGES, ChangesAsk(None))).changes[0].other == "b"
        assert bytes((await asking("gateway").ask(AUTH_KEYS, Nothing())).jwks) == b'{"keys":[]}'


FAULTS = [
    Fault(Code.CHAT_NOT_A_MEMBER),
    Fault(Code.INVALID, "détail", errors=[FieldFault("/a/b", "too long")]),
    Fault(Code.TOO_MANY_REQUESTS, retry_after_ms=1500),
    Fault(Code.UNAVAILABLE, "its database is away", 2000),
    Fault(Code.STORAGE_CHECKSUM_MISMATCH),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code.wire)
async def test_the_fault_of_the_other_service_comes_out_unchanged(adapter: Adapter, fault: Fault) -> None:
    async def refuse(_ask: MembershipAsk) -> MembershipReply:
        raise fault

    async with adapter("chat", [answered(CHAT_MEMBERSHIP, refuse)]) as asking:
        assert await refusal(asking("video")) == fault


async def test_a_handler_that_breaks_tells_nothing_of_how(adapter: Adapter) -> None:
    async def broken(_ask: MembershipAsk) -> MembershipReply:
        raise RuntimeError("canary-77")

    async with adapter("chat", [answered(CHAT_MEMBERSHIP, broken)]) as asking:
        fault = await refusal(asking("video"))
        assert (fault.code, fault.detail) == (Code.INTERNAL, None)


async def test_who_may_not_make_a_call_is_forbidden_and_the_handler_never_runs(adapter: Adapter) -> None:
    asked: list[MembershipAsk] = []

    async def note(ask: MembershipAsk) -> MembershipReply:
        asked.append(ask)
        return MembershipReply(None)

    async with adapter("chat", [answered(CHAT_MEMBERSHIP, note)]) as asking:
        for name in ("auth", "gateway", "operator", "chat"):
            assert (await refusal(asking(name))).code is Code.FORBIDDEN
        assert asked == []
        await asking("storage").ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a"))
        assert len(asked) == 1


async def test_a_service_that_is_not_known_is_unavailable(adapter: Adapter) -> None:
    async with adapter("auth", []) as asking:
        assert (await refusal(asking("video"))).code is Code.UNAVAILABLE


async def test_an_answer_that_does_not_come_in_time_is_unavailable(adapter: Adapter) -> None:
    ended = asyncio.Event()

    async def hang(_ask: MembershipAsk) -> MembershipReply:
        await ended.wait()
        return MembershipReply(None)

    async with adapter("chat", [answered(CHAT_MEMBERSHIP, hang)]) as asking:
        started_s = time.monotonic()
        assert (await refusal(asking("video"), timeout_s=0.1)).code is Code.UNAVAILABLE
        assert time.monotonic() - started_s < 2
        ended.set()


async def test_a_long_poll_may_wait_as_long_as_its_caller_says(adapter: Adapter) -> None:
    arrived = asyncio.Event()

    async def poll(ask: ChangesAsk) -> Changes:
        assert ask.wait_ms == 20_000
        await arrived.wait()
        return Changes([], 5)

    async with adapter("auth", [answered(AUTH_CHANGES, poll)]) as asking:
        polling = asyncio.create_task(asking("chat").ask(AUTH_CHANGES, ChangesAsk(1, 20_000), timeout_s=25))
        done, _ = await asyncio.wait([polling], timeout=0.2)
        assert not done
        arrived.set()
        assert (await polling).last == 5


async def test_many_calls_at_once_each_get_their_own_answer(adapter: Adapter) -> None:
    async with adapter("chat", [answered(CHAT_MEMBERSHIP, member)]) as asking:
        peers = asking("video")
        asks = [MembershipAsk(f"c{number}", "a") for number in range(150)]
        replies = await asyncio.gather(*(peers.ask(CHAT_MEMBERSHIP, each) for each in asks))
        assert [reply.kind for reply in replies] == [f"c{number}" for number in range(150)]


async def test_a_cancelled_question_is_cancelled(adapter: Adapter) -> None:
    started = asyncio.Event()
    ended = asyncio.Event()

    async def hang(_ask: MembershipAsk) -> MembershipReply:
        started.set()
        await ended.wait()
        return MembershipReply(None)

    async with adapter("chat", [answered(CHAT_MEMBERSHIP, hang)]) as asking:
        task = asyncio.create_task(asking("video").ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a")))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        ended.set()
