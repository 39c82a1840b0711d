"""The forms that a setting's text may have to have: hosts, URLs, networks, addresses of mail."""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, parse_qsl, urlsplit

from secureconnect.settings.declare import FORMS, Form
from secureconnect.settings.faults import WrongValue

LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
SENDER = re.compile(r"(?:[^<>@]{0,128}<)?[^\s<>@,]{1,64}@([A-Za-z0-9.-]{1,253})>?")
TURN = re.compile(r"(?:stuns?|turns?):(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(\?transport=(?:udp|tcp))?")
PASSWORD_WORDS = frozenset({"password", "pass", "passwd", "pwd", "sslpassword", "secret", "token", "auth"})
SITES = ("public_url", "service_url", "origin", "s3_url")


def check_form(form: Form, text: str) -> str:
    """The text, a site's without its last slash; raises WrongValue, whose words never repeat the text."""
    if not CHECKS[form](text):
        raise WrongValue(f"is not {FORMS[form]}")
    return text.removesuffix("/") if form in SITES else text


def holds_password(text: str) -> bool:
    """Whether a URL carries a password, before its host or in its query."""
    netloc, _, _ = text.partition("://")[2].partition("/")
    who, at, _ = netloc.rpartition("@")
    query = parse_qsl(text.partition("?")[2], keep_blank_values=True)
    return (bool(at) and ":" in who) or any(key.lower() in PASSWORD_WORDS for key, _ in query)


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Whether a text is an IP address or a name of the domain name system."""
    labels = text.split(".")
    named = len(text) <= 253 and not labels[-1].isdigit() and all(LABEL.fullmatch(label) for label in labels)
    return named or is_address(text)


def _folder(text: str) -> bool:
    if text.startswith("~"):
        raise WrongValue("begins with ~, which is not expanded", "write the whole path")
    return True


def _cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _word(text: str) -> bool:
    return bool(WORD.fullmatch(text))


def _sender(text: str) -> bool:
    found = SENDER.fullmatch(text)
    return bool(found) and ("<" in text) == text.endswith(">") and is_host(found[1])


def _turn(text: str) -> bool:
    found = TURN.fullmatch(text)
    if not found or (found[1] and not 0 < int(found[1]) < 65536):
        return False
    return not (found[2] and text.startswith("stun"))


def _site(text: str) -> bool:
    url = _url(text, ("http", "https"))
    if not url:
        return False
    if url.path not in ("", "/") or "?" in text or "#" in text:
        raise WrongValue("has a path, a query or a fragment", "give scheme, host and port only")
    if "@" in url.netloc:
        raise WrongValue("holds a user name or password", "give scheme, host and port only")
    return True


def _url(text: str, schemes: tuple[str, ...]) -> SplitResult | None:
    if any(sign.isspace() for sign in text) or "\\" in text:
        return None
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return None
    usable = url.scheme in schemes and port != 0 and not url.netloc.endswith(":")
    return url if usable and is_host(url.hostname or "") else None


def _sql(text: str) -> bool:
    return bool(_url(text, ("postgresql", "cockroachdb")))


def _log(text: str) -> bool:
    scheme, _, rest = text.partition("://")
    hosts, _, keyspace = rest.partition("/")
    return bool(WORD.fullmatch(keyspace)) and all(
        _url(f"{scheme}://{host}", ("cassandra",)) is not None for host in hosts.split(",")
    )


def _redis(text: str) -> bool:
    return bool(_url(text, ("redis", "rediss")))


def _livekit(text: str) -> bool:
    return bool(_url(text, ("ws", "wss", "http", "https")))


def _smtp(text: str) -> bool:
    url = _url(text, ("smtp", "smtps"))
    return bool(url) and url.path in ("", "/") and "?" not in text and "#" not in text


CHECKS: dict[Form, Callable[[str], bool]] = {
    "host": is_host,
    "folder": _folder,
    "public_url": _site,
    "service_url": _site,
    "origin": _site,
    "host_name": is_host,
    "cidr": _cidr,
    "sql_url": _sql,
    "log_url": _log,
    "redis_url": _redis,
    "s3_url": _site,
    "livekit_url": _livekit,
    "turn_url": _turn,
    "smtp_url": _smtp,
    "sender": _sender,
    "word": _word,
}
