"""The HTTP side of calls: statuses, shapes, and the same answer for what is not there and what one may not see."""

from pathlib import Path

import pytest

from tests.fixtures.video import Others, video

pytestmark = pytest.mark.anyio
IN_AB = {"conversation": "ab", "media": "audio"}


async def test_a_call_is_begun_with_201_and_found_with_200(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann, node.http("ben") as ben:
        begun = await ann.post("/v1/calls", json=IN_AB)
        assert begun.status_code == 201
        call = begun.json()
        assert (call["state"], call["from"], call["conversation"], call["media"]) == ("ringing", "ann", "ab", "audio")
        assert (await ann.post("/v1/calls", json=IN_AB)).status_code == 200
        assert (await ben.get(f"/v1/calls/{call['id']}")).json() == call
        accepted = await ben.post(f"/v1/calls/{call['id']}/accept")
        assert (accepted.status_code, accepted.json()["state"]) == (200, "active")
        ended = (await ann.post(f"/v1/calls/{call['id']}/hangup")).json()
        assert (ended["state"], ended["reason"]) == ("ended", "hangup")


async def test_who_rings_while_it_rings_accepts(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann, node.http("ben") as ben:
        first = (await ann.post("/v1/calls", json=IN_AB)).json()
        second = await ben.post("/v1/calls", json=IN_AB)
        assert (second.status_code, second.json()["id"], second.json()["state"]) == (200, first["id"], "active")


async def test_calling_one_who_is_in_another_call_answers_a_call_that_ended_as_busy(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann, node.http("ben") as ben:
        await ben.post("/v1/calls", json={"conversation": "bc", "media": "audio"})
        busy = await ann.post("/v1/calls", json=IN_AB)
        assert (busy.status_code, busy.json()["state"], busy.json()["reason"]) == (201, "ended", "busy")
        refused = await ben.post("/v1/calls", json={"conversation": "all", "media": "audio"})
        assert (refused.status_code, refused.json()["code"]) == (409, "video.busy")


async def test_the_same_idempotency_key_gives_the_same_call(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann:
        headers = {"idempotency-key": "once"}
        first = await ann.post("/v1/calls", json=IN_AB, headers=headers)
        await ann.post(f"/v1/calls/{first.json()['id']}/hangup")
        again = await ann.post("/v1/calls", json=IN_AB, headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())


async def test_what_is_not_there_and_what_one_may_not_see_answer_alike(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann, node.http("cat") as cat:
        call = (await ann.post("/v1/calls", json=IN_AB)).json()["id"]
        for path in ("", "/join", "/accept", "/decline", "/hangup"):
            answers = []
            for name in (call, "0199-nothing", "%00"):
                method = cat.post if path else cat.get
                answer = await method(f"/v1/calls/{name}{path}")
                problem = answer.json()
                problem.pop("request_id")
                answers.append((answer.status_code, problem))
            assert answers[0][1]["code"] == "video.call_not_found"
            assert answers[0] == answers[1] == answers[2]
        assert (await cat.post("/v1/calls", json=IN_AB)).json()["code"] == "chat.not_a_member"
        assert (await cat.post("/v1/calls", json={**IN_AB, "conversation": "no"})).json()["code"] == "chat.not_a_member"


async def test_wrong_steps_and_wrong_bodies_are_told(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann, node.http("ben") as ben:
        call = (await ann.post("/v1/calls", json=IN_AB)).json()["id"]
        assert (await ann.post(f"/v1/calls/{call}/decline")).json()["code"] == "video.wrong_state"
        assert (await ben.post(f"/v1/calls/{call}/hangup")).json()["reason"] == "declined"
        assert (await ben.post(f"/v1/calls/{call}/accept")).status_code == 409
        assert (await ann.post("/v1/calls", json={**IN_AB, "media": "smell"})).status_code == 422
        assert (await ann.post("/v1/calls", json={**IN_AB, "more": 1})).status_code == 422


async def test_blocks_and_wishes_refuse_with_403(tmp_path: Path) -> None:
    others = Others(ring={"ben": "nobody"})
    async with video(tmp_path, others=others) as node, node.http("ann") as ann:
        refused = await ann.post("/v1/calls", json=IN_AB)
        assert (refused.status_code, refused.json()["code"]) == (403, "chat.not_accepted")
        others.blocks = {("ben", "ann")}
        assert (await ann.post("/v1/calls", json=IN_AB)).json()["code"] == "chat.blocked"


async def test_lists_page_and_filter(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann:
        made: list[str] = []
        for _ in range(3):
            made.append((await ann.post("/v1/calls", json=IN_AB)).json()["id"])
            await ann.post(f"/v1/calls/{made[-1]}/hangup")
        live = (await ann.post("/v1/calls", json=IN_AB)).json()["id"]
        first = (await ann.get("/v1/calls?limit=3")).json()
        assert [one["id"] for one in first["items"]] == [live, made[2], made[1]]
        rest = (await ann.get(f"/v1/calls?limit=3&cursor={first['next_cursor']}")).json()
        assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == ([made[0]], None)
        assert [one["id"] for one in (await ann.get("/v1/calls?state=ringing")).json()["items"]] == [live]
        assert (await ann.get("/v1/calls?state=active")).json()["items"] == []
        for wrong in ("state=dreaming", "cursor=AAAA", "limit=0", f"state=ended&cursor={first['next_cursor']}"):
            answer = await ann.get(f"/v1/calls?{wrong}")
            assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


async def test_ice_servers_are_for_those_signed_in(tmp_path: Path) -> None:
    async with video(tmp_path, turn_urls=("turn:turn.example.org:3478",)) as node, node.http("ann") as ann:
        answer = (await ann.get("/v1/calls/ice-servers")).json()
        assert [one["urls"] for one in answer["ice_servers"]] == [
            ["stun:turn.example.org:3478"],
            ["turn:turn.example.org:3478"],
        ]
        assert answer["expires_in"] == 600
        del ann.headers["authorization"]
        assert (await ann.get("/v1/calls/ice-servers")).status_code == 401


async def test_rings_are_limited_and_the_answer_says_how_long(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann:
        answers = [await ann.post("/v1/calls", json=IN_AB) for _ in range(31)]
        assert {one.status_code for one in answers[:30]} == {200, 201}
        assert answers[30].status_code == 429
        assert int(answers[30].headers["retry-after"]) > 0
