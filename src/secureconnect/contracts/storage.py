"""Words of the storage service: uploads, files, quotas."""

from secureconnect.contracts.base import Answer, Id, Request


class FileAnswer(Answer, frozen=True):
    """A file or the upload that will become one; `sha256` is hexadecimal and null until it is complete."""

    id: str
    name: str
    type: str
    size: int
    offset: int
    complete: bool
    sha256: str | None
    conversation: str | None
    created_at: int
    expires_at: int | None


class CopyRequest(Request, frozen=True):
    """Make an own copy of a readable file for another conversation; the bytes are shared."""

    conversation: Id


class QuotaAnswer(Answer, frozen=True):
    """How much room an account has, in bytes."""

    used_bytes: int
    reserved_bytes: int
    limit_bytes: int
