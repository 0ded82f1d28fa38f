"""From a log to findings, map, cases, deviations and a model; all numbers are the verbs' own."""

import datetime as dt
import html
import json
import os
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("fastapi")
from command_line import o2c
from workbench_client import app_of, inside, post

from mining.filter_text import parse
from reports.workbench.filter_form import filters_of
from reports.workbench.job import OUTPUT
from reports.workbench.report_parts import parts, with_case_links, with_definitions

HOSTILE = "<script>alert('x')</script> & \"Ship\""
WAIT_SECONDS = 180


def log_text(cases=12):
    """Return orders, every third without an invoice, with one activity of a hostile name."""
    rows = ["case,activity,time,resource,amount"]
    for number in range(cases):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=number)
        steps = [("Create Sales Order", 8), ("Create Delivery", 10), (HOSTILE, 11 + number % 5)]
        steps += [("Post Goods Issue", 17)]
        steps += [("Create Invoice", 18)] if number % 3 else []
        for name, hour in steps:
            quoted = name.replace('"', '""')
            rows.append(f'O{number},"{quoted}",{day} {hour:02d}:00,Ann,{number + 1}')
    return "\n".join(rows) + "\n"


class Analysed:
    """A browser, a log that was confirmed, and its address."""

    def __init__(self, client, cases=12):
        self.client = client
        content = log_text(cases).encode()
        answer = post(client, "/upload", files=[("log", ("orders.csv", content))])
        columns = answer.headers["location"]
        self.address = columns.rpartition("/")[0]
        guess = {"case": "case", "activity": "activity", "time": "time", "resource": "resource"}
        answer = post(client, columns, data={**guess, "zone": "Europe/Berlin"})
        assert answer.headers["location"] == self.address
        self.job = self.over("analysis")

    @property
    def jobs(self):
        return app_of(self.client).state.jobs

    def over(self, kind):
        """Return the newest job of a kind when it is over."""
        job = self.jobs.wait(self.jobs.jobs(kind=kind)[0].id, WAIT_SECONDS)
        assert job.state == "done", job.message
        return job

    def page(self, path="", **query):
        """Return a page of the log as HTML."""
        answer = self.client.get(self.address + path, params=query)
        assert answer.status_code == 200, answer.text
        assert "<script>alert" not in answer.text
        return answer.text


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    """Yield an analysed log."""
    with inside(tmp_path_factory.mktemp("analyse") / "ws", max_jobs_per_session=50) as client:
        yield Analysed(client)


def text_of(page):
    """Return a page as people read it."""
    return html.unescape(" ".join(re.sub("<[^>]+>", " ", page).split()))


def test_findings_come_first_and_are_those_of_lint(analysed):
    """The page without a choice shows what ``o2c lint`` says, word for word."""
    shown = html.unescape(analysed.page())
    found = json.loads(analysed.job.stdout(0))["result"]["findings"]
    assert found
    for finding in found:
        assert finding["message"] in shown
        assert finding["advice"] in shown


def test_every_tab_has_its_part_of_the_report(analysed):
    """Nothing of the report is missing, nothing is told twice."""
    report = parts(analysed.job.result / "report.html")
    addresses = re.findall(r'href="([^"]+part=[a-z]+[^"]*)"', analysed.page())
    shown = []
    for address in dict.fromkeys(map(html.unescape, addresses)):
        page = analysed.client.get(address).text
        shown += re.findall(r'<section id="s-([a-z-]+)"', page)
    assert sorted(shown) == sorted(key for key in report if key != "conformance")


@pytest.mark.slow
def test_the_report_is_what_the_command_line_writes(analysed, tmp_path):
    """The same command line, run by hand, gives the same numbers."""
    line = analysed.job.arguments(1)
    line[line.index("--output") + 1] = str(tmp_path / "again")
    assert o2c(*line).code == 0
    ours, theirs = (
        json.loads((folder / "report.json").read_text())
        for folder in (analysed.job.result, tmp_path / "again")
    )
    assert ours["result"] == theirs["result"]
    assert ours["sections"] == theirs["sections"]
    assert "o2c report " in html.unescape(analysed.page())


