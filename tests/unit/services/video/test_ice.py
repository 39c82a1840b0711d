"""ICE servers: credentials as coturn checks them, for ten minutes, and no account's name in them."""

import base64
import hashlib
import hmac

from secureconnect.kit.clock import ManualClock
from secureconnect.services.video.ice import IceServers, stun_urls

SECRET = "north"
URLS = ["turn:turn.example.org:3478", "turns:turn.example.org:5349?transport=tcp"]


def servers(clock: ManualClock, urls: list[str] = URLS, secret: str | None = SECRET) -> IceServers:
    return IceServers(urls, lambda: secret, clock, 600)


def test_without_a_turn_server_there_is_none() -> None:
    answer = servers(ManualClock(), []).for_account("ann")
    assert (answer.ice_servers, answer.expires_in) == ([], 600)


def test_the_credential_is_the_one_that_coturn_computes() -> None:
    clock = ManualClock()
    stun, turn = servers(clock).for_account("ann").ice_servers
    assert stun.urls == ["stun:turn.example.org:3478"]
    assert (stun.username, stun.credential) == (None, None)
    assert turn.urls == URLS
    assert turn.username is not None
    expected = hmac.new(SECRET.encode(), turn.username.encode(), hashlib.sha1).digest()
    assert turn.credential == base64.b64encode(expected).decode()
    assert int(turn.username.partition(":")[0]) == clock.now_ms() // 1000 + 600


def test_the_username_names_nobody_and_changes_with_account_and_day() -> None:
    clock = ManualClock()

    def name(account: str, secret: str = SECRET) -> str:
        username = servers(clock, secret=secret).for_account(account).ice_servers[1].username
        assert username is not None
        assert account not in username
        return username.partition(":")[2]

    first = name("account-ann")
    assert first == name("account-ann")
    assert first != name("account-ben")
    assert first != name("account-ann", "south")
    clock.advance_s(86_400)
    assert first != name("account-ann")


def test_without_a_secret_only_stun_is_told() -> None:
    assert [one.username for one in servers(ManualClock(), secret=None).for_account("ann").ice_servers] == [None]


def test_stun_addresses_are_those_that_answer_stun() -> None:
    urls = ["stun:a:1", "turn:b:2?transport=udp", "turn:c:3?transport=tcp", "turn:b:2", "turns:d:4"]
    assert stun_urls(urls) == ["stun:a:1", "stun:b:2"]
