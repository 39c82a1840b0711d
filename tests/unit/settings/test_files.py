"""Small files are read without waiting and without bound on trust."""

import os
from pathlib import Path

import pytest

from secureconnect.settings.faults import WrongValue
from secureconnect.settings.files import FILE_BYTES_MAX, names_in, read_file, read_named, shown_path


def test_a_text_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("ä" * 30000, encoding="utf-8")
    assert read_file(path).text == "ä" * 30000


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_may_read_is_known_as_such(tmp_path: Path, mode: int, is_open: bool) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    path.chmod(mode)
    assert read_file(path).open_to_others is is_open


def test_a_file_that_is_not_there_a_folder_a_pipe_and_a_device_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, wrong in (
        (tmp_path / "none", "does not exist"),
        (tmp_path, "is no ordinary file"),
        (tmp_path / "pipe", "is no ordinary file"),
        (Path("/dev/zero"), "is no ordinary file"),
        (tmp_path / ("n" * 300), "cannot be read"),
        (tmp_path / "a\0b", "is no usable path"),
    ):
        with pytest.raises(WrongValue, match=wrong):
            read_file(path)


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * (FILE_BYTES_MAX + 1))
    with pytest.raises(WrongValue, match="larger than 65536 bytes"):
        read_file(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(WrongValue, match="no UTF-8"):
        read_file(path)


def test_a_folder_that_is_not_there_has_no_names_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert names_in(tmp_path) == {"a"}
    assert names_in(tmp_path / "none") == frozenset()
    with pytest.raises(WrongValue, match="cannot be read"):
        names_in(tmp_path / "a")


def test_a_setting_that_names_no_file_is_refused() -> None:
    with pytest.raises(WrongValue, match="names no file"):
        read_named("  ")


def test_what_does_not_look_like_a_path_is_not_shown() -> None:
    assert shown_path("/etc/keys/jwt.pem") == "/etc/keys/jwt.pem"
    assert shown_path("hunter2") == "(a path)"
    assert shown_path("-----BEGIN PRIVATE KEY-----\nabc") == "(a path)"
    assert shown_path("/a\nb") == "(a path)"
