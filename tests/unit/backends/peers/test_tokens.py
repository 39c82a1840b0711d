"""A service token is believed by the one it is for, for a minute, and by nobody else."""

import base64
import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from secureconnect.backends.peers import tokens
from secureconnect.backends.peers.tokens import (
    ServiceSigner,
    ServiceVerifier,
    new_key_pem,
    public_jwks,
    public_key_pem,
)
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from secureconnect.kit.secret import Secret

CHAT, VIDEO = new_key_pem(), new_key_pem()
PUBLIC = {"chat": public_key_pem(CHAT), "video": public_key_pem(VIDEO)}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def signer(clock: ManualClock) -> ServiceSigner:
    return ServiceSigner("video", Secret(VIDEO), clock)


@pytest.fixture
def verifier(clock: ManualClock) -> ServiceVerifier:
    return ServiceVerifier("chat", PUBLIC, clock)


def assert_refused(verifier: ServiceVerifier, token: str) -> None:
    """The token is refused, twice alike."""
    for _ in range(2):
        with pytest.raises(Fault) as caught:
            verifier.caller(token)
        assert caught.value.code is Code.UNAUTHENTICATED


def forged(
    clock: ManualClock,
    header: dict[str, object] | None = None,
    key: str = VIDEO,
    claims: dict[str, object] | None = None,
) -> str:
    """A token of video for chat with changes; None leaves a claim out."""
    body = {**good_claims(clock), **(claims or {})}
    head = {**GOOD_HEADER, **(header or {})}
    return jwt.encode(head, {name: value for name, value in body.items() if value is not None}, ECKey.import_key(key))


def test_a_token_names_its_signer(signer: ServiceSigner, verifier: ServiceVerifier) -> None:
    assert verifier.caller(signer.token("chat")) == "video"


def test_a_token_says_who_asks_whom_and_lives_a_minute(signer: ServiceSigner, clock: ManualClock) -> None:
    found = jwt.decode(signer.token("chat"), ECKey.import_key(PUBLIC["video"]), algorithms=["ES256"])
    now_s = clock.now_ms() // 1000
    assert {**found.claims, "jti": ""} == {"iss": "video", "aud": "chat", "iat": now_s, "exp": now_s + 60, "jti": ""}


def test_a_token_is_used_again_for_half_of_its_life(signer: ServiceSigner, clock: ManualClock) -> None:
    first = signer.token("chat")
    clock.advance_s(29)
    assert signer.token("chat") == first
    assert signer.token("auth") != first
    clock.advance_s(1)
    assert signer.token("chat") != first


def test_a_clock_that_was_set_back_makes_a_fresh_token(
    signer: ServiceSigner, verifier: ServiceVerifier, clock: ManualClock
) -> None:
    first = signer.token("chat")
    clock.set_wall_ms(clock.now_ms() - 86_400_000)
    assert signer.token("chat") != first
    assert verifier.caller(signer.token("chat")) == "video"


def test_a_token_ends_also_when_it_was_believed_before(
    signer: ServiceSigner, verifier: ServiceVerifier, clock: ManualClock
) -> None:
    token = signer.token("chat")
    assert verifier.caller(token) == "video"
    clock.advance_s(60 + tokens.SKEW_S - 1)
    assert verifier.caller(token) == "video"
    clock.advance_s(1)
    assert_refused(verifier, token)


def test_a_token_for_another_service_is_refused(signer: ServiceSigner, clock: ManualClock) -> None:
    assert_refused(ServiceVerifier("auth", PUBLIC, clock), signer.token("chat"))


def test_the_key_of_one_service_does_not_speak_for_another(verifier: ServiceVerifier, clock: ManualClock) -> None:
    assert verifier.caller(forged(clock)) == "video"
    assert_refused(verifier, forged(clock, key=CHAT))
    assert_refused(verifier, forged(clock, {"kid": "chat"}, key=CHAT))
    assert_refused(verifier, forged(clock, {"kid": "chat"}))
    assert_refused(verifier, forged(clock, {"kid": "auth"}, claims={"iss": "auth"}))


CHANGES = [
    {"aud": "auth"},
    {"aud": None},
    {"aud": ["chat", "auth"]},
    {"iss": None},
    {"exp": None},
    {"iat": None},
    {"jti": None},
    {"exp": "9999999999"},
    {"exp": 9_999_999_999},
    {"exp": -1},
    {"iat": 0},
    {"iat": 9_999_999_990, "exp": 9_999_999_999},
]


