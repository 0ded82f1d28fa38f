"""Pages for what goes wrong: in words, with what to do, never a traceback."""

from __future__ import annotations

import errno
import time
import traceback
from contextlib import suppress
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from o2c_sim.errors import Problem, ToolkitError
from reports.workbench.jobs import QueueFull
from reports.workbench.rendering import render
from reports.workbench.security import session_id
from reports.workbench.workspace import Workspace, new_id

_TITLES = {
    400: "This request cannot be understood",
    403: "This was refused",
    404: "There is no such page",
    405: "This cannot be done here",
    413: "Too large",
    422: "Something in the form is not right",
    429: "Too much at once",
    500: "Something went wrong inside the workbench",
    507: "Nothing more can be written",
}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_WORDS = {
    404: "Nothing is at this address. What was here may have been removed.",
    405: "This address shows a page or takes a form, and the other was asked of it.",
}


def install(app: FastAPI) -> None:
    """Make pages of all faults of an application."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _fields)
    app.add_exception_handler(ToolkitError, _toolkit)
    app.add_exception_handler(QueueFull, _full)


class Refusals:
    """Answers what the guard has refused, and what no handler has caught, with a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer with the page of its refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = scope.get("o2c_refusal")
        if refusal is not None:
            response = await _http(request, refusal)
            # What is still on its way of a refused upload is not read.
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        begun = False

        async def noticed(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except ClientDisconnect:
            # A browser that went away while it sent something; nobody waits for an answer.
            if not begun:
                await Response(status_code=400)(scope, receive, send)
        except Exception as error:
            if begun:
                raise
            no_room = isinstance(error, OSError) and error.errno in _NO_ROOM
            response = _no_room(request, error) if no_room else _internal(request, error)
            await response(scope, receive, send)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = str(error.detail)
    words = _WORDS.get(error.status_code, said) if said == _phrase(error.status_code) else said
    response = failure(request, error.status_code, [Problem(words)])
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _phrase(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return ""


async def _fields(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        Problem(str(found["msg"]), where=".".join(str(part) for part in found["loc"][1:]))
        for found in error.errors()
    ]
    return failure(request, 422, problems)


async def _toolkit(request: Request, error: Exception) -> Response:
    assert isinstance(error, ToolkitError)
    title = "This file cannot be used" if request.url.path == "/upload" else ""
    return failure(request, 422, list(error.problems), title)


async def _full(request: Request, error: Exception) -> Response:
    return failure(request, 429, [Problem(str(error))])


def failure(
    request: Request, status_code: int, problems: list[Problem], title: str = ""
) -> Response:
    """Return the page of a fault.

    Parameters
    ----------
    request
        That failed.
    status_code
        Of the response.
    problems
        What is wrong, and what to do.
    title
        Of the page; by the status code if empty.
    """
    title = title or _TITLES.get(status_code, "This did not work")
    if status_code == 403 and not session_id(request):
        title = "Log in first"
    return render(
        request, "failure.html.j2", status_code=status_code, title=title, problems=problems
    )


def _no_room(request: Request, error: Exception) -> Response:
    problem = Problem(
        "The disk or the quota of the workspace is full, or it cannot be written to. What was "
        "sent has not been kept; what was kept before is still there.",
        suggestion="remove logs and results that are no longer needed, or make room on the disk",
    )
    return failure(request, 507, [problem])


def _internal(request: Request, error: Exception) -> Response:
    workspace: Workspace = request.app.state.workspace
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{new_id()}.txt"
    details = "".join(traceback.format_exception(error))
    with suppress(OSError):
        (workspace.crashes / name).write_text(
            f"{request.method} {request.url.path}\n\n{details}", "utf-8", "backslashreplace"
        )
    problem = Problem(
        "The fault is in the workbench, not in what you did.",
        suggestion=f"report it with the file crashes/{name} of the workspace",
    )
    return failure(request, 500, [problem])
