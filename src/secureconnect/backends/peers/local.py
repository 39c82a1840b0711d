"""Services that live in one process asking each other by plain calls."""

import asyncio
import logging
from collections.abc import Sequence
from typing import cast

from msgspec import Struct

from secureconnect.backends.peers.port import AnsweredCall
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import Ask, PeerCall, Reply

log = logging.getLogger(__name__)


class LocalPeers:
    """Who answers which call in this process; services are built first, then told here what they answer."""

    def __init__(self, timeout_s: float = 5.0) -> None:
        self._timeout_s = timeout_s
        self._services: dict[str, dict[str, AnsweredCall]] = {}

    def serve(self, service: str, calls: Sequence[AnsweredCall]) -> None:
        """Let `service` answer these calls; raises ValueError for a call of another service or one told twice."""
        names = {each.call.name: each for each in calls}
        if len(names) != len(calls) or any(each.call.service != service for each in calls):
            raise ValueError(f"{service} answers each of its own calls once")
        self._services[service] = names

    def calls_of(self, service: str) -> dict[str, AnsweredCall]:
        """What `service` answers here by name, empty when it does not live here; for its inner listener."""
        return dict(self._services.get(service, {}))

    def lives_here(self, service: str) -> bool:
        """Whether that service answers in this process."""
        return service in self._services

    def as_caller(self, name: str) -> "CallerPeers":
        """The Peers port as the service `name` sees it."""
        return CallerPeers(self, name)

    async def ask_as(self, caller: str, call: PeerCall[Ask, Reply], ask: Ask, timeout_s: float | None) -> Reply:
        """Answer one call for `caller`; as the Peers port says, and Fault(FORBIDDEN) for a caller that may not."""
        found = self._services.get(call.service, {}).get(call.name)
        if found is None:
            raise Fault(Code.UNAVAILABLE, f"{call.service} does not answer {call.name} here")
        if caller not in call.callers:
            raise Fault(Code.FORBIDDEN, f"{caller} may not ask {call.service} for {call.name}")
        return cast("Reply", await self._answer(found, ask, self._timeout_s if timeout_s is None else timeout_s))

    @staticmethod
    async def _answer(found: AnsweredCall, ask: Struct, timeout_s: float) -> Struct:
        bound = asyncio.timeout(timeout_s)
        try:
            async with bound:
                return await found.handler(ask)
        except Fault:
            raise
        except TimeoutError as error:
            if bound.expired():
                raise Fault(Code.UNAVAILABLE, f"{found.call.service} does not answer in time") from error
            raise Fault(Code.INTERNAL) from error
        except Exception as error:
            log.exception("%s failed to answer %s", found.call.service, found.call.name)
            raise Fault(Code.INTERNAL) from error


class CallerPeers:
    """The Peers port of one service over LocalPeers."""

    def __init__(self, local: LocalPeers, caller: str) -> None:
        self._local = local
        self._caller = caller

    async def ask(self, call: PeerCall[Ask, Reply], ask: Ask, *, timeout_s: float | None = None) -> Reply:
        """The other service's answer, as the port says."""
        return await self._local.ask_as(self._caller, call, ask, timeout_s)
