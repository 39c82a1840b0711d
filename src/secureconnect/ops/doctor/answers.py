"""Asking an address over HTTP, and telling an answer of ours from one of somebody else's."""

from enum import Enum
from typing import Any, cast

import httpx2
import msgspec
from msgspec import Struct

ANSWER_S = 3.0
SERVICE_WORDS = frozenset({"ok", "ready", "not_ready"})


class Way(Enum):
    """How far a request came."""

    ANSWERED = "answered"
    REFUSED = "nothing listens there"
    SILENT = "it does not answer in time"
    UNTRUSTED = "its certificate cannot be trusted"
    UNKNOWN = "its name or address cannot be found"
    BROKEN = "it gives no readable answer"


class Heard(Struct, frozen=True):
    """What came back: how far the request came, the status, and the JSON object of the answer, empty for any other."""

    way: Way
    status: int = 0
    body: dict[str, Any] = {}

    @property
    def of_ours(self) -> bool:
        """Whether a service of ours gave it, as its probes answer."""
        return self.way is Way.ANSWERED and self.body.get("status") in SERVICE_WORDS

    @property
    def of_inner(self) -> bool:
        """Whether an inner listener gave it: those name their service."""
        return self.of_ours and isinstance(self.body.get("service"), str)


def asker() -> httpx2.AsyncClient:
    """A client for doctor's questions: no proxy of the environment, no redirects, a short time."""
    return httpx2.AsyncClient(timeout=ANSWER_S, trust_env=False, follow_redirects=False)


async def hear(client: httpx2.AsyncClient, url: str, headers: dict[str, str] | None = None) -> Heard:
    """GET a URL; never raises for what the network does."""
    try:
        response = await client.get(url, headers=headers)
    except httpx2.TimeoutException:
        return Heard(Way.SILENT)
    except httpx2.ConnectError as error:
        return Heard(_why(error))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
        return Heard(Way.BROKEN)
    return Heard(Way.ANSWERED, response.status_code, _object(response.content))


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _why(error: httpx2.ConnectError) -> Way:
    text = str(error).lower()
    if "certificate" in text or "ssl" in text:
        return Way.UNTRUSTED
    if "name or service" in text or "name resolution" in text or "nodename" in text or "no address" in text:
        return Way.UNKNOWN
    return Way.REFUSED
