"""JSON schemas are told in words."""

import pytest

from secureconnect.ops.docs.shapes import name_of, shape_of, words_of


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer", "minimum": 1, "maximum": 9.0, "default": 5}, "integer, at least 1, at most 9, default 5"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Head"}}, "list of `Head`"),
        ({"oneOf": [{"type": "string"}, {"type": "null"}], "maxLength": 9}, "string or null, 9 characters at most"),
        ({"anyOf": [{"$ref": "#/x/A"}, {"$ref": "#/x/B"}]}, "`A` or `B`"),
        ({"enum": ["all", "none", None, 3]}, '"all" or "none" or null or 3'),
        ({"const": "v1"}, '"v1"'),
        ({"type": ["object", "null"]}, "object or null"),
        ({}, "any JSON"),
    ],
)  # fmt: skip
def test_types_and_bounds_are_told(schema: dict[str, object], words: str) -> None:
    assert words_of(schema) == words


def test_a_reference_is_named_and_nothing_is_nothing() -> None:
    assert name_of({"$ref": "#/components/schemas/File"}) == "`File`"
    assert name_of({"oneOf": [{"$ref": "#/x/File"}, {}]}) == "`File`"
    assert name_of({}) == ""


def test_a_shape_is_its_sentence_and_its_fields() -> None:
    schema = {
        "description": "A page.\n  Of things.",
        "properties": {"items": {"type": "array", "items": {"type": "string"}}, "next": {"type": "string"}},
        "required": ["items"],
    }
    told = shape_of(schema)
    assert told.startswith("A page. Of things.\n\n| field |")
    assert "| `items` | list of string | yes |" in told
    assert "| `next` | string | no |" in told
    assert shape_of({"type": "string", "description": "A name."}) == "A name.\n\nstring"
