"""Words of the auth service: accounts, sessions, devices, tokens, friends, invites, administration."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from secureconnect.contracts.base import Answer, Id, LeanAnswer, Millis, Request

Username = Annotated[str, Meta(min_length=1, max_length=128, description="RFC 8265 username; compared without case.")]
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
DisplayName = Annotated[str, Meta(min_length=1, max_length=100)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]
OneTimeSecret = Annotated[str, Meta(min_length=1, max_length=128)]


class DeviceRequest(Request, frozen=True):
    """The device that signs in; kind `web` is a browser, whose refresh token lives in a cookie."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    kind: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class RegisterRequest(Request, frozen=True):
    """Make an account and sign in."""

    username: Username
    password: Password
    device: DeviceRequest
    display_name: DisplayName | None = None
    email: Email | None = None
    invite: OneTimeSecret | None = None


class LoginRequest(Request, frozen=True):
    """Sign in."""

    username: Username
    password: Password
    device: DeviceRequest


class RefreshRequest(Request, frozen=True):
    """Trade a refresh token for the next one; a browser sends an empty object and its cookie."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=256)] | None = None


class AccountBrief(Answer, frozen=True):
    """The least that names an account."""

    id: str
    username: str
    display_name: str


class TokensAnswer(LeanAnswer, frozen=True):
    """What a sign-in gives; the refresh token is missing where it went into a cookie."""

    account: AccountBrief
    device_id: str
    session_id: str
    access_token: str
    access_expires_in: int
    refresh_expires_in: int
    refresh_token: str | None = None


class DeviceAnswer(Answer, frozen=True):
    """One of an account's devices."""

    id: str
    name: str
    kind: str


class SessionAnswer(Answer, frozen=True):
    """A sign-in that still holds."""

    id: str
    device: DeviceAnswer
    created_at: int
    last_used_at: int
    current: bool


class SessionPage(Answer, frozen=True):
    """One page of own sessions."""

    items: list[SessionAnswer]
    next_cursor: str | None


class PasswordChangeRequest(Request, frozen=True):
    """Set a new password; other sessions end."""

    password: Password
    new_password: Password


class PasswordConfirmRequest(Request, frozen=True):
    """Give the password again, so that for ten minutes acts that ask for it are open to this session."""

    password: Password


class ResetAskRequest(Request, frozen=True):
    """Ask for a reset link by mail; the answer is the same whether the account exists."""

    username: Username | None = None
    email: Email | None = None


class ResetRequest(Request, frozen=True):
    """Set a password anew with a one-time secret."""

    secret: OneTimeSecret
    new_password: Password


class SecretRequest(Request, frozen=True):
    """Spend or look at a one-time secret."""

    secret: OneTimeSecret


Permission = Literal["everyone", "friends", "nobody"]


class Privacy(Struct, frozen=True, forbid_unknown_fields=True):
    """What others may see of and do to this person; read marks, typing and last seen are mutual."""

    read_marks: bool = True
    typing: bool = True
    last_seen: bool = True
    write: Permission = "everyone"
    add_to_groups: Permission = "everyone"
    ring: Permission = "everyone"


class QuietHours(Struct, frozen=True, forbid_unknown_fields=True):
    """When no notification is shown: minutes of the local day, in a named time zone."""

    start_minute: Annotated[int, Meta(ge=0, lt=1440)]
    end_minute: Annotated[int, Meta(ge=0, lt=1440)]
    zone: Annotated[str, Meta(min_length=1, max_length=64)]


