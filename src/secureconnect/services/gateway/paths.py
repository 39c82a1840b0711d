"""Which service owns which paths."""

PREFIXES: dict[str, tuple[str, ...]] = {
    "auth": (
        "/v1/auth",
        "/v1/users",
        "/v1/friends",
        "/v1/blocks",
        "/v1/invites",
        "/v1/devices",
        "/v1/admin",
        "/.well-known/jwks.json",
    ),
    "chat": ("/v1/conversations", "/v1/sync", "/v1/ws/chat"),
    "video": ("/v1/calls", "/v1/ws/signaling"),
    "storage": ("/v1/files",),
}
_BY_WORDS: dict[tuple[str, ...], str] = {
    tuple(prefix.split("/")[1:]): service for service, prefixes in PREFIXES.items() for prefix in prefixes
}
_LENGTHS = sorted({len(words) for words in _BY_WORDS}, reverse=True)


def owner(path: str) -> str | None:
    """The service that owns a path, None for the gateway's own; prefixes end at a slash, so `/v1/filesystem` is
    nobody's."""
    words = tuple(path.split("/", 4)[1:4])
    for length in _LENGTHS:
        found = _BY_WORDS.get(words[:length])
        if found is not None:
            return found
    return None
