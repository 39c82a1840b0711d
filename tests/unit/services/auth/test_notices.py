"""Letters say what happened, and no failure of mail is ever felt by an act."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from secureconnect.backends.mail.port import Letter
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import SystemClock
from secureconnect.services.auth import notices as module
from secureconnect.services.auth.accounts import new_account
from secureconnect.services.auth.background import Background
from secureconnect.services.auth.metrics import AuthMetrics
from secureconnect.services.auth.notices import Notices
from secureconnect.services.auth.usernames import enforce
from tests.fixtures.auth import auth
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
ANNA = replace(new_account("a", enforce("anna"), "Anna", None, 0), email="anna@example.org", email_verified=True)


class Post:
    """A mail server that takes letters, or refuses the first few."""

    def __init__(self, refuses: int = 0, code: Code = Code.UNAVAILABLE) -> None:
        self.taken: list[Letter] = []
        self.tries = 0
        self._refuses = refuses
        self._code = code

    async def send(self, letter: Letter) -> None:
        """Take it, or not."""
        self.tries += 1
        if self.tries <= self._refuses:
            raise Fault(self._code)
        self.taken.append(letter)

    async def ping(self) -> None:
        """Always there."""


@asynccontextmanager
async def writing(post: Post) -> AsyncGenerator[tuple[Notices, CollectorRegistry]]:
    registry = CollectorRegistry()
    background = Background()
    background.start()
    metrics = AuthMetrics(registry, lambda: 0)
    yield (
        Notices(post, background, SystemClock(), random.Random(1), metrics, "https://c.example", "c.example"),
        registry,
    )
    await background.stop()


async def test_each_letter_is_written_in_text_and_html_with_its_link() -> None:
    post = Post()
    async with writing(post) as (notices, _):
        notices.verify_address("anna@example.org", "anna", "S1", 86_400)
        notices.reset_link("anna@example.org", "anna", "S2", 600)
        notices.new_device(ANNA, "<b>Phone</b> & {{ 7*7 }}")
        notices.password_changed(ANNA)
        notices.address_changed(ANNA, "new@example.org")
        notices.address_changed(ANNA, None)
        await until(lambda: len(post.taken) == 6)
    by_subject = {letter.subject + letter.text[:60]: letter for letter in post.taken}
    assert len(by_subject) == 6 or len(post.taken) == 6
    assert all(letter.to == "anna@example.org" and "anna" in letter.text for letter in post.taken)
    assert all(letter.html.startswith("<!doctype html>") and "</html>" in letter.html for letter in post.taken)
    verify, reset, device = post.taken[:3]
    assert "https://c.example/verify#S1" in verify.text
    assert "24 hours" in verify.html
    assert 'href="https://c.example/reset#S2"' in reset.html
    assert "10 minutes" in reset.text
    assert "<b>Phone</b> & {{ 7*7 }}" in device.text
    assert "&lt;b&gt;Phone&lt;/b&gt; &amp; {{ 7*7 }}" in device.html
    assert "removed from your account" in post.taken[5].text


async def test_only_verified_addresses_are_written_to() -> None:
    post = Post()
    async with writing(post) as (notices, _):
        for account in (replace(ANNA, email=None), replace(ANNA, email_verified=False)):
            notices.new_device(account, "x")
            notices.password_changed(account)
            notices.address_changed(account, None)
        notices.address_changed(ANNA, "anna@example.org")
    assert post.taken == []


async def test_a_letter_that_was_not_taken_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.001)
    post = Post(refuses=3)
    async with writing(post) as (notices, registry):
        notices.password_changed(ANNA)
        await until(lambda: len(post.taken) == 1)
    assert post.tries == 4
    assert registry.get_sample_value("secureconnect_auth_letters_total", {"result": "sent"}) == 1


@pytest.mark.parametrize(("code", "tries"), [(Code.UNAVAILABLE, 5), (Code.AUTH_EMAIL_INVALID, 1)])
async def test_a_letter_that_nobody_takes_is_given_up(code: Code, tries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.001)
    post = Post(refuses=100, code=code)
    async with writing(post) as (notices, registry):
        notices.password_changed(ANNA)
        await until(lambda: post.tries == tries)
        failed = "secureconnect_auth_letters_total"
        await until(lambda: registry.get_sample_value(failed, {"result": "failed"}) == 1)


async def test_acts_succeed_while_there_is_no_mail(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", mail=Post(refuses=10_000)) as house:
        anna = await house.register("anna", email="anna@example.org")
        assert (await house.call("POST", "/v1/auth/password/reset-request", {"username": "anna"})).status_code == 204
        assert await house.holds(anna.access_token)
