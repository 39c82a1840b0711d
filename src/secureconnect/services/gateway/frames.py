"""Where frames of a WebSocket end (RFC 6455 section 5.2), told from the bytes that a server sends, without I/O."""


class FrameBoundary:
    """Follows a server's answer head and then its frames; `between` is true where a frame of our own may be put in."""

    def __init__(self) -> None:
        self.upgraded = False
        self._head = bytearray()
        self._frame = bytearray()
        self._left = 0

    @property
    def between(self) -> bool:
        """Whether the last byte seen ended a frame (or nothing has been sent yet)."""
        if not self.upgraded:
            return not self._head
        return self._left == 0 and not self._frame

    def feed(self, data: bytes, *, stop: bool = False) -> int:
        """Follow these bytes; with `stop` only up to the next boundary. Returns how many were followed."""
        at = 0 if self.upgraded else self._answer(data)
        while at < len(data):
            if stop and self.between:
                return at
            at = self._step(data, at)
        return at

    def _answer(self, data: bytes) -> int:
        before = len(self._head)
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            return len(data)
        self.upgraded = self._head.startswith(b"HTTP/1.1 101")
        self._head.clear()
        if not self.upgraded:
            self._head += b"-"
            return len(data)
        return end + 4 - before

    def _step(self, data: bytes, at: int) -> int:
        if self._left:
            taken = min(self._left, len(data) - at)
            self._left -= taken
            return at + taken
        self._frame.append(data[at])
        size = self._payload_size()
        if size is not None:
            self._frame.clear()
            self._left = size
        return at + 1

    def _payload_size(self) -> int | None:
        frame = self._frame
        if len(frame) < 2:
            return None
        short = frame[1] & 0x7F
        mask = 4 if frame[1] & 0x80 else 0
        extra = {126: 2, 127: 8}.get(short, 0)
        if len(frame) < 2 + extra:
            return None
        size = int.from_bytes(frame[2 : 2 + extra], "big") if extra else short
        return size + mask


def close_frame(code: int, reason: str) -> bytes:
    """An unmasked close frame with a code and a reason of at most 123 bytes."""
    payload = code.to_bytes(2, "big") + reason.encode()[:123]
    return b"\x88" + bytes((len(payload),)) + payload
