"""The reference pages that are made from code, each by its file name in docs/reference."""

from collections.abc import Callable

from secureconnect.ops.docs.commands import commands_page
from secureconnect.ops.docs.errors import errors_page
from secureconnect.ops.docs.frames import frames_page
from secureconnect.ops.docs.http import http_page
from secureconnect.ops.docs.limits import limits_page
from secureconnect.ops.docs.metrics import metrics_page
from secureconnect.settings.docs import reference

GENERATORS: dict[str, Callable[[], str]] = {
    "cli.md": commands_page,
    "errors.md": errors_page,
    "frames.md": frames_page,
    "http.md": http_page,
    "limits.md": limits_page,
    "metrics.md": metrics_page,
    "settings.md": reference,
}
