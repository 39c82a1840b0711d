"""The secrets: what each is for, where it may stand, and what makes one usable."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import cast

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from secureconnect.kit.secret import Secret
from secureconnect.settings.faults import FaultLine, WrongValue, printable
from secureconnect.settings.fields import PREFIX
from secureconnect.settings.files import names_in, read_named, shown_path
from secureconnect.settings.old_names import OldName
from secureconnect.settings.schema import SERVICES

NEW_KEY = "give a PEM file with a private EC P-256 key; `secureconnect keys rotate` makes one"


class SecretForm(Enum):
    """What the text of a secret must be."""

    KEY = "private EC P-256 key (PEM)"
    DOCUMENT = "JSON document"
    LINE = "one line"


class SecretSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One secret: its name, form, shortest length, whether a first start makes it, and its sentence."""

    name: str
    sentence: str
    form: SecretForm = SecretForm.LINE
    length_min: int = 1
    made: bool = False

    @property
    def environment(self) -> str:
        """Its environment variable; with _FILE behind it, the one that names its file."""
        return PREFIX + self.name.upper()


def _specs() -> list[SecretSpec]:
    key = SecretForm.KEY
    return [
        SecretSpec(name="jwt_secret", form=key, made=True, sentence="Signs the access tokens; auth alone has it."),
        *(
            SecretSpec(name=f"service_key_{name}", form=key, made=True, sentence=f"Signs the calls that {name} makes.")
            for name in SERVICES
        ),
        SecretSpec(
            name="metrics_token", length_min=16, made=True, sentence="The bearer that reads `/metrics` outside."
        ),
        SecretSpec(name="vapid_private_key", form=key, made=True, sentence="Signs Web Push."),
        SecretSpec(name="db_password", sentence="The password of the database in `sql.url`."),
        *(
            SecretSpec(name=f"{name}_db_password", sentence=f"That of the database role of {name}, before db_password.")
            for name in SERVICES
        ),
        SecretSpec(name="cassandra_user", sentence="The user of the event log in `log.url`."),
        SecretSpec(name="cassandra_password", sentence="The password of the event log in `log.url`."),
        SecretSpec(name="redis_password", sentence="The password of `redis.url`."),
        SecretSpec(name="minio_access_key", sentence="The access key of `s3.endpoint`, whatever store that is."),
        SecretSpec(name="minio_secret_key", sentence="The secret key of `s3.endpoint`."),
        SecretSpec(name="livekit_api_key", sentence="The name of the key of `livekit.url`."),
        SecretSpec(name="livekit_api_secret", sentence="The key of `livekit.url`."),
        SecretSpec(name="turn_secret", length_min=16, sentence="Shared with the TURN servers of `turn.urls`."),
        SecretSpec(name="smtp_password", sentence="The password of the user in `smtp.url`."),
        SecretSpec(
            name="firebase_credentials",
            form=SecretForm.DOCUMENT,
            sentence="The service account of `firebase.project_id`.",
        ),
    ]


SECRETS: dict[str, SecretSpec] = {spec.name: spec for spec in _specs()}


class Found(msgspec.Struct):
    """What was found: the secrets, where each stood, what is wrong and what should be said."""

    secrets: dict[str, Secret] = msgspec.field(default_factory=dict[str, Secret])
    sources: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    faults: list[FaultLine] = msgspec.field(default_factory=list[FaultLine])
    warnings: list[str] = msgspec.field(default_factory=list[str])


class Place(msgspec.Struct, frozen=True):
    """One place where a secret was found: its words, and the secret itself or the path of its file."""

    source: str
    text: str
    by_file: bool = True
    private: bool = False


def find_secrets(
    environ: Mapping[str, str], old: list[OldName], run_secrets: Path, data_dir: Path, *, production: bool
) -> Found:
    """Read every secret from the places it may stand in; two places with two values are a fault."""
    found = Found()
    kept = data_dir / "secrets"
    run_names, kept_names = _names("run secrets", run_secrets, found), _names("data_dir", kept, found)
    for spec in SECRETS.values():
        places = _named(spec, environ, old, run_secrets)
        if spec.name in run_names:
            places.append(Place(str(run_secrets / spec.name), str(run_secrets / spec.name)))
        if not places and spec.name in kept_names:
            places = [Place(str(kept / spec.name), str(kept / spec.name), private=True)]
        _settle(spec, places, found, production)
    return found


