"""What the tests of the settings share: a loader on folders of their own, and keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from secureconnect.settings import FaultLine, Loaded, SettingsFault, load


class Loading(Protocol):
    """Loads settings in an empty working directory."""

    def __call__(
        self,
        toml: str | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> Loaded: ...


class Faulting(Protocol):
    """Loads settings that cannot be loaded, and hands back why."""

    def __call__(
        self,
        toml: str | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> list[FaultLine]: ...


@pytest.fixture
def run_secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "run-secrets"
    folder.mkdir()
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of the secrets that a first start makes."""
    folder = tmp_path / "data" / "secrets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def loading(tmp_path: Path, run_secrets: Path, monkeypatch: pytest.MonkeyPatch) -> Loading:
    monkeypatch.chdir(tmp_path)

    def run(
        toml: str | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> Loaded:
        if toml is not None:
            Path("secureconnect.toml").write_text(toml, encoding="utf-8")
        return load(None, environ or {}, overrides or {}, run_secrets)

    return run


@pytest.fixture
def faulting(loading: Loading) -> Faulting:
    def run(
        toml: str | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> list[FaultLine]:
        with pytest.raises(SettingsFault) as caught:
            loading(toml, environ, overrides)
        return caught.value.faults

    return run


def _pem(curve: ec.EllipticCurve) -> str:
    key = ec.generate_private_key(curve)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="session")
def pem() -> str:
    return _pem(ec.SECP256R1())


@pytest.fixture(scope="session")
def other_pem() -> str:
    return _pem(ec.SECP256R1())


@pytest.fixture(scope="session")
def wrong_curve_pem() -> str:
    return _pem(ec.SECP384R1())
