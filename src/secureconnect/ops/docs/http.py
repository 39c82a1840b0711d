"""docs/reference/http.md: every operation of the API with who may call it, its rate, its body and its answers."""

from collections.abc import Iterator
from typing import Any, cast

from secureconnect.edge.limits import RATES
from secureconnect.ops.docs.page import page, table
from secureconnect.ops.docs.shapes import name_of, shape_of, words_of
from secureconnect.ops.documents import whole
from secureconnect.services.gateway.documents import grouped

Json = dict[str, Any]
OPENING = """
Generated from the code; `secureconnect openapi` prints the same as OpenAPI 3.1, and a running server has it at
`/openapi.json` and, for people, at `/docs`. Ids are opaque strings, times integer milliseconds since 1970 UTC, bytes
base64url. Unknown fields are refused in requests (422) and to be ignored in answers. Lists page by `cursor` and `limit`
and answer `{items, next_cursor}`. Errors are told as [problems](errors.md); [Limits](limits.md) has the rates.
"""
POLICIES = {
    "public": "anybody",
    "account": "anybody signed in",
    "admin": "administrators, the password given within ten minutes",
    "content": "anybody signed in, browsers also by the content cookie",
}
EXAMPLE_URL = "https://chat.example.org"


def http_page() -> str:
    """The page as Markdown."""
    document = whole(EXAMPLE_URL)
    return page("HTTP", OPENING, _parts(document))


def _parts(document: Json) -> Iterator[str]:
    for tag, operations in grouped(document).items():
        yield f"## {tag}"
        for operation in operations:
            yield from _operation(operation)
    yield "## Shapes"
    schemas = cast("dict[str, Json]", document["components"]["schemas"])
    for name in sorted(schemas):
        yield f"### `{name}`"
        yield shape_of(schemas[name])


def _operation(operation: Json) -> Iterator[str]:
    yield f"### `{operation['method']} {operation['path']}`"
    told = str(operation.get("description") or "").split("\n\n")
    yield "\n\n".join(" ".join(part.split()) for part in (f"{operation['summary']}.", *told) if part.strip())
    yield _declared(operation)
    parameters = cast("list[Json]", operation.get("parameters", []))
    if parameters:
        yield table(("parameter", "in", "type", "required"), map(_parameter, parameters))
    body = operation.get("requestBody")
    if body is not None:
        yield f"Body: {_content(cast('Json', body))}."
    yield table(("status", "answer"), _answers(operation))


def _declared(operation: Json) -> str:
    rate = RATES[operation["x-rate"]]
    kept = " Honours `Idempotency-Key`." if operation["x-idempotent"] else ""
    per = f"{rate.amount:,} in {rate.period_s:,} s by {rate.per.value}"
    return f"For {POLICIES[operation['x-policy']]}. Rate `{rate.name}`: {per}.{kept}"


def _parameter(parameter: Json) -> tuple[str, ...]:
    needed = "yes" if parameter.get("required") else "no"
    return (f"`{parameter['name']}`", parameter["in"], words_of(parameter["schema"]), needed)


def _answers(operation: Json) -> Iterator[tuple[str, str]]:
    responses = cast("dict[str, Json]", operation["responses"])
    for status, response in sorted(responses.items()):
        if status < "400":
            yield status, _content(response)
        elif "application/problem+json" in response.get("content", {}):
            yield status, str(response["description"])


def _content(about: Json) -> str:
    content = cast("dict[str, Json]", about.get("content") or {})
    parts = [name_of(one.get("schema", {})) or f"`{kind}`" for kind, one in content.items()]
    return " or ".join(dict.fromkeys(parts)) or "nothing"
