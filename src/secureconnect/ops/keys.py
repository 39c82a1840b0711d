"""`secureconnect keys`: the services' keys for a split deployment, and a new signing key for access tokens."""

import os
import sys
from pathlib import Path

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import AUTH_KEYS_REREAD, Nothing
from secureconnect.ops.asking import Source, asked
from secureconnect.ops.loading import Refusal, refuse
from secureconnect.settings import SERVICES, Loaded
from secureconnect.settings.made import new_key_pem, write_secret
from secureconnect.wiring.operating import service_jwks
from secureconnect.wiring.prepare import secret_file

REREAD_S = 30.0


def services(out: Path) -> int:
    """Make a private key for each service and the file of their public keys; what stands is kept."""
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        pems: dict[str, str] = {}
        for name in SERVICES:
            path = out / f"service_key_{name}"
            if not path.exists():
                write_secret(path, new_key_pem())
            pems[name] = path.read_text()
        public = out / "service_keys.json"
        public.write_bytes(service_jwks(pems) + b"\n")
        public.chmod(0o644)
    except OSError as error:
        return refuse(Refusal(f"the keys cannot be written to {out}: {error.strerror or error}."))
    print(f"{len(SERVICES)} private keys (mode 0600) and service_keys.json are in {out}.")
    print("Give each service its own key as the secret service_key_<name>, and all of them node.service_keys.")
    return 0


def rotate(source: Source) -> int:
    """Sign access tokens with a new key from now on; those signed before hold until they expire."""

    async def work(peers: Peers, loaded: Loaded) -> int:
        path = _key_file(loaded)
        try:
            write_secret(path, new_key_pem())
        except OSError as error:
            raise Refusal(
                f"{path} cannot be written ({error.strerror}). Nothing was changed. Put a new key there by the means "
                "that put the present one there; auth takes it up by itself."
            ) from None
        try:
            await peers.ask(AUTH_KEYS_REREAD, Nothing(), timeout_s=REREAD_S)
        except Fault as fault:
            raise Refusal(
                f"the new key stands in {path}, but auth has not taken it up yet ({fault}). Nobody is signed out. "
                "It does so within a minute, or with its next start; `secureconnect audit tail` then shows it."
            ) from None
        print(f"Access tokens are signed with the new key in {path}; nobody was signed out.", file=sys.stderr)
        return 0

    return asked(source, work)


def _key_file(loaded: Loaded) -> Path:
    path = secret_file(loaded, "jwt_secret")
    if path is None:
        where = loaded.sources.get("jwt_secret", "the environment")
        raise Refusal(
            f"the signing key stands in {where}, which cannot be written. Nothing was changed. Put it into a file, "
            "name that in SECURECONNECT_JWT_SECRET_FILE, and start the node anew."
        )
    if path.is_symlink() or not os.access(path.parent, os.W_OK):
        raise Refusal(
            f"{path} cannot be replaced by this user. Nothing was changed. Run this command as the user who runs the "
            "node, or put a new key there by the means that put the present one there; auth takes it up by itself."
        )
    return path
