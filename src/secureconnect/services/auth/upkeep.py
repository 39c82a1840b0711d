"""What auth does by itself while it runs: end what has expired, follow the signing key, run errands again."""

from secureconnect.backends.sql.port import Sql
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.background import Background
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.errands import Errands
from secureconnect.services.auth.keys import SigningKeys
from secureconnect.services.auth.sessions import Sessions
from secureconnect.services.auth.store import invites, one_time

KEYS_S = 5.0
ERRANDS_S = 5.0
EXPIRED_S = 60.0
OLD_S = 3600.0


class Upkeep:
    """Starts the repeated work of auth in the background."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        background: Background,
        feed: ChangeFeed,
        keys: SigningKeys,
        sessions: Sessions,
        errands: Errands,
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._background = background
        self._feed = feed
        self._keys = keys
        self._sessions = sessions
        self._errands = errands

    def start(self) -> None:
        """Begin; it ends with the background."""
        self._background.start()
        self._background.every("signing-key", KEYS_S, self._keys.follow)
        self._background.every("errands", ERRANDS_S, self._errands.run_due)
        self._background.every("expired", EXPIRED_S, self.end_expired)
        self._background.every("old", OLD_S, self.forget_old)

    async def end_expired(self) -> None:
        """End sessions, keys, secrets and invites whose time is over."""
        await self._sessions.end_expired()
        await self._keys.forget_expired()
        await self._sql.write(one_time.forget_expired, self._clock.now_ms())
        await self._sql.write(invites.forget_expired, self._clock.now_ms())

    async def forget_old(self) -> None:
        """Forget changes that everybody has heard of."""
        while await self._feed.forget_old():
            pass
