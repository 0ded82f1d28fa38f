"""Every page and state of the workbench: for the eye, the keyboard, a screen reader, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("playwright")

from workbench_checks import (
    LOW,
    SCROLLERS,
    TALL,
    TWICE,
    WIDE,
    ZOOMED,
    Visit,
    sound,
    visiting,
)
from workbench_states import (
    EMPTY,
    FILLED,
    LONG,
    OPEN_ALL,
    OUTSIDE,
    TOKEN,
    Bench,
    at,
    log_text,
    serving,
)

from reports.workbench.job import RUNNING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Serve a workbench with something in every state."""
    with serving(tmp_path_factory.mktemp("states") / "workspace") as bench:
        yield bench


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Serve a workbench in which nothing was done."""
    with serving(tmp_path_factory.mktemp("empty") / "workspace", fill=False) as bench:
        yield bench


@pytest.fixture(scope="module")
def stranger(browser: Browser, empty: Bench) -> Iterator[Visit]:
    """Come to the door only."""
    yield from visiting(browser, empty, inside=False)


@pytest.fixture(scope="module")
def newcomer(browser: Browser, empty: Bench) -> Iterator[Visit]:
    """Come in where nothing was done."""
    yield from visiting(browser, empty)


@pytest.fixture(scope="module")
def user(browser: Browser, filled: Bench) -> Iterator[Visit]:
    """Come in where much was done."""
    yield from visiting(browser, filled)


def looked_at(visit: Visit, name: str, states: Any) -> None:
    """Open a state, hold it to all that holds for pages, and to silence."""
    visit.complaints.clear()
    states[name](visit.page, visit.bench)
    sound(visit)
    # A refusal is one by its status; the browser repeats it.
    said = [text for text in visit.complaints if not re.search(r"status of [45]\d\d", text)]
    assert said == []


@pytest.mark.parametrize("name", OUTSIDE)
def test_at_the_door(stranger: Visit, name: str) -> None:
    """Who is not in is told how to come in."""
    looked_at(stranger, name, OUTSIDE)


@pytest.mark.parametrize("name", EMPTY)
def test_a_page_without_anything(newcomer: Visit, name: str) -> None:
    """An empty page says what to do next."""
    looked_at(newcomer, name, EMPTY)
    assert newcomer.page.locator("main :is(a[href], button)").count() > 0


@pytest.mark.parametrize("name", FILLED)
def test_a_page_in_a_state(user: Visit, name: str) -> None:
    """Each page in each state of what it shows."""
    looked_at(user, name, FILLED)


_MARK = """() => {
  let number = 0;
  const names = new Set();
  for (const e of document.querySelectorAll(
      'a[href], summary, button, input, select, textarea, [tabindex="0"]')) {
    if (e.tabIndex < 0 || e.disabled || e.type === 'hidden' || !e.getClientRects().length) continue;
    if (!e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})) continue;
    if (e.type === 'radio') {
      const chosen = document.querySelector(`input[name="${e.name}"]:checked`);
      if (chosen && chosen !== e || names.has(e.name)) continue;
      names.add(e.name);
    }
    e.dataset.stop = number++;
  }
  return number;
}"""
# Where the focus is, whether it shows, and whether the bar that stays in sight hides it.
_STOP = """() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const bar = document.querySelector('.run');
  const hidden = bar && !bar.contains(e)
    && box.bottom > bar.getBoundingClientRect().top + 1 && box.top < innerHeight
    && getComputedStyle(bar).position === 'sticky'
    && bar.getBoundingClientRect().bottom >= innerHeight - 1;
  const shape = e.closest('svg') || e.closest('label');
  const shown = shape ? true : style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return [e.dataset && e.dataset.stop, shown, Boolean(hidden), e.outerHTML.slice(0, 100)];
}"""


@pytest.mark.parametrize(
    "name", ["start", "columns", "part findings", "part kpis", "calibrate form", "result failed",
             "results", "what-if with shocks", "part map"],
)  # fmt: skip
def test_the_keyboard_alone(user: Visit, name: str) -> None:
    """Tab reaches everything once, in the order of the page; the focus shows; nothing holds it."""
    page = user.page
    page.set_viewport_size({"width": 1280, "height": 900})
    FILLED[name](page, user.bench)
    if name.startswith("what-if"):
        # One stage is enough: its fields are alike.
        page.evaluate(
            "[...document.querySelectorAll('details')].forEach((d, n) => { d.open = n < 1; })"
        )
    count = page.evaluate(_MARK)
    assert count > 5
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    order: list[int] = []
    # A field of a date has several places for the focus.
    for _ in range(count + 40):
        if len(order) > count:
            break
        page.keyboard.press("Tab")
        stop, shown, hidden, html = page.evaluate(_STOP)
        if stop is None and len(order) == count:
            break
        assert shown, html
        assert not hidden, html
        if stop is not None and (not order or order[-1] != int(stop)):
            order.append(int(stop))
    assert order[:count] == list(range(count))


def test_escape_closes_what_opens(user: Visit) -> None:
    """A definition goes; a list of cases leads back to the place on the map that opened it."""
    page = user.page
    at("<whole>?part=kpis")(page, user.bench)
    term = page.locator(".term").first
    term.focus()
    tip = term.locator(".tip")
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.keyboard.press("Tab")
    term.focus()
    assert tip.is_visible()
    at("<whole>?part=map")(page, user.bench)
    node = page.locator("svg.process-map a.node").first
    node.focus()
    page.keyboard.press("Enter")
    shown = page.locator("div.cases:target")
    shown.wait_for()
    page.keyboard.press("Escape")
    shown.wait_for(state="detached")
    assert page.evaluate("document.activeElement.getAttribute('class')").startswith("node")


def test_no_news_at_each_step(user: Visit) -> None:
    """A screen reader hears of a new state, not of each step; typed text outlives a round."""
    page, bench = user.page, user.bench
    at("<running>")(page, bench)
    page.evaluate("""() => { window.heard = [];
      for (const live of document.querySelectorAll('[role=status], [role=alert], [aria-live]')) {
        new MutationObserver(() => window.heard.push(live.textContent))
          .observe(live, {childList: true, characterData: true, subtree: true});
      } }""")
    [job] = bench.log("running").analyses()
    for done in (4, 5, 6):
        bench.set(job, step=f"step {done}", step_done=done)
        page.get_by_text(f"step {done}", exact=True).wait_for()
    assert page.evaluate("window.heard") == []
    page.locator("#q-attribute").fill("Kunde")
    bench.set(job, round=1, newest="")
    page.get_by_role("button", name="Show them").wait_for()
    assert page.locator("#q-attribute").input_value() == "Kunde"
    page.get_by_role("button", name="Show them").click()
    page.locator("[data-anew]").wait_for(state="detached")
    # Away first: what is put back would load the page anew in the middle of the next test.
    page.goto("about:blank")
    bench.set(job, round=0, step_done=3)


def test_the_focus_outlives_a_round(user: Visit) -> None:
    """Who works with the keyboard is not thrown to the top of the page."""
    page, bench = user.page, user.bench
    job = bench.queue.get(bench.jobs["running"])
    assert job is not None
    at("/results/[running]")(page, bench)
    page.wait_for_timeout(600)
    page.locator(f"#cancel-{job.id}").focus()
    with page.expect_navigation():
        bench.set(job, round=1)
    page.wait_for_load_state()
    assert page.evaluate("document.activeElement.id") == f"cancel-{job.id}"
    page.goto("about:blank")
    bench.set(job, state=RUNNING, round=0)


def test_levers_say_what_is_moved(user: Visit) -> None:
    """The count follows each slider and field, and what is put back counts no more."""
    page = user.page
    at("/what-if?company=distributor&start=")(page, user.bench)
    told = page.locator(".run [data-moved]")
    assert told.text_content() == ""
    slider = page.locator('input[data-mirror="l-auto_match_pct"]')
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert told.text_content() == "Moved: 1"
    page.locator("#l-dispute_days").fill("4")
    assert told.text_content() == "Moved: 2"
    page.keyboard.press("Escape")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert told.text_content() == "Moved: 1"


def test_what_is_wrong_has_the_focus_and_leads_there(user: Visit) -> None:
    """A refused form begins with what is wrong, as links to the fields."""
    page = user.page
    FILLED["what-if refused"](page, user.bench)
    assert page.evaluate("document.activeElement.className") == "problems"
    page.locator('.problems a[href="#l-dispute_days"]').click()
    assert page.evaluate("document.activeElement.id") == "l-dispute_days"


def test_nothing_moves_for_who_wants_that(user: Visit) -> None:
    """With reduced motion there is no transition, animation or smooth scrolling."""
    page = user.page
    page.emulate_media(reduced_motion="reduce")
    for name in ("result running", "part map", "what-if"):
        FILLED[name](page, user.bench)
        assert (
            page.evaluate("""() => [...document.querySelectorAll('*')].filter(e => {
          const s = getComputedStyle(e);
          return s.transitionDuration.split(', ').some(d => d !== '0s')
            || s.animationName !== 'none' || s.scrollBehavior === 'smooth';
        }).map(e => e.outerHTML.slice(0, 80))""")
            == []
        )
    page.emulate_media(reduced_motion="no-preference")


def test_a_whole_comparison_fits(user: Visit) -> None:
    """The longest of all reports, in the frame of the workbench; axe has seen it on its own."""
    at("/results/[compared]")(user.page, user.bench)
    for width in (1280, 390, *ZOOMED):
        user.page.set_viewport_size({"width": width, "height": 900})
        assert user.page.evaluate(WIDE) <= width
    assert user.page.evaluate(TWICE) == []
    user.page.set_viewport_size({"width": 1280, "height": 900})


PRINTED = {
    "comparison": at("/results/[compared]"),
    "variants": FILLED["part variants"],
    "case": FILLED["case"],
}


@pytest.mark.parametrize("name", PRINTED)
def test_on_paper(user: Visit, tmp_path: Path, name: str) -> None:
    """A printed page has margins and the result, and nothing that can only be clicked."""
    import pypdfium2

    page = user.page
    PRINTED[name](page, user.bench)
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4", print_background=True, prefer_css_page_size=True)
    text = ""
    with pypdfium2.PdfDocument(path) as paper:
        for sheet in paper:
            width, height = sheet.get_size()
            words = sheet.get_textpage()
            text += words.get_text_range()
            for number in range(0, words.count_chars(), 7):
                left, bottom, right, top = words.get_charbox(number)
                if right > left:
                    assert left >= 20
                    assert right <= width - 20
                    assert bottom >= 20
                    assert top <= height - 20
            words.close()
            sheet.close()
    assert page.locator("h1").inner_text()[:20].split()[0] in text
    for button in ("What-if\r\n", "Run again", "Twice the replications", "Analyse these cases"):
        assert button not in text


def test_without_script(browser: Browser, filled: Bench) -> None:
    """Everything can be done by links and forms alone."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{filled.address}/login")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()
    # A log comes in, and its page comes again by itself until it has been looked at.
    page.locator("input[name=log]").set_input_files(
        {"name": f"{LONG}.csv", "mimeType": "text/csv", "buffer": log_text().encode()}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="Look at it").click()
    assert page.url.endswith("/columns")
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    log_id = page.url.split("/")[-2]
    log = filled.log("whole").jobs.jobs(kind="columns")[0]
    assert log.about["log"] == log_id
    filled.do(log)
    page.goto(page.url)
    page.locator("select[name=case]").select_option("belongs to")
    page.locator("select[name=activity]").select_option("what")
    page.locator("select[name=time]").select_option("when")
    with page.expect_navigation():
        page.get_by_role("button", name="Start the analysis").click()
    assert page.url.endswith(f"/logs/{log_id}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The analysis was cancelled.").wait_for()
    # Lists can be put in another order, deviations be asked for, cases be chosen.
    page.goto(f"{filled.address}/logs/{filled.logs['whole']}/cases")
    page.locator("#order").select_option("shortest")
    with page.expect_navigation():
        page.get_by_role("button", name="Show", exact=True).click()
    assert "order=shortest" in page.url
    page.goto(f"{filled.address}/logs/{filled.logs['verdict runs']}?part=deviations")
    assert page.get_by_role("button", name="Look for deviations").is_visible()
    # Numbers are typed where sliders would do nothing.
    page.goto(f"{filled.address}/what-if?company=distributor&start=")
    assert not page.locator("input[type=range]").first.is_visible()
    page.locator("#f-title").fill("Without script")
    page.locator("summary").filter(has_text="Disputes and returns").click()
    page.locator("#l-dispute_days").fill("4")
    with page.expect_navigation():
        page.get_by_role("button", name="Run the comparison").click()
    assert page.locator("h1").inner_text() == "Without script"
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("cancelled").first.wait_for()
    with page.expect_navigation():
        page.get_by_role("button", name="Remove this result").click()
    assert page.url.endswith("/results")
    context.close()


def test_the_checks_find_faults(user: Visit) -> None:
    """A page with one fault of each kind is caught: none of the checks passes anything."""
    page = user.page
    page.goto(f"{user.bench.address}/")
    page.set_viewport_size({"width": 390, "height": 900})
    page.evaluate("""() => { document.querySelector('main').innerHTML =
      '<h1>t</h1><p style="width:600px;color:var(--grid)">too pale, too wide</p>'
      + '<p><a href="/">low</a></p><p id="a"></p><p id="a"></p>'
      + '<div style="overflow-x:auto;width:99px"><p style="width:300px">held</p></div>'; }""")
    assert page.evaluate(WIDE) > 390
    assert len(page.evaluate(LOW, TALL)) == 1
    assert len(page.evaluate(SCROLLERS)) == 1
    assert page.evaluate(TWICE) == ["a"]
    axe: Any = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = {one["id"] for one in axe.run(page).response["violations"]}
    assert "color-contrast" in found
    page.evaluate(OPEN_ALL)
