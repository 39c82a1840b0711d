"""Who of those watched has a socket at another node, as far as those nodes told within the last minute or so."""

from secureconnect.kit.clock import Clock

TOLD_S = 75.0


class Elsewhere:
    """Accounts by node; what is not told again expires."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_s: dict[str, dict[str, float]] = {}

    def came(self, account: str, node: str) -> bool:
        """The account has a socket at that node; whether it had none anywhere else before."""
        held = self._until_s.setdefault(account, {})
        first = not held
        held[node] = self._clock.monotonic_s() + TOLD_S
        return first

    def went(self, account: str, node: str) -> bool:
        """The account has none there any more; whether that was the last."""
        held = self._until_s.get(account)
        if held is None or held.pop(node, None) is None or held:
            return False
        del self._until_s[account]
        return True

    def has(self, account: str) -> bool:
        """Whether another node told that the account is there."""
        return account in self._until_s

    def forget(self, account: str) -> None:
        """Nobody watches it any more."""
        self._until_s.pop(account, None)

    def expire(self) -> list[str]:
        """Drop what was not told again; the accounts of which nothing is left."""
        now_s = self._clock.monotonic_s()
        gone: list[str] = []
        for account, held in list(self._until_s.items()):
            for node in [node for node, until_s in held.items() if until_s < now_s]:
                del held[node]
            if not held:
                del self._until_s[account]
                gone.append(account)
        return gone
