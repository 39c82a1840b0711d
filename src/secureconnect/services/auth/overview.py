"""The overview: figures of the server, and how its services are."""

import asyncio

from secureconnect.backends.peers.port import Peers
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import OverviewAnswer
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import HEALTH, STORAGE_USAGE, HealthReply, Nothing
from secureconnect.services.auth.policy import RegistrationPolicy
from secureconnect.services.auth.store import administration as store

ASK_S = 2.0


class Overview:
    """Asks the store and the other services; one that does not answer is told as away."""

    def __init__(self, sql: Sql, peers: Peers, policy: RegistrationPolicy, version: str) -> None:
        self._sql = sql
        self._peers = peers
        self._policy = policy
        self._version = version

    async def get(self) -> OverviewAnswer:
        """The figures of now. `services` says ready, not_ready or away of each; `degraded` names service and need."""
        names = sorted(HEALTH)
        used_bytes, states = await asyncio.gather(
            self._used_bytes(), asyncio.gather(*(self._state(name) for name in names))
        )
        figures = await self._sql.read(store.figures)
        by_name = dict(zip(names, states, strict=True))
        return OverviewAnswer(
            accounts=figures.accounts,
            disabled_accounts=figures.disabled_accounts,
            sessions=figures.sessions,
            registration=(await self._policy.get()).registration,
            version=self._version,
            services={name: _word(state) for name, state in by_name.items()},
            storage_used_bytes=used_bytes,
            degraded=_degraded(by_name),
        )

    async def _state(self, name: str) -> HealthReply | None:
        try:
            return await self._peers.ask(HEALTH[name], Nothing(), timeout_s=ASK_S)
        except Fault:
            return None

    async def _used_bytes(self) -> int | None:
        try:
            return (await self._peers.ask(STORAGE_USAGE, Nothing(), timeout_s=ASK_S)).used_bytes
        except Fault:
            return None


def _word(state: HealthReply | None) -> str:
    if state is None:
        return "away"
    return "ready" if state.ready else "not_ready"


def _degraded(states: dict[str, HealthReply | None]) -> list[str]:
    away = [name for name, state in states.items() if state is None]
    answering = {name: state.checks for name, state in states.items() if state is not None}
    needs = [f"{name}.{need}" for name, checks in answering.items() for need, word in checks.items() if word != "ok"]
    return sorted([*away, *needs])
