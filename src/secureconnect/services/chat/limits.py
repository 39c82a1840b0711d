"""What the chat service allows, as plain values with their units."""

from dataclasses import dataclass

REACTIONS_PER_MEMBER_MAX = 20
"""Different reactions of one member to one message."""


@dataclass(frozen=True)
class ChatLimits:
    """The limits that an operator may set; their sentences stand with the settings of the same names."""

    message_bytes_max: int = 65_536
    members_max: int = 1000
    conversations_per_account_max: int = 5000
    files_per_message_max: int = 10
    mentions_per_message_max: int = 50
    page_events_max: int = 200
    sync_heads_max: int = 1000
    presence_watch_max: int = 200
    presence_members_max: int = 100
    heads_check_s: int = 5
    heads_check_alone_s: int = 2
