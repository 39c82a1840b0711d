"""Calls and their participants as rows; a change is written only over the version that it was made from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from secureconnect.services.video.call_state import LIVE, SEATED, Call, CallState, Participant, ParticipantState
from secureconnect.services.video.store.tables import calls, participants

ROWS_AT_ONCE = 500
_LIVE = tuple(state.value for state in LIVE)
_SEATED = tuple(state.value for state in SEATED)
_CALL_COLUMNS = [column for column in calls.c if column.name != "live_in"]

_BY_ID = select(*_CALL_COLUMNS).where(calls.c.id == bindparam("id"))
_LIVE_IN = select(calls.c.id).where(calls.c.live_in == bindparam("conversation"))
_SOME = select(*_CALL_COLUMNS).where(calls.c.id.in_(bindparam("ids", expanding=True)))
_WHO = (
    select(participants)
    .where(participants.c.call.in_(bindparam("ids", expanding=True)))
    .order_by(participants.c.call, participants.c.place)
)
_VERSIONS = select(calls.c.id, calls.c.version).where(calls.c.live_in.is_not(None))
_LIVE_OF_ACCOUNT = (
    select(participants.c.call)
    .where(participants.c.account == bindparam("account"), participants.c.state.in_(_LIVE))
    .distinct()
)
_SEATED_DEVICE = select(participants.c.call).where(
    participants.c.device == bindparam("device"),
    participants.c.account == bindparam("account"),
    participants.c.state.in_(_SEATED),
)
_SEATED_ACCOUNT = select(participants.c.call).where(
    participants.c.account == bindparam("account"), participants.c.state.in_(_SEATED)
)
_UPDATE = update(calls).where(calls.c.id == bindparam("of"), calls.c.version == bindparam("over"))
_REMOVE = delete(participants).where(
    participants.c.call == bindparam("of"),
    participants.c.account == bindparam("who"),
    participants.c.device == bindparam("on"),
)
_RENEW = (
    update(participants)
    .where(
        participants.c.device.in_(bindparam("devices", expanding=True)),
        participants.c.state == ParticipantState.JOINED.value,
    )
    .values(deadline_at=bindparam("until"))
)


class Conflict(Exception):
    """The call was changed meanwhile, or another lives in the conversation; look again and decide anew."""


# Reading


def load(connection: Connection, call: str) -> Call | None:
    """The call, if it is there."""
    found = connection.execute(_BY_ID, {"id": call}).mappings().first()
    return None if found is None else _calls(connection, [found])[0]


def live_in(connection: Connection, conversation: str) -> Call | None:
    """The call that lives in a conversation."""
    found = connection.execute(_LIVE_IN, {"conversation": conversation}).scalar()
    return None if found is None else load(connection, found)


def load_many(connection: Connection, ids: Sequence[str]) -> list[Call]:
    """Those of the calls that are there, in no order."""
    found: list[Call] = []
    for some in _portions(ids):
        found += _calls(connection, connection.execute(_SOME, {"ids": some}).mappings().all())
    return found


def live_versions(connection: Connection) -> dict[str, int]:
    """Every live call with its version."""
    return {row.id: row.version for row in connection.execute(_VERSIONS)}


def live_of_account(connection: Connection, account: str) -> list[Call]:
    """The live calls that ring an account or in which one of its devices is."""
    return load_many(connection, connection.execute(_LIVE_OF_ACCOUNT, {"account": account}).scalars().all())


def live_in_many(connection: Connection, conversations: Sequence[str]) -> list[Call]:
    """The calls that live in these conversations."""
    ids: list[str] = []
    for some in _portions(conversations):
        ids += connection.execute(select(calls.c.id).where(calls.c.live_in.in_(some))).scalars()
    return load_many(connection, ids)


def calls_of_device(connection: Connection, account: str, device: str) -> list[str]:
    """The calls that a device is in."""
    return list(connection.execute(_SEATED_DEVICE, {"account": account, "device": device}).scalars())


def in_a_call(connection: Connection, account: str) -> bool:
    """Whether a device of the account is in a call."""
    return connection.execute(_SEATED_ACCOUNT, {"account": account}).first() is not None


def page(
    connection: Connection, conversations: Sequence[str], state: str | None, before: str | None, limit: int
) -> list[Call]:
    """The newest calls of these conversations below the id `before`, newest first."""
    ids: list[str] = []
    for some in _portions(conversations):
        query = select(calls.c.id).where(calls.c.conversation.in_(some)).order_by(calls.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(calls.c.state == state)
        if before is not None:
            query = query.where(calls.c.id < before)
        ids += connection.execute(query).scalars()
    newest = sorted(ids, reverse=True)[:limit]
    return sorted(load_many(connection, newest), key=lambda call: call.id, reverse=True)


# Writing


def put_new(connection: Connection, call: Call) -> None:
    """Write a new call; raises Conflict when another lives in its conversation."""
    try:
        connection.execute(insert(calls), {"id": call.id, **_values(call)})
    except IntegrityError as error:
        raise Conflict from error
    _put_participants(connection, call.id, enumerate(call.participants))


def put(connection: Connection, old: Call, new: Call) -> None:
    """Write `new` over `old`; raises Conflict when something else stands there by now."""
    where = {"of": old.id, "over": old.version}
    if connection.execute(_UPDATE.values(_values(new)), where).rowcount != 1:
        raise Conflict
    held, wanted = set(enumerate(old.participants)), set(enumerate(new.participants))
    for _, gone in sorted(held - wanted, key=_place):
        connection.execute(_REMOVE, {"of": old.id, "who": gone.account, "on": gone.device or ""})
    _put_participants(connection, old.id, sorted(wanted - held, key=_place))


def renew(connection: Connection, devices: Sequence[str], until_ms: int) -> None:
    """Give these devices, where they are in a call and not lost, until then."""
    for some in _portions(devices):
        connection.execute(_RENEW, {"devices": some, "until": until_ms})


def _put_participants(connection: Connection, call: str, placed: Iterable[tuple[int, Participant]]) -> None:
    rows = [
        {
            "call": call,
            "account": one.account,
            "device": one.device or "",
            "place": place,
            "session": one.session,
            "state": one.state.value,
            "since_at": one.since_at,
            "deadline_at": one.deadline_at,
        }
        for place, one in placed
    ]
    if rows:
        connection.execute(insert(participants), rows)


def _values(call: Call) -> dict[str, Any]:
    return {
        "conversation": call.conversation,
        "live_in": call.conversation if call.live else None,
        "kind": call.kind,
        "media": call.media,
        "caller": call.caller,
        "caller_device": call.caller_device,
        "state": call.state.value,
        "room": call.room,
        "devices_max": call.devices_max,
        "version": call.version,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "reason": call.reason,
    }


def _calls(connection: Connection, rows: Sequence[RowMapping]) -> list[Call]:
    who: dict[str, list[Participant]] = {row["id"]: [] for row in rows}
    if who:
        for row in connection.execute(_WHO, {"ids": list(who)}).mappings():
            who[row["call"]].append(_participant(row))
    return [_call(row, tuple(who[row["id"]])) for row in rows]


def _call(row: RowMapping, among: tuple[Participant, ...]) -> Call:
    return Call(
        id=row["id"],
        conversation=row["conversation"],
        kind=row["kind"],
        media=row["media"],
        caller=row["caller"],
        caller_device=row["caller_device"],
        state=CallState(row["state"]),
        participants=among,
        started_at=row["started_at"],
        devices_max=row["devices_max"],
        room=row["room"],
        version=row["version"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        reason=row["reason"],
    )


def _participant(row: Mapping[Any, Any]) -> Participant:
    state = ParticipantState(row["state"])
    return Participant(
        row["account"], row["device"] or None, state, row["since_at"], row["deadline_at"], row["session"]
    )


def _place(placed: tuple[int, Participant]) -> int:
    return placed[0]


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + ROWS_AT_ONCE] for start in range(0, len(values), ROWS_AT_ONCE))