def usable(spec: SecretSpec, text: str) -> str:
    """The secret without its one trailing newline; raises WrongValue when it is empty or not of its form."""
    text = text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")
    if not text.strip():
        raise WrongValue("is empty", NEW_KEY if spec.form is SecretForm.KEY else "write the secret into it")
    if spec.form is SecretForm.KEY:
        _check_key(text)
    elif spec.form is SecretForm.DOCUMENT:
        _check_document(text)
    elif not text.isprintable():
        raise WrongValue("holds more than one line, or control characters", "write the secret alone, on one line")
    elif len(text) < spec.length_min:
        raise WrongValue(f"is shorter than {spec.length_min} characters", "make a longer one, at random")
    return text


def _names(setting: str, folder: Path, found: Found) -> frozenset[str]:
    try:
        return names_in(folder)
    except WrongValue as fault:
        fix = "make it a folder that the user running this can read"
        found.faults.append(FaultLine(setting, printable(str(folder)), str(fault), fix))
        return frozenset()


def _named(spec: SecretSpec, environ: Mapping[str, str], old: list[OldName], run_secrets: Path) -> list[Place]:
    variables = [(name.variable, name.by_file) for name in old if name.secret and name.now == spec.name]
    variables += [(spec.environment, False), (f"{spec.environment}_FILE", True)]
    places: list[Place] = []
    for variable, by_file in variables:
        text = environ.get(variable)
        if text is None:
            continue
        if by_file:
            private = not Path(text.strip()).absolute().is_relative_to(run_secrets.absolute())
            places.append(Place(f"{variable} = {shown_path(text)}", text, private=private))
        else:
            places.append(Place(f"environment {variable}", text, by_file=False))
    return places


def _settle(spec: SecretSpec, places: list[Place], found: Found, production: bool) -> None:
    """Read all places of one secret, the strongest last, and keep the strongest."""
    seen: list[tuple[str, Secret]] = []
    for place in places:
        try:
            seen.append((place.source, Secret(_read(spec, place, found, production))))
        except WrongValue as fault:
            found.faults.append(FaultLine(spec.name, place.source, str(fault), fault.fix))
    for source, secret in seen[:-1]:
        if secret != seen[-1][1]:
            wrong = f"differs from the one in {seen[-1][0]}"
            found.faults.append(FaultLine(spec.name, source, wrong, "keep one of the two"))
    if seen:
        found.sources[spec.name], found.secrets[spec.name] = seen[-1]


def _read(spec: SecretSpec, place: Place, found: Found, production: bool) -> str:
    if not place.by_file:
        if production:
            fix = f"put it into a file and name that in {spec.environment}_FILE"
            raise WrongValue("is refused in production, where no secret comes from the environment", fix)
        return usable(spec, place.text)
    content = read_named(place.text)
    if place.private and content.open_to_others:
        fix = f"let its owner alone read it: chmod 600 {shown_path(place.text)}"
        if production:
            raise WrongValue("can be read by others", fix)
        found.warnings.append(f"{spec.name} ({place.source}) can be read by others: {fix}.")
    return usable(spec, content.text)


def _check_key(text: str) -> None:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise WrongValue("is no private key in PEM form", NEW_KEY) from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise WrongValue("is a key of another kind", NEW_KEY)


def _check_document(text: str) -> None:
    fix = "give the JSON file that the console makes for a service account, unchanged"
    try:
        document = msgspec.json.decode(text.encode())
    except (ValueError, RecursionError):
        raise WrongValue("is no JSON document", fix) from None
    wanted = {"project_id", "client_email", "private_key"}
    if not isinstance(document, dict) or not wanted <= cast("dict[str, object]", document).keys():
        raise WrongValue(f"lacks one of {', '.join(sorted(wanted))}", fix)
