"""The figures of the chat service."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter

from secureconnect.backends.log.port import Appended
from secureconnect.contracts.events import Kind


class ChatMetrics:
    """Events that stood here, and how often a check had to be made again."""

    def __init__(self, registry: CollectorRegistry) -> None:
        events = Counter(
            "secureconnect_chat_events_total",
            "Events that stood in the log here, by kind.",
            ["kind"],
            registry=registry,
        )
        self._events = {kind.value: events.labels(kind.value) for kind in Kind}
        self._messages = Counter(
            "secureconnect_chat_messages_total", "Messages that stood in the log here.", registry=registry
        )
        self.checked_again = Counter(
            "secureconnect_chat_membership_checks_again_total",
            "Events checked again because the membership changed before they stood.",
            registry=registry,
        )
        self.departures_untold = Counter(
            "secureconnect_chat_departures_untold_total",
            "Departures from conversations that video could not be told of.",
            registry=registry,
        )

    def stood(self, batch: Sequence[Appended]) -> None:
        """Count what was just appended here."""
        counts: dict[str, int] = {}
        for appended in batch:
            counts[appended.event.kind] = counts.get(appended.event.kind, 0) + 1
        for kind, count in counts.items():
            self._events[kind].inc(count)
        messages = counts.get(Kind.MESSAGE.value)
        if messages:
            self._messages.inc(messages)
