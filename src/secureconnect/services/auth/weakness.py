"""What makes a password too easy to guess: shortness, a known list, patterns, and words about its owner."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

BYTES_MAX = 1024
CONTEXT_LENGTH_MIN = 3
OWN_LENGTH_MIN = 5

_WORDS = frozenset(Path(__file__).with_name("known_passwords.txt").read_text(encoding="utf-8").split())
_WALKS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]asdfghjkl;zxcvbnm,./",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()",
    "йцукенгшщзхъфывапролджэячсмитьбю",
)
_RUNS = _WALKS + tuple(walk[::-1] for walk in _WALKS)
_LEET = str.maketrans("@4831!0$57+", "aaeliiosstt")
# What people put around a word: digits, years, signs.
_AROUND = re.compile(r"^[\d\W_]{0,4}(.+?)[\d\W_]{0,6}$")
_SIGNS = re.compile(r"[\W_]+")
_DATE = re.compile(
    r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])|(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(19|20)\d\d"
    r"|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(19|20)\d\d"
)


def prepare(password: str) -> str:
    """The form that is hashed (OpaqueString, RFC 8265 section 4.2): spaces of other kinds as space, then NFC."""
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in password)
    return unicodedata.normalize("NFC", spaced)


def weakness(password: str, length_min: int, length_max: int, context: Iterable[str] = ()) -> str | None:
    """Why a prepared password is refused, as a sentence; None for a good one.

    Lengths are in characters; `context` are words that others know of its owner: the name, the service's name.
    """
    if len(password) < length_min:
        return f"It has fewer than {length_min} characters."
    if len(password) > length_max or len(password.encode()) > BYTES_MAX:
        return f"It has more than {length_max} characters or {BYTES_MAX} bytes."
    if any(unicodedata.category(one) in {"Cc", "Cs"} for one in password):
        return "It holds control characters."
    if is_known(password) or is_pattern(password):
        return "It is one of those that are tried first."
    if only_context(password, context):
        return "It is made of words that others know of you or of this server."
    return None


def is_known(password: str) -> bool:
    """Whether it is in the list of known passwords, or a word of it with digits, years, signs or look-alike digits."""
    lowered = password.lower()
    cores = {lowered, _core(lowered), _core(lowered.translate(_LEET)), _core(lowered).translate(_LEET)}
    halves = {core[: len(core) // 2] for core in cores if core[: len(core) // 2] * 2 == core}
    return bool((cores | halves) & _WORDS)


def is_pattern(password: str) -> bool:
    """Whether it repeats a few characters, follows the alphabet, the digits or rows of a keyboard, or is a date."""
    lowered = password.lower()
    repeats = any(lowered == (lowered[:size] * len(lowered))[: len(lowered)] for size in range(1, 4))
    return repeats or _is_walk(lowered) or _DATE.fullmatch(re.sub(r"[./ -]", "", lowered)) is not None


def only_context(password: str, context: Iterable[str]) -> bool:
    """Whether little is left of it without the words of its owner and of the server."""
    lowered = password.lower()
    for form in (lowered, lowered.translate(_LEET)):
        rest = form
        words = {word.lower() for word in context if len(word) >= CONTEXT_LENGTH_MIN}
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, "").replace(word[::-1], "")
        own = _SIGNS.sub("", rest)
        if rest != form and (len(own) < OWN_LENGTH_MIN or own.isdigit() or is_known(own) or is_pattern(own)):
            return True
    return False


def _core(text: str) -> str:
    match = _AROUND.match(text)
    return match[1] if match else text


def _is_walk(text: str) -> bool:
    """Whether at most two runs of neighbouring keys or letters make it up."""
    runs = 0
    while text:
        length = next((size for size in range(len(text), 2, -1) if any(text[:size] in run for run in _RUNS)), 0)
        if not length:
            return len(text) < CONTEXT_LENGTH_MIN and runs == 1
        text = text[length:]
        runs += 1
    return runs <= 2
