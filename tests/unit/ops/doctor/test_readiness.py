"""What services say of themselves becomes a line each: not ready fails, what lacks is told, all well is one line."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import PolicyReply
from secureconnect.ops.doctor.answers import Heard, Way
from secureconnect.ops.doctor.finding import Level
from secureconnect.ops.doctor.readiness import judge_policy, judge_ready, judge_refusal


def ready(status: int, **checks: str) -> Heard:
    return Heard(Way.ANSWERED, status, {"status": "ready", "service": "chat", "checks": dict(checks)})


def test_a_service_with_all_it_uses_is_right() -> None:
    assert judge_ready("chat", ready(200, sql="ok", bus="ok")) is None


def test_a_service_without_something_soft_is_told_and_one_that_is_not_ready_fails() -> None:
    soft = judge_ready("auth", ready(200, sql="ok", mail="server.unavailable"))
    assert soft is not None
    assert (soft.level, soft.told) == (Level.WARN, "is ready, but without mail (server.unavailable)")
    hard = judge_ready("auth", ready(503, sql="server.unavailable"))
    assert hard is not None
    assert (hard.level, hard.told) == (Level.FAIL, "is not ready: sql (server.unavailable)")
    silent = judge_ready("auth", ready(503))
    assert silent is not None
    assert "does not say why" in silent.told


def test_a_server_without_an_administrator_is_told() -> None:
    assert judge_policy(PolicyReply("invite", True))[0].level is Level.WARN
    assert judge_policy(PolicyReply("open", False))[0].level is Level.OK


@pytest.mark.parametrize(
    ("code", "word"), [(Code.UNAUTHENTICATED, "another data_dir"), (Code.UNAVAILABLE, "no answer")]
)
def test_why_auth_gave_no_answer_is_told(code: Code, word: str) -> None:
    (found,) = judge_refusal(Fault(code), split=False)
    assert found.level is Level.FAIL
    assert word in found.told


def test_where_services_run_apart_another_data_dir_than_that_of_auth_is_no_fault() -> None:
    assert judge_refusal(Fault(Code.UNAUTHENTICATED), split=True)[0].level is Level.OK
    assert judge_refusal(Fault(Code.UNAVAILABLE), split=True)[0].level is Level.FAIL
