"""The signaling sockets that are open here, by account and by device."""

from collections.abc import Iterable

from secureconnect.edge.socket import Connection


class Listeners:
    """Who listens on this node; a device may have several sockets."""

    def __init__(self) -> None:
        self._by_account: dict[str, dict[Connection, None]] = {}

    def add(self, connection: Connection) -> None:
        """Take a socket that said hello."""
        self._by_account.setdefault(connection.who.account, {})[connection] = None

    def remove(self, connection: Connection) -> bool:
        """Forget a socket; True when it was the last of its device."""
        account, device = connection.who.account, connection.who.device
        siblings = self._by_account.get(account, {})
        siblings.pop(connection, None)
        if not siblings:
            self._by_account.pop(account, None)
        return not self.of_device(account, device)

    def of_account(self, account: str) -> list[Connection]:
        """The account's sockets."""
        return list(self._by_account.get(account, ()))

    def of_accounts(self, accounts: Iterable[str]) -> list[Connection]:
        """The sockets of several accounts."""
        return [connection for account in accounts for connection in self._by_account.get(account, ())]

    def of_device(self, account: str, device: str) -> list[Connection]:
        """The sockets of one device."""
        return [one for one in self._by_account.get(account, ()) if one.who.device == device]