def test_a_path_of_the_map_leads_to_its_cases(analysed):
    """The link on the map asks for exactly the cases that go that way."""
    page = analysed.page(part="map")
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+/cases\?[^"]*)"', page)]
    wanted = "follows=Create Sales Order>Create Delivery"
    link = next(one for one in links if parse_qs(urlsplit(one).query).get("filter") == [wanted])
    told = text_of(analysed.client.get(link).text)
    assert "12 cases" in told
    ends = next(
        one for one in links
        if parse_qs(urlsplit(one).query).get("filter") == ["end=Post Goods Issue"]
    )  # fmt: skip
    told = text_of(analysed.client.get(ends).text)
    assert "4 cases" in told
    assert all(f"O{number}" in told for number in (0, 3, 6, 9))
    assert not re.search(r"\bO1\b", told)


def test_an_activity_of_the_map_leads_to_its_cases(analysed):
    """Also one whose name has signs that mean something elsewhere."""
    page = analysed.page(part="map")
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+/cases\?[^"]*)"', page)]
    asked = {tuple(parse_qs(urlsplit(link).query)["filter"]): link for link in links}
    link = asked[(f"activity={HOSTILE}",)]
    assert "12 cases" in text_of(analysed.client.get(link).text)
    # No text says this path: its list shows the longest, without a link to all.
    assert not any(HOSTILE in text for key in asked for text in key if text.startswith("follows"))


def test_a_case_of_the_map_leads_to_its_events(analysed):
    """In order, by the log's own clock, with the name of each activity escaped."""
    page = analysed.page(part="map")
    link = html.unescape(re.search(r'href="([^"]+/cases/one\?id=[^"]+)"', page)[1])
    shown = analysed.client.get(link).text
    assert "<script>alert" not in shown
    told = text_of(shown)
    assert told.index("Create Sales Order") < told.index("Create Delivery") < told.index(HOSTILE)
    assert "08:00" in told
    assert "Europe/Berlin" in told


def test_a_list_of_cases_is_made_once(analysed):
    """Asking again makes no job; another order does."""
    analysed.page("/cases", order="first")
    before = len(analysed.jobs.jobs(kind="cases"))
    analysed.page("/cases", order="first")
    assert len(analysed.jobs.jobs(kind="cases")) == before
    told = text_of(analysed.page("/cases", order="last"))
    assert told.index("O11") < told.index("O10")
    assert len(analysed.jobs.jobs(kind="cases")) == before + 1


def test_filters_that_leave_nothing_are_said_in_words(analysed):
    """What the verb says, never a traceback; a filter that is none as well."""
    assert "leave no case" in text_of(analysed.page("/cases", filter="activity!=Create Delivery"))
    assert "is not a filter" in text_of(analysed.page("/cases", filter="nonsense"))
    assert "there is no case" in text_of(analysed.page("/cases/one", id="Z"))


@pytest.mark.slow
def test_an_analysis_of_some_cases(analysed):
    """The form becomes filters; the new analysis counts only those, and the old one stays."""
    answer = post(
        analysed.client, f"{analysed.address}/analyse", data={"activity": "Create Invoice"}
    )
    assert answer.status_code == 303
    job = analysed.over("analysis")
    page = analysed.client.get(answer.headers["location"]).text
    assert "activity=Create Invoice" in html.unescape(page)
    numbers = json.loads((job.result / "report.json").read_text())["result"]
    assert numbers["quality"]["cases"] == 8
    assert analysed.client.get(f"{analysed.address}?job={analysed.job.id}").status_code == 200
    assert analysed.client.get(f"{analysed.address}?job={'0' * 16}").status_code == 404


def test_deviations_come_with_their_price(analysed):
    """The tab begins a check and shows what it wrote."""
    assert "Look for deviations" in analysed.page(part="deviations")
    data = {"job": analysed.job.id}
    assert post(analysed.client, f"{analysed.address}/check", data=data).status_code == 303
    analysed.over("deviations")
    page = analysed.page(part="deviations", job=analysed.job.id)
    assert 'id="s-conformance"' in page
    assert "o2c check " in html.unescape(page)


def test_files_are_those_of_the_listing_only(analysed):
    """The report can be had; nothing beside it, however it is asked for."""
    files = f"{analysed.address}/files/{analysed.job.id}"
    answer = analysed.client.get(f"{files}/report.json")
    assert answer.content == (analysed.job.result / "report.json").read_bytes()
    assert "attachment" in answer.headers["content-disposition"]
    assert "report.html" in analysed.client.get(files).text
    for name in ("../job.json", "%2e%2e/job.json", "..%2fjob.json", "/etc/passwd", "nothing"):
        assert analysed.client.get(f"{files}/{name}").status_code == 404, name
    assert (
        post(analysed.client, f"{analysed.address}/export", data={"what": "x"}).status_code == 422
    )


def test_kpis_show_their_definition_on_focus(analysed):
    """Each name is described by a tooltip with formula, population and source."""
    page = analysed.page(part="kpis")
    tips = re.findall(r'aria-describedby="(kpi-tip-\d+)"', page)
    assert len(tips) == len(set(tips)) > 3
    assert all(f'role="tooltip" class="tip" id="{tip}"' in page for tip in tips)
    assert "Counted over: " in page


@pytest.mark.slow
def test_a_log_becomes_a_company(tmp_path):
    """Calibrated, shown with the evidence of each value, saved for the what-if."""
    with inside(tmp_path / "ws") as client:
        log = Analysed(client, cases=90)
        assert "Make the model" in log.page("/calibrate")
        answer = post(client, f"{log.address}/calibrate", data={"effort": "quick"})
        assert answer.status_code == 303
        job = log.over("calibration")
        page = log.page("/calibrate")
        assert 'class="report"' in page
        assert "Use it in the what-if" in page
        answer = post(client, f"{log.address}/company", data={"name": "ours"})
        assert answer.headers["location"] == "/what-if?company=ours"
        saved = app_of(client).state.workspace.company("ours")
        assert (saved.path / "model.yaml").read_bytes() == (job.result / "model.yaml").read_bytes()
        assert client.get("/what-if?company=ours").status_code == 200
        bad = post(client, f"{log.address}/company", data={"name": "../x"})
        assert bad.status_code == 422


@pytest.mark.slow
def test_a_log_too_small_for_a_model_is_said_in_words(analysed):
    """What the verb says, and the way to begin again."""
    post(analysed.client, f"{analysed.address}/calibrate", data={"effort": "quick"})
    analysed.jobs.wait(analysed.jobs.jobs(kind="calibration")[0].id, WAIT_SECONDS)
    told = text_of(analysed.page("/calibrate"))
    assert "12 cases say too little of a company" in told
    assert "Make the model" in told


@pytest.mark.slow
def test_documents_and_tables_can_be_had(analysed):
    """PDF, Excel and CSV are made by their verbs and offered as files."""
    for what, name in (("documents", "report.xlsx"), ("tables", "variants.csv")):
        answer = post(
            analysed.client, f"{analysed.address}/export",
            data={"what": what, "job": analysed.job.id},
        )  # fmt: skip
        analysed.over("export")
        page = analysed.client.get(answer.headers["location"]).text
        assert name in page
        file = analysed.client.get(f"{answer.headers['location']}/{name}")
        assert file.status_code == 200
        assert len(file.content) > 100


def test_pages_come_back_after_a_restart(analysed, tmp_path):
    """Another process over the same workspace shows the same analysis without a new job."""
    from reports.workbench.jobs import JobQueue
    from reports.workbench.workspace import Workspace

    state = app_of(analysed.client).state
    again = JobQueue(state.settings, Workspace(state.settings.workspace))
    job = again.get(analysed.job.id)
    assert job is not None
    assert job.state == "done"
    assert "map" in parts(job.result / "report.html")


def test_the_form_of_filters_says_what_the_verbs_take():
    """Every field becomes one filter, all of them understood."""
    found = filters_of(
        {
            "activity": " Ship ", "activity_is": "without", "source": "A", "target": "B",
            "within_days": "2", "follows_is": "later", "days_over": "1.5", "days_under": "9",
            "first": "2024-01-01", "period": "contained", "top": "80", "attribute": "customer",
            "value": "C1|C2", "more": "events>2\n\n  start=A \n",
        }
    )  # fmt: skip
    assert found == [
        "activity!=Ship", "follows=A>>B<2d", "days>1.5", "days<9",
        "contained=2024-01-01..9999-12-31", "top=80%", "customer=C1|C2", "events>2", "start=A",
    ]  # fmt: skip
    assert len(parse(found)) == len(found)
    assert filters_of({"activity": "", "source": "A", "period": "started"}) == []


def test_links_of_a_map_are_escaped():
    """A name cannot leave its attribute, and no link is made where no filter says the path."""
    markup = (
        '<div class="cases" id="e0" data-filter="start=&lt;b&gt;&quot; onclick=x"><ol>'
        '<li data-case=\'"><i>\'>x: 1 d</li></ol><p><a href="#m">Back to the map</a></p></div>'
        '<div class="cases" id="e1" data-filter=""><p><a href="#m">Back to the map</a></p></div>'
    )
    shown = with_case_links(markup, "0" * 16, ["days>1"])
    assert shown.count("All these cases") == 1
    link = html.unescape(re.search(r'href="([^"]+cases\?[^"]+)"', shown)[1])
    assert parse_qs(urlsplit(link).query)["filter"] == ["days>1", 'start=<b>" onclick=x']
    one = html.unescape(re.search(r'href="([^"]+one\?[^"]+)"', shown)[1])
    assert parse_qs(urlsplit(one).query)["id"] == ['"><i>']
    assert "onclick" not in re.sub("\"[^\"]*\"|'[^']*'", "", shown)


def test_definitions_go_to_the_table_of_values_only():
    """A label without a definition stays as it is."""
    row = '<tr><th scope="row">{}</th><td>1</td></tr>'
    markup = (
        f'<table id="t-kpi-values">{row.format("DSO")}{row.format("Other")}</table>'
        f'<table id="t-kpi-definitions">{row.format("DSO")}</table>'
    )
    shown = with_definitions(markup, {"DSO": 'a < b "c"'})
    assert shown.count('class="term"') == 1
    assert "a &lt; b &quot;c&quot;" in shown
    assert with_definitions("nothing", {"DSO": "x"}) == "nothing"


def chosen(page):
    """Return what the selects of a page would send."""
    selects = re.findall(r'<select[^>]*name="([^"]+)".*?</select>', page, re.DOTALL)
    bodies = re.findall(r"<select.*?</select>", page, re.DOTALL)
    picked = {}
    for name, body in zip(selects, bodies, strict=True):
        option = re.search(r'<option value="([^"]*)" selected', body)
        picked[name] = html.unescape(option[1]) if option else ""
    return picked


@pytest.mark.slow
def test_a_real_log_from_the_file_to_its_map(tmp_path):
    """A real log of 8,577 events, packed; the reader's own numbers stand on the page."""
    file = Path(os.environ.get("O2C_DATA", "../shared/data")) / "receipt.xes.gz"
    if not file.exists():
        pytest.skip("the shared data are absent")
    with inside(tmp_path / "ws") as client:
        answer = post(client, "/upload", files=[("log", (file.name, file.read_bytes()))])
        columns = answer.headers["location"]
        guessed = chosen(client.get(columns).text)
        assert guessed["activity"] == "concept:name"
        confirmed = {**guessed, "zone": "Europe/Amsterdam"}
        assert post(client, columns, data=confirmed).status_code == 303
        begun = time.monotonic()
        jobs = app_of(client).state.jobs
        job = jobs.wait(jobs.jobs(kind="analysis")[0].id, WAIT_SECONDS)
        assert job.state == "done", job.message
        assert time.monotonic() - begun < WAIT_SECONDS
        address = columns.rpartition("/")[0]
        assert "1\u202f434" in client.get(f"{address}?part=summary").text
        assert OUTPUT not in client.get(f"{address}?part=map").text
