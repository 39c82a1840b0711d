"""Tracks: each event once and in order, whatever the network does."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from secureconnect.client import tracks as module
from secureconnect.client.tracks import Tracks
from secureconnect.contracts.events import Event

CONVERSATIONS = ("a", "b")


def event(conversation: str, seq: int) -> Event:
    return Event(conversation, seq, f"{conversation}-{seq}", "message", "who", 0, Raw(b"{}"))


def take_all(tracks: Tracks, conversation: str) -> list[int]:
    taken: list[int] = []
    while (one := tracks.take(conversation)) is not None:
        taken.append(one.seq)
    return taken


def read_missing(tracks: Tracks, conversation: str, log: int, limit: int, readable_from: int = 1) -> list[int]:
    """Do what a reader of pages does, against a log of `log` events."""
    taken = take_all(tracks, conversation)
    for _ in range(log + 2):
        after = tracks.missing(conversation)
        if after is None:
            break
        begin = max(after + 1, readable_from)
        end = min(log, begin + limit - 1)
        page = [event(conversation, seq) for seq in range(begin, end + 1)]
        grew = tracks.page(conversation, page, begin, end)
        taken += take_all(tracks, conversation)
        if not grew:
            break
    return taken


@settings(max_examples=300, deadline=None)
@given(
    log=st.integers(1, 40),
    held_max=st.integers(1, 40),
    limit=st.integers(1, 7),
    seed=st.integers(0, 2**32),
    chaos=st.lists(st.tuples(st.sampled_from(CONVERSATIONS), st.integers(1, 40), st.booleans()), max_size=120),
)
def test_any_loss_doubling_and_reordering_ends_with_each_event_once_in_order(
    log: int, held_max: int, limit: int, seed: int, chaos: list[tuple[str, int, bool]]
) -> None:
    usual, module.HELD_MAX = module.HELD_MAX, held_max
    try:
        tracks = Tracks()
        handed: dict[str, list[int]] = {name: [] for name in CONVERSATIONS}
        chance = random.Random(seed)
        for conversation, seq, reads in chaos:
            if seq <= log:
                tracks.live(event(conversation, seq))
            handed[conversation] += take_all(tracks, conversation)
            if reads and chance.random() < 0.5:
                handed[conversation] += read_missing(tracks, conversation, chance.randint(1, log), limit)
        for conversation in CONVERSATIONS:
            tracks.head(conversation, log)
            handed[conversation] += read_missing(tracks, conversation, log, limit)
        assert handed == {name: list(range(1, log + 1)) for name in CONVERSATIONS}
        assert list(tracks.behind()) == []
    finally:
        module.HELD_MAX = usual


def test_events_that_were_handed_on_before_take_no_room_when_they_come_again() -> None:
    usual, module.HELD_MAX = module.HELD_MAX, 3
    try:
        tracks = Tracks({"a": 5})
        for seq in (1, 2, 3, 4, 5, 7, 7, 8):
            tracks.live(event("a", seq))
        tracks.page("a", [event("a", 6)], 6, 6)
        assert take_all(tracks, "a") == [6, 7, 8]
    finally:
        module.HELD_MAX = usual


def test_a_cursor_that_was_kept_is_gone_on_from() -> None:
    tracks = Tracks({"a": 3}, {"a": 6})
    assert tracks.missing("a") == 3
    assert read_missing(tracks, "a", 6, 100) == [4, 5, 6]


def test_what_stands_below_the_first_readable_event_is_passed_over() -> None:
    tracks = Tracks()
    tracks.live(event("a", 9))
    assert read_missing(tracks, "a", 9, 2, readable_from=7) == [7, 8, 9]


def test_a_page_that_lacks_events_inside_its_range_hands_on_nothing_out_of_order() -> None:
    tracks = Tracks()
    tracks.head("a", 3)
    assert tracks.page("a", [event("a", 1), event("a", 3)], 1, 3)
    assert take_all(tracks, "a") == [1]
    assert tracks.missing("a") == 1
    assert not tracks.page("a", [event("a", 3)], 2, 3)


def test_a_conversation_that_is_not_known_begins_where_it_is_told_to() -> None:
    tracks = Tracks({"known": 2})
    assert tracks.start_at("new", 5)
    assert not tracks.start_at("known", 5)
    assert tracks.missing("new") is None
    assert tracks.missing("known") == 2


def test_a_conversation_that_was_left_is_looked_at_once_more_and_keeps_its_cursor() -> None:
    tracks = Tracks({"a": 2})
    tracks.left("a")
    assert list(tracks.behind()) == ["a"]
    assert tracks.missing("a") == 2
    assert tracks.page("a", [event("a", 3)], 3, 3)
    assert take_all(tracks, "a") == [3]
    assert tracks.missing("a") == 3
    assert not tracks.page("a", [], 4, 3)
    tracks.settle("a")
    assert list(tracks.behind()) == []
    assert tracks.cursor("a") == 3


def test_held_events_of_a_settled_conversation_make_room_for_others() -> None:
    usual, module.HELD_MAX = module.HELD_MAX, 2
    try:
        tracks = Tracks()
        tracks.live(event("a", 5))
        tracks.live(event("a", 6))
        tracks.settle("a")
        tracks.live(event("b", 5))
        assert tracks.page("b", [event("b", seq) for seq in range(1, 5)], 1, 4)
        assert take_all(tracks, "b") == [1, 2, 3, 4, 5]
    finally:
        module.HELD_MAX = usual
