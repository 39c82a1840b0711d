"""What a first start makes is for its owner alone, written at once or not at all, and never made twice."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from secureconnect.kit.secret import Secret
from secureconnect.settings import SERVICES
from secureconnect.settings.made import OPERATOR_KEY, make_missing, new_key_pem, write_secret


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "secrets").iterdir()}


def test_the_whole_product_gets_all_that_it_signs_with(tmp_path: Path) -> None:
    made = make_missing(tmp_path, {}, SERVICES)
    wanted = {f"service_key_{name}" for name in SERVICES} | {"metrics_token", OPERATOR_KEY, "jwt_secret"}
    assert names(tmp_path) == made.keys() == wanted | {"vapid_private_key"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "secrets").iterdir())
    load_pem_private_key(made["jwt_secret"].reveal().encode(), None)


def test_one_service_alone_gets_no_more_than_its_own(tmp_path: Path) -> None:
    make_missing(tmp_path, {}, ("chat",))
    assert names(tmp_path) == {"service_key_chat", "metrics_token", OPERATOR_KEY}


def test_what_was_given_or_stands_is_left_alone(tmp_path: Path) -> None:
    given = {"jwt_secret": Secret("given")}
    first = make_missing(tmp_path, given, ("auth",))
    assert first["jwt_secret"].reveal() == "given"
    assert "jwt_secret" not in names(tmp_path)
    second = make_missing(tmp_path, given, ("auth",))
    assert second["metrics_token"] == first["metrics_token"]


def test_a_secret_replaces_the_earlier_one_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("old")
    path.chmod(0o644)
    write_secret(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".key.new").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        write_secret(tmp_path / "key", "new")
    assert not (tmp_path / "elsewhere").exists()


def test_each_key_is_a_new_one() -> None:
    assert new_key_pem() != new_key_pem()
