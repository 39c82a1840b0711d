"""Writes what the rarer events bring: a conversation's beginning and changes, members, edits, deletions, reactions."""

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from secureconnect.backends.log.port import Stored
from secureconnect.contracts.events import (
    CallBody,
    ConversationBody,
    DeleteBody,
    EditBody,
    MemberBody,
    ReactionBody,
)
from secureconnect.services.chat.bodies import Body, SentBody
from secureconnect.services.chat.store.tables import (
    conversations,
    deletions,
    edits,
    members,
    mentions,
    message_files,
    messages,
    reactions,
)

_is_conversation = conversations.c.id == bindparam("of_conversation")
_known = select(conversations.c.id).where(_is_conversation)
_title = select(conversations.c.title).where(_is_conversation)
_change_conversation = update(conversations).where(_is_conversation)
_count_members = _change_conversation.values(member_count=conversations.c.member_count + bindparam("more"))
_is_member = (members.c.conversation == bindparam("of_conversation")) & (members.c.account == bindparam("of_account"))
_last_seq = select(members.c.last_seq).where(_is_member)
_change_member = update(members).where(_is_member)
_of_message = [messages.c.conversation == bindparam("of_conversation"), messages.c.seq == bindparam("of_message")]
_sender = select(messages.c.sender).where(*_of_message)
_is_deleted = select(deletions.c.seq).where(
    deletions.c.conversation == bindparam("of_conversation"), deletions.c.seq == bindparam("of_message")
)
_drop_edit = delete(edits).where(
    edits.c.conversation == bindparam("of_conversation"), edits.c.message_seq == bindparam("of_message")
)
_drop_reactions = delete(reactions).where(
    reactions.c.conversation == bindparam("of_conversation"), reactions.c.message_seq == bindparam("of_message")
)
_drop_reaction = _drop_reactions.where(
    reactions.c.emoji == bindparam("of_emoji"), reactions.c.account == bindparam("of_account")
)
_forget_message = [
    _drop_edit,
    _drop_reactions,
    *(
        delete(table).where(
            table.c.conversation == bindparam("of_conversation"), table.c.seq == bindparam("of_message")
        )
        for table in (mentions, message_files)
    ),
]


def open_conversation(connection: Connection, event: Stored, body: ConversationBody) -> None:
    """Make the row of a conversation from its first event, with nothing applied yet."""
    if connection.execute(_known, {"of_conversation": event.conversation}).first() is not None:
        return
    row = {
        "id": event.conversation,
        "kind": body.kind or "group",
        "title": body.title,
        "picture": body.picture or None,
        "scheme": body.scheme or "plain",
        "history": body.history or "joined",
        "creator": event.sender,
        "created_at": event.sent_at,
        "activity_at": event.sent_at,
        "head_seq": 0,
        "member_version": 0,
        "member_count": 0,
        "message_count": 0,
        "last_message_seq": 0,
        "change_no": 0,
    }
    connection.execute(insert(conversations), row)


def apply_rare(connection: Connection, event: Stored, body: Body, change_no: int) -> None:
    """Write what follows from an event beside the move of its conversation's head; nothing for a call."""
    match body:
        case SentBody():
            _attach(connection, event, body)
        case EditBody():
            _edit(connection, event, body)
        case DeleteBody():
            _delete(connection, event, body)
        case ReactionBody():
            _react(connection, event, body)
        case MemberBody():
            _member(connection, event, body, change_no)
        case ConversationBody():
            _change(connection, event, body)
        case CallBody():
            pass


def _attach(connection: Connection, event: Stored, body: SentBody) -> None:
    at = {"conversation": event.conversation, "seq": event.seq}
    mentioned = [{**at, "account": account, "sender": event.sender} for account in dict.fromkeys(body.mentions)]
    files = [{**at, "file": file} for file in dict.fromkeys(body.file_ids)]
    if mentioned:
        connection.execute(insert(mentions), mentioned)
    if files:
        connection.execute(insert(message_files), files)


def _edit(connection: Connection, event: Stored, body: EditBody) -> None:
    at = _at(event, body.message_seq)
    connection.execute(_drop_edit, at)
    row = {"conversation": event.conversation, "message_seq": body.message_seq}
    connection.execute(insert(edits), {**row, "edit_seq": event.seq, "edit_event": event.event_id})


def _delete(connection: Connection, event: Stored, body: DeleteBody) -> None:
    at = _at(event, body.message_seq)
    sender = connection.execute(_sender, at).scalar()
    if sender is None or connection.execute(_is_deleted, at).first() is not None:
        return
    row = {"conversation": event.conversation, "seq": body.message_seq, "sender": sender}
    connection.execute(insert(deletions), row)
    for statement in _forget_message:
        connection.execute(statement, at)


def _react(connection: Connection, event: Stored, body: ReactionBody) -> None:
    at = _at(event, body.message_seq)
    connection.execute(_drop_reaction, {**at, "of_emoji": body.emoji, "of_account": event.sender})
    if not body.on or connection.execute(_is_deleted, at).first() is not None:
        return
    row = {"conversation": event.conversation, "message_seq": body.message_seq, "emoji": body.emoji}
    connection.execute(insert(reactions), {**row, "account": event.sender, "seq": event.seq})


def _member(connection: Connection, event: Stored, body: MemberBody, change_no: int) -> None:
    at = {"of_conversation": event.conversation, "of_account": body.account}
    if body.change == "role":
        connection.execute(_change_member.values(role=body.role or "member"), at)
        return
    found = connection.execute(_last_seq, at).first()
    present = found is not None and found.last_seq is None
    coming = body.change in ("added", "joined")
    if present == coming:
        return
    connection.execute(_count_members, {"of_conversation": event.conversation, "more": 1 if coming else -1})
    if not coming:
        title = connection.execute(_title, at).scalar()
        left = {"last_seq": event.seq, "left_at": event.sent_at, "left_title": title}
        connection.execute(_change_member.values({**left, "removed_no": change_no, "mark_no": change_no}), at)
        return
    span = _span(event, body, change_no)
    if found is not None:
        connection.execute(_change_member.values(span), at)
        return
    chosen = {"muted_until": None, "notify": "all", "pinned": False, "archived": False, "marked_unread": False}
    row = {"conversation": event.conversation, "account": body.account, **span, **chosen}
    connection.execute(insert(members), row)


def _span(event: Stored, body: MemberBody, change_no: int) -> dict[str, object]:
    """The columns that each joining sets anew: what came before it counts as read."""
    return {
        "role": body.role or "member",
        "joined_seq": event.seq,
        "first_seq": body.first_seq or event.seq,
        "last_seq": None,
        "left_at": None,
        "left_title": None,
        "read_seq": event.seq,
        "delivered_seq": event.seq,
        "mark_no": change_no,
        "removed_no": 0,
    }


def _change(connection: Connection, event: Stored, body: ConversationBody) -> None:
    if event.seq == 1:
        return
    told = {"title": body.title, "picture": body.picture, "history": body.history, "scheme": body.scheme}
    changed: dict[str, str | None] = {name: value for name, value in told.items() if value is not None}
    if body.picture == "":
        changed["picture"] = None
    if changed:
        connection.execute(_change_conversation.values(changed), {"of_conversation": event.conversation})


def _at(event: Stored, message_seq: int) -> dict[str, object]:
    return {"of_conversation": event.conversation, "of_message": message_seq}
