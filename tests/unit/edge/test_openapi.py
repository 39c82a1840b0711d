"""The API document says what is decoded, what is encoded, and what was declared."""

from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, Parameter, QueryParameter
from msgspec import Meta, Struct

from secureconnect.contracts.errors import Code
from secureconnect.edge.openapi import openapi_of
from secureconnect.edge.routes import HeaderDoc, Policy, answer, route

Json = dict[str, Any]


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wished."""

    names: Annotated[list[Annotated[str, Meta(max_length=3)]], Meta(max_length=2)]


class Granted(Struct, frozen=True):
    """What is granted."""

    name: str
    note: str | None = None


@route(
    "POST",
    "/v1/wishes/{kind:str}",
    policy=Policy.PUBLIC,
    rate="public",
    summary="Wish",
    tag="t",
    status=201,
    errors=[Code.NOT_FOUND],
    also={200: Granted},
)
async def make_wish(kind: FromPath[str], data: Wish) -> Granted | Response[Any]:
    """One line.

    Another line."""
    return answer(Granted(kind), 200) if data.names else Granted(kind)


@route("GET", "/v1/wishes", policy=Policy.PUBLIC, rate="public", summary="Wishes", tag="t")
async def list_wishes(
    prefix: Annotated[str | None, QueryParameter(name="query", min_length=1, max_length=9)] = None,
    after: Annotated[int | None, Parameter(ge=0, le=7)] = None,
    limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
) -> Response[Granted]:
    """Some."""
    return Response(Granted(f"{prefix}{after}{limit}"))


@route(
    "PUT",
    "/v1/wishes/raw",
    policy=Policy.PUBLIC,
    rate="public",
    summary="Bytes",
    tag="t",
    status=204,
    raw_body=True,
    raw_types=("image/png",),
    headers=(HeaderDoc("X-Size", "How large.", "^[0-9]+$", required=True),),
)
async def put_raw(request: Request[Any, Any, Any]) -> None:
    """Bytes."""


@route("HEAD", "/v1/wishes", policy=Policy.PUBLIC, rate="public", summary="Heads", tag="t")
async def head_wishes() -> Response[bytes]:
    """Nothing but headers."""
    return Response(b"")


def operation(method: str, path: str, *routes: HTTPRouteHandler) -> Json:
    document = msgspec.json.decode(openapi_of(Litestar(list(routes))))
    return {**document["paths"][path][method], "shapes": document["components"]["schemas"]}


def test_a_body_is_told_with_the_bounds_of_its_parts_and_that_it_takes_no_other_fields() -> None:
    told = operation("post", "/v1/wishes/{kind}", make_wish)
    assert told["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Wish")
    shape = told["shapes"]["Wish"]
    assert shape["additionalProperties"] is False
    assert shape["properties"]["names"] == {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}}


def test_answers_are_told_by_their_types_and_problems_by_their_codes() -> None:
    responses = operation("post", "/v1/wishes/{kind}", make_wish)["responses"]
    for status in ("200", "201"):
        assert responses[status]["content"] == {
            "application/json": {"schema": {"$ref": "#/components/schemas/Granted"}}
        }
    assert "`request.not_found`" in responses["404"]["description"]
    assert responses["404"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    assert "500" not in responses


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("query", {"type": "string", "minLength": 1, "maxLength": 9}),
        ("after", {"type": "integer", "minimum": 0, "maximum": 7}),
        ("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    ],
)
def test_a_query_parameter_is_told_under_its_name_with_its_bounds_and_without_null(name: str, schema: Json) -> None:
    told = operation("get", "/v1/wishes", list_wishes)["parameters"]
    assert {"name": name, "in": "query", "required": False, "schema": schema} in told


def test_a_path_parameter_is_needed_and_never_empty() -> None:
    (kind,) = operation("post", "/v1/wishes/{kind}", make_wish)["parameters"]
    assert kind == {"name": "kind", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def test_a_body_of_bytes_is_told_with_its_media_types_and_the_headers_beside_it() -> None:
    told = operation("put", "/v1/wishes/raw", put_raw)
    assert told["requestBody"]["content"] == {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    (header,) = told["parameters"]
    assert (header["in"], header["required"], header["schema"]["pattern"]) == ("header", True, "^[0-9]+$")
    assert "content" not in told["responses"]["204"]


def test_the_answer_to_head_has_no_content() -> None:
    assert "content" not in operation("head", "/v1/wishes", head_wishes)["responses"]["200"]


def test_each_operation_says_what_it_was_declared_with() -> None:
    told = operation("post", "/v1/wishes/{kind}", make_wish)
    assert (told["x-policy"], told["x-rate"], told["x-idempotent"]) == ("public", "public", False)
    assert told["description"] == "One line.\n\nAnother line."
