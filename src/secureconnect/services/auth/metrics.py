"""The figures of auth."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class AuthMetrics:
    """Sign-ins, refreshes, letters, and how long the line before the password hashes is."""

    def __init__(self, registry: CollectorRegistry, passwords_waiting: Callable[[], int]) -> None:
        self.registrations = Counter(
            "secureconnect_auth_registrations_total", "Accounts that were made.", registry=registry
        )
        self._logins = Counter(
            "secureconnect_auth_logins_total",
            "Tries to sign in, by result: good, wrong, limited.",
            ["result"],
            registry=registry,
        )
        self._refreshes = Counter(
            "secureconnect_auth_refreshes_total",
            "Refresh tokens sent in, by result: rotated, repeated, refused, reused.",
            ["result"],
            registry=registry,
        )
        self._letters = Counter(
            "secureconnect_auth_letters_total",
            "Letters to people, by result: sent, failed, dropped.",
            ["result"],
            registry=registry,
        )
        waiting = Gauge(
            "secureconnect_auth_passwords_waiting", "Password hashes that wait for their turn.", registry=registry
        )
        waiting.set_function(passwords_waiting)

    def login(self, result: str) -> None:
        """Count a try to sign in."""
        self._logins.labels(result).inc()

    def refresh(self, result: str) -> None:
        """Count a refresh token that was sent in."""
        self._refreshes.labels(result).inc()

    def letter(self, result: str) -> None:
        """Count a letter."""
        self._letters.labels(result).inc()
