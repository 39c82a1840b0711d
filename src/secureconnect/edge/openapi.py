"""A service's API document (OpenAPI 3.1): each shape as it is decoded and encoded, each answer as it was declared."""

import inspect
import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.routes import HTTPRoute

from secureconnect.contracts.errors import Problem
from secureconnect.edge.body import BODY_TYPE
from secureconnect.edge.problems import PROBLEM_TYPE
from secureconnect.edge.routes import ANSWERS, HEADERS, IDEMPOTENT, POLICY, RATE, RAW_TYPES, HeaderDoc

Json = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"
BOUNDS = {"ge": "minimum", "le": "maximum", "min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
BYTES: Json = {"type": "string", "format": "binary"}
PLAIN: Json = {"type": "string", "minLength": 1}
HEAD_TOO_LARGE: Json = {"description": "Path, query and headers are together larger than is taken."}
DESCRIPTIONS = {
    200: "The answer.",
    201: "It was made.",
    204: "It is done; there is nothing to tell.",
    206: "The part that was asked for.",
    304: "It is what the asker has already.",
}


def openapi_of(app: Litestar) -> bytes:
    """The document as JSON; `x-policy`, `x-rate` and `x-idempotent` say what each operation was declared with."""
    document: Json = app.openapi_schema.to_schema()
    operations = [
        (document["paths"][route.path_format][method.lower()], handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if POLICY in handler.opt
        for method in handler.http_methods
    ]
    for operation, handler in operations:
        _tell_operation(operation, handler)
    told = [Problem, *(each for _, handler in operations for each in _types(handler))]
    _, document["components"]["schemas"] = msgspec.json.schema_components(told, ref_template=REFERENCE)
    return msgspec.json.encode(document)


def _types(handler: HTTPRouteHandler) -> list[Any]:
    answers = [each for each in handler.opt[ANSWERS].values() if each not in (None, bytes)]
    return [*answers, handler.opt[BODY_TYPE]] if BODY_TYPE in handler.opt else answers


def _schema(kind: Any) -> Json:
    if kind is bytes:
        return BYTES
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REFERENCE)
    return schema


def _tell_operation(operation: Json, handler: HTTPRouteHandler) -> None:
    opt = handler.opt
    operation["x-policy"] = opt[POLICY].value
    operation["x-rate"] = opt[RATE]
    operation["x-idempotent"] = opt[IDEMPOTENT]
    if BODY_TYPE in opt:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(opt[BODY_TYPE])}},
        }
    elif opt[RAW_TYPES]:
        operation["requestBody"] = {"content": {kind: {"schema": BYTES} for kind in opt[RAW_TYPES]}}
    _tell_parameters(operation, handler)
    _tell_answers(operation, handler)


def _tell_parameters(operation: Json, handler: HTTPRouteHandler) -> None:
    found: list[Json] = []
    for parameter in operation.get("parameters", []):
        place: str = parameter["in"]
        schema = _query(handler, parameter["name"]) if place == "query" else PLAIN
        found.append({"name": parameter["name"], "in": place, "required": place == "path", "schema": schema})
    found += [_header(each) for each in cast("Sequence[HeaderDoc]", handler.opt[HEADERS])]
    if found:
        operation["parameters"] = found


def _header(told: HeaderDoc) -> Json:
    schema = {"type": "string", **({"pattern": told.pattern} if told.pattern else {})}
    return {
        "name": told.name,
        "in": "header",
        "required": told.required,
        "description": told.sentence,
        "schema": schema,
    }


def _query(handler: HTTPRouteHandler, wire_name: str) -> Json:
    """The schema of a query parameter: of its type without None, which no query can say, within its bounds."""
    function = cast("Any", handler.fn)
    defaults = inspect.signature(function).parameters
    for name, hint in get_type_hints(function, include_extras=True).items():
        kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        bounds = next((note for note in notes if isinstance(note, ParameterKwarg)), None)
        if ((bounds and bounds.name) or name) != wire_name:
            continue
        schema = _schema(_without_none(kind))
        for bound, word in BOUNDS.items():
            if getattr(bounds, bound, None) is not None:
                schema[word] = getattr(bounds, bound)
        if defaults[name].default is not None:
            schema["default"] = defaults[name].default
        return schema
    raise KeyError(wire_name)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    kept = tuple(each for each in get_args(kind) if each is not type(None))
    return kept[0] if len(kept) == 1 else Union[kept]  # noqa: UP007  # a tuple cannot be joined by `|`


def _tell_answers(operation: Json, handler: HTTPRouteHandler) -> None:
    """The good answers by the declared types, and of the others those that a code was declared for."""
    told: dict[str, Json] = {}
    for status, kind in cast("dict[int, Any]", handler.opt[ANSWERS]).items():
        told[str(status)] = {"description": DESCRIPTIONS[status]}
        if kind is not None and "HEAD" not in handler.http_methods:
            told[str(status)]["content"] = {str(handler.media_type): {"schema": _schema(kind)}}
    for status, response in sorted(cast("dict[str, Json]", operation["responses"]).items()):
        problem = response.get("content", {}).get(PROBLEM_TYPE.decode())
        if problem is not None:
            told[status] = {**response, "content": {PROBLEM_TYPE.decode(): {"schema": _schema(Problem)}}}
    if operation.get("parameters"):
        told["431"] = HEAD_TOO_LARGE
    operation["responses"] = told
