"""Each path has one owner."""

import pytest

from secureconnect.services.gateway.paths import owner


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/auth/login", "auth"),
        ("/v1/users", "auth"),
        ("/v1/users/me/picture", "auth"),
        ("/.well-known/jwks.json", "auth"),
        ("/.well-known/secureconnect", None),
        ("/v1/conversations/x/messages", "chat"),
        ("/v1/sync", "chat"),
        ("/v1/ws/chat", "chat"),
        ("/v1/ws/signaling", "video"),
        ("/v1/calls/ice-servers", "video"),
        ("/v1/files/x/content", "storage"),
        ("/v1/filesystem", None),
        ("/v1", None),
        ("/", None),
        ("//v1/files", None),
        ("/V1/files", None),
        ("/v1/ws", None),
    ],
)
def test_the_first_whole_words_decide(path: str, service: str | None) -> None:
    assert owner(path) == service
