"""The routes of marks and sync are declared with what they answer; their nouns are proved beside."""

from secureconnect.contracts.errors import Code
from secureconnect.edge.routes import POLICY, RATE, Policy
from secureconnect.services.chat.routes_live import LIVE_ROUTES


def test_every_live_route_is_for_accounts_and_names_its_errors() -> None:
    declared = {
        (method, path): handler for handler in LIVE_ROUTES for path in handler.paths for method in handler.http_methods
    }
    assert set(declared) == {
        ("PUT", "/v1/conversations/{conversation:str}/cursor"),
        ("GET", "/v1/conversations/{conversation:str}/marks"),
        ("GET", "/v1/sync"),
    }
    for handler in declared.values():
        assert handler.opt[POLICY] is Policy.ACCOUNT
        assert handler.opt[RATE] in ("send", "read")
    cursor = declared["PUT", "/v1/conversations/{conversation:str}/cursor"]
    assert cursor.status_code == 204
    assert cursor.responses is not None
    assert Code.CHAT_CURSOR_AHEAD.wire in (cursor.responses[422].description or "")
