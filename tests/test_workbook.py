"""The workbook says what the document says, as real numbers, and nothing in it is executed."""

import io
import math
import re
from datetime import date

import fastexcel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_document import HOSTILE, document, hostile_table, numbers_table, picture
from lxml import etree
from opened_workbook import CHART, MAIN, cells, of_one, parts

from reports.documents import workbook_table
from reports.documents.document import Cell, Column, Logo, Reproduction, Table, tables_of
from reports.documents.workbook import sheet_names, workbook
from reports.documents.workbook_cells import MOST_CHARACTERS, number_format


@pytest.fixture(scope="module")
def made():
    """Return the bytes of the invented document."""
    return workbook(document())


def test_every_number_of_every_table_is_in_its_sheet_unrounded(made):
    """Value, low and high of each cell stand in it as numbers; NaN and infinity as words."""
    names = fastexcel.read_excel(made).sheet_names[2:-1]
    for name, table in zip(names, tables_of(document()), strict=True):
        found = [value for value in cells(made, name).values() if isinstance(value, float)]
        numbers = [
            number
            for row in table.rows
            for cell in row
            for number in (cell.value, cell.low, cell.high)
            if isinstance(number, int | float) and not isinstance(number, bool)
            if math.isfinite(number) and abs(number) < 2**53
        ]
        # Two dates and a moment of that table are numbers of the file as well.
        assert len(found) == len(numbers) + (2 if name == "Dates" else 0)
        assert all(any(math.isclose(n, f, rel_tol=1e-15) for f in found) for n in numbers)


def test_a_table_reads_back_row_by_row(made):
    """A reader of ours sees heads, values, units and intervals in columns of their own."""
    frame = fastexcel.read_excel(made).load_sheet("Numbers", header_row=3).to_polars()
    assert frame.columns == ["What", "Value", "Value: unit", "Value: low", "Value: high"]
    assert frame["Value: low"].to_list()[:5] == [40.1, None, 0.1, -0.04, 1.1e6]
    assert frame["Value: high"].to_list()[4] == 1.3e6
    assert frame["Value: unit"].to_list()[:5] == ["days", "hours", "%", "pp", "EUR"]
    values = cells(made, "Numbers")
    assert [values[f"B{row}"] for row in range(5, 10)] == [
        41.26,
        0.0004,
        0.125,
        -0.031,
        1234567.891,
    ]
    assert [values[f"B{row}"] for row in (12, 13, 14)] == ["n/a"] * 3
    assert values["B15"] == str(2**60), "a number that a spreadsheet would round stays text"


def test_no_sheet_has_a_formula_and_no_link_leaves_the_file(made):
    """Whatever a log calls its activities."""
    for name, part in parts(made).items():
        tree = etree.fromstring(part)
        if name.startswith("xl/worksheets/sheet"):
            assert not tree.findall(".//m:f", MAIN), name
        if name.endswith(".rels"):
            assert b'TargetMode="External"' not in part, name


def test_hostile_texts_arrive_as_they_are(made):
    """Only control characters, lone surrogates and what exceeds a cell are changed."""
    values = cells(made, "Hostile")
    shown = [values[f"B{row}"].replace("\u200b", "") for row in range(5, 5 + len(HOSTILE))]
    for text, got in zip(HOSTILE, shown, strict=True):
        if len(text) < 1000:
            plain = "".join(" " if ord(c) < 32 else c for c in text).replace("\ud800", "\ufffd")
            plain, got = plain.replace("\u202e", ""), got.replace("\u202e", "")
            # The library escapes what looks like an escape of its own; Excel reads it back.
            assert got.replace("_x005F_x0041_", "_x0041_") == plain
        assert len(got.encode("utf-16-le")) <= 2 * MOST_CHARACTERS
    assert values["A5"] == "=part"
    assert values["A9"] == "@part"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_any_text_gives_a_well_formed_file_without_formulas(texts):
    """In heads, cells, captions, keys and the document's own lines."""
    text = texts[0]
    table = Table(
        text,
        text,
        (Column(text), Column("b")),
        [(Cell(t), Cell(t, None, t, note=t)) for t in texts],
    )
    content = of_one(
        table, title=text, heading=text, currency=text, reproduction=Reproduction(text, None)
    )
    for name, part in parts(content).items():
        tree = etree.fromstring(part)
        if "worksheets/sheet" in name:
            assert not tree.findall(".//m:f", MAIN)


