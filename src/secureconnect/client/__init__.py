"""The Python client: async, typed, resuming by itself.

Client               one server, one device, one session; HTTP by noun (`client.auth`, `client.conversations`, …)
Chat, Signaling      the two sockets, made by `client.chat()` and `client.signaling()`
ServerFault          an error that the server told; ConnectionLost and its kinds: no answer
Session, ChatState   what an application saves to go on after a restart
"""

from secureconnect.client.chat import Chat
from secureconnect.client.client import Client
from secureconnect.client.faults import (
    AnswerUnreadable,
    ConnectionLost,
    ServerFault,
    SocketEnded,
    TooMuchWaiting,
    Unacknowledged,
)
from secureconnect.client.messages import text_of
from secureconnect.client.session import Session
from secureconnect.client.signaling import Signaling
from secureconnect.client.state import ChatState
from secureconnect.client.transport import Patience

__all__ = [
    "AnswerUnreadable",
    "Chat",
    "ChatState",
    "Client",
    "ConnectionLost",
    "Patience",
    "ServerFault",
    "Session",
    "Signaling",
    "SocketEnded",
    "TooMuchWaiting",
    "Unacknowledged",
    "text_of",
]
