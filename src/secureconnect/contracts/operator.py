"""What whoever runs the server may ask of auth from its command line: each call with its types.

USER_LIST            accounts, or those whose name begins so
USER_CREATE          one account with a password, or with the link by which its person sets one
USER_IMPORT          many accounts, with a result for each row
USER_CHANGE          disable, enable, make or unmake an administrator
USER_END_SESSIONS    sign somebody out everywhere
USER_RESET_LINK      a link by which somebody sets a password anew
USER_DELETE          close an account for ever
AUDIT_TAIL           acts of administrators and operators, newest first
MAIL_TEST            send one letter
AUTH_KEYS_REREAD     (contracts.peers) sign with the key that stands in the secret `jwt_secret` now

A person is named by `user`: the username, else the account's id. Fault(NOT_FOUND) when there is none.
"""

from typing import Annotated

from msgspec import Meta, Struct

from secureconnect.contracts.auth import AdminAccount, AdminAccountPage, AuditPage, ResetLinkAnswer
from secureconnect.contracts.peers import Done, PeerCall

IMPORT_ROWS_MAX = 500
PAGE_MAX = 200
PageLimit = Annotated[int, Meta(ge=1, le=PAGE_MAX)]


class UserListAsk(Struct, frozen=True):
    """Asks for a page of accounts, newest first; `query` is the beginning of a name or address."""

    query: str | None = None
    cursor: str | None = None
    limit: PageLimit = PAGE_MAX


class UserAsk(Struct, frozen=True):
    """Names a person."""

    user: str


class NewUser(Struct, frozen=True):
    """An account to be made; its address, if there is one, is taken as verified on the operator's word.

    With a password the person signs in by it, and no link is made.
    """

    username: str
    display_name: str | None = None
    email: str | None = None
    admin: bool = False
    password: str | None = None


class UserMade(Struct, frozen=True):
    """A new account, and, where no password was given, the one-time link by which its person sets one: told this
    once."""

    account: AdminAccount
    link: ResetLinkAnswer | None


class UserImportAsk(Struct, frozen=True):
    """Accounts to be made, at most 500 a call; with `check` nothing is made, and each row is told what would be."""

    users: Annotated[list[NewUser], Meta(max_length=IMPORT_ROWS_MAX)]
    check: bool = False


class UserImported(Struct, frozen=True):
    """What became of one row: made, or refused with an error's code and what is wrong; neither where it was checked
    and is right."""

    username: str
    made: UserMade | None = None
    code: str | None = None
    detail: str | None = None


class UserImportReply(Struct, frozen=True):
    """One result for each row, in their order."""

    results: list[UserImported]


class UserChangeAsk(Struct, frozen=True):
    """Disables or enables a person, or changes their role; None leaves it as it is."""

    user: str
    disabled: bool | None = None
    admin: bool | None = None


class UserDeleteAsk(Struct, frozen=True):
    """Closes a person's account for ever; messages stay unless asked otherwise."""

    user: str
    delete_messages: bool = False


class AuditAsk(Struct, frozen=True):
    """Asks for a page of the audit, newest first."""

    cursor: str | None = None
    limit: PageLimit = 50


class MailTestAsk(Struct, frozen=True):
    """Names the address that a test letter goes to."""

    to: str


_OPERATOR = frozenset({"operator"})

USER_LIST = PeerCall("auth", "user-list", UserListAsk, AdminAccountPage, _OPERATOR)
USER_CREATE = PeerCall("auth", "user-create", NewUser, UserMade, _OPERATOR)
USER_IMPORT = PeerCall("auth", "user-import", UserImportAsk, UserImportReply, _OPERATOR)
USER_CHANGE = PeerCall("auth", "user-change", UserChangeAsk, AdminAccount, _OPERATOR)
USER_END_SESSIONS = PeerCall("auth", "user-end-sessions", UserAsk, AdminAccount, _OPERATOR)
USER_RESET_LINK = PeerCall("auth", "user-reset-link", UserAsk, ResetLinkAnswer, _OPERATOR)
USER_DELETE = PeerCall("auth", "user-delete", UserDeleteAsk, Done, _OPERATOR)
AUDIT_TAIL = PeerCall("auth", "audit-tail", AuditAsk, AuditPage, _OPERATOR)
MAIL_TEST = PeerCall("auth", "mail-test", MailTestAsk, Done, _OPERATOR)
