"""Log lines: JSON for machines, text for people at a terminal; control characters encoded, secrets never in them."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Literal, TextIO, cast

import structlog

from secureconnect.edge.passage import current_request_id

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(
    r"pass(word|wd)?$|secret|token|cookie|authorization|credential|private|api_?key|envelope|body$|email", re.IGNORECASE
)
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|$)", re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_CHARACTERS_MAX = 16_384
DEPTH_MAX = 8

Entry = MutableMapping[str, Any]


def configure(form: Literal["auto", "json", "text"], level: str, stream: TextIO | None = None) -> None:
    """Send all log lines of this process, those of libraries too, to `stream` (standard output unless given)."""
    out = stream or sys.stdout
    text = form == "text" or (form == "auto" and out.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _add_request_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        _redact,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.dev.ConsoleRenderer(colors=out.isatty()) if text else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for quiet in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx2", "httpcore2", "alembic", "PIL", "asyncio"):
        logger = logging.getLogger(quiet)
        logger.handlers[:] = []
        logger.disabled = False
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
    logging.getLogger("uvicorn.error").addFilter(_without_paths)


def _add_request_id(_: Any, __: str, entry: Entry) -> Entry:
    request_id = current_request_id.get()
    if request_id is not None:
        entry.setdefault("request_id", request_id)
    return entry


def _redact(_: Any, __: str, entry: Entry) -> Entry:
    for name, value in list(entry.items()):
        if name.startswith("_"):
            continue
        if SECRET_NAMES.search(name):
            entry[name] = HIDDEN
        elif isinstance(value, str):
            entry[name] = clean(value, lines=name == "exception")
        elif not isinstance(value, int | float | bool | type(None)):
            entry[name] = clean(str(_hidden(value)))
    return entry


def _hidden(value: object, depth: int = 0) -> object:
    """A copy of a value with what secret names stand for hidden; what lies deeper than anyone logs is left out."""
    if isinstance(value, Mapping | list | tuple) and depth >= DEPTH_MAX:
        return "…"
    if isinstance(value, Mapping):
        named = cast("Mapping[object, object]", value).items()
        return {name: HIDDEN if SECRET_NAMES.search(str(name)) else _hidden(each, depth + 1) for name, each in named}
    if isinstance(value, list | tuple):
        return [_hidden(each, depth + 1) for each in cast("Sequence[object]", value)]
    return value


def clean(text: str, lines: bool = False) -> str:
    """Text as it may stand in a log line: tokens and keys hidden, control and direction characters encoded."""
    text = JWT.sub(HIDDEN, PEM.sub(HIDDEN, text[:LINE_CHARACTERS_MAX]))
    if lines:
        return "\n".join(CONTROL.sub(_encoded, line) for line in text.split("\n"))
    return CONTROL.sub(_encoded, text)


def _encoded(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _without_paths(record: logging.LogRecord) -> bool:
    return "[accepted]" not in str(record.msg) and "WebSocket %s" not in str(record.msg)
