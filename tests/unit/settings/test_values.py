"""Texts become values, or are refused with a sentence that does not hold them."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from secureconnect.settings.faults import WrongValue
from secureconnect.settings.fields import Field, Kind, fields
from secureconnect.settings.loading import as_text
from secureconnect.settings.values import check, parse

ALL = list(fields().values())
NUMBERS = [field for field in ALL if field.kind is Kind.NUMBER]
SWITCH = Field(
    name="x.on", kind=Kind.SWITCH, optional=False, choices=(), least=None, most=None, default=False, unit="", form=None,
    sentence="A switch.",
)  # fmt: skip
ITEMS = fields()["hosts"]
WORD = fields()["s3.bucket"]
URL = fields()["sql.url"]


@given(st.sampled_from(NUMBERS), st.data())
def test_every_number_within_the_bounds_is_taken_and_every_one_outside_refused(
    field: Field, data: st.DataObject
) -> None:
    least, most = int(field.least or 0), int(field.most or 0)
    inside = data.draw(st.integers(least, most))
    assert parse(field, f" {inside}\n") == inside
    assert check(field, inside) == inside
    outside = data.draw(st.integers(max_value=least - 1) | st.integers(min_value=most + 1))
    for refuse in (lambda: parse(field, str(outside)), lambda: check(field, outside)):
        with pytest.raises(WrongValue):
            refuse()


@given(st.sampled_from(ALL), st.text())
def test_a_text_is_taken_or_refused_and_what_was_taken_reads_back_the_same(field: Field, text: str) -> None:
    try:
        value = parse(field, text)
    except WrongValue:
        return
    assert parse(field, as_text(value)) == value


@given(
    st.sampled_from([*ALL, SWITCH]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_no_value_of_a_settings_file_breaks_the_check(field: Field, value: object) -> None:
    try:
        taken = check(field, value)
    except WrongValue:
        return
    assert check(field, taken) == taken


@given(st.lists(st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,5})?", fullmatch=True), min_size=1, max_size=8))
def test_a_list_reads_the_same_with_commas_and_as_json(names: list[str]) -> None:
    assert parse(ITEMS, ", ".join(names)) == tuple(names)
    assert parse(ITEMS, as_text(tuple(names))) == tuple(names)


def test_the_empty_list_is_written_as_json() -> None:
    assert parse(ITEMS, "[]") == ()


@pytest.mark.parametrize("text", ["a,,b", "a,", "[1]", "[", '["a"', '[["a"]]', '["\\ud800"]', "a," * 2000 + "a"])
def test_a_list_with_a_hole_or_of_other_things_is_refused(text: str) -> None:
    with pytest.raises(WrongValue):
        parse(ITEMS, text)


@pytest.mark.parametrize("text", ["1.0", "1e3", "0x10", "1_000", "+8080", "٨٠٨٠", "8080 8081", "true", "9" * 30])
def test_a_whole_number_is_written_in_plain_digits(text: str) -> None:
    with pytest.raises(WrongValue):
        parse(fields()["chat.port"], text)


@pytest.mark.parametrize("value", [True, "8080", 8080.0, None, [8080], {}])
def test_a_settings_file_must_give_a_number_as_a_number(value: object) -> None:
    with pytest.raises(WrongValue):
        check(fields()["chat.port"], value)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "0", "1e400"])
def test_a_scale_is_finite_and_above_nothing(text: str) -> None:
    with pytest.raises(WrongValue):
        parse(fields()["limits.scale"], text)
    with pytest.raises(WrongValue):
        check(fields()["limits.scale"], float(text) if text != "1e400" else float("inf"))


def test_a_scale_may_be_whole_or_not() -> None:
    assert parse(fields()["limits.scale"], "0.5") == 0.5
    assert check(fields()["limits.scale"], 2) == 2.0


@pytest.mark.parametrize(("text", "value"), [("true", True), ("FALSE", False), ("False", False)])
def test_a_switch_is_true_or_false(text: str, value: bool) -> None:
    assert parse(SWITCH, text) is value
    assert parse(SWITCH, as_text(value)) is value


@pytest.mark.parametrize("text", ["1", "yes", "on", "0", "tru"])
def test_a_switch_is_nothing_else(text: str) -> None:
    with pytest.raises(WrongValue):
        parse(SWITCH, text)


def test_none_stands_for_nothing_where_nothing_is_allowed() -> None:
    assert parse(URL, "none") is None
    assert check(URL, "none") is None
    assert parse(WORD, "none") == "none"


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[2Jb", "a\0b", "a\u202eb", "x" * 5000])
def test_a_text_holds_no_control_characters_and_is_bounded(text: str) -> None:
    with pytest.raises(WrongValue, match="control characters"):
        parse(fields()["data_dir"], text)


def test_a_password_in_a_url_is_refused_and_its_secret_named() -> None:
    with pytest.raises(WrongValue) as caught:
        parse(URL, "postgresql://app:canary@db/chat")
    assert "SECURECONNECT_DB_PASSWORD_FILE" in caught.value.fix
    assert "canary" not in str(caught.value) + caught.value.fix


@given(st.sampled_from(ALL), st.from_regex(r"canary[a-z]{8}[!$%&]", fullmatch=True))
def test_a_refusal_never_repeats_the_value(field: Field, text: str) -> None:
    assume(field.name not in {"data_dir", "node.service_keys"})  # any text is a path
    with pytest.raises(WrongValue) as caught:
        parse(field, text)
    assert "canary" not in str(caught.value) + caught.value.fix
