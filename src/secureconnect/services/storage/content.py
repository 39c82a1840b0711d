"""How a file's bytes are asked for and dressed: ranges, entity tags and headers, without any I/O."""

import re

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.storage.names import OCTETS, disposition

SHOWN_TYPES = frozenset(
    {
        "image/avif",
        "image/bmp",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "audio/aac",
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/opus",
        "audio/wav",
        "audio/webm",
        "audio/x-m4a",
        "audio/x-wav",
        "video/mp4",
        "video/ogg",
        "video/quicktime",
        "video/webm",
    }
)
"""What a browser may be told a file is: raster images, audio and video; never what can hold a script."""
CACHING = "private, no-cache"

_RANGE = re.compile(r"bytes=\s*([0-9]{0,19})-([0-9]{0,19})\s*", re.IGNORECASE)


def entity_tag(sha256: str) -> str:
    """The strong entity tag of a file (RFC 9110 section 8.8.3): its SHA-256 in hexadecimal."""
    return f'"{sha256}"'


def matches_any(if_none_match: str | None, tag: str) -> bool:
    """Whether the reader has it already (RFC 9110 section 13.1.2; the comparison is weak)."""
    if if_none_match is None:
        return False
    given = [each.strip() for each in if_none_match.split(",")]
    return "*" in given or any(each.removeprefix("W/") == tag for each in given)


def asked_range(given: str | None, if_range: str | None, tag: str, size: int) -> tuple[int, int] | None:
    """The bytes asked for as (first, end), end not included; None for all of them.

    What is not one range of bytes is passed over, as is a range of another version than If-Range names (RFC 9110
    sections 14.2 and 13.1.5). Raises Fault(RANGE_NOT_SATISFIABLE).
    """
    if given is None or (if_range is not None and if_range.strip() != tag):
        return None
    found = _RANGE.fullmatch(given)
    first, last = found.groups() if found else ("", "")
    if not first and not last:
        return None
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), size if not last else min(size, int(last) + 1)
        if last and int(last) < int(first):
            return None
    if start >= size or start >= end:
        raise Fault(Code.RANGE_NOT_SATISFIABLE, headers={"content-range": f"bytes */{size}"})
    return start, end


def validators(tag: str) -> dict[str, str]:
    """The headers that an answer with or without bytes has (RFC 9110 section 15.4.5)."""
    return {"etag": tag, "cache-control": CACHING, "cross-origin-resource-policy": "same-origin"}


def content_headers(name: str, media_type: str, tag: str, size: int, part: tuple[int, int] | None) -> dict[str, str]:
    """The headers of an answer with bytes, `part` of them or all."""
    start, end = part or (0, size)
    headers = {
        **validators(tag),
        "content-type": media_type if media_type in SHOWN_TYPES else OCTETS,
        "content-length": str(end - start),
        "content-disposition": disposition(name),
        "content-security-policy": "sandbox",
        "accept-ranges": "bytes",
    }
    if part is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return headers
