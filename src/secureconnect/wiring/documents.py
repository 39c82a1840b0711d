"""The services' API documents, from services that are built over a folder of their own and never started."""

import asyncio
import tempfile
from pathlib import Path

from secureconnect.contracts.peers import OPENAPI, Nothing
from secureconnect.kit.lock import FolderLock
from secureconnect.settings import SERVICES, Loaded, Settings
from secureconnect.settings.made import make_missing
from secureconnect.settings.services import Auth
from secureconnect.wiring.house import build_node
from secureconnect.wiring.prepare import Migrations, Prepared


def openapi_documents() -> dict[str, bytes]:
    """Each service's OpenAPI 3.1 document as JSON, by its name. Nothing listens, nothing is opened; not to be called on
    a running loop."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_documents(Path(folder)))


async def _documents(folder: Path) -> dict[str, bytes]:
    settings = Settings(data_dir=str(folder), auth=Auth(argon2_memory_kib=64, argon2_time_cost=1))
    secrets = make_missing(folder, {}, SERVICES)
    loaded = Loaded(settings, {}, {}, [])
    prepared = Prepared(loaded, SERVICES, folder, secrets, FolderLock(folder), Migrations(), "")
    operator = build_node(prepared, _nobody, listening=False).operator
    return {name: bytes((await operator.ask(OPENAPI[name], Nothing())).openapi) for name in SERVICES}


def _nobody(_: str) -> None:
    """There is no first administrator of nothing."""
