"""Drafts carry what the log and the projections need."""

import pytest
from prometheus_client import CollectorRegistry

from secureconnect.contracts.events import CallBody, ConversationBody, DeleteBody, EditBody, Kind, MemberBody
from secureconnect.kit.clock import ManualClock
from secureconnect.kit.ids import Ids
from secureconnect.services.chat.bodies import SentBody
from secureconnect.services.chat.drafts import NOTHING_BESIDE, Drafts, fingerprint
from secureconnect.services.chat.metrics import ChatMetrics
from tests.fixtures.chat_service import caller

ENVELOPE = b'{"v":1}'


@pytest.fixture
def drafts() -> Drafts:
    clock = ManualClock(1_000)
    return Drafts(clock, Ids(clock))


def test_a_message_is_told_from_another_by_envelope_and_body(drafts: Drafts) -> None:
    plain = drafts.message(caller("ann"), "c", "id", ENVELOPE, NOTHING_BESIDE, 3, None)
    same = drafts.message(caller("ann"), "c", "id", ENVELOPE, SentBody(), 4, None)
    other = drafts.message(caller("ann"), "c", "id", ENVELOPE, SentBody(mentions=["ben"]), 3, None)
    assert (plain.body, plain.member_version, plain.device, plain.sent_at) == (b"{}", 3, "ann-1", 1_000)
    assert plain.fingerprint == same.fingerprint != other.fingerprint
    assert plain.event_id != same.event_id
    assert fingerprint(b"a", b"b") != fingerprint(b"ab")


def test_what_points_to_a_message_names_it_as_target(drafts: Drafts) -> None:
    edit = drafts.edit(caller("ann"), "c", "id", ENVELOPE, EditBody("m", message_seq=4), 3)
    gone = drafts.pointing(Kind.DELETE, "ann", None, "c", DeleteBody("m", 4), None)
    assert (edit.target, gone.target) == ("m", "m")
    assert edit.envelope == ENVELOPE
    assert gone.envelope is None


def test_changes_raise_the_membership_version_only_where_they_touch_it(drafts: Drafts) -> None:
    assert drafts.change("ann", "c", MemberBody("ben", "added", "ann"), 3).changes_members
    assert not drafts.change("ann", "c", ConversationBody("ann", "title"), 3).changes_members
    call = drafts.call("ann", "call", "c1.ended", "c", CallBody("c1", "ended", "audio", 5), 3)
    assert (call.client_id, call.kind, call.changes_members) == ("c1.ended", "call", False)


def test_the_figures_begin_at_nothing() -> None:
    registry = CollectorRegistry()
    ChatMetrics(registry).stood([])
    assert registry.get_sample_value("secureconnect_chat_messages_total") == 0
