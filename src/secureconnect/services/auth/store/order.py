"""The order of lists: newest first, told apart by id within one millisecond."""

from typing import Any, TypeVar

from sqlalchemy import Column, Select, and_, or_

Rows = TypeVar("Rows", bound=tuple[Any, ...])


def newest_first(
    found: Select[Rows], at: Column[int], key: Column[str], below: tuple[int, str] | None, limit: int
) -> Select[Rows]:
    """A page of `found`: at most `limit` rows that come after the one at `below`."""
    if below is not None:
        found = found.where(or_(at < below[0], and_(at == below[0], key < below[1])))
    return found.order_by(at.desc(), key.desc()).limit(limit)
