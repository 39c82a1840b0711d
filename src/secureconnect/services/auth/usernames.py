"""Usernames: the UsernameCaseMapped profile (RFC 8265 section 3.3), narrowed to what can be told apart."""

import unicodedata
from dataclasses import dataclass

from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.services.auth.confusables import mixes_scripts, skeleton


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LENGTH_MAX = 64
PUNCTUATION = frozenset("._-")
# Words that others would take for the server or those who run it: only who sets the server up may be called so.
ROLES = _words(
    "abuse admin administrator administration hostmaster moderator official operator owner postmaster root security "
    "secureconnect server staff support sysadmin system webmaster"
)
# Words that mean something else where a name could stand.
WORDS = _words(
    "all anonymous channel deleted everybody everyone group here me mail-daemon nobody none noreply no-reply null "
    "self team undefined unknown you"
)
_ROLE_SKELETONS = frozenset(skeleton(word) for word in ROLES)
_WORD_SKELETONS = frozenset(skeleton(word) for word in WORDS)
# RFC 8264 section 9: letters and digits (A), without those that need a context (F, H) and what is ignored (M).
_LETTERS = frozenset({"Ll", "Lu", "Lo", "Lm", "Nd", "Mn", "Mc"})
_IGNORABLE = frozenset([0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)])
_CONTEXT = frozenset([0x00B7, 0x0375, 0x05F3, 0x05F4, 0x0640, 0x07FA, 0x200C, 0x200D, 0x3031, 0x3032, 0x3033, 0x30FB])
_EXCEPTIONS = frozenset([0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007])


@dataclass(frozen=True)
class Username:
    """A name as it is kept and shown, and what it is read as."""

    key: str
    skeleton: str


def enforce(text: str) -> Username:
    """The one form of a username, however it was typed.

    Raises Fault(AUTH_USERNAME_INVALID) for characters outside the profile, mixed scripts, and names that are too long.
    """
    key = _mapped(text)
    if not key or len(key) > LENGTH_MAX:
        raise _refused(f"A name has 1 to {LENGTH_MAX} characters.")
    if not all(map(_allowed, key)):
        raise _refused("A name holds letters, digits, dots, hyphens and underscores.")
    if key[0] in PUNCTUATION or key[-1] in PUNCTUATION or unicodedata.category(key[0])[0] == "M":
        raise _refused("A name begins and ends with a letter or a digit.")
    if mixes_scripts(key):
        raise _refused("A name is written in one script.")
    if not _keeps_direction(key):
        raise _refused("A name is written in one direction.")
    return Username(key, skeleton(key))


def refuse_reserved(username: Username, *, sets_up: bool = False) -> None:
    """Raise Fault(AUTH_USERNAME_INVALID) for a reserved word or what is read as one; who sets the server up may be
    `admin`."""
    taken = _WORD_SKELETONS if sets_up else _WORD_SKELETONS | _ROLE_SKELETONS
    if username.skeleton in taken:
        raise _refused("This name is reserved.")


def find_key(text: str) -> str | None:
    """The key to look an account up by, None for what cannot be a name."""
    try:
        return enforce(text).key
    except Fault:
        return None


def _mapped(text: str) -> str:
    """Width, case and normalization mapping; done until it changes nothing, so that doing it twice is doing it once."""
    for _ in range(4):
        wide = "".join(map(_narrow, text))
        mapped = unicodedata.normalize("NFC", wide.lower())
        if mapped == text:
            break
        text = mapped
    return text


def _narrow(one: str) -> str:
    kind, _, rest = unicodedata.decomposition(one).partition(" ")
    return "".join(chr(int(code, 16)) for code in rest.split()) if kind in {"<wide>", "<narrow>"} else one


def _allowed(one: str) -> bool:
    code = ord(one)
    if code < 0x80:
        return one.isalnum() or one in PUNCTUATION
    if code in _EXCEPTIONS:
        return True
    if code in _CONTEXT or code in _IGNORABLE or 0x1100 <= code <= 0x11FF or 0xA960 <= code <= 0xA97F:
        return False
    return unicodedata.category(one) in _LETTERS and unicodedata.normalize("NFKC", one) == one


def _keeps_direction(key: str) -> bool:
    """The Bidi Rule (RFC 5893 section 2), without exceptions: what is written from right to left holds nothing else."""
    classes = {unicodedata.bidirectional(one) for one in key}
    if not classes & {"R", "AL", "AN"}:
        return True
    first, last = unicodedata.bidirectional(key[0]), _last_class(key)
    fits = classes <= {"R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"} and not {"AN", "EN"} <= classes
    return fits and first in {"R", "AL"} and last in {"R", "AL", "AN", "EN"}


def _last_class(key: str) -> str:
    for one in reversed(key):
        if unicodedata.bidirectional(one) != "NSM":
            return unicodedata.bidirectional(one)
    return ""


def _refused(why: str) -> Fault:
    return invalid("/username", why, Code.AUTH_USERNAME_INVALID)
