"""CSV and TSV files, good and bad."""

from datetime import datetime

import pytest

from mining.read import ColumnMapping, read_log
from o2c_sim.errors import LogError

HEADER = "case,activity,time,user,net_value\n"
ROWS = (
    "0012,Create,2024-01-01 08:00:00,ann,10.5\n"
    "0012,Ship,2024-01-01 08:00:00,bob,10.5\n"
    "7,Create,2024-01-02 08:00:00,ann,3\n"
)


def _written(folder, content, name="log.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _refused(path, **mapping):
    with pytest.raises(LogError) as caught:
        read_log(path, ColumnMapping(**mapping))
    return str(caught.value)


def test_a_file_becomes_a_log(tmp_path):
    """Rows keep their order, cases their first appearance, constants go to the case."""
    read = read_log(_written(tmp_path, HEADER + ROWS), ColumnMapping(case_type="order_line"))
    assert read.case_type == "order_line"
    assert read.log.events["event"].to_list() == [0, 1, 2]
    assert read.log.events["resource"].to_list() == ["ann", "bob", "ann"]
    assert read.log.objects.drop("type").rows() == [(0, "0012", 10.5), (1, "7", 3.0)]
    assert read.log.event_objects["object"].to_list() == [0, 0, 1]
    assert read.log.flatten("order_line")["activity"].to_list() == ["Create", "Ship", "Create"]
    assert (read.mapping.case, read.mapping.resource, read.mapping.delimiter) == (
        "case", "user", ",",
    )  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + ROWS).replace(",", ";"),
        (HEADER + ROWS).replace(",", "\t"),
        "sep=;\n" + (HEADER + ROWS).replace(",", ";"),
        (HEADER + ROWS).replace("\n", "\r\n"),
        (HEADER + ROWS).replace("\n", "\r"),
        (HEADER + ROWS).encode("utf-16"),
        b"\xef\xbb\xbf" + (HEADER + ROWS).encode(),
    ],
)
def test_how_the_text_is_written_does_not_matter(tmp_path, content):
    """Delimiter, line ends, byte order mark and Excel's ``sep=`` line give the same log."""
    read = read_log(_written(tmp_path, content))
    plain = read_log(_written(tmp_path, HEADER + ROWS, "plain.csv"))
    assert read.log.events.equals(plain.log.events)
    assert read.log.objects.equals(plain.log.objects)


def test_the_mapping_that_comes_back_reads_the_file_again(tmp_path):
    """The guess is complete: used as an instruction it gives the same log."""
    text = HEADER + ROWS.replace("2024-01-0", "0").replace(" 08", "/01/2024 08")
    path = _written(tmp_path, text)
    first = read_log(path)
    again = read_log(path, first.mapping)
    assert first.mapping.time_format == "day-first"
    assert again.mapping == first.mapping
    assert again.log.events.equals(first.log.events)


def test_windows_text_is_read_with_a_note(tmp_path):
    """A file that is not UTF-8 is tried as cp1252 and the row is named."""
    text = (HEADER + ROWS.replace("Ship", "Prüfen")).encode("cp1252")
    read = read_log(_written(tmp_path, text))
    assert "Prüfen" in read.log.activities
    assert read.notes[0] == "not UTF-8 (byte 0xfc in row 3): read as cp1252"


def test_everything_wrong_is_said_at_once_with_file_lines(tmp_path):
    """Line 3 has a broken time, 5 no activity, 6 no case; the quoted field spans two lines."""
    text = (
        "case,activity,time\n1,A,2024-01-01 08:00:00\n1,B,yesterday\n"
        '"1","C\nC",2024-01-01 08:00:00\n1,,2024-01-01 08:00:00\n,D,2024-01-01 08:00:00\n'
    )
    message = _refused(_written(tmp_path, text))
    assert "row 7: empty case in 1 of 5 rows" in message
    assert "row 6: empty activity in 1 of 5 rows" in message
    assert "row 3: unreadable time in column 'time' in 1 of 5 rows (row 3: 'yesterday')" in message


def test_negative_amounts_are_refused_only_where_they_are_asked_for(tmp_path):
    """``amount`` is money an event moves; a signed column may stay an attribute."""
    path = _written(tmp_path, "case,activity,time,amount\n1,A,2024-01-01,5\n1,B,2024-01-02,-3\n")
    assert "row 3: negative amount" in _refused(path, amount="amount")
    read = read_log(path)
    assert read.mapping.amount is None
    assert read.log.events["amount_column"].to_list() == [5, -3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        (HEADER, "a header but no event"),
        (HEADER + ROWS + "1,A,2024-01-01,x,1,2,3\n", "row 5: 1 rows have more fields"),
        (HEADER + ROWS + '1,"A,2024-01-01,x,1\n', "row 5: a quotation mark is opened"),
        ("just\nsome\nlines\n", "not a table"),
        (bytes(range(256)), "a binary file"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ("{}", "JSON that is not OCEL"),
        (b"PK\x03\x04....", "no Excel workbook"),
    ],
)
def test_what_is_no_log_is_refused_in_words(tmp_path, content, words):
    """Every refusal is a LogError that says what the file is instead."""
    assert words in _refused(_written(tmp_path, content))


def test_automation_words(tmp_path):
    """Human and Robot become truth values; an empty cell stays unknown."""
    rows = ("1,A,2024-01-01,Human", "1,B,2024-01-01,Robot", "1,C,2024-01-01,")
    text = "\n".join(("case,activity,time,User_Type", *rows))
    read = read_log(_written(tmp_path, text))
    assert read.log.events["automated"].to_list() == [False, True, None]


def test_zone_moves_naive_stamps(tmp_path):
    """08:00 on a clock in Chicago in January is 14:00 UTC."""
    read = read_log(_written(tmp_path, HEADER + ROWS), zone="America/Chicago")
    assert read.log.events["time"][0] == datetime(2024, 1, 1, 14)
    assert read.log.zone == "America/Chicago"
