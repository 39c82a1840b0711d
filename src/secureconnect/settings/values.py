"""From a text of the environment, a file or the command line, or a value of the TOML file, to a checked value."""

import math
import re
from typing import cast

import msgspec

from secureconnect.settings.declare import Form
from secureconnect.settings.faults import WrongValue
from secureconnect.settings.fields import PREFIX, Field, Kind
from secureconnect.settings.forms import check_form, holds_password

NUMBER = re.compile(r"-?[0-9]{1,18}")
DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
TEXT_MAX = 4096
ITEMS_MAX = 1000
NONE = "none"
URL_SECRETS: dict[Form | None, str] = {
    "sql_url": "db_password",
    "log_url": "cassandra_password",
    "redis_url": "redis_password",
    "s3_url": "minio_secret_key",
    "livekit_url": "livekit_api_secret",
    "smtp_url": "smtp_password",
}


def parse(field: Field, text: str) -> object:
    """The value that `text` stands for; raises WrongValue. Lists are comma separated or JSON, none is `none`."""
    text = text.strip()
    if not text:
        raise WrongValue("is empty")
    return check(field, _read(field, text))


def check(field: Field, value: object) -> object:
    """`value` when the setting takes it, lists as tuples; raises WrongValue."""
    if value is None or (field.optional and value == NONE):
        if field.optional:
            return None
        raise WrongValue(f"is not {field.expected}")
    if field.kind is Kind.NUMBER or field.kind is Kind.DECIMAL:
        return _number(field, value)
    if field.kind is Kind.SWITCH:
        if isinstance(value, bool):
            return value
        raise WrongValue(f"is not {field.expected}")
    if field.kind is Kind.LIST:
        return _list(field, value)
    return _text(field, value)


def _read(field: Field, text: str) -> object:
    wrong = WrongValue(f"is not {field.expected}")
    if field.kind is Kind.NUMBER:
        if not NUMBER.fullmatch(text):
            raise wrong
        return int(text)
    if field.kind is Kind.DECIMAL:
        if not DECIMAL.fullmatch(text):
            raise wrong
        return float(text)
    if field.kind is Kind.SWITCH:
        return {"true": True, "false": False}.get(text.lower(), text)
    if field.kind is Kind.LIST:
        return _read_list(text)
    return text


def _read_list(text: str) -> object:
    if not text.startswith("["):
        return [item.strip() for item in text.split(",")]
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise WrongValue("begins like a JSON list and is none") from None


def _number(field: Field, value: object) -> int | float:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (field.kind is Kind.DECIMAL and isinstance(value, float)):
        raise WrongValue(f"is not {field.expected}")
    number = cast("int | float", value)
    least, most = cast(float, field.least), cast(float, field.most)
    if not math.isfinite(number) or not least <= number <= most:
        raise WrongValue(f"is not {field.expected}")
    return number if field.kind is Kind.NUMBER else float(number)


def _list(field: Field, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise WrongValue(f"is not {field.expected}")
    items = cast("list[object]", value)
    if len(items) > ITEMS_MAX:
        raise WrongValue(f"has more than {ITEMS_MAX} items")
    found: list[str] = []
    for place, item in enumerate(items, 1):
        try:
            found.append(_text(field, item))
        except WrongValue as fault:
            raise WrongValue(f"has an item (number {place}) that {fault}", fault.fix) from None
    return tuple(found)


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise WrongValue("is not a text" if field.kind is Kind.LIST else f"is not {field.expected}")
    if not value.strip():
        raise WrongValue("is empty")
    if len(value) > TEXT_MAX or not value.isprintable() or value != value.strip():
        raise WrongValue(f"is longer than {TEXT_MAX} characters, or holds control characters or outer blanks")
    if field.choices and value not in field.choices:
        raise WrongValue(f"is not {field.expected}")
    if field.form in URL_SECRETS and holds_password(value):
        secret = URL_SECRETS[field.form]
        raise WrongValue(
            "holds a password",
            f"take it out of the URL and put it into a file that {PREFIX}{secret.upper()}_FILE or the run secret "
            f"{secret} names",
        )
    return check_form(field.form, value) if field.form else value
