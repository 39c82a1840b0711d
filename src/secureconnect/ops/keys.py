"""`secureconnect keys`: the services' keys for a split deployment, and a new signing key for access tokens."""

from pathlib import Path

from secureconnect.backends.peers.tokens import public_jwks
from secureconnect.ops.loading import Refusal, refuse
from secureconnect.settings import SERVICES
from secureconnect.settings.made import new_key_pem, write_secret


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
        public.write_bytes(public_jwks(pems) + b"\n")
        public.chmod(0o644)
    except OSError as error:
        return refuse(Refusal(f"the keys cannot be written to {out}: {error.strerror or error}."))
    print(f"{len(SERVICES)} private keys (mode 0600) and service_keys.json are in {out}.")
    print("Give each service its own key as the secret service_key_<name>, and all of them node.service_keys.")
    return 0
