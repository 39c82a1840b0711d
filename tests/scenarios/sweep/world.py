"""One person's things on the server, and everybody who must not get at them."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from secureconnect.client import Client
from secureconnect.contracts.auth import WebPushRequest
from secureconnect.contracts.chat import ConversationPreferences
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.pictures import png
from tests.scenarios.sweep.canaries import Canaries

Things = dict[str, str]
"""The ids of one person's things by what they are: `conversation`, `event_id`, `file` and so on."""
NAMES = ("username", "display name")
"""What everybody who is signed in may know of somebody."""


@dataclass
class World:
    """The owner, whose first device is in a call, a further device of theirs, a friend, what is theirs, and the words
    that stand in it."""

    url: str
    owner: Person
    device: Person
    pal: Person
    things: Things
    canaries: Canaries


P256DH, AUTH = "B" + "A" * 86, "A" * 22
"""The keys of a Web Push subscription: a point and a secret."""


async def person(persons: Persons, canaries: Canaries, role: str) -> Person:
    """Somebody whose name, address and device nobody else could have made up."""
    username = canaries.word("username")
    made = await persons.keep(Person(persons.url, username, device_name=canaries.word("device name")))
    mail = f"{canaries.word('mail address')}@example.org"
    await made.auth.register(username, PASSWORD, display_name=f"{role} {canaries.word('display name')}", email=mail)
    return made


async def furnish(
    persons: Persons, canaries: Canaries, owner: Person, nuisance: Person, companions: Sequence[Person] = ()
) -> World:
    """Give a person one of everything; `companions` are in the group, the nuisance is blocked at the end."""
    pal, asker = await person(persons, canaries, "pal"), await person(persons, canaries, "asker")
    things: Things = {"account": owner.account_id, "username": owner.name, "device": owner.session.device_id}
    me = await owner.people.me()
    things["email"] = me.pending_email or ""
    await owner.people.befriend(pal.account_id)
    await pal.people.accept_friend(owner.account_id)
    await asker.people.befriend(owner.account_id)
    things |= {"friend": pal.account_id, "asker": asker.account_id, "member": pal.account_id}
    things |= await _talk(canaries, owner, [pal, *companions])
    things |= await _keep(canaries, owner, things["conversation"])
    call = await owner.calls.start(things["conversation"], "audio")
    await pal.calls.accept(call.id)
    things["call"] = call.id
    other = await persons.another_device(owner)
    things["session"] = other.session.tokens.session_id
    invite = await owner.people.invite(uses=3, conversations=[things["conversation"]])
    assert invite.link is not None
    things |= {"invite": invite.id, "secret": canaries.adopt(invite.link.partition("#")[2], "invite's secret")}
    endpoint = f"https://push.example.org/{canaries.word('push address')}"
    await owner.auth.push_to(WebPushRequest(endpoint, P256DH, AUTH))
    await owner.people.block(nuisance.account_id)
    things["blocked"] = nuisance.account_id
    return World(persons.url, owner, other, pal, things, canaries)


async def _talk(canaries: Canaries, owner: Person, others: Sequence[Person]) -> Things:
    """A group with a message, a reaction, a mention, marks and preferences."""
    group = await owner.conversations.group(canaries.word("title"), [each.account_id for each in others])
    sent = await owner.messages.send(group.id, canaries.word("text"))
    answered = await others[0].messages.send(group.id, canaries.word("text"), mentions=[owner.account_id])
    await others[0].messages.react(group.id, sent.event_id, "👍")
    await owner.conversations.mark(group.id, read_seq=sent.seq)
    await owner.conversations.prefer(group.id, ConversationPreferences(pinned=True, notify="mentions"))
    return {"conversation": group.id, "event_id": sent.event_id, "answer": answered.event_id}


async def _keep(canaries: Canaries, owner: Person, conversation: str) -> Things:
    """A finished file that a message carries, one that waits for its message, and an open upload."""
    contents = ((canaries.word("file content").encode(), "text/plain"), (png(8, 8), "image/png"))
    finished = [
        await owner.files.upload(
            content, name=canaries.word("file name"), media_type=media_type, conversation=conversation
        )
        for content, media_type in contents
    ]
    await owner.messages.send(conversation, canaries.word("text"), file_ids=[finished[0].id])
    upload = await owner.files.begin(b"0123456789", name=canaries.word("file name"), conversation=conversation)
    return {"file": finished[0].id, "waiting": finished[1].id, "upload": upload.file_id}


def http_of(client: Client, url: str) -> httpx2.AsyncClient:
    """HTTP by hand with somebody's access token."""
    headers = {"authorization": f"Bearer {client.session.tokens.access_token}"}
    return httpx2.AsyncClient(base_url=url, headers=headers, verify=False, trust_env=False, timeout=30)
