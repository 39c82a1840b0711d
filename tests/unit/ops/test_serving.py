"""A start that cannot be is told in one sentence, and the first link is kept for its owner's eyes."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from secureconnect.kit.lock import FolderLock
from secureconnect.ops.loading import Refusal, loaded_settings
from secureconnect.ops.serving import FIRST_LINK, FirstLink, prepared_folder, sentence, serve
from secureconnect.settings import SERVICES
from tests.fixtures.nodes import Node, Ports


def test_wrong_settings_are_refused_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve((), None, [f"data_dir={tmp_path / 'data'}", "chat.port=0", "profile=festive"]) == 2
    assert "2 settings are not right" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_a_folder_that_another_holds_is_refused_with_its_process_id(tmp_path: Path) -> None:
    loaded = loaded_settings(None, [f"data_dir={tmp_path}"])
    with FolderLock(tmp_path), pytest.raises(Refusal, match="in use by the node with process id"):
        prepared_folder(loaded, SERVICES)
    prepared_folder(loaded, SERVICES).lock.release()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    loaded = loaded_settings(None, [f"data_dir={tmp_path / 'file' / 'data'}"])
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match="data_dir cannot be used"):
        prepared_folder(loaded, SERVICES)


def test_the_first_link_is_in_a_file_of_mode_0600_until_it_is_spent(tmp_path: Path) -> None:
    first = FirstLink(tmp_path)
    first.announce("http://localhost/join#secret")
    first.tell()
    file = tmp_path / FIRST_LINK
    assert file.read_text() == "http://localhost/join#secret\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    FirstLink(tmp_path).tell()
    assert not file.exists()


def test_a_process_raises_its_own_limit_of_open_files_as_far_as_it_may() -> None:
    code = """
import resource
from secureconnect.ops.serving import allow_files
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1000))
print(allow_files(200), allow_files(700), allow_files(5000), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["256", "700", "1000", "1000", "1000"]


def test_errors_of_ours_speak_for_themselves() -> None:
    assert sentence(Refusal("It is so")) == "It is so."
    assert sentence(KeyError("x")) == "KeyError: 'x'."


def test_a_node_serves_until_it_is_told_to_stop_and_lets_its_folder_go(tmp_path: Path) -> None:
    node = Node(tmp_path / "data", Ports.fresh(), ("gateway",))
    try:
        node.start()
        assert node.stop() == 0
    finally:
        node.end()
    assert '"event": "stopped"' in node.log()
    with FolderLock(tmp_path / "data"):
        assert True
