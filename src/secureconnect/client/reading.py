"""Reading what a server sends: a field that this client does not know yet is passed over."""

from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from secureconnect.client.faults import AnswerUnreadable

T = TypeVar("T")


def read(content: bytes, answer: type[T]) -> T:
    """The answer as its Struct.

    Structs that forbid unknown fields, because requests hold them too, are read without those fields.
    Raises AnswerUnreadable when it is no such answer at all.
    """
    try:
        return msgspec.json.decode(content, type=answer)
    except msgspec.ValidationError:
        pass
    except msgspec.DecodeError as damaged:
        raise AnswerUnreadable(f"{answer.__name__}: {damaged}") from damaged
    try:
        known = _known(msgspec.json.decode(content), inspect.type_info(answer))
        return msgspec.json.decode(msgspec.json.encode(known), type=answer)
    except msgspec.MsgspecError as strange:
        raise AnswerUnreadable(f"{answer.__name__}: {strange}") from strange


def _known(value: object, kind: inspect.Type) -> object:
    if isinstance(kind, inspect.UnionType):
        for one in kind.types:
            value = _known(value, one)
        return value
    if isinstance(kind, inspect.ListType) and isinstance(value, list):
        return [_known(item, kind.item_type) for item in cast("list[object]", value)]
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        held = cast("dict[str, object]", value)
        forbids = kind.cls.__struct_config__.forbid_unknown_fields
        return {
            name: _known(item, fields[name]) if name in fields else item
            for name, item in held.items()
            if name in fields or not forbids
        }
    return value


def names(frame: bytes) -> tuple[str, int | None]:
    """The type and the number of a frame that could not be read otherwise; empty and None where it has none."""
    try:
        held: Any = msgspec.json.decode(frame)
    except msgspec.MsgspecError:
        return "", None
    if not isinstance(held, dict):
        return "", None
    fields = cast("dict[str, object]", held)
    kind, number = fields.get("t"), fields.get("id")
    return (kind if isinstance(kind, str) else ""), (number if isinstance(number, int) else None)
