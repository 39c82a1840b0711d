"""Every error that SecureConnect tells, as one closed set shared by HTTP, sockets, CLI and clients.

Fault                an answer that is not the one hoped for: a Code, and what helps to go on
Code                 the closed set of stable codes, each with HTTP status and title
"""

from dataclasses import dataclass, field
from enum import Enum

from msgspec import Struct


class Code(Enum):
    """A stable code: its wire name, HTTP status and a title that says what happened and what to do."""

    # Any service.
    BAD_REQUEST = ("request.bad", 400, "The request could not be read.")
    UNAUTHENTICATED = ("request.unauthenticated", 401, "Sign in first.")
    FORBIDDEN = ("request.forbidden", 403, "You may not do this.")
    ORIGIN_REFUSED = ("request.origin_refused", 403, "This page may not make this request.")
    NOT_FOUND = ("request.not_found", 404, "There is no such thing here.")
    METHOD_NOT_ALLOWED = ("request.method_not_allowed", 405, "This address does not answer to that method.")
    NOT_ACCEPTABLE = ("request.not_acceptable", 406, "No representation that you accept can be made.")
    TIMED_OUT = ("request.timed_out", 408, "The request took too long to arrive.")
    CONFLICT = ("request.conflict", 409, "The request does not fit the present state.")
    IDEMPOTENCY_KEY_REUSED = (
        "request.idempotency_key_reused",
        409,
        "This Idempotency-Key was used for another request.",
    )
    IDEMPOTENCY_RUNNING = (
        "request.idempotency_running",
        409,
        "The first request with this Idempotency-Key is still running.",
    )
    LENGTH_REQUIRED = ("request.length_required", 411, "Say how long the body is.")
    PRECONDITION_FAILED = ("request.precondition_failed", 412, "A precondition of the request does not hold.")
    BODY_TOO_LARGE = ("request.body_too_large", 413, "The body is larger than this address takes.")
    MEDIA_TYPE_REFUSED = ("request.media_type_refused", 415, "This address does not take that kind of body.")
    RANGE_NOT_SATISFIABLE = ("request.range_not_satisfiable", 416, "The range lies outside of the content.")
    WRONG_HOST = ("request.wrong_host", 421, "This server does not answer for that host name.")
    INVALID = ("request.invalid", 422, "A field of the request is not valid.")
    TOO_MANY_REQUESTS = ("request.too_many", 429, "Too many requests; wait before the next.")
    HEADERS_TOO_LARGE = ("request.headers_too_large", 431, "The request's headers are too large.")
    INTERNAL = ("server.fault", 500, "Something went wrong here; nothing was half done.")
    UPSTREAM_FAILED = ("server.upstream_failed", 502, "The service behind gave no usable answer.")
    UNAVAILABLE = ("server.unavailable", 503, "This part is not available now; try again soon.")
    STOPPING = ("server.stopping", 503, "The server is restarting; try again in a moment.")
    DISK_FULL = ("server.disk_full", 507, "The server's disk is nearly full; nothing was kept of this request.")
    # Frames.
    FRAME_UNKNOWN = ("frame.unknown", 400, "No such frame is known here.")
    FRAME_INVALID = ("frame.invalid", 422, "A field of the frame is not valid.")
    FRAME_TOO_FAST = ("frame.too_fast", 429, "Frames come too fast; wait before the next.")
    # auth
    AUTH_CREDENTIALS_WRONG = ("auth.credentials_wrong", 401, "The name or the password is not right.")
    AUTH_TOKEN_INVALID = ("auth.token_invalid", 401, "The access token is not valid.")
    AUTH_REFRESH_INVALID = ("auth.refresh_invalid", 401, "The session has ended; sign in again.")
    AUTH_PASSWORD_NEEDED = ("auth.password_needed", 403, "Give your password again to do this.")
    AUTH_REGISTRATION_CLOSED = ("auth.registration_closed", 403, "This server takes no new accounts.")
    AUTH_INVITE_NEEDED = ("auth.invite_needed", 403, "An invite is needed to register here.")
    AUTH_SETUP_NEEDED = ("auth.setup_needed", 403, "The first administrator has not signed up yet.")
    AUTH_SECRET_INVALID = ("auth.secret_invalid", 403, "This link was used, has expired or never was.")
    AUTH_NOT_ADMIN = ("auth.not_admin", 403, "Only an administrator may do this.")
    AUTH_USERNAME_TAKEN = ("auth.username_taken", 409, "This name is taken.")
    AUTH_LAST_ADMIN = ("auth.last_admin", 409, "The last administrator cannot be removed.")
    AUTH_TOO_MANY_SESSIONS = ("auth.too_many_sessions", 409, "This account has too many sessions; end one first.")
    AUTH_USERNAME_INVALID = ("auth.username_invalid", 422, "This name cannot be used.")
    AUTH_PASSWORD_WEAK = ("auth.password_weak", 422, "This password is too short or too well known.")
    AUTH_EMAIL_INVALID = ("auth.email_invalid", 422, "This is not a mail address that can be used.")
    AUTH_PICTURE_INVALID = ("auth.picture_invalid", 422, "This picture cannot be read.")
    AUTH_TOO_MANY = ("auth.too_many", 422, "There are too many of these already; remove some first.")
    AUTH_TOO_MANY_TRIES = ("auth.too_many_tries", 429, "Too many tries; wait before the next.")
    AUTH_BUSY = ("auth.busy", 503, "Too many people sign in at once; try again in a moment.")
    # chat
    CHAT_NOT_A_MEMBER = ("chat.not_a_member", 404, "There is no such conversation for you.")
    CHAT_EVENT_NOT_FOUND = ("chat.event_not_found", 404, "There is no such message here.")
    CHAT_BLOCKED = ("chat.blocked", 403, "One of you has blocked the other.")
    CHAT_ROLE_TOO_LOW = ("chat.role_too_low", 403, "Your role does not allow this here.")
    CHAT_NOT_YOURS = ("chat.not_yours", 403, "Only its sender may change this message.")
    CHAT_NOT_ACCEPTED = ("chat.not_accepted", 403, "This person does not take this from you.")
    CHAT_CLIENT_ID_REUSED = ("chat.client_id_reused", 409, "This client_id was used for another message.")
    CHAT_LAST_OWNER = ("chat.last_owner", 409, "Hand over the ownership first.")
    CHAT_MEMBERSHIP_CHANGED = ("chat.membership_changed", 409, "The membership changed meanwhile; try again.")
    CHAT_DELETED = ("chat.deleted", 409, "This message was deleted.")
    CHAT_MESSAGE_TOO_LARGE = ("chat.message_too_large", 413, "The message is too large.")
    CHAT_CURSOR_AHEAD = ("chat.cursor_ahead", 422, "The mark lies above the newest event.")
    CHAT_FILE_INVALID = ("chat.file_invalid", 422, "A file is not finished, or was not uploaded for this conversation.")
    CHAT_MENTION_INVALID = (
        "chat.mention_invalid",
        422,
        "Someone mentioned is not a member, or you may not mention all.",
    )
    CHAT_SCHEME_INVALID = ("chat.scheme_invalid", 422, "This conversation does not take that envelope.")
    CHAT_REACTION_INVALID = ("chat.reaction_invalid", 422, "This is not one emoji.")
    CHAT_MEMBERS_INVALID = ("chat.members_invalid", 422, "Someone named cannot be a member here.")
    CHAT_TOO_MANY_MEMBERS = ("chat.too_many_members", 422, "The conversation would have too many members.")
    CHAT_TOO_MANY_CONVERSATIONS = ("chat.too_many_conversations", 422, "This account is in too many conversations.")
    CHAT_TOKEN_INVALID = ("chat.sync_token_invalid", 422, "This sync token is not one of ours; sync anew without one.")
    # video
    VIDEO_CALL_NOT_FOUND = ("video.call_not_found", 404, "There is no such call for you.")
    VIDEO_WRONG_STATE = ("video.wrong_state", 409, "The call is not in a state that allows this.")
    VIDEO_BUSY = ("video.busy", 409, "You or the other one is in another call.")
    VIDEO_FULL = ("video.full", 409, "The call has as many participants as it can.")
    VIDEO_NOT_ACCEPTED = ("video.not_accepted", 403, "Only devices that have accepted the call may signal.")
    VIDEO_SIGNAL_TOO_LARGE = ("video.signal_too_large", 413, "The signal is too large.")
    VIDEO_TOO_MANY_SIGNALS = ("video.too_many_signals", 429, "Too many signals for this call.")
    VIDEO_TOO_MANY_CANDIDATES = ("video.too_many_candidates", 429, "Too many candidates for this call.")
    # storage
    STORAGE_FILE_NOT_FOUND = ("storage.file_not_found", 404, "There is no such file for you.")
    STORAGE_UPLOAD_GONE = ("storage.upload_gone", 410, "This upload has expired or was ended.")
    STORAGE_OFFSET_MISMATCH = ("storage.offset_mismatch", 409, "The offset is not where the upload stands.")
    STORAGE_UPLOAD_LOCKED = ("storage.upload_locked", 423, "Another request is writing to this upload.")
    STORAGE_INCOMPLETE = ("storage.incomplete", 409, "The upload is not finished.")
    STORAGE_TUS_VERSION = ("storage.tus_version", 412, "This version of tus is not spoken here.")
    STORAGE_FILE_TOO_LARGE = ("storage.file_too_large", 413, "The file is larger than this server takes.")
    STORAGE_QUOTA_EXCEEDED = ("storage.quota_exceeded", 413, "There is not enough room left for this file.")
    STORAGE_METADATA_INVALID = ("storage.metadata_invalid", 422, "The upload's metadata is not valid.")
    STORAGE_CHECKSUM_MISMATCH = (
        "storage.checksum_mismatch",
        460,
        "The checksum does not match; nothing was kept of this part.",
    )
    STORAGE_CHECKSUM_UNKNOWN = ("storage.checksum_unknown", 400, "This checksum algorithm is not spoken here.")
    STORAGE_TOO_MANY_UPLOADS = ("storage.too_many_uploads", 429, "Too many uploads stand open; finish or end one.")
    STORAGE_DAMAGED = ("storage.damaged", 500, "The stored file is damaged and was not sent.")

    def __init__(self, wire: str, status: int, title: str) -> None:
        self.wire = wire
        self.status = status
        self.title = title


BY_WIRE: dict[str, Code] = {code.wire: code for code in Code}


class FieldFault(Struct, frozen=True, omit_defaults=True):
    """What is wrong with one field: `pointer` is a JSON pointer (RFC 6901) into the body, or names a parameter."""

    pointer: str
    detail: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """The body of every error answer (RFC 9457, application/problem+json)."""

    type: str
    code: str
    title: str
    status: int
    request_id: str
    detail: str | None = None
    errors: list[FieldFault] = []
    retry_after_ms: int | None = None


@dataclass
class Fault(Exception):
    """An answer that is not the one hoped for; edges turn it into a problem, an `error` frame or a CLI sentence."""

    code: Code
    detail: str | None = None
    retry_after_ms: int | None = None
    errors: list[FieldFault] = field(default_factory=list[FieldFault])
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        return f"{self.code.wire}: {self.detail or self.code.title}"


def invalid(pointer: str, detail: str, code: Code = Code.INVALID) -> Fault:
    """The fault of one field: `pointer` is a JSON pointer into the body."""
    return Fault(code, errors=[FieldFault(pointer, detail)])
