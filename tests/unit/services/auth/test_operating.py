"""Whoever runs the server looks after accounts without a session, and every act is written down as theirs."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.operator import (
    AUDIT_TAIL,
    MAIL_TEST,
    USER_CHANGE,
    USER_CREATE,
    USER_DELETE,
    USER_END_SESSIONS,
    USER_IMPORT,
    USER_LIST,
    USER_RESET_LINK,
    AuditAsk,
    MailTestAsk,
    NewUser,
    UserAsk,
    UserChangeAsk,
    UserDeleteAsk,
    UserImportAsk,
    UserListAsk,
    UserMade,
)
from secureconnect.contracts.peers import AUTH_KEYS_REREAD, AUTH_POLICY, Nothing
from tests.fixtures.auth import AuthHouse, auth, limits, problem
from tests.fixtures.neighbours import Neighbours

pytestmark = pytest.mark.anyio
FRESH = "quite another long evening"


async def acts(house: AuthHouse) -> list[tuple[str, str | None]]:
    """The operator's acts, oldest first."""
    page = await house.operator.ask(AUDIT_TAIL, AuditAsk())
    assert {row.actor for row in page.items} <= {"operator"}
    return [(row.act, row.subject) for row in reversed(page.items)]


async def refused(house: AuthHouse, ask: NewUser) -> Code:
    """The code by which an account is refused."""
    with pytest.raises(Fault) as fault:
        await house.operator.ask(USER_CREATE, ask)
    return fault.value.code


async def set_password(house: AuthHouse, made: UserMade) -> int:
    """Follow the link of a new account; the status."""
    assert made.link is not None
    body = {"secret": made.link.link.partition("/reset#")[2], "new_password": FRESH}
    return (await house.call("POST", "/v1/auth/password/reset", body)).status_code


async def test_a_made_account_is_opened_by_its_link_and_by_nothing_else(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="closed")) as house:
        made = await house.operator.ask(USER_CREATE, NewUser("Anna", "Anna A", "Anna@Example.org"))
        seen = made.account
        assert (seen.username, seen.display_name, seen.email, seen.email_verified, seen.admin) == (
            "anna",
            "Anna A",
            "Anna@example.org",
            True,
            False,
        )
        assert problem(await house.login("anna", "")) == (422, "request.invalid")
        assert problem(await house.login("anna", "any password at all")) == (401, "auth.credentials_wrong")
        assert [await set_password(house, made), await set_password(house, made)] == [204, 403]
        assert (await house.login("anna", FRESH)).status_code == 200
        assert await acts(house) == [("account.create", seen.id)]


async def test_an_administrator_made_so_ends_the_first_administrators_link(house: AuthHouse) -> None:
    made = await house.operator.ask(USER_CREATE, NewUser("admin", admin=True))
    assert made.account.admin
    view = await house.call("POST", "/v1/auth/invite", {"secret": house.links[0].partition("#")[2]})
    assert problem(view) == (403, "auth.secret_invalid")
    assert not (await house.operator.ask(AUTH_POLICY, Nothing())).first_admin_pending


async def test_what_cannot_be_an_account_is_refused(house: AuthHouse) -> None:
    await house.register("anna")
    assert await refused(house, NewUser("ANNA")) is Code.AUTH_USERNAME_TAKEN
    assert await refused(house, NewUser("an na")) is Code.AUTH_USERNAME_INVALID
    assert await refused(house, NewUser("everyone")) is Code.AUTH_USERNAME_INVALID
    assert await refused(house, NewUser("bert", email="nobody")) is Code.AUTH_EMAIL_INVALID
    assert await refused(house, NewUser("bert", "\u200b")) is Code.INVALID
    assert await acts(house) == []


async def test_of_an_import_each_row_stands_or_falls_alone(house: AuthHouse) -> None:
    await house.register("bert")
    rows = [NewUser("anna"), NewUser("bert"), NewUser("c d"), NewUser("anna"), NewUser("dora", email="d@example.org")]
    results = (await house.operator.ask(USER_IMPORT, UserImportAsk(rows))).results
    assert [each.username for each in results] == ["anna", "bert", "c d", "anna", "dora"]
    codes = [None, "auth.username_taken", "auth.username_invalid", "auth.username_taken", None]
    assert [each.code for each in results] == codes
    assert all(bool(each.detail) == (each.made is None) for each in results)
    assert all([await set_password(house, each.made) == 204 for each in results if each.made])
    with pytest.raises(Fault) as fault:
        await house.operator.ask(USER_IMPORT, UserImportAsk([NewUser("x")] * 501))
    assert fault.value.code is Code.INVALID


