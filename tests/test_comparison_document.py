"""The document of a comparison: the answer first, every number the comparison's own."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator

import pytest
from example_business_case import example_business_case
from example_comparison import DEFINITIONS, example_comparison, graph_of
from parsed_page import EVIL, HOSTILE, Page, assert_accessible, assert_self_contained

from reports.answer import estimate_text, scenario_sentences, signed_text
from reports.business_case import outcome_summary
from reports.documents.comparison_document import comparison_document
from reports.documents.comparison_sources import provenance_text
from reports.documents.comparison_summary import SCENARIOS_ON_PAGE, limits
from reports.documents.document import (
    Answer,
    Cards,
    Cell,
    Document,
    Facts,
    Picture,
    Section,
    Table,
    Warnings,
    pictures_of,
    tables_of,
)
from reports.documents.html import html
from reports.documents.rendering import typeset
from reports.documents.scenario_maps import map_blocks
from reports.number_text import count_text
from reports.process_map import NODE_WIDTH
from scenarios.comparison import Comparison


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Return the example."""
    return example_comparison()


@pytest.fixture(scope="module")
def document(comparison: Comparison) -> Document:
    """Return the document of the example."""
    return comparison_document(comparison, definitions=DEFINITIONS)


@pytest.fixture(scope="module")
def page(document: Document) -> Page:
    """Return its parsed page."""
    return Page(html(document))


def table(document: Document, key: str) -> Table:
    """Return a table by its key."""
    return next(found for found in tables_of(document) if found.key == key)


