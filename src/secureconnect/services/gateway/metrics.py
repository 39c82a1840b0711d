"""The gateway's own figures."""

from prometheus_client import CollectorRegistry, Counter


class GatewayMetrics:
    """What the door refused or could not hand on."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._refused = Counter(
            "secureconnect_gateway_refused_total",
            "Requests and sockets that were not handed on, by the service meant and the error's code.",
            ["upstream", "code"],
            registry=registry,
        )

    def refused(self, upstream: str, code: str) -> None:
        """Count one."""
        self._refused.labels(upstream, code).inc()
