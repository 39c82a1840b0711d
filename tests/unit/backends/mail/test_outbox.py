"""The outbox for letters is private and bounded."""

from pathlib import Path

import pytest

from secureconnect.backends.mail.outbox import OutboxMail
from secureconnect.backends.mail.port import Letter
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock

pytestmark = pytest.mark.anyio


def texts(folder: Path) -> list[str]:
    """The letters, oldest first."""
    return [path.read_text() for path in sorted(folder.iterdir())]


async def test_letters_are_their_owners_alone(tmp_path: Path) -> None:
    await OutboxMail(tmp_path / "mail", ManualClock()).send(Letter("a@example.net", "s", "t", "h"))
    [found] = (tmp_path / "mail").iterdir()
    assert found.suffix == ".eml"
    assert (found.stat().st_mode & 0o777, found.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_the_oldest_letters_go_when_there_are_too_many(tmp_path: Path) -> None:
    outbox = OutboxMail(tmp_path, ManualClock(), letters_max=3)
    for number in range(5):
        await outbox.send(Letter(f"a{number}@example.net", "s", "t", "h"))
    kept = texts(tmp_path)
    assert [f"a{number}@example.net" in text for number, text in zip((2, 3, 4), kept, strict=True)] == [True] * 3


async def test_a_folder_that_cannot_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outbox = OutboxMail(tmp_path / "file", ManualClock())
    for act in (outbox.ping(), outbox.send(Letter("a@example.net", "s", "t", "h"))):
        with pytest.raises(Fault) as caught:
            await act
        assert caught.value.code is Code.UNAVAILABLE


def test_the_outbox_is_a_stand_in() -> None:
    assert OutboxMail.stand_in
