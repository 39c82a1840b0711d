"""What stands outside is absent by default, and the last of the disk is kept."""

from secureconnect.settings.outside import Disk, Node, Redis, Sql, Turn


def test_uploads_stop_long_before_messages() -> None:
    disk = Disk()
    assert (disk.upload_free_percent_min, disk.upload_free_bytes_min) == (10, 2 << 30)
    assert disk.message_free_bytes_min == 256 << 20


def test_a_stop_takes_no_longer_than_ten_seconds() -> None:
    assert Node().stop_s == 10


def test_without_a_word_everything_is_embedded() -> None:
    assert (Sql().url, Redis().url, Turn().urls) == (None, None, ())
