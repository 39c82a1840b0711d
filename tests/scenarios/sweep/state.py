"""Everything that a person can read of their own world, to be compared before and after."""

import hashlib
from typing import Any

import httpx2

from tests.scenarios.sweep.world import World, http_of

Json = dict[str, Any]
LISTS = (
    "/v1/users/me",
    "/v1/auth/sessions",
    "/v1/friends",
    "/v1/blocks",
    "/v1/invites",
    "/v1/conversations",
    "/v1/calls",
    "/v1/files/quota",
)
OF_CONVERSATION = ("", "/events?limit=1000", "/members", "/marks", "/mentions")
VOLATILE = frozenset({"last_used_at", "current"})
TUS = {"tus-resumable": "1.0.0"}


async def state_of(world: World) -> Json:
    """The owner's world by path."""
    things, found = world.things, dict[str, Any]()
    async with http_of(world.owner, world.url) as http:
        paths = [*LISTS, f"/v1/calls/{things['call']}"]
        for conversation in await _conversations(http):
            paths += [f"/v1/conversations/{conversation}{part}" for part in OF_CONVERSATION]
        paths += [f"/v1/files/{things[name]}" for name in ("file", "waiting", "upload")]
        paths.append(f"/v1/conversations/{things['conversation']}/messages/{things['event_id']}/reactions")
        for path in paths:
            answer = await http.get(path)
            found[path] = (answer.status_code, steady(answer.json()))
        content = await http.get(f"/v1/files/{things['file']}/content")
        found["content"] = (content.status_code, hashlib.sha256(content.content).hexdigest())
        head = await http.head(f"/v1/files/{things['upload']}/upload", headers=TUS)
        found["upload"] = (head.status_code, head.headers.get("upload-offset"))
    for path, (status, _) in found.items():
        assert status == 200, (path, found[path])
    return found


async def _conversations(http: httpx2.AsyncClient) -> list[str]:
    return [item["id"] for item in (await http.get("/v1/conversations?limit=200")).json()["items"]]


def steady(value: Any) -> Any:
    """A JSON value without the fields that move by themselves."""
    if isinstance(value, dict):
        return {name: steady(each) for name, each in value.items() if name not in VOLATILE}
    return [steady(each) for each in value] if isinstance(value, list) else value


def changes(before: Json, after: Json) -> list[str]:
    """The paths at which two states differ, with both."""
    return [
        f"{path}: {before.get(path)} -> {after.get(path)}"
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    ]
