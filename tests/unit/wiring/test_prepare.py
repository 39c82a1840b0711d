"""Before a node is built its folder is held, its secrets are made, and what is rotated is read anew."""

import stat
import sys
from functools import partial
from pathlib import Path

import pytest

from secureconnect.backends.peers.tokens import public_jwks, public_key_pem
from secureconnect.kit.lock import FolderLocked, holder_of_folder
from secureconnect.settings import SERVICES, Loaded, SettingsFault, load
from secureconnect.settings.made import new_key_pem, write_secret
from secureconnect.wiring.prepare import (
    file_system_of,
    fresh_secret,
    plans,
    prepare,
    secret_file,
    service_keys,
    waiting_migrations,
)


def loaded(folder: Path, settings: dict[str, str] | None = None, environ: dict[str, str] | None = None) -> Loaded:
    return load(None, environ or {}, {"data_dir": str(folder / "data"), **(settings or {})}, folder / "run")


def test_a_first_start_makes_what_it_needs_for_its_owner_alone(tmp_path: Path) -> None:
    prepared = prepare(loaded(tmp_path))
    try:
        assert stat.S_IMODE(prepared.data_dir.stat().st_mode) == 0o700
        assert {"jwt_secret", "metrics_token", "operator_key", "service_key_chat"} <= prepared.secrets.keys()
        assert set(prepared.migrated.names) == {"auth", "chat", "log", "storage", "video"}
        assert waiting_migrations(prepared.data_dir) == []
        with pytest.raises(FolderLocked):
            prepare(loaded(tmp_path))
    finally:
        prepared.lock.release()
    again = prepare(loaded(tmp_path))
    again.lock.release()
    assert again.incarnation == prepared.incarnation
    assert again.migrated.names == ()
    assert again.secrets["jwt_secret"].reveal() == prepared.secrets["jwt_secret"].reveal().strip()


def test_without_migrating_nothing_is_made_of_the_databases(tmp_path: Path) -> None:
    prepared = prepare(loaded(tmp_path), migrate=False)
    prepared.lock.release()
    assert not (prepared.data_dir / "auth.db").exists()
    assert waiting_migrations(prepared.data_dir) == ["log", "auth", "chat", "video", "storage"]


def test_what_is_wrong_is_told_and_nothing_is_held(tmp_path: Path) -> None:
    wrong = loaded(tmp_path, {"redis.url": "redis://localhost:6379/0", "turn.urls": "turn:turn.example.org"})
    with pytest.raises(SettingsFault) as refused:
        prepare(wrong)
    assert {fault.setting for fault in refused.value.faults} == {"redis.url", "turn_secret"}
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "auth.db").write_bytes(b"no database " * 100)
    with pytest.raises(Exception, match="not a database"):
        prepare(loaded(tmp_path))
    assert holder_of_folder(tmp_path / "data") is None


def test_one_service_alone_gets_its_own_database_and_key(tmp_path: Path) -> None:
    prepared = prepare(loaded(tmp_path), ("storage",))
    prepared.lock.release()
    assert [plan.name for plan in plans(prepared.data_dir, ("storage",))] == ["storage"]
    assert prepared.secrets.keys() == {"service_key_storage", "metrics_token", "operator_key"}


