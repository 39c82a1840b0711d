"""What signing in is made of starts, answers and stops as one."""

import threading
from pathlib import Path

import pytest

from tests.fixtures.auth import auth

pytestmark = pytest.mark.anyio


async def test_what_auth_answers_other_services_is_one_list_without_repeats(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        names = [each.call.name for each in house.running.calls]
        assert len(set(names)) == len(names)
        assert {"keys", "changes", "accounts", "relations", "blocks"} <= set(names)
        assert {each.call.service for each in house.running.calls} == {"auth"}


async def test_no_thread_of_the_password_pool_is_left_after_the_end(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        await house.register("anna")
        assert any(thread.name.startswith("argon2") for thread in threading.enumerate())
    assert not any(thread.name.startswith("argon2") for thread in threading.enumerate())


async def test_letters_that_wait_are_sent_before_the_end(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        for number in range(5):
            await house.register(f"anna{number}", email=f"anna{number}@example.org")
    assert len(list((tmp_path / "auth" / "mail").glob("*.eml"))) == 5
