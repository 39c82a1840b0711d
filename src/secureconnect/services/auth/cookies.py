"""Browsers: refresh and content tokens in cookies that no script reads and no other site sends."""

from litestar.datastructures import Cookie

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.gatekeeper import CONTENT_COOKIES
from secureconnect.edge.hosts import Origins
from secureconnect.edge.identity import cookie
from secureconnect.services.auth.sessions import SignedIn

REFRESH_COOKIES = ("__Host-secureconnect-refresh", "secureconnect-refresh")
Headers = list[tuple[bytes, bytes]]


class Cookies:
    """Makes, reads and clears the cookies; on plain http (a localhost) they go without the prefix and Secure."""

    def __init__(self, origins: Origins, *, https: bool) -> None:
        self._origins = origins
        self._https = https
        self._refresh = REFRESH_COOKIES[0 if https else 1]
        self._content = CONTENT_COOKIES[0 if https else 1]

    def made(self, signed_in: SignedIn) -> list[Cookie]:
        """The cookies of a sign-in or refresh; none unless it is a browser's."""
        if signed_in.content is None:
            return []
        return [
            self._cookie(self._refresh, signed_in.refresh_token, signed_in.answer.refresh_expires_in),
            self._cookie(self._content, signed_in.content.text, signed_in.content.expires_in_s),
        ]

    def cleared(self) -> list[Cookie]:
        """What makes a browser forget them."""
        return [self._cookie(self._refresh, "", 0), self._cookie(self._content, "", 0)]

    def refresh_token(self, headers: Headers) -> str | None:
        """The refresh token that a browser sent; raises Fault(FORBIDDEN) when another site made it send it.

        Needed are an allowed Origin, Sec-Fetch-Site: same-origin where it is sent, and application/json.
        """
        token = cookie(headers, self._refresh)
        if token is None:
            return None
        host = _only(headers, b"host")
        origin = (_only(headers, b"origin") or b"").decode("latin-1")
        if not (self._origins.own_page(origin, host) or self._origins.shared(origin)):
            raise Fault(Code.FORBIDDEN)
        if (_only(headers, b"sec-fetch-site") or b"same-origin").lower() != b"same-origin":
            raise Fault(Code.FORBIDDEN)
        if (_only(headers, b"content-type") or b"").partition(b";")[0].strip().lower() != b"application/json":
            raise Fault(Code.MEDIA_TYPE_REFUSED)
        return token

    def _cookie(self, name: str, value: str, life_s: int) -> Cookie:
        return Cookie(
            key=name, value=value, max_age=life_s, path="/", secure=self._https, httponly=True, samesite="strict"
        )


def _only(headers: Headers, name: bytes) -> bytes | None:
    """A header's value, None when it is missing; one sent twice is no value that can be trusted."""
    found = [value for key, value in headers if key == name]
    return found[0] if len(found) == 1 else (b"" if found else None)
