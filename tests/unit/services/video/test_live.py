"""The live calls as a node knows them: newest version wins, what ended stays ended."""

from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from secureconnect.services.video import call_state
from secureconnect.services.video.live import LiveCalls
from secureconnect.services.video.metrics import VideoMetrics
from tests.unit.services.video.test_call_state import NOW, RULES, answered, direct


def live_calls() -> LiveCalls:
    return LiveCalls(VideoMetrics(CollectorRegistry()))


def test_an_older_version_does_not_replace_a_newer() -> None:
    live = live_calls()
    assert live.put(replace(answered(), version=2))
    assert not live.put(direct())
    found = live.get("call")
    assert found is not None
    assert found.call.version == 2


def test_what_ended_does_not_come_back() -> None:
    live = live_calls()
    live.put(direct())
    assert live.put(replace(call_state.decline(direct(), "ben", NOW), version=2))
    assert live.get("call") is None
    assert not live.put(direct())
    assert list(live) == []


def test_members_stay_known_until_they_are_others() -> None:
    live = live_calls()
    live.put(direct(), ["ann", "ben"])
    live.put(replace(answered(), version=2))
    found = live.get("call")
    assert found is not None
    assert found.members == ["ann", "ben"]
    live.forget_members("ab")
    assert found.members is None


def test_the_first_deadline_is_known_and_leases_move_it() -> None:
    live = live_calls()
    assert live.next_deadline() is None
    live.put(call_state.lose(answered(), "ben", "ben-1", NOW, RULES))
    assert live.next_deadline() == NOW + 15_000
    assert live.due(NOW + 14_999) == []
    assert [call.id for call in live.due(NOW + 15_000)] == ["call"]
    live.put(call_state.resume(answered(), "ben", "ben-1", NOW, RULES))
    live.renewed({"ann-1", "ben-1"}, NOW + 99_000)
    assert live.next_deadline() == NOW + 99_000


def test_it_tells_whom_a_call_rings_and_where_a_device_is() -> None:
    live = live_calls()
    live.put(direct())
    assert live.rings("call", "ben")
    assert not live.rings("call", "ann")
    assert [call.id for call, _ in live.of_device("ann", "ann-1")] == ["call"]
    assert live.of_device("ben", "ben-1") == []
