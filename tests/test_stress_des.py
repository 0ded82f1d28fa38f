"""The STRESS-DES form: complete, honest about what it cannot know, and true to the comparison."""

import dataclasses
import json
import re

import pytest

from reports.documents.stress_des_markdown import stress_des_markdown
from scenarios.comparison import ParameterSource
from scenarios.stress_des import (
    BY_AUTHOR,
    FILLED,
    IN_PART,
    running_system,
    stress_des,
    to_document,
)
from scenarios.warm_up import WarmUp
from tests.example_comparison import example_comparison

# Monks et al. 2019, table of the DES checklist.
NUMBERS = [
    *("1.1", "1.2", "1.3"),
    *("2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5"),
    *("3.1", "3.2", "3.3", "3.4"),
    *("4.1", "4.2", "4.3"),
    *("5.1", "5.2", "5.3", "5.4"),
    "6.1",
]


@pytest.fixture(scope="module")
def comparison():
    """Return an invented comparison."""
    return example_comparison()


@pytest.fixture(scope="module")
def form(comparison):
    """Return its form, on a known system."""
    return stress_des(comparison, {"operating system": "Linux 6", "run time": "40 s"})


def item(form, number):
    """Return one item."""
    return next(found for found in form.items if found.number == number)


def test_all_items_are_there_once_and_in_order(form):
    """Twenty-four of them."""
    assert [found.number for found in form.items] == NUMBERS
    assert sum(form.count(status) for status in (FILLED, IN_PART, BY_AUTHOR)) == 24


def test_what_the_tool_cannot_know_is_left_to_the_author_and_asked_for(form):
    """Purpose and pre-processing; no item asks without saying what for."""
    assert [found.number for found in form.items if found.status == BY_AUTHOR] == ["1.1", "3.2"]
    for found in form.items:
        assert bool(found.asked) == (found.status != FILLED), found.number
        assert found.status == BY_AUTHOR or any(found.paragraphs) or found.rows, found.number


def test_without_a_system_the_author_has_to_name_it(comparison):
    """The form may be made on another machine than the runs were."""
    form = stress_des(comparison)
    assert item(form, "5.4").status == BY_AUTHOR
    assert "operating system" in item(form, "5.1").asked
    assert set(running_system()) == {"operating system", "machine", "processors"}


def test_the_form_says_what_the_comparison_says(comparison, form):
    """Settings, parameters with provenance, window, replications, seed, versions, command."""
    settings = [row for o in comparison.outcomes for row in o.settings]
    assert len(item(form, "2.3").rows) == len(settings)
    assert len(item(form, "3.3").rows) == len(comparison.parameters)
    assert {row[0] for row in item(form, "3.4").rows} == {
        p.path for p in comparison.parameters if p.provenance == "assumed"
    }
    assert "90 days are dropped" in item(form, "4.1").paragraphs[0]
    assert item(form, "4.1").paragraphs[1:] == comparison.outcomes[0].warnings
    assert item(form, "4.2").paragraphs[0].startswith("390 days a run")
    estimation = item(form, "4.3").paragraphs[0]
    assert estimation.startswith("10 independent replications")
    assert "20260101" in estimation
    assert ("numpy", "2.3.1") in item(form, "5.1").rows
    assert comparison.command in item(form, "6.1").paragraphs[1]
    assert [row[0] for row in item(form, "1.3").rows] == ["credit", "billing", "dunning"]


def test_sources_are_counted_and_none_is_assumed(form):
    """A source listed as evidence is data or published."""
    rows = item(form, "3.1").rows
    assert {row[0] for row in rows} == {"data", "published"}
    assert sum(int(row[2]) for row in rows) == 5
    assert "2 data" not in rows
    assert item(form, "3.1").paragraphs == ("7 parameters: 3 data, 2 published, 2 assumed.",)


def test_a_run_from_a_given_state_is_not_called_non_terminating(comparison):
    """Its first day is the company's present."""
    opened = dataclasses.replace(comparison, versions={"opening state": "ab12"}, warm_up_days=0)
    told = item(stress_des(opened), "4.1").paragraphs[0]
    assert told.startswith("Finite horizon")
    assert "ab12" in told


def test_what_decided_the_run_is_told(comparison):
    """The warm-up that was found, the rule that stopped, and a user's own stages."""
    found = WarmUp(35, "MSER-5", True, "settles within five weeks")
    told = dataclasses.replace(
        comparison,
        warm_up={"receivables": found, "cash": dataclasses.replace(found, days=-1)},
        decision="Stopped after 10: all half-widths reached.",
        versions={"extension own.py": "cd34"},
    )
    form = stress_des(told)
    assert item(form, "4.1").rows[0] == ("receivables", "35", "MSER-5", found.why)
    assert item(form, "4.1").rows[1][1] == "none will do"
    assert told.decision in item(form, "4.3").paragraphs
    assert "own.py, SHA-256 cd34" in item(form, "2.2").paragraphs[-1]


def test_half_widths_are_those_of_the_estimates(comparison, form):
    """The baseline has no difference from itself."""
    first = item(form, "4.3").rows[0]
    estimate = comparison.outcomes[0].estimates["order_to_cash_mean_days"]
    assert first[1] == "baseline"
    assert float(first[3]) == pytest.approx((estimate.high - estimate.low) / 2, rel=0.01)
    assert first[4] == ""


def test_the_flow_chart_has_the_paths_of_the_map(comparison, form):
    """Every node is named before it is used, and the busiest path comes first."""
    chart = item(form, "2.1").diagram.splitlines()
    edges = comparison.outcomes[0].process_map.edges.sort("count", descending=True)
    assert chart[0] == "flowchart TD"
    assert f'["{edges["source"][0]}"]' in chart[1]
    assert f"|{edges['count'][0]:,}|" in chart[1]
    named = set(re.findall(r'(a\d+)\["', "\n".join(chart)))
    assert set(re.findall(r"\ba\d+\b", "\n".join(chart))) == named


def test_the_form_is_json(form):
    """With its counts, and nothing that is not plain data."""
    document = json.loads(json.dumps(to_document(form), allow_nan=False))
    assert document["counts"] == {
        status: form.count(status) for status in (FILLED, IN_PART, BY_AUTHOR)
    }
    assert [found["number"] for found in document["items"]] == NUMBERS


def test_markdown_has_every_item_and_the_counts(form):
    """As headings, and as many requests to the author as items that are not filled in."""
    text = stress_des_markdown(form)
    assert re.findall(r"^### ([\d.]+) ", text, re.MULTILINE) == NUMBERS
    assert text.count("**To be filled in by the author:**") == form.count(IN_PART) + form.count(
        BY_AUTHOR
    )
    assert f"{form.count(FILLED)} of 24 items are filled in" in text


@pytest.mark.parametrize("evil", ["a | b", "a\nb", "a \\| b", "<script>alert(1)</script>"])
def test_a_source_cannot_break_a_table(comparison, evil):
    """What a company file says is text, whatever is in it."""
    source = ParameterSource("evil.path", evil, "published", evil)
    text = stress_des_markdown(stress_des(dataclasses.replace(comparison, parameters=(source,))))
    row = next(line for line in text.splitlines() if line.startswith("| evil.path"))
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 5
    assert "<script" not in text
