"""What opens a socket and what closes it: tokens in frames alone, our own pages alone, and nobody who has lost their
right."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from urllib.parse import quote

import pytest
from joserfc import jwk, jws
from websockets.exceptions import InvalidStatus

from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.fixtures.waiting import until
from tests.scenarios.sweep.actors import operator_of
from tests.scenarios.sweep.frames import FRAMES
from tests.scenarios.sweep.lines import CHAT, SIGNALING, Lines, greeted, lines
from tests.scenarios.sweep.operations import envelope
from tests.scenarios.sweep.world import http_of

pytestmark = pytest.mark.anyio
CUT_S = 1.0
OWNERS = {CHAT: "chat", SIGNALING: "video"}
FOREIGN = ("https://elsewhere.example", "null", "http://localhost.elsewhere.example", "http://127.0.0.1:1", "file://")


def doors(deployment: Deployment) -> list[tuple[str, str]]:
    """Each socket's path with each address that answers it: the gateway's and its service's own."""
    own = [(f"http://localhost:{deployment.ports.public[service]}", path) for path, service in OWNERS.items()]
    return [*((deployment.url, path) for path in FRAMES), *own]


def token_of(person: Person) -> str:
    """A person's access token."""
    return person.session.tokens.access_token


@pytest.fixture
async def pair(persons: Persons) -> tuple[Person, Person]:
    """Two people."""
    anna, ben = await persons.several("anna", "ben")
    return anna, ben


async def test_a_token_anywhere_but_in_hello_opens_nothing_and_is_not_written_down(
    deployment: Deployment, pair: tuple[Person, Person]
) -> None:
    token = token_of(pair[0])
    shown = {"authorization": f"Bearer {token}", "cookie": f"secureconnect-content={token}; token={token}"}
    for url, path in doors(deployment):
        for query, headers in ((f"?token={quote(token)}&access_token={quote(token)}", {}), ("", shown)):
            async with lines(url, path + query, headers) as socket:
                await socket.say({"t": "ping", "id": 1})
                assert await socket.ended() == 4401, (url, path, query)
                assert not socket.heard
    assert token.rpartition(".")[2] not in deployment.logs()


async def test_a_page_of_another_origin_cannot_open_a_socket_and_our_own_can(
    deployment: Deployment, pair: tuple[Person, Person]
) -> None:
    for url, path in doors(deployment):
        for origin in FOREIGN:
            with pytest.raises(InvalidStatus) as refused:
                async with lines(url, path, {"origin": origin}):
                    raise AssertionError(f"{origin} opened {path}")
            assert refused.value.response.status_code == 403, (url, path, origin)
        async with lines(url, path, {"origin": deployment.url}) as socket:
            await socket.hello(token_of(pair[0]))


async def test_a_token_that_is_over_forged_or_anothers_opens_no_socket(
    deployment: Deployment, pair: tuple[Person, Person]
) -> None:
    """One that ran out a second ago, one whose key is another, one whose words were changed."""
    good = token_of(pair[0])
    for url, path in doors(deployment):
        for told, token in stale(deployment, good).items():
            async with lines(url, path) as socket:
                await socket.say({"t": "hello", "token": token})
                assert await socket.ended() == 4401, (url, path, told)
                assert not socket.heard


def stale(deployment: Deployment, good: str) -> dict[str, str]:
    """Tokens that look like a good one."""
    (path,) = {path for node in deployment.nodes.values() for path in node.data_dir.rglob("jwt_secret")}
    key, other = jwk.ECKey.import_key(path.read_text()), jwk.ECKey.generate_key("P-256")
    read = jws.extract_compact(good.encode())
    head, words = {name: str(value) for name, value in read.headers().items()}, read.payload.decode()
    now_s = int(time.time())
    issued, expires = f'"iat":{now_s - 600}', f'"exp":{now_s - 1}'
    over = ",".join(
        expires if part.startswith('"exp"') else issued if part.startswith('"iat"') else part
        for part in words.strip("{}").split(",")
    )
    again = jws.serialize_compact(head, words, key, algorithms=["ES256"])
    front, _, sign = good.rpartition(".")
    assert again.rpartition(".")[0] == front, "the test signs what the server signs"
    return {
        "over": jws.serialize_compact(head, f"{{{over}}}", key, algorithms=["ES256"]),
        "another key": jws.serialize_compact(head, words, other, algorithms=["ES256"]),
        "another type": jws.serialize_compact({**head, "typ": "content+jwt"}, words, key, algorithms=["ES256"]),
        "no signature": f"{front}.",
        "changed": f"{front[:-2]}AA.{sign}",
        "nothing": "",
    }


