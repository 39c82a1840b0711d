"""Lists on the command line: a table on a terminal, tab-separated lines elsewhere, JSON when asked for."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

T = TypeVar("T")
Column = tuple[str, Callable[[T], str]]
GAP = 2


def print_list(rows: Sequence[T], columns: Sequence[Column[T]], *, json: bool, none: str) -> None:
    """Print rows; a narrow terminal shows the first columns only. `none` is said on standard error where there are none
    and nobody asked for JSON."""
    if json:
        print(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    elif not rows:
        print(none, file=sys.stderr)
    elif sys.stdout.isatty():
        console = Console(highlight=False)
        cells = [[plain(of(row)) for _, of in columns] for row in rows]
        names = [name for name, _ in columns]
        shown = fitting([names, *cells], console.width)
        table = Table(*names[:shown], box=None, header_style="bold", pad_edge=False)
        for row in cells:
            table.add_row(*(Text(cell, no_wrap=True, overflow="ellipsis") for cell in row[:shown]))
        console.print(table)
    else:
        for row in rows:
            print("\t".join(plain(of(row)) for _, of in columns))


def fitting(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many columns from the left fit a terminal of that width, one at least: the last ones matter least."""
    used = 0
    for at, column in enumerate(zip(*rows, strict=True)):
        used += max(cell_len(cell) for cell in column) + (GAP if at else 0)
        if used > width and at:
            return at
    return len(rows[0])


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
