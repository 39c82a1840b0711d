"""How a route is declared: its policy, rate, errors and types in one place; a route without a policy cannot be
written."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast, get_args, get_origin, get_type_hints

from litestar import Response
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from secureconnect.contracts.errors import Code, Problem
from secureconnect.edge.body import BODY_TYPE, ContractBody
from secureconnect.edge.limits import JSON_BODY_BYTES_MAX, RATES
from secureconnect.edge.problems import PROBLEM_TYPE

POLICY = "policy"
RATE = "rate"
RAW_BODY = "raw_body"
IDEMPOTENT = "idempotent"
ANSWERS = "answers"
HEADERS = "headers"
RAW_TYPES = "raw_types"


class Policy(Enum):
    """Who may come to a route; what they may see there the nouns decide."""

    PUBLIC = "public"
    ACCOUNT = "account"
    ADMIN = "admin"
    CONTENT = "content"


ALWAYS = {
    Policy.PUBLIC: (Code.TOO_MANY_REQUESTS, Code.UNAVAILABLE),
    Policy.ACCOUNT: (Code.UNAUTHENTICATED, Code.AUTH_TOKEN_INVALID, Code.TOO_MANY_REQUESTS, Code.UNAVAILABLE),
    Policy.ADMIN: (
        Code.UNAUTHENTICATED,
        Code.AUTH_TOKEN_INVALID,
        Code.AUTH_NOT_ADMIN,
        Code.AUTH_PASSWORD_NEEDED,
        Code.TOO_MANY_REQUESTS,
        Code.UNAVAILABLE,
    ),
    Policy.CONTENT: (Code.UNAUTHENTICATED, Code.AUTH_TOKEN_INVALID, Code.TOO_MANY_REQUESTS, Code.UNAVAILABLE),
}


@dataclass(frozen=True)
class HeaderDoc:
    """A request header that a route reads: what it says, and the pattern that its value fits."""

    name: str
    sentence: str
    pattern: str | None = None
    required: bool = False


KEY_HEADER = HeaderDoc("Idempotency-Key", "Doing it again under the same key answers the same again.", r"^.{1,255}$")
Handler = Callable[..., Any]
FROM_TEXT = (str, int, float, bytes, list, dict, Enum, type(None))
RESERVED = frozenset({"return", "data", "request", "scope", "body", "headers", "cookies", "query", "state"})


def route(
    method: str,
    path: str,
    *,
    policy: Policy,
    rate: str,
    summary: str,
    tag: str,
    status: int = 200,
    errors: Sequence[Code] = (),
    also: dict[int, type[Any] | None] | None = None,
    raw_body: bool = False,
    raw_types: Sequence[str] = (),
    headers: Sequence[HeaderDoc] = (),
    body_bytes_max: int | None = JSON_BODY_BYTES_MAX,
    idempotent: bool = False,
    media_type: str | None = None,
) -> Callable[[Handler], HTTPRouteHandler]:
    """Declare a route of the public API.

    `data` of the handler is the body's contract type (decoded by ContractBody); with `raw_body` the handler reads the
    request's stream itself, of one of the media types `raw_types`, and `body_bytes_max` may be None. `headers` are
    those that the handler reads. `errors` are the codes beyond those that its policy and a body always bring. `also`
    are further successful statuses with their types. `idempotent` honours Idempotency-Key.
    """
    if rate not in RATES:
        raise KeyError(rate)

    def declare(handler: Handler) -> HTTPRouteHandler:
        hints = get_type_hints(handler, include_extras=True)
        handler.__annotations__ = {name: _marked(name, hint) for name, hint in hints.items()}
        codes = [*ALWAYS[policy], *errors]
        opt: dict[str, Any] = {POLICY: policy, RATE: rate, RAW_BODY: raw_body, IDEMPOTENT: idempotent}
        opt |= {ANSWERS: {status: _told(hints["return"]), **(also or {})}, RAW_TYPES: raw_types}
        opt[HEADERS] = [*headers, KEY_HEADER] if idempotent else headers
        if "data" in hints:
            opt[BODY_TYPE] = hints["data"]
            codes += [Code.BAD_REQUEST, Code.INVALID, Code.BODY_TOO_LARGE, Code.MEDIA_TYPE_REFUSED]
        elif any(name != "return" for name in hints):
            codes += [Code.INVALID]
        if idempotent:
            codes += [Code.IDEMPOTENCY_KEY_REUSED, Code.IDEMPOTENCY_RUNNING, Code.BAD_REQUEST]
        handler_of = HTTPRouteHandler(
            path,
            http_method=method,  # type: ignore[arg-type]
            status_code=status,
            operation_id=_operation(handler.__name__),
            summary=summary,
            description=inspect.cleandoc(handler.__doc__ or "") or None,
            tags=[tag],
            opt=opt,
            dto=ContractBody if "data" in hints else None,
            return_dto=None,
            responses=_responses(codes, also or {}),
            security=None if policy is Policy.PUBLIC else [{"bearer": []}],
            request_max_body_size=body_bytes_max,
            media_type=media_type or "application/json",
        )
        return handler_of(handler)

    return declare


def _marked(name: str, hint: Any) -> object:
    """Tell Litestar which argument is the body, and which are given by name: those whose type no query could fill."""
    if name == "data":
        return JSONBody[hint]
    if isinstance(hint, type) and not issubclass(hint, FROM_TEXT) and name not in RESERVED:
        return cast("object", NamedDependency[hint])
    return cast("object", hint)


def _told(answered: Any) -> Any:
    """The type that stands in the body of an answer, None where there is none; `also` tells the other ones."""
    if get_origin(answered) is Response:
        (answered,) = get_args(answered)
    elif Response in (get_origin(each) for each in get_args(answered)):
        (answered,) = (each for each in get_args(answered) if get_origin(each) is not Response)
    return None if answered is type(None) else answered


def _operation(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def _responses(codes: Sequence[Code], also: dict[int, type[Any] | None]) -> dict[int, ResponseSpec]:
    by_status: dict[int, list[Code]] = {}
    for code in codes:
        listed = by_status.setdefault(code.status, [])
        if code not in listed:
            listed.append(code)
    specs = {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            media_type=PROBLEM_TYPE.decode(),
            description="; ".join(f"`{code.wire}`: {code.title}" for code in listed),
        )
        for status, listed in sorted(by_status.items())
    }
    for status, container in also.items():
        specs[status] = ResponseSpec(container, generate_examples=False, description="Also an answer.")
    return specs


def answer(content: Any, status: int, headers: dict[str, str] | None = None) -> Response[Any]:
    """An answer whose status differs from the route's usual one."""
    return Response(content, status_code=status, headers=headers, media_type="application/json")
