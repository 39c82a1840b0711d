"""The deployments that every scenario runs on: one process, and five processes of one service each."""

from collections.abc import AsyncGenerator, Generator

import pytest

from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Persons
from tests.scenarios.sweep.matrix import summary


@pytest.fixture(scope="session", params=["one", "split"])
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployment]:
    """A running product; shared by scenarios, which make their own people."""
    made = Deployment(tmp_path_factory.mktemp(request.param), split=request.param == "split")
    try:
        made.start()
        yield made
        assert made.stop() == [0] * len(made.nodes), made.logs()[-4000:]
    finally:
        made.end()


@pytest.fixture
async def persons(deployment: Deployment) -> AsyncGenerator[Persons]:
    """Makes people who are signed in to the deployment; their connections are closed at the end."""
    async with Persons(deployment.url) as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much the sweeps asked."""
    for line in summary():
        terminalreporter.write_line(f"sweep: {line}")
