"""Wherever a node dies, what it acknowledged stands, and what is asked again after that has one effect."""

import asyncio
import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest

from secureconnect.client import Chat, ConnectionLost, ServerFault, text_of
from secureconnect.client.transport import Patience
from secureconnect.contracts.events import Event, SentAnswer
from secureconnect.kit.crashpoints import ENVIRONMENT_NAME, NAMES
from tests.fixtures.nodes import Node, Ports
from tests.fixtures.persons import Person, Persons
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
DIED = 137
REACHED_S = 15.0
FILE_BYTES = 150_000
PART_BYTES = 100_000
T = TypeVar("T")


def passes(name: str) -> int:
    """At which pass to die: a start commits, too, and a death in the midst of traffic is meant."""
    return 40 if name.startswith("sql.") else 5


async def surely(work: Callable[[], Awaitable[T]]) -> T:
    """Do it again, the very same, until it is answered."""
    while True:
        try:
            return await work()
        except ConnectionLost:
            await asyncio.sleep(0.05)
        except ServerFault as fault:
            if fault.status < 500:
                raise
            await asyncio.sleep(0.05)


@dataclass
class Deeds:
    """What three people do without pause until `hushed`, each step again until it is answered."""

    anna: Person
    cleo: Person
    dora: Person
    group: str
    hushed: asyncio.Event = field(default_factory=asyncio.Event)
    sent: dict[str, SentAnswer] = field(default_factory=dict[str, SentAnswer])
    edited: dict[str, str] = field(default_factory=dict[str, str])
    refreshed: int = 0
    files: dict[str, str] = field(default_factory=dict[str, str])

    async def talk(self) -> None:
        """Anna's messages, one after the other: by socket and by request in turn, some edited."""
        async with self.anna.chat() as chat:
            while not self.hushed.is_set():
                text = f"m-{len(self.sent)}"
                by_socket = len(self.sent) % 2 == 0
                self.sent[text] = await surely(lambda text=text, by_socket=by_socket: self.say(chat, text, by_socket))
                if len(self.sent) % 5 == 0:
                    await self._edit(text)

    async def say(self, chat: Chat | None, text: str, by_socket: bool) -> SentAnswer:
        """Send one message, named like its text."""
        if by_socket and chat is not None:
            return await chat.send(self.group, text, client_id=text)
        return await self.anna.messages.send(self.group, text, client_id=text)

    async def _edit(self, text: str) -> None:
        event = self.sent[text].event_id
        await surely(lambda: self.anna.messages.edit(self.group, event, f"{text} edited", client_id=f"e-{text}"))
        self.edited[text] = event

    async def stay_signed_in(self) -> None:
        """Cleo's tokens, traded again and again."""
        while not self.hushed.is_set():
            await surely(self.cleo.auth.refresh)
            self.refreshed += 1
            await asyncio.sleep(0.02)

    async def store(self) -> None:
        """Dora's files, each in two parts."""
        while not self.hushed.is_set():
            content = os.urandom(FILE_BYTES)
            upload = await surely(
                lambda content=content: self.dora.files.begin(content, name="x.bin", part_bytes=PART_BYTES)
            )
            await surely(upload.run)
            self.files[upload.file_id] = hashlib.sha256(content).hexdigest()


def hasten(person: Person) -> None:
    """Let a client come back at once, as often as it takes: a node is away for a second here, not for minutes."""
    person._door = replace(person._door, wait_s_first=0.05, wait_s_most=0.1)
    person._http._patience = Patience(tries_max=1)


async def died_at(node: Node, name: str) -> bool:
    """Run the node until it dies at the point; False when it does not come there."""
    node.environment = {ENVIRONMENT_NAME: f"{name}:{passes(name)}"}
    node.launch()
    began_s = time.monotonic()
    try:
        await until(node.ended, REACHED_S)
    except AssertionError:
        node.kill()
        return False
    print(f"{name}: {time.monotonic() - began_s:.2f} s")
    assert node.process is not None
    assert node.process.returncode == DIED, (name, node.log()[-3000:])
    return True


async def test_whatever_point_a_node_dies_at_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    tmp_path: Path,
) -> None:
    """Each start dies at the next point, amid the repeats of what the one before cut; the last one is looked at."""
    node = Node(tmp_path / "data", Ports.fresh())
    node.start()
    try:
        async with Persons(node.url) as persons:
            anna, ben, cleo, dora = await persons.several("anna", "ben", "cleo", "dora")
            for person in (anna, cleo, dora):
                hasten(person)
            group = await anna.conversations.group("Plans", [ben.account_id])
            deeds = Deeds(anna, cleo, dora, group.id)
            doing = [asyncio.create_task(each()) for each in (deeds.talk, deeds.stay_signed_in, deeds.store)]
            await until(lambda: len(deeds.sent) > 5, 30.0)
            node.kill()
            missed: list[str] = []
            for name in sorted(NAMES):
                if not await died_at(node, name):
                    missed.append(name)
                for task in doing:
                    assert not task.done() or task.result() is not None, name
            node.environment = {}
            await asyncio.to_thread(node.start)
            said = len(deeds.sent)
            await until(lambda: len(deeds.sent) > said + 5, 30.0)
            deeds.hushed.set()
            async with asyncio.timeout(60):
                await asyncio.gather(*doing)
            assert missed == [], f"no code comes to {missed}"
            print(f"{len(deeds.sent)} messages, {deeds.refreshed} refreshes, {len(deeds.files)} files")
            await expect_messages_once(deeds, ben)
            await expect_one_session(deeds)
            await expect_files_whole(deeds)
        assert node.stop() == 0
    finally:
        node.end()


async def expect_messages_once(deeds: Deeds, ben: Person) -> None:
    """Each message stands where its sender was told, once and in order, and sent again it is still the same one."""
    log = [event async for event in ben.messages.history(deeds.group)]
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    messages = [event for event in log if event.kind == "message"]
    wanted = [f"{text} edited" if text in deeds.edited else text for text in deeds.sent]
    assert [text_of(event) for event in messages] == wanted
    told = [(sent.seq, sent.event_id) for sent in deeds.sent.values()]
    assert [(event.seq, event.event_id) for event in messages] == told
    assert sum(event.kind == "edit" for event in log) == len(deeds.edited)
    for text, sent in list(deeds.sent.items())[::3]:
        assert await deeds.say(None, text, by_socket=False) == sent
    again: list[Event] = [event async for event in deeds.anna.messages.history(deeds.group)]
    assert [event.event_id for event in again] == [event.event_id for event in log]


async def expect_one_session(deeds: Deeds) -> None:
    """The one session goes on: no trade of tokens that was cut has ended it or begun another."""
    await deeds.cleo.auth.refresh()
    sessions = [session.id async for session in deeds.cleo.auth.sessions()]
    assert sessions == [deeds.cleo.session.tokens.session_id]


async def expect_files_whole(deeds: Deeds) -> None:
    """Each file has exactly its bytes and is counted once."""
    for file, sha256 in deeds.files.items():
        found = await deeds.dora.files.get(file)
        assert (found.size, found.sha256) == (FILE_BYTES, sha256)
        assert hashlib.sha256(await deeds.dora.files.content(file)).hexdigest() == sha256
    quota = await deeds.dora.files.quota()
    assert quota.used_bytes == FILE_BYTES * len(deeds.files)
