"""The documents of a calibration and of a validation: every number is the result's own."""

from __future__ import annotations

import copy
import json

import numpy as np
import polars as pl
import pytest
import stored_results
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.validation.curves import SHARES, clock_shares, quantile_curves, week_shares
from o2c_sim import UsageError
from reports.documents.calibration_document import FORMAT, calibration_document
from reports.documents.document import Answer, Picture, pictures_of, tables_of
from reports.documents.html import html
from reports.documents.stored_result import built, read_stored
from reports.documents.validation_document import validation_document
from reports.figures.picture_file import SUFFIXES, picture_bytes, table_csv

VALIDATIONS = {
    "company": stored_results.company_validation,
    "protocol": stored_results.protocol_validation,
    "customers": stored_results.customers_validation,
}


def documents():
    """Return one document of each kind."""
    yield calibration_document(stored_results.calibration())
    for make in VALIDATIONS.values():
        yield validation_document(make())


def table(document, key):
    """Return the values of a table."""
    found = next(one for one in tables_of(document) if one.key == key)
    return [
        [cell.value if cell.value is not None else cell.text for cell in row] for row in found.rows
    ]


def test_the_calibration_says_what_was_found():
    """Values, intervals, observations and assumptions stand in the document as in the file."""
    made = calibration_document(stored_results.calibration())
    assert table(made, "from-data")[0][:6] == [
        "demand.orders_per_week", 412.25, 401.5, 423.75, 3_298, "",
    ]  # fmt: skip
    assert table(made, "from-data")[1][5] == 0.0625
    assert table(made, "influence")[0] == [
        "customers.terms_days", "30", "33", "order to cash mean days", 0.065,
    ]  # fmt: skip
    assert table(made, "evidence") == [
        ["credit", 1, 0, 1], ["customers", 0, 0, 1], ["demand", 1, 0, 0], ["staff", 0, 1, 0],
    ]  # fmt: skip
    assert table(made, "tuned") == [["credit.review_wait_days.median", 0.1, 0.2]]
    answer = next(b for b in made.sections[0].blocks if isinstance(b, Answer))
    assert "2 values come from the data (40 % of all), 1 of them with a 95 % interval" in str(
        answer
    )


def test_the_validation_of_a_company_says_what_it_may_be_used_for():
    """Uses in words; lags, KPIs and activities as in the file; the missing stays missing."""
    made = validation_document(stored_results.company_validation())
    ((_, words),) = next(b for b in made.sections[0].blocks if isinstance(b, Answer)).items
    assert words == (
        "It may be used for time until the invoice. Not for exceptions. Not judged: headcount."
    )
    assert table(made, "lags")[0][1:] == [5.0, 5.5, 0.5, 0.55, 1.1, "yes"]
    assert table(made, "kpi-bands")[1][1:] == [0.0, 0.1, 0.1, 0.05, 0.15, "no"]
    assert table(made, "kpi-bands")[2][1:] == [4.0, "n/a", "n/a", "n/a", "n/a", "no"]
    assert table(made, "activities-observed-simulated")[0][1:4] == [0.92, 0.91, 0.88]
    assert len(table(made, "lag-quantiles")) == 2 * len(SHARES)
    bands = next(one for one in pictures_of(made) if one.key == "kpi-bands")
    assert bands.title == "KPIs: 1 of 3 as observed"


def test_the_validation_of_a_process_counts_against_the_replayed_past():
    """Four of five means are below the replay's; CTDD is not."""
    made = validation_document(stored_results.protocol_validation())
    picture = next(one for one in pictures_of(made) if one.key == "distances")
    assert picture.title.startswith("Distances from the unseen part: 4 of 5")
    assert table(made, "distances")[0][1:] == [0.0625, 0.25, 0.078125, 0.07, 0.15]
    assert "CTDD): 1.50 times" in picture.alternative


