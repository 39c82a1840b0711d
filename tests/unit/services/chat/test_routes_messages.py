"""Messages and pages over HTTP."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.fixtures.chat_service import chat_house

pytestmark = pytest.mark.anyio


def sending(text: str, client_id: str | None = None) -> dict[str, Any]:
    return {"client_id": client_id or text, "envelope": {"v": 1, "scheme": "plain", "body": {"text": text}}}


async def group_of(client: httpx2.AsyncClient) -> str:
    made = await client.post("/v1/conversations", json={"kind": "group", "member_ids": ["ben"]})
    return f"/v1/conversations/{made.json()['id']}"


async def test_a_message_is_sent_edited_reacted_to_and_deleted(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann, house.client("ben") as ben:
        group = await group_of(ann)
        sent = await ann.post(f"{group}/messages", json=sending("one"))
        assert sent.status_code == 201
        assert set(sent.json()) == {"conversation", "seq", "event_id", "sent_at"}
        again = await ann.post(f"{group}/messages", json=sending("one"))
        assert (again.status_code, again.json()) == (200, sent.json())
        other = await ann.post(f"{group}/messages", json=sending("two", "one"))
        assert (other.status_code, other.json()["code"]) == (409, "chat.client_id_reused")
        message = f"{group}/messages/{sent.json()['event_id']}"
        assert (await ann.patch(message, json=sending("three", "e"))).status_code == 200
        assert (await ben.patch(message, json=sending("x", "e"))).json()["code"] == "chat.not_yours"
        emoji = quote("👍🏽")
        assert (await ben.put(f"{message}/reactions/{emoji}")).status_code == 204
        page = (await ben.get(f"{group}/events", params={"after": 3, "limit": 1})).json()
        assert page["events"][0]["body"]["envelope"]["body"] == {"text": "three"}
        assert page["events"][0]["body"]["reactions"] == [{"emoji": "👍🏽", "count": 1, "mine": True}]
        assert (page["from_seq"], page["to_seq"], page["more"]) == (4, 4, True)
        assert (await ann.get(f"{message}/reactions")).json()["items"] == [{"account": "ben", "emoji": "👍🏽"}]
        assert (await ben.delete(f"{message}/reactions/{emoji}")).status_code == 204
        assert (await ben.put(f"{message}/reactions/no")).json()["code"] == "chat.reaction_invalid"
        assert (await ann.delete(message)).status_code == 204
        assert (await ann.request("DELETE", message, json={"client_id": "d"})).status_code == 204
        assert (await ann.request("DELETE", message, json={"nonsense": 1})).status_code == 422
        assert (await ann.get(f"{group}/events", params={"after": 0, "before": 3})).status_code == 422


async def test_what_is_too_large_or_unknown_is_refused_by_name(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann:
        group = await group_of(ann)
        large = await ann.post(f"{group}/messages", json=sending("x" * 70_000, "id"))
        assert (large.status_code, large.json()["code"]) == (413, "chat.message_too_large")
        unknown = await ann.post(f"{group}/messages", json={**sending("x"), "colour": "red"})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "request.invalid")
        missing = await ann.patch(f"{group}/messages/none", json=sending("x"))
        assert (missing.status_code, missing.json()["code"]) == (404, "chat.event_not_found")
        mls = sending("x")
        mls["envelope"]["scheme"] = "mls"
        assert (await ann.post(f"{group}/messages", json=mls)).json()["code"] == "chat.scheme_invalid"
        spread = b'{"client_id": "s",\n "envelope":\n {"v": 1,\n "scheme": "plain",\n "body": {\n"text": "a"\n}}}'
        json_type = {"content-type": "application/json"}
        assert (await ann.post(f"{group}/messages", content=spread, headers=json_type)).status_code == 201