def cells_of(document: Document) -> Iterator[Cell]:
    """Return every cell of a document but those behind its pictures."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield from (cell for row in block.rows for cell in row)
            elif isinstance(block, Facts):
                yield from (cell for _, cell in block.items)
            elif isinstance(block, Cards):
                yield from (cell for card in block.cards for _, cell in card.items)


def many(scenarios: int) -> Comparison:
    """Return a comparison with so many scenarios, all of them alike."""
    whole = example_comparison(scenarios=1)
    extra = [
        dataclasses.replace(whole.outcomes[1], name=f"s{k}", title=f"S{k}", warnings=(f"W{k}",))
        for k in range(scenarios)
    ]
    return dataclasses.replace(
        whole,
        outcomes=(whole.outcomes[0], *extra),
        differences={outcome.name: whole.differences["credit"] for outcome in extra},
    )


def test_the_page_runs_nothing_and_can_be_heard(document: Document) -> None:
    """One file without script or addresses, with a heading order, captions and names."""
    text = html(document)
    assert_self_contained(text)
    assert_accessible(Page(text))
    assert len(text) < 1_500_000


def test_the_answer_comes_first_and_in_its_own_words(comparison: Comparison, page: Page) -> None:
    """The first section is the answer, word for word, minus signs aside."""
    for outcome in comparison.outcomes[1:]:
        sentence = typeset(scenario_sentences(comparison, outcome, DEFINITIONS))
        assert sentence in page.text
        assert page.text.index(sentence) < page.text.index("What was changed", 600)


def test_the_first_section_is_a_summary(document: Document) -> None:
    """Answer, cards, warnings and one picture, and nothing else."""
    kinds = [type(block) for block in document.sections[0].blocks]
    assert kinds == [Answer, Cards, Warnings, Picture]


def test_every_kpi_has_the_numbers_of_the_comparison(
    comparison: Comparison, document: Document, page: Page
) -> None:
    """Value, difference, limits and verdict of every KPI: text and number, cell by cell."""
    rows = {}
    for found in tables_of(document):
        if found.key.startswith(("kpis", "cycle-times")):
            names = [column.name for column in found.columns]
            for row in found.rows:
                for name, cell in zip(names[1:], row[1:], strict=True):
                    rows[row[0].text, name] = cell
    base, *scenarios = comparison.outcomes
    for outcome in scenarios:
        for item in comparison.differences[outcome.name]:
            kpi = DEFINITIONS[item.metric]
            before = rows[kpi.label, base.title]
            after = rows[kpi.label, outcome.title]
            change = rows[kpi.label, f"{outcome.title}: change"]
            for cell, estimate in (
                (before, base.estimates[item.metric]),
                (after, outcome.estimates[item.metric]),
                (change, item.difference),
            ):
                assert (cell.value, cell.low, cell.high) == (
                    estimate.mean,
                    estimate.low,
                    estimate.high,
                )
            assert (after.text, after.note) == estimate_text(
                outcome.estimates[item.metric], kpi.unit, "EUR"
            )
            assert (change.text, change.note) == signed_text(item.difference, kpi.unit, "EUR")
            assert f"{typeset(change.text)} {typeset(change.note)}" in page.text
            assert (change.kind == "none") == (not item.detected)


def test_every_text_of_a_cell_is_in_the_page(document: Document, page: Page) -> None:
    """No number of the document is missing from its page, nor any note or verdict."""
    for cell in cells_of(document):
        texts = (cell.text, cell.note) if isinstance(cell.value, int | float) else ()
        for text in (*map(typeset, texts), typeset(cell.verdict)):
            assert text in page.text
        if not texts and not cell.code:
            assert cell.text in page.text
            assert cell.note in page.text


def test_intervals_hold_their_values(document: Document) -> None:
    """Every cell with limits has its value between them."""
    told = [cell for cell in cells_of(document) if cell.low is not None]
    assert len(told) > 100
    for cell in told:
        assert cell.low <= cell.value <= cell.high


def test_the_picture_of_the_summary_has_the_differences(
    comparison: Comparison, document: Document
) -> None:
    """Days and cash of each scenario with their limits, as the comparison has them."""
    data = table(document, "headline-numbers")
    by_metric = {
        (name, item.metric): item.difference
        for name, items in comparison.differences.items()
        for item in items
    }
    for outcome, row in zip(comparison.outcomes[1:], data.rows, strict=True):
        assert row[0].text == outcome.title
        days = by_metric[outcome.name, "order_to_cash_mean_days"]
        cash = by_metric[outcome.name, "cash_tied_up_mean"]
        assert [cell.value for cell in row[1:4]] == [days.mean, days.low, days.high]
        assert [cell.value for cell in row[5:8]] == [cash.mean, cash.low, cash.high]


def test_nothing_that_limits_the_result_is_hidden(comparison: Comparison, page: Page) -> None:
    """Warnings, assumed parameters, payment terms, window, seed, versions, command: all there."""
    told = [text for outcome in comparison.outcomes for text in outcome.warnings]
    told += [f"{p.value}" for p in comparison.parameters]
    told += [p.source for p in comparison.parameters]
    told += [text for item in comparison.checks.items() for text in item]
    told += [comparison.command, str(comparison.seed), "79.0 %", "no detectable difference"]
    told += [f"{name} {version}" for name, version in comparison.versions.items()]
    told += [s.after for o in comparison.outcomes for s in o.settings]
    told += [o.description for o in comparison.outcomes]
    told += ["7 parameters: 3 from data, 2 published figures, 2 assumed."]
    told += ["90 days, not measured", "180 days", "120 days, for orders to be paid"]
    told += [d.source for d in DEFINITIONS.values()]
    for text in told:
        assert text in page.text


def test_a_warning_of_several_scenarios_is_told_once(comparison: Comparison) -> None:
    """What limits two scenarios is one warning with both names; all of them are called so."""
    assert limits(comparison) == [
        (
            "Baseline, Reminder before the due date",
            "Credit analyst is busy 93 % of the time: waiting times depend on the window.",
        )
    ]
    same = tuple(dataclasses.replace(o, warnings=("same",)) for o in comparison.outcomes)
    assert limits(dataclasses.replace(comparison, outcomes=same)) == [("Every scenario", "same")]


def test_assumed_parameters_are_listed_first(document: Document) -> None:
    """What nobody measured is what a reader should question first."""
    kinds = [row[2].text for row in table(document, "parameters").rows]
    assert kinds == ["assumed"] * 2 + ["published"] * 2 + ["data"] * 3
    assert provenance_text(()) == ""


def test_maps_have_an_equal_table(comparison: Comparison, document: Document) -> None:
    """Every count of every scenario's graph stands behind its map."""
    drawn = [found for found in pictures_of(document) if found.key.startswith("map-")]
    assert len(drawn) == len(comparison.outcomes)
    for outcome, picture in zip(comparison.outcomes, drawn, strict=True):
        counts = {(row[0].text, row[1].text): row[2].value for row in picture.data.rows}
        for row in outcome.process_map.edges.to_dicts():
            assert counts[row["source"], row["target"]] == row["count"]


