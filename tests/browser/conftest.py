"""A headless browser without a network, and the pages it opens."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from documents import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


def browser_path() -> str:
    """Return where a browser is; skip without one, or fail where O2C_NEED_BROWSER=1 asks for it."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    why = f"no browser: none of {', '.join(NAMES)} is on the PATH"
    if found is None and os.environ.get("O2C_NEED_BROWSER") == "1":
        pytest.fail(f"{why}, and O2C_NEED_BROWSER=1")
    if found is None:
        pytest.skip(why)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start a browser once."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path(), args=list(_QUIET))
        yield started
        started.close()


@pytest.fixture(scope="session", params=list(PAGES))
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write each page once."""
    path = tmp_path_factory.mktemp("pages") / f"{request.param}.html"
    path.write_text(PAGES[request.param](), encoding="utf-8")
    return path


@dataclass
class Opened:
    """An open page, what it asked for and what its console said."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    """Open the page as a reader would, from the disk."""
    # Scripts run as they would for a reader, so that one smuggled in by a name would show.
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    result = Opened(page, [], [])
    page.on("request", lambda request: result.requests.append(request.url))
    page.on("console", lambda message: result.complaints.append(message.text))
    page.on("pageerror", lambda error: result.complaints.append(str(error)))
    page.on("dialog", lambda dialog: result.complaints.append(dialog.message))
    page.goto(file.as_uri(), wait_until="load")
    yield result
    context.close()
