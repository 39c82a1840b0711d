"""Mail behind a guard."""

from secureconnect.backends.guard import Guard
from secureconnect.backends.mail.port import Letter, Mail


class GuardedMail:
    """The Mail port over another, with the guard's time-out and breaker."""

    def __init__(self, inner: Mail, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    async def send(self, letter: Letter) -> None:
        """Hand a letter over, as the port says."""
        await self._guard.call(self._inner.send, letter)

    async def ping(self) -> None:
        """Return when the next server answers; goes round the guard, which it serves."""
        await self._inner.ping()
