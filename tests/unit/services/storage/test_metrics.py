"""The figures of storage."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from secureconnect.services.storage.metrics import StorageMetrics


def test_what_happens_is_counted_by_what_became_of_it() -> None:
    registry = CollectorRegistry()
    metrics = StorageMetrics(registry)
    metrics.upload("created")
    metrics.part("kept")
    metrics.swept("orphan", 3)
    metrics.damaged.inc()
    text = generate_latest(registry).decode()
    assert 'secureconnect_storage_uploads_total{outcome="created"} 1.0' in text
    assert 'secureconnect_storage_parts_total{outcome="kept"} 1.0' in text
    assert 'secureconnect_storage_swept_total{kind="orphan"} 3.0' in text
    assert "secureconnect_storage_damaged_total 1.0" in text
