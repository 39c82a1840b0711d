"""`secureconnect user`: the accounts of this deployment."""

import sys
from pathlib import Path

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.auth import AdminAccount, ResetLinkAnswer
from secureconnect.contracts.errors import Code
from secureconnect.contracts.operator import (
    PAGE_MAX,
    USER_CHANGE,
    USER_CREATE,
    USER_DELETE,
    USER_END_SESSIONS,
    USER_LIST,
    USER_RESET_LINK,
    NewUser,
    UserAsk,
    UserChangeAsk,
    UserDeleteAsk,
    UserListAsk,
)
from secureconnect.ops.asking import Source, asked
from secureconnect.ops.listing import Column, moment, plain, print_json, print_list
from secureconnect.ops.loading import Refusal, refuse
from secureconnect.ops.passwords import new_password
from secureconnect.settings import Loaded


def state_of(account: AdminAccount) -> str:
    """The state of an account in one word."""
    return "closed" if account.closed else "disabled" if account.disabled else "open"


HINTS = {Code.NOT_FOUND: "See `secureconnect user list` for the names."}
COLUMNS: list[Column[AdminAccount]] = [
    ("username", lambda one: one.username or "(closed)"),
    ("name", lambda one: one.display_name),
    ("role", lambda one: "admin" if one.admin else "user"),
    ("state", state_of),
    ("sessions", lambda one: str(one.sessions)),
    ("last used", lambda one: moment(one.last_used_at)),
    ("made", lambda one: moment(one.created_at)),
    ("address", lambda one: (one.email or "") + ("" if one.email is None or one.email_verified else " (unverified)")),
    ("id", lambda one: one.id),
]


def list_users(source: Source, query: str | None, limit: int, *, json: bool) -> int:
    """Print accounts, newest first."""

    async def work(peers: Peers, _: Loaded) -> int:
        found: list[AdminAccount] = []
        cursor: str | None = None
        while len(found) < limit:
            page = await peers.ask(USER_LIST, UserListAsk(query, cursor, min(PAGE_MAX, limit - len(found))))
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        print_list(found, COLUMNS, json=json, none="There are no such accounts.")
        if cursor is not None:
            print(f"There are more; --limit {limit * 2} shows more of them.", file=sys.stderr)
        return 0

    return asked(source, work)


def create(source: Source, user: NewUser, password_file: Path | None, *, link: bool, json: bool) -> int:
    """Make an account, with a password or with a link by which its person sets one."""
    if link and password_file is not None:
        return refuse(Refusal("--link and --password-file exclude each other. Nothing was changed."))
    try:
        password = None if link else new_password(password_file)
    except Refusal as refusal:
        return refuse(refusal)

    async def work(peers: Peers, _: Loaded) -> int:
        wanted = NewUser(user.username, user.display_name, user.email, user.admin, password)
        made = await peers.ask(USER_CREATE, wanted)
        if json:
            print_json(made)
        else:
            role = "administrator" if made.account.admin else "user"
            print(f"The {role} {made.account.username} was made.", file=sys.stderr)
            tell_link(made.link, made.account.username)
        return 0

    return asked(source, work)


def change(source: Source, wish: UserChangeAsk, told: str, *, json: bool) -> int:
    """Disable, enable, make or unmake an administrator; `told` says that it is done."""

    async def work(peers: Peers, _: Loaded) -> int:
        account = await peers.ask(USER_CHANGE, wish)
        _tell(account, told.format(account.username), json=json)
        return 0

    return asked(source, work, HINTS)


def end_sessions(source: Source, user: str, *, json: bool) -> int:
    """Sign somebody out everywhere."""

    async def work(peers: Peers, _: Loaded) -> int:
        account = await peers.ask(USER_END_SESSIONS, UserAsk(user))
        _tell(account, f"{account.username} is signed out everywhere.", json=json)
        return 0

    return asked(source, work, HINTS)


def reset_link(source: Source, user: str, *, json: bool) -> int:
    """Make a link by which somebody sets a password anew."""

    async def work(peers: Peers, _: Loaded) -> int:
        made = await peers.ask(USER_RESET_LINK, UserAsk(user))
        if json:
            print_json(made)
        else:
            tell_link(made, user)
        return 0

    return asked(source, work, HINTS)


def delete(source: Source, user: str, *, delete_messages: bool, yes: bool) -> int:
    """Close an account for ever, after its name was typed again."""
    if not yes and not _confirmed(user):
        return 2

    async def work(peers: Peers, _: Loaded) -> int:
        await peers.ask(USER_DELETE, UserDeleteAsk(user, delete_messages))
        messages = "and messages are being deleted" if delete_messages else "are being deleted; messages stay"
        print(f"The account {plain(user)} is closed for ever; its files {messages}.", file=sys.stderr)
        return 0

    return asked(source, work, HINTS)


def tell_link(link: ResetLinkAnswer | None, user: str) -> None:
    """Print a one-time link on standard output, and what it is for beside it."""
    if link is not None:
        until = f"until {moment(link.expires_at)} UTC"
        print(f"By this link {plain(user)} sets a password, once, {until}; send it by a safe way:", file=sys.stderr)
        print(link.link)


def _tell(account: AdminAccount, told: str, *, json: bool) -> None:
    if json:
        print_json(account)
    else:
        print(plain(told), file=sys.stderr)


def _confirmed(user: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        told = (
            "this cannot be undone, and there is no terminal to ask on. Nothing was changed. Give --yes if you mean it."
        )
        refuse(Refusal(told))
        return False
    print(f"This closes the account {plain(user)} for ever; its name is never given again.", file=sys.stderr)
    print("Type the name to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() == user:
        return True
    refuse(Refusal("the name is another one. Nothing was changed."))
    return False
