"""What every request passes: host, session, origin and form token, size; and headers after it.

Pages use :func:`session_id`, :func:`form_token` and, for forms that send files,
:func:`form_action`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reports.workbench.access import Access, Session
from reports.workbench.settings import Settings

FIELD = "form_token"
HEADER = "x-form-token"
# Style attributes are how our own SVG pictures carry their colours; scripts come from files only.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers then send forms of our own pages with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# The source is for everybody who meets the workbench, as the licence asks.
_OPEN = ("/login", "/static/", "/source.zip")
_SAFE = ("GET", "HEAD", "OPTIONS")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]@/\s]+)(?::\d{1,5})?")
_FORM = "application/x-www-form-urlencoded"
# Who was not let in sends one short form: the secret that is typed.
_STRANGER_BYTES = 10_000


def session_id(request: HTTPConnection) -> str:
    """Return whose request this is; only browsers that were let in get here."""
    session: Session | None = request.scope.get("o2c_session")
    return session.id if session else ""


def form_token(request: HTTPConnection) -> str:
    """Return the value of the hidden field ``form_token`` that every POST form must hold.

    A script sends it as the header ``X-Form-Token``.
    """
    session: Session | None = request.scope.get("o2c_session")
    access: Access = request.app.state.access
    return access.form_token(session) if session else ""


def form_action(request: HTTPConnection, path: str) -> str:
    """Return the address for a form that sends files (``multipart/form-data``).

    The token stands in the address, so that it is checked before a byte of the file is read.
    """
    return f"{path}?{FIELD}={quote(form_token(request))}"


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; cookies are shared between ports, so it holds the port."""
    return f"o2c_{settings.port}"


class Guard:
    """Refuses what a foreign page or an uninvited browser could send.

    Parameters
    ----------
    app
        What is guarded.
    settings
        Allowed hosts and sizes.
    access
        Who is let in.
    """

    def __init__(self, app: ASGIApp, settings: Settings, access: Access) -> None:
        self._app = app
        self._settings = settings
        self._access = access
        own = () if settings.host in ("0.0.0.0", "::") else (settings.host,)
        self._hosts = {host.casefold() for host in (*_LOOPBACK, *own, *settings.allowed_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it with a refusal."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # Nothing here speaks WebSocket; the server closes what is not accepted.
            return
        try:
            receive = await self._checked(scope, receive)
        except HTTPException as refusal:
            # Raised again where the pages for errors are made.
            scope["o2c_refusal"] = refusal
        await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        self._check_host(headers)
        session = self._session(scope)
        if session is None:
            if not scope["path"].startswith(_OPEN):
                raise HTTPException(403, "Open the workbench by its link first.")
        else:
            scope["o2c_session"] = session
        if scope["method"] in _SAFE:
            return receive
        self._check_origin(headers)
        if session is None:
            return _limited(headers, receive, _STRANGER_BYTES)
        uploads = headers.get("content-type", "").startswith("multipart/form-data")
        most = self._settings.max_upload_bytes if uploads else self._settings.max_form_bytes
        receive = _limited(headers, receive, most)
        return await self._check_form(scope, headers, receive, session)

    def _check_host(self, headers: Headers) -> None:
        match = _HOST.fullmatch(headers.get("host", ""))
        name = match[1].strip("[]").casefold().rstrip(".") if match else ""
        if name not in self._hosts:
            raise HTTPException(
                400,
                "This address is not one that the workbench answers to. Open it by its link, or "
                "start it with --allowed-host NAME.",
            )

    def _session(self, scope: Scope) -> Session | None:
        cookies = HTTPConnection(scope).cookies
        return self._access.read(cookies.get(cookie_name(self._settings), ""))

    def _check_origin(self, headers: Headers) -> None:
        """Refuse the form of another page; a browser says which one sends it."""
        origin = headers.get("origin")
        foreign = origin is not None and _place(origin) != headers.get("host")
        site = headers.get("sec-fetch-site", "same-origin")
        if foreign or site not in ("same-origin", "none"):
            raise HTTPException(403, "This form was sent by another site. Nothing was done.")

    async def _check_form(
        self, scope: Scope, headers: Headers, receive: Receive, session: Session
    ) -> Receive:
        token = headers.get(HEADER) or _first(scope["query_string"])
        if not token and headers.get("content-type", "").startswith(_FORM):
            body = await _read(receive)
            token = _first(body)
            receive = _replayed(body, receive)
        if not self._access.is_form_token(session, token):
            raise HTTPException(
                403, "This form is out of date. Go back, reload the page and send it again."
            )
        return receive


class Secured:
    """Puts the security headers on every response, whoever makes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                # Nobody else on this machine should find pages in a cache.
                of_ours = scope["path"].startswith("/static/")
                headers.setdefault("Cache-Control", "no-cache" if of_ours else "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


def set_cookie(request: Request, response: Response, session: Session, seconds: int) -> None:
    """Give a browser its session."""
    access: Access = request.app.state.access
    response.set_cookie(
        cookie_name(request.app.state.settings),
        access.cookie(session),
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _place(origin: str) -> str:
    """Return host and port of an origin; nothing where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _first(query: bytes) -> str:
    try:
        found: Iterable[str] = parse_qs(
            query.decode("utf-8", "replace"), max_num_fields=10_000
        ).get(FIELD, ())
    except ValueError:
        raise HTTPException(413, "This form has too many fields.") from None
    return next(iter(found), "")


def _limited(headers: Headers, receive: Receive, most: int) -> Receive:
    """Return a reader that stops where a body gets larger than allowed, said or not."""
    said = headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > most:
        raise _too_large(most)
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> HTTPException:
    return HTTPException(
        413,
        f"This is larger than {most / 1e6:,.0f} MB, the limit of this workbench. Start it with a "
        "larger --max-upload if the machine has the memory.",
    )


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
