"""docs/reference/metrics.md: every figure that a service tells, from the very objects that tell it."""

from collections.abc import Iterator
from typing import cast

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from secureconnect import __version__
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.ops.docs.page import page, table
from secureconnect.services.auth.metrics import AuthMetrics
from secureconnect.services.chat.metrics import ChatMetrics
from secureconnect.services.chat.metrics_live import LiveMetrics
from secureconnect.services.gateway.metrics import GatewayMetrics
from secureconnect.services.storage.metrics import StorageMetrics
from secureconnect.services.video.metrics import VideoMetrics

OPENING = """
Generated from the code. Each service tells its own figures at `/metrics` in the Prometheus text format: on its inner
port without a key, on its public port with the bearer `metrics_token`. Routes stand as templates; no id or address is
ever a label. `process_*` figures are those of the Prometheus client for the whole process.
"""
NEED = "need"
Row = tuple[str, str, str, str]


class Recording(CollectorRegistry):
    """A registry that remembers what was registered."""

    def __init__(self) -> None:
        super().__init__()
        self.collectors: list[MetricWrapperBase] = []

    def register(self, collector: Collector) -> None:
        """Remember it, too."""
        super().register(collector)
        if isinstance(collector, MetricWrapperBase):
            self.collectors.append(collector)


def metrics_page() -> str:
    """The page as Markdown."""
    parts = ["## Every service", _table(_edge_rows())]
    for service, registry in _registries().items():
        parts += [f"## {service}", _table(_rows(registry))]
    return page("Metrics", OPENING, parts)


def _table(rows: Iterator[Row]) -> str:
    return table(("name", "type", "labels", "what it tells"), rows)


def _edge_rows() -> Iterator[Row]:
    registry = Recording()
    EdgeMetrics("gateway", __version__, registry).degraded(NEED)
    for name, kind, labels, told in _rows(registry):
        if name == f"`secureconnect_{NEED}_degraded`":
            example = "1 while that dependency (`blobs`, `mail`, another service) does not answer, else 0."
            yield "`secureconnect_<need>_degraded`", kind, labels, example
        else:
            yield name, kind, labels, told


def _registries() -> dict[str, Recording]:
    registries = {name: Recording() for name in ("gateway", "auth", "chat", "video", "storage")}
    GatewayMetrics(registries["gateway"])
    AuthMetrics(registries["auth"], lambda: 0)
    ChatMetrics(registries["chat"])
    LiveMetrics(registries["chat"]).count_rooms(lambda: 0)
    VideoMetrics(registries["video"])
    StorageMetrics(registries["storage"])
    return registries


def _rows(registry: Recording) -> Iterator[Row]:
    rows: list[Row] = []
    for one in registry.collectors:
        (described,) = one.describe()
        name = described.name + ("_total" if described.type == "counter" else "")
        names = cast("tuple[str, ...]", one._labelnames)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]  # told nowhere else
        labels = ", ".join(f"`{label}`" for label in names)
        rows.append((f"`{name}`", described.type, labels, described.documentation))
    yield from sorted(rows)
