"""Letters that look alike, so that nobody takes a name that is read as somebody else's (after UTS 39)."""

import unicodedata
from pathlib import Path

# Each row: what it is read as, then the letters that are read so, lower case only, for names are mapped to it first.
_ROWS = Path(__file__).with_name("look_alikes.txt").read_text(encoding="utf-8")
# Scripts that are written together; every other mixture is refused.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
_NO_SCRIPT = frozenset({"DIGIT", "COMBINING", "MODIFIER", "FULL", "HYPHEN-MINUS", "LOW"})


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for row in _ROWS.splitlines():
        read_as, _, alike = row.partition(" ")
        table.update({ord(one): read_as for one in alike})
    return table


_TABLE = _table()


def skeleton(name: str) -> str:
    """What a lower-case name is read as: two names with one skeleton look alike."""
    read = unicodedata.normalize("NFD", name).translate(_TABLE)
    return unicodedata.normalize("NFD", read).replace("rn", "m")


def mixes_scripts(name: str) -> bool:
    """Whether a name holds letters of scripts that nobody writes together, or digits of two systems."""
    scripts = {_script(one) for one in name} - {""}
    systems = {ord(one) - unicodedata.decimal(one) for one in name if unicodedata.category(one) == "Nd"}
    if len(systems) > 1:
        return True
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


def _script(one: str) -> str:
    """The script of a letter, by the first word of its Unicode name; empty for what belongs to every script."""
    if unicodedata.category(one)[0] not in "LM":
        return ""
    word = unicodedata.name(one, "").partition(" ")[0]
    return "" if word in _NO_SCRIPT else word
