"""Answers each text that it is written with the same text, and goes on where it stopped after a restart."""

import asyncio
import os
from pathlib import Path

import msgspec

from secureconnect.client import ChatState, Client, ServerFault, text_of

STATE = Path(os.environ.get("ECHO_STATE", "echo_bot.state"))


async def main() -> None:
    """Sign in, then echo until interrupted."""
    name, password = os.environ["ECHO_USERNAME"], os.environ["ECHO_PASSWORD"]
    state = msgspec.json.decode(STATE.read_bytes(), type=ChatState) if STATE.exists() else None
    async with Client(os.environ.get("ECHO_SERVER", "http://localhost:8080"), device_name="echo bot") as client:
        await client.auth.login(name, password)
        async with client.chat(state) as chat:
            print(f"{name} listens")
            async for event in chat.events():
                text = text_of(event)
                if text is not None and event.sender != client.account_id:
                    try:
                        await chat.send(event.conversation, text, client_id=f"echo-{event.event_id}")
                    except ServerFault as fault:
                        print(f"not sent: {fault}")
                STATE.write_bytes(msgspec.json.encode(chat.state()))


asyncio.run(main())
