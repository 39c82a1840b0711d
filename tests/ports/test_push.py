"""Every provider of wake-ups keeps the same promises."""

from pathlib import Path

import msgspec
import pytest

from secureconnect.backends.push.outbox import OutboxLine, OutboxPush, address_sha256
from secureconnect.backends.push.port import Push, PushOutcome, PushTarget
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock

pytestmark = pytest.mark.anyio
TARGET = PushTarget("webpush", b'{"endpoint":"https://push.example/canary-91c"}')


def content(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=["outbox"])
def push(request: pytest.FixtureRequest, tmp_path: Path) -> Push:
    return {"outbox": OutboxPush}[request.param](tmp_path / "push", ManualClock())


async def test_a_wake_up_is_handed_over(push: Push) -> None:
    assert await push.wake(TARGET, True, 60, "topic") is PushOutcome.HANDED_OVER
    assert await push.wake(TARGET, False, 60, "topic") is PushOutcome.HANDED_OVER


async def test_a_provider_that_is_there_answers_a_ping(push: Push) -> None:
    await push.ping()


async def test_the_outbox_writes_a_line_per_wake_up_for_its_owner_alone(tmp_path: Path) -> None:
    clock = ManualClock(5_000)
    outbox = OutboxPush(tmp_path / "push", clock)
    await outbox.wake(TARGET, True, 60, "calls")
    await outbox.wake(TARGET, False, 3600, "messages")
    path = tmp_path / "push" / "wakes.jsonl"
    lines = [msgspec.json.decode(line, type=OutboxLine) for line in path.read_bytes().splitlines()]
    assert lines == [
        OutboxLine(5_000, "webpush", address_sha256(TARGET), True, 60, "calls"),
        OutboxLine(5_000, "webpush", address_sha256(TARGET), False, 3600, "messages"),
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_the_outbox_never_holds_a_push_address(tmp_path: Path) -> None:
    outbox = OutboxPush(tmp_path, ManualClock())
    await outbox.wake(TARGET, True, 60, "calls")
    assert b"canary-91c" not in b"".join(content(tmp_path).values())


async def test_the_outbox_stays_bounded(tmp_path: Path) -> None:
    outbox = OutboxPush(tmp_path, ManualClock(), file_bytes_max=1000)
    for _ in range(50):
        await outbox.wake(TARGET, True, 60, "calls")
    found = content(tmp_path)
    assert set(found) == {"wakes.jsonl", "wakes.jsonl.1"}
    assert all(0 < len(each) <= 1000 for each in found.values())


async def test_an_outbox_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outbox = OutboxPush(tmp_path / "file", ManualClock())
    for act in (outbox.ping(), outbox.wake(TARGET, True, 60, "calls")):
        with pytest.raises(Fault) as caught:
            await act
        assert caught.value.code is Code.UNAVAILABLE


def test_the_outbox_is_a_stand_in() -> None:
    assert OutboxPush.stand_in
