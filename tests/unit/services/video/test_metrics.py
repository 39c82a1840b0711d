"""The figures of video count calls by kind, media and reason, and signals by kind."""

from prometheus_client import CollectorRegistry

from secureconnect.services.video import call_state
from secureconnect.services.video.metrics import VideoMetrics
from tests.unit.services.video.test_call_state import NOW, answered, direct


def test_calls_and_signals_are_counted() -> None:
    registry = CollectorRegistry()
    metrics = VideoMetrics(registry)
    metrics.stepped(None, direct())
    metrics.stepped(answered(), call_state.hang_up(answered(), "ann", "ann-1", NOW + 61_000))
    metrics.signal("offer")
    metrics.signal_refused("video.not_accepted")

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("secureconnect_video_calls_begun_total", kind="direct", media="video") == 1
    assert value("secureconnect_video_calls_ended_total", reason="hangup") == 1
    assert value("secureconnect_video_call_seconds_sum") == 60
    assert value("secureconnect_video_signals_total", kind="offer") == 1
    assert value("secureconnect_video_signals_refused_total", code="video.not_accepted") == 1
