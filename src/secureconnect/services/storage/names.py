"""Names and media types that people give their files: made harmless as text; no path is ever made of them."""

import re
import unicodedata
from urllib.parse import quote

NAME_CHARACTERS_MAX = 255
TYPE_CHARACTERS_MAX = 127
NAMELESS = "file"
OCTETS = "application/octet-stream"

_SEPARATORS = str.maketrans("/\\", "__")
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DOTS = frozenset({"", ".", ".."})
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !#$&()+,-.=@[]^_`{}~")
_EXTENDED = "!#$&+-.^_`|~"


def normal_name(given: str) -> str:
    """A file's name as it is kept: NFC, at most 255 characters, without control characters, turns of the writing
    direction and path separators; what has nothing left is called `file`."""
    text = unicodedata.normalize("NFC", given).translate(_SEPARATORS)
    seen = "".join(letter for letter in text if letter not in _TURNS and unicodedata.category(letter) not in _UNSEEN)
    name = seen.strip()[:NAME_CHARACTERS_MAX].rstrip()
    return NAMELESS if name in _DOTS else name


def normal_type(given: str) -> str:
    """A media type in lower case without its parameters (RFC 9110 section 8.3.1); what is none is octets."""
    essence = given.partition(";")[0].strip().lower()
    if len(essence) > TYPE_CHARACTERS_MAX or _TYPE.fullmatch(essence) is None:
        return OCTETS
    return essence


def disposition(name: str) -> str:
    """Content-Disposition of a download (RFC 6266): a plain name for old readers, the whole one by RFC 8187."""
    safe = normal_name(name)
    plain = "".join(letter if letter in _PLAIN else "_" for letter in safe)
    if plain == safe:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe=_EXTENDED)}"
