"""Every secret is found where it may stand, refused where it may not, and never shown."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from secureconnect.settings import SECRETS, FaultLine, SecretForm, SecretSpec
from secureconnect.settings.faults import WrongValue
from secureconnect.settings.secrets import usable
from tests.unit.settings.conftest import Faulting, Loading

WRONG = "canary-81f2c0d4\nand a second line"
DOCUMENT = json.dumps({"project_id": "p", "client_email": "a@b", "private_key": "k"})
PRODUCTION = {"profile": "production", "public_url": "https://chat.example.org"}
CANARY = "canary-81f2c0d4"
each = pytest.mark.parametrize("spec", SECRETS.values(), ids=lambda spec: spec.name)
Good = Callable[[SecretSpec], str]


@pytest.fixture
def good(pem: str) -> Good:
    """A usable secret of each form."""
    texts = {SecretForm.KEY: pem, SecretForm.DOCUMENT: DOCUMENT, SecretForm.LINE: f"{CANARY} and more"}
    return lambda spec: texts[spec.form]


def private(path: Path, text: str) -> Path:
    path.touch(0o600)
    path.write_text(text)
    return path


def of(spec: SecretSpec, faults: list[FaultLine]) -> FaultLine:
    assert [fault.setting for fault in faults] == [spec.name], [str(fault) for fault in faults]
    assert CANARY not in str(faults[0])
    assert faults[0].fix
    return faults[0]


@each
def test_a_secret_is_read_from_each_of_its_places(
    spec: SecretSpec, loading: Loading, good: Good, tmp_path: Path, run_secrets: Path, kept: Path
) -> None:
    text = good(spec)
    where: list[str] = []

    def look(environ: dict[str, str] | None = None) -> None:
        loaded = loading(environ=environ)
        assert loaded.secrets[spec.name].matches(text.removesuffix("\n"))
        assert loaded.warnings == []
        where.append(loaded.sources[spec.name])

    private(kept / spec.name, text.removesuffix("\n") + "\n")
    look()
    look({spec.environment: text})
    path = private(tmp_path / "named", text)
    look({f"{spec.environment}_FILE": str(path)})
    (run_secrets / spec.name).write_text(text)
    look()
    assert where == [
        f"data/secrets/{spec.name}",
        f"environment {spec.environment}",
        f"{spec.environment}_FILE = {path}",
        str(run_secrets / spec.name),
    ]


@each
def test_a_secret_that_is_nowhere_is_just_absent(spec: SecretSpec, loading: Loading) -> None:
    loaded = loading()
    assert spec.name not in loaded.secrets
    assert spec.name not in loaded.sources


@each
def test_a_secret_file_that_is_missing_names_setting_and_path(
    spec: SecretSpec, faulting: Faulting, tmp_path: Path
) -> None:
    path = tmp_path / "none"
    fault = of(spec, faulting(environ={f"{spec.environment}_FILE": str(path)}))
    assert str(path) in fault.source
    assert "does not exist" in fault.wrong


@each
def test_a_secret_file_that_cannot_be_read_names_setting_and_path(
    spec: SecretSpec, faulting: Faulting, tmp_path: Path, run_secrets: Path, kept: Path
) -> None:
    fault = of(spec, faulting(environ={f"{spec.environment}_FILE": str(tmp_path)}))
    assert str(tmp_path) in fault.source
    (kept / spec.name).mkdir()
    assert of(spec, faulting()).source == f"data/secrets/{spec.name}"
    (run_secrets / spec.name).symlink_to(tmp_path / "none")
    assert of(spec, faulting()).source == str(run_secrets / spec.name)


@each
@pytest.mark.parametrize("empty", ["", "\n", "  \n", "\r\n"])
def test_an_empty_secret_is_a_fault_wherever_it_stands(
    spec: SecretSpec, empty: str, faulting: Faulting, tmp_path: Path, run_secrets: Path, kept: Path
) -> None:
    assert "empty" in of(spec, faulting(environ={spec.environment: empty})).wrong
    path = private(tmp_path / "named", empty)
    assert "empty" in of(spec, faulting(environ={f"{spec.environment}_FILE": str(path)})).wrong
    private(kept / spec.name, empty)
    assert "empty" in of(spec, faulting()).wrong
    (run_secrets / spec.name).write_text(empty)
    assert "empty" in of(spec, faulting()).wrong


@each
def test_a_variable_that_names_no_file_is_a_fault(spec: SecretSpec, faulting: Faulting) -> None:
    assert "names no file" in of(spec, faulting(environ={f"{spec.environment}_FILE": " "})).wrong


@each
def test_a_wrong_secret_is_a_fault_and_is_not_shown(
    spec: SecretSpec, faulting: Faulting, tmp_path: Path, run_secrets: Path
) -> None:
    of(spec, faulting(environ={spec.environment: WRONG}))
    path = private(tmp_path / "named", WRONG)
    of(spec, faulting(environ={f"{spec.environment}_FILE": str(path)}))
    (run_secrets / spec.name).write_text(WRONG)
    of(spec, faulting())


@each
def test_a_secret_put_where_its_path_belongs_is_not_shown(spec: SecretSpec, faulting: Faulting) -> None:
    fault = of(spec, faulting(environ={f"{spec.environment}_FILE": CANARY}))
    assert "(a path)" in fault.source


@each
def test_one_value_in_two_places_is_fine_and_two_values_are_a_fault(
    spec: SecretSpec, loading: Loading, faulting: Faulting, good: Good, other_pem: str, run_secrets: Path
) -> None:
    others = {SecretForm.KEY: other_pem, SecretForm.DOCUMENT: DOCUMENT + " ", SecretForm.LINE: f"{CANARY} and other"}
    (run_secrets / spec.name).write_text(good(spec) + "\n" * (not good(spec).endswith("\n")))
    assert loading(environ={spec.environment: good(spec)}).sources[spec.name] == str(run_secrets / spec.name)
    fault = of(spec, faulting(environ={spec.environment: others[spec.form]}))
    assert spec.environment in fault.source
    assert str(run_secrets / spec.name) in fault.wrong


@each
def test_what_a_first_start_made_never_conflicts(
    spec: SecretSpec, loading: Loading, good: Good, kept: Path, run_secrets: Path
) -> None:
    private(kept / spec.name, f"made here, another one, {WRONG}")
    (run_secrets / spec.name).write_text(good(spec))
    assert loading().sources[spec.name] == str(run_secrets / spec.name)


@each
def test_production_takes_no_secret_from_the_environment(spec: SecretSpec, faulting: Faulting, good: Good) -> None:
    fault = of(spec, faulting(environ={spec.environment: good(spec)}, overrides=PRODUCTION))
    assert f"{spec.environment}_FILE" in fault.fix


@each
def test_a_file_that_others_may_read_is_a_warning_and_in_production_a_fault(
    spec: SecretSpec, loading: Loading, faulting: Faulting, good: Good, tmp_path: Path, kept: Path
) -> None:
    path = private(tmp_path / "named", good(spec))
    path.chmod(0o644)
    environ = {f"{spec.environment}_FILE": str(path)}
    (warning,) = loading(environ=environ).warnings
    assert f"chmod 600 {path}" in warning
    assert CANARY not in warning
    assert "read by others" in of(spec, faulting(environ=environ, overrides=PRODUCTION)).wrong
    private(kept / spec.name, good(spec)).chmod(0o640)
    assert spec.name in loading().warnings[0]
    assert "read by others" in of(spec, faulting(overrides=PRODUCTION)).wrong


def test_run_secrets_may_be_open_also_when_a_variable_names_them(loading: Loading, run_secrets: Path) -> None:
    (run_secrets / "db_password").write_text("a password")
    (run_secrets / "db_password").chmod(0o444)
    environ = {"SECURECONNECT_DB_PASSWORD_FILE": str(run_secrets / "db_password")}
    assert loading(environ=environ, overrides=PRODUCTION).warnings == []


def test_a_key_of_another_kind_names_the_command_that_makes_one(
    faulting: Faulting, wrong_curve_pem: str, pem: str
) -> None:
    public = pem.replace("PRIVATE", "PUBLIC")
    for text in (wrong_curve_pem, public, "secret-of-old-times-0123456789abcdef", "{}"):
        (fault,) = faulting(environ={"SECURECONNECT_JWT_SECRET": text})
        assert "`secureconnect keys rotate`" in fault.fix
        assert text not in str(fault)


@pytest.mark.parametrize("text", ["[]", "1", "{}", '{"project_id": "p"}', "[" * 60000, "\udcff"])
def test_a_service_account_that_lacks_its_key_is_a_fault(text: str) -> None:
    with pytest.raises(WrongValue):
        usable(SECRETS["firebase_credentials"], text)


def test_one_newline_at_the_end_is_not_part_of_the_secret() -> None:
    spec = SECRETS["db_password"]
    assert usable(spec, " a b \n") == " a b "
    assert usable(spec, "a\r\n") == "a"
    for text in ("a\n\n", "a\rb", "\na", "a\0"):
        with pytest.raises(WrongValue):
            usable(spec, text)


@pytest.mark.parametrize("name", ["metrics_token", "turn_secret"])
def test_a_token_that_is_easily_guessed_is_refused(name: str) -> None:
    with pytest.raises(WrongValue, match="shorter than 16"):
        usable(SECRETS[name], "x" * 15)
    assert usable(SECRETS[name], "x" * 16)


def test_a_folder_of_secrets_that_is_none_is_one_fault(loading: Loading, faulting: Faulting, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    (fault,) = faulting(overrides={"data_dir": "./plain"})
    assert (fault.setting, fault.source) == ("data_dir", "plain/secrets")


def test_each_service_signs_with_a_key_of_its_own() -> None:
    made = {name for name, spec in SECRETS.items() if spec.made}
    services = {f"service_key_{name}" for name in ("gateway", "auth", "chat", "video", "storage")}
    assert made == services | {"jwt_secret", "metrics_token", "vapid_private_key"}
