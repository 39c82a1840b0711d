"""A storage service for each test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.storage import StorageHouse, storage


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[StorageHouse]:
    """A running storage service."""
    async with storage(tmp_path / "storage") as running:
        yield running


@pytest.fixture
async def ada(house: StorageHouse) -> AsyncGenerator[httpx2.AsyncClient]:
    """The HTTP client of one account."""
    async with house.client("ada") as http:
        yield http


@pytest.fixture
async def bob(house: StorageHouse) -> AsyncGenerator[httpx2.AsyncClient]:
    """The HTTP client of another."""
    async with house.client("bob") as http:
        yield http
