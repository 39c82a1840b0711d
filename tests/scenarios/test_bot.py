"""The example bot, run as its reader runs it."""

from pathlib import Path

BOT = Path(__file__).parents[2] / "examples" / "echo_bot.py"


def test_the_bot_is_as_short_as_an_example_should_be() -> None:
    assert len(BOT.read_text().splitlines()) < 40
