"""Frames are described from the very types that are decoded and encoded."""

from typing import get_args

from secureconnect.contracts import frames
from secureconnect.contracts.described import sockets


def test_each_frame_that_is_decoded_is_described() -> None:
    chat, signaling = sockets()
    assert (chat.path, signaling.path) == ("/v1/ws/chat", "/v1/ws/signaling")
    for socket, union in ((chat, frames.ChatClientFrame), (signaling, frames.SignalingClientFrame)):
        assert {frame.t for frame in socket.client} == {each.__struct_config__.tag for each in get_args(union)}


def test_each_frame_of_the_server_is_described_once_for_a_socket() -> None:
    told = [frame.t for socket in sockets() for frame in socket.server]
    known = {str(each.__struct_config__.tag) for each in frames.ServerFrame.__subclasses__()}
    assert set(told) >= known
    for socket in sockets():
        names = [frame.t for frame in socket.server]
        assert len(names) == len(set(names))


def test_fields_are_told_with_their_types_and_whether_they_must_be_there() -> None:
    send = next(frame for frame in sockets()[0].client if frame.t == "message.send")
    fields = {field.name: (field.type, field.required) for field in send.fields}
    assert fields["conversation"] == ("string", True)
    assert fields["reply_to"] == ("string or null", False)
    assert fields["file_ids"] == ("list of string", False)
    assert "t" not in fields
    assert send.sentence == "Send a message; answered by an ack."
