"""Services of one process asking each other."""

import pytest

from secureconnect.backends.peers.local import LocalPeers
from secureconnect.backends.peers.port import answered
from secureconnect.backends.peers.routed import RoutedPeers
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import AUTH_KEYS, CHAT_MEMBERSHIP, MembershipAsk, MembershipReply

pytestmark = pytest.mark.anyio


async def member(_ask: MembershipAsk) -> MembershipReply:
    """Everybody is a member."""
    return MembershipReply("member")


ANSWERED = answered(CHAT_MEMBERSHIP, member)


@pytest.mark.parametrize(("service", "calls"), [("auth", [ANSWERED]), ("chat", [ANSWERED, ANSWERED])])
def test_a_service_answers_each_of_its_own_calls_once(service: str, calls: list[object]) -> None:
    with pytest.raises(ValueError, match="once"):
        LocalPeers().serve(service, calls)  # pyright: ignore[reportArgumentType]  # the lists of one test differ


async def test_a_service_may_ask_before_it_is_told_who_answers() -> None:
    local = LocalPeers()
    asking = local.as_caller("video")
    with pytest.raises(Fault) as caught:
        await asking.ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a"))
    assert caught.value.code is Code.UNAVAILABLE
    local.serve("chat", [ANSWERED])
    assert (await asking.ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a"))).role == "member"
    assert local.calls_of("chat") == {"membership": ANSWERED}
    assert local.calls_of("auth") == {}


async def test_a_time_out_of_the_handlers_own_is_its_fault_and_not_ours() -> None:
    async def late(_ask: MembershipAsk) -> MembershipReply:
        raise TimeoutError

    local = LocalPeers()
    local.serve("chat", [answered(CHAT_MEMBERSHIP, late)])
    with pytest.raises(Fault) as caught:
        await local.as_caller("video").ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a"))
    assert caught.value.code is Code.INTERNAL


async def test_a_service_of_this_process_is_asked_here_and_any_other_elsewhere() -> None:
    here, elsewhere = LocalPeers(), LocalPeers()
    here.serve("chat", [ANSWERED])
    routed = RoutedPeers("video", here, elsewhere.as_caller("video"))
    assert (await routed.ask(CHAT_MEMBERSHIP, MembershipAsk("c", "a"))).role == "member"
    with pytest.raises(Fault) as caught:
        await routed.ask(AUTH_KEYS, AUTH_KEYS.ask())
    assert caught.value.code is Code.UNAVAILABLE
