"""Members over HTTP."""

from pathlib import Path

import pytest

from tests.fixtures.chat_service import chat_house

pytestmark = pytest.mark.anyio


async def test_members_come_rise_and_go(tmp_path: Path) -> None:
    async with chat_house(tmp_path) as house, house.client("ann") as ann, house.client("ben") as ben:
        group = (await ann.post("/v1/conversations", json={"kind": "group", "member_ids": []})).json()["id"]
        path = f"/v1/conversations/{group}/members"
        added = await ann.post(path, json={"account": "ben"})
        assert (added.status_code, added.json()["role"]) == (201, "member")
        assert (await ann.post(path, json={"account": "ben"})).status_code == 200
        assert (await ann.post(path, json={"account": "nobody"})).json()["code"] == "chat.members_invalid"
        assert [member["account"] for member in (await ben.get(path)).json()["items"]] == ["ann", "ben"]
        assert (await ann.delete(f"{path}/ann")).json()["code"] == "chat.last_owner"
        risen = await ann.patch(f"{path}/ben", json={"role": "owner"})
        assert (risen.status_code, risen.json()["role"]) == (200, "owner")
        assert (await ann.delete(f"{path}/ann")).status_code == 204
        assert (await ann.get(path)).status_code == 404
        assert (await ann.get(f"/v1/conversations/{group}")).json()["last_seq"] == 6
        assert (await ben.delete(f"{path}/eve")).json()["code"] == "request.not_found"