@pytest.mark.parametrize("change", CHANGES, ids=repr)
def test_claims_that_are_missing_or_out_of_bounds_are_refused(
    verifier: ServiceVerifier, clock: ManualClock, change: dict[str, object]
) -> None:
    assert_refused(verifier, forged(clock, None, VIDEO, change))


def part(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def by_hand(header: dict[str, object], claims: dict[str, object], sign: Callable[[bytes], bytes]) -> str:
    """A token put together by hand, so that no library mends or refuses its header."""
    signed = ".".join(part(json.dumps(each).encode()) for each in (header, claims))
    return f"{signed}.{part(sign(signed.encode()))}"


def es256(content: bytes) -> bytes:
    """The signature of video (RFC 7518 section 3.4)."""
    key = ECKey.import_key(VIDEO).private_key
    assert key is not None
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def good_claims(clock: ManualClock) -> dict[str, object]:
    """What video says to chat."""
    now_s = clock.now_ms() // 1000
    return {"iss": "video", "aud": "chat", "iat": now_s, "exp": now_s + 60, "jti": "j"}


GOOD_HEADER: dict[str, object] = {"alg": "ES256", "kid": "video", "typ": tokens.TYPE}
HEADERS = [{"typ": "JWT"}, {"typ": None}, {"kid": None}, {"kid": ""}, {"kid": 5}, {"crit": ["x"], "x": 1}]


@pytest.mark.parametrize("change", HEADERS, ids=repr)
def test_other_kinds_of_tokens_are_refused(
    verifier: ServiceVerifier, clock: ManualClock, change: dict[str, object]
) -> None:
    assert verifier.caller(by_hand(GOOD_HEADER, good_claims(clock), es256)) == "video"
    header = {name: value for name, value in {**GOOD_HEADER, **change}.items() if value is not None}
    assert_refused(verifier, by_hand(header, good_claims(clock), es256))


def test_no_algorithm_but_es256_is_believed(verifier: ServiceVerifier, clock: ManualClock) -> None:
    def by_public_key(content: bytes) -> bytes:
        return hmac.digest(PUBLIC["video"].encode(), content, "sha256")

    claims = good_claims(clock)
    assert_refused(verifier, by_hand({**GOOD_HEADER, "alg": "HS256"}, claims, by_public_key))
    assert_refused(verifier, by_hand({**GOOD_HEADER, "alg": "none"}, claims, lambda _content: b""))
    assert_refused(verifier, by_hand({**GOOD_HEADER, "alg": "ES384"}, claims, es256))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "e30.e30.e30", "\0", "ü.ü.ü", "x" * 100_000])
def test_what_is_no_token_is_refused(verifier: ServiceVerifier, text: str) -> None:
    assert_refused(verifier, text)


def test_each_changed_character_of_a_token_is_noticed(signer: ServiceSigner, verifier: ServiceVerifier) -> None:
    token = signer.token("chat")
    for at in range(0, len(token) - 1, 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(Fault):
            verifier.caller(changed)


def test_the_tokens_remembered_are_bounded(
    verifier: ServiceVerifier, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "VERIFIED_MAX", 5)
    for number in range(20):
        assert verifier.caller(forged(clock, claims={"jti": str(number)})) == "video"
    assert len(verifier._verified) == 5


def test_the_key_set_holds_public_parts_under_the_names_of_the_services() -> None:
    document = public_jwks({"video": VIDEO, "chat": CHAT})
    found = json.loads(document)
    assert [(key["kid"], key["alg"], key["crv"]) for key in found["keys"]] == [
        ("chat", "ES256", "P-256"),
        ("video", "ES256", "P-256"),
    ]
    assert all("d" not in key for key in found["keys"])
    signer = ServiceSigner("video", Secret(VIDEO), ManualClock())
    assert jwt.decode(signer.token("chat"), KeySet.import_key_set(found), algorithms=["ES256"]).claims["iss"] == "video"


def test_keys_are_private_fresh_and_their_public_part_holds_no_secret() -> None:
    assert new_key_pem() != new_key_pem()
    assert "PRIVATE" in CHAT
    assert "PRIVATE" not in public_key_pem(CHAT)
    assert public_key_pem(public_key_pem(CHAT)) == public_key_pem(CHAT)
