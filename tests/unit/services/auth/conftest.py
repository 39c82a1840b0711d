"""A running auth service for the tests of this folder."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.fixtures.auth import AuthHouse, auth


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[AuthHouse]:
    """Registration is open, limits are loose."""
    async with auth(tmp_path / "auth") as running:
        yield running
