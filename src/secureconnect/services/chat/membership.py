"""Who is in a conversation now, in memory: asked without waiting on the hot path, kept right by the events."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from secureconnect.backends.log.port import Appended, Stored
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.events import ConversationBody, ConversationKind, History, MemberBody, Role, Scheme
from secureconnect.services.chat.bodies import Body, SentBody, body_of, changes_membership, fresh_body
from secureconnect.services.chat.store.membership import MembershipRows, conversations_of, load_membership

STATES_MAX = 20_000
MEMBERS_MAX = 1_000_000
LOADS_MAX = 20


@dataclass(slots=True)
class Member:
    """A present member: the role, where they joined, and from where they may read."""

    account: str
    role: Role
    joined_seq: int
    first_seq: int


@dataclass(slots=True)
class ConversationState:
    """A conversation as it is now; `members` holds the present ones alone, `spoke` (direct ones only) who has written.

    Read it, never change it, and do not keep it over an await: the cache changes it in place as events come.
    """

    id: str
    kind: ConversationKind
    scheme: Scheme
    history: History
    title: str | None
    picture: str | None
    creator: str
    created_at: int
    head_seq: int
    member_version: int
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    spoke: set[str] = field(default_factory=set[str])

    def other_than(self, account: str) -> str | None:
        """The other one of a direct conversation; None in a group, or when nobody else is there."""
        if self.kind != "direct":
            return None
        return next((member for member in self.members if member != account), None)


@dataclass(slots=True)
class Loading:
    """A load under way, and whether an event passed meanwhile, so that what it reads may be too old."""

    done: asyncio.Future[ConversationState | None]
    overtaken: bool = False


class Membership:
    """The cache of conversations: `get` never waits, `load` reads on a miss by one transaction.

    It hears every event that this process appends (`hear` is the log's first listener). Events that other processes
    appended are handed to `apply` by whoever hears of them; `forget` drops what may be stale.
    """

    def __init__(self, sql: Sql, states_max: int = STATES_MAX, members_max: int = MEMBERS_MAX) -> None:
        self._sql = sql
        self._states_max = states_max
        self._members_max = members_max
        self._states: OrderedDict[str, ConversationState] = OrderedDict()
        self._member_count = 0
        self._loading: dict[str, Loading] = {}

    def get(self, conversation: str) -> ConversationState | None:
        """The conversation as it is now, None when it is not at hand (then `load` it)."""
        return self._states.get(conversation)

    async def load(self, conversation: str) -> ConversationState | None:
        """The conversation as it is now, read when it is not at hand; None when there is none."""
        found = self._states.get(conversation)
        if found is not None:
            self._states.move_to_end(conversation)
            return found
        return await self._read(conversation)

    async def conversations_of(self, account: str) -> list[str]:
        """The conversations of which an account is a present member."""
        return await self._sql.read(conversations_of, account)

    async def reload(self, conversation: str) -> ConversationState | None:
        """The conversation read anew, whatever is at hand: what was checked against it was too old."""
        self.forget(conversation)
        return await self._read(conversation)

    def forget(self, conversation: str) -> None:
        """Drop what is known of a conversation; a load under way reads once more."""
        gone = self._states.pop(conversation, None)
        if gone is not None:
            self._member_count -= len(gone.members)
        loading = self._loading.get(conversation)
        if loading is not None:
            loading.overtaken = True

    def hear(self, batch: Sequence[Appended]) -> None:
        """Take in what was just appended here, in commit order."""
        states, loadings = self._states, self._loading
        for appended in batch:
            event = appended.event
            state = states.get(event.conversation)
            if state is not None:
                if event.seq > state.head_seq:
                    self._take(state, event, fresh_body(appended))
            elif loadings:
                self._overtake(event.conversation)

    def apply(self, event: Stored) -> None:
        """Take in an event that another process appended; one that leaves a hole drops what is known."""
        state = self._states.get(event.conversation)
        if state is None:
            self._overtake(event.conversation)
        elif event.seq == state.head_seq + 1:
            self._take(state, event, body_of(event))
        elif event.seq > state.head_seq:
            self.forget(event.conversation)

    def _overtake(self, conversation: str) -> None:
        loading = self._loading.get(conversation)
        if loading is not None:
            loading.overtaken = True

    async def _read(self, conversation: str) -> ConversationState | None:
        loading = self._loading.get(conversation)
        if loading is not None:
            return await asyncio.shield(loading.done)
        loading = Loading(asyncio.get_running_loop().create_future())
        self._loading[conversation] = loading
        try:
            state = await self._read_settled(conversation, loading)
        except BaseException as error:
            loading.done.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            loading.done.exception()
            raise
        else:
            loading.done.set_result(state)
            return state
        finally:
            del self._loading[conversation]

    async def _read_settled(self, conversation: str, loading: Loading) -> ConversationState | None:
        """Read until no event passed while reading; a very busy one is answered, but not kept."""
        state = None
        for _ in range(LOADS_MAX):
            loading.overtaken = False
            rows = await self._sql.read(load_membership, conversation)
            state = None if rows is None else state_of(rows)
            if not loading.overtaken:
                self._keep(state)
                return state
        return state

    def _keep(self, state: ConversationState | None) -> None:
        if state is None:
            return
        self._states[state.id] = state
        self._member_count += len(state.members)
        while len(self._states) > self._states_max or (
            self._member_count > self._members_max and len(self._states) > 1
        ):
            _, gone = self._states.popitem(last=False)
            self._member_count -= len(gone.members)

    def _take(self, state: ConversationState, event: Stored, body: Body) -> None:
        state.head_seq = event.seq
        if isinstance(body, SentBody):
            if state.kind == "direct":
                state.spoke.add(event.sender)
            return
        before = len(state.members)
        take_in(state, event, body)
        self._member_count += len(state.members) - before


def take_in(state: ConversationState, event: Stored, body: Body) -> None:
    """Change the state by an event that changes the conversation or its members; nothing for all others."""
    if changes_membership(body):
        state.member_version += 1
    if isinstance(body, MemberBody):
        _change_member(state, event, body)
    elif isinstance(body, ConversationBody):
        state.title = body.title if body.title is not None else state.title
        state.history = body.history or state.history
        state.scheme = body.scheme or state.scheme
        if body.picture is not None:
            state.picture = body.picture or None


def _change_member(state: ConversationState, event: Stored, body: MemberBody) -> None:
    known = state.members.get(body.account)
    if body.change == "role":
        if known is not None:
            known.role = body.role or known.role
    elif body.change in ("added", "joined"):
        if known is None:
            first_seq = body.first_seq or event.seq
            state.members[body.account] = Member(body.account, body.role or "member", event.seq, first_seq)
    elif known is not None:
        del state.members[body.account]


def state_of(rows: MembershipRows) -> ConversationState:
    """The state that was read."""
    conversation = rows.conversation
    return ConversationState(
        id=conversation.id,
        kind=conversation.kind,
        scheme=conversation.scheme,
        history=conversation.history,
        title=conversation.title,
        picture=conversation.picture,
        creator=conversation.creator,
        created_at=conversation.created_at,
        head_seq=conversation.head_seq,
        member_version=conversation.member_version,
        members={row.account: Member(row.account, row.role, row.joined_seq, row.first_seq) for row in rows.members},
        spoke=set(rows.spoke),
    )
