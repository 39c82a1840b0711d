"""One connection: frames together within the bounds, answers by number, silence noticed."""

import pytest
from msgspec import Raw

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import Envelope
from secureconnect.contracts.frames import Ack, ErrorFrame, MessageSend, Ok, Typing
from tests.fixtures.client_sockets import Refreshing, socket_of
from tests.fixtures.scripted_chat import ChatServer, chat_server
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_frame_that_the_server_would_end_the_socket_for_never_leaves() -> None:
    async with chat_server(ChatServer()) as server, socket_of(server, Refreshing()) as (socket, _):
        await socket.open(5.0)
        large = Envelope(1, "plain", Raw(b'{"text":"' + b"a" * 70_000 + b'"}'))
        with pytest.raises(Fault) as caught:
            await socket.request(MessageSend("c", "a", large), Ok)
        assert caught.value.code is Code.BODY_TOO_LARGE
        assert await socket.request(Typing("c", True), Ok)
        assert server.hellos == 1


async def test_many_frames_at_once_travel_together_within_the_servers_bounds() -> None:
    async with chat_server(ChatServer()) as server, socket_of(server, Refreshing()) as (socket, _):
        await socket.open(5.0)
        large = Envelope(1, "plain", Raw(b'{"text":"' + b"a" * 20_000 + b'"}'))
        answers = [socket.ask(Typing("c", True)) for _ in range(500)]
        answers += [socket.ask(MessageSend("c", str(number), large)) for number in range(20)]
        for answer in answers:
            assert isinstance(await answer, Ok | Ack)
        assert len(server.messages) <= 20
        assert max(size for size, _ in server.messages) <= 65_536
        assert max(lines for _, lines in server.messages) <= 64


async def test_an_answer_to_nobody_reaches_the_listener() -> None:
    async with chat_server(ChatServer()) as server, socket_of(server, Refreshing()) as (socket, listening):
        await socket.open(5.0)
        (connection,) = server.live
        await connection.send(
            '{"t":"newer","a":1}\n{"t":"error","code":"frame.too_fast","title":"T","retry_after_ms":5}'
        )
        await until(lambda: listening.frames != [])
        assert listening.frames == [ErrorFrame("frame.too_fast", "T", None, None, 5)]
