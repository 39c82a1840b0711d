"""A running auth service for the tests of this folder."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.fixtures.auth import AuthHouse, auth
from tests.fixtures.neighbours import Neighbours


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[AuthHouse]:
    """Registration is open, limits are loose."""
    async with auth(tmp_path / "auth") as running:
        yield running


@pytest.fixture
def neighbours(house: AuthHouse) -> Neighbours:
    """Chat and storage as that service meets them."""
    return Neighbours(house.local)
