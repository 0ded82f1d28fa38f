"""What holds for every page of the workbench, and a browser that was let in to see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from workbench_states import TOKEN, Bench

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

# All rules at a desk by day and on a phone by night; the other two can add colours and sizes.
MODES = (
    (1280, "light", None),
    (390, "dark", None),
    (390, "light", ["color-contrast", "target-size"]),
    (1280, "dark", ["color-contrast", "target-size"]),
)
# A window at 200 % and at 400 %, as WCAG 1.4.10 asks for.
ZOOMED = (640, 320)
TALL = 24
# Pictures are checked with their documents; here they would be most of the time.
PICTURES = [["svg.figure"], ["svg.process-map"]]

# Fields, buttons and links that stand alone, and are lower than a finger needs.
LOW = """least => [...document.querySelectorAll('main :is(a[href], button, summary, select), '
    + 'main input:not([type=hidden])')].filter(e => {
  if (e.closest('svg, .report') || !e.getClientRects().length) return false;
  const label = ['checkbox', 'radio'].includes(e.type) && e.closest('label');
  const own = e.parentElement.textContent.trim() === e.textContent.trim();
  if (e.tagName === 'A' && !own && getComputedStyle(e).display === 'inline') return false;
  return (label || e).getBoundingClientRect().height < least;
}).map(e => e.outerHTML.slice(0, 120))"""
SCROLLERS = """() => [...document.querySelectorAll('main *')].filter(e =>
  e.getClientRects().length && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
  && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0 && !e.matches('textarea, input, select')
).map(e => e.outerHTML.slice(0, 120))"""
TWICE = """() => [...document.querySelectorAll('[id]')].map(e => e.id)
  .filter((id, n, all) => all.indexOf(id) !== n)"""
WIDE = "document.documentElement.scrollWidth"


@dataclass
class Visit:
    """A browser that was let in, its page, and what it complained of."""

    bench: Bench
    context: BrowserContext
    page: Page
    complaints: list[str]


def visiting(browser: Browser, bench: Bench, *, inside: bool = True) -> Iterator[Visit]:
    """Open a browser, and come in by the token."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    visit = Visit(bench, context, page, [])
    page.on("console", lambda said: visit.complaints.append(said.text))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("dialog", lambda dialog: visit.complaints.append(dialog.message))
    if inside:
        page.goto(f"{bench.address}/login")
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        page.locator("nav[aria-label=Workbench]").wait_for()
    yield visit
    context.close()


def sound(visit: Visit) -> None:
    """Assert that the open page is sound at each width, light and dark."""
    axe: Any = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit.page
    assert page.locator("h1").count() == 1
    assert page.evaluate(TWICE) == []
    for width, scheme, rules in MODES:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        mode = f"{width} {scheme}"
        assert page.evaluate(WIDE) <= width, mode
        assert page.evaluate(LOW, TALL) == [], mode
        assert page.evaluate(SCROLLERS) == [], mode
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = rules
        found = axe.run(page, context={"exclude": PICTURES}, options=options)
        told = [
            (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"][:200])
            for one in found.response["violations"]
        ]
        assert told == [], mode
    for width in ZOOMED:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WIDE) <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
