"""The overview tells figures as they are, and which services do not answer."""

import pytest

from tests.fixtures.auth import AuthHouse
from tests.fixtures.neighbours import Neighbours

pytestmark = pytest.mark.anyio


async def test_figures_and_services_are_those_of_now(house: AuthHouse, neighbours: Neighbours) -> None:
    admin = await house.register("root1", invite=house.links[0].partition("#")[2])
    anna, bert = await house.register("anna"), await house.register("bert")
    await house.signed_in("bert")
    path = f"/v1/admin/accounts/{anna.account.id}"
    await house.call("PATCH", path, {"disabled": True}, admin.access_token)
    await house.call("DELETE", "/v1/users/me", {"password": "a long and quiet evening"}, bert.access_token)
    seen = (await house.call("GET", "/v1/admin/overview", token=admin.access_token)).json()
    assert (seen["accounts"], seen["disabled_accounts"], seen["sessions"]) == (2, 1, 1)
    assert (seen["registration"], seen["version"], seen["storage_used_bytes"]) == ("open", "test", 4096)
    assert seen["services"] == {
        "auth": "ready",
        "chat": "away",
        "gateway": "away",
        "storage": "ready",
        "video": "away",
    }
    assert seen["degraded"] == ["chat", "gateway", "video"]


async def test_what_a_service_lacks_is_named(house: AuthHouse, neighbours: Neighbours) -> None:
    admin = await house.register("root1", invite=house.links[0].partition("#")[2])
    neighbours.storage_checks["blobs"] = "server.unavailable"
    seen = (await house.call("GET", "/v1/admin/overview", token=admin.access_token)).json()
    assert (seen["services"]["storage"], "storage.blobs" in seen["degraded"]) == ("not_ready", True)
    neighbours.away.add("storage")
    seen = (await house.call("GET", "/v1/admin/overview", token=admin.access_token)).json()
    assert (seen["services"]["storage"], seen["storage_used_bytes"]) == ("away", None)
