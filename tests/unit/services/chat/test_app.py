"""The chat service as it is built: what it answers to others, and that changes at auth reach it."""

from pathlib import Path

import pytest

from secureconnect.contracts.events import CallBody
from secureconnect.contracts.peers import (
    CHAT_CALL_EVENT,
    CHAT_INVITABLE,
    CHAT_MEMBERSHIP,
    CHAT_RETIRE,
    CallEventAsk,
    Change,
    InvitableAsk,
    MembershipAsk,
    RetireAsk,
)
from tests.fixtures.chat_service import chat_house
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio

ENVELOPE = {"v": 1, "scheme": "plain", "body": {"text": "hi"}}


async def test_the_other_services_are_answered(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann:
        made = await ann.post("/v1/conversations", json={"kind": "group", "title": "G", "member_ids": ["ben"]})
        group = made.json()["id"]
        video, auth = house.local.as_caller("video"), house.local.as_caller("auth")
        reply = await video.ask(CHAT_MEMBERSHIP, MembershipAsk(group, "ben", with_members=True))
        assert (reply.role, reply.members) == ("member", ["ann", "ben"])
        await video.ask(CHAT_CALL_EVENT, CallEventAsk(group, "ann", "ann-1", CallBody("c1", "missed", "audio")))
        invitable = await auth.ask(CHAT_INVITABLE, InvitableAsk("ann", [group]))
        assert [one.title for one in invitable.conversations] == ["G"]
        await auth.ask(CHAT_RETIRE, RetireAsk("ann", closed=False))
        row = (await ann.get(f"/v1/conversations/{group}")).json()
        assert (row["role"], row["head_seq"]) == ("admin", 6)


async def test_a_block_at_auth_reaches_the_conversation(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann:
        made = await ann.post("/v1/conversations", json={"kind": "direct", "member_ids": ["ben"]})
        path = f"/v1/conversations/{made.json()['id']}/messages"
        assert (await ann.post(path, json={"client_id": "1", "envelope": ENVELOPE})).status_code == 201
        house.others.blocked.add(("ben", "ann"))
        house.others.changes.append(Change(1, 0, "blocks", "ben", None, "ann"))
        asked = house.others.asked.count("blocks")

        async def refused() -> bool:
            answer = await ann.post(path, json={"client_id": "2", "envelope": ENVELOPE})
            return answer.status_code == 403 and answer.json()["code"] == "chat.blocked"

        answers: list[bool] = []
        while not answers or not answers[-1]:
            answers.append(await refused())
            assert len(answers) < 500
        assert house.others.asked.count("blocks") > asked


async def test_the_figures_count_messages(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann:
        made = await ann.post("/v1/conversations", json={"kind": "group", "member_ids": []})
        await ann.post(f"/v1/conversations/{made.json()['id']}/messages", json={"client_id": "1", "envelope": ENVELOPE})
        figure = house.running.metrics.registry.get_sample_value
        await until(lambda: figure("secureconnect_chat_messages_total") == 1)
        assert figure("secureconnect_chat_events_total", {"kind": "member"}) == 1
