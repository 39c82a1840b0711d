"""Who may register: the setting, until an administrator says otherwise."""

from msgspec import UNSET
from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import PolicyAnswer, PolicyPatch
from secureconnect.contracts.peers import Nothing, PolicyReply
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.audit import Act, Audit
from secureconnect.services.auth.limits import Registration
from secureconnect.services.auth.store import accounts
from secureconnect.services.auth.store import policy as store


class RegistrationPolicy:
    """Reads and changes it; `default` is the setting."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit, default: Registration) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._default: Registration = default

    async def get(self) -> PolicyAnswer:
        """The policy in force."""
        return PolicyAnswer(await self._sql.read(store.registration, self._default))

    async def change(self, actor: str, patch: PolicyPatch) -> PolicyAnswer:
        """Change it, from now on and over restarts."""
        if patch.registration is not UNSET:
            await self._sql.write(self._set, actor, patch.registration, self._clock.now_ms())
        return await self.get()

    async def answer(self, _: Nothing) -> PolicyReply:
        """The policy for the gateway, and whether the first administrator has still to sign up."""
        return await self._sql.read(_reply, self._default)

    def _set(self, connection: Connection, actor: str, registration: Registration, now_ms: int) -> None:
        before = store.registration(connection, self._default)
        if before == registration:
            return
        store.set_registration(connection, registration)
        self._audit.record(connection, now_ms, actor, Act.POLICY_CHANGE, before=before, now=registration)


def _reply(connection: Connection, default: Registration) -> PolicyReply:
    return PolicyReply(store.registration(connection, default), not accounts.has_admin(connection))
