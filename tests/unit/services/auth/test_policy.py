"""Who may register is the setting's until an administrator says otherwise, and stays so over restarts."""

from pathlib import Path

import pytest

from secureconnect.contracts.auth import TokensAnswer
from secureconnect.contracts.peers import AUTH_POLICY, Nothing, PolicyReply
from tests.fixtures.auth import DEVICE, PASSWORD, AuthHouse, auth, limits, problem

pytestmark = pytest.mark.anyio


async def admin(house: AuthHouse) -> TokensAnswer:
    """The first administrator."""
    return await house.register("root1", invite=house.links[0].partition("#")[2])


async def test_the_gateway_is_told_the_setting_and_whether_the_first_administrator_is_missing(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="closed")) as house:
        gateway = house.local.as_caller("gateway")
        assert await gateway.ask(AUTH_POLICY, Nothing()) == PolicyReply("closed", first_admin_pending=True)
        await admin(house)
        assert await gateway.ask(AUTH_POLICY, Nothing()) == PolicyReply("closed", first_admin_pending=False)


async def test_what_an_administrator_says_holds_at_once_and_over_a_restart(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="closed")) as house:
        token = (await admin(house)).access_token
        assert (await house.call("GET", "/v1/admin/policy", token=token)).json() == {"registration": "closed"}
        for _ in range(2):
            changed = await house.call("PATCH", "/v1/admin/policy", {"registration": "open"}, token)
            assert changed.json() == {"registration": "open"}
        await house.register("anna")
        (act,) = (await house.call("GET", "/v1/admin/audit", token=token)).json()["items"]
        assert (act["act"], act["detail"]) == ("policy.change", {"before": "closed", "now": "open"})
    async with auth(tmp_path / "auth", limits=limits(registration="closed")) as house:
        await house.register("bert")


async def test_closed_and_invite_keep_others_out(house: AuthHouse) -> None:
    token = (await admin(house)).access_token
    body = {"username": "anna", "password": PASSWORD, "device": DEVICE}
    for registration, code in (("closed", "auth.registration_closed"), ("invite", "auth.invite_needed")):
        await house.call("PATCH", "/v1/admin/policy", {"registration": registration}, token)
        assert problem(await house.call("POST", "/v1/auth/register", body)) == (403, code)
    assert (await house.call("PATCH", "/v1/admin/policy", {"registration": "some"}, token)).status_code == 422
    assert (await house.call("PATCH", "/v1/admin/policy", {}, token)).json() == {"registration": "invite"}
