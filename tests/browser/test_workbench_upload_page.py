"""From a dropped file to the map and its cases, in a real browser, as somebody would do it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("playwright")
uvicorn = pytest.importorskip("uvicorn")

from reports.workbench.app import create_app  # noqa: E402
from reports.workbench.settings import Settings  # noqa: E402

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>"
WAIT_MS = 180_000
WIDTHS = (1280, 390)
# The workbench listens on these ports in tests of the browser, so that cookies do not mix.
PORTS = range(8732, 8740)
DROP = """([zone, name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name, {type: "text/csv"}));
  for (const kind of ["dragover", "drop"]) {
    const event = new DragEvent(kind, {dataTransfer: files, bubbles: true, cancelable: true});
    document.querySelector(zone).dispatchEvent(event);
  }
}"""


def log_text(orders: int = 12) -> str:
    """Return orders whose columns have names that nobody could guess the case by."""
    rows = ["belongs to,what,when,who"]
    for number in range(orders):
        for hour, name in ((8, "Create Sales Order"), (10, HOSTILE), (17, "Create Invoice")):
            rows.append(f"O{number},{name},2024-01-{1 + number:02d} {hour:02d}:00,Ann")
    return "\n".join(rows)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a workbench; yield the address of the link that lets one browser in."""
    port = next(port for port in PORTS if _free(port))
    workspace = tmp_path_factory.mktemp("browser") / "ws"
    app = create_app(Settings(workspace, port=port))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/login?code={app.state.access.link_code}"
    server.should_exit = True
    thread.join(timeout=30)


def _free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Visit:
    """A page that remembers all it asked for and all that went wrong."""

    def __init__(self, page, address: str) -> None:
        self.page = page
        self.home = address.partition("/login")[0]
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._asked)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))

    def _asked(self, request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.foreign.append(request.url)

    def look(self, name: str) -> None:
        """Assert that the page is sound at both widths, for the eye and for a screen reader."""
        from axe_playwright_python.sync_playwright import Axe

        page = self.page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} at {width}: {wide} pixels wide"
            found = Axe().run(page, options={"resultTypes": ["violations"]})
            told = [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]
            assert not told, f"{name} at {width}: {told}"
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        assert self.complaints == [], name
        assert self.foreign == [], name


@pytest.fixture
def visit(browser, address: str) -> Iterator[Visit]:
    """Open the workbench by its link; each link lets one browser in, so there is one test."""
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
    page = context.new_page()
    result = Visit(page, address)
    page.goto(address)
    yield result
    context.close()


def test_from_a_dropped_file_to_the_cases_of_a_path(visit: Visit, tmp_path: Path) -> None:
    """Drop, map the columns, read the findings, see the map, click a path, see its cases."""
    page = visit.page
    page.wait_for_url(f"{visit.home}/")
    visit.look("start")

    page.evaluate(DROP, ["[data-drop]", "orders <b>.csv", log_text()])
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_url("**/columns", timeout=WAIT_MS)
    visit.look("columns")

    page.get_by_label("Case", exact=False).first.select_option("belongs to")
    page.get_by_label("Activity", exact=False).first.select_option("what")
    page.get_by_label("Time (needed)").select_option("when")
    page.get_by_role("button", name="Start the analysis").click()
    page.wait_for_url(lambda url: "/logs/" in url and not url.endswith("/columns"))
    # In the middle of a job: the page comes back as it was.
    page.reload()
    page.get_by_role("heading", name="Is the log sound?").wait_for(timeout=WAIT_MS)
    page.get_by_role("link", name="On to the analysis").wait_for(timeout=WAIT_MS)
    visit.look("findings")

    for name in ("Summary", "Variants", "Bottlenecks", "Flow of work", "KPIs", "Deviations"):
        with page.expect_navigation():
            page.get_by_role("link", name=name, exact=True).click()
        visit.look(name)
    with page.expect_navigation():
        page.get_by_role("link", name="Process map", exact=True).click()
    visit.look("map")

    # The keyboard reaches what the mouse clicks.
    node = page.locator("svg.process-map a.node").first
    node.focus()
    page.keyboard.press("Enter")
    shown = page.locator("div.cases:target")
    shown.wait_for()
    visit.look("map with a list")
    shown.get_by_role("link", name="All these cases").click()
    page.wait_for_url("**/cases?**", timeout=WAIT_MS)
    assert "12 cases" in page.locator("table caption").inner_text()
    visit.look("cases")
    page.locator("table tbody a").first.click()
    page.wait_for_url("**/cases/one?**", timeout=WAIT_MS)
    assert page.get_by_text(HOSTILE).count() >= 1
    visit.look("case")

    page.goto(page.url.partition("/cases")[0] + "/calibrate")
    visit.look("calibrate")

    # What can be downloaded is the report of this very analysis.
    page.goto(page.url.removesuffix("/calibrate"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Report as HTML").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    assert "Create Sales Order" in file.read_text(encoding="utf-8")
    assert visit.complaints == []
    assert visit.foreign == []