async def test_an_account_made_with_a_password_needs_no_link(house: AuthHouse) -> None:
    made = await house.operator.ask(USER_CREATE, NewUser("anna", password=FRESH))
    assert made.link is None
    assert (await house.login("anna", FRESH)).status_code == 200
    assert await refused(house, NewUser("bert", password="password")) is Code.AUTH_PASSWORD_WEAK


async def test_an_import_that_is_only_checked_makes_nothing(house: AuthHouse) -> None:
    await house.register("bert")
    rows = [NewUser("anna"), NewUser("bert"), NewUser("c d"), NewUser("dora", password="password")]
    results = (await house.operator.ask(USER_IMPORT, UserImportAsk(rows, check=True))).results
    codes = [None, "auth.username_taken", "auth.username_invalid", "auth.password_weak"]
    assert [(each.code, each.made) for each in results] == [(code, None) for code in codes]
    assert [each.username for each in (await house.operator.ask(USER_LIST, UserListAsk())).items] == ["bert"]
    assert await acts(house) == []


async def test_accounts_are_named_by_username_or_id(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna")
    for user in ("ANNA", anna.account.id):
        assert (await house.operator.ask(USER_END_SESSIONS, UserAsk(user))).id == anna.account.id
    for user in ("nobody", "", "a b"):
        with pytest.raises(Fault) as fault:
            await house.operator.ask(USER_END_SESSIONS, UserAsk(user))
        assert fault.value.code is Code.NOT_FOUND


async def test_the_operator_does_what_administrators_do(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna")
    ask = house.operator.ask
    assert (await ask(USER_CHANGE, UserChangeAsk("anna", admin=True))).admin
    with pytest.raises(Fault) as fault:
        await ask(USER_CHANGE, UserChangeAsk("anna", disabled=True))
    assert fault.value.code is Code.AUTH_LAST_ADMIN
    await ask(USER_CREATE, NewUser("bert", admin=True))
    assert not (await ask(USER_CHANGE, UserChangeAsk("anna", admin=False))).admin
    assert (await ask(USER_CHANGE, UserChangeAsk("anna", disabled=True))).disabled
    assert not await house.holds(anna.access_token)
    assert not (await ask(USER_CHANGE, UserChangeAsk("anna", disabled=False))).disabled
    assert (await ask(USER_RESET_LINK, UserAsk("anna"))).link.startswith("http://localhost:8080/reset#")
    await ask(USER_DELETE, UserDeleteAsk("anna", delete_messages=True))
    assert [each.closed for each in neighbours.retired] == [False, True]
    assert [each.closed for each in (await ask(USER_LIST, UserListAsk())).items] == [False, True]
    assert (await ask(USER_LIST, UserListAsk(query="anna", limit=5000))).items == []
    names = ["grant_admin", "revoke_admin", "disable", "enable", "reset_link", "close"]
    done = [act for act, subject in await acts(house) if subject == anna.account.id]
    assert done == [f"account.{name}" for name in names]


async def test_a_test_letter_is_sent_and_its_address_is_not_written_down(house: AuthHouse) -> None:
    await house.operator.ask(MAIL_TEST, MailTestAsk("me@example.org"))
    assert (await house.letters(1))[0].to == "me@example.org"
    page = await house.operator.ask(AUDIT_TAIL, AuditAsk())
    assert [(row.act, row.detail) for row in page.items] == [("mail.test", {})]
    with pytest.raises(Fault) as fault:
        await house.operator.ask(MAIL_TEST, MailTestAsk("me"))
    assert fault.value.code is Code.AUTH_EMAIL_INVALID


async def test_a_new_key_is_taken_into_use_and_written_down_once(house: AuthHouse) -> None:
    anna = await house.register("anna")
    house.new_key()
    replies = [await house.operator.ask(AUTH_KEYS_REREAD, Nothing(), timeout_s=15) for _ in range(2)]
    assert bytes(replies[1].jwks).count(b'"kid"') == 2
    assert await house.holds(anna.access_token)
    assert [act for act, _ in await acts(house)] == ["keys.rotate"]


async def test_no_service_may_ask_as_the_operator(house: AuthHouse) -> None:
    for name in ("gateway", "chat", "video", "storage", "auth"):
        with pytest.raises(Fault) as fault:
            await house.local.as_caller(name).ask(USER_LIST, UserListAsk())
        assert fault.value.code is Code.FORBIDDEN
