"""Servers that help media through: STUN, and TURN with credentials for a limited time.

The credentials are those that coturn checks with `use-auth-secret` (draft-uberti-behave-turn-rest-00): the username is
the second at which they end and a name, the credential is base64(HMAC-SHA1(secret, username)). The name is a pseudonym
that changes each day, so that the TURN server's log names nobody.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence

from secureconnect.contracts.video import IceServer, IceServersAnswer
from secureconnect.kit.clock import Clock

DAY_S = 86_400
PSEUDONYM_KEY_USE = b"secureconnect turn pseudonym"
PSEUDONYM_BYTES = 12


class IceServers:
    """The ICE servers of this deployment; none where no TURN server is set."""

    def __init__(
        self, turn_urls: Sequence[str], turn_secret: Callable[[], str | None], clock: Clock, lifetime_s: int
    ) -> None:
        self._turn = [url for url in turn_urls if not url.startswith("stun")]
        self._stun = stun_urls(turn_urls)
        self._secret = turn_secret
        self._clock = clock
        self._lifetime_s = lifetime_s

    def for_account(self, account: str) -> IceServersAnswer:
        """What this account's devices may use for the next connection."""
        servers = [IceServer(self._stun)] if self._stun else []
        secret = self._secret()
        if self._turn and secret:
            now_s = self._clock.now_ms() // 1000
            username = f"{now_s + self._lifetime_s}:{pseudonym(secret, account, now_s // DAY_S)}"
            servers.append(IceServer(self._turn, username, credential(secret, username)))
        return IceServersAnswer(servers, self._lifetime_s)


def stun_urls(urls: Sequence[str]) -> list[str]:
    """The STUN addresses among these, and those of the TURN servers, which answer STUN too (RFC 7064, RFC 7065)."""
    found: list[str] = []
    for url in urls:
        scheme, _, rest = url.partition(":")
        if scheme in ("stun", "stuns"):
            found.append(url)
        elif scheme == "turn" and not url.endswith("transport=tcp"):
            found.append(f"stun:{rest.partition('?')[0]}")
    return list(dict.fromkeys(found))


def credential(secret: str, username: str) -> str:
    """The password that coturn expects for a username."""
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def pseudonym(secret: str, account: str, day: int) -> str:
    """An account's name for one day, worth nothing without the secret."""
    key = hmac.digest(secret.encode(), PSEUDONYM_KEY_USE, "sha256")
    digest = hmac.digest(key, f"{day}:{account}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:PSEUDONYM_BYTES]).decode()
