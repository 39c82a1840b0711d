"""The forms that a setting's text may have to have: hosts, URLs, networks, addresses of mail."""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, parse_qsl, urlsplit

from secureconnect.settings.declare import Form
from secureconnect.settings.faults import WrongValue

LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
SENDER = re.compile(r"(?:[^<>@]{0,128}<)?[^\s<>@,]{1,64}@([A-Za-z0-9.-]{1,253})>?")
TURN = re.compile(r"(?:stuns?|turns?):(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(\?transport=(?:udp|tcp))?")
PASSWORD_WORDS = frozenset({"password", "pass", "passwd", "pwd", "sslpassword", "secret", "token", "auth"})


def check_form(form: Form, text: str) -> None:
    """Raise WrongValue where `text` is not of the form; its words never repeat the text."""
    CHECKS[form](text)


def holds_password(text: str) -> bool:
    """Whether a URL carries a password, before its host or in its query."""
    netloc, _, _ = text.partition("://")[2].partition("/")
    who, at, _ = netloc.rpartition("@")
    query = parse_qsl(text.partition("?")[2], keep_blank_values=True)
    return (bool(at) and ":" in who) or any(key.lower() in PASSWORD_WORDS for key, _ in query)


def _host(text: str) -> None:
    if not is_address(text.strip("[]")) and not _is_name(text):
        raise WrongValue("is no host name and no IP address")


def _host_name(text: str) -> None:
    if not is_address(text.strip("[]")) and not _is_name(text):
        raise WrongValue("is no host name (without scheme, port and path)")


def _folder(text: str) -> None:
    if text.startswith("~"):
        raise WrongValue("begins with ~, which is not expanded")


def _cidr(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise WrongValue("is no network in CIDR form, such as 10.0.0.0/8 or fd00::/8") from None


def _word(text: str) -> None:
    if not WORD.fullmatch(text):
        raise WrongValue("may hold letters, digits, dots, dashes and underscores only")


def _sender(text: str) -> None:
    found = SENDER.fullmatch(text)
    if not found or ("<" in text) != text.endswith(">") or not _is_name(found[1]):
        raise WrongValue("is no mail address")


def _turn(text: str) -> None:
    found = TURN.fullmatch(text)
    if not found or (found[2] and not 0 < int(found[2]) < 65536):
        raise WrongValue("is no STUN or TURN address, such as turn:turn.example.org:3478?transport=udp")
    if found[3] and text.startswith("stun"):
        raise WrongValue("names a transport, which a stun: address does not take")


def _site(text: str, example: str) -> None:
    url = _url(text, ("http", "https"), example)
    if url.path not in ("", "/") or "?" in text or "#" in text:
        raise WrongValue(f"has a path, a query or a fragment; expected is something like {example}")
    if "@" in url.netloc:
        raise WrongValue(f"holds a user name or password; expected is something like {example}")


def _origin(text: str) -> None:
    _site(text, "https://app.example.org")
    if text.endswith("/"):
        raise WrongValue("ends with a slash, which an origin does not have")


def _endpoint(text: str) -> None:
    _site(text, "https://s3.example.org")


def _public_url(text: str) -> None:
    _site(text, "https://chat.example.org")


def _service_url(text: str) -> None:
    _site(text, "http://10.0.0.5:8082")


def _url(text: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    wrong = WrongValue(f"is no URL of the form {example}")
    if any(sign.isspace() for sign in text) or "\\" in text:
        raise wrong
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise wrong from None
    if url.scheme not in schemes or not url.hostname or port == 0 or url.netloc.endswith(":"):
        raise wrong
    if not is_address(url.hostname) and not _is_name(url.hostname):
        raise wrong
    return url


def _sql(text: str) -> None:
    _url(text, ("postgresql", "cockroachdb"), "postgresql://user@host:5432/name")


def _log(text: str) -> None:
    example = "cassandra://host1,host2:9042/keyspace"
    hosts, slash, keyspace = text.partition("://")[2].partition("/")
    if not slash or not WORD.fullmatch(keyspace):
        raise WrongValue(f"is no URL of the form {example}")
    for host in hosts.split(","):
        _url(f"{text.partition('://')[0]}://{host}", ("cassandra",), example)


def _redis(text: str) -> None:
    _url(text, ("redis", "rediss"), "redis://host:6379/0")


def _livekit(text: str) -> None:
    _url(text, ("ws", "wss", "http", "https"), "wss://livekit.example.org")


def _smtp(text: str) -> None:
    url = _url(text, ("smtp", "smtps"), "smtp://user@mail.example.org:587")
    if url.path not in ("", "/") or url.query or url.fragment:
        raise WrongValue("has a path or a query, which a mail server's URL does not take")


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    labels = text.split(".")
    numeric = labels[-1].isdigit()
    return len(text) <= 253 and not numeric and all(LABEL.fullmatch(label) for label in labels)


CHECKS: dict[Form, Callable[[str], None]] = {
    "host": _host,
    "folder": _folder,
    "public_url": _public_url,
    "service_url": _service_url,
    "origin": _origin,
    "host_name": _host_name,
    "cidr": _cidr,
    "sql_url": _sql,
    "log_url": _log,
    "redis_url": _redis,
    "s3_url": _endpoint,
    "livekit_url": _livekit,
    "turn_url": _turn,
    "smtp_url": _smtp,
    "sender": _sender,
    "word": _word,
}
