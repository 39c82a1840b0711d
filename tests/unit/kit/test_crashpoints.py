"""A crash point ends the process at once when it is the armed one, and does nothing otherwise."""

import os
import subprocess
import sys

import pytest

from secureconnect.kit.crashpoints import ENVIRONMENT_NAME, NAMES, CrashPoints, UnknownCrashPoint, from_environment

PROGRAM = """
import atexit, os
from secureconnect.kit.crashpoints import ENVIRONMENT_NAME, from_environment
atexit.register(print, "cleaned up", flush=True)
points = from_environment(os.environ.get(ENVIRONMENT_NAME))
try:
    for number in range(3):
        points.reach("sql.after_commit")
        points.reach("sql.before_commit")
        print(number, flush=True)
finally:
    print("finally", flush=True)
"""


def run(armed: str) -> subprocess.CompletedProcess[str]:
    """Run the program with these points armed."""
    environment = {**os.environ, ENVIRONMENT_NAME: armed}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("armed", "printed"),
    [
        ("sql.before_commit", []),
        ("sql.before_commit:1", []),
        ("sql.before_commit:3", ["0", "1"]),
        ("log.after_append:1,sql.before_commit:2", ["0"]),
    ],
)
def test_the_armed_pass_ends_the_process_without_any_clean_up(armed: str, printed: list[str]) -> None:
    done = run(armed)
    assert (done.returncode, done.stdout.split()) == (137, printed), done.stderr


@pytest.mark.parametrize("armed", ["", "sql.before_commit:4", "log.before_append"])
def test_what_is_not_armed_or_not_reached_changes_nothing(armed: str) -> None:
    done = run(armed)
    assert done.returncode == 0
    assert done.stdout.split("\n")[:5] == ["0", "1", "2", "finally", "cleaned up"]


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_armed_without_the_environment(value: str | None) -> None:
    for name in NAMES:
        from_environment(value).reach(name)


def test_a_name_that_no_code_has_is_an_error() -> None:
    with pytest.raises(UnknownCrashPoint, match=r"sql\.nowhere"):
        CrashPoints({"sql.nowhere": 1})
    with pytest.raises(UnknownCrashPoint):
        from_environment("sql.nowhere:1")
