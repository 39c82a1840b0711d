"""The command line knows its verbs, refuses what it does not know, and loads nothing that a verb does not need."""

import subprocess
import sys

import pytest
from cyclopts import App

from secureconnect.cli import app

VERBS = {
    "serve", "migrate", "doctor", "openapi", "config show", "config check", "config docs", "keys services",
    "keys rotate", "user list", "user create", "user import", "user disable", "user enable", "user set-admin",
    "user end-sessions", "user reset-link", "user delete", "audit tail", "mail test",
}  # fmt: skip
LISTINGS = ("user list", "audit tail", "config show", "doctor")


def verbs(of: App, prefix: str = "") -> dict[str, App]:
    found: dict[str, App] = {}
    for name in of:
        if name.startswith("-"):
            continue
        path = f"{prefix} {name}".strip()
        below = verbs(of[name], path)
        found |= below or {path: of[name]}
    return found


def test_there_are_these_verbs_and_no_others() -> None:
    assert set(verbs(app)) == VERBS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_says_in_a_sentence_what_it_does(verb: str) -> None:
    told = verbs(app)[verb].help or verbs(app)[verb].default_command.__doc__
    assert told
    assert told.strip().split("\n")[0].endswith((".", ":"))


@pytest.mark.parametrize("verb", LISTINGS)
def test_each_listing_speaks_json(verb: str) -> None:
    names = [name for argument in verbs(app)[verb].assemble_argument_collection() for name in argument.names]
    assert "--json" in names


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["frobnicate"], "frobnicate"),
        (["user", "frobnicate"], "frobnicate"),
        (["user", "list", "--limit", "0"], "--limit"),
        (["user", "list", "--limit", "many"], "--limit"),
        (["user", "disable"], "USER"),
        (["serve", "kitchen"], "kitchen"),
        (["doctor", "--frob"], "--frob"),
    ],
)
def test_what_is_not_known_is_named_and_exits_2(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app(words)
    assert ended.value.code not in (0, None)
    captured = capsys.readouterr()
    assert told in captured.out + captured.err


def test_help_loads_no_service() -> None:
    code = "import sys; from secureconnect.cli import app; app(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"litestar", "sqlalchemy", "secureconnect.wiring", "secureconnect.settings"}


def test_an_unknown_verb_ends_the_process_with_2() -> None:
    done = subprocess.run([sys.executable, "-m", "secureconnect", "frob"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
