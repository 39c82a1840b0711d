"""Log lines are one JSON object each, of all loggers, with secrets hidden and control characters encoded."""

import io
import json
import logging
from collections.abc import Callable, Generator
from typing import Any

import pytest
import structlog

from secureconnect.edge.logs import HIDDEN, LINE_CHARACTERS_MAX, clean, configure
from secureconnect.edge.passage import current_request_id
from secureconnect.kit.secret import Secret

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"
PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\nByqGSM49AgEG\n-----END PRIVATE KEY-----"
CANARY = "canary-52ab"
QUIET = ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx2", "httpcore2", "alembic", "PIL", "asyncio")

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def out() -> Generator[io.StringIO]:
    """Where log lines go; all loggers are as before afterwards."""
    root = logging.getLogger()
    kept = (list(root.handlers), root.level)
    quiet = {name: (list(logging.getLogger(name).handlers), logging.getLogger(name).level) for name in QUIET}
    yield io.StringIO()
    structlog.reset_defaults()
    root.handlers[:], level = kept
    root.setLevel(level)
    for name, (handlers, quiet_level) in quiet.items():
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).setLevel(quiet_level)


@pytest.fixture
def lines(out: io.StringIO) -> Lines:
    """The entries so far, one from each line."""
    configure("json", "info", out)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def logger(request: pytest.FixtureRequest) -> Any:
    """A logger that no other test has used: the first use of one keeps what was configured then."""
    return structlog.get_logger(f"test.{request.node.name}")


def test_an_entry_is_one_line_of_json_with_time_level_and_logger(request: pytest.FixtureRequest, lines: Lines) -> None:
    logger(request).warning("a thing happened\nand more", number=5, share=0.5, good=True, none=None)
    (entry,) = lines()
    assert entry["event"] == "a thing happened\\u000aand more"
    assert (entry["level"], entry["logger"]) == ("warning", f"test.{request.node.name}")
    assert (entry["number"], entry["share"], entry["good"], entry["none"]) == (5, 0.5, True, None)
    assert entry["at"].endswith("Z")


def fail(why: str) -> None:
    raise RuntimeError(why)


def test_what_is_below_the_level_is_not_written(request: pytest.FixtureRequest, lines: Lines) -> None:
    logger(request).debug("no")
    logging.getLogger("a.library").debug("no")
    logger(request).info("yes")
    assert [entry["event"] for entry in lines()] == ["yes"]


@pytest.mark.parametrize(
    "name",
    [
        "password", "passwd", "new_password", "token", "access_token", "refresh_token_hash", "cookie", "set_cookie",
        "authorization", "credentials", "private_key", "api_key", "apikey", "client_secret", "envelope", "body",
        "email", "Authorization",
    ],
)  # fmt: skip
def test_a_field_with_a_secret_s_name_is_hidden_however_deep(
    request: pytest.FixtureRequest, lines: Lines, name: str
) -> None:
    logger(request).info("x", **{name: CANARY}, more=[{"deep": {name: CANARY}}, ({name: [CANARY]},)])
    (entry,) = lines()
    assert entry[name] == HIDDEN
    assert CANARY not in json.dumps(entry)
    assert name in entry["more"], "the name itself stays, so that one sees what was there"


@pytest.mark.parametrize("name", ["passage", "somebody_else", "count", "route", "keys"])
def test_other_fields_stay(request: pytest.FixtureRequest, lines: Lines, name: str) -> None:
    logger(request).info("x", **{name: "seen"})
    assert lines()[0][name] == "seen"


@pytest.mark.parametrize("text", [TOKEN, f"Bearer {TOKEN}", PEM, PEM.replace("\n", "\\n"), f"a {PEM} b"])
def test_tokens_and_keys_are_hidden_in_any_text(request: pytest.FixtureRequest, lines: Lines, text: str) -> None:
    try:
        int(f"cannot read {text}")
    except ValueError:
        logger(request).exception(f"event {text}", field=text, deep={"a": [text]})
    logging.getLogger("a.library").warning("with %s", text)
    written = json.dumps(lines())
    assert "eyJzdWIi" not in written
    assert "MIGHAgEA" not in written
    assert "ByqGSM49" not in written
    assert written.count(HIDDEN) >= 5


