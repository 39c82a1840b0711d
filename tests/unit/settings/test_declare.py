"""A setting's declaration carries its sentence, bounds, unit and form."""

from typing import get_args

import msgspec
import pytest

from secureconnect.settings.declare import FORMS, Form, Section, count, meta, octets, seconds


def test_a_declaration_keeps_all_it_was_given() -> None:
    declared = meta("A sentence.", unit="s", form="host", ge=1, le=2)
    assert declared == msgspec.Meta(description="A sentence.", ge=1, le=2, extra={"unit": "s", "form": "host"})


def test_times_sizes_and_numbers_are_always_bounded() -> None:
    for declared in (seconds("A."), octets("A."), count("A.")):
        assert declared.ge is not None
        assert declared.le is not None


def test_a_section_refuses_what_it_does_not_know() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"x": 1}, Section)


def test_every_form_has_its_words() -> None:
    assert set(get_args(Form)) == set(FORMS)
