"""Sheets are ready to read and to print: widths, heights, looks, places of charts."""

from dataclasses import replace

import fastexcel
import pytest
from invented_document import document, numbers_table, picture
from lxml import etree
from opened_workbook import MAIN, of_one, parts

from reports.documents.document import Cell, Column, Table
from reports.documents.workbook import workbook


@pytest.fixture(scope="module")
def made():
    """Return the bytes of the invented document."""
    return workbook(document())


def test_sheets_are_ready_to_read_and_to_print(made):
    """Frozen heads, filter without the sum, one page wide, title and command on paper."""
    names = fastexcel.read_excel(made).sheet_names
    tree = etree.fromstring(parts(made)[f"xl/worksheets/sheet{names.index('Dates') + 1}.xml"])
    pane = tree.find(".//m:pane", MAIN)
    assert (pane.get("ySplit"), pane.get("xSplit")) == ("4", "1")
    assert tree.find("m:autoFilter", MAIN).get("ref") == "A4:D6", "the sum is not filtered"
    assert tree.find("m:pageSetup", MAIN).get("fitToHeight") == "0"
    assert tree.findtext("m:headerFooter/m:oddHeader", "", MAIN) == "&LA title && more"
    assert "=o2c report && more   seed 7" in tree.findtext("m:headerFooter/m:oddFooter", "", MAIN)


def test_wide_tables_print_on_several_pages_and_narrow_ones_on_one():
    """Print that nobody can read is no print; the names of the rows stand on each page."""
    heads = [Column("Row"), *(Column(f"Scenario {i}", True) for i in range(30))]
    wide = Table("wide", "Wide", heads, [[Cell("a"), *[Cell("1 day", 1.0, "days")] * 30]])
    files = parts(of_one(wide, numbers_table()))
    pages = [
        etree.fromstring(files[f"xl/worksheets/sheet{i}.xml"]).find("m:pageSetup", MAIN)
        for i in (2, 3)
    ]
    # One page wide is what a file says by saying nothing.
    assert [page.get("fitToWidth", "1") for page in pages] == ["2", "1"]
    assert b"Wide!$A:$A" in files["xl/workbook.xml"]


def sheet_of(content, number):
    """Return a sheet's tree and the text of a cell's style as (bold, wrapped)."""
    files = parts(content)
    styles = etree.fromstring(files["xl/styles.xml"])
    bold = [font.find("m:b", MAIN) is not None for font in styles.find("m:fonts", MAIN)]
    looks = [bold[int(xf.get("fontId"))] for xf in styles.find("m:cellXfs", MAIN)]
    return etree.fromstring(files[f"xl/worksheets/sheet{number}.xml"]), looks


def test_the_row_of_a_sum_is_bold_and_no_wider_than_its_table():
    """Its cells carry the look: that of a row would run on to the last column of the sheet."""
    row = (Cell("a"), Cell("1", 1))
    told = Table(
        "t", "T", (Column("A"), Column("B", True)), (row, (Cell("All"), row[1])), total=True
    )
    tree, bold = sheet_of(of_one(told), 2)
    last = tree.findall(".//m:row", MAIN)[-1]
    assert last.get("s") is None
    assert [bold[int(cell.get("s"))] for cell in last.iterfind("m:c", MAIN)] == [True, True]


def test_long_texts_and_captions_are_wrapped_in_rows_high_enough():
    """Not every program makes room by itself; a caption in one endless line shrinks the print."""
    caption = "What it shows. " * 30
    told = Table(
        "t",
        caption,
        (Column("A"), Column("B")),
        [(Cell("a"), Cell("word " * 40)), (Cell("b"),) * 2],
    )
    tree, _ = sheet_of(of_one(told), 2)
    heights = {int(r.get("r")): float(r.get("ht", 15)) for r in tree.iterfind(".//m:row", MAIN)}
    assert heights[1] > 60
    assert heights[5] > 45
    assert heights[6] == 15
    assert tree.find(".//m:mergeCell", MAIN).get("ref").startswith("A1:")


def test_a_column_is_as_wide_as_its_numbers_written_out():
    """The text says "EUR 1.2 bn"; the cell shows all digits, and ``###`` if they do not fit."""
    cell = Cell("-EUR 1.2 bn", -1_234_567_890.0, "currency", -2.5e9, -1e9)
    told = Table("t", "T", (Column("A"), Column("B", True)), [(Cell("a"), cell)])
    tree, _ = sheet_of(of_one(told), 2)
    spans = [
        (int(c.get("min")), int(c.get("max")), float(c.get("width")))
        for c in tree.iterfind(".//m:col", MAIN)
    ]
    assert spans[-1][:2] == (2, 4), "value, low and high, alike"
    assert spans[-1][2] >= len("-EUR 1,234,567,890") + 1


def test_a_chart_stands_below_a_short_wide_table_and_beside_a_long_one():
    """Where it is seen without going looking for it."""
    short = picture("bar", key="short")
    long = picture("line", key="long", rows=60)
    wide = [Column(f"Column number {i} of it with a long name", True) for i in range(12)]
    table = short.data
    rows = [[*row, *[Cell("x")] * 12] for row in table.rows]
    more = replace(short, data=replace(table, columns=[*table.columns, *wide], rows=rows))
    files = parts(of_one(more, long))
    places = []
    for number in (1, 2):
        drawing = etree.fromstring(files[f"xl/drawings/drawing{number}.xml"])
        start = next(item for item in drawing.iter() if item.tag.endswith("}from"))
        places.append([int(item.text) for item in start if item.tag.endswith(("}col", "}row"))])
    assert places[0][0] == 0
    assert places[0][1] > 4 + len(rows)
    assert places[1] == [6, 4]
