"""What is stored is compared with the log and with the bytes, and mended where it can be."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from secureconnect.backends.sql.migrate import migrate_all
from secureconnect.ops.doctor.data import judge_files, judge_log, judge_projections
from secureconnect.ops.doctor.finding import Finding, Level
from secureconnect.services.chat.repair import Difference
from secureconnect.services.storage.repair import Damage, Harm
from secureconnect.wiring import plans
from tests.fixtures.nodes import Node, Ports
from tests.fixtures.persons import Persons
from tests.fixtures.verbs import Operator


def test_a_log_that_is_not_dense_cannot_be_repaired() -> None:
    assert judge_log([], 5)[0].level is Level.OK
    (found,) = judge_log(["c1", "c2"], 5)
    assert found.level is Level.FAIL
    assert "c1; c2" in found.told
    assert "backup" in str(found.fix)


def test_rows_that_differ_are_counted_by_table_and_shown_in_part() -> None:
    assert judge_projections([], 5, repaired=False)[0].level is Level.OK
    differences = [Difference("c", "members", f"{number} is missing") for number in range(7)]
    (found,) = judge_projections(differences, 5, repaired=False)
    assert found.level is Level.FAIL
    assert "7 rows differ from the log (7 in members)" in found.told
    assert found.told.endswith("and 2 more")
    assert judge_projections(differences, 5, repaired=True)[0].level is Level.OK


def test_files_are_told_by_kind_of_harm() -> None:
    damages = [
        Damage(Harm.LOST, "k1", "the bytes are gone", False),
        Damage(Harm.QUOTA, "ada", "wrong", True),
        Damage(Harm.QUOTA, "bob", "wrong", True),
    ]
    lost, quota = judge_files(damages, 9, repaired=False)
    assert (lost.level, quota.level) == (Level.FAIL, Level.WARN)
    assert ": 2 (ada: wrong; bob: wrong)" in quota.told
    lost, quota = judge_files(damages, 9, repaired=True)
    assert (lost.level, quota.level) == (Level.FAIL, Level.OK)
    assert judge_files([], 9, repaired=False)[0].told == "rows and bytes agree, 9 looked at"


@pytest.fixture(scope="module")
async def stopped(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """The data folder of a node where two people talked and shared a file, and that was stopped."""
    node = Node(tmp_path_factory.mktemp("data") / "data", Ports.fresh())
    try:
        node.start()
        async with Persons(node.url) as persons:
            anna, ben = await persons.several("anna", "ben")
            group = await anna.conversations.group("Plans", [ben.account_id])
            for number in range(5):
                await anna.messages.send(group.id, f"{number}")
            await anna.files.upload(b"a small file", name="notes.txt", conversation=group.id)
        assert node.stop() == 0
    finally:
        node.end()
    return Operator(node.data_dir, node.ports)


@pytest.fixture
def data_dir(stopped: Operator) -> Iterator[Path]:
    """Its folder, as good as before for the next test."""
    yield stopped.data_dir
    stopped.run("doctor", "--repair")


def examined(operator: Operator, *args: str) -> tuple[int, dict[str, Finding]]:
    done = operator.run("doctor", *args, "--json")
    assert done.stdout, done.stderr
    return done.returncode, {one.check: one for one in msgspec.json.decode(done.stdout, type=list[Finding])}


@pytest.mark.anyio
async def test_what_people_left_behind_agrees(stopped: Operator) -> None:
    code, found = examined(stopped, "--data")
    assert code == 0
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert "none missing" in found["log"].told
    assert not found["log"].told.startswith("0 ")
    assert found["files"].told == "rows and bytes agree, 1 looked at"


@pytest.mark.anyio
async def test_a_projection_that_differs_fails_and_is_rebuilt_from_the_log(stopped: Operator, data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "chat.db")) as driver:
        driver.execute("DELETE FROM members")
        driver.execute("UPDATE conversations SET message_count = 99")
        driver.commit()
    code, found = examined(stopped, "--data")
    assert code == 1
    assert "members" in found["projections"].told
    code, found = examined(stopped, "--repair")
    assert code == 0
    assert "rebuilt" in found["projections"].told
    assert examined(stopped, "--data")[0] == 0


@pytest.mark.anyio
async def test_a_quota_that_is_wrong_is_mended(stopped: Operator, data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "storage.db")) as driver:
        driver.execute("UPDATE quotas SET used_bytes = 1")
        driver.commit()
    assert examined(stopped, "--data")[1]["files"].level is Level.WARN
    assert examined(stopped, "--repair")[1]["files"].told.startswith("mended")
    assert examined(stopped, "--data")[1]["files"].level is Level.OK


@pytest.mark.anyio
async def test_events_that_are_gone_fail_and_stay_so(stopped: Operator, data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "chat.db")) as driver:
        row = driver.execute("SELECT * FROM log_events WHERE seq = 3").fetchone()
        driver.execute("DELETE FROM log_events WHERE seq = 3")
        driver.commit()
    code, found = examined(stopped, "--data")
    assert code == 1
    assert found["log"].level is Level.FAIL
    with closing(sqlite3.connect(data_dir / "chat.db")) as driver:
        driver.execute(f"INSERT INTO log_events VALUES ({', '.join('?' * len(row))})", row)
        driver.commit()


@pytest.mark.anyio
async def test_a_damaged_database_is_told_before_anything_is_compared(stopped: Operator, data_dir: Path) -> None:
    whole = (data_dir / "video.db").read_bytes()
    (data_dir / "video.db").write_bytes(b"no database " * 100)
    try:
        code, found = examined(stopped, "--repair")
    finally:
        (data_dir / "video.db").write_bytes(whole)
    assert code == 1
    assert found["video.db"].level is Level.FAIL
    assert found["data"].level is Level.WARN


@pytest.mark.anyio
async def test_of_one_service_alone_its_own_data_is_compared_and_no_key_of_others_is_made(tmp_path: Path) -> None:
    data_dir = tmp_path
    migrate_all(plans(data_dir, ("storage",)), data_dir, "test")
    code, found = examined(Operator(data_dir), "--data")
    assert code == 0
    assert found.keys() == {"storage.db", "migrations", "files"}
    assert not (data_dir / "secrets" / "jwt_secret").exists()


@pytest.mark.anyio
async def test_data_of_an_earlier_release_is_migrated_first(tmp_path: Path) -> None:
    migrate_all([plan for plan in plans(tmp_path) if plan.name != "log"], tmp_path, "test")
    code, found = examined(Operator(tmp_path), "--data")
    assert code == 0
    assert found["data"].told == "not compared while migrations wait"
