"""Settings come from six places; the later one wins, and whatever is wrong in any of them is named."""

import difflib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secureconnect.settings import SECRETS, FaultLine, SettingsFault, load
from secureconnect.settings.fields import Field, Kind, fields
from secureconnect.settings.loading import as_text
from tests.unit.settings.conftest import Faulting, Loading

ALL = list(fields().values())
PORT = "chat.port"
VARIABLE = "SECURECONNECT_CHAT__PORT"
WRONG_TEXT: dict[Kind, str] = {
    Kind.NUMBER: "many",
    Kind.DECIMAL: "many",
    Kind.CHOICE: "whatever",
    Kind.LIST: "[",
    Kind.TEXT: "\x1b[2J",
}
each = pytest.mark.parametrize("field", ALL, ids=lambda field: field.name)


def toml(name: str, value: str) -> str:
    section, _, key = name.rpartition(".")
    return f"[{section}]\n{key} = {value}\n" if section else f"{key} = {value}\n"


def one(faults: list[FaultLine]) -> FaultLine:
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def test_the_later_source_wins_and_is_told(loading: Loading, run_secrets: Path, tmp_path: Path) -> None:
    def now(toml: str | None = None, **given: dict[str, str]) -> tuple[int, str]:
        loaded = loading(toml, given.get("environ"), given.get("overrides"))
        return loaded.settings.chat.port, loaded.sources[PORT]

    assert now() == (8082, "default")
    assert now("[chat]\nport = 9001\n") == (9001, "secureconnect.toml")
    environ = {VARIABLE: "9002"}
    assert now(environ=environ) == (9002, f"environment {VARIABLE}")
    named = tmp_path / "port"
    named.write_text("9003\n")
    environ[f"{VARIABLE}_FILE"] = str(named)
    assert now(environ=environ) == (9003, f"{VARIABLE}_FILE = {named}")
    (run_secrets / PORT).write_text("9004\n")
    assert now(environ=environ) == (9004, str(run_secrets / PORT))
    assert now(environ=environ, overrides={PORT: "9005"}) == (9005, "command line")


def test_the_file_that_the_command_line_names_is_read_instead(loading: Loading, tmp_path: Path) -> None:
    loading("[chat]\nport = 9001\n")
    other = tmp_path / "other.toml"
    other.write_text("[chat]\nport = 9002\n")
    assert load(other, {}, {}, tmp_path / "none").settings.chat.port == 9002


@each
def test_a_setting_can_be_given_its_default_from_every_source(field: Field, loading: Loading) -> None:
    text = as_text(field.default)
    quoted = text if field.kind in {Kind.NUMBER, Kind.DECIMAL, Kind.LIST} else f'"{text}"'
    for loaded in (
        loading(toml(field.name, quoted)),
        loading(environ={field.environment: text}),
        loading(overrides={field.name: text}),
    ):
        assert loaded.settings == loading("").settings


@each
@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_setting_is_a_fault_that_names_it(
    field: Field, empty: str, faulting: Faulting, tmp_path: Path
) -> None:
    named = tmp_path / "empty"
    named.write_text(empty)
    for fault in (
        one(faulting(environ={field.environment: empty})),
        one(faulting(environ={f"{field.environment}_FILE": str(named)})),
        one(faulting(overrides={field.name: empty})),
    ):
        assert fault.setting == field.name
        assert "empty" in fault.wrong
        assert "leave it out" in fault.fix


@each
def test_an_empty_text_in_the_toml_file_is_a_fault(field: Field, faulting: Faulting) -> None:
    fault = one(faulting(toml(field.name, '""')))
    assert (fault.setting, fault.source) == (field.name, "secureconnect.toml")


@each
def test_a_value_of_the_wrong_type_is_a_fault_that_says_what_is_expected(field: Field, faulting: Faulting) -> None:
    wrong = WRONG_TEXT[field.kind]
    for fault in (
        one(faulting(environ={field.environment: wrong})),
        one(faulting(toml="", overrides={field.name: wrong})),
        one(faulting(toml(field.name, "2001-01-01"))),
        one(faulting(toml(field.name, "{ a = 1 }"))),
    ):
        assert fault.setting == field.name
        assert fault.wrong
        assert fault.fix
        assert wrong not in str(fault)


@each
def test_a_misspelled_setting_is_a_fault_that_names_the_nearest_right_one(field: Field, faulting: Faulting) -> None:
    name = field.name[:-2] + field.name[-1]
    near = difflib.get_close_matches(name, fields(), n=1)[0]
    fault = one(faulting(overrides={name: "1"}))
    assert (fault.setting, fault.source, fault.fix) == (name, "command line", f"did you mean {near}?")
    fault = one(faulting(toml(name, "1")))
    assert fault.setting == name
    assert "did you mean" in fault.fix
    variable = field.environment[:-2] + field.environment[-1]
    fault = one(faulting(toml="", environ={variable: "1"}))
    assert fault.setting == variable
    assert "did you mean SECURECONNECT_" in fault.fix


