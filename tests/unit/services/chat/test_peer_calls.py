"""What the other services are told of memberships."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from secureconnect.contracts.peers import AccountOnly, MembershipAsk, MembershipReply
from secureconnect.services.chat.peer_calls import MembershipAnswers
from tests.fixtures.chat_service import Office, office, refused

pytestmark = pytest.mark.anyio


def answers_of(o: Office) -> MembershipAnswers:
    return MembershipAnswers(o.chat.membership, o.chat.people)


async def test_members_have_a_role_and_all_others_none(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        answers = answers_of(o)
        assert await answers.membership(MembershipAsk(group, "ann")) == MembershipReply("owner", "group")
        assert (await answers.membership(MembershipAsk(group, "ben", True))).members == ["ann", "ben"]
        await o.leave("ben", group)
        for account, conversation in (("ben", group), ("eve", group), ("ann", "nowhere")):
            assert (await answers.membership(MembershipAsk(conversation, account, True))) == MembershipReply(None)


async def test_a_direct_conversation_is_blocked_from_both_sides(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        answers = answers_of(o)
        assert not (await answers.membership(MembershipAsk(direct, "ann"))).blocked
        o.block("ben", "ann")
        for account in ("ann", "ben"):
            assert (await answers.membership(MembershipAsk(direct, account))).blocked
        o.changed("blocks", "ann", "cat")
        o.others.away.add("auth")
        async with refused(Code.UNAVAILABLE):
            await answers.membership(MembershipAsk(direct, "ann"))


async def test_the_conversations_of_an_account_are_those_it_is_in(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        stays, left = await o.group("ann", "ben"), await o.group("ann", "ben")
        await o.leave("ben", left)
        assert (await answers_of(o).conversations(AccountOnly("ben"))).conversations == [stays]