def test_services_know_each_other_by_the_file_of_their_keys(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("no keys")
    prepared = prepare(loaded(tmp_path, {"node.service_keys": str(keys)}))
    prepared.lock.release()
    with pytest.raises(SettingsFault, match="no JWK set"):
        service_keys(prepared)
    prepared = prepare(loaded(tmp_path))
    prepared.lock.release()
    assert service_keys(prepared).keys() == {"operator", *SERVICES}


def test_a_secret_of_this_machine_is_read_anew_on_the_first_start_and_on_later_ones(tmp_path: Path) -> None:
    for _ in range(2):
        prepared = prepare(loaded(tmp_path))
        prepared.lock.release()
        path = prepared.data_dir / "secrets" / "jwt_secret"
        assert secret_file(prepared.loaded, "jwt_secret") == path
        fresh = new_key_pem()
        write_secret(path, fresh)
        assert fresh_secret(prepared, "jwt_secret") == fresh.removesuffix("\n")


def test_a_secret_that_was_given_by_file_is_read_anew_and_a_wrong_one_is_passed_over(tmp_path: Path) -> None:
    given = tmp_path / "given"
    write_secret(given, new_key_pem())
    prepared = prepare(loaded(tmp_path, environ={"SECURECONNECT_JWT_SECRET_FILE": str(given)}))
    prepared.lock.release()
    assert secret_file(prepared.loaded, "jwt_secret") == given
    fresh = new_key_pem()
    write_secret(given, fresh)
    assert fresh_secret(prepared, "jwt_secret") == fresh.removesuffix("\n")
    given.write_text("no key")
    assert fresh_secret(prepared, "jwt_secret") == prepared.secrets["jwt_secret"].reveal()


def test_a_secret_of_the_environment_stays_and_one_that_is_nowhere_is_none(tmp_path: Path) -> None:
    prepared = prepare(loaded(tmp_path, environ={"SECURECONNECT_METRICS_TOKEN": "a token that is long enough"}))
    prepared.lock.release()
    assert secret_file(prepared.loaded, "metrics_token") is None
    assert fresh_secret(prepared, "metrics_token") == "a token that is long enough"
    assert fresh_secret(prepared, "turn_secret") is None


def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/a / ext4 rw 0 0\nhost:/x /mnt/my\\040share nfs4 rw 0 0\n/dev/b /mnt/local xfs rw 0 0\n")
    assert file_system_of(Path("/mnt/my share/data"), mounts) == "nfs4"
    assert file_system_of(Path("/mnt/local"), mounts) == "xfs"
    assert file_system_of(Path("/mnt/locally"), mounts) == "ext4"
    assert file_system_of(Path("/"), tmp_path / "none") is None


def test_a_folder_on_a_network_file_system_is_refused_also_behind_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (tmp_path / "data").symlink_to(share)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nhost:/x {share} nfs4 rw 0 0\n")
    module = sys.modules[prepare.__module__]
    monkeypatch.setattr(module, "file_system_of", partial(file_system_of, mounts=mounts))
    with pytest.raises(SettingsFault) as refused:
        prepare(loaded(tmp_path))
    (fault,) = refused.value.faults
    assert (fault.setting, "nfs4" in fault.wrong) == ("data_dir", True)
    assert list(share.iterdir()) == []


def test_secrets_that_were_made_are_files_of_their_owner_alone(tmp_path: Path) -> None:
    prepared = prepare(loaded(tmp_path), migrate=False)
    prepared.lock.release()
    made = list((prepared.data_dir / "secrets").iterdir())
    assert len(made) == 9
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert stat.S_IMODE((prepared.data_dir / "incarnation").stat().st_mode) == 0o600


def test_a_named_file_of_keys_stands_beside_the_keys_of_this_folder(tmp_path: Path) -> None:
    other = new_key_pem()
    keys = tmp_path / "keys.json"
    keys.write_bytes(public_jwks({"chat": other}))
    prepared = prepare(loaded(tmp_path, {"node.service_keys": str(keys)}), ("auth",), migrate=False)
    prepared.lock.release()
    found = service_keys(prepared)
    assert found.keys() == {"operator", "auth", "chat"}
    assert found["chat"] == public_key_pem(other)


@pytest.mark.parametrize(
    "content",
    [None, "", "[]", "{}", '{"keys": 5}', '{"keys": [5]}', '{"keys": [{}]}', '{"keys": [{"kty": "EC"}]}', "\x00"],
)
def test_a_file_of_keys_that_is_none_is_one_fault_of_its_setting(tmp_path: Path, content: str | None) -> None:
    keys = tmp_path / "keys.json"
    if content is not None:
        keys.write_text(content)
    prepared = prepare(loaded(tmp_path, {"node.service_keys": str(keys)}), ("auth",), migrate=False)
    prepared.lock.release()
    with pytest.raises(SettingsFault) as refused:
        service_keys(prepared)
    (fault,) = refused.value.faults
    assert fault.setting == "node.service_keys"
    assert str(keys) in fault.wrong
