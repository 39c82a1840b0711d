"""What the contracts share: request and answer bases, and bounded field types."""

from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$", description="An opaque identifier.")
]
ClientId = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$", description="Chosen by the client.")
]
Millis = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991, description="Milliseconds since 1970 UTC.")]
Seq = Annotated[
    int, Meta(ge=0, le=9_007_199_254_740_991, description="A dense sequence number; 0 is before the first.")
]
Title = Annotated[str, Meta(min_length=1, max_length=200)]


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """What a client sends over HTTP: a field that is not known is refused."""


class Answer(Struct, frozen=True):
    """What a service answers: every field is written."""


class LeanAnswer(Struct, frozen=True, omit_defaults=True):
    """What a service answers, with fields that stand at their default left out."""
