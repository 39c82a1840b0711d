"""The documents of all services become one, whose pages need nothing from elsewhere and run nothing."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.problems import problem_of
from secureconnect.services.gateway.documents import PAGES, Documents, grouped, merged
from tests.fixtures.edge import ISSUER
from tests.fixtures.gateway import Neighbours, documents

Json = dict[str, Any]


class Page(HTMLParser):
    """What a page refers to, and what stands in it."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.references: list[str] = []
        self.names: list[str] = []
        self.attributes: set[str] = set()
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag with its attributes."""
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.names.append(value or "")
            elif name in {"href", "src", "action", "srcset", "data", "poster"}:
                self.references.append(value or "")


def part(path: str, tag: str = "t", schema: str = "S", **operation: Any) -> Json:
    """A service's document with one operation and one shape."""
    told = {"responses": {}, "tags": [tag], "operationId": path.strip("/"), "summary": path, **operation}
    return {"paths": {path: {"get": told}}, "components": {"schemas": {schema: {"type": "object"}}}}


def made(neighbours: Neighbours, own: Json | None = None) -> Documents:
    peers = neighbours.auth.peers.as_caller("gateway")
    return Documents(peers, json.dumps(own or part("/own")).encode(), ISSUER, "1.2.3")


def small() -> Neighbours:
    """Neighbours with one operation each."""
    names = ("auth", "chat", "video", "storage")
    return Neighbours({name: json.dumps(part(f"/v1/{name}", name, name.title())).encode() for name in names})


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return documents()


def real(parts: dict[str, bytes]) -> Documents:
    """The documents of the product."""
    return made(Neighbours(parts), json.loads(parts["gateway"]))


def test_all_paths_and_shapes_stand_in_one_document_in_order() -> None:
    whole = merged([part("/b", schema="B"), part("/a", schema="A"), {}], ISSUER, "1.2.3")
    assert list(whole["paths"]) == ["/a", "/b"]
    assert list(whole["components"]["schemas"]) == ["A", "B"]
    assert (whole["info"]["version"], whole["servers"]) == ("1.2.3", [{"url": ISSUER}])
    assert whole["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_operations_are_grouped_by_their_first_tag() -> None:
    document = merged([part("/b", "two"), part("/a", "one"), part("/c", "one")], ISSUER, "1")
    document["paths"]["/a"]["post"] = {"responses": {}, "operationId": "untagged"}
    document["paths"]["/a"]["parameters"] = [{"name": "x"}]
    groups = grouped(document)
    assert list(groups) == ["one", "other", "two"]
    assert [(one["method"], one["path"]) for one in groups["one"]] == [("GET", "/a"), ("GET", "/c")]
    assert [(one["method"], one["operationId"]) for one in groups["other"]] == [("POST", "untagged")]


@pytest.mark.anyio
async def test_each_part_is_fetched_once() -> None:
    neighbours = small()
    whole = made(neighbours)
    first = await whole.openapi()
    assert sorted(first["paths"]) == ["/own", "/v1/auth", "/v1/chat", "/v1/storage", "/v1/video"]
    assert await whole.openapi() is first
    assert sorted(neighbours.asked) == ["auth", "chat", "storage", "video"]


@pytest.mark.anyio
async def test_while_a_service_is_away_there_is_no_half_document_and_later_there_is_a_whole_one() -> None:
    neighbours = small()
    neighbours.away = {"video"}
    whole = made(neighbours)
    with pytest.raises(Fault) as refused:
        await whole.openapi()
    assert refused.value.code is Code.UNAVAILABLE
    neighbours.away.clear()
    assert "/v1/video" in (await whole.openapi())["paths"]


@pytest.mark.anyio
async def test_the_document_of_the_product_is_openapi_3_1(parts: dict[str, bytes]) -> None:
    document = await real(parts).openapi()
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.anyio
async def test_the_pages_refer_to_nothing_elsewhere_and_run_nothing(parts: dict[str, bytes]) -> None:
    whole = real(parts)
    contents = [await whole.reference(), whole.errors(), whole.page("home.html"), whole.page("link.html")]
    for content in contents:
        page = Page(content)
        assert page.references
        assert all(re.match(r"^(/(?!/)|#)", reference) for reference in page.references), page.references
        assert not {"script", "style", "iframe", "object", "embed", "img", "form", "base"} & set(page.tags)
        assert not {name for name in page.attributes if name.startswith("on") or name in {"style", "srcdoc"}}
        assert b"@import" not in content
        assert b"1.2.3" in content, "each page says which version runs"


@pytest.mark.anyio
async def test_every_place_that_the_reference_points_to_is_there(parts: dict[str, bytes]) -> None:
    page = Page(await real(parts).reference())
    pointed = {reference.removeprefix("#") for reference in page.references if reference.startswith("#")}
    assert len(pointed) > 50
    assert pointed <= set(page.names)
    assert len(page.names) == len(set(page.names))


@pytest.mark.anyio
async def test_the_reference_tells_every_operation_frame_and_shape(parts: dict[str, bytes]) -> None:
    whole = real(parts)
    names = set(Page(await whole.reference()).names)
    document = await whole.openapi()
    operations = {one["operationId"] for group in grouped(document).values() for one in group}
    assert operations <= names
    assert set(document["components"]["schemas"]) <= names
    text = (await whole.reference()).decode()
    assert all(f"<code>{frame}</code>" in text for frame in ("hello", "message.send", "ack", "welcome"))


def test_every_problem_points_to_its_place_on_the_page_of_errors() -> None:
    names = Page(made(small()).errors()).names
    for code in Code:
        path, _, place = problem_of(Fault(code), "r").type.partition("#")
        assert (path, place in names) == ("/docs/errors", True)


@pytest.mark.anyio
async def test_what_a_document_says_is_shown_and_never_becomes_markup() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    neighbours = small()
    neighbours.parts["chat"] = json.dumps(part("/v1/chat", evil, "A", summary=evil, description=evil)).encode()
    content = await made(neighbours).reference()
    page = Page(content)
    assert not {"script", "img"} & set(page.tags)
    assert b"&lt;script&gt;" in content


def test_the_style_of_the_pages_loads_nothing() -> None:
    text = (PAGES / "page.css").read_text()
    assert "@import" not in text
    assert "url(" not in text
