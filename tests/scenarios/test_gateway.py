"""The doors: the gateway and each service's own port, what they answer, refuse, and tell of themselves."""

import pytest

from tests.fixtures.nodes import SERVICES, Deployment, Node

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("probe", ["/health", "/ready"])
def test_every_listener_says_that_it_lives_and_is_ready(deployment: Deployment, probe: str) -> None:
    for name in SERVICES:
        for port in (deployment.ports.public[name], deployment.ports.inner[name]):
            assert Node.answers(f"http://127.0.0.1:{port}{probe}"), (name, port)
