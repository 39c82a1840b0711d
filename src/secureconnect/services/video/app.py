"""Builds the video service from exactly what it uses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from secureconnect.backends.bus.port import Bus, Subscription
from secureconnect.backends.media.port import MediaRooms
from secureconnect.backends.peers.port import answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.frames import SignalingClientFrame
from secureconnect.contracts.peers import VIDEO_LIVE_CALLS, VIDEO_MEMBERSHIP_ENDED
from secureconnect.edge.inner import Check
from secureconnect.edge.kept import SqlKeptAnswers
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.edge.sockets import Sockets
from secureconnect.services.video.background import Background
from secureconnect.services.video.call_events import CallEvents
from secureconnect.services.video.call_state import Rules
from secureconnect.services.video.calls import Calls
from secureconnect.services.video.chat_frames import ChatFrames
from secureconnect.services.video.delivery import Delivery
from secureconnect.services.video.departures import Departures
from secureconnect.services.video.ice import IceServers
from secureconnect.services.video.listeners import Listeners
from secureconnect.services.video.live import LiveCalls
from secureconnect.services.video.members import Members
from secureconnect.services.video.metrics import VideoMetrics
from secureconnect.services.video.rooms import Rooms
from secureconnect.services.video.routes import ROUTES
from secureconnect.services.video.signaling import PATH, Signaling
from secureconnect.services.video.signals import Signals
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.steps import Steps
from secureconnect.services.video.store.tables import METADATA
from secureconnect.services.video.upkeep import Upkeep

__all__ = ["METADATA", "VideoLimits", "build"]


@dataclass(frozen=True)
class VideoLimits:
    """How long things take and how much may be, as the settings of video say."""

    ring_s: int
    grace_s: int
    mesh_max: int
    signal_bytes_max: int
    candidates_max: int
    signals_max: int = 5000
    ice_credentials_s: int = 600


def build(
    edge: Edge,
    *,
    sql: Sql,
    bus: Bus,
    rooms: MediaRooms,
    limits: VideoLimits,
    turn_urls: Sequence[str],
    turn_secret: Callable[[], str | None],
    heartbeat_s: int,
    outbox_bytes_max: int,
) -> Running:
    """The video service, not started yet."""
    house = _House(edge, sql, bus, rooms, limits)
    signaling = Signaling(
        sql=sql,
        calls=house.calls,
        signals=house.signals,
        steps=house.steps,
        listeners=house.listeners,
        live=house.live,
        background=house.background,
        follower=edge.follower,
        time=house.time,
        rules=house.rules,
        heartbeat_s=heartbeat_s,
        signal_bytes_max=limits.signal_bytes_max,
    )
    gatekeeper = edge.gatekeeper()
    sockets = Sockets(
        PATH,
        SignalingClientFrame,
        signaling,
        gatekeeper,
        edge.origins,
        edge.metrics,
        edge.clock,
        edge.ids,
        edge.rng,
        heartbeat_s,
        outbox_bytes_max,
        edge.scale,
    )
    ice = IceServers(turn_urls, turn_secret, edge.clock, limits.ice_credentials_s)
    return assemble(
        edge,
        routes=ROUTES,
        provided={"calls": house.calls, "ice": ice},
        gatekeeper=gatekeeper,
        checks=[Check("sql", hard=True, ping=sql.ping)],
        calls=[
            answered(VIDEO_LIVE_CALLS, house.calls.live_calls),
            answered(VIDEO_MEMBERSHIP_ENDED, house.departures.membership_ended),
        ],
        sockets=[sockets],
        kept_answers=SqlKeptAnswers(sql, edge.clock),
        start=house.start,
        drain=house.background.settle,
        stop=house.stop,
    )


class _House:
    """The nouns of video, made of each other, and what runs while the service does."""

    def __init__(self, edge: Edge, sql: Sql, bus: Bus, rooms: MediaRooms, limits: VideoLimits) -> None:
        self._edge = edge
        self._standing: list[Subscription] = []
        ring_ms, grace_ms = limits.ring_s * 1000, limits.grace_s * 1000
        self.rules = Rules(ring_ms, grace_ms, arrive_ms=max(ring_ms, grace_ms))
        self.time = SteadyTime(edge.clock)
        self.background = Background()
        self._running = Background()
        self.listeners = Listeners()
        metrics = VideoMetrics(edge.metrics.registry)
        members = Members(edge.peers)
        media = Rooms(rooms, limits.mesh_max)
        self._chat = ChatFrames(edge.peers)
        self._bus = bus
        self._events = CallEvents(sql, edge.peers, metrics, self.time, edge.rng)
        self.live = LiveCalls(metrics)
        self._delivery = Delivery(edge.ids.new(), self.listeners, self.live, self._chat, bus, self.background)
        self.steps = Steps(
            sql=sql,
            live=self.live,
            delivery=self._delivery,
            events=self._events,
            rooms=media,
            members=members,
            background=self.background,
            metrics=metrics,
            time=self.time,
            rules=self.rules,
        )
        self.calls = Calls(
            sql=sql,
            steps=self.steps,
            members=members,
            rooms=media,
            limiter=edge.limiter,
            time=self.time,
            ids=edge.ids,
            rules=self.rules,
        )
        self.signals = Signals(
            sql=sql,
            live=self.live,
            delivery=self._delivery,
            metrics=metrics,
            bytes_max=limits.signal_bytes_max,
            candidates_max=limits.candidates_max,
            signals_max=limits.signals_max,
        )
        self.departures = Departures(sql, self.steps, self.live, self._delivery, members, self.time)
        self._upkeep = Upkeep(
            sql=sql,
            steps=self.steps,
            live=self.live,
            listeners=self.listeners,
            delivery=self._delivery,
            time=self.time,
            rules=self.rules,
        )

    async def start(self) -> None:
        """Take over the calls that stand, then follow what happens to them."""
        self.steps.changed = self._upkeep.wake
        await self._upkeep.recover()
        self._standing = [self._delivery.subscribe(), self._bus.on_return(self._upkeep.look)]
        self._edge.follower.listen(self.departures.heard)
        for run, name in (
            (self._upkeep.run, "look after calls"),
            (self._events.run, "tell call events"),
            (self._chat.run, "tell chat sockets"),
            (self.departures.run, "follow departures"),
        ):
            self._running.spawn(run(), name)

    async def stop(self) -> None:
        """Run no more; what is still untold is told after the next start."""
        for one in self._standing:
            one.close()
        await self.background.settle()
        await self._running.stop()
        await self.background.stop()
