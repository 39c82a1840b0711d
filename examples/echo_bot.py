"""Answers each text with the same text, and goes on where it stopped after a restart."""

import asyncio
from contextlib import suppress
from os import environ as env
from pathlib import Path

from msgspec import json

from secureconnect.client import ChatState, Client, ServerFault, Session, text_of

SESSION, STATE = Path("echo_bot.session"), Path("echo_bot.state")


def save(path: Path, value: Session | ChatState | None) -> None:
    """Write what must survive a restart; it holds secrets, so nobody else may read it."""
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(json.encode(value))
    fresh.replace(path)  # whole or not at all, also when the bot is killed here


async def main(server: str, name: str, password: str) -> None:
    """Sign in once, then echo until interrupted."""
    session = json.decode(SESSION.read_bytes(), type=Session | None) if SESSION.exists() else None  # noqa: ASYNC240
    state = json.decode(STATE.read_bytes(), type=ChatState) if STATE.exists() else None  # noqa: ASYNC240
    async with Client(server, session=session, on_session=lambda new: save(SESSION, new)) as client:
        if session is None:
            await client.auth.login(name, password)
        async with client.chat(state) as chat:
            save(STATE, chat.state())
            async for event in chat.events():
                if (text := text_of(event)) is not None and event.sender != client.account_id:
                    with suppress(ServerFault):  # who has blocked the bot gets no answer
                        await chat.send(event.conversation, text, client_id=f"echo-{event.event_id}")
                save(STATE, chat.state())


asyncio.run(main(env.get("ECHO_SERVER", "http://localhost:8080"), env["ECHO_USERNAME"], env["ECHO_PASSWORD"]))
