"""The secrets of a first start are made once, for their owner alone, durable, and never over what stands."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from secureconnect.kit.secret import Secret
from secureconnect.settings import SECRETS, SERVICES, SecretForm
from secureconnect.settings.made import OPERATOR_KEY, make_missing, new_key_pem, write_secret
from secureconnect.settings.secrets import usable

ALL = {*(f"service_key_{name}" for name in SERVICES), "metrics_token", OPERATOR_KEY, "jwt_secret", "vapid_private_key"}


def revealed(secrets: dict[str, Secret]) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in secrets.items()}


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_all_services_together_get_all_that_is_made_and_it_is_usable(tmp_path: Path) -> None:
    made = make_missing(tmp_path, {}, SERVICES)
    assert made.keys() == ALL
    assert {spec.name for spec in SECRETS.values() if spec.made} == ALL - {OPERATOR_KEY}
    for name, secret in made.items():
        if name in SECRETS:
            usable(SECRETS[name], secret.reveal())
    assert len(set(revealed(made).values())) == len(ALL), "no two are the same"


def test_files_and_folder_are_their_owner_s_alone_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_missing(tmp_path / "data", {}, SERVICES)
    finally:
        os.umask(before)
    folder = tmp_path / "data" / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes(folder) == {0o600}
    assert {path.name for path in folder.iterdir()} == ALL, "nothing is left half made"


def test_what_was_made_stays_at_the_next_start(tmp_path: Path) -> None:
    first = make_missing(tmp_path, {}, SERVICES)
    again = make_missing(tmp_path, {}, SERVICES)
    assert {name: text.rstrip("\n") for name, text in revealed(first).items()} == {
        name: text.rstrip("\n") for name, text in revealed(again).items()
    }


def test_what_was_given_is_left_alone_and_not_written_down(tmp_path: Path) -> None:
    given = {"jwt_secret": Secret("given elsewhere"), "smtp_password": Secret("also")}
    made = make_missing(tmp_path, given, SERVICES)
    assert made["jwt_secret"] is given["jwt_secret"]
    assert made["smtp_password"] is given["smtp_password"]
    assert not (tmp_path / "secrets" / "jwt_secret").exists()


@pytest.mark.parametrize("service", SERVICES)
def test_one_service_alone_gets_its_own_key_and_only_auth_the_key_of_tokens(tmp_path: Path, service: str) -> None:
    made = make_missing(tmp_path, {}, (service,))
    wanted = {f"service_key_{service}", "metrics_token", OPERATOR_KEY}
    assert made.keys() == (wanted | {"jwt_secret"} if service == "auth" else wanted)


def test_a_new_key_is_a_private_key_on_p_256_and_each_is_another(tmp_path: Path) -> None:
    texts = {new_key_pem() for _ in range(3)}
    assert len(texts) == 3
    for text in texts:
        key = load_pem_private_key(text.encode(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        assert isinstance(key.curve, SECP256R1)
        usable(SECRETS["jwt_secret"], text)
    assert SECRETS["jwt_secret"].form is SecretForm.KEY


def test_a_secret_is_replaced_at_once_and_what_a_crash_left_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "token"
    (tmp_path / ".token.new").write_text("half of an old attempt, longer than the new text")
    (tmp_path / ".token.new").chmod(0o644)
    write_secret(path, "first")
    assert (path.read_text(), modes(tmp_path)) == ("first", {0o600})
    write_secret(path, "second")
    assert path.read_text() == "second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["token"]
    assert modes(tmp_path) == {0o600}


def test_a_secret_is_not_written_through_a_link_that_somebody_laid(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("kept")
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / ".token.new").symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        write_secret(folder / "token", "secret")
    assert target.read_text() == "kept"


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file")
    with pytest.raises(OSError, match="exists"):
        make_missing(tmp_path, {}, SERVICES)