async def test_an_open_socket_takes_a_fresh_token_of_its_own_session_alone(
    deployment: Deployment, persons: Persons, pair: tuple[Person, Person]
) -> None:
    anna, ben = pair
    other = await persons.another_device(anna)
    for url, path in doors(deployment):
        for stranger in (ben, other):
            async with greeted(url, path, token_of(anna)) as socket:
                await socket.say({"t": "token", "token": token_of(stranger)})
                assert await socket.ended() == 4401
        async with greeted(url, path, token_of(anna)) as socket:
            for token in stale(deployment, token_of(anna)).values():
                answer = await socket.ask({"t": "token", "token": token})
                assert answer["t"] == "error", answer
            assert (await socket.ask({"t": "token", "token": token_of(anna)}))["t"] == "ok"
            assert (await socket.ask({"t": "hello", "token": token_of(anna)}))["code"] == "frame.invalid"


async def test_a_removed_member_loses_the_live_stream_at_once(deployment: Deployment, persons: Persons) -> None:
    """Nothing that is said after the removal was answered comes to their open sockets, and nothing of theirs goes."""
    owner, pal, leaver = await persons.several("owner", "pal", "leaver")
    group = (await owner.conversations.group("Club", [pal.account_id, leaver.account_id])).id
    async with AsyncExitStack() as stack:
        gone = [await stack.enter_async_context(greeted(deployment.url, path, token_of(leaver))) for path in FRAMES]
        here = [await stack.enter_async_context(greeted(deployment.url, path, token_of(pal))) for path in FRAMES]
        await owner.messages.send(group, "before")
        await until(lambda: "before" in spoken(gone[0]))
        await owner.conversations.remove(group, leaver.account_id)
        answered_s = time.monotonic()
        sent = await gone[0].ask(
            {"t": "message.send", "conversation": group, "client_id": "too-late", "envelope": envelope()}
        )
        typed = await gone[0].ask({"t": "typing", "conversation": group, "on": True})
        assert (sent["code"], typed["code"]) == ("chat.not_a_member", "chat.not_a_member")
        for number in range(20):
            await owner.messages.send(group, f"after {number}")
        call = await owner.calls.start(group, "audio")
        assert time.monotonic() - answered_s < 10 * CUT_S
        await until(lambda: "after 19" in spoken(here[0]) and {"call.ring"} <= {each["t"] for each in here[1].heard})
        for socket in gone:
            await socket.ask({"t": "ping"})
        assert not [text for text in spoken(gone[0]) if text.startswith("after")]
        assert not [frame for socket in gone for frame in socket.heard if call.id in str(frame)]
        assert (await gone[1].ask({"t": "call.join", "call": call.id}))["code"] == "video.call_not_found"


def spoken(socket: Lines) -> list[str]:
    """The texts that came over a socket."""
    events = [frame for frame in socket.heard if frame["t"] == "event" and frame["kind"] == "message"]
    return [event["body"]["envelope"]["body"]["text"] for event in events]


async def cut(deployment: Deployment, victim: Person, act: Callable[[], Awaitable[object]]) -> None:
    """Every socket of the victim is closed with 4401 within a second after the act was answered."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(greeted(url, path, token_of(victim))) for url, path in doors(deployment)
        ]
        await act()
        answered_s = time.monotonic()
        codes = [await socket.ended(CUT_S) for socket in opened]
        assert time.monotonic() - answered_s <= CUT_S
        assert codes == [4401] * len(opened)


async def test_ending_a_session_cuts_its_sockets_within_a_second(deployment: Deployment, persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    victim = await persons.another_device(anna)
    session = victim.session.tokens.session_id
    await cut(deployment, victim, lambda: anna.auth.end_session(session))


async def test_signing_out_cuts_the_devices_own_sockets_within_a_second(
    deployment: Deployment, persons: Persons
) -> None:
    victim = await persons.sign_up("anna")
    async with http_of(victim, deployment.url) as http:
        await cut(deployment, victim, lambda: http.post("/v1/auth/logout"))


async def test_disabling_an_account_cuts_its_sockets_within_a_second(deployment: Deployment, persons: Persons) -> None:
    chief, victim = await persons.several("chief", "victim")
    operator_of(deployment).good("user", "set-admin", chief.name)
    await chief.auth.confirm_password(chief.password)
    async with http_of(chief, deployment.url) as http:
        path = f"/v1/admin/accounts/{victim.account_id}"
        await cut(deployment, victim, lambda: http.patch(path, json={"disabled": True}))


async def test_changing_the_password_cuts_the_sockets_of_all_other_sessions(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    victim = await persons.another_device(anna)
    await cut(
        deployment, victim, lambda: anna.auth.change_password(anna.password, "another sentence that nobody guesses")
    )
