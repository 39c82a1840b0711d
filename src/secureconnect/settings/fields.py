"""The settings as a flat table, read from the Structs, so that no second list of them exists."""

from enum import Enum
from functools import cache
from typing import cast

import msgspec
from msgspec import inspect

from secureconnect.settings.declare import FORMS, Form
from secureconnect.settings.schema import Settings

PREFIX = "SECURECONNECT_"
FIRST = ("host", "port", "inner_host", "inner_port", "urls", "inner_urls")


class Kind(Enum):
    """What a setting's value is."""

    TEXT = "text"
    CHOICE = "choice"
    SWITCH = "true or false"
    NUMBER = "whole number"
    DECIMAL = "number"
    LIST = "list"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: its dotted name, what it takes and what it means."""

    name: str
    kind: Kind
    optional: bool
    choices: tuple[str, ...]
    least: float | None
    most: float | None
    default: object
    unit: str
    form: Form | None
    sentence: str

    @property
    def environment(self) -> str:
        """The name of its environment variable."""
        return PREFIX + self.name.replace(".", "__").upper()

    @property
    def expected(self) -> str:
        """What it takes, in a few words: "a whole number from 1 to 600 (s)"."""
        if self.kind is Kind.CHOICE:
            return "one of " + ", ".join(self.choices)
        if self.kind is Kind.NUMBER or self.kind is Kind.DECIMAL:
            unit = f" ({self.unit})" if self.unit else ""
            return f"a {self.kind.value} from {self.least:.15g} to {self.most:.15g}{unit}"
        if self.kind is Kind.SWITCH:
            return self.kind.value
        words = FORMS[self.form] if self.form else "a text"
        return f"a list, each {words}" if self.kind is Kind.LIST else words


@cache
def fields() -> dict[str, Field]:
    """Every setting by its dotted name, in the order of the Structs."""
    return {field.name: field for field in _walk(Settings, "")}


def _walk(struct: type[msgspec.Struct], prefix: str) -> list[Field]:
    found: list[Field] = []
    members = cast(inspect.StructType, inspect.type_info(struct)).fields
    for member in sorted(members, key=lambda one: FIRST.index(one.name) if one.name in FIRST else len(FIRST)):
        if isinstance(member.type, inspect.StructType):
            found += _walk(member.type.cls, f"{prefix}{member.name}.")
        else:
            found.append(_field(prefix + member.name, member))
    return found


def _field(name: str, member: inspect.Field) -> Field:
    kind_of, described, extra = _unwrap(member.type)
    optional = isinstance(kind_of, inspect.UnionType)
    if isinstance(kind_of, inspect.UnionType):
        kind_of = next(one for one in kind_of.types if not isinstance(one, inspect.NoneType))
    number = kind_of if isinstance(kind_of, inspect.IntType | inspect.FloatType) else None
    return Field(
        name=name,
        kind=_kind(kind_of),
        optional=optional,
        choices=tuple(sorted(str(one) for one in kind_of.values)) if isinstance(kind_of, inspect.LiteralType) else (),
        least=number.ge if number else None,
        most=number.le if number else None,
        default=member.default,
        unit=str(extra["unit"]),
        form=cast("Form | None", extra["form"]),
        sentence=described,
    )


def _unwrap(kind_of: inspect.Type) -> tuple[inspect.Type, str, dict[str, object]]:
    if not isinstance(kind_of, inspect.Metadata):
        raise TypeError("a setting is declared with declare.meta()")
    described = cast("dict[str, object]", kind_of.extra_json_schema)  # pyright: ignore[reportUnknownMemberType]  bare dict
    extra = cast("dict[str, object]", kind_of.extra)  # pyright: ignore[reportUnknownMemberType]  bare dict
    return kind_of.type, str(described["description"]), extra


def _kind(kind_of: inspect.Type) -> Kind:
    kinds: dict[type[inspect.Type], Kind] = {
        inspect.StrType: Kind.TEXT,
        inspect.LiteralType: Kind.CHOICE,
        inspect.BoolType: Kind.SWITCH,
        inspect.IntType: Kind.NUMBER,
        inspect.FloatType: Kind.DECIMAL,
        inspect.VarTupleType: Kind.LIST,
    }
    return kinds[type(kind_of)]
