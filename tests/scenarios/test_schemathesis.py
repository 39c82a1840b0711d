"""Every operation of the API document under requests that a machine makes up: no 5xx, and no answer but those that are
documented.

`FUZZ_EXAMPLES` raises how many are made for each operation and kind (20); which they are is always the same.
"""

import asyncio
import copy
import os
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Persons
from tests.scenarios.sweep.canaries import Canaries
from tests.scenarios.sweep.matrix import note
from tests.scenarios.sweep.operations import ROWS
from tests.scenarios.sweep.world import Things, furnish, person

Json = dict[str, Any]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]
RUN = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
    verbosity=Verbosity.quiet,
)
LATE_LAST = sorted(ROWS, key=lambda each: ROWS[each].late)
PARTS = ("path", "body", "headers", "query")
BYTES = ("application/offset+octet-stream", "image/png", "image/jpeg", "image/webp", "image/gif")


@schemathesis.serializer(*BYTES)
def _bytes(_: Any, value: Any) -> Any:
    """A body of bytes as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass
class Target:
    """A running product, its document, and somebody there with one of everything."""

    url: str
    document: Json
    schema: Any
    name: str
    things: Things

    def sign_in(self) -> str:
        """An access token of a new session."""
        body = {"username": self.name, "password": PASSWORD, "device": {"name": "a device", "kind": "python"}}
        answer = requests.post(f"{self.url}/v1/auth/login", json=body, timeout=30)
        return answer.json()["access_token"]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Generator[Target]:
    """A product of its own: what is made up here is in nobody's way."""
    deployment = Deployment(tmp_path_factory.mktemp("fuzzed"))
    try:
        deployment.start()
        name, things = asyncio.run(_furnished(deployment))
        document = requests.get(f"{deployment.url}/openapi.json", timeout=30).json()
        config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": ["4XX"]}}})
        schema = schemathesis.openapi.from_dict(closed(document), config=config)
        yield Target(deployment.url, document, schema, name, things)
        assert deployment.stop() == [0]
        assert '"level": "error"' not in deployment.logs()
    finally:
        deployment.end()


def closed(document: Json) -> Json:
    """The document with every shape closed: an answer with a field that is not told is a fault too."""
    shut = copy.deepcopy(document)
    for shape in shut["components"]["schemas"].values():
        if "properties" in shape:
            shape.setdefault("additionalProperties", False)
    return shut


async def _furnished(deployment: Deployment) -> tuple[str, Things]:
    async with Persons(deployment.url) as persons:
        canaries = Canaries()
        owner = await person(persons, canaries, "owner")
        world = await furnish(persons, canaries, owner, await person(persons, canaries, "nuisance"))
        return owner.name, world.things


def test_the_document_is_openapi(target: Target) -> None:
    OpenAPIV31SpecValidator(target.document).validate()


@pytest.mark.parametrize("name", LATE_LAST)
def test_an_operation_answers_as_documented_whatever_it_is_asked(target: Target, name: str) -> None:
    method, _, path = name.partition(" ")
    operation = target.schema[path][method]
    cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if {"parameters", "requestBody"} & target.document["paths"][path][method.lower()].keys():
        cases |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    token = target.sign_in()
    answered: Counter[int] = Counter()

    @RUN
    @given(case=cases, mixed=st.sets(st.sampled_from(PARTS)))
    def run(case: Any, mixed: set[str]) -> None:
        mix(case, name, target.things, mixed)
        checks = CHECKS if mixed else [*CHECKS, negative_data_rejection]
        headers = {"Authorization": f"Bearer {target.sign_in() if ROWS[name].spare else token}"}
        answer = case.call_and_validate(base_url=target.url, headers=headers, checks=checks, timeout=30)
        answered[answer.status_code] += 1

    run()
    for status, count in answered.items():
        note("made up, answers", f"{status // 100}xx", count)


def mix(case: Any, name: str, things: Things, mixed: set[str]) -> None:
    """Put real ids and good values into some parts of a case."""
    row = ROWS[name]
    good = row.asking(name, things)
    if "path" in mixed:
        known = {each: row.fixed.get(each) or things[row.named.get(each, each)] for each in case.path_parameters}
        case.path_parameters.update(known)
    if "headers" in mixed:
        case.headers.update(good.headers)
    if "query" in mixed:
        case.query.update(good.query)
    if "body" in mixed and (good.json is not None or good.content is not None):
        case.body = good.content if good.json is None else good.json
