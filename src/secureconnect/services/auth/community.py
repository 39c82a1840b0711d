"""Puts together what auth has beside signing in: people, their contacts and invites, those who look after them."""

import os
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from secureconnect.backends.mail.port import Mail
from secureconnect.backends.peers.port import AnsweredCall, answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.peers import AUTH_POLICY
from secureconnect.edge.running import Edge
from secureconnect.services.auth.administration import Administration
from secureconnect.services.auth.audit import Audit
from secureconnect.services.auth.blocks import Blocks
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.closing import Closing
from secureconnect.services.auth.confirmation import Confirmation
from secureconnect.services.auth.emails import Emails
from secureconnect.services.auth.errands import Errands
from secureconnect.services.auth.friends import Friends
from secureconnect.services.auth.invites import Invites
from secureconnect.services.auth.keys import SigningKeys
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.notices import Notices
from secureconnect.services.auth.operating import Operating
from secureconnect.services.auth.overview import Overview
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.people import People
from secureconnect.services.auth.pictures import Pictures
from secureconnect.services.auth.policy import RegistrationPolicy
from secureconnect.services.auth.profile import Profile
from secureconnect.services.auth.recovery import Recovery
from secureconnect.services.auth.sessions import Sessions


class Community:
    """The nouns for routes (`provided`), and the calls that are answered."""

    def __init__(
        self,
        edge: Edge,
        sql: Sql,
        mail: Mail,
        feed: ChangeFeed,
        keys: SigningKeys,
        sessions: Sessions,
        confirmation: Confirmation,
        recovery: Recovery,
        emails: Emails,
        notices: Notices,
        errands: Errands,
        limits: AuthLimits,
        public_url: str,
        passwords: Passwords,
    ) -> None:
        server_name = urlsplit(public_url).hostname or "localhost"
        clock, ids, peers = edge.clock, edge.ids, edge.peers
        audit = Audit(sql, ids)
        policy = RegistrationPolicy(sql, clock, audit, limits.registration)
        closing = Closing(feed, clock, confirmation, sessions, errands)
        administration = Administration(
            sql, feed, clock, audit, sessions, errands, recovery, closing, limits.admin_reset_s, public_url
        )
        operating = Operating(sql, clock, ids, administration, audit, mail, keys, passwords, server_name)
        self._pictures = Pictures(sql, feed, peers, clock, limits.picture_bytes_max)
        invites = Invites(sql, peers, clock, ids, os.urandom, limits, public_url, server_name)
        self.provided: Mapping[str, object] = {
            "profile": Profile(sql, feed, clock, edge.limiter, emails, notices),
            "pictures": self._pictures,
            "people": People(sql, edge.limiter),
            "friends": Friends(sql, feed, clock, limits),
            "blocks": Blocks(sql, feed, clock, limits),
            "invites": invites,
            "closing": closing,
            "administration": administration,
            "audit": audit,
            "overview": Overview(sql, peers, policy, edge.version),
            "policy": policy,
        }
        self.calls: Sequence[AnsweredCall] = [answered(AUTH_POLICY, policy.answer), *operating.answered()]

    def close(self) -> None:
        """Let threads go."""
        self._pictures.close()
