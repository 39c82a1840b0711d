"""JSON schemas in words: types for cells of tables, and a table of fields for each shape."""

from typing import Any, cast

from secureconnect.ops.docs.page import table

Json = dict[str, Any]
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minLength": "{} characters at least",
    "maxLength": "{} characters at most",
    "minItems": "{} items at least",
    "maxItems": "{} items at most",
    "pattern": "like `{}`",
}


def name_of(schema: Json) -> str:
    """The shape or shapes that a schema refers to; empty where it says nothing."""
    choices = cast("list[Json]", schema.get("oneOf") or schema.get("anyOf") or [])
    if choices:
        return " or ".join(dict.fromkeys(name for one in choices if (name := name_of(one))))
    if "$ref" in schema:
        return f"`{_last(schema)}`"
    return words_of(schema) if schema.get("type") else ""


def shape_of(schema: Json) -> str:
    """A shape as its sentence and the table of its fields."""
    told = _said(schema)
    properties = cast("dict[str, Json]", schema.get("properties") or {})
    if not properties:
        return "\n\n".join(part for part in (told, words_of(schema)) if part)
    required = cast("list[str]", schema.get("required") or [])
    rows = [
        (f"`{name}`", words_of(one), "yes" if name in required else "no", _said(one))
        for name, one in properties.items()
    ]
    fields = table(("field", "type", "required", "what it is"), rows)
    return f"{told}\n\n{fields}" if told else fields


def _said(schema: Json) -> str:
    return " ".join(str(schema.get("description") or "").split())


def words_of(schema: Json) -> str:
    """A type in words, with its bounds."""
    if "$ref" in schema:
        return f"`{_last(schema)}`"
    choices = cast("list[Json]", schema.get("oneOf") or schema.get("anyOf") or [])
    if choices:
        base = " or ".join(dict.fromkeys(words_of(one) for one in choices))
    elif "enum" in schema:
        base = " or ".join(_value(one) for one in cast("list[object]", schema["enum"]))
    elif "const" in schema:
        base = _value(cast("object", schema["const"]))
    elif schema.get("type") == "array":
        base = f"list of {words_of(cast('Json', schema.get('items') or {}))}"
    else:
        kind = cast("str | list[str]", schema.get("type") or "any JSON")
        base = kind if isinstance(kind, str) else " or ".join(kind)
    return ", ".join([base, *_bounds(schema)])


def _value(value: object) -> str:
    return "null" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def _bounds(schema: Json) -> list[str]:
    found = [told.format(_number(schema[name])) for name, told in BOUNDS.items() if schema.get(name) is not None]
    default = schema.get("default")
    return found if default is None else [*found, f"default {_number(default)}"]


def _number(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _last(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
