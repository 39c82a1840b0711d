"""The outbox: in order, again after each loss, until an answer is final."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, json

from secureconnect.client.faults import ServerFault, TooMuchWaiting
from secureconnect.client.outbox import Outbox, Unsent
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import Envelope
from secureconnect.contracts.frames import MessageSend


def message(client_id: str) -> MessageSend:
    return MessageSend("c", client_id, Envelope(1, "plain", Raw(b'{"text":"hi"}')))


def keys(outbox: Outbox, now_s: float = 0.0) -> list[str]:
    return [entry.key[1] for entry in outbox.due(now_s)]


def test_messages_are_due_once_and_in_the_order_they_were_given() -> None:
    outbox = Outbox()
    for name in "abc":
        outbox.add(message(name), 1)
    assert keys(outbox) == ["a", "b", "c"]
    assert keys(outbox) == []


def test_after_a_loss_all_that_was_not_acknowledged_is_due_again_in_the_same_order() -> None:
    outbox = Outbox()
    entries = [outbox.add(message(name), 1) for name in "abcd"]
    assert keys(outbox) == ["a", "b", "c", "d"]
    outbox.done(entries[1])
    outbox.lost()
    assert keys(outbox) == ["a", "c", "d"]


def test_the_same_message_handed_in_again_is_the_same_entry() -> None:
    outbox = Outbox()
    assert outbox.add(message("a"), 1) is outbox.add(message("a"), 2)
    assert len(outbox) == 1


def test_a_refusal_that_names_a_time_is_waited_for_and_any_other_is_final() -> None:
    outbox = Outbox()
    slow, bad = outbox.add(message("slow"), 1), outbox.add(message("bad"), 1)
    assert keys(outbox) == ["slow", "bad"]
    assert not outbox.refused(slow, ServerFault(Code.FRAME_TOO_FAST, retry_after_ms=1500), 10.0)
    assert outbox.refused(bad, ServerFault(Code.CHAT_BLOCKED), 10.0)
    assert outbox.next_due_s() == 11.5
    assert keys(outbox, 11.4) == []
    assert keys(outbox, 11.5) == ["slow"]
    assert outbox.unsent() == [slow.unsent]


def test_a_server_that_cannot_just_now_is_asked_again() -> None:
    outbox = Outbox()
    entry = outbox.add(message("a"), 1)
    assert keys(outbox) == ["a"]
    assert not outbox.refused(entry, ServerFault(Code.STOPPING), 10.0)
    assert keys(outbox, 11.0) == ["a"]


def test_more_than_the_bound_is_refused_by_name() -> None:
    outbox = Outbox(waiting_max=1)
    outbox.add(message("a"), 1)
    with pytest.raises(TooMuchWaiting):
        outbox.add(message("b"), 1)


def test_what_is_over_its_deadline_goes_out_of_the_box() -> None:
    outbox = Outbox()
    outbox.add(message("old"), 100)
    outbox.add(message("new"), 200)
    assert [entry.key[1] for entry in outbox.expired(150)] == ["old"]
    assert keys(outbox) == ["new"]


def test_what_was_not_acknowledged_survives_being_saved_as_json() -> None:
    outbox = Outbox()
    outbox.add(message("a"), 5)
    assert keys(outbox) == ["a"]
    kept = json.decode(json.encode(outbox.unsent()), type=list[Unsent])
    again = Outbox(kept)
    assert keys(again) == ["a"]
    assert again.unsent() == outbox.unsent()


@settings(max_examples=300, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 30)),
            st.tuples(st.just("ack"), st.integers(0, 30)),
            st.tuples(st.just("slow"), st.integers(0, 30)),
            st.tuples(st.just("lost"), st.just(0)),
        ),
        max_size=80,
    )
)
def test_a_message_is_never_dropped_before_its_answer_and_never_twice_in_flight(steps: list[tuple[str, int]]) -> None:
    outbox = Outbox()
    added: dict[str, bool] = {}
    in_flight: set[str] = set()
    entries = {}
    now_s = 0.0
    for step, number in steps:
        now_s += 1.0
        name = str(number)
        if step == "add" and name not in added:
            entries[name] = outbox.add(message(name), 10**9)
            added[name] = False
        elif step == "ack" and name in in_flight:
            outbox.done(entries[name])
            in_flight.discard(name)
            added[name] = True
        elif step == "slow" and name in in_flight:
            assert not outbox.refused(entries[name], ServerFault(Code.FRAME_TOO_FAST, retry_after_ms=500), now_s)
            in_flight.discard(name)
        elif step == "lost":
            outbox.lost()
            in_flight.clear()
        for due in keys(outbox, now_s):
            assert due not in in_flight
            in_flight.add(due)
    outbox.lost()
    assert keys(outbox, now_s) == [name for name, done in added.items() if not done]
