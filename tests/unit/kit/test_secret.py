"""A secret shows itself nowhere."""

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable

import msgspec
import pytest

from secureconnect.kit.secret import Secret

CANARY = "canary-5b1f0c"


@pytest.mark.parametrize("shown", [str, repr, "{}".format, "{:>20}".format, "%s".__mod__, "{0!r:.30}".format, ascii])
def test_every_way_of_printing_shows_the_word_secret_alone(shown: Callable[[Secret], str]) -> None:
    text = shown(Secret(CANARY))
    assert text.strip() == "[secret]"


def test_reveal_gives_the_text() -> None:
    assert Secret(CANARY).reveal() == CANARY


@pytest.mark.parametrize("write", [json.dumps, msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins])
def test_no_encoder_takes_a_secret(write: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as caught:
        write({"a": Secret(CANARY)})
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_takes_a_secret(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY), protocol)


def test_a_secret_cannot_be_copied_out() -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(CANARY))
    with pytest.raises(TypeError):
        Secret(CANARY).__getstate__()
    with pytest.raises(TypeError):
        vars(Secret(CANARY))


def test_two_secrets_are_equal_when_their_texts_are() -> None:
    assert Secret("ä\udcff") == Secret("ä\udcff")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert Secret("a").matches("a")
    assert not Secret("a").matches("A")


def test_a_secret_has_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(Secret("a"))


def test_neither_a_log_line_nor_a_traceback_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    logging.getLogger("test").warning("it is %s in %r", secret, {"key": secret})
    trace = "".join(traceback.format_exception(ValueError(secret, f"not {secret}")))
    assert CANARY not in caplog.text + trace
    assert "[secret]" in trace
