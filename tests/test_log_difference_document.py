"""The document of two logs: every number is the comparison's, and every name is text."""

from __future__ import annotations

import pytest
from parsed_page import EVIL, Page, assert_accessible, assert_self_contained
from test_log_comparison import QUICK, log_of, process

from mining.log_comparison import compare_logs
from mining.log_comparison.comparison import LogComparison
from mining.performance import directly_follows
from reports.documents.document import Document, tables_of
from reports.documents.html import html
from reports.documents.log_difference_document import log_difference_document


def renamed(cases, name):
    """Return cases whose step ``check`` is called *name*."""
    return {
        case: [(name if what == "check" else what, at) for what, at in events]
        for case, events in cases.items()
    }


def compared(name: str = "check") -> tuple[LogComparison, Document]:
    """Return a comparison with a planted change, and its document."""
    logs = [
        log_of(renamed(cases, name))
        for cases in (process(1, 300), process(2, 300, skipped=0.4, slow=24))
    ]
    found = compare_logs(*logs, **QUICK)
    graphs = [directly_follows(one.log.flatten(one.case_type)) for one in logs]
    return found, log_difference_document(found, *graphs, command="o2c diff a b", seed=3)


@pytest.fixture(scope="module")
def both() -> tuple[LogComparison, Document]:
    """Return the comparison and its document."""
    return compared()


def rows_of(document: Document, key: str):
    """Return the rows of a table by the text of their first cell."""
    table = next(table for table in tables_of(document) if table.key == key)
    return {row[0].text: row[1:] for row in table.rows}


def test_the_numbers_are_the_comparisons(both):
    """Throughput, frequencies and times with their limits, as the comparison has them."""
    found, document = both
    for name, one in found.throughput.items():
        first, second, change = rows_of(document, "throughput")[name]
        assert (first.value, second.value) == (one.first, one.second)
        assert (change.value, change.low, change.high) == (
            one.second - one.first,
            one.low,
            one.high,
        )
    check = next(row for row in found.activities.to_dicts() if row["activity"] == "check")
    first, second, change, told = rows_of(document, "activities")["check"]
    assert (first.value, second.value) == (check["first_per_case"], check["second_per_case"])
    assert (change.value, change.low, change.high) == (
        check["difference"],
        check["low"],
        check["high"],
    )
    assert told.text == "fewer"
    sure = found.lags.filter(found.lags["holm_p_value"] <= 1 - found.confidence)
    assert sure.height
    for row in sure.to_dicts():
        first, second, change = rows_of(document, "steps")[f"{row['source']} → {row['target']}"]
        assert first.value == row["first_median_hours"]
        assert second.value == row["second_median_hours"]
        assert change.value == row["difference_hours"]


def test_only_what_is_more_than_chance_is_listed(both):
    """What nobody changed is not in the tables of changes."""
    assert set(rows_of(both[1], "activities")) == {"check"}


def test_the_page_is_whole(both):
    """Self-contained, accessible, with command, seed and the sizes of both logs."""
    found, document = both
    text = html(document)
    assert_self_contained(text)
    page = Page(text)
    assert_accessible(page)
    assert "o2c diff a b" in page.text
    assert "Seed 3" in page.text
    assert f"{found.second.cases} cases" in page.text


def test_hostile_names_are_text():
    """An activity called like a script is shown, not run."""
    text = html(compared(EVIL)[1])
    assert_self_contained(text)
    assert EVIL in Page(text).text
