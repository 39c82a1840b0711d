"""The adapters of each port, opened the same way for the suites beside."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from secureconnect.backends.log import tables
from secureconnect.backends.log.port import Log, Projection
from secureconnect.backends.log.sql import LogOnSql
from tests.fixtures.log import OpensLog, opening
from tests.fixtures.sql import open_sqlite


@pytest.fixture(params=["sqlite"])
def opens_log(request: pytest.FixtureRequest, tmp_path: Path) -> OpensLog:
    """Opens the log of this test, each time the same one."""
    assert request.param == "sqlite"

    @asynccontextmanager
    async def open_log(project: Projection | None = None) -> AsyncGenerator[Log]:
        async with open_sqlite(tmp_path / "log.sqlite", tables.metadata) as sql:
            yield LogOnSql(sql, project)

    return open_log


@pytest.fixture
async def log(opens_log: OpensLog) -> AsyncGenerator[Log]:
    """A log with one conversation, opened by its first event."""
    async with opens_log() as opened:
        await opened.append(opening())
        yield opened
