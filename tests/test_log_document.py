"""The document of a log: what is wrong in the data first, and no number but the input's."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from case_logs import case_log
from example_comparison import DEFINITIONS, directly_follows, graph_of
from parsed_page import EVIL, HOSTILE, Page, assert_self_contained

from mining.analysis import Analysis, analyse
from mining.conformance import Conformance
from mining.finding import Finding
from mining.read import ReadLog
from mining.views import Views, views
from o2c_sim import Window, load_company, simulate
from o2c_sim.eventlog import EventLog
from reports.documents.cells import text_cell
from reports.documents.conformance_tables import conformance_blocks
from reports.documents.document import Answer, Document, Table, Warnings, tables_of
from reports.documents.html import html
from reports.documents.log_document import chain_text, log_document
from reports.documents.log_pictures import picture_sections
from reports.documents.log_report import LogReport, log_report
from reports.documents.view_sections import table_of, view_sections
from reports.number_text import duration_text


def found(severity: str, message: str) -> Finding:
    """Return a finding."""
    return Finding("kind", severity, message, 12, "events", "durations", "ask", ("case 7: a",))


def report(**changes: object) -> LogReport:
    """Return a small report with some of its fields replaced."""
    variants = pl.DataFrame(
        {
            "variant": [1, 2],
            "activities": [["Receive Order", "Confirm Order"], ["Receive Order"]],
            "count": [180, 60],
            "share": [0.6, 0.2],
            "cumulative_share": [0.6, 0.8],
            "median_hours": [1100.0, 12.0],
        }
    )
    made = LogReport(
        title="Extract 2025",
        graph=directly_follows(cases=300),
        quality={"Time zone": text_cell("Europe/Berlin")},
        findings=(found("serious", "12 % of time stamps are at midnight"),),
        variants=variants,
        throughput={"Mean": 1250.0, "90th percentile": 1900.0},
        kpis={"dso_simple_days": 46.2, "receivables_mean": 7.42e6},
        unsupported={"order_to_cash_mean_days": "no payments"},
        currency="EUR",
    )
    return dataclasses.replace(made, **changes)


def block(document: Document, key: str, kind: type) -> object:
    """Return the first block of a kind in a section."""
    section = next(s for s in document.sections if s.key == key)
    return next(b for b in section.blocks if isinstance(b, kind))


def table(document: Document, key: str) -> Table:
    """Return a table by its key."""
    return next(one for one in tables_of(document) if one.key == key)


def analysed(log: EventLog, case_type: str = "order") -> tuple[Analysis, Views]:
    """Return analysis and views of a log."""
    return analyse(ReadLog(log, case_type, None, ())), views(log, case_type)


def test_summary_says_what_is_seriously_wrong() -> None:
    """Serious findings stand on the first page; warnings are counted there and listed below."""
    findings = (found("serious", "bad stamps"), found("warning", "odd names"))
    document = log_document(report(findings=findings))
    assert document.sections[0].key == "summary"
    assert block(document, "summary", Warnings).items == [("", "bad stamps")]
    told = dict(block(document, "summary", Answer).items)["What to doubt"]
    assert "1 serious fault in" in told
    assert "1 warning." in told
    assert [r[0].text for r in table(document, "findings-serious").rows] == ["bad stamps"]
    assert [r[0].text for r in table(document, "findings-others").rows] == ["odd names"]
    clean = log_document(report(findings=()))
    assert not [b for b in clean.sections[0].blocks if isinstance(b, Warnings)]


def test_many_serious_findings_do_not_fill_the_first_page() -> None:
    """Six are named, the others counted; the table has all."""
    findings = [found("serious", f"fault {k}") for k in range(9)]
    document = log_document(report(findings=findings))
    named = [what for _, what in block(document, "summary", Warnings).items]
    assert named == [*(f"fault {k}" for k in range(6)), "3 more are listed under Data quality"]
    assert len(table(document, "findings-serious").rows) == 9


def test_page_shows_the_inputs_numbers() -> None:
    """Facts, findings, variants and KPIs appear as they were given, definitions folded."""
    document = log_document(report(), definitions=DEFINITIONS)
    page = Page(html(document))
    told = ["300", "Europe/Berlin", "12 % of time stamps are at midnight", "52.1 d", "79.2 d"]
    told += ["60.0 %", "80.0 %", "45.8 d", "46.2 days", "EUR 7.4 m", "no payments", "case 7: a"]
    for text in told:
        assert text in page.text
    values = {row[1].text: row[2].value for row in table(document, "kpi-values").rows}
    assert values == report().kpis
    assert table(document, "kpi-definitions").folded
    assert {row[0].text for row in table(document, "kpi-definitions").rows} == {
        DEFINITIONS[key].label for key in report().kpis
    }


def test_hostile_names_are_text() -> None:
    """Markup in names and findings is shown, never run; control characters vanish."""
    for name in HOSTILE:
        graph = graph_of({(name, "b\x00"): [1.0]}, {name: 1, "b\x00": 1}, {name: 1}, {"b\x00": 1})
        variants = report().variants.with_columns(activities=pl.lit([name, "b"]))
        told = report(
            title=name, graph=graph, variants=variants, notes=(name,),
            findings=(found("serious", name),),
        )  # fmt: skip
        page = html(log_document(told))
        assert_self_contained(page)
        assert "\x00" not in page
    assert EVIL in Page(html(log_document(report(title=EVIL)))).text


def test_endless_sequences_are_cut_and_say_so() -> None:
    """A case that goes round a thousand times does not fill a page."""
    assert chain_text(["a", "b"]) == "a → b"
    assert chain_text(["a"] * 1_060).endswith("a → … and 1\u202f000 more steps")


def test_rare_variants_are_counted_where_they_are_not_listed() -> None:
    """Two thousand variants are listed; a page shows twenty and the caption tells of the rest."""
    count = 2_500
    variants = pl.DataFrame(
        {
            "variant": range(1, count + 1),
            "activities": [["a", f"b{k}"] for k in range(count)],
            "count": [1] * count,
            "share": [1 / count] * count,
            "cumulative_share": [(k + 1) / count for k in range(count)],
            "median_hours": [1.0] * count,
        }
    )
    listed = table(log_document(report(variants=variants)), "variants-table")
    assert (len(listed.rows), listed.most_rows) == (2_000, 20)
    assert "500 rarer variants are not listed" in listed.caption


def conformance(**changes: object) -> Conformance:
    """Return the result of a check."""
    deviations = pl.DataFrame(
        {"kind": ["missing"], "activity": ["Confirm"], "cases": [6], "occurrences": [7],
         "share": [0.06]}
    )  # fmt: skip
    made = Conformance(
        "normative", 100, 9, 100, 9, 0.9, 0.95, 0.96, None, None, deviations, pl.DataFrame(),
        method="alignments", coverage="all of it",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def test_a_check_keeps_its_numbers() -> None:
    """Fitness, deviations and prices stand in cells, with their intervals."""
    prices = pl.DataFrame(
        {
            "kind": ["rule", "missing"], "what": ["Billed late", "Confirm"],
            "severity": ["", ""], "cases": [12, 3], "share": [0.12, None],
            "added_mean_days": [4.25, None], "added_low_days": [1.0, None],
            "added_high_days": [7.5, None], "cash_tied_up": [1_234.5, None],
            "cash_cost": [11.0, None],
        }
    )  # fmt: skip
    blocks = conformance_blocks({"all cases": conformance()}, prices, "EUR")
    tables = {one.key: one for one in blocks if isinstance(one, Table)}
    fitness = tables["conformance-fitness"].rows[0]
    assert [cell.value for cell in fitness[1:5]] == [100, 0.9, 0.95, 0.96]
    price = tables["deviation-prices"].rows[0]
    assert (price[4].value, price[4].low, price[4].high) == (4.25, 1.0, 7.5)
    assert (price[4].text, price[4].note) == ("+4.2", "+1.0 to +7.5")
    assert [cell.value for cell in price[5:]] == [1_234.5, 11.0]
    assert [cell.value for cell in tables["deviation-prices"].rows[1][4:]] == [None] * 3
    assert [cell.value for cell in tables["deviations-1"].rows[0][2:]] == [6, 7, 0.06]
    assert conformance_blocks({}, None, "") == []


def two_ways() -> EventLog:
    """Return thirty cases of a, b and ten of a, c, one begun every day."""
    other = {False: ("b", 2.0), True: ("c", 5.0)}
    return case_log(
        {
            f"case {k}": [("a", 24.0 * k), (name, 24.0 * k + hours)]
            for k in range(40)
            for name, hours in (other[k % 4 == 3],)
        },
        people="p",
    )


def test_the_first_page_says_where_time_goes() -> None:
    """Thirty waits of 2 h and ten of 5 h: 60 of 110 hours lie on a to b, 55 %."""
    found, seen = analysed(two_ways())
    told = dict(block(log_document(log_report(found, views=seen)), "summary", Answer).items)
    assert told["Where time goes"] == (
        "55 % of all waiting between steps lies on a → b: 30 times, 2.0 h on average. "
        "45 % lies on a → c, 5.0 h each time."
    )
    assert told["How regular it is"] == (
        "75 % of the cases take the most frequent of 2 variants; 2 variants cover 100 % of the "
        "cases. The most frequent one takes 2.0 h in the median, all others 5.0 h."
    )
    assert "Where cash waits" not in told


def test_the_views_keep_their_numbers() -> None:
    """Every cell of the bottlenecks holds the number of the view, and the text made of it."""
    _, seen = analysed(two_ways())
    rows = table_of(next(s for s in view_sections(seen) if s.key == "bottlenecks")).rows
    wanted = seen.bottlenecks.sort("total_hours", descending=True)
    assert [row[0].text for row in rows] == ["a → b", "a → c"]
    assert [row[1].value for row in rows] == wanted["count"].to_list()
    means = [row[2].value for row in rows]
    assert means == [2.0, 5.0]
    assert [row[2].text for row in rows] == [duration_text(mean) for mean in means]
    assert [row[4].value for row in rows] == wanted["share"].to_list()


@pytest.mark.parametrize(
    "cases",
    [
        {"one": [("a", 0.0)]},
        {"one": [("a", 0.0), ("b", 0.0)]},
        {name: [(name, 0.0), (name * 2, 5.0), (HOSTILE[0], 9.0)] for name in HOSTILE},
    ],
    ids=["one event", "no time passes", "hostile names"],
)
def test_whole_documents_of_odd_logs(cases: dict[str, list[tuple[str, float]]]) -> None:
    """One event, no time, names that are markup: a page with every section that has something."""
    log = case_log(cases)
    found, seen = analysed(log)
    sections = picture_sections(log, "order", found)
    page = html(log_document(log_report(found, views=seen, sections=sections)))
    assert_self_contained(page)
    Page(page)


@pytest.mark.slow
def test_a_run_shows_all_that_it_supports(run_log: EventLog) -> None:
    """A simulated log has invoices, blocks, several object types, and people in its roles."""
    found, _ = analysed(run_log)
    people = {"Warehouse": 2.0, "Order desk": 1.0}
    sections = {s.key: s for s in picture_sections(run_log, "order", found, "USD", people)}
    pictures = {one.key: one for s in sections.values() for one in s.blocks if hasattr(one, "key")}
    assert {"objects", "flow", "money", "patterns"} <= set(sections)
    assert {
        "object-map", "cycle-time-scatter", "ageing-wip", "board", "blocker-pareto", "gantt",
        "cumulative-flow", "ar-ageing", "dso-curve",
    } <= set(pictures)  # fmt: skip
    stages, roles = (pictures[f"cost-per-order-by-{by}"].data.rows for by in ("stage", "role"))
    # The same money, cut in two ways.
    assert stages[-1][3].value == pytest.approx(roles[-1][3].value)
    assert stages[-1][3].value > 0
    week = pictures["work-heat-map"].data
    assert {row[0].text for row in week.rows} == set(people)
    assert [column.name for column in week.columns][-2:] == ["Busy", "Waiting"]


def test_where_nothing_is_open_there_is_no_board() -> None:
    """All cases have ended: no board, no ageing; one object type: no map of objects."""
    log = case_log({f"{k}": [("a", 24.0 * k), ("b", 24.0 * k + 3)] for k in range(5)})
    found, _ = analysed(log)
    # Nobody in this log has the role of those people.
    sections = picture_sections(log, "order", found, people={"Biller": 3})
    keys = {one.key for s in sections for one in s.blocks if hasattr(one, "key")}
    assert not keys & {"board", "ageing-wip", "blocker-pareto", "object-map"}
    assert {"work-heat-map", "cumulative-flow"} <= keys


@pytest.fixture(scope="module")
def run_log() -> EventLog:
    """Simulate a few weeks."""
    return simulate(
        load_company("distributor"), seed=1, replication=0, window=Window(20, 30, 10)
    ).log


def test_a_group_that_has_run_out_is_not_forecast() -> None:
    """Nothing was created for half a year: its throughput says nothing of the work to come."""
    cases = {f"{k}": [("a", 24.0 * k), ("b", 24.0 * k + 3)] for k in range(20)}
    cases["late"] = [("a", 0.0), ("b", 24.0 * 200)]
    log = case_log(cases)
    found, _ = analysed(log)
    section = next(s for s in picture_sections(log, "order", found) if s.key == "forecast")
    (text,) = section.blocks
    assert text.paragraphs[0].startswith("No forecast is made: none of the orders of this log")


def many(count: int) -> EventLog:
    """Return a log of so many cases of ten steps each, right-skewed times, ten people."""
    draw = np.random.default_rng(7)
    steps = 10
    number = count * steps
    begun = np.sort(draw.uniform(0, 400 * 24.0, count))
    hours = begun[:, None] + np.cumsum(draw.lognormal(2.0, 1.2, (count, steps)), axis=1)
    step = np.arange(steps)[None, :].repeat(count, 0)
    swap = draw.random(count) < 0.3
    step[swap, 4], step[swap, 5] = 5, 4
    names = pl.Enum([f"Step {k}" for k in range(steps)])
    events = pl.DataFrame(
        {
            "event": np.arange(number, dtype=np.uint32),
            "activity": pl.Series([f"Step {k}" for k in step.ravel()], dtype=names),
            "start": pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, number),
            "time": (np.datetime64("2024-01-01T00:00:00", "us")
                     + (hours.ravel() * 3.6e9).astype("timedelta64[us]")),
            "resource": pl.Series([f"person {k}" for k in draw.integers(0, 10, number)]),
        }
    )  # fmt: skip
    empty = {"role": pl.String, "automated": pl.Boolean, "amount": pl.Float64}
    events = events.with_columns(pl.lit(None, kind).alias(name) for name, kind in empty.items())
    objects = pl.DataFrame(
        {
            "object": np.arange(count, dtype=np.uint32),
            "object_id": [f"c{k}" for k in range(count)],
            "type": pl.Series(["order"], dtype=pl.Enum(["order"])).new_from_index(0, count),
        }
    )
    of = np.arange(count, dtype=np.uint32).repeat(steps)
    return EventLog(events, objects, pl.DataFrame({"event": events["event"], "object": of}))


def page_size(log: EventLog) -> int:
    """Return how many bytes the whole page of a log has."""
    found, seen = analysed(log)
    sections = picture_sections(log, "order", found)
    return len(html(log_document(log_report(found, views=seen, sections=sections))).encode())


@pytest.mark.slow
def test_a_page_does_not_grow_with_the_log() -> None:
    """A million events make a page as large as a hundred thousand do, to a tenth."""
    small, large = page_size(many(10_000)), page_size(many(100_000))
    assert large < 1.1 * small
    assert large < 3_000_000
