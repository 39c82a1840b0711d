"""The calls of auth for administrators: accounts, the audit, the overview, the policy of registration."""

from typing import Annotated

from litestar.params import FromPath, Parameter, QueryParameter

from secureconnect.contracts.auth import (
    AdminAccount,
    AdminAccountPage,
    AdminAccountPatch,
    AdminCloseRequest,
    AuditPage,
    OverviewAnswer,
    PolicyAnswer,
    PolicyPatch,
    ResetLinkAnswer,
)
from secureconnect.contracts.errors import Code
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import Policy, route
from secureconnect.services.auth.administration import Administration
from secureconnect.services.auth.audit import Audit
from secureconnect.services.auth.overview import Overview
from secureconnect.services.auth.policy import RegistrationPolicy

TAG = "admin"
RATE = "admin"
Cursor = Annotated[str | None, Parameter(max_length=400)]
Limit = Annotated[int, Parameter(ge=1, le=200)]


@route("GET", "/v1/admin/accounts", policy=Policy.ADMIN, rate=RATE, summary="Accounts", tag=TAG)
async def list_accounts(
    administration: Administration,
    prefix: Annotated[str | None, QueryParameter(name="query", max_length=254)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AdminAccountPage:
    """Newest first; with `query` the open ones whose username, display name or address begins so."""
    return await administration.page(prefix, cursor, limit)


@route(
    "GET",
    "/v1/admin/accounts/{account:str}",
    policy=Policy.ADMIN,
    rate=RATE,
    summary="One account",
    tag=TAG,
    errors=[Code.NOT_FOUND],
)
async def read_account(account: FromPath[str], administration: Administration) -> AdminAccount:
    """Nothing of what it wrote."""
    return await administration.get(account)


@route(
    "PATCH",
    "/v1/admin/accounts/{account:str}",
    policy=Policy.ADMIN,
    rate=RATE,
    summary="Disable or enable an account, or change its role",
    tag=TAG,
    errors=[Code.NOT_FOUND, Code.AUTH_LAST_ADMIN],
)
async def change_account(
    data: AdminAccountPatch, account: FromPath[str], caller: Caller, administration: Administration
) -> AdminAccount:
    """Disabling ends all its sessions at once and keeps its messages."""
    return await administration.change(caller.account, account, data)


@route(
    "POST",
    "/v1/admin/accounts/{account:str}/end-sessions",
    policy=Policy.ADMIN,
    rate=RATE,
    summary="Sign somebody out everywhere",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def end_account_sessions(account: FromPath[str], caller: Caller, administration: Administration) -> None:
    """Their sockets are cut."""
    await administration.end_sessions(caller.account, account)


@route(
    "POST",
    "/v1/admin/accounts/{account:str}/reset-link",
    policy=Policy.ADMIN,
    rate=RATE,
    summary="Make a link that sets somebody's password anew",
    tag=TAG,
    status=201,
    errors=[Code.NOT_FOUND, Code.CONFLICT],
)
async def make_reset_link(account: FromPath[str], caller: Caller, administration: Administration) -> ResetLinkAnswer:
    """It works once, and stands in this answer alone; a link made earlier ends."""
    return await administration.reset_link(caller.account, account)


@route(
    "POST",
    "/v1/admin/accounts/{account:str}/close",
    policy=Policy.ADMIN,
    rate=RATE,
    summary="Close somebody's account for ever",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND, Code.AUTH_LAST_ADMIN],
)
async def close_account(
    data: AdminCloseRequest, account: FromPath[str], caller: Caller, administration: Administration
) -> None:
    """As if its owner had closed it: the name is never given again, files go, messages stay unless asked otherwise."""
    await administration.close(caller.account, account, delete_messages=data.delete_messages)


@route("GET", "/v1/admin/audit", policy=Policy.ADMIN, rate=RATE, summary="The audit", tag=TAG)
async def list_audit(audit: Audit, cursor: Cursor = None, limit: Limit = 50) -> AuditPage:
    """Acts of administrators, and of who runs the server (`operator`), newest first."""
    return await audit.page(cursor, limit)


@route("GET", "/v1/admin/overview", policy=Policy.ADMIN, rate=RATE, summary="Figures of the server", tag=TAG)
async def read_overview(overview: Overview) -> OverviewAnswer:
    """Accounts, sessions, bytes stored; how the services are and what does not work now."""
    return await overview.get()


@route("GET", "/v1/admin/policy", policy=Policy.ADMIN, rate=RATE, summary="Who may register", tag=TAG)
async def read_policy(policy: RegistrationPolicy) -> PolicyAnswer:
    """The policy in force."""
    return await policy.get()


@route("PATCH", "/v1/admin/policy", policy=Policy.ADMIN, rate=RATE, summary="Change who may register", tag=TAG)
async def change_policy(data: PolicyPatch, caller: Caller, policy: RegistrationPolicy) -> PolicyAnswer:
    """From now on; it outlives restarts and goes before the setting."""
    return await policy.change(caller.account, data)


ROUTES = [
    list_accounts,
    read_account,
    change_account,
    end_account_sessions,
    make_reset_link,
    close_account,
    list_audit,
    read_overview,
    read_policy,
    change_policy,
]
