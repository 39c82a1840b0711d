"""A deadline for each part of a request's body, so that a slow sender cannot hold a handler for ever."""

import asyncio

from litestar.types import HTTPReceiveMessage, Receive, WebSocketReceiveMessage

from secureconnect.contracts.errors import Code, Fault


def timely(receive: Receive, deadline_s: float) -> Receive:
    """A receive whose parts of a body must each come within the deadline. Raises Fault(TIMED_OUT) inside the handler.

    What comes after the body (a disconnect) may take as long as the answer does.
    """
    whole = False

    async def receive_in_time() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(deadline_s):
                message = await receive()
        except TimeoutError:
            raise Fault(Code.TIMED_OUT, headers={"connection": "close"}) from None
        whole = message["type"] != "http.request" or not message["more_body"]
        return message

    return receive_in_time