def test_the_business_case_keeps_the_verdicts_of_the_comparison(comparison: Comparison) -> None:
    """What is not detected after Holm's correction is no saving two pages later."""
    outcome = dataclasses.replace(comparison.outcomes[1], business_case=example_business_case())
    assert "cash freed once: +EUR" in outcome_summary(comparison, outcome)[0]
    doubtful = {
        name: tuple(dataclasses.replace(found, detected=False) for found in differences)
        for name, differences in comparison.differences.items()
    }
    unsure = dataclasses.replace(comparison, differences=doubtful)
    assert outcome_summary(unsure, outcome)[0].count("no detectable difference") == 2
    assert outcome_summary(comparison, comparison.outcomes[0]) == ()


def test_difference_maps_lie_where_the_maps_of_the_scenarios_do(comparison: Comparison) -> None:
    """Every activity has one place in all pictures, on a page and on paper."""
    found = {b.key: b for b in map_blocks(comparison) if isinstance(b, Picture)}
    first, change = places(found["map-1"]), places(found["change-1"])
    assert first == change
    assert len(first) > 5


def places(picture: Picture) -> set[tuple[float, ...]]:
    """Return the middle of every activity's box on the page."""
    assert picture.markup is not None
    tree = picture.markup("m")
    boxes = re.findall(r"<rect ([^>]*)>", tree[tree.index("<svg") :])
    numbers = [
        [float(value) for value in re.findall(r'\b(?:x|y|width|height)="([\d.]+)"', box)]
        for box in boxes
    ]
    middles = [(x + w / 2, y + h / 2, w) for x, y, w, h in (n for n in numbers if len(n) == 4)]
    return {(round(x), round(y)) for x, y, w in middles if w == NODE_WIDTH}


def test_every_picture_has_words_and_numbers(document: Document) -> None:
    """Title, caption and alternative are told, and data are behind each picture."""
    for picture in pictures_of(document):
        assert picture.title
        assert picture.caption
        assert picture.alternative
        assert picture.data.rows
        widths = {len(row) for row in picture.data.rows}
        assert widths == {len(picture.data.columns)}
        assert len(picture.data.rows) <= 2_000


def test_charts_name_columns_of_their_data(document: Document) -> None:
    """What a workbook is to draw is in the table."""
    charts = [found for found in pictures_of(document) if found.chart is not None]
    assert charts
    for picture in charts:
        assert picture.chart is not None
        names = [column.name for column in picture.data.columns]
        assert len(names) == len(set(names))
        assert {picture.chart.x, *picture.chart.series} <= set(names)


def test_the_result_is_the_file_of_the_comparison(
    comparison: Comparison, document: Document
) -> None:
    """The JSON of the document is what ``comparison.json`` says."""
    from scenarios.result_file import to_document

    assert document.result is not None
    assert json.dumps(document.result(), sort_keys=True) == json.dumps(
        to_document(comparison), sort_keys=True
    )
    assert document.reproduction.command == comparison.command
    assert document.reproduction.seed == comparison.seed
    assert document.reproduction.versions == comparison.versions


