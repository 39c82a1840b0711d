"""Whether a start has migrations to run, told without loading what runs them, in a few milliseconds.

How a service adds a migration:

1. Tables stand as SQLAlchemy Core MetaData in `services/<name>/store` (the newest state of the schema).
2. A change of them is one new file `services/<name>/migrations/versions/<number>_<what>.py`, number of four digits,
   with `revision = "0002"`, `down_revision = "0001"` and `upgrade()` made of `alembic.op` calls. It names columns by
   itself and never imports the MetaData, which will have moved on. SQLite changes a column by `op.batch_alter_table`.
   There is no way down: the way back is the copy that is made before.
3. Where the release before this one would misread the new schema, raise `schema_state.CODE` and say `min_code = <CODE>`
   in the file. Better: expand now, contract a release later, and no `min_code` is needed.
4. A test of the service compares what its migrations make with its MetaData (`tests/fixtures/schema.py`).

There is no env.py: `migrate.py` is the one environment, and `MigrationPlan` says which database gets which folder.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from secureconnect.backends.sql.schema_state import damage, has_table, read_state, refuse_newer

REVISION_FILE = re.compile(r"(\d{4})_\w+\.py")


@dataclass(frozen=True)
class MigrationPlan:
    """Which migrations a SQLite file gets: `scripts` is the folder that holds `versions/`.

    Several plans may share a file, each with its own `version_table`.
    """

    name: str
    database: Path
    scripts: Path
    version_table: str = "schema_version"


def newest_revision(scripts: Path) -> str:
    """The number of the newest migration file; raises FileNotFoundError where there is none."""
    numbers = [match[1] for file in (scripts / "versions").iterdir() if (match := REVISION_FILE.fullmatch(file.name))]
    if not numbers:
        raise FileNotFoundError(f"no migrations in {scripts / 'versions'}")
    return max(numbers)


def stored_revision(plan: MigrationPlan) -> str | None:
    """The revision that a database stands at, None where nothing was migrated.

    Raises SchemaTooNew, DatabaseDamaged.
    """
    if not plan.database.exists():
        return None
    driver = sqlite3.connect(plan.database, isolation_level=None)
    try:
        refuse_newer(plan.database.name, read_state(driver))
        if not has_table(driver, plan.version_table):
            return None
        row = driver.execute(f'SELECT max(version_num) FROM "{plan.version_table}"').fetchone()  # noqa: S608 a name of ours
        return row[0]
    except sqlite3.DatabaseError as error:
        raise damage(plan.database, error) from error
    finally:
        driver.close()


def pending(plans: Sequence[MigrationPlan]) -> list[MigrationPlan]:
    """The plans whose database lacks migrations; one that is ahead, by a later release, is not pending.

    Raises SchemaTooNew for a database that this code must not open.
    """
    return [plan for plan in plans if (stored_revision(plan) or "") < newest_revision(plan.scripts)]
