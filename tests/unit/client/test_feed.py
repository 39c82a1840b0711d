"""Syncing: tokens only with their heads, page after page, and what was left behind."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from msgspec import json
from msgspec.structs import replace as changed

from secureconnect.client import Chat, ChatState, Session
from secureconnect.client.client import Client
from secureconnect.client.delivery import Start
from secureconnect.client.notices import ConversationLeft, IncarnationChanged
from secureconnect.contracts.chat import Head, SyncAnswer
from secureconnect.contracts.frames import SyncFrame, Welcome
from tests.fixtures.scripted_chat import ChatServer, chat_server, tell, tokens
from tests.fixtures.scripted_http import CUT, Heard, Told, http_server
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


class Pages:
    """Answers GET /v1/sync with pages by their token; the first time it breaks."""

    def __init__(self, pages: dict[str, SyncAnswer]) -> None:
        self.pages = pages
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, heard: Heard) -> Told:
        self.asked.append(heard.path)
        await self.open.wait()
        return CUT if len(self.asked) == 1 else Told(200, json.encode(self.pages[heard.path]))


@asynccontextmanager
async def chatting(
    server: ChatServer, pages: Pages, state: ChatState | None = None, start: Start = "beginning"
) -> AsyncGenerator[Chat]:
    session = Session(tokens(), 2**52)
    async with http_server(pages) as url, Client(url, session=session) as client:
        client._door = replace(client._door, url=server.url.replace("http", "ws"), wait_s_first=0.01)
        async with client.chat(state, start=start) as chat:
            yield chat


def first_only(welcome: Welcome) -> Welcome:
    return changed(welcome, heads=welcome.heads[:1], sync="page1", more=True)


async def seqs(chat: Chat, count: int) -> list[tuple[str, int]]:
    taken = [await chat.next_event() for _ in range(count)]
    return sorted((event.conversation, event.seq) for event in taken)


async def test_heads_that_do_not_fit_into_the_welcome_are_read_before_the_token_is_kept() -> None:
    pages = Pages(
        {
            "/v1/sync?token=page1": SyncAnswer("page2", "one", [Head("b", 2)], [], True),
            "/v1/sync?token=page2": SyncAnswer("page3", "one", [Head("c", 1)], [], False),
        }
    )
    async with chat_server(ChatServer(shape=first_only)) as server:
        for name in ("a", "b", "b", "c"):
            server.append(name, f"{name}{len(server.logs)}")
        async with chatting(server, pages) as chat:
            assert chat.state().sync is None
            assert await seqs(chat, 4) == [("a", 1), ("b", 1), ("b", 2), ("c", 1)]
            await until(lambda: chat.state().sync == "page3")
    assert pages.asked == ["/v1/sync?token=page1", *pages.pages]


async def test_a_device_that_begins_now_takes_no_live_event_for_an_old_one_while_it_syncs() -> None:
    pages = Pages({"/v1/sync?token=page1": SyncAnswer("page2", "one", [Head("b", 3)], [], False)})
    async with chat_server(ChatServer(shape=first_only)) as server:
        for name in ("a", "b", "b"):
            server.append(name, f"{name}{len(server.logs)}")
        async with chatting(server, pages, start="now") as chat:
            await until(lambda: server.live != [])
            server.append("b", "live")
            assert await seqs(chat, 1) == [("b", 3)]
            await until(lambda: chat.state().sync == "page2")
            assert chat.state().cursors == {"a": 1, "b": 3}


async def test_a_token_of_the_live_socket_is_kept_for_the_next_hello() -> None:
    async with chat_server(ChatServer()) as server, chatting(server, Pages({})) as chat:
        (connection,) = server.live
        tell(connection, SyncFrame("later"))
        await until(lambda: chat.state().sync == "later")
        server.abort_all()
        await until(lambda: server.hellos == 2)
        assert server.syncs == [None, "later"]


async def test_a_token_that_comes_while_heads_are_still_read_is_not_kept() -> None:
    pages = Pages({"/v1/sync?token=page1": SyncAnswer("page2", "one", [], [], False)})
    pages.open.clear()
    async with chat_server(ChatServer(shape=first_only)) as server, chatting(server, pages) as chat:
        (connection,) = server.live
        tell(connection, SyncFrame("too early"))
        server.append("c", "after it")
        assert await seqs(chat, 1) == [("c", 1)]
        assert chat.state().sync is None
        pages.open.set()
        await until(lambda: chat.state().sync == "page2")


async def test_a_token_that_the_server_does_not_know_is_dropped_and_the_cursors_stay() -> None:
    async with chat_server(ChatServer(refused_syncs={"foreign"})) as server:
        for number in range(3):
            server.append("c", f"m{number}")
        state = ChatState("one", "foreign", {"c": 2})
        async with chatting(server, Pages({}), state) as chat:
            assert await seqs(chat, 1) == [("c", 3)]
        assert server.syncs == ["foreign", None]


async def test_a_restored_server_is_synced_anew_from_nothing() -> None:
    pages = Pages({"/v1/sync": SyncAnswer("new", "one", [Head("c", 2)], [], False)})
    async with chat_server(ChatServer()) as server:
        server.append("c", "a")
        server.append("c", "b")
        async with chatting(server, pages, ChatState("older", "old", {"c": 40})) as chat:
            assert await chat.notices.next(IncarnationChanged, 5.0) == IncarnationChanged("older", "one")
            assert await seqs(chat, 2) == [("c", 1), ("c", 2)]
            assert (chat.state().incarnation, chat.state().sync) == ("one", "new")


async def test_what_stood_before_a_removal_still_comes() -> None:
    def removed(welcome: Welcome) -> Welcome:
        return changed(welcome, heads=[], removed=["c"])

    async with chat_server(ChatServer(shape=removed)) as server:
        for number in range(4):
            server.append("c", f"m{number}")
        async with chatting(server, Pages({}), ChatState("one", "sync", {"c": 2})) as chat:
            assert await chat.notices.next(ConversationLeft, 5.0) == ConversationLeft("c")
            assert await seqs(chat, 2) == [("c", 3), ("c", 4)]


async def test_a_removal_that_is_seen_live_is_told() -> None:
    async with chat_server(ChatServer()) as server, chatting(server, Pages({})) as chat:
        server.append("c", "a", b'{"account":"other","change":"removed","by":"me"}', kind="member")
        server.append("d", "b", b'{"account":"me","change":"removed","by":"other"}', kind="member")
        assert await chat.notices.next(ConversationLeft, 5.0) == ConversationLeft("d")
        assert await seqs(chat, 2) == [("c", 1), ("d", 1)]


async def test_someone_who_joined_later_begins_where_they_may_read() -> None:
    async with chat_server(ChatServer(first_seq={"c": 10})) as server, chatting(server, Pages({})) as chat:
        server.pass_on = lambda event: [event] if event.seq > 11 else []
        for number in range(12):
            server.append("c", f"m{number}")
        assert await seqs(chat, 3) == [("c", 10), ("c", 11), ("c", 12)]


async def test_heads_whose_events_were_not_handed_on_are_kept_with_the_token() -> None:
    async with chat_server(ChatServer()) as server:
        for number in range(9):
            server.append("c", f"m{number}")
        async with chatting(server, Pages({})) as chat:
            await seqs(chat, 1)
            state = chat.state()
        assert (state.sync, state.cursors, state.heads) == ("sync", {"c": 1}, {"c": 9})
        server.shape = lambda welcome: changed(welcome, heads=[])
        async with chatting(server, Pages({}), state) as chat:
            assert await seqs(chat, 8) == [("c", seq) for seq in range(2, 10)]
