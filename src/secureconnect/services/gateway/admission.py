"""How many requests may be under way at once: over all, and from one address, so that nobody takes the door for
themselves."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.limits import network_of


class Admission:
    """Counts what is under way; sockets count apart, since they stay."""

    def __init__(
        self, requests_max: int, requests_per_address_max: int, sockets_max: int, sockets_per_address_max: int
    ) -> None:
        self._requests_max = requests_max
        self._requests_per_address_max = requests_per_address_max
        self._sockets_max = sockets_max
        self._sockets_per_address_max = sockets_per_address_max
        self._requests: Counter[str] = Counter()
        self._sockets: Counter[str] = Counter()
        self._requests_total = 0
        self._sockets_total = 0

    @contextmanager
    def request(self, client_ip: str) -> Generator[None]:
        """Hold a place for one request. Raises Fault UNAVAILABLE when the door is full, TOO_MANY_REQUESTS for one
        address."""
        key = network_of(client_ip)
        if self._requests_total >= self._requests_max:
            raise Fault(Code.UNAVAILABLE, retry_after_ms=1000)
        if self._requests[key] >= self._requests_per_address_max:
            raise Fault(Code.TOO_MANY_REQUESTS, retry_after_ms=1000)
        self._requests_total += 1
        self._requests[key] += 1
        try:
            yield
        finally:
            self._requests_total -= 1
            _less(self._requests, key)

    @contextmanager
    def socket(self, client_ip: str) -> Generator[None]:
        """Hold a place for one socket; as `request`."""
        self.take_socket(client_ip)
        try:
            yield
        finally:
            self.leave_socket(client_ip)

    def take_socket(self, client_ip: str) -> None:
        """Take a socket's place; each must be given back once by `leave_socket`."""
        key = network_of(client_ip)
        if self._sockets_total >= self._sockets_max:
            raise Fault(Code.UNAVAILABLE, retry_after_ms=5000)
        if self._sockets[key] >= self._sockets_per_address_max:
            raise Fault(Code.TOO_MANY_REQUESTS, retry_after_ms=5000)
        self._sockets_total += 1
        self._sockets[key] += 1

    def leave_socket(self, client_ip: str) -> None:
        """Give a socket's place back."""
        self._sockets_total -= 1
        _less(self._sockets, network_of(client_ip))


def _less(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
