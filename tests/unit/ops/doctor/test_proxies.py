"""The way in by `public_url` is judged by what came back: each wrong proxy is told with what mends it."""

from pathlib import Path

import pytest

from secureconnect.ops.doctor.answers import Heard, Way
from secureconnect.ops.doctor.finding import Level
from secureconnect.ops.doctor.patient import Patient
from secureconnect.ops.doctor.proxies import (
    PRETENDED,
    check_proxies,
    judge_forwarding,
    judge_offer,
    judge_scheme,
    judge_socket,
    judge_trusted,
)
from secureconnect.settings import load

URL = "https://chat.example.org"
OWN = "203.0.113.5"


def offer(status: int, **body: str) -> Heard:
    return Heard(Way.ANSWERED, status, dict(body))


def test_an_answer_with_our_own_public_url_leads_here() -> None:
    assert judge_offer(URL, offer(200, public_url=URL)).level is Level.OK
    assert judge_offer(URL, offer(200, public_url=URL + "/")).level is Level.OK


@pytest.mark.parametrize(
    ("heard", "told", "fix"),
    [
        (Heard(Way.UNKNOWN), "name or address", "DNS"),
        (Heard(Way.UNTRUSTED), "certificate", "certificate"),
        (Heard(Way.REFUSED), "nothing listens", "firewall"),
        (Heard(Way.SILENT), "in time", "firewall"),
        (Heard(Way.BROKEN), "readable", "proxy"),
        (offer(421), "421", "proxy_set_header Host"),
        (offer(502), "502", "gateway.port"),
        (offer(301), "redirects", "public_url"),
        (offer(200), "something else", "all paths"),
        (offer(200, public_url="https://other.example.org"), "other.example.org", "DNS"),
    ],
)
def test_what_stands_in_the_way_is_told(heard: Heard, told: str, fix: str) -> None:
    found = judge_offer(URL, heard)
    assert found.level is Level.FAIL
    assert told in found.told
    assert fix in str(found.fix)


def test_everybody_is_no_proxy() -> None:
    assert judge_trusted(["0.0.0.0/0"])[0].level is Level.FAIL
    assert judge_trusted(["::/0", "10.0.0.0/8"])[0].level is Level.FAIL
    assert judge_trusted(["10.0.0.0/8", "127.0.0.1/32"]) == []


@pytest.mark.parametrize(
    ("answered", "own", "trusted", "level", "word"),
    [
        (OWN, OWN, ["127.0.0.1/32"], Level.OK, OWN),
        ("198.51.100.7", OWN, ["127.0.0.1/32"], Level.FAIL, "198.51.100.7"),
        ("8.8.8.8", "192.168.1.5", ["127.0.0.1/32"], Level.OK, "8.8.8.8"),
        (PRETENDED, OWN, ["127.0.0.1/32"], Level.FAIL, "pretend"),
        ("127.0.0.1", OWN, ["127.0.0.1/32"], Level.FAIL, "everybody seems to come from the proxy"),
        ("127.0.0.1", OWN, [], Level.FAIL, "is seen as 127.0.0.1"),
        ("172.17.0.1", OWN, [], Level.FAIL, "is seen as 172.17.0.1"),
        ("127.0.0.1", "127.0.0.1", ["127.0.0.0/8"], Level.WARN, "cannot be told"),
        (PRETENDED, "10.0.0.9", ["10.0.0.0/8"], Level.WARN, "cannot be told"),
        ("", OWN, [], Level.WARN, "does not say"),
        ("nonsense", OWN, [], Level.WARN, "does not say"),
    ],
)
def test_forwarded_addresses_are_judged_by_whom_the_server_saw(
    answered: str, own: str, trusted: list[str], level: Level, word: str
) -> None:
    found = judge_forwarding(answered, own, trusted)
    assert found.level is level
    assert word in found.told


def test_plain_http_and_sockets_that_do_not_pass_are_told() -> None:
    assert judge_scheme(URL) == []
    assert judge_scheme("http://chat.example.org")[0].level is Level.WARN
    assert judge_socket(None, "").level is Level.OK
    assert "400" in judge_socket(400, "").told
    assert "TimeoutError" in judge_socket(None, "TimeoutError").told


@pytest.mark.anyio
async def test_a_server_for_this_machine_alone_needs_no_way_in(tmp_path: Path) -> None:
    overrides = {"data_dir": str(tmp_path), "public_url": "http://localhost:8080"}
    (only,) = await check_proxies(Patient(load(None, {}, overrides, tmp_path / "none"), None))
    assert only.level is Level.OK
