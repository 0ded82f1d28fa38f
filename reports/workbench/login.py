"""The door: a link that lets one browser in, or a secret that is typed."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from reports.workbench.access import COOKIE_SECONDS, Access, Session
from reports.workbench.rendering import render
from reports.workbench.security import set_cookie

router = APIRouter()
_WRONG_SECONDS = 0.5
_MOST_FIELDS = 10
_WRONG = "This link has been used already, or is of an earlier start."


@router.get("/login")
def login(request: Request, code: str = "") -> Response:
    """Let a browser in that brings the code of the link, or ask for the secret."""
    if "o2c_session" in request.scope:
        return RedirectResponse("/", status_code=303)
    session = _access(request).by_link(code) if code else None
    if session is not None:
        return _welcome(request, session)
    return _ask(request, _WRONG if code else "", 403 if code else 200)


@router.post("/login")
async def typed(request: Request) -> Response:
    """Let a browser in whose user typed the secret."""
    session = _access(request).by_token(_token(await request.body()))
    if session is not None:
        return _welcome(request, session)
    # Trying many takes long; other requests are answered meanwhile.
    await asyncio.sleep(_WRONG_SECONDS)
    return _ask(request, "This is not the token that the workbench was started with.", 403)


def _token(form: bytes) -> str:
    try:
        fields = parse_qs(form.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return ""
    return fields.get("token", [""])[0]


def _ask(request: Request, problem: str, status_code: int) -> Response:
    return render(
        request,
        "login.html.j2",
        status_code=status_code,
        problem=problem,
        with_token=bool(request.app.state.settings.auth_token),
    )


def _welcome(request: Request, session: Session) -> Response:
    # A strict cookie does not travel with a redirect that began on another site, such as a link
    # in a mail; a page of our own that goes on by itself is a new beginning.
    foreign = request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    response: Response = (
        render(request, "welcome.html.j2") if foreign else RedirectResponse("/", status_code=303)
    )
    set_cookie(request, response, session, COOKIE_SECONDS)
    return response


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access
