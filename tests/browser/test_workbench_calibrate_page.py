"""From a log and a list of invoices to a company, its verdict and a what-if, in a real browser."""

from __future__ import annotations

import datetime as dt
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("playwright")
uvicorn = pytest.importorskip("uvicorn")

from reports.workbench import experiment  # noqa: E402
from reports.workbench.app import create_app  # noqa: E402
from reports.workbench.experiment import SPANS, Span  # noqa: E402
from reports.workbench.settings import Settings  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
WAIT_MS = 180_000
CODE = "d" * 32
HOSTILE = "invoices <img src=x onerror=alert(1)>.csv"
START = dt.datetime(2024, 1, 1, 9)


def orders(count: int = 300, days: int = 60) -> str:
    """Return orders that are delivered and invoiced within days; the log ends at the invoice."""
    draw = random.Random(1)
    rows = ["case,activity,time,resource"]
    for number in range(count):
        time_ = START + dt.timedelta(days=number * days // count, minutes=draw.randrange(480))
        for name, hours in (
            ("Create Sales Order", 0),
            ("Create Delivery", draw.randrange(20, 60)),
            ("Post Goods Issue", draw.randrange(2, 30)),
            ("Create Invoice", draw.randrange(1, 48)),
        ):
            time_ += dt.timedelta(hours=hours)
            rows.append(f"O{number},{name},{time_:%Y-%m-%d %H:%M},Ann{number % 5}")
    return "\n".join(rows)


def invoices(count: int = 160) -> str:
    """Return paid invoices of 30 customers, with columns that nobody would guess as they are."""
    draw = random.Random(2)
    rows = ["invoice,customer,amount,invoice date,due date,paid on"]
    for number in range(count):
        made = START.date() + dt.timedelta(days=draw.randrange(60))
        due = made + dt.timedelta(days=30)
        paid = due + dt.timedelta(days=draw.randrange(-5, 20))
        rows.append(f"I{number},C{number % 30},{draw.randrange(100, 9000)},{made},{due},{paid}")
    return "\n".join(rows)


@contextmanager
def served(workspace: Path, port: int) -> Iterator[str]:
    """Serve a workspace; yield its address."""
    app = create_app(Settings(workspace, port=port, link_code=CODE, max_jobs=3))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


def bring(page: Page, address: str, file: Path) -> None:
    """Upload a file and take the columns as they were guessed."""
    page.goto(f"{address}/analyse")
    page.set_input_files("#log", file)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Start the analysis").click(timeout=WAIT_MS)
    page.wait_for_url(re.compile(r"/logs/[0-9a-f]{16}$"), timeout=WAIT_MS)


def test_from_a_log_and_invoices_to_a_what_if(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calibrate with the list, reload half-way, cancel, be judged, ask, restart, look again."""
    monkeypatch.setitem(SPANS, "month", Span("month", "a month: short", 10, 10, 20))
    monkeypatch.setattr(experiment, "ROUNDS", (2, 4))
    (tmp_path / HOSTILE).write_text(invoices())
    (tmp_path / "orders.csv").write_text(orders())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, second = context.new_page(), context.new_page()
    complaints: list[str] = []
    for tab in (page, second):
        tab.set_default_timeout(60_000)
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("dialog", lambda dialog: complaints.append(dialog.message))

    with served(tmp_path / "ws", port) as address:
        page.goto(f"{address}/login?code={CODE}")
        bring(page, address, tmp_path / HOSTILE)
        bring(page, address, tmp_path / "orders.csv")
        page.get_by_role("link", name="Make a model of this company").click()
        page.wait_for_url("**/calibrate")
        second.goto(page.url)
        page.get_by_label("List of invoices").select_option(label=HOSTILE)
        page.get_by_role("button", name="Make the model").dblclick()
        page.get_by_role("button", name="Cancel").first.wait_for()
        page.reload()
        # A page of before: what it asks for is under way already.
        second.get_by_role("button", name="Make the model").click()
        for tab in (page, second):
            tab.get_by_role("button", name="Use it in the what-if").wait_for(timeout=WAIT_MS)
        assert page.get_by_text("that half is taken from").first.is_visible()
        assert len(list((tmp_path / "ws" / "results").glob("*/report.html"))) == 1

        # Cancelled: the model of before stays.
        page.get_by_role("button", name="Make the model").click()
        page.get_by_role("button", name="Cancel").first.click()
        page.get_by_text("The calibration was cancelled.").wait_for()

        page.get_by_role("button", name="Test it on the last part of the log").click()
        page.get_by_role("heading", name="What the model may be used for").or_(
            page.get_by_text("What the model may be used for")
        ).first.wait_for(timeout=WAIT_MS)
        assert page.get_by_text("Time from order to goods issue").first.is_visible()
        assert page.get_by_role("button", name="Test it on").count() == 0

        page.get_by_label("Name of the company").fill("no such name!")
        page.get_by_role("button", name="Use it in the what-if").click()
        assert "cannot be a name" in page.locator("#company-wrong").inner_text()
        page.get_by_label("Name of the company").fill("ours")
        page.get_by_role("button", name="Use it in the what-if").click()
        page.wait_for_url("**/what-if?company=ours")
        assert page.get_by_label("Company").input_value() == "ours"
        page.get_by_label("Name of the scenario").fill("Paid sooner")
        page.locator("#l-auto_match_pct").evaluate("e => { e.closest('details').open = true }")
        page.locator("#l-auto_match_pct").fill("95")
        page.get_by_label("Replications of each scenario").select_option(index=0)
        page.get_by_role("button", name="Run the comparison").click()
        page.wait_for_url(re.compile(r"/results/[0-9a-f]{16}$"))
        page.locator('.job[data-state="done"]').wait_for(timeout=WAIT_MS)
        assert page.locator("#h-answer").is_visible()
        result = page.url

    with served(tmp_path / "ws", port) as address:
        page.goto(result)
        assert page.locator("#h-answer").is_visible()
        page.goto(f"{address}/calibrate")
        with page.expect_navigation():
            page.get_by_role("link", name="orders.csv").click()
        assert page.get_by_text("What the model may be used for").first.is_visible()
        assert page.get_by_role("link", name="ours").is_visible()
    context.close()
    # The browser itself notes that an answer was a refusal.
    assert [text for text in complaints if "422" not in text] == []
