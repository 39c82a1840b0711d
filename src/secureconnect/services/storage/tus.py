"""The pure part of tus 1.0: what the headers of a request say and those of an answer must say, without any I/O."""

import base64
import binascii
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from email.utils import formatdate

from msgspec import Struct

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.storage.names import NAMELESS, OCTETS, normal_name, normal_type

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
DIGEST_BYTES = {"sha1": 20, "sha256": 32}
PART_TYPE = "application/offset+octet-stream"
METADATA_CHARACTERS_MAX = 8_192
NUMBER_MAX = 9_007_199_254_740_991

Headers = Sequence[tuple[bytes, bytes]]
_NUMBER = re.compile(r"[0-9]{1,16}")
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,64}")


class Checksum(Struct, frozen=True):
    """What a part must hash to: `algorithm` is sha1 or sha256."""

    algorithm: str
    digest: bytes


class Creation(Struct, frozen=True):
    """An upload that is asked for: its length in bytes, and what its metadata says; `metadata` is as it was sent."""

    length: int
    name: str
    type: str
    conversation: str | None
    metadata: str


def header(headers: Headers, name: str) -> str | None:
    """A header's value, None when it is not there. Raises Fault(BAD_REQUEST) when it is there twice."""
    wanted = name.encode()
    found = [value for key, value in headers if key == wanted]
    if len(found) > 1:
        raise Fault(Code.BAD_REQUEST, f"{name} is given twice.")
    return found[0].decode("latin-1").strip() if found else None


def check_version(headers: Headers) -> None:
    """Raise Fault(STORAGE_TUS_VERSION) unless the client speaks our version; the answer then names it."""
    if header(headers, "tus-resumable") != VERSION:
        raise Fault(Code.STORAGE_TUS_VERSION, headers={"tus-version": VERSION})


def creation(headers: Headers) -> Creation:
    """The upload that a creation asks for.

    Raises Fault(BAD_REQUEST) for a length that is missing, wrong or deferred and for concatenation, neither of which
    is offered, and Fault(STORAGE_METADATA_INVALID).
    """
    for refused in ("upload-defer-length", "upload-concat"):
        if header(headers, refused) is not None:
            raise Fault(Code.BAD_REQUEST, f"{refused} is not offered here.")
    length = _number(headers, "upload-length")
    given = header(headers, "upload-metadata") or ""
    values = metadata(given)
    return Creation(
        length=length,
        name=normal_name(values.get("filename", NAMELESS)),
        type=normal_type(values.get("filetype", OCTETS)),
        conversation=values.get("conversation") or None,
        metadata=given,
    )


def metadata(given: str) -> dict[str, str]:
    """The names and values of Upload-Metadata (creation extension), values in standard base64 of UTF-8.

    Raises Fault(STORAGE_METADATA_INVALID), also for a name that stands twice.
    """
    if len(given) > METADATA_CHARACTERS_MAX:
        raise _metadata_fault("It is too long.")
    values: dict[str, str] = {}
    for pair in given.split(",") if given else ():
        key, _, encoded = pair.strip().partition(" ")
        if _KEY.fullmatch(key) is None or key in values:
            raise _metadata_fault("Each name stands once, without spaces and commas.")
        try:
            values[key] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise _metadata_fault(f"The value of {key} is not base64 of UTF-8.") from None
    return values


def offset(headers: Headers) -> int:
    """Where a part begins. Raises Fault(BAD_REQUEST)."""
    return _number(headers, "upload-offset")


def check_part_type(headers: Headers) -> None:
    """Raise Fault(MEDIA_TYPE_REFUSED) unless the body is a part."""
    given = header(headers, "content-type") or ""
    if given.partition(";")[0].strip().lower() != PART_TYPE:
        raise Fault(Code.MEDIA_TYPE_REFUSED, f"A part is {PART_TYPE}.")


def brings_part(headers: Headers) -> bool:
    """Whether a creation brings a part with it (creation-with-upload). Raises Fault(MEDIA_TYPE_REFUSED)."""
    if header(headers, "transfer-encoding") is None and not announced(headers):
        return False
    check_part_type(headers)
    return True


def announced(headers: Headers) -> int | None:
    """How many bytes the body will have, None when it is not said. Raises Fault(BAD_REQUEST)."""
    return None if header(headers, "content-length") is None else _number(headers, "content-length")


def checksum(headers: Headers) -> Checksum | None:
    """What the part must hash to (checksum extension). Raises Fault(STORAGE_CHECKSUM_UNKNOWN), Fault(BAD_REQUEST)."""
    given = header(headers, "upload-checksum")
    if given is None:
        return None
    algorithm, _, encoded = given.partition(" ")
    if algorithm not in DIGEST_BYTES:
        raise Fault(Code.STORAGE_CHECKSUM_UNKNOWN, headers={"tus-checksum-algorithm": ",".join(DIGEST_BYTES)})
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != DIGEST_BYTES[algorithm]:
        raise Fault(Code.BAD_REQUEST, f"Upload-Checksum holds no {algorithm} in base64.")
    return Checksum(algorithm, digest)


def capabilities(file_bytes_max: int) -> dict[str, str]:
    """The headers that answer OPTIONS."""
    return {
        "tus-resumable": VERSION,
        "tus-version": VERSION,
        "tus-extension": EXTENSIONS,
        "tus-max-size": str(file_bytes_max),
        "tus-checksum-algorithm": ",".join(DIGEST_BYTES),
    }


def standing(at: int, expires_at: int | None) -> dict[str, str]:
    """The headers that say where an upload stands; Upload-Expires only while it can expire (RFC 9110 section 5.6.7)."""
    headers = {"tus-resumable": VERSION, "upload-offset": str(at)}
    if expires_at is not None:
        headers["upload-expires"] = formatdate(expires_at // 1000, usegmt=True)
    return headers


@contextmanager
def spoken() -> Generator[None]:
    """Lets a fault inside say with which version of tus it answers."""
    try:
        yield
    except Fault as fault:
        fault.headers.setdefault("tus-resumable", VERSION)
        raise


def _number(headers: Headers, name: str) -> int:
    given = header(headers, name)
    if given is None or _NUMBER.fullmatch(given) is None or int(given) > NUMBER_MAX:
        raise Fault(Code.BAD_REQUEST, f"{name} must be a whole number of bytes.")
    return int(given)


def _metadata_fault(detail: str) -> Fault:
    return Fault(Code.STORAGE_METADATA_INVALID, detail)
