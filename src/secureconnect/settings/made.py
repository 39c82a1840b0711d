"""The secrets that a first start makes for itself on one machine: files of mode 0600 below `data_dir/secrets`."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from secureconnect.kit.secret import Secret
from secureconnect.settings.schema import SERVICES
from secureconnect.settings.secrets import SECRETS, SecretForm

OPERATOR_KEY = "operator_key"


def make_missing(data_dir: Path, found: Mapping[str, Secret], services: tuple[str, ...]) -> dict[str, Secret]:
    """Make what these services need and nobody gave; what stands is left alone. Returns all secrets, new ones included.

    Raises OSError when the folder cannot be written.
    """
    folder = data_dir / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = dict(found)
    for name in _wanted(services):
        if name not in made:
            key = name not in SECRETS or SECRETS[name].form is SecretForm.KEY
            made[name] = Secret(_kept(folder / name, new_key_pem() if key else secrets.token_urlsafe(32)))
    return made


def new_key_pem() -> str:
    """A fresh private key on P-256, PEM (PKCS #8)."""
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def write_secret(path: Path, text: str) -> None:
    """Put a secret into its file at once or not at all, mode 0600, durable when it returns."""
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _wanted(services: tuple[str, ...]) -> list[str]:
    wanted = [f"service_key_{name}" for name in services] + ["metrics_token", OPERATOR_KEY]
    if "auth" in services:
        wanted.append("jwt_secret")
    if set(services) == set(SERVICES):
        wanted.append("vapid_private_key")
    return wanted


def _kept(path: Path, fresh: str) -> str:
    if path.exists():
        return path.read_text().removesuffix("\n")
    write_secret(path, fresh)
    return fresh