@each
def test_a_file_that_is_not_there_or_a_folder_is_a_fault_that_names_it(
    field: Field, faulting: Faulting, tmp_path: Path
) -> None:
    for path, wrong in ((tmp_path / "none", "does not exist"), (tmp_path, "is no ordinary file")):
        fault = one(faulting(environ={f"{field.environment}_FILE": str(path)}))
        assert fault.setting == field.name
        assert str(path) in fault.source
        assert wrong in fault.wrong


@pytest.mark.parametrize(
    ("variable", "right"),
    [
        ("SECURECONNECT_CHAT_MESSAGE_BYTES_MAX", "SECURECONNECT_CHAT__MESSAGE_BYTES_MAX"),
        ("SECURECONNECT_JWT_SECRETS", "SECURECONNECT_JWT_SECRET"),
        ("SECURECONNECT_DATADIR", "SECURECONNECT_DATA_DIR"),
        ("SECURECONNECT_chat__port", "SECURECONNECT_"),
    ],
)
def test_the_usual_slips_are_named(faulting: Faulting, variable: str, right: str) -> None:
    fault = one(faulting(environ={variable: "canary"}))
    assert right in fault.fix or "config docs" in fault.fix
    assert "canary" not in str(fault)


def test_a_misspelled_section_is_named(faulting: Faulting) -> None:
    assert one(faulting("[chatt]\nport = 1\n")).fix == "did you mean chat?"


def test_a_section_is_no_value_and_a_value_no_section(faulting: Faulting) -> None:
    fault = one(faulting("chat = 5\n"))
    assert (fault.setting, fault.wrong) == ("chat", "is a section, not a value")
    assert one(faulting("[chat.port]\nx = 5\n")).setting == "chat.port"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_stands_in_no_settings_file_and_on_no_command_line(name: str, faulting: Faulting) -> None:
    for fault in (one(faulting(toml(name, '"canary"'))), one(faulting("", overrides={name: "canary"}))):
        assert fault.setting == name
        assert f"SECURECONNECT_{name.upper()}_FILE" in fault.fix
        assert "canary" not in str(fault)


def test_what_kubernetes_puts_beside_is_explained(faulting: Faulting) -> None:
    fault = one(faulting(environ={"SECURECONNECT_CHAT_PORT": "tcp://10.0.0.1:8082"}))
    assert "enableServiceLinks" in fault.fix


@pytest.mark.parametrize("text", ["[chat", 'a = "canary', "a = canary", "\x00", "[" * 5000, 'a = "\x01canary"'])
def test_a_file_that_is_no_toml_is_a_fault_that_says_where(faulting: Faulting, text: str) -> None:
    fault = one(faulting(text))
    assert fault.source == "secureconnect.toml"
    assert "is no TOML" in fault.wrong
    assert "canary" not in str(fault)


def test_a_file_named_on_the_command_line_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="does not exist"):
        load(tmp_path / "none.toml", {}, {}, tmp_path)


def test_all_faults_are_named_at_once(faulting: Faulting) -> None:
    faults = faulting(
        "data_dir = 5\nnew = 1\n[chat]\nport = 0\n",
        {"SECURECONNECT_VIDEO__RING_S": "soon", "SECURECONNECT_X": "1"},
        {"limits.scale": "-1", "auth.registraton": "open"},
    )
    assert [fault.setting for fault in faults] == sorted(
        ["data_dir", "new", "chat.port", "video.ring_s", "SECURECONNECT_X", "limits.scale", "auth.registraton"]
    )


def test_a_wrong_value_is_named_also_where_a_later_source_would_win(faulting: Faulting) -> None:
    fault = one(faulting("[chat]\nport = 0\n", {VARIABLE: "9000"}))
    assert fault.source == "secureconnect.toml"


def test_variables_of_others_are_left_alone(loading: Loading) -> None:
    assert loading(environ={"PATH": "", "SECURE": "1", "DB_HOST": "x"}).warnings == []


NAMES = st.sampled_from([field.name for field in ALL]) | st.text(max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.dictionaries(NAMES, st.text(max_size=20), max_size=4), st.dictionaries(NAMES, st.text(max_size=20), max_size=4)
)
def test_whatever_is_given_loads_or_is_a_settings_fault(
    tmp_path: Path, given_names: dict[str, str], overrides: dict[str, str]
) -> None:
    environ = {f"SECURECONNECT_{name.replace('.', '__').upper()}": text for name, text in given_names.items()}
    try:
        load(tmp_path / "none" if overrides else None, environ, overrides, tmp_path / "none")
    except SettingsFault as fault:
        told = [str(line) for line in fault.faults]
        lines = str(fault).splitlines()
    else:
        return
    assert told
    assert lines == told
    assert all(line.isprintable() for line in told)
