"""Only tokens of our own keys, of the right kind, in their time, of a session that holds, are believed."""

import base64
import hmac
import json
import time
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.identity import ACCESS_TYPE, CONTENT_TYPE, Identity, UnknownKey, bearer, cookie
from secureconnect.kit.clock import ManualClock

ISSUER = "https://chat.example.org"
KEY = ECKey.generate_key("P-256", parameters={"kid": "k1"})
OTHER = ECKey.generate_key("P-256", parameters={"kid": "k1"})
clock = ManualClock()


def claims(**changes: Any) -> dict[str, Any]:
    now_s = clock.now_ms() // 1000
    found = {
        "iss": ISSUER, "aud": "secureconnect", "sub": "anna", "sid": "s1", "did": "d1", "knd": "bot",
        "iat": now_s, "exp": now_s + 600,
    } | changes  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def token(
    key: Any = KEY,
    alg: str = "ES256",
    typ: str | None = ACCESS_TYPE,
    kid: str | None = "k1",
    head: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    header = {"alg": alg, "typ": typ, "kid": kid, **(head or {})}
    return jwt.encode({k: v for k, v in header.items() if v is not None}, claims(**changes), key, algorithms=[alg])


@pytest.fixture
def identity() -> Identity:
    made = Identity(ISSUER, "secureconnect", clock)
    made.use_keys(json.dumps({"keys": [{**KEY.as_dict(private=False), "kid": "k1"}]}).encode())
    made.ready = True
    return made


def test_a_good_token_names_its_caller(identity: Identity) -> None:
    caller = identity.verify(token())
    assert (caller.account, caller.session, caller.device, caller.device_kind) == ("anna", "s1", "d1", "bot")


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def hs256(secret: bytes) -> str:
    head = part({"alg": "HS256", "typ": ACCESS_TYPE, "kid": "k1"})
    body = part(claims())
    sign = hmac.digest(secret, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(sign).rstrip(b'=').decode()}"


def forged() -> list[tuple[str, str]]:
    good = token()
    head, body, sign = good.split(".")
    public = KEY.as_pem(private=False)
    rsa = RSAKey.generate_key(2048)
    flipped = sign[:-3] + ("A" if sign[-3] != "A" else "B") + sign[-2:]
    return [
        ("empty", ""),
        ("dots", ".."),
        ("no signature", f"{head}.{body}."),
        ("flipped", f"{head}.{body}.{flipped}"),
        ("none", f"{part({'alg': 'none', 'typ': ACCESS_TYPE, 'kid': 'k1'})}.{body}."),
        ("hs256 with the public key", hs256(public)),
        ("rs256", token(rsa, "RS256")),
        ("other key, same kid", token(OTHER)),
        ("no kid", token(kid=None)),
        ("no typ", token(typ=None)),
        ("plain JWT typ", token(typ="JWT")),
        ("content cookie as access", token(typ=CONTENT_TYPE)),
        ("jku", token(head={"jku": "https://evil.example/keys"})),
        ("x5u", token(head={"x5u": "https://evil.example/c"})),
        ("embedded jwk", token(OTHER, head={"jwk": OTHER.as_dict(private=False)})),
        ("crit", f"{part({'alg': 'ES256', 'typ': ACCESS_TYPE, 'kid': 'k1', 'crit': ['exp']})}.{body}.{sign}"),
        ("wrong issuer", token(iss="https://evil.example")),
        ("wrong audience", token(aud="other")),
        ("audience list", token(aud=["secureconnect"])),
        ("expired", token(exp=clock.now_ms() // 1000 - 1)),
        ("expires now", token(exp=clock.now_ms() // 1000)),
        ("from the future", token(iat=clock.now_ms() // 1000 + 60)),
        ("no exp", token(exp=None)),
        ("no sub", token(sub=None)),
        ("no sid", token(sid=None)),
        ("exp as text", token(exp="9999999999")),
        ("body is a list", f"{head}.{part([1])}.{sign}"),
        ("body is no JSON", f"{head}.{base64.urlsafe_b64encode(b'{').decode()}.{sign}"),
        ("head is no JSON", f"e30x.{body}.{sign}"),
        ("four parts", good + ".x"),
        ("five parts", good + ".x.y"),
        ("huge", "a" * 1_048_576),
        ("not ASCII", "é" + good),
        ("trailing newline in signature", good[:-1] + "\n"),
    ]


@pytest.mark.parametrize(("name", "text"), forged(), ids=[name for name, _ in forged()])
def test_a_forged_or_stale_token_is_refused_like_any_other(identity: Identity, name: str, text: str) -> None:
    began_s = time.perf_counter()
    with pytest.raises(Fault) as refused:
        identity.verify(text)
    assert refused.value.code is Code.AUTH_TOKEN_INVALID
    assert refused.value.detail is None
    assert time.perf_counter() - began_s < 0.5


@pytest.mark.parametrize("kid", ["../../etc/passwd", "k1' OR 1=1 --", "https://evil.example/k", "k2"])
def test_an_unknown_key_name_is_looked_up_nowhere(identity: Identity, kid: str) -> None:
    with pytest.raises(UnknownKey):
        identity.verify(token(kid=kid))


def test_a_rotated_out_key_is_refused_at_once_though_its_token_was_known(identity: Identity) -> None:
    text = token()
    identity.verify(text)
    identity.use_keys(json.dumps({"keys": [{**OTHER.as_dict(private=False), "kid": "k2"}]}).encode())
    with pytest.raises(UnknownKey):
        identity.verify(text)


def test_an_ended_session_is_refused_though_its_token_was_known(identity: Identity) -> None:
    text = token(sid="s-ended")
    identity.verify(text)
    identity.ended.end_session("s-ended")
    with pytest.raises(Fault):
        identity.verify(text)
    identity.verify(token(sid="s-other"))


def test_a_disabled_account_is_refused_until_it_is_enabled(identity: Identity) -> None:
    text = token(sub="ben")
    identity.ended.end_account("ben")
    with pytest.raises(Fault):
        identity.verify(text)
    identity.ended.restore_account("ben")
    assert identity.verify(text).account == "ben"


def test_a_known_token_ends_at_its_time() -> None:
    own = ManualClock(clock.now_ms())
    made = Identity(ISSUER, "secureconnect", own)
    made.use_keys(json.dumps({"keys": [{**KEY.as_dict(private=False), "kid": "k1"}]}).encode())
    made.ready = True
    text = token()
    made.verify(text)
    own.advance_s(600)
    with pytest.raises(Fault):
        made.verify(text)


def test_before_the_ended_sessions_were_read_nobody_is_believed() -> None:
    made = Identity(ISSUER, "secureconnect", clock)
    with pytest.raises(Fault) as refused:
        made.verify(token())
    assert refused.value.code is Code.UNAVAILABLE


def test_one_bearer_alone_counts() -> None:
    assert bearer([(b"authorization", b"Bearer abc")]) == "abc"
    assert bearer([(b"authorization", b"bearer abc")]) == "abc"
    assert bearer([(b"authorization", b"Basic abc")]) is None
    assert bearer([(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]) is None
    assert bearer([]) is None


def test_a_cookie_is_found_among_others() -> None:
    headers = [(b"cookie", b"a=1; b=2"), (b"cookie", b"c=3")]
    assert [cookie(headers, name) for name in ("a", "b", "c", "d")] == ["1", "2", "3", None]


def test_claims_round_trip() -> None:
    assert msgspec.json.decode(msgspec.json.encode(claims()), type=dict)["sub"] == "anna"
