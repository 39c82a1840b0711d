"""Secrets that others may read, and keys that are old, are told with the command that mends them."""

from pathlib import Path

import pytest

from secureconnect.ops.doctor.finding import Level
from secureconnect.ops.doctor.patient import Patient
from secureconnect.ops.doctor.secret_files import DAY_S, SecretFile, check_secret_files, judge, judge_folder
from secureconnect.settings import load

ME, OTHER, NOW_S = 1000, 2000, 1_800_000_000.0


def file(mode: int, *, owner: int = ME, days: float = 1, name: str = "jwt_secret") -> SecretFile:
    return SecretFile(name, Path("/run/x") / name, 0o100000 | mode, owner, NOW_S - days * DAY_S)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_for_its_owner_alone_is_right(mode: int) -> None:
    assert judge(file(mode), ME, NOW_S, production=True) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_wrong_in_production_and_told_elsewhere(mode: int) -> None:
    for production, level in ((True, Level.FAIL), (False, Level.WARN)):
        found = judge(file(mode), ME, NOW_S, production=production)
        assert found is not None
        assert found.level is level
        assert found.fix == "chmod 600 /run/x/jwt_secret"


def test_a_file_of_an_orchestrator_may_be_read_by_our_group_but_not_by_everybody() -> None:
    assert judge(file(0o640, owner=OTHER), ME, NOW_S, production=True) is None
    assert judge(file(0o644, owner=OTHER), ME, NOW_S, production=True) is not None


def test_an_old_signing_key_is_to_be_rotated_and_other_secrets_may_grow_old() -> None:
    found = judge(file(0o600, days=400), ME, NOW_S, production=False)
    assert found is not None
    assert found.fix == "secureconnect keys rotate"
    assert judge(file(0o600, days=400, name="turn_secret"), ME, NOW_S, production=False) is None
    assert judge(file(0o600, days=300), ME, NOW_S, production=False) is None


def test_the_folder_of_the_secrets_is_for_its_owner_alone() -> None:
    assert judge_folder(Path("/x"), 0o40700, ME, ME) is None
    assert judge_folder(Path("/x"), 0o40755, ME, ME) is not None
    assert judge_folder(Path("/x"), 0o40755, OTHER, ME) is None


@pytest.mark.anyio
async def test_files_on_the_disk_are_looked_at(tmp_path: Path) -> None:
    patient = Patient(load(None, {}, {"data_dir": str(tmp_path)}, tmp_path / "none"), None)
    (only,) = await check_secret_files(patient)
    assert only.told.startswith("none yet")
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    secret = folder / "operator_key"
    secret.touch(mode=0o600)
    assert [one.level for one in await check_secret_files(patient)] == [Level.OK]
    secret.chmod(0o644)
    (wrong,) = await check_secret_files(patient)
    assert wrong.level is Level.WARN
    assert wrong.fix == f"chmod 600 {secret}"
