"""Auth, put together from what it is given."""

import os
from collections.abc import Callable

from secureconnect.backends.mail.port import Mail
from secureconnect.backends.sql.port import Sql
from secureconnect.edge.inner import Check
from secureconnect.edge.kept import SqlKeptAnswers
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.services.auth import routes, routes_admin, routes_people
from secureconnect.services.auth.community import Community
from secureconnect.services.auth.entrance import Entrance
from secureconnect.services.auth.first_admin import offer_setup
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.store.tables import METADATA

__all__ = ["METADATA", "AuthLimits", "build"]


def build(
    edge: Edge,
    *,
    sql: Sql,
    mail: Mail,
    limits: AuthLimits,
    public_url: str,
    incarnation: str,
    signing_pem: Callable[[], str | None],
    announce: Callable[[str], None],
    crashpoints: CrashPoints,
) -> Running:
    """The auth service.

    `signing_pem` gives the private signing key as it stands now; `announce` is given the link of the first
    administrator at each start while nobody has used it.
    """
    entrance = Entrance(edge, sql, mail, limits, public_url, incarnation, signing_pem, crashpoints)
    community = Community(
        edge,
        sql,
        mail,
        entrance.feed,
        entrance.keys,
        entrance.sessions,
        entrance.confirmation,
        entrance.recovery,
        entrance.emails,
        entrance.notices,
        entrance.errands,
        limits,
        public_url,
        entrance.passwords,
    )

    async def start() -> None:
        await entrance.start()
        await offer_setup(sql, edge.clock, os.urandom, limits.first_admin_s, public_url, announce)

    async def stop() -> None:
        await entrance.stop()
        community.close()

    return assemble(
        edge,
        routes=[*routes.ROUTES, *routes_people.ROUTES, *routes_admin.ROUTES],
        provided={**entrance.provided, **community.provided},
        gatekeeper=edge.gatekeeper(entrance.confirmation.admin_check),
        checks=[Check("sql", hard=True, ping=sql.ping), Check("mail", hard=False, ping=mail.ping)],
        calls=[*entrance.calls, *community.calls],
        kept_answers=SqlKeptAnswers(sql, edge.clock),
        start=start,
        drain=entrance.feed.release,
        stop=stop,
    )
