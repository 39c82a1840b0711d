"""`secureconnect mail test`: whether letters arrive."""

import sys

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Code
from secureconnect.contracts.operator import MAIL_TEST, MailTestAsk
from secureconnect.ops.asking import Source, asked
from secureconnect.ops.listing import plain
from secureconnect.ops.loading import data_dir_of
from secureconnect.settings import Loaded

LETTER_S = 60.0
HINTS = {
    Code.UNAVAILABLE: "Check smtp.url, smtp_password and the firewall; the node's log names the mail server's answer.",
    Code.AUTH_EMAIL_INVALID: "Give an address such as name@example.org; the mail server may have refused this one.",
}


def test_mail(source: Source, to: str) -> int:
    """Send one letter and tell where it went."""

    async def work(peers: Peers, loaded: Loaded) -> int:
        await peers.ask(MAIL_TEST, MailTestAsk(to), timeout_s=LETTER_S)
        if loaded.settings.smtp.url is None:
            folder = data_dir_of(loaded.settings) / "outbox" / "mail"
            print(f"The letter is a file in {folder}: it was not sent, for smtp.url is not set.", file=sys.stderr)
        else:
            told = f"The mail server took the letter to {plain(to)}. See whether it arrives, also among the spam."
            print(told, file=sys.stderr)
        return 0

    return asked(source, work, HINTS)
