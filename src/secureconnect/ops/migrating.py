"""`secureconnect migrate`: the databases brought up to date while no node runs."""

from collections.abc import Sequence
from pathlib import Path

from secureconnect.ops.loading import Refusal, loaded_settings, refuse
from secureconnect.ops.serving import prepared_folder
from secureconnect.settings import SERVICES
from secureconnect.wiring import waiting_migrations


def migrate(config: Path | None, pairs: Sequence[str], check: bool) -> int:
    """Migrate, or with `check` only tell what waits (exit code 1 when something does)."""
    try:
        loaded = loaded_settings(config, pairs)
        if check:
            waiting = waiting_migrations(Path(loaded.settings.data_dir))
            print("\n".join(f"{name}: waiting" for name in waiting) or "nothing is waiting")
            return 1 if waiting else 0
        prepared = prepared_folder(loaded, SERVICES)
    except Refusal as refusal:
        return refuse(refusal)
    prepared.lock.release()
    for name in prepared.migrated.names:
        print(f"{name}: migrated")
    if prepared.migrated.copies is not None:
        print(f"The databases from before are in {prepared.migrated.copies}")
    if not prepared.migrated.names:
        print("nothing was waiting")
    return 0
