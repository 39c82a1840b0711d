"""The table of settings is whole and agrees with itself."""

import pytest

from secureconnect.settings.fields import Field, Kind, fields
from secureconnect.settings.values import check

ENDINGS = {
    "_s": "s",
    "_days": "days",
    "_bytes": "bytes",
    "_kib": "KiB",
    "_percent": "%",
    "_length": "characters",
}


@pytest.mark.parametrize("field", fields().values(), ids=lambda field: field.name)
def test_a_default_is_a_value_that_the_setting_takes(field: Field) -> None:
    assert check(field, field.default) == field.default


@pytest.mark.parametrize("field", fields().values(), ids=lambda field: field.name)
def test_a_setting_has_one_sentence(field: Field) -> None:
    assert field.sentence[0].isupper() or field.sentence.startswith("`")
    assert field.sentence.endswith(".")
    assert "\n" not in field.sentence
    assert "|" not in field.sentence


@pytest.mark.parametrize("field", fields().values(), ids=lambda field: field.name)
def test_a_number_is_bounded_and_its_unit_stands_in_its_name(field: Field) -> None:
    if field.kind not in {Kind.NUMBER, Kind.DECIMAL}:
        assert field.unit == ""
        return
    assert field.least is not None
    assert field.most is not None
    stem = field.name.removesuffix("_max").removesuffix("_min")
    assert next((unit for ending, unit in ENDINGS.items() if stem.endswith(ending)), "") == field.unit


def test_the_environment_name_follows_the_dotted_name() -> None:
    assert fields()["chat.message_bytes_max"].environment == "SECURECONNECT_CHAT__MESSAGE_BYTES_MAX"
    assert fields()["data_dir"].environment == "SECURECONNECT_DATA_DIR"
    assert len({field.environment for field in fields().values()}) == len(fields())


def test_what_is_expected_is_said_in_words() -> None:
    assert fields()["auth.access_token_s"].expected == "a whole number from 1 to 600 (s)"
    assert fields()["limits.scale"].expected == "a number from 0.001 to 1000000"
    assert fields()["gateway.trusted_proxies"].expected == "a list, each a network such as 10.0.0.0/8 or fd00::/8"
    assert "invite" in fields()["auth.registration"].expected
