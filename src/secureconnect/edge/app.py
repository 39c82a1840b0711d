"""One service's HTTP side: its routes behind the gatekeeper, every fault told as a problem."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.types import Scope

from secureconnect.contracts.errors import Code, Fault, FieldFault
from secureconnect.edge.gatekeeper import Gatekeeper, provide_caller
from secureconnect.edge.idempotency import Idempotency
from secureconnect.edge.limits import JSON_BODY_BYTES_MAX
from secureconnect.edge.passage import Passage, passage_of
from secureconnect.edge.problems import problem_headers, problem_of, without_value
from secureconnect.edge.routes import POLICY

log = structlog.get_logger("edge.app")

BY_STATUS: dict[int, Code] = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHENTICATED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    406: Code.NOT_ACCEPTABLE,
    413: Code.BODY_TOO_LARGE,
    415: Code.MEDIA_TYPE_REFUSED,
    429: Code.TOO_MANY_REQUESTS,
    503: Code.UNAVAILABLE,
}


class UndeclaredRoute(Exception):
    """A route has no policy: it would be open by accident, so the service does not start."""


async def provide_passage(scope: Scope) -> Passage:
    """The `passage` argument of handlers: request id and believed client address."""
    return passage_of(scope)


def build_app(
    service: str,
    version: str,
    routes: Sequence[HTTPRouteHandler],
    gatekeeper: Gatekeeper,
    provided: Mapping[str, object],
    idempotency: Idempotency | None = None,
) -> Litestar:
    """The Litestar application of one service.

    `provided` names what handlers may ask for as arguments beside `caller: Caller` and `passage: Passage`. Raises
    UndeclaredRoute for a route that was not made by edge.routes.route.
    """
    for handler in routes:
        if POLICY not in handler.opt:
            raise UndeclaredRoute(f"{service}: {sorted(handler.paths)}")
    dependencies: dict[str, Provide] = {name: _constant(value) for name, value in provided.items()}
    dependencies["caller"] = Provide(provide_caller)
    dependencies["passage"] = Provide(provide_passage)
    config = AppConfig(
        route_handlers=list(routes),
        guards=[gatekeeper],
        dependencies=dependencies,
        exception_handlers={Exception: _tell},
        openapi_config=OpenAPIConfig(title=f"SecureConnect {service}", version=version, path="/-", render_plugins=[]),
        request_max_body_size=JSON_BODY_BYTES_MAX,
        logging_config=None,
        middleware=[idempotency.middleware] if idempotency is not None else [],
    )
    return Litestar.from_config(config)


def _constant(value: object) -> Provide:
    async def provide() -> Any:
        return value

    return Provide(provide, use_cache=True)


def _tell(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    fault = error if isinstance(error, Fault) else fault_of(error)
    passage = passage_of(request.scope)
    if fault.code is Code.INTERNAL:
        template = cast("dict[str, Any]", request.scope).get("path_template") or "-"
        log.error("a request failed", route=template, request_id=passage.request_id, exc_info=error)
    headers = {name.decode(): value.decode() for name, value in problem_headers(fault)}
    body = msgspec.json.encode(problem_of(fault, passage.request_id))
    return Response(body, status_code=fault.code.status, headers=headers, media_type=headers["content-type"])


def fault_of(error: Exception) -> Fault:
    """The fault that an exception of the framework means; anything unknown is INTERNAL and says nothing."""
    if isinstance(error, ValidationException):
        return Fault(Code.INVALID, errors=_fields(error))
    if isinstance(error, HTTPException):
        code = BY_STATUS.get(error.status_code, Code.INTERNAL)
        return Fault(code, headers=dict(error.headers or {}) if error.status_code == 405 else {})
    return Fault(Code.INTERNAL)


def _fields(error: ValidationException) -> list[FieldFault]:
    if not isinstance(error.extra, list):
        return []
    faults: list[FieldFault] = []
    for entry in cast("list[dict[str, object]]", error.extra)[:20]:
        if isinstance(entry, dict):  # pyright: ignore[reportUnnecessaryIsInstance]  # the framework promises nothing
            source = str(entry.get("source", "")).rpartition(".")[2].lower() or "parameter"
            told = without_value(str(entry.get("message", "not valid")))
            faults.append(FieldFault(f"{source}:{entry.get('key', '')}", told))
    return faults
