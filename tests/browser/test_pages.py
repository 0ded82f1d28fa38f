"""Documents in a real browser: offline, silent, accessible, by keyboard, narrow, on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Opened
    from playwright.sync_api import Browser

# Each page takes some seconds of a real browser.
pytestmark = pytest.mark.slow

A4_WIDTH_PIXELS = round((210 - 2 * 13) / 25.4 * 96)

# Everything that the keyboard ought to reach and that can be seen.
_TARGETS = """() => {
  const closed = e => { const d = e.closest('details:not([open])');
    return d && !(e.tagName === 'SUMMARY' && e.parentElement === d); };
  const seen = e => e.getClientRects().length && !closed(e) &&
    getComputedStyle(e).visibility !== 'hidden';
  const radios = new Map();
  const found = [];
  for (const e of document.querySelectorAll(
      'a[href], summary, button, input, select, textarea, [tabindex]')) {
    if (e.tabIndex < 0 || !seen(e) || e.disabled) continue;
    if (e.type === 'radio') { radios.set(e.name, e.checked || !radios.has(e.name) ? e
      : radios.get(e.name)); continue; }
    found.push(e);
  }
  found.push(...radios.values());
  found.forEach((e, n) => e.setAttribute('data-target', n));
  return found.map(e => e.tagName + ' ' + (e.getAttribute('href') || e.id || e.textContent
    || '').slice(0, 60));
}"""

_FOCUSED = "() => document.activeElement && document.activeElement.getAttribute('data-target')"

# What is wider than the box it is in, where that box neither shows nor scrolls it.
_OVERFLOWS = """(paper) => {
  const found = [];
  const width = document.documentElement.clientWidth;
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    if (style.position === 'absolute' || style.position === 'fixed') continue;
    const hides = ['auto', 'scroll', 'hidden', 'clip'].includes(style.overflowX);
    if (paper && hides && e.scrollWidth > e.clientWidth + 1 && style.textOverflow !== 'ellipsis')
      found.push('cut off: ' + e.tagName + '.' + e.className + ' ' + e.scrollWidth + ' in '
        + e.clientWidth);
    const scrolls = e.parentElement.closest('[tabindex="0"], .scroll');
    if (!scrolls || paper) {
      const right = e.getBoundingClientRect().right;
      if (right > width + 1) found.push('beyond the page: ' + e.tagName + '.' + e.className + ' '
        + Math.round(right) + ' of ' + width);
    }
  }
  return found.slice(0, 10);
}"""

# Boxes that scroll must take the focus, or the keyboard cannot scroll them.
_SCROLLERS = """() => [...document.querySelectorAll('body *')].filter(e => {
  const style = getComputedStyle(e);
  return e.getClientRects().length && ['auto', 'scroll'].includes(style.overflowX)
    && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0;
}).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))"""

_OPEN_ALL = "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"


def test_a_page_asks_for_nothing_but_itself(opened: Opened, file: Path) -> None:
    """No request leaves the machine, nor the file; the console stays silent, no name is run."""
    opened.page.evaluate(_OPEN_ALL)
    opened.page.wait_for_timeout(300)
    assert [url for url in opened.requests if url.split("#")[0] != file.as_uri()] == []
    assert opened.complaints == []
    assert opened.page.title() not in ("", "hacked")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(opened: Opened, scheme: str) -> None:
    """The accessibility checker axe-core finds nothing, with every detail unfolded."""
    axe: Any = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.evaluate(_OPEN_ALL)
    found = axe.run(opened.page).response["violations"]
    told = [
        f"{rule['id']} ({rule['impact']}): {len(rule['nodes'])} x, {rule['help']}: "
        + " | ".join(str(node["html"])[:160] for node in rule["nodes"][:3])
        for rule in found
    ]
    assert told == []


@pytest.mark.parametrize("unfolded", [False, True])
def test_tab_reaches_everything(opened: Opened, unfolded: bool) -> None:
    """Links, details, radio buttons and scroll boxes are all reached, in as many steps."""
    page = opened.page
    if unfolded:
        page.evaluate(_OPEN_ALL)
    assert page.evaluate(_SCROLLERS) == []
    targets = page.evaluate(_TARGETS)
    assert targets
    reached = set()
    for _ in range(len(targets) + 3):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(_FOCUSED))
    missed = [name for number, name in enumerate(targets) if str(number) not in reached]
    assert missed == []


def test_the_keyboard_unfolds_details(opened: Opened) -> None:
    """Enter on a summary opens it."""
    page = opened.page
    if not page.locator("details:not([open]) > summary").count():
        pytest.skip("nothing is folded on this page")
    page.locator("details:not([open]) > summary").first.focus()
    before = page.locator("details[open]").count()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == before + 1


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    """A phone and a desk screen show the page without scrolling sideways."""
    page = opened.page
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(_OPEN_ALL)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.evaluate(_OVERFLOWS, False) == []


def test_paper_cuts_nothing_off(opened: Opened, tmp_path: Path) -> None:
    """On A4 no box is wider than the page or hides part of what is in it."""
    import pypdfium2

    page = opened.page
    page.set_viewport_size({"width": A4_WIDTH_PIXELS, "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate(_OVERFLOWS, True) == []
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4", print_background=True, prefer_css_page_size=True)
    with pypdfium2.PdfDocument(path) as paper:
        assert len(paper)
        for sheet in paper:
            width, height = sheet.get_size()
            text = sheet.get_textpage()
            assert text.count_chars()
            for number in range(0, text.count_chars(), 7):
                left, bottom, right, top = text.get_charbox(number)
                if right > left:
                    assert left >= -1
                    assert right <= width + 1
                    assert bottom >= -1
                    assert top <= height + 1
            text.close()
            sheet.close()


_FAULTY = """<!doctype html><title>t</title><body style="margin:0">
<p style="color:#ccc;background:#fff">Too pale to read</p><img src="http://127.0.0.1:9/seen.png">
<div style="overflow-x:auto;width:200px"><p style="width:900px">cannot be scrolled by key</p></div>
<div style="width:2000px">wider than any window</div><a href="#x" id="x">a link</a>
<script>console.error('complaint')</script></body>"""


def test_the_checks_find_faults(browser: Browser, tmp_path: Path) -> None:
    """A page with one fault of each kind is caught by each check: none of them passes anything."""
    axe: Any = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    file = tmp_path / "faulty.html"
    file.write_text(_FAULTY, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert "http://127.0.0.1:9/seen.png" in asked
    assert "complaint" in said
    assert page.evaluate("() => document.documentElement.scrollWidth") > 1280
    assert any("beyond the page" in text for text in page.evaluate(_OVERFLOWS, False))
    assert any("cut off" in text for text in page.evaluate(_OVERFLOWS, True))
    assert len(page.evaluate(_SCROLLERS)) == 1
    assert page.evaluate(_TARGETS) == ["A #x"]
    found = {rule["id"] for rule in axe.run(page).response["violations"]}
    assert {"color-contrast", "image-alt", "html-has-lang"} <= found
    page.close()
