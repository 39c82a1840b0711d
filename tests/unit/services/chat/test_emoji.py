"""One emoji is one, however many code points it is made of."""

import pytest

from secureconnect.services.chat.emoji import is_one_emoji


@pytest.mark.parametrize(
    "text", ["👍", "❤️", "❤", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇨🇭", "1️⃣", "#⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "☕", "🫠", "⭐", "🧑🏿‍🦽‍➡️", "🅰️"]
)
def test_these_are_one(text: str) -> None:
    assert is_one_emoji(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "1", "👍👍", "👍 ", " 👍", "👍a", "ok", "\u200d", "🇨", "\ufe0f", "👍\n", "<b>", "👨‍" * 20, "é"],
)
def test_these_are_not(text: str) -> None:
    assert not is_one_emoji(text)
