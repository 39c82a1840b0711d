"""Conversations over HTTP."""

from pathlib import Path

import pytest

from tests.fixtures.chat_service import chat_house

pytestmark = pytest.mark.anyio


async def test_a_direct_conversation_is_made_once_and_then_answered_with_200(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann, house.client("ben") as ben:
        made = await ann.post("/v1/conversations", json={"kind": "direct", "member_ids": ["ben"]})
        again = await ben.post("/v1/conversations", json={"kind": "direct", "member_ids": ["ann"]})
        assert (made.status_code, again.status_code) == (201, 200)
        assert made.json()["id"] == again.json()["id"]
        assert made.json()["peer"]["display_name"] == "Ben"
        listed = (await ann.get("/v1/conversations")).json()
        assert [row["id"] for row in listed["items"]] == [made.json()["id"]]
        assert listed["next_cursor"] is None


async def test_a_repeated_creation_under_one_key_makes_one_group(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann:
        body = {"kind": "group", "member_ids": ["ben"], "title": "G"}
        answers = [await ann.post("/v1/conversations", json=body, headers={"idempotency-key": "k"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json()["id"] == answers[1].json()["id"]
        assert len((await ann.get("/v1/conversations")).json()["items"]) == 1


async def test_no_text_of_a_message_is_kept_with_an_answer(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann:
        body = {"kind": "direct", "member_ids": ["ben"]}
        direct = (await ann.post("/v1/conversations", json=body)).json()["id"]
        said = {"client_id": "1", "envelope": {"v": 1, "scheme": "plain", "body": {"text": "erase-me"}}}
        sent = await ann.post(f"/v1/conversations/{direct}/messages", json=said, headers={"idempotency-key": "m"})
        key = {"idempotency-key": "k"}
        assert "erase-me" in (await ann.post("/v1/conversations", json=body, headers=key)).text
        await ann.delete(f"/v1/conversations/{direct}/messages/{sent.json()['event_id']}")
        again = await ann.post("/v1/conversations", json=body, headers=key)
        assert again.status_code == 200
        assert "erase-me" not in again.text


async def test_a_group_is_changed_preferred_and_looked_into(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann, house.client("ben") as ben:
        group = (await ann.post("/v1/conversations", json={"kind": "group", "member_ids": ["ben"]})).json()["id"]
        path = f"/v1/conversations/{group}"
        changed = await ann.patch(path, json={"title": "New", "history": "all"})
        assert (changed.status_code, changed.json()["title"], changed.json()["history"]) == (200, "New", "all")
        assert (await ben.patch(path, json={"title": "x"})).json()["code"] == "chat.role_too_low"
        assert (await ben.put(f"{path}/preferences", json={"pinned": True})).status_code == 204
        assert (await ben.get(path)).json()["preferences"]["pinned"] is True
        assert (await ben.put(f"{path}/preferences", json={"loud": True})).status_code == 422
        assert (await ben.get(f"{path}/mentions")).json() == {"items": [], "next_cursor": None}


async def test_a_stranger_finds_nothing_and_nobody_needs_to_sign_in(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann, house.client("eve") as eve:
        group = (await ann.post("/v1/conversations", json={"kind": "group", "member_ids": []})).json()["id"]
        async with house.client(None) as nobody:
            assert (await nobody.get("/v1/conversations")).status_code == 401
        for path in ("", "/members", "/events", "/mentions"):
            real, unreal = [await eve.get(f"/v1/conversations/{name}{path}") for name in (group, "nowhere")]
            assert (real.status_code, real.json()["code"]) == (404, "chat.not_a_member")
            assert {**real.json(), "request_id": ""} == {**unreal.json(), "request_id": ""}
