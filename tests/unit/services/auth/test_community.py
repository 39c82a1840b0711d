"""What routes ask for by name is there, and every call of the operator is answered."""

import inspect

import pytest

from secureconnect.contracts import operator
from secureconnect.contracts.peers import AUTH_KEYS_REREAD, AUTH_POLICY, PeerCall
from secureconnect.services.auth import routes_admin, routes_people
from tests.fixtures.auth import AuthHouse

pytestmark = pytest.mark.anyio
GIVEN_BY_THE_EDGE = {"caller", "passage", "data", "request", "browser"}
FROM_THE_REQUEST = {"account", "invite", "ids", "prefix", "cursor", "limit"}
NOUNS = {
    "profile",
    "pictures",
    "people",
    "friends",
    "blocks",
    "invites",
    "closing",
    "administration",
    "audit",
    "overview",
    "policy",
}


def test_the_nouns_that_routes_ask_for_are_the_communitys() -> None:
    asked = {
        name
        for handler in (*routes_people.ROUTES, *routes_admin.ROUTES)
        for name in inspect.signature(handler.fn).parameters
    }
    assert asked - GIVEN_BY_THE_EDGE - FROM_THE_REQUEST == NOUNS


async def test_every_call_of_the_operator_is_answered(house: AuthHouse) -> None:
    calls = {call for call in vars(operator).values() if isinstance(call, PeerCall)}
    assert len(calls) == 9
    assert all(call.callers == {"operator"} and call.service == "auth" for call in calls)
    assert {call.name for call in calls} | {AUTH_POLICY.name, AUTH_KEYS_REREAD.name} <= set(
        house.local.calls_of("auth")
    )
