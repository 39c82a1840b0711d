"""Every operation is told with who may call it, its rate, its body and its answers."""

import re

import pytest

from secureconnect.edge.limits import RATES
from secureconnect.edge.routes import Policy
from secureconnect.ops.docs.http import POLICIES, http_page
from secureconnect.ops.documents import whole


@pytest.fixture(scope="module")
def text() -> str:
    """The page."""
    return http_page()


def test_each_policy_has_its_words() -> None:
    assert POLICIES.keys() == {policy.value for policy in Policy}


def test_each_operation_stands_there_once_with_its_rate(text: str) -> None:
    wanted = {
        f"### `{method.upper()} {path}`"
        for path, operations in whole("https://x.example").get("paths", {}).items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and "responses" in operation
    }
    headings = re.findall(r"^### `[A-Z]+ /.*`$", text, re.MULTILINE)
    assert set(headings) == wanted
    assert len(headings) == len(wanted)
    rates = re.findall(r"Rate `(\w+)`", text)
    assert len(rates) == len(wanted)
    assert set(rates) <= RATES.keys()


def test_an_operation_is_told_whole(text: str) -> None:
    section = text.partition("### `POST /v1/conversations`")[2].partition("### `")[0]
    assert "For anybody signed in. Rate `create`: 120 in 60 s by account. Honours `Idempotency-Key`." in section
    assert "Body: `ConversationRequest`." in section
    assert "| 201 | `ConversationAnswer`" in section
    assert "`chat.too_many_members`" in section


def test_each_shape_that_is_named_is_told(text: str) -> None:
    told = set(re.findall(r"^### `(\w+)`$", text, re.MULTILINE))
    named = set(re.findall(r"Body: `(\w+)`", text)) | set(re.findall(r"^\| 20\d \| `(\w+)` \|$", text, re.MULTILINE))
    assert named
    assert named <= told
