"""Documents: one file that needs nothing else, hides nothing and changes no number."""

from __future__ import annotations

import dataclasses
import re
import sys
from html.parser import HTMLParser

import polars as pl
import pytest
from example_comparison import (
    DEFINITIONS,
    directly_follows,
    example_comparison,
    graph_of,
)

from o2c_sim.errors import MissingDependencyError
from reports.answer import estimate_text, scenario_sentences, signed_text
from reports.documents.comparison_html import comparison_html, provenance_text
from reports.documents.log_html import LogReport, log_html
from reports.documents.map_view import readable_shares
from reports.documents.rendering import typeset
from reports.number_text import count_text

VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}
EVIL = "<script>alert('x')</script> \U0001f4b6"


class Page(HTMLParser):
    """Collects what a test asks about, and fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.texts))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page() -> Page:
    """Return the parsed report of the example."""
    return Page(comparison_html(example_comparison(), definitions=DEFINITIONS))


def log_report(**changes: object) -> LogReport:
    """Return a small report with some of its fields replaced."""
    graph = directly_follows(cases=300)
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
    report = LogReport(
        title="Extract 2025",
        graph=graph,
        quality={"Time zone": "Europe/Berlin"},
        findings=("12 % of time stamps are at midnight",),
        variants=variants,
        throughput={"Mean": 1250.0, "90th percentile": 1900.0},
        kpis={"dso_simple_days": 46.2, "receivables_mean": 7.42e6},
        conformance={"Fitness": "0.94"},
        currency="EUR",
        command="o2c mine extract.csv",
        versions={"o2c-toolkit": "0.1.0"},
    )
    return dataclasses.replace(report, **changes)


def assert_self_contained(html: str) -> None:
    """Assert that nothing in the page is fetched or run."""
    assert not re.search(r'https?://(?!www\.w3\.org/(2000/svg|1999/xlink)")', html)
    assert not re.search(r"<script|@import|<link|<img|<iframe|\bon\w+=|url\((?!#)", html)


def test_page_needs_no_script_no_file_and_no_network(page: Page) -> None:
    """The only addresses in both documents are the names of XML namespaces."""
    assert_self_contained(comparison_html(example_comparison(), definitions=DEFINITIONS))
    assert_self_contained(log_html(log_report(), definitions=DEFINITIONS))
    assert page.named("script") == []


def test_answer_comes_first_and_is_the_answers_own_text(page: Page) -> None:
    """The first section is the answer, word for word, minus signs aside."""
    comparison = example_comparison()
    for outcome in comparison.outcomes[1:]:
        sentence = typeset(scenario_sentences(comparison, outcome, DEFINITIONS))
        assert sentence in page.text
        assert page.text.index(sentence) < page.text.index("What was changed", 600)


def test_every_kpi_shows_the_inputs_numbers(page: Page) -> None:
    """Baseline, scenario, difference and interval of every KPI stand in the tables."""
    comparison = example_comparison()
    for name, differences in comparison.differences.items():
        outcome = next(o for o in comparison.outcomes if o.name == name)
        for item in differences:
            kpi = DEFINITIONS[item.metric]
            value, _ = estimate_text(outcome.estimates[item.metric], kpi.unit, "EUR")
            base, interval = estimate_text(
                comparison.outcomes[0].estimates[item.metric], kpi.unit, "EUR"
            )
            change, between = signed_text(item.difference, kpi.unit, "EUR")
            for text in (kpi.label, value, base, interval, change, between):
                assert typeset(text) in page.text
            assert f"{typeset(change)} ({typeset(between)})" in page.text


def test_nothing_that_limits_the_result_is_hidden(page: Page) -> None:
    """Warnings, assumed parameters, payment terms, window, seed, versions, command: all there."""
    comparison = example_comparison()
    told = [text for outcome in comparison.outcomes for text in outcome.warnings]
    told += [f"{p.value}" for p in comparison.parameters]
    told += [p.source for p in comparison.parameters]
    told += [text for item in comparison.checks.items() for text in item]
    told += [comparison.command, str(comparison.seed), "79.0 %", "no detectable difference"]
    told += [f"{name} {version}" for name, version in comparison.versions.items()]
    told += [s.after for o in comparison.outcomes for s in o.settings]
    told += ["7 parameters: 3 from data, 2 published figures, 2 assumed."]
    told += ["90 days, not measured", "180 days", "120 days, for orders to be paid"]
    told += [d.source for d in DEFINITIONS.values()]
    for text in told:
        assert text in page.text


def test_assumed_parameters_are_listed_first(page: Page) -> None:
    """What nobody measured is what a reader should question first."""
    places = [page.text.index(s) for s in ("no source", "APQC 10171 ", "orders_2025.csv, 2 741")]
    assert places[0] < places[2]
    assert provenance_text(()) == ""


def test_page_is_accessible(page: Page) -> None:
    """Language, skip link, one h1, captions, scoped headers, named pictures, unique ids."""
    assert page.named("html")[0]["lang"] == "en"
    assert page.named("a")[0] == {"class": "skip", "href": "#main"}
    assert len(page.named("h1")) == 1
    assert len(page.named("caption")) == len(page.named("table"))
    assert all("scope" in header for header in page.named("th"))
    assert len(page.named("figure")) == len(page.named("figcaption"))
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for picture in page.named("svg"):
        assert picture["role"] == "img"
        assert picture["aria-labelledby"] in ids
    for link in page.named("a"):
        assert str(link["href"]).removeprefix("#") in ids


def test_map_has_an_equal_table(page: Page) -> None:
    """Every count of every scenario's graph can be read without seeing the map."""
    table = page.text[page.text.index("every path of every scenario") :]
    for outcome in example_comparison().outcomes:
        for row in outcome.process_map.edges.to_dicts():
            assert row["source"] in table
            assert count_text(row["count"]) in table


