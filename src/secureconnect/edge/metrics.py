"""The figures that every service has, in a registry of its own, because one process may hold all five."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()


class EdgeMetrics:
    """Requests, sockets, limits, dependencies and event loop delay of one service; in a registry of its own unless one
    is given."""

    def __init__(self, service: str, version: str, registry: CollectorRegistry | None = None) -> None:
        self.service = service
        self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=self.registry)
        build = Gauge("secureconnect_build_info", "The running build.", ["service", "version"], registry=self.registry)
        build.labels(service, version).set(1)
        self._requests = Counter(
            "secureconnect_http_requests_total",
            "HTTP requests answered, by route template, method and status.",
            ["service", "route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "secureconnect_http_request_seconds",
            "Time from a request's head to the end of its answer.",
            ["service", "route"],
            registry=self.registry,
            buckets=SECONDS_BUCKETS,
        )
        self.sockets = Gauge(
            "secureconnect_sockets", "Authenticated sockets open now.", ["service"], registry=self.registry
        ).labels(service)
        self.frames = Counter(
            "secureconnect_frames_total", "Frames received on sockets.", ["service"], registry=self.registry
        ).labels(service)
        self._closes = Counter(
            "secureconnect_socket_closes_total",
            "Sockets that the server closed, by close code.",
            ["service", "code"],
            registry=self.registry,
        )
        self._refusals = Counter(
            "secureconnect_limited_total", "Requests refused by a limit.", ["service", "limit"], registry=self.registry
        )
        self._degraded: dict[str, Gauge] = {}
        self.loop_delay = Histogram(
            "secureconnect_event_loop_delay_seconds",
            "How late the event loop runs what is due.",
            ["service"],
            registry=self.registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0),
        ).labels(service)
        self._cells: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request under its route template."""
        key = (route, method, status)
        cell = self._cells.get(key)
        if cell is None:
            cell = (
                self._requests.labels(self.service, route, method, str(status)),
                self._seconds.labels(self.service, route),
            )
            self._cells[key] = cell
        cell[0].inc()
        cell[1].observe(seconds)

    def closed(self, code: int) -> None:
        """Count a socket that the server closed."""
        self._closes.labels(self.service, str(code)).inc()

    def limited(self, limit: str) -> None:
        """Count a refusal by a limit of the table."""
        self._refusals.labels(self.service, limit).inc()

    def degraded(self, need: str) -> Gauge:
        """The gauge that is 1 while a dependency does not answer."""
        gauge = self._degraded.get(need)
        if gauge is None:
            name = f"secureconnect_{need}_degraded"
            gauge = Gauge(name, f"1 while {need} does not answer.", ["service"], registry=self.registry).labels(
                self.service
            )
            self._degraded[need] = gauge
        return gauge

    def exposition(self) -> bytes:
        """All figures in the Prometheus text format 0.0.4."""
        return generate_latest(self.registry)
