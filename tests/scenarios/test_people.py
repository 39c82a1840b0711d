"""People: how one is called and seen, contacts, blocks, what others may do, invites, closing an account."""

import pytest

from tests.fixtures.persons import Persons

pytestmark = pytest.mark.anyio


async def test_a_changed_display_name_is_what_others_see(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    changed = await anna.people.change_me(display_name="Anna B.")
    assert changed.display_name == "Anna B."
    assert (await ben.people.get(anna.account_id)).display_name == "Anna B."