@pytest.mark.parametrize("number", range(4))
def test_hostile_names_are_inert_and_kept(number):
    """The page holds them as text, never as markup; every picture can be drawn."""
    made = list(documents())[number]
    page = html(made)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for picture in pictures_of(made):
        for suffix in SUFFIXES:
            assert len(picture_bytes(picture, suffix, dots_per_inch=50)) > 50


def test_a_sheet_takes_nothing_for_a_formula():
    """A text that begins like a formula is quoted; numbers stay numbers."""
    made = validation_document(stored_results.protocol_validation())
    found = next(one for one in tables_of(made) if one.key == "distances")
    assert table_csv(found).splitlines()[1].split(",")[1] == "0.0625"
    from reports.documents.cells import text_cell
    from reports.documents.document import Column, Table

    lines = table_csv(Table("a", "A", [Column("=x")], [[text_cell("@y")], [text_cell("-1")]]))
    assert lines.splitlines() == ["'=x", "'@y", "'-1"]


def paths(value, trail=()):
    """Return the ways to every entry of nested mappings."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*trail, key)
            yield from paths(item, (*trail, key))
    elif isinstance(value, list) and value:
        yield from paths(value[0], (*trail, 0))


WAYS = sorted({*paths(stored_results.company_validation())}, key=str)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.sampled_from(WAYS), st.sampled_from(["gone", None, "text", [], {}, -1.5]))
def test_a_damaged_file_is_refused_not_stumbled_over(way, value):
    """Whatever entry is missing or of another kind: a document, or a clear error."""
    found = copy.deepcopy(stored_results.company_validation())
    place = found
    for key in way[:-1]:
        place = place[key]
    if value == "gone":
        del place[way[-1]]
    else:
        place[way[-1]] = value
    told = ""
    try:
        told = html(built("validation.json", validation_document, found))
    except UsageError as refused:
        told = str(refused)
    assert told.startswith("<!DOCTYPE html>") or "damaged" in told


def test_a_file_of_another_kind_is_refused(tmp_path):
    """The format's name decides."""
    file = tmp_path / "calibration.json"
    for text in ("{", "[]", '{"format": "o2c-validation/1"}', "[" * 100_000):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError):
            read_stored(file, FORMAT)
    file.write_text(json.dumps(stored_results.calibration()), encoding="utf-8")
    assert read_stored(file, FORMAT)["seed"] == 7


def test_quantiles_by_hand():
    """Of 0, 1, ..., 100 days the quantile of a share is a hundred times the share."""
    even = np.arange(101.0)
    made = quantile_curves({("a", "b"): (even, even + 1, [even, even + 10, np.empty(0)])})
    assert made["train"].to_list() == pytest.approx([100 * share for share in SHARES])
    assert made["test"].to_list() == pytest.approx([100 * share + 1 for share in SHARES])
    assert made["low"].to_list() == pytest.approx(made["train"].to_list())
    assert made["high"].to_list() == pytest.approx([100 * share + 10 for share in SHARES])
    nothing = quantile_curves({("a", "b"): (even, even, [np.empty(0)])})
    assert nothing["simulated"].null_count() == nothing.height == len(SHARES)


def test_hours_of_the_week_by_hand():
    """A Monday at 9, twice, and a Sunday at 23."""
    times = pl.Series(["2024-01-01 09:30", "2024-01-08 09:00", "2024-01-07 23:59"])
    week = week_shares(times.str.to_datetime("%Y-%m-%d %H:%M"))
    assert week[9] == pytest.approx(2 / 3)
    assert week[6 * 24 + 23] == pytest.approx(1 / 3)
    shares = clock_shares(week, week, [week, np.full(168, 1 / 168)])
    monday = shares.row(0, named=True)
    assert (monday["part"], monday["step"], monday["test"]) == ("weekday", 1, pytest.approx(2 / 3))
    assert (monday["low"], monday["high"]) == (pytest.approx(1 / 7), pytest.approx(2 / 3))
    assert shares.filter(part="hour")["test"].sum() == pytest.approx(1.0)
    assert isinstance(pictures_of(calibration_document(stored_results.calibration()))[0], Picture)
