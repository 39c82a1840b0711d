"""Documents lead somewhere: their links resolve, and the commands that they name exist."""

import re
from collections.abc import Iterator

import pytest
from cyclopts import App

from secureconnect.cli import app
from tests.shape.tree import ROOT, expect_none, texts

LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z]+:", re.IGNORECASE)
TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
CODE = re.compile(r"^```.*?\n(.*?)^```$|^ {4}(\S[^\n]*)$|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
BEGIN = r"^ *(?:\S+=\S+ )*"
MAKE = re.compile(BEGIN + r"make (?:-C \S+ )?([a-z][a-z-]*)", re.MULTILINE)
VERB = re.compile(
    BEGIN + r"(?:\S.*/bin/|\.venv/bin/)?secureconnect((?: [a-z][a-z-]*(?:\|[a-z-]+)*){1,2})", re.MULTILINE
)
DOCUMENTS = [(name, text) for name, text in texts() if name.endswith(".md")]
GUIDE = [(name, text) for name, text in DOCUMENTS if name == "README.md" or name.startswith("docs/guide/")]


def code(text: str) -> str:
    """What stands in a document as code: blocks, indented lines, words in backticks; a line each."""
    return "\n".join(block or line or word for block, line, word in CODE.findall(text))


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(FENCE.sub("", text)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def broken(name: str, text: str) -> Iterator[str]:
    """The relative links of a document that lead nowhere."""
    for link in LINK.findall(FENCE.sub("", text)):
        if ELSEWHERE.match(link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists():
            yield f"{name}: {link}"
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            yield f"{name}: {link} has no such heading"


def spoken(words: str) -> list[list[str]]:
    """The commands that words stand for; `config show|check` are two, and what is no verb may be an argument."""
    first, *second = words.split()
    return [[first, *rest] for rest in ([[one] for one in second[0].split("|")] if second else [[]])]


def known(words: list[str], top: App) -> bool:
    """Whether a command is there; a word behind a verb that has none below it is its argument."""
    if words[0] not in top:
        return False
    below = [name for name in top[words[0]] if not name.startswith("-")]
    return len(words) == 1 or not below or words[1] in below


def test_there_are_documents_to_look_at() -> None:
    assert len(GUIDE) >= 7
    assert any(LINK.search(text) for _, text in GUIDE)


@pytest.mark.parametrize(("name", "text"), DOCUMENTS, ids=[name for name, _ in DOCUMENTS])
def test_each_relative_link_leads_somewhere(name: str, text: str) -> None:
    expect_none(list(broken(name, text)))


def test_each_make_target_that_the_guide_names_exists() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    named = [(name, target) for name, text in GUIDE for target in MAKE.findall(code(text))]
    assert ("README.md", "run") in named
    expect_none([f"{name}: make {target}" for name, target in named if target not in targets])


def test_each_verb_that_the_guide_names_exists() -> None:
    named = [(name, words) for name, text in GUIDE for found in VERB.findall(code(text)) for words in spoken(found)]
    assert ("docs/guide/configure.md", ["config", "show"]) in named
    expect_none([f"{name}: secureconnect {' '.join(words)}" for name, words in named if not known(words, app)])


def test_a_link_or_a_verb_that_is_wrong_is_found() -> None:
    assert list(broken("README.md", "[a](docs/nowhere.md) [b](#no-such-heading) [c](LICENSE)")) == [
        "README.md: docs/nowhere.md",
        "README.md: #no-such-heading has no such heading",
    ]
    assert MAKE.findall(code("make no sense\n\n    make run\n\nand `A=1 make test`")) == ["run", "test"]
    assert not known(["config", "shw"], app)
    assert not known(["server"], app)
    assert known(["serve", "chat"], app)
