"""The storage service as a whole."""

import httpx2
import msgspec
import pytest

from secureconnect.contracts.peers import OPENAPI, Nothing
from secureconnect.services.storage.app import limits_of
from tests.fixtures.storage import StorageHouse

pytestmark = pytest.mark.anyio


async def test_it_is_ready_while_its_database_answers_and_says_what_else_it_needs(house: StorageHouse) -> None:
    assert await house.running.health.ready() == (True, {"sql": "ok", "blobs": "ok", "identity": "ok"})


async def test_its_document_names_every_route(house: StorageHouse) -> None:
    document = await house.local.as_caller("gateway").ask(OPENAPI["storage"], Nothing())
    paths = msgspec.json.decode(document.openapi)["paths"]
    assert set(paths) == {
        "/v1/files",
        "/v1/files/quota",
        "/v1/files/{file}",
        "/v1/files/{file}/content",
        "/v1/files/{file}/copy",
        "/v1/files/{file}/upload",
    }
    assert {"head", "patch", "delete", "options", "post"} <= set(paths["/v1/files/{file}/upload"])


async def test_a_path_that_is_not_there_is_404(ada: httpx2.AsyncClient) -> None:
    assert (await ada.get("/v1/files")).status_code == 405
    assert (await ada.get("/v1/files/a/b/c")).status_code == 404


def test_limits_come_from_settings_of_the_same_names() -> None:
    values = {"file_bytes_max": 1, "quota_bytes": 2, "upload_expiry_s": 3, "uploads_open_max": 4, "sweep_s": 5}
    limits = limits_of({**values, "port": 8084})
    assert [getattr(limits, name) for name in values] == [1, 2, 3, 4, 5]
