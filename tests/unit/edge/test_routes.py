"""A route tells all of itself where it is declared: policy, rate, every error by its status, who must sign in."""

import functools
import json
from typing import Any, cast

import pytest
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from secureconnect.contracts.base import Answer, Request
from secureconnect.contracts.errors import Code
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import JSON_BODY_BYTES_MAX, RATES
from secureconnect.edge.routes import ALWAYS, IDEMPOTENT, POLICY, RATE, Policy, answer, route
from secureconnect.settings import SERVICES
from secureconnect.wiring.documents import openapi_documents

METHODS = {"get", "put", "post", "patch", "delete", "head"}
BODY_CODES = {Code.BAD_REQUEST, Code.INVALID, Code.BODY_TOO_LARGE, Code.MEDIA_TYPE_REFUSED}


class Wish(Request, frozen=True):
    """A body."""

    name: str


class Thing(Answer, frozen=True):
    """An answer."""

    name: str


def declared(policy: Policy = Policy.ACCOUNT, **options: Any) -> HTTPRouteHandler:
    """A route that takes no arguments, declared with these options."""
    told: dict[str, Any] = {"rate": "read", "summary": "s", "tag": "t"} | options

    @route("GET", "/v1/x", policy=policy, **told)
    async def read_the_thing() -> Thing:
        """Say it.

        And more.
        """
        return Thing("x")

    return read_the_thing


def documented(handler: HTTPRouteHandler) -> set[str]:
    """The wire codes that a route documents."""
    texts = [spec.description for spec in (handler.responses or {}).values()]
    return {part.split("`")[1] for text in texts for part in text.split("; ") if "`" in part}


def test_an_unknown_rate_is_refused_where_the_route_is_written() -> None:
    with pytest.raises(KeyError):
        declared(rate="often")


def test_a_route_cannot_be_written_without_a_policy() -> None:
    unfinished = cast("Any", route)
    with pytest.raises(TypeError):
        unfinished("GET", "/v1/x", rate="read", summary="s", tag="t")


def test_what_a_route_was_declared_with_stands_in_its_options() -> None:
    handler = declared(Policy.ADMIN, rate="admin", idempotent=True)
    assert (handler.opt[POLICY], handler.opt[RATE], handler.opt[IDEMPOTENT]) == (Policy.ADMIN, "admin", True)
    assert (handler.operation_id, handler.summary, handler.tags) == ("readTheThing", "s", ["t"])
    assert handler.description == "Say it.\n\nAnd more."


@pytest.mark.parametrize("policy", list(Policy))
def test_every_policy_brings_its_own_errors_and_says_whether_one_must_sign_in(policy: Policy) -> None:
    handler = declared(policy)
    assert documented(handler) == {code.wire for code in ALWAYS[policy]}
    assert handler.security == (None if policy is Policy.PUBLIC else [{"bearer": []}])


def test_errors_are_documented_under_their_status_each_once() -> None:
    handler = declared(errors=[Code.NOT_FOUND, Code.CHAT_NOT_A_MEMBER, Code.NOT_FOUND, Code.CONFLICT])
    found = handler.responses or {}
    assert {Code.NOT_FOUND.status, Code.CHAT_NOT_A_MEMBER.status} == {404}
    assert found[404].description == "; ".join(
        f"`{code.wire}`: {code.title}" for code in (Code.NOT_FOUND, Code.CHAT_NOT_A_MEMBER)
    )
    assert found[409].description.startswith("`request.conflict`")
    assert {spec.media_type for status, spec in found.items() if status >= 400} == {"application/problem+json"}


def test_a_body_and_a_query_bring_their_errors() -> None:
    @route("POST", "/v1/x", policy=Policy.PUBLIC, rate="public", summary="s", tag="t")
    async def with_body(data: Wish) -> None:
        """Take it."""

    @route("GET", "/v1/x", policy=Policy.PUBLIC, rate="public", summary="s", tag="t")
    async def with_query(limit: int = 5) -> None:
        """Read some."""

    @route("POST", "/v1/y", policy=Policy.ACCOUNT, rate="create", summary="s", tag="t", idempotent=True)
    async def under_a_key(caller: Caller) -> None:
        """Make one."""

    always = {code.wire for code in ALWAYS[Policy.PUBLIC]}
    assert documented(with_body) == always | {code.wire for code in BODY_CODES}
    assert documented(with_query) == always | {Code.INVALID.wire}
    assert {Code.IDEMPOTENCY_RUNNING.wire, Code.IDEMPOTENCY_KEY_REUSED.wire, Code.BAD_REQUEST.wire} <= documented(
        under_a_key
    )


def test_a_body_is_bounded_unless_the_route_says_otherwise() -> None:
    assert declared().request_max_body_size == JSON_BODY_BYTES_MAX
    assert declared(body_bytes_max=None).request_max_body_size is None


def test_further_good_answers_are_documented_beside_the_usual_one() -> None:
    handler = declared(also={201: Thing, 304: None})
    found = handler.responses or {}
    assert (found[201].data_container, found[304].data_container) == (Thing, None)


def test_an_answer_of_another_status_keeps_its_headers() -> None:
    made: Response[Any] = answer(Thing("x"), 201, {"location": "/v1/x"})
    assert (made.status_code, made.headers["location"], made.media_type) == (201, "/v1/x", "application/json")


@functools.cache
def operations() -> list[tuple[str, str, str, dict[str, Any]]]:
    """Service, method, path and description of every operation of the product."""
    found: list[tuple[str, str, str, dict[str, Any]]] = []
    for service, document in openapi_documents().items():
        for path, methods in json.loads(document)["paths"].items():
            found += [(service, method, path, told) for method, told in methods.items() if method in METHODS]
    return found


def test_every_operation_of_the_product_has_a_name_of_its_own() -> None:
    names = [told["operationId"] for _, _, _, told in operations()]
    assert sorted(names) == sorted(set(names))
    assert len(names) > 80
    assert {service for service, *_ in operations()} == set(SERVICES)


def test_every_operation_of_the_product_is_marked_as_its_policy_says() -> None:
    wrong: list[str] = []
    for _, method, path, told in operations():
        policy = Policy(told["x-policy"])
        codes = {code.wire for code in ALWAYS[policy]}
        text = " ".join(answered["description"] for answered in told["responses"].values())
        signed = "security" in told
        if signed != (policy is not Policy.PUBLIC) or not all(f"`{code}`" in text for code in codes):
            wrong.append(f"{method} {path}")
        if told["x-rate"] not in RATES or not told["summary"] or not told.get("description"):
            wrong.append(f"{method} {path} is not told")
    assert wrong == []