def test_charts_refer_to_cells_that_exist(made):
    """Heads as names, rows of data as categories and values; ranges end with the data."""
    files = parts(made)
    names = fastexcel.read_excel(made).sheet_names
    charts = [part for name, part in sorted(files.items()) if "charts/chart" in name]
    assert len(charts) == 6
    for chart in charts:
        formulas = [item.text for item in etree.fromstring(chart).iterfind(".//c:f", CHART)]
        assert len(formulas) == 6, "two series: name, categories and values of each"
        for formula in formulas:
            sheet, _, span = formula.rpartition("!")
            sheet = sheet.strip("'")
            assert sheet in names
            found = cells(made, sheet)
            rows = [int(number) for number in re.findall(r"\d+", span)]
            letter = re.search(r"[A-Z]+", span).group()
            assert rows in ([4], [5, 8])
            present = [f"{letter}{row}" in found for row in range(rows[0], rows[-1] + 1)]
            # The second series has one missing value, which must be no text.
            assert present.count(False) == (1 if letter == "E" and len(rows) == 2 else 0)


def test_charts_carry_axis_titles_and_differ_in_more_than_colour(made):
    """Titles are words even where they begin like a formula."""
    drawn = [etree.fromstring(p) for n, p in sorted(parts(made).items()) if "charts/chart" in n]
    for chart in drawn:
        axes = chart.findall(".//c:catAx", CHART) + chart.findall(".//c:valAx", CHART)
        titles = ["".join(axis.find("c:title", CHART).itertext()).strip() for axis in axes]
        assert sorted(titles) == ["=Days", "Day"]
        styles = [
            re.sub(rb'val="[0-9A-F]{6}"', b"", etree.tostring(item, method="c14n"))
            for item in chart.iterfind(".//c:ser/c:spPr", CHART)
        ]
        markers = [item.get("val") for item in chart.iterfind(".//c:ser/c:marker/c:symbol", CHART)]
        assert len(set(styles)) == 2 or len(set(markers)) == 2


def test_bars_stand_in_the_order_of_the_table():
    """The label of ``x`` is at the upright axis, which runs down; the numbers are at the foot."""
    files = parts(of_one(picture("bar")))
    chart = etree.fromstring(files["xl/charts/chart1.xml"])
    upright, across = chart.find(".//c:catAx", CHART), chart.find(".//c:valAx", CHART)
    assert "".join(upright.find("c:title", CHART).itertext()).strip() == "Day"
    assert upright.find("c:scaling/c:orientation", CHART).get("val") == "maxMin"
    assert across.find("c:scaling/c:orientation", CHART).get("val") == "minMax"
    assert across.find("c:crosses", CHART).get("val") == "max"
    assert across.find("c:tickLblPos", CHART).get("val") == "nextTo", "low is the top here"


def test_a_chart_of_a_column_that_is_not_there_is_refused():
    """A template that renames a column must not draw nothing."""
    wrong = picture("line")
    broken = Table("d", "", (Column("Day"), Column("First")), [(Cell("1", 1), Cell("2", 2))])
    with pytest.raises(ValueError, match="Second"):
        of_one(type(wrong)(*[getattr(wrong, f) for f in wrong.__slots__][:5], broken, wrong.chart))


def test_an_empty_picture_and_an_empty_document_open():
    """No rows, no chart; no sections, a summary all the same."""
    content = of_one(picture("line", rows=0), Table("e", "Empty", (Column("A"),), ()))
    assert not [name for name in parts(content) if "charts/chart" in name]
    bare = workbook(document(sections=(), reproduction=Reproduction(), result=None))
    assert fastexcel.read_excel(bare).sheet_names == ["Summary", "Reproduce"]


