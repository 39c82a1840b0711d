"""Signing keys change without a token refused, and only their public halves are ever shown or kept."""

from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import AUTH_KEYS, AUTH_KEYS_REREAD, Nothing
from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.keys import NoSigningKey, SigningKeys
from secureconnect.services.auth.store.tables import signing_keys
from tests.fixtures.auth import AuthHouse, auth, tokens

pytestmark = pytest.mark.anyio


async def kids(house: AuthHouse) -> list[str]:
    return [key["kid"] for key in (await house.call("GET", "/.well-known/jwks.json")).json()["keys"]]


async def test_the_key_set_holds_public_halves_alone(house: AuthHouse) -> None:
    keys = (await house.call("GET", "/.well-known/jwks.json")).json()["keys"]
    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]
    assert keys[0]["alg"] == "ES256"
    rows = await house.sql.read(lambda connection: connection.execute(signing_keys.select()).all())
    assert '"d"' not in repr(rows)
    reply = await house.chat.ask(AUTH_KEYS, Nothing())
    assert (reply.incarnation, keys[0]["kid"].encode() in bytes(reply.jwks)) == ("i-1", True)


async def test_a_new_key_is_published_before_it_signs_and_the_old_ones_tokens_still_hold(house: AuthHouse) -> None:
    first = await house.register("anna")
    old = await kids(house)
    house.new_key()
    await house.operator.ask(AUTH_KEYS_REREAD, Nothing())
    both = await kids(house)
    assert len(both) == 2
    assert both[1:] == old
    second = tokens(await house.refresh(first.refresh_token))
    assert await house.holds(first.access_token)
    assert await house.holds(second.access_token)
    assert [each.kind for each in await house.changes()].count("keys") == 2


async def test_an_old_key_goes_when_its_last_token_has_expired_and_every_service_is_told(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock) as house:
        before = await kids(house)
    async with auth(tmp_path / "auth", clock=clock) as house:
        house.new_key()
        await house.operator.ask(AUTH_KEYS_REREAD, Nothing())
        clock.advance_s(600)
        assert before[0] in await kids(house)
        clock.advance_s(60)
        assert before[0] not in await kids(house)
        keys = SigningKeys(ChangeFeed(house.sql, clock), house.sql, clock, house.pem.read_text, 600, "i-1")
        told = len(await house.changes())
        await keys.forget_expired()
        assert [each.kind for each in (await house.changes())[told:]] == ["keys"]
        await keys.forget_expired()
        assert len(await house.changes()) == told + 1


async def test_a_key_that_changed_while_auth_was_down_signs_from_the_start(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        first = await house.register("anna")
        old = await kids(house)
        house.new_key()
    async with auth(tmp_path / "auth") as house:
        assert len(await kids(house)) == 2
        assert await house.holds(first.access_token)
        second = await house.signed_in("anna")
        assert await house.holds(second.access_token)
        assert (await kids(house))[0] != old[0]


async def test_what_is_no_key_leaves_the_one_before_in_use(house: AuthHouse) -> None:
    house.pem.write_text("no key")
    with pytest.raises(Fault):
        await house.operator.ask(AUTH_KEYS_REREAD, Nothing())
    await house.register("anna")


@pytest.mark.parametrize("kind", ["empty", "text", "public", "other curve", "rsa"])
async def test_auth_does_not_start_without_a_private_key_of_the_right_kind(tmp_path: Path, kind: str) -> None:
    key = ECKey.generate_key("P-256")
    pems = {
        "empty": b"",
        "text": b"a shared secret of old",
        "public": key.as_pem(private=False),
        "other curve": ECKey.generate_key("P-384").as_pem(private=True),
        "rsa": RSAKey.generate_key(2048).as_pem(private=True),
    }
    root = tmp_path / "auth"
    root.mkdir()
    (root / "jwt_secret").write_bytes(pems[kind])
    with pytest.raises(NoSigningKey):
        async with auth(root):
            pass


async def test_a_key_is_followed_by_itself_and_a_damaged_one_is_left_alone(house: AuthHouse) -> None:
    clock = house.clock
    keys = SigningKeys(ChangeFeed(house.sql, clock), house.sql, clock, house.pem.read_text, 600, "i-1", announce_s=0)
    await keys.start()
    before = keys.current()[0]
    house.pem.write_text("damaged")
    await keys.follow()
    await keys.follow()
    assert keys.current()[0] == before
    house.new_key()
    await keys.follow()
    assert keys.current()[0] != before