class Preferences(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person chose; PUT replaces all of it."""

    privacy: Privacy = Privacy()
    quiet_hours: QuietHours | None = None
    language: Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | None = None
    notification_detail: Literal["full", "sender", "neutral"] = "full"


class OwnAccount(Answer, frozen=True):
    """One's own account as oneself sees it."""

    id: str
    username: str
    display_name: str
    picture: str | None
    email: str | None
    email_verified: bool
    pending_email: str | None
    admin: bool
    created_at: int
    preferences: Preferences


class OwnAccountPatch(Request, frozen=True):
    """Change one's profile; a new address counts after its link was followed, null removes it."""

    display_name: DisplayName | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET


class CloseAccountRequest(Request, frozen=True):
    """Close one's account for ever; messages stay unless asked otherwise."""

    password: Password
    delete_messages: bool = False


class PersonAnswer(LeanAnswer, frozen=True):
    """Somebody as others see them; a closed account keeps its id and loses its name."""

    id: str
    username: str
    display_name: str
    picture: str | None = None
    closed: bool = False
    disabled: bool = False


class PersonPage(Answer, frozen=True):
    """One page of people."""

    items: list[PersonAnswer]
    next_cursor: str | None


class AccountRequest(Request, frozen=True):
    """Names an account to befriend or to block."""

    account: Id


class FriendAnswer(Answer, frozen=True):
    """A friendship in one of its states."""

    account: PersonAnswer
    state: Literal["asked", "asking", "friends"]
    since: int


class FriendPage(Answer, frozen=True):
    """One page of friendships."""

    items: list[FriendAnswer]
    next_cursor: str | None


class BlockAnswer(Answer, frozen=True):
    """Somebody whom one has blocked."""

    account: PersonAnswer
    since: int


class BlockPage(Answer, frozen=True):
    """One page of blocks."""

    items: list[BlockAnswer]
    next_cursor: str | None


class InviteRequest(Request, frozen=True):
    """Make an invite; expires_at is bounded by the server."""

    uses: Annotated[int, Meta(ge=1, le=1000)] = 1
    expires_at: Millis | None = None
    conversations: Annotated[list[Id], Meta(max_length=20)] = []


class InviteAnswer(LeanAnswer, frozen=True):
    """An invite; its link is shown once, when it is made."""

    id: str
    uses_left: int
    expires_at: int
    created_at: int
    conversations: list[str]
    by: AccountBrief
    link: str | None = None


class InvitePage(Answer, frozen=True):
    """One page of own invites."""

    items: list[InviteAnswer]
    next_cursor: str | None


class InvitedConversation(Answer, frozen=True):
    """A conversation that an invite leads to."""

    id: str
    title: str


class InviteView(Answer, frozen=True):
    """What an invite's page tells before signing up: inviter, server, conversations."""

    kind: Literal["invite", "first_admin"]
    server: str
    expires_at: int
    inviter: AccountBrief | None
    conversations: list[InvitedConversation]


class WebPushRequest(Request, tag_field="provider", tag="webpush", frozen=True):
    """A Web Push subscription (RFC 8030, RFC 8291)."""

    endpoint: Annotated[str, Meta(min_length=8, max_length=2048)]
    p256dh: Annotated[str, Meta(min_length=80, max_length=100)]
    auth: Annotated[str, Meta(min_length=20, max_length=30)]


class UnifiedPushRequest(Request, tag_field="provider", tag="unifiedpush", frozen=True):
    """A UnifiedPush subscription, spoken as Web Push."""

    endpoint: Annotated[str, Meta(min_length=8, max_length=2048)]
    p256dh: Annotated[str, Meta(min_length=80, max_length=100)]
    auth: Annotated[str, Meta(min_length=20, max_length=30)]


class FcmPushRequest(Request, tag_field="provider", tag="fcm", frozen=True):
    """A token of Firebase Cloud Messaging."""

    token: Annotated[str, Meta(min_length=8, max_length=4096)]


PushAddressRequest = WebPushRequest | UnifiedPushRequest | FcmPushRequest


class AdminAccount(Answer, frozen=True):
    """An account as administrators see it; nothing of what it wrote."""

    id: str
    username: str
    display_name: str
    email: str | None
    email_verified: bool
    admin: bool
    disabled: bool
    closed: bool
    created_at: int
    last_used_at: int | None
    sessions: int


class AdminAccountPage(Answer, frozen=True):
    """One page of accounts."""

    items: list[AdminAccount]
    next_cursor: str | None


class AdminAccountPatch(Request, frozen=True):
    """Disable or enable an account, or change its role."""

    disabled: bool | UnsetType = UNSET
    admin: bool | UnsetType = UNSET


class AdminCloseRequest(Request, frozen=True):
    """Close somebody's account for ever; messages stay unless asked otherwise."""

    delete_messages: bool = False


class ResetLinkAnswer(Answer, frozen=True):
    """A one-time link that an administrator made; it is shown once."""

    link: str
    expires_at: int


class AuditRow(Answer, frozen=True):
    """One act of an administrator."""

    id: str
    at: int
    actor: str
    act: str
    subject: str | None
    detail: dict[str, str]


class AuditPage(Answer, frozen=True):
    """One page of the audit, newest first."""

    items: list[AuditRow]
    next_cursor: str | None


class PolicyAnswer(Answer, frozen=True):
    """Who may register."""

    registration: Literal["open", "invite", "closed"]


class PolicyPatch(Request, frozen=True):
    """Change who may register."""

    registration: Literal["open", "invite", "closed"] | UnsetType = UNSET


class OverviewAnswer(Answer, frozen=True):
    """Figures of the server for its administrators; `storage_used_bytes` is null while storage does not answer."""

    accounts: int
    disabled_accounts: int
    sessions: int
    registration: str
    version: str
    services: dict[str, str]
    storage_used_bytes: int | None
    degraded: list[str]


class Jwks(Answer, frozen=True):
    """The public keys that access tokens are signed with (RFC 7517)."""

    keys: list[dict[str, str]]
