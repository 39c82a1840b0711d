"""The example bot, run as its reader runs it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Self

import pytest

from secureconnect.client import Chat, text_of
from secureconnect.contracts.errors import Code
from tests.fixtures.nodes import Deployment, Node, Ports
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.scenes import done_soon, eventually, texts_of
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio

BOT = Path(__file__).parents[2] / "examples" / "echo_bot.py"
STARTED_S = 15.0


class Bot:
    """The bot in a folder of its own."""

    def __init__(self, url: str, name: str, folder: Path) -> None:
        passed = {name: value for name, value in os.environ.items() if not name.startswith("SECURECONNECT_")}
        self._environment = {**passed, "ECHO_SERVER": url, "ECHO_USERNAME": name, "ECHO_PASSWORD": PASSWORD}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Run it."""
        with (self._folder / "bot.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(BOT)], cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def ready(self) -> None:
        """Return once it has kept its place for the first time: what is written from now on is answered."""
        await until(lambda: (self._folder / "echo_bot.state").exists() or self.ended(), STARTED_S)
        assert not self.ended(), self.log()

    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process is None or self._process.poll() is not None

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(10)

    def log(self) -> str:
        """What it has written."""
        return (self._folder / "bot.log").read_text()


@pytest.fixture
def node(tmp_path: Path) -> Generator[Node]:
    """A node that a test may restart."""
    made = Node(tmp_path / "data", Ports.fresh())
    try:
        made.start()
        yield made
        assert made.stop() == 0
    finally:
        made.end()


@pytest.fixture
async def people(node: Node) -> AsyncGenerator[Persons]:
    """Makes people of the node."""
    async with Persons(node.url) as made:
        yield made


async def echoes(person: Person, conversation: str, account: str) -> list[str | None]:
    """What the bot has said so far."""
    return [text_of(event) async for event in person.messages.history(conversation) if text_of(event) is not None
            and event.sender == account]  # fmt: skip


async def answered(chat: Chat, text: str, bot: str) -> None:
    """Wait for the bot's echo of a text."""
    await chat.next_event(STARTED_S, lambda event: text_of(event) == text and event.sender == bot)


def test_the_bot_is_as_short_as_an_example_should_be() -> None:
    assert len(BOT.read_text().splitlines()) < 40


async def test_the_bot_answers_each_text_with_the_same_and_its_secrets_are_its_own(
    deployment: Deployment, persons: Persons, tmp_path: Path
) -> None:
    anna, echo = await persons.several("anna", "echo")
    talk = await anna.conversations.direct(echo.account_id)
    async with Bot(deployment.url, echo.name, tmp_path) as bot, anna.chat() as annas:
        await bot.ready()
        for text in ("hello", "how are you?", "\N{SMILING FACE WITH SUNGLASSES}"):
            await annas.send(talk.id, text)
            await answered(annas, text, echo.account_id)
        group = await anna.conversations.group("Late", [echo.account_id])
        await annas.send(group.id, "here too")
        await answered(annas, "here too", echo.account_id)
        for name in ("echo_bot.session", "echo_bot.state"):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        await anna.people.block(echo.account_id)
        await anna.people.unblock(echo.account_id)
        await done_soon(Code.CHAT_BLOCKED, lambda: annas.send(talk.id, "still there?"))
        await answered(annas, "still there?", echo.account_id)
        assert not bot.ended()


async def test_a_bot_that_was_killed_answers_what_it_missed_once_and_in_order(
    node: Node, people: Persons, tmp_path: Path
) -> None:
    anna, echo = await people.several("anna", "echo")
    talk = await anna.conversations.direct(echo.account_id)
    said = [f"number {number}" for number in range(40)]
    async with Bot(node.url, echo.name, tmp_path) as bot, anna.chat() as annas:
        await bot.ready()
        for text in said[:20]:
            await annas.send(talk.id, text)
        await answered(annas, said[5], echo.account_id)
        bot.kill()
        for text in said[20:]:
            await annas.send(talk.id, text)
        bot.start()
        await answered(annas, said[-1], echo.account_id)
        await annas.send(talk.id, "and again")
        await answered(annas, "and again", echo.account_id)
        assert await echoes(anna, talk.id, echo.account_id) == [*said, "and again"]
        assert len(await echo.auth.sessions().all()) == 2


async def test_a_bot_goes_on_by_itself_after_a_kill_and_a_restart_of_the_node(
    node: Node, people: Persons, tmp_path: Path
) -> None:
    anna, echo = await people.several("anna", "echo")
    talk = await anna.conversations.direct(echo.account_id)
    async with Bot(node.url, echo.name, tmp_path) as bot, anna.chat() as annas:
        await bot.ready()
        said: list[str] = []
        for number, end in enumerate((node.kill, node.stop)):
            before, after = f"before {number}", f"after {number}"
            await annas.send(talk.id, before)
            await answered(annas, before, echo.account_id)
            await asyncio.to_thread(end)
            await asyncio.to_thread(node.start)
            await annas.send(talk.id, after)
            await answered(annas, after, echo.account_id)
            said += [before, after]
        assert not bot.ended()
        assert await echoes(anna, talk.id, echo.account_id) == said
        assert await texts_of(echo, talk.id) == [text for each in said for text in (each, each)]


async def test_a_bot_ends_when_it_is_interrupted_and_says_why_it_cannot_begin(
    deployment: Deployment, persons: Persons, tmp_path: Path
) -> None:
    echo = await persons.sign_up("echo")
    async with Bot(deployment.url, echo.name, tmp_path) as bot:
        await bot.ready()
        assert await asyncio.to_thread(bot.interrupt) == -signal.SIGINT
    folder = tmp_path / "other"
    folder.mkdir()
    async with Bot(deployment.url, "nobody-here", folder) as lost:

        async def over() -> bool:
            return lost.ended()

        await eventually(over, STARTED_S)
        assert "auth.credentials_wrong" in lost.log()
