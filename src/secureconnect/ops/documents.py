"""`secureconnect openapi`: the API document of all five services, without starting any."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from secureconnect import __version__
from secureconnect.ops.loading import Refusal, loaded_settings, quiet_logs, refuse
from secureconnect.services.gateway.documents import ORDER, merged
from secureconnect.wiring.documents import openapi_documents


def openapi(config: Path | None, pairs: Sequence[str], out: Path | None) -> int:
    """Print the document, or write it to a file."""
    try:
        settings = loaded_settings(config, pairs).settings
        quiet_logs()
        text = msgspec.json.format(msgspec.json.encode(whole(settings.public_url)), indent=2) + b"\n"
        if out is None:
            sys.stdout.write(text.decode())
        else:
            out.write_bytes(text)
    except Refusal as refusal:
        return refuse(refusal)
    except OSError as error:
        return refuse(Refusal(f"{out} cannot be written ({error.strerror})."))
    return 0


def whole(public_url: str) -> dict[str, Any]:
    """The document of all services as one, as the gateway at `public_url` answers it."""
    parts = openapi_documents()
    return merged([msgspec.json.decode(parts[name]) for name in ORDER], public_url, __version__)
