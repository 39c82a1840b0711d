"""The example bot, run as its reader runs it."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.fixtures.scenes import heard, texts_of
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio

BOT = Path(__file__).parents[2] / "examples" / "echo_bot.py"


@contextmanager
def running(bot: Person, folder: Path) -> Generator[None]:
    """The bot as a process of its own in a folder, until it is told to end."""
    env = {"ECHO_SERVER": bot.url, "ECHO_USERNAME": bot.name, "ECHO_PASSWORD": bot.password}
    log = folder / "log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, str(BOT)], cwd=folder, env={**os.environ, **env}, stdout=out, stderr=out
        )
    try:
        yield
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        process.wait(10)


def test_the_bot_is_as_short_as_an_example_should_be() -> None:
    assert len(BOT.read_text().splitlines()) < 40


async def test_the_bot_echoes_also_what_was_said_while_it_was_away_and_each_thing_once(
    deployment: Deployment, persons: Persons, tmp_path: Path
) -> None:
    anna, bot = await persons.several("anna", "bot")
    assert bot.url == deployment.url
    talk = await anna.conversations.direct(bot.account_id)
    async with anna.chat() as annas:

        async def echoed(text: str) -> None:
            for sender in (anna, bot):
                assert (await heard(annas, text)).sender == sender.account_id

        with running(bot, tmp_path):
            await until((tmp_path / "echo_bot.state").exists, 20)
            await annas.send(talk.id, "hello")
            await echoed("hello")
        for kept in ("echo_bot.session", "echo_bot.state"):
            assert (tmp_path / kept).stat().st_mode & 0o777 == 0o600
        await annas.send(talk.id, "while you were away")
        with running(bot, tmp_path):
            await echoed("while you were away")
            await annas.send(talk.id, "and now")
            await echoed("and now")
    said = ["hello", "while you were away", "and now"]
    assert await texts_of(anna, talk.id) == [text for text in said for _ in range(2)]
