"""An address is the account's own once its link was followed, and the one before it is told."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.services.auth.emails import EmailCheck, Emails
from secureconnect.services.auth.store import accounts as store
from secureconnect.services.auth.store.accounts import AccountRow
from tests.fixtures.auth import LIMITS, AuthHouse, auth, problem

pytestmark = pytest.mark.anyio


async def row_of(house: AuthHouse, account: str) -> AccountRow:
    row = await house.sql.read(store.by_id, account)
    assert row is not None
    return row


async def verify(house: AuthHouse, secret: str) -> tuple[int, str]:
    answer = await house.call("POST", "/v1/auth/email/verify", {"secret": secret})
    return (204, "") if answer.status_code == 204 else problem(answer)


async def ask_change(house: AuthHouse, account: str, email: str) -> str:
    """Let an address wait as the profile does; the secret of its link."""
    emails = Emails(None, house.clock, lambda count: email.encode().ljust(count, b"x")[:count], LIMITS, None)  # type: ignore[arg-type]  # neither is asked here
    check: EmailCheck = emails.new_check(account, email)
    await house.sql.write(emails.keep_check, check)
    return check.secret


async def test_an_address_waits_until_its_link_is_followed_once(house: AuthHouse) -> None:
    anna = await house.register("anna", email="Anna@Example.org")
    before = await row_of(house, anna.account.id)
    assert (before.email, before.email_verified, before.pending_email) == (None, False, "Anna@example.org")
    letter = (await house.letters(1))[0]
    assert letter.to == "Anna@example.org"
    assert f"http://localhost:8080/verify#{letter.secret}" in letter.html
    assert await verify(house, letter.secret) == (204, "")
    after = await row_of(house, anna.account.id)
    assert (after.email, after.email_verified, after.pending_email) == ("Anna@example.org", True, None)
    assert await verify(house, letter.secret) == (403, "auth.secret_invalid")
    assert ("profile", anna.account.id) in [(each.kind, each.account) for each in await house.changes()]


async def test_a_new_address_counts_only_when_followed_and_the_old_one_is_told(house: AuthHouse) -> None:
    anna = await house.verified("anna", "old@example.org")
    secret = await ask_change(house, anna.account.id, "new@example.org")
    assert (await row_of(house, anna.account.id)).mail_to == "old@example.org"
    assert await verify(house, secret) == (204, "")
    assert (await row_of(house, anna.account.id)).mail_to == "new@example.org"
    letter = (await house.letters(2))[-1]
    assert (letter.to, letter.subject.partition(" (")[0]) == ("old@example.org", "Your address was changed")


async def test_a_later_link_ends_the_earlier_one(house: AuthHouse) -> None:
    anna = await house.register("anna")
    first = await ask_change(house, anna.account.id, "one@example.org")
    second = await ask_change(house, anna.account.id, "two@example.org")
    assert await verify(house, first) == (403, "auth.secret_invalid")
    assert await verify(house, second) == (204, "")


async def test_a_removed_address_leaves_no_link_behind(house: AuthHouse) -> None:
    anna = await house.verified("anna", "anna@example.org")
    secret = await ask_change(house, anna.account.id, "new@example.org")
    emails = Emails(None, house.clock, bytes, LIMITS, None)  # type: ignore[arg-type]  # neither is asked here
    await house.sql.write(emails.drop, anna.account.id)
    assert await verify(house, secret) == (403, "auth.secret_invalid")
    row = await row_of(house, anna.account.id)
    assert (row.email, row.email_key, row.email_verified, row.pending_email) == (None, None, False, None)


async def test_the_link_ends_after_a_day_and_with_the_account(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock) as house:
        anna = await house.register("anna", email="anna@example.org")
        secret = (await house.letters(1))[0].secret
        clock.advance_s(86_401)
        assert await verify(house, secret) == (403, "auth.secret_invalid")
        other = await ask_change(house, anna.account.id, "anna@example.org")

        def close(connection: Connection) -> None:
            connection.exec_driver_sql("UPDATE accounts SET closed_at = 1")

        await house.sql.write(close)
        assert await verify(house, other) == (403, "auth.secret_invalid")


async def test_two_people_may_have_one_address(house: AuthHouse) -> None:
    await house.verified("anna", "both@example.org")
    await house.verified("berta", "both@example.org")
    found = await house.sql.read(store.by_email, "both@example.org")
    assert sorted(row.username for row in found) == ["anna", "berta"]
