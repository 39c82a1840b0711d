"""Every figure is told by the object that tells it: name, type, labels."""

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram

from secureconnect.ops.docs.metrics import Recording, metrics_page


@pytest.mark.parametrize(
    "row",
    [
        "| `secureconnect_http_requests_total` | counter | `service`, `route`, `method`, `status` |",
        "| `secureconnect_<need>_degraded` | gauge | `service` |",
        "| `secureconnect_auth_logins_total` | counter | `result` |",
        "| `secureconnect_chat_rooms` | gauge |  |",
        "| `secureconnect_video_call_seconds` | histogram |  |",
        "| `secureconnect_storage_swept_total` | counter | `kind` |",
        "| `secureconnect_gateway_refused_total` | counter | `upstream`, `code` |",
    ],
)
def test_figures_of_every_service_are_told(row: str) -> None:
    assert row in metrics_page()


def test_a_recording_registry_remembers_its_own_collectors_alone() -> None:
    recording = Recording()
    Counter("a_total", "A.", registry=recording)
    Histogram("b", "B.", registry=CollectorRegistry())
    assert [metric.name for one in recording.collectors for metric in one.describe()] == ["a"]
