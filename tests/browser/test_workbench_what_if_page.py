"""A what-if in a real browser: levers, run, cancel, go on, reload, two tabs, result, download."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports.workbench import experiment
from reports.workbench.app import create_app
from reports.workbench.experiment import SPANS, Span
from reports.workbench.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.slow
SECONDS = 240
CODE = "c" * 32


@dataclass
class Bench:
    """A running workbench, a browser that was let in, and what it complained of."""

    address: str
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def tab(self) -> Page:
        """Open a tab that notes errors and requests to elsewhere."""
        page = self.context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self._request(request.url))
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _request(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"request to {url}")


@pytest.fixture
def bench(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Start a workbench with short runs in this process."""
    uvicorn = pytest.importorskip("uvicorn")
    # The page's choices stay; only the time that they stand for is shorter.
    monkeypatch.setitem(SPANS, "month", Span("month", "a month: short", 10, 10, 20))
    monkeypatch.setattr(experiment, "ROUNDS", (2, 6, 12))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(Settings(tmp_path / "workspace", port=port, link_code=CODE))
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    address = f"http://127.0.0.1:{port}"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield Bench(address, context)
    context.close()
    server.should_exit = True
    thread.join(timeout=30)


def enter(bench: Bench) -> Page:
    """Come in by the link and open the levers of a reference company."""
    page = bench.tab()
    page.goto(f"{bench.address}/login?code={CODE}")
    page.get_by_role("link", name="What-if", exact=True).click()
    page.get_by_label("Company").select_option("distributor")
    page.get_by_label("Begin from").select_option("")
    page.get_by_role("button", name="Show its levers").click()
    return page


def move(page: Page, title: str) -> None:
    """Move one lever by its slider, with the keyboard, and one by its number."""
    page.get_by_label("Name of the scenario").fill(title)
    page.get_by_text("Matching payments", exact=False).first.click()
    slider = page.locator('input[data-mirror="l-auto_match_pct"]')
    slider.focus()
    before = float(page.locator("#l-auto_match_pct").input_value())
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert float(page.locator("#l-auto_match_pct").input_value()) > before
    page.get_by_text("Disputes and returns", exact=False).first.click()
    page.locator("#l-dispute_days").fill("4")


def test_from_a_company_to_a_result_and_its_files(bench: Bench, tmp_path: Path) -> None:
    """Move levers, run, cancel, go on, reload half-way, look from a second tab, take it along."""
    page = enter(bench)
    move(page, "Match <b>more</b>")
    page.get_by_label("Replications of each scenario").select_option("12")
    page.get_by_role("button", name="Run the comparison").click()
    page.wait_for_url(re.compile(r"/results/[0-9a-f]{16}$"))
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("cancelled").first.wait_for()
    page.get_by_role("button", name=re.compile("Go on|Run again")).click()
    page.wait_for_url(re.compile(r"/results/[0-9a-f]{16}$"))
    address = page.url
    page.reload()
    second = bench.tab()
    second.goto(address)
    for tab in (page, second):
        tab.locator('.job[data-state="done"]').wait_for(timeout=SECONDS * 1000)
        assert "Match <b>more</b>" in tab.locator("h1").inner_text()
        assert tab.get_by_text("12 of 12 replications").is_visible()
    assert page.locator("#h-answer").is_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Result (JSON)").click()
    target = tmp_path / "comparison.json"
    waiting.value.save_as(target)
    found = json.loads(target.read_text("utf-8"))
    assert found["replications"] == 12
    settings = {one["lever"]: one["after"] for one in found["outcomes"][1]["settings"]}
    assert settings["dispute_days"] == "4"
    page.get_by_role("button", name="Make: Report (PDF)").click()
    with page.expect_download(timeout=SECONDS * 1000) as waiting:
        page.get_by_role("link", name=re.compile("Download")).click(timeout=SECONDS * 1000)
    waiting.value.save_as(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    page.goto(f"{bench.address}/results")
    assert page.get_by_role("link", name="Match <b>more</b>").first.is_visible()
    assert not bench.complaints


def test_a_wrong_value_comes_back_beside_its_field(bench: Bench) -> None:
    """Nothing else that was entered is lost, and the field says what is allowed."""
    page = enter(bench)
    move(page, "Too much")
    page.locator("#l-dispute_days").fill("9999")
    page.get_by_role("button", name="Run the comparison").click()
    wrong = page.locator("#w-dispute_days")
    assert "allowed: 0.1 to 180 days" in wrong.inner_text()
    assert page.locator("#l-dispute_days").get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Name of the scenario").input_value() == "Too much"
    # The browser itself notes that the answer was a refusal.
    assert [text for text in bench.complaints if "422" not in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_are_accessible(bench: Bench, width: int, scheme: str) -> None:
    """No page is wider than its window, and axe finds nothing, light or dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = enter(bench)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/what-if", "/what-if?start=outage", "/results"):
        page.goto(bench.address + path)
        if path.startswith("/what-if"):
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0
        found = axe.run(page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert not bench.complaints
