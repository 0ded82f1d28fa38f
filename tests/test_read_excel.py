"""Excel workbooks: the sheet with most rows, values of formulas, and nothing that fills memory."""

import datetime as dt
import zipfile

import polars as pl
import pytest
from command_line import o2c, refused
from workbook import Formula, Stamp, sheet_xml, write

from mining.read import ColumnMapping, read_log
from mining.read.excel import MAX_CELLS
from o2c_sim import LogError
from o2c_sim.errors import UsageError

HEAD = ["case", "activity", "time", "amount"]
ROWS = [
    HEAD,
    [1, "Create Invoice", Stamp(45322.5), Formula("40+2", 42)],
    [2, "=1+1", Stamp(45323.75), 0.1],
    [2, "Clear Invoice", Stamp(45324.0), "#DIV/0!"],
]


def test_cells_become_events_and_formulas_are_their_values(tmp_path):
    """Dates at their minute, numbers as numbers, text that looks like a formula as text."""
    read = read_log(write(tmp_path / "log.xlsx", {"Log": ROWS}))
    rows = read.log.events.select(pl.col("activity").cast(pl.String), "time", "amount").rows()
    assert rows == [
        ("Create Invoice", dt.datetime(2024, 1, 31, 12), 42.0),
        ("=1+1", dt.datetime(2024, 2, 1, 18), 0.1),
        ("Clear Invoice", dt.datetime(2024, 2, 2), None),
    ]
    assert read.log.objects["object_id"].to_list() == ["1", "2"]
    assert any("error of a formula" in note for note in read.notes)


def test_the_sheet_with_most_rows_is_read_unless_one_is_named(tmp_path):
    """The choice is said; a name that is not there is refused with those that are."""
    short = [HEAD, [9, "Only", Stamp(45322.5), 1]]
    path = write(tmp_path / "log.xlsx", {"About": [["made by hand"]], "Log": ROWS, "Old": short})
    read = read_log(path)
    assert read.mapping.sheet == "Log"
    assert any("'About', 'Old'" in note for note in read.notes)
    assert read_log(path, ColumnMapping(sheet="Old")).log.activities == ("Only",)
    with pytest.raises(UsageError, match="did you mean 'Log'"):
        read_log(path, ColumnMapping(sheet="Logs"))


def test_titles_above_the_table_and_blank_rows_in_it_are_not_events(tmp_path):
    """The header is the first row that fills most columns; rows keep the sheet's numbers."""
    rows = [["Export of today"], [None], *ROWS[:2], [None, None, None, None], *ROWS[2:3]]
    read = read_log(write(tmp_path / "log.xlsx", {"Log": rows}))
    assert read.log.events.height == 2
    rows[3] = [1, "Create Invoice", "some day", 1]
    with pytest.raises(LogError, match="row 4: 'some day'"):
        read_log(write(tmp_path / "bad.xlsx", {"Log": rows}), ColumnMapping(time="time"))


def bomb(path):
    """Return a workbook of which one part is far larger than the file."""
    write(path, {"Log": ROWS})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(
        "xl/media/zeros.xml", "w"
    ) as part:  # fmt: skip
        for _ in range(300):
            part.write(bytes(1 << 20))
    return path


def far_away(path):
    """Return a workbook with one cell at the far end of the sheet."""
    text = sheet_xml(ROWS).replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c>'
                                   "</row></sheetData>")  # fmt: skip
    return write(path, {"Log": text})


def broken(path):
    """Return a workbook that a download cut off."""
    write(path, {"Log": ROWS})
    path.write_bytes(path.read_bytes()[:-100])
    return path


def archive(path):
    """Return a zip archive of something else."""
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("readme.txt", "hello")
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (bomb, "grows beyond"),
        (far_away, f"{16_384 * 1_048_576:,} cells"),
        (broken, "zip archive that is no Excel workbook"),
        (archive, "zip archive that is no Excel workbook"),
    ],
)
def test_hostile_workbooks_end_with_one_clear_message(tmp_path, make, said):
    """Exit code 3, before anything is laid out in memory."""
    refused(o2c("mine", make(tmp_path / "log.xlsx")), 3, said)


def test_a_sheet_may_be_as_large_as_excel_allows_in_rows():
    """A full sheet of forty columns is read."""
    assert MAX_CELLS >= 1_048_576 * 40
