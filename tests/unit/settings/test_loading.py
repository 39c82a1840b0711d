"""Loading gives settings, secrets, sources and warnings, and showing them shows no secret."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.settings import SECRETS, Settings, load, show
from secureconnect.settings.fields import fields
from secureconnect.settings.loading import as_text
from tests.unit.settings.conftest import Loading

CANARY = "canary-7d2e91aa"


def test_without_any_source_the_defaults_hold(loading: Loading) -> None:
    loaded = loading()
    assert loaded.settings == Settings()
    assert loaded.secrets == {}
    assert loaded.warnings == []
    assert loaded.sources == dict.fromkeys(fields(), "default")


def test_every_setting_and_secret_is_shown_with_its_value_and_source(loading: Loading) -> None:
    loaded = loading("hosts = []\n", {"SECURECONNECT_DB_PASSWORD": CANARY}, {"chat.port": "9000"})
    rows = {row.name: (row.value, row.source) for row in show(loaded)}
    assert list(rows) == [*fields(), *SECRETS]
    assert rows["chat.port"] == ("9000", "command line")
    assert rows["hosts"] == ("[]", "secureconnect.toml")
    assert rows["sql.url"] == ("none", "default")
    assert rows["limits.scale"] == ("1", "default")
    assert rows["db_password"] == ("[secret]", "environment SECURECONNECT_DB_PASSWORD")
    assert rows["redis_password"] == ("none", "nowhere")


def test_nothing_that_prints_what_was_loaded_prints_a_secret(loading: Loading) -> None:
    loaded = loading(environ={"SECURECONNECT_DB_PASSWORD": CANARY, "REDIS_PASSWORD": CANARY})
    printed = f"{loaded} {loaded!r} {show(loaded)} {loaded.warnings} {loaded.sources}"
    assert CANARY not in printed
    with pytest.raises(TypeError):
        msgspec.json.encode(loaded)


def test_loading_writes_nothing(loading: Loading, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    loading()
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_shown_can_be_given_back(loading: Loading, tmp_path: Path) -> None:
    loaded = loading(overrides={"hosts": "a,b", "limits.scale": "0.25", "sql.url": "postgresql://db/x"})
    environ = {fields()[row.name].environment: row.value for row in show(loaded) if row.name in fields()}
    assert load(None, environ, {}, tmp_path / "none").settings == loaded.settings


@given(st.one_of(st.booleans(), st.integers(), st.none(), st.lists(st.text()).map(tuple)))
def test_a_value_is_shown_on_one_line(value: object) -> None:
    assert "\n" not in as_text(value)


def test_a_switch_is_shown_as_it_is_written() -> None:
    assert (as_text(True), as_text(False), as_text(0.5), as_text("x")) == ("true", "false", "0.5", "x")