def test_a_key_that_was_cut_off_is_hidden_to_its_end() -> None:
    assert clean("x -----BEGIN EC PRIVATE KEY-----\nMIGH") == f"x {HIDDEN}"
    long = "y" * (LINE_CHARACTERS_MAX - 40) + PEM
    assert "MIGH" not in clean(long)


def test_a_secret_shows_itself_nowhere(request: pytest.FixtureRequest, lines: Lines) -> None:
    logger(request).info("x %s", Secret(CANARY), held=Secret(CANARY), deep={"a": Secret(CANARY)})
    assert CANARY not in json.dumps(lines())


@pytest.mark.parametrize(
    "character",
    ["\n", "\r", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\u200f", "\u061c", "\udc80"],
)
def test_control_and_direction_characters_are_encoded(
    request: pytest.FixtureRequest, lines: Lines, out: io.StringIO, character: str
) -> None:
    logger(request).info(f"a{character}b", name=f"a{character}b", deep=[f"a{character}b"])
    (entry,) = lines()
    encoded = f"a\\u{ord(character):04x}b"
    assert (entry["event"], entry["name"]) == (encoded, encoded)
    assert character not in out.getvalue().removesuffix("\n")
    assert out.getvalue().count("\n") == 1


def test_an_exception_is_told_with_its_trace_in_the_same_line(request: pytest.FixtureRequest, lines: Lines) -> None:
    try:
        fail("a\x1b[31mbug")
    except RuntimeError:
        logger(request).exception("it failed")
    (entry,) = lines()
    assert entry["exception"].splitlines()[0].startswith("Traceback")
    assert entry["exception"].splitlines()[-1] == "RuntimeError: a\\u001b[31mbug"


def test_loggers_of_libraries_and_of_uvicorn_go_the_same_way(lines: Lines) -> None:
    logging.getLogger("a.library").warning("text %d", 5, extra={"password": CANARY, "seen": "yes"})
    logging.getLogger("uvicorn.error").error("something of uvicorn\n2")
    logging.getLogger("uvicorn.error").info("Uvicorn says hello")
    logging.getLogger("uvicorn.access").info('127.0.0.1 - "GET /v1/x?secret=1"')
    logging.getLogger("uvicorn.error").error('"WebSocket %s" [accepted]', "/v1/ws/chat?token=1")
    found = lines()
    assert [entry["event"] for entry in found] == ["text 5", "something of uvicorn\\u000a2"]
    assert (found[0]["logger"], found[0]["level"], found[0]["seen"]) == ("a.library", "warning", "yes")
    assert found[0]["password"] == HIDDEN


def test_the_request_that_is_worked_on_is_named(request: pytest.FixtureRequest, lines: Lines) -> None:
    before = current_request_id.set("r-17")
    try:
        logger(request).info("ours")
        logging.getLogger("a.library").warning("theirs")
        logger(request).info("another's", request_id="r-18")
    finally:
        current_request_id.reset(before)
    current = current_request_id.set(None)
    logger(request).info("nobody's")
    current_request_id.reset(current)
    assert [entry.get("request_id") for entry in lines()] == ["r-17", "r-17", "r-18", None]


def test_what_cannot_be_written_as_json_is_written_as_text(request: pytest.FixtureRequest, lines: Lines) -> None:
    loop: dict[str, Any] = {"a": 1}
    loop["itself"] = loop
    logger(request).info("x", error=ValueError("why"), raw=b"\x00\xff", loop=loop, kind=type(self_made()))
    (entry,) = lines()
    assert (entry["error"], entry["raw"]) == ("why", "b'\\x00\\xff'")
    assert "…" in entry["loop"]


class SelfMade:
    """Some type of ours."""


def self_made() -> SelfMade:
    return SelfMade()


def test_text_for_people_hides_the_same_and_is_coloured_for_a_terminal_alone(
    request: pytest.FixtureRequest, out: io.StringIO
) -> None:
    configure("auto", "info", out)
    logger(request).info("seen")
    assert json.loads(out.getvalue())["event"] == "seen", "what is no terminal gets JSON"
    out.truncate(0)
    configure("text", "info", out)
    logging.getLogger("a.library").warning("text", extra={"password": CANARY})
    assert "text" in out.getvalue()
    assert CANARY not in out.getvalue()
    assert "\x1b" not in out.getvalue()
