"""How a verb reaches the deployment: the node that runs, or, where none does, the stores themselves."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import AUTH_POLICY, Nothing
from secureconnect.kit.lock import Holder, holder_of_folder
from secureconnect.ops.loading import Refusal, data_dir_of
from secureconnect.ops.serving import FIRST_LINK, prepared_folder
from secureconnect.settings import SERVICES, Loaded, Settings
from secureconnect.settings.made import OPERATOR_KEY
from secureconnect.wiring import build_node, waiting_migrations
from secureconnect.wiring.addresses import inner_urls
from secureconnect.wiring.operating import operator_line

PROBE_S = 10.0


@asynccontextmanager
async def operator_peers(loaded: Loaded) -> AsyncGenerator[Peers]:
    """The services as their operator asks them: over the inner listeners of the running node, else in this process.

    Raises Refusal with what happened, what is safe and what to do.
    """
    holder = _holder(loaded.settings)
    if holder is None and not is_split(loaded.settings):
        async with _own_stores(loaded) as peers:
            yield peers
    else:
        async with _running_node(loaded.settings, holder) as peers:
            yield peers


def is_split(settings: Settings) -> bool:
    """Whether services run in processes of their own, so that no process may open all stores."""
    return settings.node.service_keys is not None or any(settings.service(name).inner_urls for name in SERVICES)


@asynccontextmanager
async def _running_node(settings: Settings, holder: Holder | None) -> AsyncGenerator[Peers]:
    key = data_dir_of(settings) / "secrets" / OPERATOR_KEY
    try:
        line = operator_line(settings)
    except FileNotFoundError:
        raise Refusal(no_key(key)) from None
    except OSError as error:
        raise Refusal(no_rights(key, error.strerror or "error")) from None
    except ValueError:
        raise Refusal(f"{key} holds no key. Nothing was changed. Delete it and start the node anew.") from None
    try:
        await _probe(line.peers, inner_urls(settings, "auth")[0], holder)
        yield line.peers
    finally:
        await line.close()


async def _probe(peers: Peers, where: str, holder: Holder | None) -> None:
    try:
        await peers.ask(AUTH_POLICY, Nothing(), timeout_s=PROBE_S)
    except Fault as fault:
        raise Refusal(refusal_of(fault, where, holder)) from None


def refusal_of(fault: Fault, where: str, holder: Holder | None) -> str:
    """Why auth at `where` gave the operator no answer, in sentences that say what to do."""
    node = "no node of this data_dir runs" if holder is None else _named(holder)
    if fault.code is Code.UNAUTHENTICATED:
        return (
            f"the auth service at {where} does not know the operator of this data_dir: it uses another one. "
            "Nothing was changed. Set data_dir (--set data_dir=…, --config or the environment) to the one it was "
            "started with; in a split deployment that of its auth node."
        )
    if fault.code is Code.UNAVAILABLE:
        return (
            f"the auth service does not answer at {where} ({node}). Nothing was changed. Start it, or give this "
            "command the settings it was started with (auth.inner_host, auth.inner_port); `secureconnect doctor` "
            "tells what listens there."
        )
    return f"the auth service at {where} cannot be asked ({fault}). Nothing was changed. Try again in a moment."


def no_rights(path: Path, why: str) -> str:
    """The sentences for a file that this user may not read."""
    return (
        f"{path} cannot be read ({why}). Nothing was changed. Run this command as the user who runs the node, "
        "for example with `sudo -u`."
    )


def no_key(path: Path) -> str:
    """The sentences for a data folder without an operator's key."""
    return (
        f"{path} is not there: nothing has been started with this data_dir. Nothing was changed. Set data_dir to "
        "the one that the auth service was started with."
    )


def _named(holder: Holder) -> str:
    return "a node runs" if holder.pid is None else f"the node with process id {holder.pid} runs"


@asynccontextmanager
async def _own_stores(loaded: Loaded) -> AsyncGenerator[Peers]:
    data_dir = data_dir_of(loaded.settings)
    _require_data(data_dir)
    prepared = prepared_folder(loaded, SERVICES, migrate=False)
    try:
        # A start renews the first administrator's link: the kept one is dead, and the next start shows the next.
        wired = build_node(prepared, lambda _: (data_dir / FIRST_LINK).unlink(missing_ok=True), listening=False)
        try:
            await wired.node.start()
        except Exception as error:
            raise Refusal(f"the stores in {data_dir} cannot be opened: {error}. Nothing was changed.") from error
        try:
            yield wired.operator
        finally:
            await wired.node.stop()
    finally:
        prepared.lock.release()


def _require_data(data_dir: Path) -> None:
    try:
        there = (data_dir / "auth.db").exists()
        waiting = waiting_migrations(data_dir) if there else []
    except PermissionError as error:
        raise Refusal(no_rights(Path(error.filename or data_dir), "permission denied")) from None
    except Exception as error:
        raise Refusal(f"{data_dir} cannot be used: {error}. Nothing was changed.") from None
    if not there:
        raise Refusal(
            f"there are no accounts in {data_dir} yet. Nothing was changed. Start the server once "
            "(`secureconnect serve`), or set data_dir to where its data is."
        )
    if waiting:
        raise Refusal(
            f"the data in {data_dir} is of an earlier release. Nothing was changed. Start the server, which copies "
            "it before it migrates, or run `secureconnect migrate`."
        )


def _holder(settings: Settings) -> Holder | None:
    folder = data_dir_of(settings)
    try:
        return holder_of_folder(folder)
    except OSError as error:
        raise Refusal(no_rights(folder, error.strerror or "error")) from None
