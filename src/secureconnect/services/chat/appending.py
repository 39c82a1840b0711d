"""Standing events: drafts made from the present membership, made again when it changed before they stood."""

from collections.abc import Callable

import structlog

from secureconnect.backends.log.port import (
    Appended,
    ClientIdReused,
    ConversationExists,
    ConversationMissing,
    Draft,
    Log,
    MembershipChanged,
    TargetDeleted,
    TargetMissing,
)
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.membership import ConversationState, Membership
from secureconnect.services.chat.metrics import ChatMetrics

TRIES_MAX = 8
FAULTS: dict[type[Exception], Code] = {
    ClientIdReused: Code.CHAT_CLIENT_ID_REUSED,
    ConversationExists: Code.CONFLICT,
    ConversationMissing: Code.CHAT_NOT_A_MEMBER,
    MembershipChanged: Code.CHAT_MEMBERSHIP_CHANGED,
    TargetDeleted: Code.CHAT_DELETED,
    TargetMissing: Code.CHAT_EVENT_NOT_FOUND,
}
Make = Callable[[ConversationState], Draft | list[Draft] | None]
log = structlog.get_logger("chat.appending")


def fault_of(error: BaseException) -> Fault:
    """What a refusal of the log is told as; anything unknown is INTERNAL."""
    if isinstance(error, Fault):
        return error
    return Fault(next((code for kind, code in FAULTS.items() if isinstance(error, kind)), Code.INTERNAL))


class Appending:
    """Stands what is made from a conversation's present state."""

    def __init__(self, log: Log, membership: Membership, metrics: ChatMetrics) -> None:
        self._log = log
        self._membership = membership
        self._metrics = metrics

    async def state(self, conversation: str) -> ConversationState:
        """The conversation as it is now; raises Fault(CHAT_NOT_A_MEMBER) when there is none."""
        state = self._membership.get(conversation) or await self._membership.load(conversation)
        if state is None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        return state

    async def stand(self, conversation: str, make: Make) -> list[Appended]:
        """Stand what `make` gives for the present state; when the membership changes before, `make` is asked again.

        `make` never waits, so that what it checks is what the draft's membership version names; it raises the Fault
        of what is not allowed, and gives None when there is nothing to stand. Raises besides the faults of `FAULTS`,
        CHAT_MEMBERSHIP_CHANGED only after it changed at every try.
        """
        state = await self.state(conversation)
        for _ in range(TRIES_MAX):
            made = make(state)
            if made is None:
                return []
            try:
                if isinstance(made, Draft):
                    return [await self._log.append(made)]
                return await self._log.append_all(made)
            except MembershipChanged:
                self._metrics.checked_again.inc()
                fresh = await self._membership.reload(conversation)
                if fresh is None:
                    raise Fault(Code.CHAT_NOT_A_MEMBER) from None
                state = fresh
            except tuple(FAULTS) as refusal:
                raise fault_of(refusal) from None
        log.warning("an event found no still moment of the membership", conversation=conversation)
        raise Fault(Code.CHAT_MEMBERSHIP_CHANGED)
