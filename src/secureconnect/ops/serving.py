"""`secureconnect serve`: from settings to a running node, with one sentence for each thing that can be wrong."""

import asyncio
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
import uvloop

from secureconnect.edge.logs import configure
from secureconnect.kit.lock import FolderLocked
from secureconnect.node import ListenerRefused, run
from secureconnect.ops.loading import Refusal, loaded_settings, refuse, told
from secureconnect.settings import SERVICES, Loaded, SettingsFault
from secureconnect.settings.made import write_secret
from secureconnect.wiring import Prepared, build_node, prepare

FIRST_LINK = "first-admin-link"
FILES_BESIDE_SOCKETS = 512
log = structlog.get_logger("serve")


def serve(services: tuple[str, ...], config: Path | None, pairs: Sequence[str]) -> int:
    """Run a node until it is told to stop; returns the exit code."""
    began_s = time.monotonic()
    try:
        loaded = loaded_settings(config, pairs)
        configure(loaded.settings.log_format, loaded.settings.log_level)
        for warning in loaded.warnings:
            log.warning(warning)
        allow_files(loaded.settings.limits.sockets_max + FILES_BESIDE_SOCKETS)
        prepared = prepared_folder(loaded, services or SERVICES)
    except Refusal as refusal:
        return refuse(refusal)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(prepared, began_s))
    except ListenerRefused as error:
        return refuse(Refusal(str(error)))
    except SettingsFault as fault:
        return refuse(Refusal(told(fault.faults)))
    except Exception as error:
        log.exception("the node failed")
        return refuse(Refusal(sentence(error)))
    finally:
        prepared.lock.release()
    log.info("stopped")
    return 0


def allow_files(wanted: int) -> int:
    """Let this process open as many files as `wanted`, as far as it may raise its own limit; returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= target:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
    return target


def prepared_folder(loaded: Loaded, services: tuple[str, ...], *, migrate: bool = True) -> Prepared:
    """Hold and prepare the data folder. Raises Refusal with the reason in one sentence."""
    try:
        return prepare(loaded, services, migrate=migrate)
    except SettingsFault as fault:
        raise Refusal(told(fault.faults)) from None
    except FolderLocked as error:
        holder = "another process" if error.pid is None else f"the node with process id {error.pid}"
        raise Refusal(
            f"data_dir {error.folder} is in use by {holder}; stop it, or set data_dir to another folder."
        ) from None
    except PermissionError as error:
        raise Refusal(f"data_dir cannot be used: {error.strerror}: {error.filename}.") from None
    except OSError as error:
        raise Refusal(f"data_dir cannot be used: {error.strerror or error}.") from None
    except Exception as error:
        raise Refusal(sentence(error)) from error


def sentence(error: Exception) -> str:
    """What a person is told of an error: our own named errors speak for themselves, others with their type."""
    own = type(error).__module__.startswith("secureconnect.")
    return f"{error}." if own else f"{type(error).__name__}: {error}."


async def _run(prepared: Prepared, began_s: float) -> None:
    announcing = FirstLink(prepared.data_dir)
    wired = build_node(prepared, announcing.announce)

    def ready() -> None:
        settings = prepared.settings
        took_ms = round((time.monotonic() - began_s) * 1000)
        for name in prepared.migrated.names:
            log.info("migrated", database=name)
        log.info("ready", services=",".join(prepared.services), address=settings.public_url, took_ms=took_ms)
        announcing.tell()

    await run(wired.node, ready)


class FirstLink:
    """Shows the first administrator's link on a terminal, or else keeps it in a 0600 file and names that."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FIRST_LINK
        self._link: str | None = None

    def announce(self, link: str) -> None:
        """Take the link while nobody has used it; told once the node is ready."""
        self._link = link

    def tell(self) -> None:
        """Show or keep the link, or forget an old file when there is none to show."""
        if self._link is None:
            self._path.unlink(missing_ok=True)
        elif sys.stdout.isatty():
            print(f"\n  Open this link to become the administrator (it works once, for 24 hours):\n\n  {self._link}\n")
        else:
            write_secret(self._path, self._link + "\n")
            log.info("the first administrator's link is in a file", file=str(self._path))
