"""What each error leaves behind and what to do next, for the command line and the reference."""

from typing import NamedTuple

from secureconnect.contracts.errors import Code, Fault


class Advice(NamedTuple):
    """What is safe after an error, and what to do next; a sentence each."""

    safe: str
    next: str


_UNCHANGED = "Nothing was changed."
_AGAIN = "Nothing is half done; the same again, with the same `client_id` or `Idempotency-Key`, is done once."
BY_STATUS: dict[int, Advice] = {
    400: Advice(_UNCHANGED, "Correct the request; the same again fails again."),
    401: Advice(_UNCHANGED, "Sign in, or refresh the access token, then send the request again."),
    403: Advice(_UNCHANGED, "Ask somebody who may, or do without; the same again fails again."),
    404: Advice(_UNCHANGED, "Check the id or name; what you may not see is told in the same way."),
    405: Advice(_UNCHANGED, "Use one of the methods that the answer's `Allow` header names."),
    406: Advice(_UNCHANGED, "Accept `application/json`."),
    408: Advice("Nothing was kept of a request that did not arrive whole.", "Send it again; an upload goes on."),
    409: Advice(_UNCHANGED, "Read the present state, then decide anew."),
    410: Advice("What was stored of it is gone.", "Begin anew."),
    411: Advice(_UNCHANGED, "Send a `Content-Length`."),
    412: Advice(_UNCHANGED, "Read the present state or the supported version, then send the request again."),
    413: Advice(_UNCHANGED, "Send less; `/.well-known/secureconnect` tells the limits."),
    415: Advice(_UNCHANGED, "Send the content type that the API document names."),
    416: Advice(_UNCHANGED, "Ask for a range within the size that `Content-Range` tells."),
    421: Advice(_UNCHANGED, "Use the address of `public_url`; whoever runs the server adds other names to `hosts`."),
    422: Advice(_UNCHANGED, "Correct the fields that `errors` names."),
    423: Advice("What the other request sends is kept.", "Wait until it ends, ask for the offset, then go on."),
    429: Advice(_UNCHANGED, "Wait as long as `Retry-After` says, then send the same again."),
    431: Advice(_UNCHANGED, "Send fewer or shorter headers."),
    460: Advice("The parts before it are kept.", "Send this part again."),
    500: Advice(_AGAIN, "Try again later; whoever runs the server finds the `request_id` in the log."),
    502: Advice(_AGAIN, "Try again in a moment."),
    503: Advice(_AGAIN, "Wait as long as `Retry-After` says, then send the same again."),
    507: Advice("Nothing of it was kept; what was stored before is whole.", "Whoever runs the server makes room."),
}
OF_CODE: dict[Code, Advice] = {
    Code.WRONG_HOST: BY_STATUS[421],
    Code.IDEMPOTENCY_KEY_REUSED: Advice("The first request stands.", "Use a new key for a new request."),
    Code.IDEMPOTENCY_RUNNING: Advice("The first request goes on.", "Wait as `Retry-After` says, then ask again."),
    Code.AUTH_PASSWORD_NEEDED: Advice(_UNCHANGED, "Confirm the password, then send the request again."),
    Code.AUTH_REFRESH_INVALID: Advice("What was stored stays.", "Sign in anew."),
    Code.AUTH_TOKEN_INVALID: Advice(_UNCHANGED, "Refresh the access token, then send the request again."),
    Code.AUTH_SECRET_INVALID: Advice(_UNCHANGED, "Ask for a new link: each is for one use and a limited time."),
    Code.AUTH_LAST_ADMIN: Advice(_UNCHANGED, "Make somebody else an administrator first."),
    Code.AUTH_USERNAME_TAKEN: Advice(_UNCHANGED, "Choose another name; a name is never given again."),
    Code.AUTH_SETUP_NEEDED: Advice(_UNCHANGED, "Open the link that the first start of the server showed."),
    Code.CHAT_BLOCKED: Advice("The conversation's history stays.", "Nothing; the block is theirs or yours to end."),
    Code.CHAT_CLIENT_ID_REUSED: Advice("The first message stands.", "Use a new `client_id` for a new message."),
    Code.CHAT_MEMBERSHIP_CHANGED: Advice(_UNCHANGED, "Send the same again: it is checked anew."),
    Code.CHAT_LAST_OWNER: Advice(_UNCHANGED, "Make another member the owner first."),
    Code.CHAT_DELETED: Advice("The message stays deleted.", "Nothing; it cannot be changed any more."),
    Code.CHAT_TOKEN_INVALID: Advice(_UNCHANGED, "Sync without a token: all heads come anew."),
    Code.STORAGE_OFFSET_MISMATCH: Advice("What was sent before is kept.", "Ask for the offset (HEAD) and go on there."),
    Code.STORAGE_QUOTA_EXCEEDED: Advice(_UNCHANGED, "Delete files, or ask whoever runs the server for more room."),
    Code.STORAGE_TOO_MANY_UPLOADS: Advice("The open uploads go on.", "Finish or end one, then begin this one."),
    Code.STORAGE_DAMAGED: Advice("No damaged byte was sent.", "Whoever runs the server restores it from a backup."),
}


def advise(code: Code) -> Advice:
    """What is safe and what to do next, by the code or else its status."""
    return OF_CODE.get(code) or BY_STATUS[code.status]


def told_fault(fault: Fault) -> str:
    """A fault as the command line tells it: what happened, what is safe, what to do next."""
    what = (
        fault.detail or "; ".join(f"{one.pointer.strip('/')}: {one.detail}" for one in fault.errors) or fault.code.title
    )
    wait = f" It may be tried again in {-(-fault.retry_after_ms // 1000)} s." if fault.retry_after_ms else ""
    safe = advise(fault.code).safe if fault.code.status < 500 else "Nothing is half done; to run it again is safe."
    return f"{what.rstrip('.')}. {safe}{wait} ({fault.code.wire})"
