"""Signaling: answers by number, rings and signals as notices."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
from msgspec import Raw, json
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from secureconnect.client import Client, ConnectionLost, ServerFault, Session, Signaling, SocketEnded
from secureconnect.client.frames import CandidateReceived, OfferReceived
from secureconnect.contracts.errors import Code
from secureconnect.contracts.frames import (
    CallAccept,
    CallHangup,
    CallInvite,
    CallRing,
    CallStateFrame,
    CallStopRing,
    ErrorFrame,
    Hello,
    Ok,
    Ping,
    SignalAnswer,
    SignalCandidate,
    SignalingClientFrame,
    SignalOffer,
    SocketLimits,
    Token,
    Welcome,
)
from tests.fixtures.scripted_chat import tell, tokens

pytestmark = pytest.mark.anyio
DECODER: json.Decoder[SignalingClientFrame] = json.Decoder(SignalingClientFrame)


async def converse(connection: ServerConnection) -> None:
    """A server with one call in it."""
    with suppress(ConnectionClosed):
        await converse_until_closed(connection)


async def converse_until_closed(connection: ServerConnection) -> None:
    async for message in connection:
        for line in message.splitlines():
            frame = DECODER.decode(line)
            match frame:
                case Hello():
                    tell(connection, Welcome("n", "one", 30, None, SocketLimits(65_536, 64, 32_768)))
                case CallInvite():
                    tell(connection, CallRing("other", "c2", "bob", "audio"))
                    tell(connection, CallStateFrame("k", "c", frame.media, "ringing", "me", [], 1, id=frame.id))
                case CallAccept():
                    tell(connection, ErrorFrame("video.wrong_state", "No.", frame.id))
                case CallHangup():
                    tell(connection, CallStopRing("k", "cancelled"))
                    tell(connection, CallStateFrame("k", "c", "video", "ended", "me", [], 1, id=frame.id))
                case SignalOffer() | SignalCandidate():
                    kind = type(frame).__struct_config__.tag
                    back = {"t": kind, "call": frame.call, "from": frame.to, "payload": frame.payload}
                    await connection.send(json.encode(back), text=True)
                    tell(connection, Ok(frame.id or 0))
                case SignalAnswer():
                    await connection.close(4403, "no")
                case Ping() | Token():
                    pass
                case _:
                    raise AssertionError(frame)


@asynccontextmanager
async def signalling() -> AsyncGenerator[Signaling]:
    """A client on the signaling socket of such a server."""
    async with serve(converse, "127.0.0.1", 0, subprotocols=[Subprotocol("secureconnect.v1")]) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Client(url, session=Session(tokens(), 2**52)) as client, client.signaling() as signaling:
            yield signaling


async def test_a_call_is_answered_by_its_state_and_rings_are_notices() -> None:
    async with signalling() as signaling:
        assert (await signaling.invite("c", "video")).state == "ringing"
        assert await signaling.next_notice(CallRing) == CallRing("other", "c2", "bob", "audio")
        assert (await signaling.hangup("k")).state == "ended"
        assert await signaling.next_notice(CallStopRing) == CallStopRing("k", "cancelled")


async def test_a_step_that_may_not_be_raises_the_servers_fault() -> None:
    async with signalling() as signaling:
        with pytest.raises(ServerFault) as caught:
            await signaling.accept("k")
        assert caught.value.code is Code.VIDEO_WRONG_STATE


async def test_signals_pass_as_they_are_in_the_order_they_were_sent() -> None:
    async with signalling() as signaling:
        await asyncio.gather(
            signaling.signal("offer", "k", "d2", {"sdp": "v=0"}), signaling.signal("candidate", "k", "d2", None)
        )
        assert await signaling.next_notice(OfferReceived) == OfferReceived("k", "d2", Raw(b'{"sdp":"v=0"}'))
        assert bytes((await signaling.next_notice(CandidateReceived)).payload) == b"null"


async def test_the_end_of_the_socket_ends_those_who_wait_for_notices() -> None:
    async with signalling() as signaling:
        waiting = asyncio.create_task(signaling.next_notice(CallRing))
        with pytest.raises(ConnectionLost):
            await signaling.signal("answer", "k", "d2", {})
        with pytest.raises(SocketEnded):
            await waiting
