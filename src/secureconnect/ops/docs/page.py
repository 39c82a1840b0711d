"""The parts that every reference page is made of."""

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar or line break inside a cell is made harmless."""
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(cell(one) for one in row)} |" for row in rows]
    return "\n".join(lines)


def cell(text: str) -> str:
    """A text as it may stand in a cell."""
    return " ".join(text.replace("|", "\\|").split())


def page(title: str, opening: str, parts: Iterable[str]) -> str:
    """A whole page: its title, what it is about, its parts."""
    return "\n\n".join([f"# {title}", opening.strip(), *parts]) + "\n"
