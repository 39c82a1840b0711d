"""Push addresses lie on the public internet, and live as long as their session."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.push import require_public_https
from secureconnect.services.auth.store.tables import push_addresses
from tests.fixtures.auth import AuthHouse, problem

pytestmark = pytest.mark.anyio
PATH = "/v1/devices/current/push"
KEYS = {"p256dh": "B" + "A" * 86, "auth": "A" * 22}


def webpush(endpoint: str = "https://push.example.org/x", **changed: str) -> dict[str, str]:
    return {"provider": "webpush", "endpoint": endpoint, **KEYS, **changed}


async def kept(house: AuthHouse) -> list[tuple[str, str, str]]:
    rows = await house.sql.read(lambda connection: connection.execute(push_addresses.select()).mappings().all())
    return [(row["session"], row["provider"], row["address"]) for row in rows]


async def test_a_device_has_one_address_the_last_it_told(house: AuthHouse) -> None:
    anna = await house.register("anna")
    for body in (webpush(), {**webpush(), "provider": "unifiedpush"}, {"provider": "fcm", "token": "t" * 40}):
        assert (await house.call("PUT", PATH, body, anna.access_token)).status_code == 204
        found = await kept(house)
        assert [(session, provider) for session, provider, _ in found] == [(anna.session_id, body["provider"])]
    assert "t" * 40 in found[0][2]
    for _ in range(2):
        assert (await house.call("DELETE", PATH, token=anna.access_token)).status_code == 204
    assert await kept(house) == []


async def test_the_address_goes_with_its_session(house: AuthHouse) -> None:
    anna, other = await house.register("anna"), await house.signed_in("anna")
    for each in (anna, other):
        await house.call("PUT", PATH, webpush(), each.access_token)
    await house.call("POST", "/v1/auth/logout", token=other.access_token)
    assert [session for session, _, _ in await kept(house)] == [anna.session_id]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/x",
        "ftp://push.example.org/x",
        "https://localhost/x",
        "https://LOCALHOST:8443/x",
        "https://push/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://10.1.2.3/x",
        "https://192.168.1.1/x",
        "https://172.16.0.1/x",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/x",
        "https://0.0.0.0/x",
        "https://224.0.0.1/x",
        "https://[::1]/x",
        "https://[::]/x",
        "https://[fe80::1]/x",
        "https://[fc00::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://router.local/x",
        "https://db.internal./x",
        "https://user:pass@push.example.org/x",
        "https://push.example.org:0/x",
        "https://push.example.org:99999/x",
        "https://push.example.org\\@10.0.0.1/x",
        "https://push.example.org/\u00e4",
        "https://push.exa mple.org/x",
        "https://",
    ],
)
def test_an_address_that_could_reach_inside_is_refused(endpoint: str) -> None:
    with pytest.raises(Fault) as caught:
        require_public_https(endpoint)
    assert caught.value.code is Code.INVALID
    assert caught.value.errors[0].pointer == "/endpoint"


@pytest.mark.parametrize(
    "endpoint", ["https://8.8.8.8:8443/x", "https://[2606:4700::1]/x", "https://a.b.example/x?y=z"]
)
def test_a_public_address_is_taken(endpoint: str) -> None:
    require_public_https(endpoint)


async def test_keys_and_providers_are_checked(house: AuthHouse) -> None:
    anna = await house.register("anna")
    for body in (
        webpush("https://10.1.2.3/x"),
        webpush(p256dh="A" * 87),
        webpush(p256dh="B" + "A" * 87),
        webpush(p256dh="B" + "\u00e4" * 86),
        webpush(auth="A" * 24),
        webpush(auth="!" * 22),
        {"provider": "pigeon", "token": "t" * 40},
        {"provider": "fcm"},
        {**webpush(), "session": "x"},
    ):
        answer = await house.call("PUT", PATH, body, anna.access_token)
        assert problem(answer) == (422, "request.invalid"), body
    assert await kept(house) == []
