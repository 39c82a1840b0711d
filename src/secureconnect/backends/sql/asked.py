"""What was asked of a database, and what became of it, on the way between the event loop and a database thread."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

Outcome = tuple[Future[Any], Any, BaseException | None]
"""A caller's future, the value it gets, or else the error."""


class Asked:
    """A piece of work and who waits for it."""

    __slots__ = ("args", "future", "kwargs", "work")

    def __init__(
        self,
        future: Future[Any],
        work: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.future = future
        self.work = work
        self.args = args
        self.kwargs = kwargs

    def run(self, core: Connection) -> Any:
        """Do the work; what it raises comes out."""
        if self.kwargs:
            return self.work(core, *self.args, **self.kwargs)
        return self.work(core, *self.args)


class Gathered(Asked):
    """An item for a batch function: `work` is the batch, the item its only argument."""

    __slots__ = ()

    @property
    def batch(self) -> Callable[[Connection, Sequence[Any]], Sequence[Any]]:
        """What takes this item together with others."""
        return self.work

    def run(self, core: Connection) -> Any:
        """Hand the item to the batch function alone."""
        (result,) = self.batch(core, self.args)
        if isinstance(result, Exception):
            raise result
        return result


def failed(asked: Asked, error: BaseException) -> Outcome:
    """The outcome of work that raised; a StopIteration cannot travel through a future."""
    if isinstance(error, StopIteration):
        error = RuntimeError("the work ended by StopIteration")
    return (asked.future, None, error)


def tell(loop: AbstractEventLoop, outcomes: Sequence[Outcome]) -> None:
    """From a database thread: resolve all futures in one step of the loop; nothing when the loop is gone."""
    try:
        loop.call_soon_threadsafe(resolve, outcomes)
    except RuntimeError:
        if not loop.is_closed():
            raise


def resolve(outcomes: Sequence[Outcome]) -> None:
    """On the loop: give every caller that still waits what is due to it."""
    for future, value, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)
