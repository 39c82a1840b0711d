"""A file as it is kept: the states of its life, who may read it, and its record."""

from enum import Enum

from msgspec import Struct

from secureconnect.contracts.storage import FileAnswer


class FileState(Enum):
    """The states in life order: an upload is open until it is complete or ended; a deleted file has no record."""

    OPEN = "open"
    COMPLETE = "complete"
    ENDED = "ended"


class Audience(Enum):
    """Who may read a finished file beside its owner: those who may read a message that carries it, or everyone."""

    CONVERSATION = "conversation"
    PROFILE = "profile"


class FileRecord(Struct, frozen=True):
    """One file, or the upload that will become one; sizes in bytes, times in milliseconds since 1970 UTC.

    `blob` is the key of its bytes. `metadata` is what the client sent. `due_at` is when an open upload expires, or when
    an ended one is forgotten; a complete one has none.
    """

    id: str
    account: str
    name: str
    type: str
    size: int
    offset: int
    state: FileState
    sha256: str | None
    conversation: str | None
    audience: Audience
    blob: str
    metadata: str
    created_at: int
    due_at: int | None

    @property
    def complete(self) -> bool:
        """Whether all bytes are there and sealed."""
        return self.state is FileState.COMPLETE

    @property
    def expires_at(self) -> int | None:
        """When an open upload expires unless it goes on."""
        return self.due_at if self.state is FileState.OPEN else None

    def ended(self, now_ms: int) -> bool:
        """Whether it is an upload that was ended or has expired by now."""
        if self.state is FileState.OPEN:
            return self.due_at is not None and self.due_at <= now_ms
        return self.state is FileState.ENDED

    def answer(self) -> FileAnswer:
        """The file as clients and other services see it."""
        return FileAnswer(
            id=self.id,
            name=self.name,
            type=self.type,
            size=self.size,
            offset=self.offset,
            complete=self.complete,
            sha256=self.sha256,
            conversation=self.conversation,
            created_at=self.created_at,
            expires_at=self.expires_at,
        )
