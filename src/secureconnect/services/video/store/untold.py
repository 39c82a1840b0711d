"""What the logs of conversations have still to be told, worked off with a lease."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, not_, select, update

from secureconnect.contracts.events import CallBody
from secureconnect.services.video.call_state import Call
from secureconnect.services.video.store.tables import untold


class Untold(Struct, frozen=True):
    """One thing to tell: `account` and `device` are the caller's, `tries` how often it was tried."""

    call: str
    turn: int
    conversation: str
    account: str
    device: str
    tries: int
    body: CallBody


_before = untold.alias("before")
_NOT_BEFORE_ITS_TURN = not_(
    select(_before.c.call).where(and_(_before.c.call == untold.c.call, _before.c.turn < untold.c.turn)).exists()
)
_DUE = (
    select(untold)
    .where(untold.c.due_at <= bindparam("now"), _NOT_BEFORE_ITS_TURN)
    .order_by(untold.c.due_at, untold.c.call)
    .limit(bindparam("limit"))
)
_OWN = and_(untold.c.call == bindparam("of"), untold.c.turn == bindparam("at_turn"))
_TAKE = update(untold).where(_OWN, untold.c.tries == bindparam("tried")).values(due_at=bindparam("until"))
_LATER = update(untold).where(_OWN).values(due_at=bindparam("until"), tries=untold.c.tries + 1)
_DONE = delete(untold).where(_OWN)


def add(connection: Connection, call: Call, body: CallBody, now_ms: int) -> None:
    """Write down, in the step's own transaction, what is to be told of it."""
    row = {
        "call": call.id,
        "turn": 0 if body.change == "started" else 1,
        "conversation": call.conversation,
        "account": call.caller,
        "device": call.caller_device,
        "change": body.change,
        "media": body.media,
        "duration_ms": body.duration_ms,
        "due_at": now_ms,
        "tries": 0,
    }
    connection.execute(insert(untold), row)


def any_due(connection: Connection, now_ms: int) -> bool:
    """Whether there is something to tell now."""
    return connection.execute(_DUE, {"now": now_ms, "limit": 1}).first() is not None


def waiting(connection: Connection) -> int:
    """How much is still to be told."""
    return connection.execute(select(func.count()).select_from(untold)).scalar_one()


def take(connection: Connection, now_ms: int, until_ms: int, limit: int) -> Sequence[Untold]:
    """What is due, leased to this node until then; of one call only what comes first."""
    taken: list[Untold] = []
    for row in connection.execute(_DUE, {"now": now_ms, "limit": limit}).all():
        where = {"of": row.call, "at_turn": row.turn, "tried": row.tries, "until": until_ms}
        if connection.execute(_TAKE, where).rowcount == 1:
            body = CallBody(row.call, row.change, row.media, row.duration_ms)
            taken.append(Untold(row.call, row.turn, row.conversation, row.account, row.device, row.tries, body))
    return taken


def put_off(connection: Connection, one: Untold, until_ms: int) -> None:
    """It could not be told; try again then."""
    connection.execute(_LATER, {"of": one.call, "at_turn": one.turn, "until": until_ms})


def remove(connection: Connection, one: Untold) -> None:
    """It is told."""
    connection.execute(_DONE, {"of": one.call, "at_turn": one.turn})
