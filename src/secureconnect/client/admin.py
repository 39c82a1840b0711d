"""What administrators do; most of it asks for the password given within ten minutes (`auth.confirm_password`)."""

from typing import Literal

from msgspec import UNSET, UnsetType

from secureconnect.client.paging import Listing
from secureconnect.client.transport import Http
from secureconnect.contracts.auth import (
    AdminAccount,
    AdminAccountPage,
    AdminAccountPatch,
    AuditPage,
    AuditRow,
    OverviewAnswer,
    PolicyAnswer,
    PolicyPatch,
    ResetLinkAnswer,
)


class Admin:
    """The server as its administrators see it."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def accounts(self, query: str | None = None) -> Listing[AdminAccount]:
        """Accounts, or those whose name begins so."""
        return Listing(self._http, AdminAccountPage, "/v1/admin/accounts", {"query": query})

    async def account(self, account: str) -> AdminAccount:
        """One account."""
        return await self._http.ask(AdminAccount, "GET", f"/v1/admin/accounts/{account}")

    async def change(
        self, account: str, *, disabled: bool | UnsetType = UNSET, admin: bool | UnsetType = UNSET
    ) -> AdminAccount:
        """Disable or enable an account, or change its role."""
        body = AdminAccountPatch(disabled, admin)
        return await self._http.ask(AdminAccount, "PATCH", f"/v1/admin/accounts/{account}", body)

    async def end_sessions(self, account: str) -> None:
        """End all sessions of an account."""
        await self._http.tell("POST", f"/v1/admin/accounts/{account}/end-sessions")

    async def reset_link(self, account: str) -> ResetLinkAnswer:
        """Make a one-time link by which somebody sets their password anew."""
        return await self._http.ask(ResetLinkAnswer, "POST", f"/v1/admin/accounts/{account}/reset-link")

    def audit(self) -> Listing[AuditRow]:
        """Acts of administrators, newest first."""
        return Listing(self._http, AuditPage, "/v1/admin/audit")

    async def overview(self) -> OverviewAnswer:
        """Figures of the server."""
        return await self._http.ask(OverviewAnswer, "GET", "/v1/admin/overview")

    async def policy(self) -> PolicyAnswer:
        """Who may register."""
        return await self._http.ask(PolicyAnswer, "GET", "/v1/admin/policy")

    async def set_policy(self, registration: Literal["open", "invite", "closed"]) -> PolicyAnswer:
        """Change who may register."""
        return await self._http.ask(PolicyAnswer, "PATCH", "/v1/admin/policy", PolicyPatch(registration))
