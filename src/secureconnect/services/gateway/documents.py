"""The API document of all services as one (OpenAPI 3.1), and the pages that people read."""

import asyncio
from pathlib import Path
from typing import Any, cast

import jinja2
import msgspec

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.described import sockets
from secureconnect.contracts.errors import Code
from secureconnect.contracts.peers import OPENAPI, Nothing

ORDER = ("gateway", "auth", "chat", "video", "storage")
Json = dict[str, Any]
PAGES = Path(__file__).parent / "pages"


class Documents:
    """Fetches each service's part once and keeps the whole."""

    def __init__(self, peers: Peers, own: bytes, public_url: str, version: str) -> None:
        self._peers = peers
        self._own = own
        self._public_url = public_url
        self._version = version
        self._whole: Json | None = None
        self._lock = asyncio.Lock()
        loader = jinja2.FileSystemLoader(PAGES)
        self._pages = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)

    async def openapi(self) -> Json:
        """The whole document. Raises Fault UNAVAILABLE while a service that has not been read yet does not answer."""
        async with self._lock:
            if self._whole is None:
                parts = [msgspec.json.decode(self._own)]
                for name in ORDER[1:]:
                    reply = await self._peers.ask(OPENAPI[name], Nothing())
                    parts.append(msgspec.json.decode(reply.openapi))
                self._whole = merged(parts, self._public_url, self._version)
            return self._whole

    def page(self, name: str, **values: object) -> bytes:
        """A page from its template."""
        return self._pages.get_template(name).render(version=self._version, **values).encode()

    async def reference(self) -> bytes:
        """The API document for people."""
        document = await self.openapi()
        return self.page(
            "docs.html", groups=grouped(document), sockets=sockets(), schemas=document["components"]["schemas"]
        )

    def errors(self) -> bytes:
        """The page that every problem's `type` points into."""
        return self.page("errors.html", codes=sorted(Code, key=lambda code: code.wire))


def merged(parts: list[Json], public_url: str, version: str) -> Json:
    """One document from those of the services; paths never clash, since each prefix has one owner."""
    paths: Json = {}
    schemas: Json = {}
    for part in parts:
        paths |= part.get("paths", {})
        schemas |= part.get("components", {}).get("schemas", {})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SecureConnect",
            "version": version,
            "summary": "Messages, calls and files.",
            "description": "Errors are RFC 9457 problems with a stable `code`. Sockets are described at `/docs`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def grouped(document: Json) -> dict[str, list[Json]]:
    """The operations by tag, each with its method and path."""
    groups: dict[str, list[Json]] = {}
    for path, operations in cast("dict[str, Json]", document["paths"]).items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                entry: Json = {"method": method.upper(), "path": path, **cast("Json", operation)}
                groups.setdefault((entry.get("tags") or ["other"])[0], []).append(entry)
    return dict(sorted(groups.items()))
