"""Sliders of the process map in a real browser: by keyboard, at once, and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright")

from example_comparison import directly_follows

import reports.workbench
from reports.figures.process_map_picture import map_picture
from reports.map_levels import map_levels

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

STATIC = Path(reports.workbench.__file__).parent / "static"
GRAPH = directly_follows(cases=300)
LEVELS = map_levels([GRAPH])
# What is seen of the map: the titles of its activities and paths, and where they lie.
SEEN = """() => [...document.querySelectorAll("#m .node, #m .arc")]
  .filter((one) => getComputedStyle(one).display !== "none")
  .map((one) => [one.querySelector("title").textContent,
                 JSON.stringify(one.getBBox()), one.classList.contains("node")])"""
# How long a move takes until it is drawn, milliseconds.
MOVED = """async (slider) => {
  const begin = performance.now();
  slider.value = Number(slider.value) - 1;
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begin;
}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page with a map, the script and the styles, as the analysis has them."""
    markup = map_picture(GRAPH, levels=LEVELS).markup
    assert markup is not None
    path = tmp_path_factory.mktemp("map") / "map.html"
    styles = "".join(
        f'<link rel="stylesheet" href="{(STATIC / name).as_uri()}">'
        for name in ("workbench.css", "map.css")
    )
    script = f'<script src="{(STATIC / "map.js").as_uri()}" defer></script>'
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Map</title>{styles}'
        f"{script}</head><body><main><h1>Map</h1>{markup('m')}</main></body></html>",
        encoding="utf-8",
    )
    return path


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open it, with a script and without."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, java_script_enabled=request.param
    )
    opened = context.new_page()
    opened.goto(file.as_uri())
    yield opened
    context.close()


@pytest.mark.parametrize("page", [True], indirect=True)
def test_sliders_choose_what_the_buttons_chose(page: Page) -> None:
    """Two sliders with the words of their steps; each step shows what that level has."""
    activities, paths = page.get_by_role("slider").all()
    assert page.locator(".map-choice fieldset:visible").count() == 1, "the switch of metrics"
    last = len(LEVELS.activity_shares) - 1, len(LEVELS.path_shares) - 1
    assert (activities.input_value(), paths.input_value()) == tuple(map(str, LEVELS.default))
    for level in {(0, 0), (0, last[1]), (last[0], 0), (last[0] // 2, last[1] // 2), last}:
        activities.fill(str(level[0]))
        paths.fill(str(level[1]))
        seen = page.evaluate(SEEN)
        part = LEVELS.parts[level]
        assert sum(node for _, _, node in seen) == len(part.nodes)
        assert sum(not node for _, _, node in seen) == len(part.edges)
    told = activities.get_attribute("aria-valuetext")
    assert told
    assert page.locator("output").first.inner_text() == told


@pytest.mark.parametrize("page", [True], indirect=True)
def test_the_keyboard_moves_a_slider_and_nothing_moves_on_the_map(page: Page) -> None:
    """Arrows and Home; what stays is where it was; the words follow."""
    before = {(title, node): box for title, box, node in page.evaluate(SEEN)}
    words = page.locator("output").first.inner_text()
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("output").first.inner_text() != words
    page.keyboard.press("Home")
    assert page.get_by_role("slider").first.input_value() == "0"
    after = {(title, node): box for title, box, node in page.evaluate(SEEN)}
    assert 0 < len(after) < len(before)
    assert all(before.get(key, box) == box for key, box in after.items())


@pytest.mark.parametrize("page", [True], indirect=True)
def test_a_move_is_quick_and_asks_nobody(page: Page) -> None:
    """Below 300 ms until it is drawn, without any request."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.get_by_role("slider").first
    assert max(slider.evaluate(MOVED) for _ in range(3)) < 300
    assert asked == []


@pytest.mark.parametrize("page", [True], indirect=True)
def test_sliders_are_accessible(page: Page) -> None:
    """Axe finds nothing, at both widths; nothing is wider than the page."""
    from axe_playwright_python.sync_playwright import Axe

    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert [one["id"] for one in found.response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("page", [False], indirect=True)
def test_without_a_script_the_buttons_do_the_same(page: Page) -> None:
    """No slider; the buttons are there and choose at once."""
    assert page.get_by_role("slider").count() == 0
    assert page.locator(".map-choice fieldset:visible").count() == 3
    shown = page.locator("#m .node:visible")
    before = shown.count()
    page.locator("#m-a0").check(force=True)
    assert 0 < shown.count() < before


def test_every_step_says_what_it_shows() -> None:
    """The buttons that become sliders carry their words; those of the metric do not."""

    class Labels(HTMLParser):
        told: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "label":
                self.told.append(dict(attrs).get("data-told") or "")

    markup = map_picture(GRAPH, levels=LEVELS).markup
    assert markup is not None
    labels = Labels()
    labels.told = []
    labels.feed(markup("m"))
    told = [text for text in labels.told if text]
    assert len(told) == len(LEVELS.activity_shares) + len(LEVELS.path_shares)
    assert len(set(told)) == len(told)
