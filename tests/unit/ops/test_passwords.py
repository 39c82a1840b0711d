"""A new password comes from a terminal or a file, never half."""

from pathlib import Path

import pytest

from secureconnect.ops.loading import Refusal
from secureconnect.ops.passwords import FILE_BYTES_MAX, new_password


def test_a_file_holds_the_password_alone(tmp_path: Path) -> None:
    file = tmp_path / "password"
    for content in ("a b c", "a b c\n", "a b c\r\n"):
        file.write_text(content, newline="")
        assert new_password(file) == "a b c"


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"x" * (FILE_BYTES_MAX + 1)])
def test_what_is_no_password_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(Refusal, match="Nothing was changed"):
        new_password(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read"):
        new_password(tmp_path / "none")


class Terminal:
    """Standard streams of somebody at a terminal."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""


def test_a_terminal_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stderr", Terminal())
    for typed, refused in ((["a", "a"], None), (["a", "b"], "differ"), (["", ""], "empty")):
        answers = iter(typed)
        monkeypatch.setattr("getpass.getpass", lambda _, answers=answers: next(answers))
        if refused is None:
            assert new_password(None) == "a"
        else:
            with pytest.raises(Refusal, match=refused):
                new_password(None)


def test_without_a_terminal_nobody_is_asked() -> None:
    with pytest.raises(Refusal, match="no terminal"):
        new_password(None)