def test_hostile_names_are_text() -> None:
    """Markup in names, titles and sources is shown, never run; control characters vanish."""
    graph = graph_of({(EVIL, "b\x00"): [1.0]}, {EVIL: 1, "b\x00": 1}, {EVIL: 1}, {"b\x00": 1})
    whole = example_comparison(scenarios=1)
    outcomes = tuple(
        dataclasses.replace(o, title=EVIL, description=EVIL, process_map=graph, warnings=(EVIL,))
        for o in whole.outcomes
    )
    html = comparison_html(
        dataclasses.replace(whole, company=EVIL, outcomes=outcomes, command=EVIL)
    )
    assert_self_contained(html)
    assert "\x00" not in html
    assert EVIL in Page(html).text
    assert_self_contained(log_html(log_report(title=EVIL, graph=graph, findings=(EVIL,))))


def test_baseline_alone_and_many_scenarios_have_a_page() -> None:
    """No scenario: no differences. Seven scenarios: three tables side by side would not fit."""
    alone = Page(comparison_html(example_comparison(scenarios=0), definitions=DEFINITIONS))
    assert "nothing to compare it with" in alone.text
    whole = example_comparison(scenarios=1)
    extra = [dataclasses.replace(whole.outcomes[1], name=f"s{k}", title=f"S{k}") for k in range(7)]
    differences = {outcome.name: whole.differences["credit"] for outcome in extra}
    many = dataclasses.replace(whole, outcomes=(whole.outcomes[0], *extra), differences=differences)
    page = Page(comparison_html(many, definitions=DEFINITIONS))
    assert all(f"S{k}" in page.text for k in range(7))


def test_large_graphs_are_thinned_for_the_map_alone() -> None:
    """A small graph is shown whole; a dense one is thinned, and its table still has every path."""
    assert readable_shares([directly_follows(cases=300)]) == (1.0, 1.0)
    names = [f"a{k}" for k in range(12)]
    pairs = {(a, b): [1.0] * (40 if a < b else 1) for a in names for b in names if a != b}
    dense = graph_of(pairs, dict.fromkeys(names, 9), {"a0": 9}, {"a9": 9})
    page = Page(log_html(log_report(graph=dense)))
    assert "rare paths are left out" in page.text
    assert len(re.findall(r"\b40 \b", page.text)) >= 66


def test_log_report_shows_the_inputs_numbers() -> None:
    """Facts, findings, variants, KPIs and conformance appear as they were given."""
    page = Page(log_html(log_report(), definitions=DEFINITIONS))
    told = ["300", "Europe/Berlin", "12 % of time stamps are at midnight", "52.1 d", "79.2 d"]
    told += ["60.0 %", "80.0 %", "45.8 d", "46.2 days", "EUR 7.4 m", "0.94", "o2c mine extract.csv"]
    for text in told:
        assert text in page.text


def test_missing_template_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Jinja2 the error names it and the extra that brings it."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingDependencyError, match="jinja2"):
        log_html(log_report())
