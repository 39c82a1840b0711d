"""Frames of the server: lines apart, unknown ones kept apart from known ones."""

from msgspec import Raw, json

from secureconnect.client.frames import OfferReceived, Unread, frames_of
from secureconnect.contracts.events import Event
from secureconnect.contracts.frames import Ack, CallRing, ErrorFrame, EventFrame


def test_one_message_may_carry_several_frames_one_a_line() -> None:
    ack = b'{"t":"ack","conversation":"c","seq":1,"event_id":"e","sent_at":5,"id":2}'
    message = ack + b'\n\n{"t":"error","code":"x","title":"X"}\n'
    assert frames_of(message) == [Ack("c", 1, "e", 5, 2), ErrorFrame("x", "X")]


def test_a_live_event_is_an_event() -> None:
    frame = EventFrame("c", 1, "e", "newer_kind", "who", 5, Raw(b'{"a":1}'))
    (read,) = frames_of(json.encode(frame))
    assert isinstance(read, Event)
    assert (read.kind, bytes(read.body)) == ("newer_kind", b'{"a":1}')


def test_a_frame_that_is_unknown_or_damaged_never_hides_the_next_one() -> None:
    message = b'{"t":"newer","id":3}\nnot json\n{"t":"ack","id":"x"}\n{"t":"error","code":"x","title":"X","more":1}'
    assert frames_of(message) == [Unread("newer", 3), Unread("", None), Unread("ack", None), ErrorFrame("x", "X")]


def test_words_of_python_are_other_words_on_the_wire() -> None:
    ring = b'{"t":"call.ring","call":"k","conversation":"c","from":"a","media":"video"}'
    message = ring + b'\n{"t":"signal.offer","call":"k","from":"d","payload":{"sdp":""}}'
    assert frames_of(message) == [CallRing("k", "c", "a", "video"), OfferReceived("k", "d", Raw(b'{"sdp":""}'))]
