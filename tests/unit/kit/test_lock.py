"""A folder has one holder, whose process id is told to others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from secureconnect.kit.lock import FolderLock, FolderLocked, Holder, holder_of_folder

HOLD = "import sys; from pathlib import Path; from secureconnect.kit.lock import FolderLock; FolderLock(Path(sys.argv[1])).take(); print('held', flush=True); sys.stdin.read()"  # noqa: E501 one program


def test_a_second_holder_is_told_the_pid_of_the_first(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        with pytest.raises(FolderLocked) as refused:
            FolderLock(tmp_path).take()
        assert refused.value.pid == os.getpid()
    with FolderLock(tmp_path):
        pass


def test_the_lock_goes_with_a_killed_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(FolderLocked) as refused:
            FolderLock(tmp_path).take()
        assert refused.value.pid == other.pid
        other.kill()
        other.wait()
    FolderLock(tmp_path).take()


def test_releasing_twice_is_no_fault(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.take()
    lock.release()
    lock.release()


def test_asking_who_holds_a_folder_makes_and_holds_nothing(tmp_path: Path) -> None:
    assert holder_of_folder(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    with FolderLock(tmp_path):
        assert holder_of_folder(tmp_path) == Holder(os.getpid())
    assert holder_of_folder(tmp_path) is None
    with FolderLock(tmp_path):
        pass
