"""Asks which files hang on messages that a present member may read."""

from sqlalchemy import Connection, bindparam, exists, or_, select

from secureconnect.services.chat.store.tables import conversations, members, message_files

_of_account = members.c.account == bindparam("account")
_on_message = exists().where(
    message_files.c.file == bindparam("file"),
    members.c.conversation == message_files.c.conversation,
    _of_account,
    members.c.last_seq.is_(None),
    message_files.c.seq >= members.c.first_seq,
)
_as_picture = exists().where(
    conversations.c.picture == bindparam("file"),
    members.c.conversation == conversations.c.id,
    _of_account,
    members.c.last_seq.is_(None),
)
_readable = select(or_(_on_message, _as_picture))


def file_readable(connection: Connection, account: str, file: str) -> bool:
    """Whether the account is in a conversation where it may read a message that carries the file, or that has the file
    as its picture; a former member reads what was said before, not its files."""
    return bool(connection.execute(_readable, {"account": account, "file": file}).scalar())
