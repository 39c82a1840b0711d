"""Close codes: what each asks of a client."""

import pytest

from secureconnect.client.closes import Next, Verdict, after_close, after_status


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        (1012, '{"reconnect_after_ms": 340}', Verdict(Next.RECONNECT, 340)),
        (1012, "", Verdict(Next.RECONNECT)),
        (1012, "not json", Verdict(Next.RECONNECT)),
        (1012, '{"reconnect_after_ms": -5}', Verdict(Next.RECONNECT, 0)),
        (4429, '{"retry_after_ms": 900}', Verdict(Next.RECONNECT, 900)),
        (4401, "", Verdict(Next.RENEW)),
        (4403, "", Verdict(Next.END)),
        (4409, '{"reconnect_after_ms": 1}', Verdict(Next.END)),
        (4408, "", Verdict(Next.RECONNECT)),
        (1001, "", Verdict(Next.RECONNECT)),
        (1006, "", Verdict(Next.RECONNECT)),
        (1011, "", Verdict(Next.RECONNECT)),
    ],
)
def test_each_close_code_has_one_meaning(code: int, reason: str, verdict: Verdict) -> None:
    assert after_close(code, reason) == verdict


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (401, Next.RENEW),
        (403, Next.END),
        (404, Next.END),
        (421, Next.END),
        (429, Next.RECONNECT),
        (502, Next.RECONNECT),
        (503, Next.RECONNECT),
    ],
)
def test_a_refused_handshake_is_tried_again_only_where_that_may_help(status: int, step: Next) -> None:
    assert after_status(status).step is step
