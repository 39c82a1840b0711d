"""Auth as other services and its operator see it: ready, followed, and whole after a restart."""

import asyncio
import os
import sys
import textwrap
from pathlib import Path

import pytest

from secureconnect.contracts.peers import AUTH_CHANGES, ChangesAsk
from tests.fixtures.auth import AuthHouse, auth, problem, tokens

pytestmark = pytest.mark.anyio


async def test_auth_is_ready_and_says_what_it_needs(house: AuthHouse) -> None:
    good, words = await house.running.health.ready()
    assert (good, words["sql"], words["mail"]) == (True, "ok", "ok")
    assert (await house.call("GET", "/ready")).json() == {"status": "ready"}


async def test_who_follows_hears_of_an_ended_session_within_a_tenth_of_a_second(house: AuthHouse) -> None:
    anna = await house.register("anna")
    last = (await house.chat.ask(AUTH_CHANGES, ChangesAsk(None))).last
    waiting = asyncio.create_task(house.chat.ask(AUTH_CHANGES, ChangesAsk(last, wait_ms=5000), timeout_s=6))
    await asyncio.sleep(0.05)
    loop = asyncio.get_running_loop()
    await house.call("POST", "/v1/auth/logout", token=anna.access_token)
    answered_s = loop.time()
    told = await waiting
    assert loop.time() - answered_s < 0.1
    assert ("session_ended", anna.session_id) in [(each.kind, each.session) for each in told.changes]


async def test_sessions_and_names_stand_after_a_restart(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        anna = await house.register("anna")
    async with auth(tmp_path / "auth") as house:
        assert await house.holds(anna.access_token)
        assert (await house.refresh(anna.refresh_token)).status_code == 200
        assert problem(await house.login("anna", "wrong")) == (401, "auth.credentials_wrong")
        await house.signed_in("anna")


DYING = """
import asyncio, sys
from pathlib import Path
from secureconnect.kit.crashpoints import from_environment
from tests.fixtures.auth import auth, tokens

async def main():
    root = Path(sys.argv[1])
    async with auth(root, crashpoints=from_environment(sys.argv[2])) as house:
        anna = await house.register("anna")
        (root / "token").write_text(anna.refresh_token)
        await house.refresh(anna.refresh_token)

asyncio.run(main())
"""


@pytest.mark.parametrize("point", ["auth.before_rotate", "auth.after_rotate"])
async def test_a_process_that_dies_beside_a_refresh_costs_nobody_the_session(tmp_path: Path, point: str) -> None:
    root = tmp_path / "auth"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        textwrap.dedent(DYING),
        str(root),
        f"{point}:1",
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path) + f"{os.pathsep}{Path.cwd()}",
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 137, errors.decode()
    token = (root / "token").read_text()
    async with auth(root) as house:
        again = tokens(await house.refresh(token))
        following = tokens(await house.refresh(again.refresh_token))
        assert await house.holds(following.access_token)
        assert problem(await house.refresh(token)) == (401, "auth.refresh_invalid")
