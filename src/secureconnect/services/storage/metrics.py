"""The figures of storage."""

from prometheus_client import CollectorRegistry, Counter


class StorageMetrics:
    """Uploads by what became of them, bytes in and out, what was swept, and what was found damaged."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._uploads = Counter(
            "secureconnect_storage_uploads_total",
            "Uploads by what became of them: created, completed, ended, expired.",
            ["outcome"],
            registry=registry,
        )
        self._parts = Counter(
            "secureconnect_storage_parts_total",
            "Parts of uploads by what became of them: kept, cut, mismatched, refused.",
            ["outcome"],
            registry=registry,
        )
        self._swept = Counter(
            "secureconnect_storage_swept_total",
            "What the sweep removed: blob (released bytes), orphan (bytes without a row), row (ended uploads).",
            ["kind"],
            registry=registry,
        )
        self.received_bytes = Counter(
            "secureconnect_storage_received_bytes_total", "Bytes of parts received.", registry=registry
        )
        self.sent_bytes = Counter(
            "secureconnect_storage_sent_bytes_total", "Bytes of file content sent.", registry=registry
        )
        self.damaged = Counter(
            "secureconnect_storage_damaged_total", "Reads that found a file damaged or missing.", registry=registry
        )

    def upload(self, outcome: str) -> None:
        """Count an upload that came to this."""
        self._uploads.labels(outcome).inc()

    def part(self, outcome: str) -> None:
        """Count a part that came to this."""
        self._parts.labels(outcome).inc()

    def swept(self, kind: str, count: int) -> None:
        """Count what the sweep removed."""
        self._swept.labels(kind).inc(count)
