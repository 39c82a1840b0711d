"""The last of the disk is kept: uploads stop before messages, and the file system is asked once a second."""

from pathlib import Path

from secureconnect.backends.disk import DiskGuard, DiskSpace, disk_space
from secureconnect.kit.clock import ManualClock

GIB = 1 << 30


class Told:
    """A file system that says what the test wants."""

    def __init__(self, free_bytes: int, total_bytes: int) -> None:
        self.space = DiskSpace(free_bytes, total_bytes)
        self.asked = 0

    def __call__(self, folder: Path) -> DiskSpace:
        self.asked += 1
        return self.space


def guard(told: Told, clock: ManualClock | None = None) -> DiskGuard:
    return DiskGuard(Path("data"), clock or ManualClock(), ask=told)


def test_with_room_everything_goes() -> None:
    """Half of a disk free: messages and uploads."""
    checked = guard(Told(50 * GIB, 100 * GIB))
    assert checked.allows_messages()
    assert checked.allows_uploads()


def test_uploads_stop_below_a_share_or_two_gibibytes() -> None:
    """Either threshold stops uploads; messages go on."""
    for told in (Told(9 * GIB, 100 * GIB), Told(GIB, 5 * GIB)):
        assert guard(told).allows_messages()
        assert not guard(told).allows_uploads()


def test_messages_stop_below_256_mebibytes() -> None:
    """The last of the disk is for what frees it."""
    assert guard(Told(256 << 20, GIB)).allows_messages()
    assert not guard(Told((256 << 20) - 1, GIB)).allows_messages()


def test_the_file_system_is_asked_once_a_second() -> None:
    """An answer is kept for a second, then asked for again."""
    told = Told(50 * GIB, 100 * GIB)
    clock = ManualClock()
    checked = guard(told, clock)
    assert checked.allows_messages()
    told.space = DiskSpace(0, 100 * GIB)
    clock.advance_s(0.9)
    assert checked.allows_messages()
    assert told.asked == 1
    clock.advance_s(0.2)
    assert not checked.allows_messages()


def test_a_real_folder_has_space(tmp_path: Path) -> None:
    """The machine's own file system answers in bytes."""
    space = disk_space(tmp_path)
    assert 0 < space.free_bytes <= space.total_bytes
