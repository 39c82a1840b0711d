"""The audit tells acts, newest first, and none whose transaction failed."""

import pytest
from sqlalchemy import Connection

from secureconnect.kit.ids import Ids
from secureconnect.services.auth.audit import Act, Audit
from tests.fixtures.auth import AuthHouse

pytestmark = pytest.mark.anyio


async def test_acts_come_newest_first_and_page(house: AuthHouse) -> None:
    audit = Audit(house.sql, Ids(house.clock))
    for at_ms in (1, 2, 2, 3):
        await house.sql.write(audit.record, at_ms, "a", Act.POLICY_CHANGE, None, before="open", now="closed")
    first = await audit.page(None, 2)
    rest = await audit.page(first.next_cursor, 2)
    assert [row.at for row in (*first.items, *rest.items)] == [3, 2, 2, 1]
    assert len({row.id for row in (*first.items, *rest.items)}) == 4
    assert rest.next_cursor is None
    assert (first.items[0].act, first.items[0].detail) == ("policy.change", {"before": "open", "now": "closed"})


async def test_an_act_that_failed_was_never_written(house: AuthHouse) -> None:
    audit = Audit(house.sql, Ids(house.clock))

    def fails(connection: Connection) -> None:
        audit.record(connection, 1, "a", Act.ACCOUNT_CLOSE, "b")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await house.sql.write(fails)
    assert (await audit.page(None, 10)).items == []
