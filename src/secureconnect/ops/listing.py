"""Lists on the command line: a table on a terminal, tab-separated lines elsewhere, JSON when asked for."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

T = TypeVar("T")
Column = tuple[str, Callable[[T], str]]


def print_list(rows: Sequence[T], columns: Sequence[Column[T]], *, json: bool, none: str) -> None:
    """Print rows; `none` is said on standard error where there are none and nobody asked for JSON."""
    if json:
        print(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    elif not rows:
        print(none, file=sys.stderr)
    elif sys.stdout.isatty():
        table = Table(*(name for name, _ in columns), box=None, header_style="bold", pad_edge=False)
        for row in rows:
            table.add_row(*(Text(plain(of(row))) for _, of in columns))
        Console(highlight=False).print(table)
    else:
        for row in rows:
            print("\t".join(plain(of(row)) for _, of in columns))


def print_json(value: object) -> None:
    """Print one thing as JSON."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def plain(text: str) -> str:
    """A text that somebody wrote, without what would move a terminal's cursor or break a line."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def moment(at_ms: int | None) -> str:
    """A time for people, in UTC; `never` for none."""
    if at_ms is None:
        return "never"
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
