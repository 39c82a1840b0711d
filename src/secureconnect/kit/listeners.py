"""Opening listening sockets, and finding out who has a port that one cannot have."""

import errno
import socket
from pathlib import Path


class PortTaken(Exception):
    """A port is in use; `holder` names the process that has it where that can be known."""

    def __init__(self, host: str, port: int, holder: str | None) -> None:
        super().__init__(f"{host}:{port} is in use" + (f" by {holder}" if holder else ""))
        self.host = host
        self.port = port
        self.holder = holder


def listen(host: str, port: int, backlog: int = 2048) -> socket.socket:
    """A listening TCP socket. Raises PortTaken, or OSError for an address that is none of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # told TCP, asyncio sets TCP_NODELAY
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host.strip("[]"), port))
        opened.listen(backlog)
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port, holder_of(port)) from None
        raise
    opened.setblocking(False)
    return opened


def holder_of(port: int, proc: Path = Path("/proc")) -> str | None:
    """`name (process id)` of the process that listens on a TCP port, as far as this user may see; None otherwise."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listening(proc / "net" / table, port)}
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for folder in proc.iterdir():
        if folder.name.isdigit() and _holds(folder / "fd", wanted):
            try:
                name = (folder / "comm").read_text().strip()
            except OSError:
                name = "a process"
            return f"{name} (process {folder.name})"
    return None


def _listening(table: Path, port: int) -> list[str]:
    try:
        rows = table.read_text().splitlines()[1:]
    except OSError:
        return []
    found: list[str] = []
    for row in rows:
        fields = row.split()
        if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
            found.append(fields[9])
    return found


def _holds(folder: Path, wanted: set[str]) -> bool:
    try:
        return any(str(entry.readlink()) in wanted for entry in folder.iterdir())
    except OSError:
        return False
