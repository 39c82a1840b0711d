"""Names from before are understood, and the new one is told."""

from pathlib import Path

import pytest

from secureconnect.settings import SECRETS, SecretForm
from secureconnect.settings.old_names import OLD_SECRETS, OLD_SETTINGS
from tests.unit.settings.conftest import Faulting, Loading
from tests.unit.settings.test_secrets import DOCUMENT

GIVEN = {
    "COCKROACH_HOST": ("db.internal", "cockroachdb://db.internal:26257/secureconnect"),
    "MINIO_ENDPOINT": ("minio:9000", "http://minio:9000"),
    "REDIS_HOST": ("cache:6380", "redis://cache:6380/0"),
    "CASSANDRA_HOST": ("log", "cassandra://log:9042/secureconnect"),
    "CASSANDRA_HOSTS": ("a, b:9043", "cassandra://a:9042,b:9043/secureconnect"),
    "FIREBASE_PROJECT_ID": ("my-project", "my-project"),
}


def test_every_old_setting_is_tried() -> None:
    assert set(GIVEN) == set(OLD_SETTINGS)


@pytest.mark.parametrize("old", OLD_SETTINGS)
@pytest.mark.parametrize("ending", ["", "_FILE"])
def test_an_old_setting_means_the_new_one(old: str, ending: str, loading: Loading, tmp_path: Path) -> None:
    given, meant = GIVEN[old]
    now = OLD_SETTINGS[old][0]
    path = tmp_path / "named"
    path.write_text(given + "\n")
    loaded = loading(environ={old + ending: str(path) if ending else given})
    section, _, key = now.partition(".")
    assert getattr(getattr(loaded.settings, section), key) == meant
    assert old + ending in loaded.sources[now]
    new = "SECURECONNECT_" + now.upper().replace(".", "__") + ending
    assert loaded.warnings == [f"{old}{ending} is an old name of {now}: use {new} instead."]


@pytest.mark.parametrize("old", OLD_SETTINGS)
def test_an_old_setting_that_is_empty_or_wrong_names_the_new_one(old: str, faulting: Faulting) -> None:
    for text in (" ", "http://a b/"):
        (fault,) = faulting(environ={old: text})
        assert (fault.setting, fault.source) == (OLD_SETTINGS[old][0], f"environment {old}")


@pytest.mark.parametrize("old", OLD_SECRETS)
@pytest.mark.parametrize("ending", ["", "_FILE"])
def test_an_old_secret_means_the_new_one(old: str, ending: str, loading: Loading, pem: str, tmp_path: Path) -> None:
    now = OLD_SECRETS[old]
    text = {SecretForm.KEY: pem, SecretForm.DOCUMENT: DOCUMENT, SecretForm.LINE: "a-password"}[SECRETS[now].form]
    path = tmp_path / "named"
    path.touch(0o600)
    path.write_text(text)
    loaded = loading(environ={old + ending: str(path) if ending else text})
    assert loaded.secrets[now].matches(text.removesuffix("\n"))
    assert old + ending in loaded.sources[now]
    assert loaded.warnings == [
        f"{old}{ending} is an old name of {now}: use SECURECONNECT_{now.upper()}{ending} instead."
    ]


def test_an_old_signing_key_that_is_no_pem_names_the_command_that_makes_one(faulting: Faulting) -> None:
    (fault,) = faulting(environ={"JWT_SECRET": "canary-of-old-times"})
    assert (fault.setting, fault.source) == ("jwt_secret", "environment JWT_SECRET")
    assert "`secureconnect keys rotate`" in fault.fix
    assert "canary" not in str(fault)


def test_a_new_name_wins_over_an_old_one(loading: Loading) -> None:
    environ = {"REDIS_HOST": "old", "SECURECONNECT_REDIS__URL": "redis://new"}
    assert loading(environ=environ).settings.redis.url == "redis://new"


def test_an_old_secret_that_differs_from_the_new_one_is_a_fault(faulting: Faulting) -> None:
    (fault,) = faulting(environ={"DB_PASSWORD": "canary-a", "SECURECONNECT_DB_PASSWORD": "canary-b"})
    assert (fault.setting, fault.source) == ("db_password", "environment DB_PASSWORD")
    assert "canary" not in str(fault)


def test_an_old_name_wins_over_the_settings_file(loading: Loading) -> None:
    assert loading('[redis]\nurl = "redis://file"\n', {"REDIS_HOST": "old"}).settings.redis.url == "redis://old:6379/0"


def test_an_old_address_with_a_password_is_refused(faulting: Faulting) -> None:
    (fault,) = faulting(environ={"COCKROACH_HOST": "postgresql://a:canary@db/x"})
    assert "holds a password" in fault.wrong
    assert "canary" not in str(fault)
