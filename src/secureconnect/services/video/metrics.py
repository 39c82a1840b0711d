"""What video counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from secureconnect.services.video.announcement import duration_ms
from secureconnect.services.video.call_state import Call

CALL_BUCKETS_S = (10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0)


class VideoMetrics:
    """Calls and signals of one video node."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.live = Gauge(
            "secureconnect_video_calls", "Calls that live now, as this node sees them.", registry=registry
        )
        self._begun = Counter(
            "secureconnect_video_calls_begun_total",
            "Calls that were begun here, by conversation kind and media.",
            ["kind", "media"],
            registry=registry,
        )
        self._ended = Counter(
            "secureconnect_video_calls_ended_total",
            "Calls that were ended here, by reason.",
            ["reason"],
            registry=registry,
        )
        self._spoken = Histogram(
            "secureconnect_video_call_seconds",
            "How long answered calls were spoken.",
            registry=registry,
            buckets=CALL_BUCKETS_S,
        )
        self._signals = Counter(
            "secureconnect_video_signals_total", "Signals passed on, by kind.", ["kind"], registry=registry
        )
        self._refused = Counter(
            "secureconnect_video_signals_refused_total", "Signals refused, by code.", ["code"], registry=registry
        )
        self.untold = Gauge(
            "secureconnect_video_untold_events",
            "Call events that conversations have still to be told.",
            registry=registry,
        )
        self.dropped = Counter(
            "secureconnect_video_untold_events_dropped_total",
            "Call events that a conversation refused for good.",
            registry=registry,
        )

    def stepped(self, old: Call | None, new: Call) -> None:
        """Count what a step began or ended."""
        if old is None:
            self._begun.labels(new.kind, new.media).inc()
        if not new.live:
            self._ended.labels(new.reason or "").inc()
            if new.answered_at is not None:
                self._spoken.observe(duration_ms(new) / 1000)

    def signal(self, kind: str) -> None:
        """Count a signal that was passed on."""
        self._signals.labels(kind).inc()

    def signal_refused(self, code: str) -> None:
        """Count a signal that was not."""
        self._refused.labels(code).inc()
