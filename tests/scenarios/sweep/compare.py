"""Whether two answers are the same but for the ids that were asked for, and what an answer gives away."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

import httpx2

from secureconnect.kit.clock import SystemClock
from secureconnect.kit.ids import Ids
from tests.scenarios.sweep.rows import Asking, slots_of
from tests.scenarios.sweep.world import Things

Json = dict[str, Any]
UNSTEADY_HEADERS = frozenset({"date", "x-request-id", "content-length", "upload-expires"})
_ids = Ids(SystemClock())


def missing(things: Things) -> Things:
    """Ids of the same shape that name nothing."""
    made: Things = {}
    for name, value in things.items():
        fresh = _ids.new()
        made[name] = f"{fresh}@example.org" if "@" in value else fresh
    return made


def mixtures(
    make: Callable[[Things], object], opens: Collection[str], theirs: Things, mine: Things
) -> Iterator[tuple[str, Things, Things]]:
    """Every choice of things that are not one's own, the rest being one's own: what it is, and the same with ids that
    name nothing."""
    slots = [slot for slot in slots_of(make, theirs) if slot not in opens]
    nowhere = missing(theirs)
    for count in range(1, len(slots) + 1):
        for chosen in combinations(slots, count):
            foreign = {**mine, **{slot: theirs[slot] for slot in chosen}}
            absent = {**mine, **{slot: nowhere[slot] for slot in chosen}}
            yield " and ".join(chosen), foreign, absent


def shape(answer: httpx2.Response, asked: Iterable[str]) -> Json:
    """What an answer says, without the ids that were asked for and what differs each time."""
    text = answer.text
    for value in asked:
        text = text.replace(value, "<asked>")
    headers = {name: value for name, value in answer.headers.items() if name not in UNSTEADY_HEADERS}
    return {"status": answer.status_code, "headers": headers, "body": _body(text)}


def _body(text: str) -> object:
    try:
        body = json.loads(text)
    except ValueError:
        return text
    if isinstance(body, dict):
        body.pop("request_id", None)
    return body


def told(answer: httpx2.Response) -> str:
    """All that an answer gives away."""
    return f"{answer.headers}\n{answer.text}"


async def ask(http: httpx2.AsyncClient, asking: Asking, headers: Mapping[str, str]) -> httpx2.Response:
    """Send a request with what its actor shows."""
    keywords = asking.keywords()
    keywords["headers"] = {**keywords["headers"], **headers}
    return await http.request(asking.method, asking.path, **keywords)
