"""The research appendix: every difference and the whole form, with the result's own numbers."""

from __future__ import annotations

import math

import pytest
from example_comparison import example_comparison

from reports.documents.appendix_document import appendix_document
from reports.documents.document import Text, tables_of
from scenarios.stress_des import stress_des


@pytest.fixture(scope="module")
def comparison():
    """Return the invented comparison."""
    return example_comparison()


def test_every_difference_is_told_as_it_is(comparison):
    """Mean, interval, p-value, detectable difference: the comparison's, unrounded."""
    made = {table.key: table for table in tables_of(appendix_document(comparison))}
    for number, outcome in enumerate(comparison.outcomes[1:], start=1):
        rows = made[f"differences-{number}"].rows
        items = comparison.differences[outcome.name]
        assert [row[0].note for row in rows] == [item.metric for item in items]
        for row, item in zip(rows, items, strict=True):
            found = item.difference
            if math.isnan(found.mean):
                continue
            assert row[3].value == found.mean
            assert row[5].value == pytest.approx(item.adjusted_p, nan_ok=True)
            if row[3].low is not None:
                assert (row[3].low, row[3].high) == (found.low, found.high)
            told = row[6].value
            assert told == item.detectable or (told is None and math.isnan(item.detectable))


def test_no_item_of_the_form_is_left_out(comparison):
    """Each item's name, paragraphs and rows are in the document."""
    made = appendix_document(comparison)
    section = next(one for one in made.sections if one.key == "stress-des")
    words = " ".join(p for b in section.blocks if isinstance(b, Text) for p in b.paragraphs)
    tables = {table.key: table for table in tables_of(made)}
    for item in stress_des(comparison).items:
        for text in filter(None, item.paragraphs):
            assert text in words
        if item.rows:
            table = tables[f"stress-des-{item.number.replace('.', '-')}"]
            assert [[cell.text for cell in row] for row in table.rows] == [
                list(row) for row in item.rows
            ]
        else:
            assert item.number in words


def test_every_parameter_with_its_provenance(comparison):
    """As many rows as there are parameters, each with a source."""
    made = {table.key: table for table in tables_of(appendix_document(comparison))}
    told = {
        row_text for row in made["parameters"].rows for row_text in [" ".join(c.text for c in row)]
    }
    for parameter in comparison.parameters:
        assert any(parameter.path in text and parameter.provenance in text for text in told)
