"""A workbench in this process, with a browser that was let in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from reports.workbench.app import create_app
from reports.workbench.security import HEADER
from reports.workbench.settings import Settings
from reports.workbench.workspace import new_id

with warnings.catch_warnings():
    # It recommends a successor of httpx that is not packaged widely yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

ADDRESS = "http://127.0.0.1:8765"
TOKEN = "correct horse battery"


@contextmanager
def outside(workspace: Path, **settings: Any) -> Iterator[TestClient]:
    """Yield a browser that was not let in; ``client.app.state`` is the application's state."""
    app = create_app(Settings(workspace, **settings))
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        yield client


@contextmanager
def inside(workspace: Path, **settings: Any) -> Iterator[TestClient]:
    """Yield a browser that came in by the link; forms still need :func:`token_of` of a page."""
    with outside(workspace, **settings) as client:
        enter(client)
        yield client


def enter(client: TestClient) -> None:
    """Let a browser in by the link."""
    answer = client.get("/login", params={"code": app_of(client).state.access.link_code})
    assert answer.status_code == 303


def app_of(client: TestClient) -> FastAPI:
    """Return the application behind a browser."""
    app = client.app
    assert isinstance(app, FastAPI)
    return app


def another(client: TestClient) -> TestClient:
    """Return another browser of the same application, not let in."""
    return TestClient(app_of(client), base_url=ADDRESS, follow_redirects=False)


def form_token(client: TestClient) -> str:
    """Return the form token of a browser's session."""
    access = app_of(client).state.access
    session = access.read(client.cookies["o2c_8765"])
    assert session is not None
    return str(access.form_token(session))


def post(client: TestClient, path: str, **parts: Any) -> httpx.Response:
    """Send a form as a page's script would: with the token in the header."""
    headers = {HEADER: form_token(client), **parts.pop("headers", {})}
    return client.post(path, headers=headers, **parts)


def token_of(page: httpx.Response) -> str:
    """Return the hidden form token of a page."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found[1]


def routes(app: FastAPI) -> list[str]:
    """Return all addresses of an application, with an identifier in place of parameters."""
    paths = app.openapi()["paths"]
    return [re.sub(r"\{\w+\}", new_id(), path) for path in paths]
