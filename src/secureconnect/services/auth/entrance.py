"""Puts together what auth has for signing in: accounts, sessions, passwords, keys, and what tells others of them."""

import os
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from secureconnect.backends.mail.port import Mail
from secureconnect.backends.peers.port import AnsweredCall, answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.peers import AUTH_ACCOUNTS, AUTH_BLOCKS, AUTH_CHANGES, AUTH_KEYS, AUTH_RELATIONS
from secureconnect.edge.running import Edge
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.services.auth.accounts import Accounts
from secureconnect.services.auth.background import Background
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.confirmation import Confirmation
from secureconnect.services.auth.cookies import Cookies
from secureconnect.services.auth.emails import Emails
from secureconnect.services.auth.errands import Errands
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
from secureconnect.services.auth.tokens import Tokens
from secureconnect.services.auth.upkeep import Upkeep


class Entrance:
    """The nouns of signing in, those for routes (`provided`), the calls that are answered, and their life."""

    def __init__(
        self,
        edge: Edge,
        sql: Sql,
        mail: Mail,
        limits: AuthLimits,
        public_url: str,
        incarnation: str,
        signing_pem: Callable[[], str | None],
        crashpoints: CrashPoints,
    ) -> None:
        clock, ids, identity = edge.clock, edge.ids, edge.identity
        server_name = urlsplit(public_url).hostname or "localhost"
        passwords = Passwords(limits, os.urandom, server_name)
        metrics = AuthMetrics(edge.metrics.registry, lambda: passwords.waiting)
        background = Background()
        feed = ChangeFeed(sql, clock)
        keys = SigningKeys(feed, sql, clock, signing_pem, limits.access_token_s, incarnation)
        tokens = Tokens(keys, clock, identity.issuer, identity.audience, limits.access_token_s)
        sessions = Sessions(sql, feed, tokens, identity.ended, clock, ids, os.urandom, limits, metrics, crashpoints)
        notices = Notices(mail, background, clock, edge.rng, metrics, public_url, server_name)
        emails = Emails(feed, clock, os.urandom, limits, notices)
        errands = Errands(sql, edge.peers, clock, ids)
        confirmation = Confirmation(sql, clock, passwords, limits.admin_confirm_s)
        recovery = Recovery(
            sql, feed, clock, os.urandom, edge.limiter, passwords, sessions, notices, background, limits
        )
        answers = PeerAnswers(sql)
        self.passwords, self.feed, self.keys, self.sessions = passwords, feed, keys, sessions
        self.notices, self.emails, self.errands = notices, emails, errands
        self.confirmation, self.recovery = confirmation, recovery
        self._background = background
        self._upkeep = Upkeep(sql, clock, background, feed, keys, sessions, errands)
        self.provided: Mapping[str, object] = {
            "accounts": Accounts(sql, feed, clock, ids, passwords, sessions, emails, errands, limits, metrics),
            "signing_in": Login(sql, feed, passwords, sessions, Tries(edge.limiter), notices, metrics),
            "sessions": sessions,
            "confirmation": confirmation,
            "recovery": recovery,
            "emails": emails,
            "push_addresses": PushAddresses(sql, clock),
            "browser": Cookies(edge.origins, https=edge.https),
            "keys": keys,
        }
        self.calls: Sequence[AnsweredCall] = [
            answered(AUTH_KEYS, keys.answer),
            answered(AUTH_CHANGES, feed.answer),
            answered(AUTH_ACCOUNTS, answers.accounts),
            answered(AUTH_RELATIONS, answers.relations),
            answered(AUTH_BLOCKS, answers.blocks),
        ]

    async def start(self) -> None:
        """Publish the signing key and begin what is done again and again; raises NoSigningKey."""
        await self.keys.start()
        self._upkeep.start()

    async def stop(self) -> None:
        """Finish what waits and let threads go."""
        await self._background.stop()
        self.passwords.close()
