"""The frame of the workbench in a browser: the way in, the head and foot of every page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import o2c_process

pytestmark = pytest.mark.slow
TOKEN = "a long secret for tests"
SIZES = {"desk": (1280, 900, "light"), "phone": (390, 844, "light"), "night": (1280, 900, "dark")}


class Server:
    """A workbench as a process; ``link()`` waits for the next one that it prints."""

    def __init__(self, folder: Path) -> None:
        self.began = time.monotonic()
        self.process = o2c_process(
            "serve", "--no-browser", "--port", 0, "--workspace", folder, "--auth-token", TOKEN
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def link(self) -> str:
        """Return the link that has just been printed."""
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found is not None
        return found[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a workbench once."""
    made = Server(tmp_path_factory.mktemp("frame"))
    with made.process:
        yield made
        made.process.kill()


@pytest.fixture(params=list(SIZES))
def page(request, browser):
    """Yield a page of each size; it is wrong to ask for anything elsewhere, or to complain."""
    width, height, scheme = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    opened = context.new_page()
    complaints, foreign = [], []
    opened.on(
        "console",
        # A refusal is one by its status; the browser repeats it.
        lambda said: complaints.append(said.text) if "status of 40" not in said.text else None,
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "request",
        lambda asked: (
            foreign.append(asked.url)
            if not asked.url.startswith(("http://127.0.0.1:", "data:"))
            else None
        ),
    )
    yield opened
    context.close()
    assert complaints == []
    assert foreign == []


def accessible(page) -> None:
    """Assert that axe finds nothing and that nothing is wider than the screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def test_the_way_in(server, page):
    """Outside a page that says what to do; by the link the start; then every page of the head."""
    link = server.link() if not hasattr(server, "next") else server.next
    home = link.partition("/login")[0]
    page.goto(home)
    assert page.title().startswith("Log in first")
    accessible(page)
    page.goto(f"{home}/login")
    accessible(page)
    page.goto(link)
    assert page.url == f"{home}/"
    server.next = server.link()
    accessible(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    assert page.evaluate("document.activeElement.id") == "main"
    names = page.locator("nav[aria-label=Workbench] a").all_text_contents()
    assert names == ["Start", "Analyse", "Calibrate", "What-if", "Results"]
    for name in names:
        with page.expect_navigation():
            page.locator("nav[aria-label=Workbench]").get_by_text(name, exact=True).click()
        assert page.locator("h1").count() == 1, name
        current = page.locator("nav[aria-label=Workbench] [aria-current=page]")
        assert current.all_text_contents() == [name]
        assert page.get_by_text("Source", exact=True).get_attribute("href") == "/source.zip"
        accessible(page)
    page.goto(f"{home}/nothing/<b>here")
    assert page.locator("h1").text_content() == "There is no such page"
    accessible(page)


def test_the_typed_token(server, browser):
    """A wrong one is said; the right one leads in."""
    home = (server.next if hasattr(server, "next") else server.link()).partition("/login")[0]
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{home}/login")
    page.get_by_label("Token").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_text("This is not the token").wait_for()
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.locator("nav[aria-label=Workbench]").wait_for()
    assert page.url == f"{home}/"
    context.close()


def test_the_first_page_is_there_in_time(tmp_path, browser):
    """From the command to a page that can be used: two seconds on a quiet machine.

    Tests run on machines that do more than one thing at a time, hence the allowance.
    """
    server = Server(tmp_path)
    with server.process:
        try:
            context = browser.new_context()
            page = context.new_page()
            page.goto(server.link())
            page.locator("h1").wait_for()
            took = time.monotonic() - server.began
            context.close()
        finally:
            server.process.kill()
    assert took < 6
