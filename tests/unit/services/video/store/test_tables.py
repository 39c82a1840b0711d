"""The migrations of video make the tables that its code says."""

from pathlib import Path

from secureconnect.services import video
from secureconnect.services.video.store.tables import METADATA
from tests.fixtures.schema import expect_migrations_make


def test_migrations_make_the_tables(tmp_path: Path) -> None:
    expect_migrations_make(METADATA, Path(video.__file__).parent / "migrations", tmp_path)
