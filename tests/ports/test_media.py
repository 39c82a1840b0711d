"""Every kind of room keeps the same promises."""

import pytest

from secureconnect.backends.media.mesh import MeshRooms
from secureconnect.backends.media.port import MediaRooms

pytestmark = pytest.mark.anyio
CALL = "019ab000-0000-7000-8000-000000000001"


@pytest.fixture(params=["mesh"])
def rooms(request: pytest.FixtureRequest) -> MediaRooms:
    return {"mesh": MeshRooms}[request.param]()


async def test_a_device_is_admitted_again_after_it_was_removed(rooms: MediaRooms) -> None:
    first = await rooms.admit(CALL, "account", "device")
    await rooms.remove(CALL, "device")
    again = await rooms.admit(CALL, "account", "device")
    assert first.kind == again.kind


async def test_removing_and_ending_what_is_not_there_is_no_fault(rooms: MediaRooms) -> None:
    await rooms.remove(CALL, "nobody")
    await rooms.end(CALL)
    await rooms.end(CALL)


async def test_a_call_takes_at_least_two_devices(rooms: MediaRooms) -> None:
    assert rooms.participants_max() >= 2


async def test_a_mesh_takes_four_and_needs_neither_address_nor_token() -> None:
    mesh = MeshRooms()
    access = await mesh.admit(CALL, "account", "device")
    assert (mesh.participants_max(), access.kind, access.url, access.token) == (4, "mesh", None, None)
