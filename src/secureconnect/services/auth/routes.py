"""The calls of auth about signing in: accounts, sessions, passwords, addresses, push."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, QueryParameter

from secureconnect.contracts.auth import (
    Jwks,
    LoginRequest,
    PasswordChangeRequest,
    PasswordConfirmRequest,
    PushAddressRequest,
    RefreshRequest,
    RegisterRequest,
    ResetAskRequest,
    ResetRequest,
    SecretRequest,
    SessionPage,
    TokensAnswer,
)
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.identity import Caller
from secureconnect.edge.passage import Passage
from secureconnect.edge.routes import Policy, route
from secureconnect.services.auth.accounts import Accounts
from secureconnect.services.auth.confirmation import Confirmation
from secureconnect.services.auth.cookies import Cookies
from secureconnect.services.auth.emails import Emails
from secureconnect.services.auth.keys import SigningKeys
from secureconnect.services.auth.login import Login
from secureconnect.services.auth.push import PushAddresses
from secureconnect.services.auth.recovery import Recovery
from secureconnect.services.auth.sessions import Sessions, SignedIn

TAG = "auth"


def _tokens(signed_in: SignedIn, browser: Cookies, status: int) -> Response[TokensAnswer]:
    return Response(
        signed_in.answer, status_code=status, cookies=browser.made(signed_in), media_type="application/json"
    )


@route(
    "POST",
    "/v1/auth/register",
    policy=Policy.PUBLIC,
    rate="register",
    summary="Make an account and sign in",
    tag=TAG,
    status=201,
    errors=[
        Code.AUTH_INVITE_NEEDED,
        Code.AUTH_REGISTRATION_CLOSED,
        Code.AUTH_SETUP_NEEDED,
        Code.AUTH_SECRET_INVALID,
        Code.AUTH_USERNAME_TAKEN,
        Code.AUTH_USERNAME_INVALID,
        Code.AUTH_PASSWORD_WEAK,
        Code.AUTH_EMAIL_INVALID,
        Code.AUTH_BUSY,
    ],
)
async def register(
    data: RegisterRequest, passage: Passage, accounts: Accounts, browser: Cookies
) -> Response[TokensAnswer]:
    """With an `invite` (the secret of a join link) where the server asks for one. A device of kind `web` gets its
    refresh token as a cookie."""
    return _tokens(await accounts.register(data, passage.client_ip), browser, 201)


@route(
    "POST",
    "/v1/auth/login",
    policy=Policy.PUBLIC,
    rate="login",
    summary="Sign in",
    tag=TAG,
    errors=[Code.AUTH_CREDENTIALS_WRONG, Code.AUTH_TOO_MANY_TRIES, Code.AUTH_BUSY],
)
async def login(data: LoginRequest, passage: Passage, signing_in: Login, browser: Cookies) -> Response[TokensAnswer]:
    """The same answer, in the same time, for a wrong password and an unknown name."""
    return _tokens(await signing_in.login(data, passage.client_ip), browser, 200)


@route(
    "POST",
    "/v1/auth/refresh",
    policy=Policy.PUBLIC,
    rate="refresh",
    summary="Trade the refresh token for the next tokens",
    tag=TAG,
    errors=[Code.AUTH_REFRESH_INVALID, Code.FORBIDDEN],
)
async def refresh(
    data: RefreshRequest, request: Request[Any, Any, Any], sessions: Sessions, browser: Cookies
) -> Response[TokensAnswer]:
    """Each refresh token is used once. When the answer was lost the same token may be sent again, for as long as the
    next one was not used; after that it ends the session. A browser sends `{}` and its cookie."""
    if data.refresh_token is not None:
        return _tokens(await sessions.refresh(data.refresh_token, by_cookie=False), browser, 200)
    token = browser.refresh_token(list(request.scope["headers"]))
    if token is None:
        raise Fault(Code.AUTH_REFRESH_INVALID)
    return _tokens(await sessions.refresh(token, by_cookie=True), browser, 200)


@route(
    "POST",
    "/v1/auth/logout",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="End this session",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def logout(caller: Caller, sessions: Sessions, browser: Cookies) -> Response[None]:
    """Its tokens are refused and its sockets cut, and a browser forgets its cookies."""
    await sessions.end(caller.account, caller.session)
    return Response(None, status_code=204, cookies=browser.cleared())


@route("GET", "/v1/auth/sessions", policy=Policy.ACCOUNT, rate="read", summary="Own sessions", tag=TAG)
async def list_sessions(
    caller: Caller,
    sessions: Sessions,
    cursor: Annotated[str | None, QueryParameter(max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> SessionPage:
    """Newest first."""
    return await sessions.page(caller, cursor, limit)


@route(
    "DELETE",
    "/v1/auth/sessions/{session:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="End one of one's own sessions",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def end_session(session: FromPath[str], caller: Caller, sessions: Sessions) -> None:
    """Its tokens are refused and its sockets cut at once."""
    await sessions.end(caller.account, session)


@route(
    "POST",
    "/v1/auth/confirm",
    policy=Policy.ACCOUNT,
    rate="confirm",
    summary="Give the password again",
    tag=TAG,
    status=204,
    errors=[Code.AUTH_CREDENTIALS_WRONG, Code.AUTH_BUSY],
)
async def confirm_password(
    data: PasswordConfirmRequest, caller: Caller, passage: Passage, confirmation: Confirmation
) -> None:
    """For ten minutes this session may do what asks for the password."""
    await confirmation.confirm(caller, data.password, passage.client_ip)


@route(
    "POST",
    "/v1/auth/password",
    policy=Policy.ACCOUNT,
    rate="confirm",
    summary="Change the password",
    tag=TAG,
    status=204,
    errors=[Code.AUTH_CREDENTIALS_WRONG, Code.AUTH_PASSWORD_WEAK, Code.AUTH_BUSY],
)
async def change_password(data: PasswordChangeRequest, caller: Caller, passage: Passage, recovery: Recovery) -> None:
    """All other sessions end."""
    await recovery.change(caller, data, passage.client_ip)


@route(
    "POST",
    "/v1/auth/password/reset-request",
    policy=Policy.PUBLIC,
    rate="reset",
    summary="Ask for a reset link by mail",
    tag=TAG,
    status=204,
    errors=[Code.AUTH_TOO_MANY_TRIES],
)
async def request_reset(data: ResetAskRequest, recovery: Recovery) -> None:
    """By name or by verified address. The answer does not tell whether there is such an account."""
    await recovery.ask(data)


@route(
    "POST",
    "/v1/auth/password/reset",
    policy=Policy.PUBLIC,
    rate="reset",
    summary="Set a password anew with a one-time secret",
    tag=TAG,
    status=204,
    errors=[Code.AUTH_SECRET_INVALID, Code.AUTH_PASSWORD_WEAK, Code.AUTH_BUSY],
)
async def reset_password(data: ResetRequest, passage: Passage, recovery: Recovery) -> None:
    """All sessions end. A password that is refused does not spend the secret."""
    await recovery.reset(data, passage.client_ip)


@route(
    "POST",
    "/v1/auth/email/verify",
    policy=Policy.PUBLIC,
    rate="reset",
    summary="Verify a mail address with the secret of its link",
    tag=TAG,
    status=204,
    errors=[Code.AUTH_SECRET_INVALID],
)
async def verify_email(data: SecretRequest, emails: Emails) -> None:
    """The address is the account's from now on."""
    await emails.verify(data.secret)


@route(
    "PUT",
    "/v1/devices/current/push",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Say where this device takes notifications",
    tag=TAG,
    status=204,
)
async def put_push_address(data: PushAddressRequest, caller: Caller, push_addresses: PushAddresses) -> None:
    """Bound to this session, and gone with it."""
    await push_addresses.put(caller, data)


@route(
    "DELETE",
    "/v1/devices/current/push",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Take no notifications on this device",
    tag=TAG,
    status=204,
)
async def delete_push_address(caller: Caller, push_addresses: PushAddresses) -> None:
    """Nothing happens when there is none."""
    await push_addresses.remove(caller)


@route("GET", "/.well-known/jwks.json", policy=Policy.PUBLIC, rate="public", summary="Public keys of tokens", tag=TAG)
async def read_jwks(keys: SigningKeys) -> Jwks:
    """The keys that access tokens are verified with (RFC 7517)."""
    return msgspec.json.decode(await keys.jwks(), type=Jwks)


ROUTES = [
    register,
    login,
    refresh,
    logout,
    list_sessions,
    end_session,
    confirm_password,
    change_password,
    request_reset,
    reset_password,
    verify_email,
    put_push_address,
    delete_push_address,
    read_jwks,
]
