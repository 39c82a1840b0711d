"""Each service counts in a registry of its own, under names that stay and labels that never hold an id."""

import re
from typing import Annotated

import pytest
from litestar.params import FromPath, QueryParameter
from prometheus_client.parser import text_string_to_metric_families

from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.routes import Policy, route
from secureconnect.edge.running import assemble
from tests.fixtures.edge import METRICS_TOKEN, PlayedAuth, edge_of, visiting

ACCOUNT = "01a20449-439d-7013-9a29-f93f6e2e5bcf"


def sample(metrics: EdgeMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, {"service": metrics.service, **labels})


def test_two_services_of_one_process_count_apart() -> None:
    chat, video = EdgeMetrics("chat", "1"), EdgeMetrics("video", "1")
    chat.answered("/v1/x", "GET", 200, 0.1)
    labels = {"route": "/v1/x", "method": "GET", "status": "200"}
    assert sample(chat, "secureconnect_http_requests_total", **labels) == 1
    assert sample(video, "secureconnect_http_requests_total", **labels) is None
    assert chat.registry is not video.registry


def test_requests_are_counted_and_measured_by_route_method_and_status() -> None:
    metrics = EdgeMetrics("chat", "1")
    for status, seconds in ((200, 0.003), (200, 0.3), (404, 0.003)):
        metrics.answered("/v1/x/{id}", "GET", status, seconds)
    counted = [
        sample(metrics, "secureconnect_http_requests_total", route="/v1/x/{id}", method="GET", status=status)
        for status in ("200", "404")
    ]
    assert counted == [2, 1]
    within = [
        sample(metrics, "secureconnect_http_request_seconds_bucket", route="/v1/x/{id}", le=le)
        for le in ("0.005", "0.5")
    ]
    assert within == [2, 3]


def test_closes_limits_sockets_and_frames_have_their_figures() -> None:
    metrics = EdgeMetrics("chat", "1")
    metrics.closed(4408)
    metrics.limited("login")
    metrics.sockets.inc()
    metrics.frames.inc(3)
    metrics.loop_delay.observe(0.03)
    assert sample(metrics, "secureconnect_socket_closes_total", code="4408") == 1
    assert sample(metrics, "secureconnect_limited_total", limit="login") == 1
    assert sample(metrics, "secureconnect_sockets") == 1
    assert sample(metrics, "secureconnect_frames_total") == 3
    assert sample(metrics, "secureconnect_event_loop_delay_seconds_bucket", le="0.05") == 1
    assert sample(metrics, "secureconnect_event_loop_delay_seconds_bucket", le="0.02") == 0


@pytest.mark.parametrize("need", ["blobs", "mail", "auth", "storage"])
def test_each_need_has_its_own_degraded_gauge_that_is_made_once(need: str) -> None:
    metrics = EdgeMetrics("chat", "1")
    assert metrics.degraded(need) is metrics.degraded(need)
    metrics.degraded(need).set(1)
    assert sample(metrics, f"secureconnect_{need}_degraded") == 1
    metrics.degraded(need).set(0)
    assert sample(metrics, f"secureconnect_{need}_degraded") == 0


def test_the_exposition_is_prometheus_text_with_help_for_every_name_of_ours() -> None:
    metrics = EdgeMetrics("chat", "1.2.3")
    families = list(text_string_to_metric_families(metrics.exposition().decode()))
    ours = [family for family in families if family.name.startswith("secureconnect_")]
    assert len(ours) >= 7
    assert all(family.documentation.endswith(".") for family in ours)
    assert not any(sampled.name.endswith("_created") for family in families for sampled in family.samples)
    assert metrics.registry.get_sample_value("secureconnect_build_info", {"service": "chat", "version": "1.2.3"}) == 1
    assert any(family.name.startswith("process_") for family in families)


@route("GET", "/v1/people/{person:str}", policy=Policy.PUBLIC, rate="public", summary="Read", tag="t")
async def read_person(person: FromPath[str], word: Annotated[str, QueryParameter(max_length=90)] = "") -> str:
    """A route with an id in its path."""
    return person + word


@pytest.mark.anyio
async def test_no_label_holds_what_a_client_sent() -> None:
    edge = edge_of(PlayedAuth())
    running = assemble(edge, routes=[read_person], provided={}, gatekeeper=edge.gatekeeper(), checks=[])
    secret = "what-nobody-should-count"
    async with visiting(running.public) as ask:
        await ask("GET", f"/v1/people/{ACCOUNT}?word={secret}")
        await ask("GET", f"/v1/{secret}/{ACCOUNT}")
        await ask("DELETE", f"/v1/people/{ACCOUNT}")
        await ask(secret.upper(), f"/v1/people/{ACCOUNT}", headers={"x-request-id": secret})
        await ask("GET", f"/v1/people/{ACCOUNT}", headers={"host": f"{secret}.example"})
        figures = (await ask("GET", "/metrics", headers={"authorization": f"Bearer {METRICS_TOKEN}"})).text
    assert ACCOUNT not in figures
    assert secret not in figures.lower()
    routes = set(re.findall(r'route="([^"]*)"', figures))
    assert routes == {"/v1/people/{person}", "-"}, "unknown paths are counted together"
    assert set(re.findall(r'method="([^"]*)"', figures)) == {"GET", "DELETE", "OTHER"}
