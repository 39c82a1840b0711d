"""The nouns of video, made of each other, and what runs while the service does."""

from dataclasses import dataclass

from secureconnect.backends.bus.port import Bus, Subscription
from secureconnect.backends.media.port import MediaRooms
from secureconnect.backends.sql.port import Sql
from secureconnect.edge.running import Edge
from secureconnect.services.video.background import Background
from secureconnect.services.video.call_events import CallEvents
from secureconnect.services.video.call_state import Rules
from secureconnect.services.video.calls import Calls
from secureconnect.services.video.chat_frames import ChatFrames
from secureconnect.services.video.delivery import Delivery
from secureconnect.services.video.departures import Departures
from secureconnect.services.video.listeners import Listeners
from secureconnect.services.video.live import LiveCalls
from secureconnect.services.video.members import Members
from secureconnect.services.video.metrics import VideoMetrics
from secureconnect.services.video.rooms import Rooms
from secureconnect.services.video.signals import Signals
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.steps import Steps
from secureconnect.services.video.upkeep import Upkeep


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


class House:
    """What one video node is made of."""

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
        self.members = Members(edge.peers)
        media = Rooms(rooms, limits.mesh_max)
        self.chat = ChatFrames(edge.peers)
        self._bus = bus
        self.events = CallEvents(sql, edge.peers, metrics, self.time, edge.rng)
        self.live = LiveCalls(metrics)
        self.delivery = Delivery(edge.ids.new(), self.listeners, self.live, self.chat, bus, self.background)
        self.steps = Steps(
            sql=sql,
            live=self.live,
            delivery=self.delivery,
            events=self.events,
            rooms=media,
            members=self.members,
            background=self.background,
            metrics=metrics,
            time=self.time,
            rules=self.rules,
        )
        self.calls = Calls(
            sql=sql,
            steps=self.steps,
            members=self.members,
            rooms=media,
            limiter=edge.limiter,
            time=self.time,
            ids=edge.ids,
            rules=self.rules,
        )
        self.signals = Signals(
            sql=sql,
            live=self.live,
            delivery=self.delivery,
            metrics=metrics,
            bytes_max=limits.signal_bytes_max,
            candidates_max=limits.candidates_max,
            signals_max=limits.signals_max,
        )
        self.departures = Departures(sql, self.steps, self.live, self.delivery, self.members, self.time)
        self.upkeep = Upkeep(
            sql=sql,
            steps=self.steps,
            live=self.live,
            listeners=self.listeners,
            delivery=self.delivery,
            time=self.time,
            rules=self.rules,
        )

    async def start(self) -> None:
        """Take over the calls that stand, then follow what happens to them."""
        self.steps.changed = self.upkeep.wake
        await self.upkeep.recover()
        self._standing = [self.delivery.subscribe(), self._bus.on_return(self.upkeep.look)]
        self._edge.follower.listen(self.departures.heard)
        for run, name in (
            (self.upkeep.run, "look after calls"),
            (self.events.run, "tell call events"),
            (self.chat.run, "tell chat sockets"),
            (self.departures.run, "follow departures"),
            (self.departures.watch, "watch members"),
        ):
            self._running.spawn(run(), name)

    async def stop(self) -> None:
        """Run no more; what is still untold is told after the next start."""
        for one in self._standing:
            one.close()
        await self.background.settle()
        await self._running.stop()
        await self.background.stop()
