"""Who may register: by policy, by invite, and first of all the one who sets the server up."""

from dataclasses import dataclass

from sqlalchemy import Connection

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.limits import Registration
from secureconnect.services.auth.store import accounts, invites, one_time, policy
from secureconnect.services.auth.store.invites import InviteRow

FIRST_ADMIN = "first_admin"


@dataclass(frozen=True)
class Admission:
    """How somebody is let in: as the first administrator, by an invite, or because registration is open."""

    sets_up: bool = False
    invite: InviteRow | None = None


def admit(connection: Connection, hashed: bytes | None, default: Registration, now_ms: int) -> Admission:
    """Whether somebody with this secret (its hash), or with none, may register now; nothing is spent yet.

    Raises Fault(AUTH_SECRET_INVALID, AUTH_SETUP_NEEDED, AUTH_REGISTRATION_CLOSED, AUTH_INVITE_NEEDED).
    """
    if hashed is not None and one_time.find(connection, hashed, FIRST_ADMIN, now_ms) is not None:
        return Admission(sets_up=True)
    registration = policy.registration(connection, default)
    invite = invites.find(connection, hashed, now_ms) if hashed is not None else None
    if hashed is not None and invite is None:
        raise Fault(Code.AUTH_SECRET_INVALID)
    if registration != "open" and not accounts.has_admin(connection):
        raise Fault(Code.AUTH_SETUP_NEEDED)
    if registration == "closed":
        raise Fault(Code.AUTH_REGISTRATION_CLOSED)
    if registration == "invite" and invite is None:
        raise Fault(Code.AUTH_INVITE_NEEDED)
    return Admission(invite=invite)


def spend(connection: Connection, hashed: bytes | None, default: Registration, now_ms: int) -> Admission:
    """Like `admit`, and spends what lets them in, in the transaction of registering."""
    admission = admit(connection, hashed, default, now_ms)
    if hashed is None:
        return admission
    if admission.sets_up:
        spent = one_time.spend(connection, hashed, FIRST_ADMIN, now_ms) is not None
    else:
        spent = invites.use(connection, hashed, now_ms) is not None
    if not spent:
        raise Fault(Code.AUTH_SECRET_INVALID)
    return admission
