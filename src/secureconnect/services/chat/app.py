"""Builds the chat service from what it uses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from secureconnect.backends.bus.port import Bus
from secureconnect.backends.log.port import Appended, Log
from secureconnect.backends.peers.port import answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.peers import CHAT_FRAMES, Change
from secureconnect.edge.inner import Check
from secureconnect.edge.kept import SqlKeptAnswers
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.services.chat import routes_conversations, routes_members, routes_messages
from secureconnect.services.chat.admission import Admission
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.calls import Calls
from secureconnect.services.chat.conversations import Conversations
from secureconnect.services.chat.creating import Creating
from secureconnect.services.chat.departures import Departures
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.files import Files
from secureconnect.services.chat.folding import Folding
from secureconnect.services.chat.history import History
from secureconnect.services.chat.joining import Joining
from secureconnect.services.chat.limits import ChatLimits
from secureconnect.services.chat.listing import Listing
from secureconnect.services.chat.live import Live, LiveParts
from secureconnect.services.chat.members import Members
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.mentions import Mentions
from secureconnect.services.chat.messages import Messages
from secureconnect.services.chat.metrics import ChatMetrics
from secureconnect.services.chat.peer_calls import MembershipAnswers, answered_calls
from secureconnect.services.chat.people import People
from secureconnect.services.chat.preferences import Preferences
from secureconnect.services.chat.projections import project
from secureconnect.services.chat.reactions import Reactions
from secureconnect.services.chat.repair import Difference, compare, rebuild
from secureconnect.services.chat.retirement import Retirements
from secureconnect.services.chat.routes_live import LIVE_ROUTES
from secureconnect.services.chat.standing import Standing
from secureconnect.services.chat.store.tables import METADATA

__all__ = ["METADATA", "ChatLimits", "Difference", "build", "compare", "project", "rebuild"]

ROUTES = [*routes_conversations.ROUTES, *routes_members.ROUTES, *routes_messages.ROUTES, *LIVE_ROUTES]


@dataclass(frozen=True)
class Core:
    """The nouns of chat that need no socket."""

    membership: Membership
    people: People
    files: Files
    history: History
    messages: Messages
    reactions: Reactions
    conversations: Conversations
    creating: Creating
    members: Members
    listing: Listing
    mentions: Mentions
    preferences: Preferences
    calls: Calls
    joining: Joining
    retirements: Retirements
    departures: Departures
    metrics: ChatMetrics


def core(edge: Edge, sql: Sql, log: Log, limits: ChatLimits) -> Core:
    """Build the nouns."""
    metrics = ChatMetrics(edge.metrics.registry)
    membership = Membership(sql)
    people = People(edge.peers, edge.clock)
    drafts = Drafts(edge.clock, edge.ids)
    standing = Standing(people)
    appending = Appending(log, membership, metrics)
    files = Files(edge.peers, sql)
    folding = Folding(sql, log)
    history = History(sql, log, membership, folding, limits.page_events_max)
    admission = Admission(sql, people, limits)
    return Core(
        membership=membership,
        people=people,
        files=files,
        history=history,
        messages=Messages(log, appending, membership, standing, files, drafts, limits),
        reactions=Reactions(sql, log, appending, standing, drafts),
        conversations=Conversations(appending, files, drafts),
        creating=Creating(log, membership, standing, admission, drafts, edge.ids),
        members=Members(appending, people, admission, drafts),
        listing=Listing(sql, edge.peers, membership, people, history, folding),
        mentions=Mentions(sql, history),
        preferences=Preferences(sql),
        calls=Calls(appending, drafts),
        joining=Joining(appending, membership, admission, drafts),
        retirements=Retirements(sql, log, appending, people, drafts, edge.clock),
        departures=Departures(edge.peers, metrics),
        metrics=metrics,
    )


def build(
    edge: Edge,
    *,
    sql: Sql,
    log: Log,
    bus: Bus,
    limits: ChatLimits,
    allows_messages: Callable[[], bool],
    crashpoints: CrashPoints,
    heartbeat_s: int,
    outbox_bytes_max: int,
) -> Running:
    """The chat service; `log` runs `project` in the transaction of its appends, `allows_messages` says whether the
    disk has room for them."""
    nouns = core(edge, sql, log, limits)

    def degraded() -> list[str]:
        return [] if allows_messages() else ["disk"]

    live = Live(
        edge,
        LiveParts(
            sql=sql,
            events=log,
            bus=bus,
            membership=nouns.membership,
            people=nouns.people,
            messages=nouns.messages,
            history=nouns.history,
            limits=limits,
            crashpoints=crashpoints,
            incarnation=lambda: edge.follower.incarnation,
            degraded=degraded,
            heartbeat_s=heartbeat_s,
            outbox_bytes_max=outbox_bytes_max,
        ),
    )
    _listen(edge, log, nouns, live)

    async def start() -> None:
        await nouns.retirements.start()
        await live.start()

    async def stop() -> None:
        await live.stop()
        await nouns.retirements.stop()
        await nouns.departures.stop()

    calls = answered_calls(
        MembershipAnswers(nouns.membership, nouns.people), nouns.files, nouns.calls, nouns.joining, nouns.retirements
    )
    return assemble(
        edge,
        routes=ROUTES,
        provided=_provided(nouns, live),
        gatekeeper=edge.gatekeeper(),
        checks=[Check("sql", hard=True, ping=sql.ping), Check("bus", hard=False, ping=bus.ping)],
        calls=[*calls, answered(CHAT_FRAMES, live.frames)],
        sockets=[live.sockets],
        kept_answers=SqlKeptAnswers(sql, edge.clock),
        start=start,
        stop=stop,
    )


def _listen(edge: Edge, log: Log, nouns: Core, live: Live) -> None:
    """Let the nouns hear the log and auth, in an order in which what is known is right before it is used."""

    def hear(batch: Sequence[Appended]) -> None:
        nouns.membership.hear(batch)
        live.hear(batch)
        nouns.departures.hear(batch)
        nouns.metrics.stood(batch)

    def changed(change: Change) -> None:
        nouns.people.hear(change)
        live.changed(change)

    log.listen(hear)
    edge.follower.listen(changed)


def _provided(nouns: Core, live: Live) -> dict[str, object]:
    """What routes ask for by name."""
    return {
        "creating": nouns.creating,
        "listing": nouns.listing,
        "conversations": nouns.conversations,
        "preferences": nouns.preferences,
        "mentions": nouns.mentions,
        "members": nouns.members,
        "messages": nouns.messages,
        "history": nouns.history,
        "reactions": nouns.reactions,
        "receipts": live.receipts,
        "sync": live.sync,
    }
