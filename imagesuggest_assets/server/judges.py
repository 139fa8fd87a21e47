"""Who may judge (SPEC.md section 13): anybody on this machine, and elsewhere who has a judge's
token, or whom a trusted proxy names. A judge is a number; names and addresses are kept nowhere.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

from imagesuggest_assets.settings import Proxy
from resources.stores.store import INT_MAX
from resources.web.problems import Problem

COOKIE = "imagesuggest"
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers by which a proxy tells that somebody else asks."""
_YEAR = 365 * 86_400


@dataclass(frozen=True)
class Session:
    """Whoever looks at pages with one browser. ``judge`` is None for who may only look, ``proof``
    what they logged in with, "" without that.
    """

    id: str
    judge: int | None
    proof: str = ""


class Judges:
    """Who may judge. What is signed holds as long as the key."""

    def __init__(self, key: str, tokens: Mapping[str, int], proxy: Proxy | None) -> None:
        self._key = key
        self._numbers = {_proof(token): number for token, number in tokens.items()}
        self._proxy = proxy
        self._sessions = URLSafeSerializer(key, "session")
        self._forms = URLSafeSerializer(key, "form")

    @property
    def have_tokens(self) -> bool:
        """Whether one can log in here."""
        return bool(self._numbers)

    def session(self, request: Request) -> Session:
        """Give the session of a request, a new one where it has none."""
        if not hasattr(request.state, "session"):
            request.state.session = self._session(request)
        found: Session = request.state.session
        return found

    def _session(self, request: Request) -> Session:
        try:
            told = self._sessions.loads(request.cookies.get(COOKIE, ""))
            name, proof = str(told["id"]), str(told["proof"])
        except (BadSignature, TypeError, KeyError):
            name, proof = secrets.token_urlsafe(12), ""
        return Session(name, self._judge(request, proof), proof)

    def logged_in(self, token: str) -> Session:
        """Begin the session of who has a token. Raises Problem for one that is none."""
        proof = _proof(token)
        number = self._numbers.get(proof)
        if number is None:
            raise Problem(403, "no judge has this token; ask whoever runs this service for yours")
        return Session(secrets.token_urlsafe(12), number, proof)

    def keep(self, session: Session, request: Request, response: Response) -> None:
        """Let the browser keep a session."""
        value = self._sessions.dumps({"id": session.id, "proof": session.proof})
        if request.cookies.get(COOKIE) != value:
            schemes = request.url.scheme, request.headers.get("x-forwarded-proto")
            secure = "https" in schemes
            response.set_cookie(COOKIE, value, _YEAR, secure=secure, httponly=True, samesite="lax")

    def signed(self, session: Session, what: Mapping[str, Any]) -> str:
        """Write what a form is about, so that only this judge in this session can send it back."""
        return str(self._forms.dumps({**what, "session": session.id, "judge": session.judge}))

    def told(self, session: Session, text: str) -> dict[str, Any]:
        """Read what a form is about. Raises Problem for one that was made for somebody else."""
        try:
            what: dict[str, Any] = self._forms.loads(text)
        except BadSignature:
            what = {}
        if (what.pop("session", None), what.pop("judge", None)) != (session.id, session.judge):
            raise Problem(
                403, "the form was not made for you here; open its page again and send that"
            )
        return what

    def _judge(self, request: Request, proof: str) -> int | None:
        peer = request.client.host if request.client else ""
        if self._proxy and peer == self._proxy.address:
            name = request.headers.get(self._proxy.header, "")
            return self._number_of(name) if name else None
        if proof in self._numbers:
            return self._numbers[proof]
        return 0 if _is_here(peer, request) else None

    def _number_of(self, name: str) -> int:
        """Give a user's number, which tells nobody the name."""
        digest = hmac.digest(self._key.encode(), name.encode(), "sha256")
        return int.from_bytes(digest[:8], "big") % INT_MAX + 1


def _proof(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_here(peer: str, request: Request) -> bool:
    """Tell whether a browser of this machine asks for an address of this machine: neither somebody
    behind a proxy, nor a page of another site that has itself called by our address.
    """
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return _loops(peer) and (host == "localhost" or _loops(host))


def _loops(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