def test_hostile_names_are_text() -> None:
    """Markup in names, titles and sources is shown, never run; control characters vanish."""
    graph = graph_of({(EVIL, "b\x00"): [1.0]}, {EVIL: 1, "b\x00": 1}, {EVIL: 1}, {"b\x00": 1})
    whole = example_comparison(scenarios=1)
    outcomes = tuple(
        dataclasses.replace(o, title=EVIL, description=EVIL, process_map=graph, warnings=(EVIL,))
        for o in whole.outcomes
    )
    text = html(
        comparison_document(
            dataclasses.replace(whole, company=EVIL, outcomes=outcomes, command=EVIL)
        )
    )
    assert_self_contained(text)
    assert "\x00" not in text
    assert EVIL in Page(text).text


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_are_legible(name: str) -> None:
    """A title of any characters and length leaves a page that nests and names everything."""
    whole = example_comparison(scenarios=2)
    outcomes = tuple(dataclasses.replace(o, title=name) for o in whole.outcomes)
    text = html(comparison_document(dataclasses.replace(whole, outcomes=outcomes, company=name)))
    assert_self_contained(text)
    page = Page(text)
    assert_accessible(page)
    assert page.text.count(name.replace("\u202e", "")) > 10


def test_a_baseline_alone_has_a_document() -> None:
    """No scenario: no differences, and no section that would be empty."""
    made = comparison_document(example_comparison(scenarios=0), definitions=DEFINITIONS)
    assert "nothing to compare it with" in Page(html(made)).text
    assert "levers" not in [section.key for section in made.sections]
    assert not [
        column for found in tables_of(made) for column in found.columns if "change" in column.name
    ]
    assert "Which change" not in made.heading
    assert not [found for found in tables_of(made) if "difference" in found.caption.lower()]
    facts = next(block for block in made.sections[0].blocks if isinstance(block, Facts))
    base = example_comparison(scenarios=0).outcomes[0].estimates
    told = {cell.value for _, cell in facts.items}
    assert base["order_to_cash_mean_days"].mean in told
    assert told <= {estimate.mean for estimate in base.values()}
    assert all("95 % interval" in cell.note for _, cell in facts.items)


def test_many_scenarios_leave_a_summary_of_one_page() -> None:
    """Seven scenarios: three on the first page, all of them after it, their tables in parts."""
    made = comparison_document(many(7), definitions=DEFINITIONS)
    first, second, third = made.sections[:3]
    answers = [block for block in first.blocks if isinstance(block, Answer)]
    assert len(answers[0].items) == SCENARIOS_ON_PAGE
    assert not [block for block in first.blocks if isinstance(block, Cards)]
    warned = [block for block in first.blocks if isinstance(block, Warnings)]
    assert warned[0].items[-1] == ("", "5 more limit these results; see below.")
    assert [type(block) for block in second.blocks] == [Answer, Cards]
    assert (second.key, third.key) == ("scenarios", "warnings")
    assert len(section_items(third)) == 8
    for k in range(7):
        found = [
            cell
            for made_table in tables_of(made)
            if made_table.key.startswith("kpis")
            for place, column in enumerate(made_table.columns)
            if column.name == f"S{k}: change"
            for row in made_table.rows
            for cell in [row[place]]
        ]
        assert len(found) > 5
        assert not [cell for cell in found if cell.value is None or math.isnan(float(cell.value))]


def section_items(section: Section) -> list[tuple[str, str]]:
    """Return the warnings of a section."""
    return [item for b in section.blocks if isinstance(b, Warnings) for item in b.items]


def test_no_number_is_told_without_what_it_is_of(document: Document) -> None:
    """Numbers of tables carry a unit, so that a workbook can set them as such."""
    for found in tables_of(document):
        for row in found.rows:
            for cell in row:
                if isinstance(cell.value, float):
                    assert cell.unit, (found.key, cell)
    assert count_text(document.reproduction.seed or 0) != "0"
