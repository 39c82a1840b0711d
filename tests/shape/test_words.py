"""The tree holds no loose ends, and no words about the machine or the work it was made by."""

import re

import pytest

from tests.shape.tree import expect_none, texts

OWN = "tests/shape/test_words.py"
# The licence is quoted whole and is no text of ours.
QUOTED = {OWN, "LICENSE"}

PATTERNS = {
    "a loose end": r"\b(TODO|FIXME|XXX|HACK)\b",
    "a path of somebody's machine": r"(?<![\w.\-*/}$])/(root|work|home/[a-z]+/src)(/|\b)(?!\.)",
    "a package host": r"pypi\.org|pythonhosted|npmjs|crates\.io|maven\.org|golang\.org/dl|proxy\.golang"
    r"|deb\.debian\.org|archive\.ubuntu|registry\.yarnpkg",
    "how work was organised": r"\b(issue|ticket) ?#?\d+|\b(this|next|previous|last) (issue|ticket|sprint)\b"
    r"|\bsub-?agents?\b|\bthe brief\b|\bCEO\b|\blanguage model\b|\bworking session\b|\bhelper engineers?\b",
}


@pytest.mark.parametrize("meaning", PATTERNS)
def test_no_text_holds(meaning: str) -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for name, text in texts()
        if name not in QUOTED
        for match in re.finditer(PATTERNS[meaning], text)
    ]
    expect_none(found, meaning)


def test_the_patterns_find_what_they_are_for() -> None:
    examples = {
        "a loose end": "# " + "TODO: later",
        "a path of somebody's machine": "see /" + "work/main/x",
        "a package host": "https://" + "pypi" + ".org/simple",
        "how work was organised": "as issue 3 asks",
    }
    assert all(re.search(PATTERNS[meaning], example) for meaning, example in examples.items())
    assert examples.keys() == PATTERNS.keys()
