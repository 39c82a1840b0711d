"""What happens when an account is disabled or closed: what it alone owned is handed over, a closed one leaves."""

import asyncio
from collections.abc import AsyncIterator

import structlog

from secureconnect.backends.log.port import Draft, Log, Stored
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import DeleteBody, Kind, MemberBody
from secureconnect.contracts.peers import Done, RetireAsk
from secureconnect.kit.clock import Clock
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.members import only_owner
from secureconnect.services.chat.membership import ConversationState, Member
from secureconnect.services.chat.people import People
from secureconnect.services.chat.store import retirements
from secureconnect.services.chat.store.retirements import Retirement

ANSWER_WITHIN_S = 3.0
RETRY_S = 5.0
CONVERSATIONS_PAGE = 100
MESSAGES_PAGE = 200
log = structlog.get_logger("chat.retirement")


class Retirements:
    """Settles the affairs of accounts, one after another, again after a restart until it is done."""

    def __init__(
        self,
        sql: Sql,
        events: Log,
        appending: Appending,
        people: People,
        drafts: Drafts,
        clock: Clock,
        retry_s: float = RETRY_S,
    ) -> None:
        self._sql = sql
        self._events = events
        self._appending = appending
        self._people = people
        self._drafts = drafts
        self._clock = clock
        self._retry_s = retry_s
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to work off what is not settled yet."""
        self._wake.set()
        self._task = asyncio.create_task(self._work(), name="retire accounts")

    async def stop(self) -> None:
        """Stop; what is not settled is gone on with at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def retire(self, ask: RetireAsk) -> Done:
        """Take a retirement on; durable when it is answered, and usually done. Asking again changes nothing."""
        now_ms = self._clock.now_ms()
        await self._sql.write(retirements.ask, ask.account, ask.closed, ask.delete_messages, now_ms)
        self._idle.clear()
        self._wake.set()
        try:
            await asyncio.wait_for(self._idle.wait(), ANSWER_WITHIN_S)
        except TimeoutError:
            log.info("a retirement goes on after its answer")
        return Done()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self._settle_all():
                await asyncio.sleep(self._retry_s)
                self._wake.set()
            elif not self._wake.is_set():
                self._idle.set()

    async def _settle_all(self) -> bool:
        """Settle what is open; False when something must be tried again, which never keeps another waiting."""
        good = True
        try:
            for retirement in await self._sql.read(retirements.open_retirements):
                good = await self._try(retirement) and good
        except Fault as fault:
            log.warning("retirements wait", code=fault.code.wire)
            return False
        return good

    async def _try(self, retirement: Retirement) -> bool:
        try:
            await self._settle(retirement)
        except Fault as fault:
            log.warning("a retirement waits", code=fault.code.wire)
            return False
        except Exception:
            log.exception("a retirement failed")
            return False
        return True

    async def _settle(self, retirement: Retirement) -> None:
        async for conversation in self._conversations(retirement.account, present=True):
            await self._hand_over(retirement, conversation)
        if retirement.delete_messages:
            async for conversation in self._conversations(retirement.account, present=False):
                await self._delete_written(retirement.account, conversation)
        await self._sql.write(retirements.settle, retirement)

    async def _conversations(self, account: str, present: bool) -> AsyncIterator[str]:
        after = ""
        while True:
            page = await self._sql.read(retirements.conversations_of, account, after, CONVERSATIONS_PAGE, present)
            for conversation in page:
                yield conversation
            if len(page) < CONVERSATIONS_PAGE:
                return
            after = page[-1]

    async def _hand_over(self, retirement: Retirement, conversation: str) -> None:
        """Hand over what the account alone owns, and let a closed one leave a group; a direct one it stays in."""
        account = retirement.account
        state = await self._appending.state(conversation)
        if state.kind == "direct":
            return
        away = await self._away(state) | {account}

        def make(now: ConversationState) -> list[Draft] | None:
            if account not in now.members:
                return None
            bodies: list[MemberBody] = []
            heir = heir_of(now, away, account) if only_owner(now, account) else None
            if heir is not None:
                bodies.append(MemberBody(heir.account, "role", account, "owner"))
                if not retirement.closed:
                    bodies.append(MemberBody(account, "role", account, "admin"))
            if retirement.closed:
                bodies.append(MemberBody(account, "left", account))
            versions: list[int | None] = [now.member_version, *[None] * len(bodies)]
            return [
                self._drafts.change(account, conversation, body, version)
                for body, version in zip(bodies, versions, strict=False)
            ] or None

        await self._appending.stand(conversation, make)

    async def _away(self, state: ConversationState) -> set[str]:
        """Those members who are disabled or closed themselves; an ownership is not handed to them."""
        people = await self._people.of_reachable(list(state.members))
        return {person.id for person in people.values() if person.disabled or person.closed}

    async def _delete_written(self, account: str, conversation: str) -> None:
        after_seq = 0
        while True:
            seqs = await self._sql.read(retirements.written_by, conversation, account, after_seq, MESSAGES_PAGE)
            for seq in seqs:
                page = await self._events.page_after(conversation, seq - 1, 1)
                await self._delete(page.events[0])
            if len(seqs) < MESSAGES_PAGE:
                return
            after_seq = seqs[-1]

    async def _delete(self, message: Stored) -> None:
        """Delete a message on its sender's behalf, who may have left: it only takes something away."""
        body = DeleteBody(message.event_id, message.seq)

        def make(_: ConversationState) -> Draft:
            return self._drafts.pointing(Kind.DELETE, message.sender, None, message.conversation, body, None)

        try:
            await self._appending.stand(message.conversation, make)
        except Fault as fault:
            if fault.code is not Code.CHAT_DELETED:
                raise


def heir_of(state: ConversationState, away: set[str], account: str) -> Member | None:
    """The oldest admin, or else the oldest member; one who is away only when all are; None when nobody else is in."""
    others = [member for member in state.members.values() if member.account != account]

    def order(member: Member) -> tuple[bool, bool, int]:
        return member.account in away, member.role != "admin", member.joined_seq

    return min(others, key=order, default=None)