def test_the_first_sheet_answers_and_links_to_all_others(made):
    """Heading, answer, cards with intervals, warnings; each sheet is one click away."""
    names = fastexcel.read_excel(made).sheet_names
    assert names[0] == "Summary"
    assert names[-1] == "Reproduce"
    found = cells(made, "Summary")
    values = list(found.values())
    for text in ("What does it cost?", "It saves 6.4 days (4.9 to 7.8).", "log: no amounts"):
        assert text in values
    assert {41.3, 40.0, 43.0, 12_345.0} <= {v for v in values if isinstance(v, float)}
    tree = etree.fromstring(parts(made)["xl/worksheets/sheet1.xml"])
    links = [link.get("location") for link in tree.iterfind(".//m:hyperlink", MAIN)]
    assert links == [f"'{name}'!A1" for name in names[1:]]


def test_other_sections_keep_their_words_and_facts(made):
    """Nothing of the document is lost only because it is no table."""
    values = list(cells(made, "Facts and notes").values())
    for text in ("Detail", "Below", "One.", "Two.", "\u2022 a", "o2c mine log", 1.2e6):
        assert text in values


def test_the_last_sheet_reproduces(made):
    """Command, seed, versions and what was read."""
    values = list(cells(made, "Reproduce").values())
    for text in ("=o2c report & more", "7", "polars", "1", "log", "ab12"):
        assert text in values


def test_the_same_document_gives_the_same_bytes(made):
    """Whenever it is written: no clock in the file."""
    assert workbook(document()) == made
    assert b"2000-01-01T00:00:00Z" in parts(made)["docProps/core.xml"]


def test_dates_are_dates(made):
    """A date is a number with a date format; one before the calendar of Excel is text."""
    found = cells(made, "Dates")
    assert found["A5"] == (date(2024, 2, 29) - date(1899, 12, 30)).days
    assert found["B5"] == found["A5"] + 0.5
    assert found["A6"] == "1066-10-14"
    assert found["C5"] == "yes"


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (41.26, "days", "#,##0.0"),
        (0.0004, "hours", "#,##0.0000"),
        (0.125, "share", "0.0 %"),
        (0.0002, "share", "0.00 %"),
        (-0.03, "percentage points", "+0.0 %;-0.0 %;0.0 %"),
        (1e6, "currency", '"EUR" #,##0;-"EUR" #,##0'),
        (3.5, "currency", '"EUR" #,##0.00;-"EUR" #,##0.00'),
        (12, "count", "#,##0"),
        (12.5, "count", "#,##0.0"),
        (0.0, "days", "#,##0.0"),
        (1e-9, "", "General"),
    ],
)
def test_number_formats_follow_the_unit(value, unit, told):
    """What is not nothing is not shown as nothing."""
    assert number_format(value, unit, "EUR") == told


@given(st.lists(st.text(max_size=50), max_size=12))
def test_sheet_names_are_allowed_and_unique(keys):
    """At most 31 UTF-16 units, none of the forbidden characters, no two alike."""
    names = sheet_names(keys)
    assert len({name.casefold() for name in names}) == len(keys)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) <= 62
        assert not set(name) & set("[]:*?/\\")
        assert name.strip("'") == name
        assert name.casefold() != "history"


def test_long_tables_end_at_the_last_row_of_a_sheet(monkeypatch):
    """And the sheet says so."""
    monkeypatch.setattr(workbook_table, "MOST_ROWS", 10)
    monkeypatch.setattr("reports.documents.workbook.MOST_ROWS", 10)
    found = cells(of_one(numbers_table()), "Numbers")
    assert "A10" in found
    assert "A11" not in found
    assert "Cut" in found["A2"]


def test_a_logo_stands_in_the_summary():
    """In its own shape, whatever its size."""
    pixel = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (900, 100), "red").save(pixel, "PNG")
    content = workbook(document(logo=Logo("image/png", pixel.getvalue())))
    assert parts(content)["xl/media/image1.png"] == pixel.getvalue()


def test_keys_that_look_alike_get_sheets_of_their_own():
    """The contents still link to each."""
    content = of_one(hostile_table("a"), hostile_table("A"), hostile_table("a"))
    assert fastexcel.read_excel(content).sheet_names[1:4] == ["A", "A 2", "A 3"]
