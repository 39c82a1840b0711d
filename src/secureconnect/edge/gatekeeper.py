"""What stands before every handler: who may pass, and how often."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Scope

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.follow import Follower
from secureconnect.edge.identity import CONTENT_TYPE, Caller, Identity, UnknownKey, bearer, cookie
from secureconnect.edge.limits import RATES, Limiter, Per, network_of
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import passage_of
from secureconnect.edge.routes import POLICY, RATE, Policy

AdminCheck = Callable[[Caller], Awaitable[None]]
"""Raises AUTH_NOT_ADMIN or AUTH_PASSWORD_NEEDED; the role is read from the store each time."""
CALLER = "secureconnect.caller"
CONTENT_COOKIES = ("__Host-secureconnect-content", "secureconnect-content")
REFETCH_S = 5.0


class Gatekeeper:
    """Checks policy and rate of the route that was found; the caller is left in the scope."""

    def __init__(
        self,
        identity: Identity,
        follower: Follower,
        limiter: Limiter,
        metrics: EdgeMetrics,
        admin_check: AdminCheck | None = None,
    ) -> None:
        self._admin_check = admin_check
        self._identity = identity
        self._follower = follower
        self._limiter = limiter
        self._metrics = metrics

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """A Litestar guard: raises UNAUTHENTICATED, AUTH_TOKEN_INVALID or TOO_MANY_REQUESTS."""
        scope = connection.scope
        if POLICY not in handler.opt:
            # Litestar's own answer to OPTIONS: build_app lets no other route be without a policy.
            await self._limiter.hit("public", network_of(passage_of(scope).client_ip))
        elif CALLER not in scope:
            await self.admit(scope, handler.opt)

    async def admit(self, scope: Scope, opt: Mapping[str, Any]) -> None:
        """Check the policy and count against the rate of a route with these options; raises as the guard does. A
        request that was admitted before its route (to be given a kept answer) is not counted again there."""
        policy: Policy = opt[POLICY]
        if policy is not Policy.PUBLIC:
            cast("dict[str, object]", scope)[CALLER] = await self.authenticate(scope, policy)
        if policy is Policy.ADMIN:
            await self._check_admin(caller_of(scope))
        rate: str = opt[RATE]
        by_account = RATES[rate].per is Per.ACCOUNT
        key = caller_of(scope).account if by_account else network_of(passage_of(scope).client_ip)
        try:
            await self._limiter.hit(rate, key)
        except Fault:
            self._metrics.limited(rate)
            raise

    async def authenticate(self, scope: Scope, policy: Policy) -> Caller:
        """The caller by bearer token, or for file content by the short-lived cookie."""
        headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
        token = bearer(headers)
        if token is not None:
            return await self.verify(token)
        if policy is Policy.CONTENT:
            for name in CONTENT_COOKIES:
                value = cookie(headers, name)
                if value is not None:
                    return await self.verify(value, CONTENT_TYPE)
        raise Fault(Code.UNAUTHENTICATED, headers={"www-authenticate": "Bearer"})

    async def _check_admin(self, caller: Caller) -> None:
        if self._admin_check is None:
            raise Fault(Code.AUTH_NOT_ADMIN)
        await self._admin_check(caller)

    async def verify(self, token: str, token_type: str | None = None) -> Caller:
        """Verify a token, reading the keys anew once when it names a key that is not at hand."""
        kinds = () if token_type is None else (token_type,)
        try:
            return self._identity.verify(token, *kinds)
        except UnknownKey:
            pass
        await self._follower.refetch_keys(REFETCH_S)
        try:
            return self._identity.verify(token, *kinds)
        except UnknownKey:
            raise Fault(Code.AUTH_TOKEN_INVALID) from None


def caller_of(scope: Scope) -> Caller:
    """The caller that the gatekeeper left in the scope."""
    return cast("Caller", cast("dict[str, object]", scope)[CALLER])


async def provide_caller(scope: Scope) -> Caller:
    """The `caller` argument of handlers."""
    return caller_of(scope)
