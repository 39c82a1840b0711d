"""A bounded memory keeps what was used last."""

from secureconnect.backends.log.recent import Recent


def test_what_was_put_in_last_is_known() -> None:
    """At least half of the bound is remembered, never more than the bound."""
    recent: Recent[int, int] = Recent(10)
    recent.update({number: number for number in range(1, 101)})
    known = [number for number in range(1, 101) if number in recent]
    assert set(range(96, 101)) <= set(known)
    assert len(known) <= 10


def test_asking_keeps_an_entry() -> None:
    """What is used over and over is not forgotten for what comes in between."""
    recent: Recent[str, int] = Recent(10)
    recent.put("kept", 1)
    for number in range(100):
        recent.put(str(number), number)
        assert recent.get("kept") == 1


def test_a_dropped_entry_is_forgotten() -> None:
    """Dropping takes an entry from wherever it is kept."""
    recent: Recent[int, int] = Recent(4)
    recent.update({1: 1, 2: 2, 3: 3})
    for number in range(1, 4):
        recent.drop(number)
        assert recent.get(number) is None
