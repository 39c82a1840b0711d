"""No mail: what a deployment without a mail server has."""

from secureconnect.backends.mail.port import Letter
from secureconnect.contracts.errors import Code, Fault


class MailOff:
    """Sends nothing and says so."""

    async def send(self, letter: Letter) -> None:
        """Raises Fault(UNAVAILABLE): there is no mail server to take the letter."""
        raise Fault(Code.UNAVAILABLE, "no mail server is set")

    async def ping(self) -> None:
        """Nothing is there to fail: that no mail is sent is what was set."""
