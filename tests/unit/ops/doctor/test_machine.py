"""Clocks that went wrong and limits that are too low are told; sane ones pass."""

from pathlib import Path

import pytest

from secureconnect.kit.lock import Holder
from secureconnect.ops.doctor.finding import Level
from secureconnect.ops.doctor.machine import allowed_files, check_clock, check_files, judge_clock, judge_files
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import load

NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("now_ms", "drift_ms", "newest_s", "level", "word"),
    [
        (NOW_MS, 1.0, NOW_MS / 1000 - 5, Level.OK, "evenly"),
        (NOW_MS, 0.0, 0.0, Level.OK, "evenly"),
        (0, 0.0, 0.0, Level.FAIL, "1970-01-01"),
        (7_000_000_000_000, 0.0, 0.0, Level.FAIL, "2191"),
        (NOW_MS, 0.0, NOW_MS / 1000 + 3600, Level.FAIL, "set back"),
        (NOW_MS, -900.0, 0.0, Level.WARN, "-900 ms"),
    ],
)
def test_a_clock_is_judged_by_its_year_its_going_and_the_data(
    now_ms: int, drift_ms: float, newest_s: float, level: Level, word: str
) -> None:
    found = judge_clock(now_ms, drift_ms, newest_s)
    assert found.level is level
    assert word in found.told


def test_open_files_must_hold_the_sockets_and_some_more() -> None:
    assert judge_files(100_000, 20_000, "the node").level is Level.OK
    found = judge_files(1024, 20_000, "the node")
    assert found.level is Level.WARN
    assert "LimitNOFILE=20512" in str(found.fix)


def test_the_limit_of_another_process_is_read_from_its_table(tmp_path: Path) -> None:
    table = tmp_path / "limits"
    table.write_text(
        "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096   files\n"
    )
    assert allowed_files(table) == 1024
    table.write_text("Max open files            unlimited            unlimited            files\n")
    assert allowed_files(table) == 2**31
    assert allowed_files(tmp_path / "none") is None


@pytest.mark.anyio
async def test_this_machine_is_looked_at(tmp_path: Path) -> None:
    loaded = load(None, {}, {"data_dir": str(tmp_path)}, tmp_path / "none")
    (clock,) = await check_clock(Patient(loaded, None))
    assert clock.level is not Level.FAIL
    (files,) = await check_files(Patient(loaded, Holder(None)))
    assert "a node started here" in files.told
