"""Display names and mail addresses: what may stand in them, and the forms they are searched by."""

import re
import unicodedata
from email.errors import HeaderParseError
from email.headerregistry import Address

from secureconnect.contracts.errors import Code, Fault, invalid

DISPLAY_NAME_MAX = 100
EMAIL_BYTES_MAX = 254
_JOINERS = frozenset("\u200c\u200d")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")
_ADDRESS = re.compile(r"[^\s@<>(),:;\"\\\[\]]{1,64}@[^\s@<>(),:;\"\\\[\]/?#]{1,190}")


def display_name(text: str) -> str:
    """A display name with single spaces, in NFC; raises Fault(INVALID) when nothing, or not all of it, can be seen."""
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if any(unicodedata.category(one) in _UNSEEN and one not in _JOINERS for one in name):
        raise invalid("/display_name", "It holds characters that cannot be seen.")
    if not any(unicodedata.category(one)[0] in "LNPS" for one in name):
        raise invalid("/display_name", "It holds nothing to be seen.")
    if len(name) > DISPLAY_NAME_MAX:
        raise invalid("/display_name", f"It has more than {DISPLAY_NAME_MAX} characters.")
    return name


def device_name(text: str) -> str:
    """A device's name without what cannot be seen; it stands in lists and in letters."""
    seen = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in unicodedata.normalize("NFC", text))
    return _SPACES.sub(" ", seen).strip() or "device"


def search_key(text: str) -> str:
    """The form by which names are found: without case and compatibility differences."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def email_address(text: str) -> str:
    """A mail address (RFC 5321 section 4.1.2, without quotes and literals), its domain in lower case ASCII (RFC 3490).

    Raises Fault(AUTH_EMAIL_INVALID).
    """
    local, _, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode().lower()}"
        Address(addr_spec=address)
    except (HeaderParseError, ValueError, IndexError):
        raise _refused() from None
    if not _ADDRESS.fullmatch(address) or len(address) > EMAIL_BYTES_MAX or not _is_domain(address[len(local) + 1 :]):
        raise _refused()
    return address


def email_key(address: str) -> str:
    """The form by which an address is found: without case."""
    return address.casefold()


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    return all(label and label[0] != "-" and label[-1] != "-" for label in labels) and all(
        one.isalnum() or one in "-." for one in domain
    )


def _refused() -> Fault:
    return invalid("/email", "It is not a mail address.", Code.AUTH_EMAIL_INVALID)
