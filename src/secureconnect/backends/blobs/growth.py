"""One append to an open blob, on a thread: writing, counting and making durable."""

import os

from secureconnect.backends.blobs.port import OffsetMismatch
from secureconnect.backends.blobs.tally import Tally

_PIECES_MAX = 512


class Growth:
    """Writes at the end of an open file and counts what it wrote into the tally, if one fits the file."""

    def __init__(self, tally: Tally | None) -> None:
        self.tally = tally
        self._descriptor = -1
        self._durable_end = 0

    def open(self, descriptor: int, offset: int) -> None:
        """Take over an open file; raises OffsetMismatch when it does not end at `offset`."""
        self._descriptor = descriptor
        self._durable_end = os.lseek(descriptor, 0, os.SEEK_END)
        if self._durable_end == 0:
            self.tally = Tally()
        elif self.tally is not None and self.tally.size != self._durable_end:
            self.tally = None
        if offset != self._durable_end:
            raise OffsetMismatch(self._durable_end)
        if self.tally is not None:
            self.tally.mark()

    def write(self, pieces: list[bytes]) -> None:
        """Write all pieces one after the other, without joining them; OSError leaves what was written."""
        tally, self.tally = self.tally, None
        left = [memoryview(piece) for piece in pieces]
        while left:
            written = os.writev(self._descriptor, left[:_PIECES_MAX])
            while left and written >= len(left[0]):
                written -= len(left.pop(0))
            if written:
                left[0] = left[0][written:]
        if tally is not None:
            for piece in pieces:
                tally.add(piece)
        self.tally = tally

    def settle(self) -> int:
        """Make what was written durable and return the new end; on failure go back to the end that was durable."""
        try:
            os.fsync(self._descriptor)
        except OSError:
            self.tally = None
            os.ftruncate(self._descriptor, self._durable_end)
            raise
        return os.fstat(self._descriptor).st_size

    def close(self) -> None:
        """Let the file go; closing again is no fault."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
