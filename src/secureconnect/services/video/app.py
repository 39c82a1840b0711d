"""Builds the video service from exactly what it uses."""

from collections.abc import Callable, Sequence

from secureconnect.backends.bus.port import Bus
from secureconnect.backends.media.port import MediaRooms
from secureconnect.backends.peers.port import answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.frames import SignalingClientFrame
from secureconnect.contracts.peers import VIDEO_LIVE_CALLS, VIDEO_MEMBERSHIP_ENDED
from secureconnect.edge.inner import Check
from secureconnect.edge.kept import SqlKeptAnswers
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.edge.sockets import Sockets
from secureconnect.services.video.house import House, VideoLimits
from secureconnect.services.video.ice import IceServers
from secureconnect.services.video.routes import ROUTES
from secureconnect.services.video.signaling import PATH, Signaling
from secureconnect.services.video.store.tables import METADATA

__all__ = ["METADATA", "VideoLimits", "build"]


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
    house = House(edge, sql, bus, rooms, limits)
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
