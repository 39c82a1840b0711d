"""The frames are described from their types alone: none is left out, and each field is told as it is decoded."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args

import msgspec
import pytest

import secureconnect.services
from secureconnect.contracts import frames
from secureconnect.contracts.described import FieldDoc, FrameDoc, sockets

CHAT, SIGNALING = sockets()


def kinds(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """The frames below a base."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def tag(frame: Any) -> str:
    return str(frame.__struct_config__.tag)


def named(described: list[FrameDoc], t: str) -> FrameDoc:
    return next(each for each in described if each.t == t)


def test_both_sockets_tell_all_frames_that_they_decode() -> None:
    assert [each.path for each in (CHAT, SIGNALING)] == ["/v1/ws/chat", "/v1/ws/signaling"]
    assert [each.t for each in CHAT.client] == [tag(each) for each in get_args(frames.ChatClientFrame)]
    assert [each.t for each in SIGNALING.client] == [tag(each) for each in get_args(frames.SignalingClientFrame)]


def test_every_frame_of_the_server_is_told_on_some_socket() -> None:
    for module in pkgutil.walk_packages(secureconnect.services.__path__, "secureconnect.services."):
        if module.name.rpartition(".")[2] in {"socket", "signaling", "live", "delivery"}:
            import_module(module.name)
    sent = {tag(each) for each in kinds(frames.ServerFrame)}
    told = {each.t for socket in (CHAT, SIGNALING) for each in socket.server}
    assert sent
    assert sent <= told


@pytest.mark.parametrize("socket", [CHAT, SIGNALING], ids=lambda socket: socket.path)
def test_no_frame_is_told_twice_and_each_has_its_sentence(socket: Any) -> None:
    for side in (socket.client, socket.server):
        names = [each.t for each in side]
        assert len(names) == len(set(names))
        assert all(each.sentence.endswith(".") for each in side)


def test_fields_are_told_with_their_types_and_whether_they_must_be_there() -> None:
    send = named(CHAT.client, "message.send")
    fields = {field.name: field for field in send.fields}
    assert fields["conversation"] == FieldDoc("conversation", "string", True)
    assert fields["envelope"] == FieldDoc("envelope", "Envelope", True)
    assert fields["file_ids"] == FieldDoc("file_ids", "list of string", False)
    assert (fields["reply_to"].type, fields["reply_to"].required) == ("string or null", False)
    assert "t" not in fields
    assert named(CHAT.client, "typing").fields[1] == FieldDoc("on", "boolean", True)


def test_what_is_told_as_required_is_what_the_decoder_misses() -> None:
    for socket, union in ((CHAT, frames.ChatClientFrame), (SIGNALING, frames.SignalingClientFrame)):
        decoder: Any = msgspec.json.Decoder(union)
        for frame in socket.client:
            required = {field.name for field in frame.fields if field.required}
            told = ""
            try:
                decoder.decode(msgspec.json.encode({"t": frame.t}))
            except msgspec.ValidationError as error:
                told = str(error)
            assert any(f"`{name}`" in told for name in required) if required else not told, (frame.t, told)


def test_choices_are_told_as_the_words_on_the_wire() -> None:
    told = [field.type for socket in (CHAT, SIGNALING) for frame in socket.server for field in frame.fields]
    assert any(text.count('"') >= 4 and " or " in text for text in told)
    assert not any("{" in text or "$ref" in text for text in told)
