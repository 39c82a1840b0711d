"""Auth, put together from what it is given."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from secureconnect.backends.mail.port import Mail
from secureconnect.backends.peers.port import AnsweredCall, answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.peers import (
    AUTH_ACCOUNTS,
    AUTH_BLOCKS,
    AUTH_CHANGES,
    AUTH_KEYS,
    AUTH_RELATIONS,
)
from secureconnect.edge.inner import Check
from secureconnect.edge.kept import SqlKeptAnswers
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.services.auth import routes, routes_admin, routes_people
from secureconnect.services.auth.accounts import Accounts
from secureconnect.services.auth.background import Background
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.community import Community
from secureconnect.services.auth.confirmation import Confirmation
from secureconnect.services.auth.cookies import Cookies
from secureconnect.services.auth.emails import Emails
from secureconnect.services.auth.errands import Errands
from secureconnect.services.auth.first_admin import offer_setup
from secureconnect.services.auth.keys import SigningKeys
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.login import Login, Tries
from secureconnect.services.auth.metrics import AuthMetrics
from secureconnect.services.auth.notices import Notices
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.peers import PeerAnswers
from secureconnect.services.auth.push import PushAddresses
from secureconnect.services.auth.recovery import Recovery
from secureconnect.services.auth.sessions import Sessions
from secureconnect.services.auth.store.tables import METADATA
from secureconnect.services.auth.tokens import Tokens
from secureconnect.services.auth.upkeep import Upkeep

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
    clock, ids = edge.clock, edge.ids
    server_name = urlsplit(public_url).hostname or "localhost"
    passwords = Passwords(limits, os.urandom, server_name)
    metrics = AuthMetrics(edge.metrics.registry, lambda: passwords.waiting)
    background = Background()
    feed = ChangeFeed(sql, clock)
    keys = SigningKeys(feed, sql, clock, signing_pem, limits.access_token_s, incarnation)
    tokens = Tokens(keys, clock, edge.identity.issuer, edge.identity.audience, limits.access_token_s)
    ended = edge.identity.ended
    sessions = Sessions(sql, feed, tokens, ended, clock, ids, os.urandom, limits, metrics, crashpoints)
    notices = Notices(mail, background, clock, edge.rng, metrics, public_url, server_name)
    emails = Emails(feed, clock, os.urandom, limits, notices)
    errands = Errands(sql, edge.peers, clock, ids)
    confirmation = Confirmation(sql, clock, passwords, limits.admin_confirm_s)
    accounts = Accounts(sql, feed, clock, ids, passwords, sessions, emails, errands, limits, metrics)
    recovery = Recovery(sql, feed, clock, os.urandom, edge.limiter, passwords, sessions, notices, background, limits)
    community = Community(
        edge,
        sql,
        mail,
        feed,
        keys,
        sessions,
        confirmation,
        recovery,
        emails,
        notices,
        errands,
        limits,
        public_url,
        passwords,
    )
    upkeep = Upkeep(sql, clock, background, feed, keys, sessions, errands)

    async def start() -> None:
        await keys.start()
        upkeep.start()
        await offer_setup(sql, clock, os.urandom, limits.first_admin_s, public_url, announce)

    async def stop() -> None:
        await background.stop()
        passwords.close()
        community.close()

    return assemble(
        edge,
        routes=[*routes.ROUTES, *routes_people.ROUTES, *routes_admin.ROUTES],
        provided={
            "accounts": accounts,
            "signing_in": Login(sql, feed, passwords, sessions, Tries(edge.limiter), notices, metrics),
            "sessions": sessions,
            "confirmation": confirmation,
            "recovery": recovery,
            "emails": emails,
            "push_addresses": PushAddresses(sql, clock),
            "browser": Cookies(edge.origins, https=edge.https),
            "keys": keys,
            **community.provided,
        },
        gatekeeper=edge.gatekeeper(confirmation.admin_check),
        checks=[Check("sql", hard=True, ping=sql.ping), Check("mail", hard=False, ping=mail.ping)],
        calls=[*_calls(feed, keys, PeerAnswers(sql)), *community.calls],
        kept_answers=SqlKeptAnswers(sql, clock),
        start=start,
        stop=stop,
    )


def _calls(feed: ChangeFeed, keys: SigningKeys, answers: PeerAnswers) -> list[AnsweredCall]:
    return [
        answered(AUTH_KEYS, keys.answer),
        answered(AUTH_CHANGES, feed.answer),
        answered(AUTH_ACCOUNTS, answers.accounts),
        answered(AUTH_RELATIONS, answers.relations),
        answered(AUTH_BLOCKS, answers.blocks),
    ]
