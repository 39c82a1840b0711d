"""The figures of the live side of chat: what sockets were told, and what had to be repaired."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class LiveMetrics:
    """What was delivered, marked, dropped and repaired here."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.deliveries = Counter(
            "secureconnect_chat_deliveries_total", "Events written to sockets, once for each.", registry=registry
        )
        self.marks = Counter(
            "secureconnect_chat_marks_total", "Read and delivered marks that moved.", registry=registry
        )
        self.hints_dropped = Counter(
            "secureconnect_chat_hints_dropped_total",
            "Marks and typing that were not told: a socket read too slowly, or who may see them could not be asked.",
            registry=registry,
        )
        self.repaired = Counter(
            "secureconnect_chat_repaired_events_total",
            "Events delivered from the log because their hint was lost or came late.",
            registry=registry,
        )

    def count_rooms(self, count: Callable[[], int]) -> None:
        """Ask `count` how many conversations have sockets here whenever the figures are read."""
        gauge = Gauge("secureconnect_chat_rooms", "Conversations with sockets here.", registry=self._registry)
        gauge.set_function(count)
