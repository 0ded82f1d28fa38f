"""``o2c columns`` shows what a file holds before it is a log; ``o2c cases`` lists cases."""

import gzip
import json

import polars as pl
import pytest
from command_line import o2c, refused, refused_as_json

from mining.read.preview import MOST_COLUMNS, ROWS

LOG = """Order No;Step;Done at;User;Value
A;Create;03/04/2024 10:00;Ann;10
A;Ship;04/04/2024 10:00;Bob;10
A;Bill;06/04/2024 10:00;Ann;10
B;Create;03/04/2024 11:00;Ann;20
B;Bill;03/04/2024 13:00;Ann;20
C;Create;05/04/2024 11:00;Ann;30
C;Ship;05/04/2024 12:00;Bob;30
C;Ship;05/04/2024 14:00;Bob;30
"""


@pytest.fixture
def log(tmp_path):
    """Return three cases of 72, 2 and 3 hours."""
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    return path


def columns(path, *more):
    """Return the result of the verb."""
    outcome = o2c("columns", path, *more, "--json")
    assert outcome.code == 0, outcome.err
    return outcome.document["result"]


def test_columns_are_guessed_and_rows_shown(log):
    """The guess, how the file is written, and its first rows as they stand there."""
    found = columns(log)
    assert found["columns"] == ["Order No", "Step", "Done at", "User", "Value"]
    assert {part: found["mapping"][part] for part in ("case", "activity", "time", "resource")} == {
        "case": "Order No", "activity": "Step", "time": "Done at", "resource": "User",
    }  # fmt: skip
    assert found["mapping"]["delimiter"] == ";"
    assert found["mapping"]["time_format"] == "day-first"
    assert any("ambiguous" in note for note in found["notes"])
    assert found["rows"][0] == ["A", "Create", "03/04/2024 10:00", "Ann", "10"]
    assert found["problems"] == []
    assert found["choosable"] is True
    text = o2c("columns", log)
    assert "activity      Step" in text.out


def test_a_table_whose_columns_are_not_understood_is_shown_all_the_same(tmp_path):
    """What is missing is said beside the rows; what has a telling name stays found."""
    path = tmp_path / "odd.csv"
    path.write_text("case_id,x,y\n1,2,3\n1,3,4\n2,5,6\n")
    found = columns(path)
    assert found["mapping"]["case"] == "case_id"
    assert found["mapping"]["time"] is None
    assert len(found["rows"]) == 3
    assert any("no column for the time" in problem["message"] for problem in found["problems"])
    assert "missing: no column for the time" in o2c("columns", path).out


def test_no_more_rows_and_columns_than_people_can_use(tmp_path):
    """Twenty rows; of very many columns the first, and that is said; long values are cut."""
    path = tmp_path / "wide.csv"
    names = ["case", "activity", "time", *(f"c{i}" for i in range(300))]
    row = ["1", "go", "2024-01-01 00:00", *["v" * 500] * 300]
    path.write_text("\n".join([",".join(names), *[",".join(row)] * 50]))
    found = columns(path)
    assert len(found["rows"]) == ROWS
    assert len(found["columns"]) == len(found["rows"][0]) == MOST_COLUMNS
    assert any("303 columns" in note for note in found["notes"])
    assert max(map(len, found["rows"][0])) == 200


def test_a_list_of_invoices_is_known_as_such(tmp_path):
    """Its parts are those of invoices."""
    path = tmp_path / "ar.csv"
    path.write_text("invoice,amount,due_date,settled_date\n1,10,2024-01-01,2024-01-05\n")
    found = columns(path)
    assert found["invoice_columns"] == {
        "invoice": "invoice", "amount": "amount", "due_date": "due_date",
        "settled_date": "settled_date",
    }  # fmt: skip


def test_what_is_named_is_not_guessed(log, tmp_path):
    """By a flag or in a mapping file, every part of a log; a flag comes before the file."""
    text = log.read_text().replace("Done at", "End;Begun").replace(" 10:00;", " 10:00;03/04/2024;")
    log.write_text(text.replace(" 11:00;", " 11:00;03/04/2024;"))
    named = ("--resource", "Value", "--start", "Begun", "--role", "User", "--case-type", "order")
    found = columns(log, *named)["mapping"]
    assert [found[part] for part in ("resource", "start", "role")] == ["Value", "Begun", "User"]
    assert found["case_type"] == "order"
    assert "start         Begun" in o2c("columns", log, *named).out
    said = tmp_path / "mapping.yaml"
    said.write_text("columns: {resource: Value, amount: Value}\nzone: Europe/Berlin\n")
    found = columns(log, "--mapping", said, "--resource", "User")["mapping"]
    assert (found["resource"], found["amount"]) == ("User", "Value")
    problems = columns(log, "--resource", "Person")["problems"]
    assert ["'Person'" in problem["message"] for problem in problems] == [True]


def test_columns_of_invoices_can_be_named(tmp_path):
    """As o2c mine takes them; what is not there is said beside the guess."""
    path = tmp_path / "ar.csv"
    path.write_text("number,amount,due_date,paid\n1,10,2024-01-01,2024-01-05\n")
    named = ("--column", "invoice=number", "--column", "settled_date=paid")
    found = columns(path, *named)
    assert found["invoice_columns"] == {
        "invoice": "number", "amount": "amount", "due_date": "due_date", "settled_date": "paid",
    }  # fmt: skip
    assert o2c("mine", path, *named).code == 0
    found = columns(path, *named, "--column", "customer=client")
    assert found["invoice_columns"]["invoice"] == "number"
    assert ["'client'" in problem["message"] for problem in found["problems"]] == [True]


def test_formats_with_fixed_parts_show_their_first_events(log, tmp_path):
    """A log folder, and a packed one; nothing is to be chosen there."""
    folder = tmp_path / "folder"
    o2c("convert", log, "--to", "parquet", "--output", folder)
    found = columns(folder)
    assert found["form"] == "folder"
    assert found["choosable"] is False
    assert found["rows"][0][:2] == ["A", "Create"]
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert columns(packed)["mapping"]["activity"] == "Step"


def test_parquet_and_excel_are_tables_too(log, tmp_path):
    """Both guess as from text."""
    frame = pl.read_csv(log, separator=";")
    frame.write_parquet(tmp_path / "log.parquet")
    frame.write_excel(tmp_path / "log.xlsx")
    for name in ("log.parquet", "log.xlsx"):
        found = columns(tmp_path / name)
        assert found["mapping"]["activity"] == "Step", name
        assert found["rows"][1][1] == "Ship", name


def test_what_is_no_log_is_refused(tmp_path):
    """Empty, binary and absent files end with 3, as for any verb."""
    empty = tmp_path / "empty.csv"
    empty.touch()
    refused(o2c("columns", empty), 3, "empty")
    binary = tmp_path / "x.csv"
    binary.write_bytes(b"a\x00b" * 100)
    assert refused_as_json(o2c("columns", binary, "--json"), 3, "log")


def cases(log, *more):
    """Return the result of the verb."""
    outcome = o2c("cases", log, *more, "--json")
    assert outcome.code == 0, outcome.err
    return outcome.document["result"]


def test_cases_come_longest_first(log):
    """A takes 72 h, C 3 h, B 2 h; each with its events, ends and variant."""
    found = cases(log)
    assert found["total"] == 3
    assert [(row["case"], row["hours"], row["events"]) for row in found["cases"]] == [
        ("A", 72.0, 3), ("C", 3.0, 3), ("B", 2.0, 2),
    ]  # fmt: skip
    assert found["cases"][0]["first"] == "2024-04-03 10:00:00"
    assert found["cases"][0]["start_activity"] == "Create"
    assert found["cases"][1]["end_activity"] == "Ship"
    assert {row["variant"] for row in found["cases"]} == {1, 2, 3}


@pytest.mark.parametrize(
    ("order", "expected"),
    [("longest", "ACB"), ("shortest", "BCA"), ("first", "ABC"), ("last", "CBA"),
     ("most-events", "ACB")],
)  # fmt: skip
def test_every_order(log, order, expected):
    """Equal ones stand by name."""
    found = cases(log, "--order", order)
    assert "".join(row["case"] for row in found["cases"]) == expected


def test_a_page_of_cases(log):
    """``--offset`` and ``--limit`` cut; the total stays."""
    found = cases(log, "--offset", "1", "--limit", "1")
    assert [row["case"] for row in found["cases"]] == ["C"]
    assert found["total"] == 3


def test_filters_leave_cases(log):
    """Only what went that way, with all activities of the log still named."""
    found = cases(log, "--filter", "follows=Create>Bill")
    assert [row["case"] for row in found["cases"]] == ["B"]
    assert found["activities"] == ["Bill", "Create", "Ship"]
    assert "1 case" in o2c("cases", log, "--filter", "activity!=Ship").out


def test_the_events_of_one_case(log):
    """In order, with the hours since the one before."""
    found = cases(log, "--id", "A")
    assert [(row["activity"], row["hours_since"]) for row in found["events"]] == [
        ("Create", None), ("Ship", 24.0), ("Bill", 48.0),
    ]  # fmt: skip
    assert found["events"][1]["resource"] == "Bob"
    refused(o2c("cases", log, "--id", "Z"), 2, "there is no case 'Z'")


def test_a_report_of_some_cases(log, tmp_path):
    """``o2c report --filter`` says what is left and counts only that; a mapping file counts."""
    file = tmp_path / "map.yaml"
    file.write_text(
        json.dumps({"columns": {"case": "Order No", "activity": "User", "time": "Done at"}})
    )
    target = tmp_path / "report.json"
    outcome = o2c("report", log, "--filter", "activity=Ship", "-o", target, "--format", "json")
    assert outcome.code == 0, outcome.err
    text = target.read_text()
    assert "2 of 3 cases are left" in text
    again = tmp_path / "again.json"
    outcome = o2c("report", log, "--mapping", file, "-o", again, "--format", "json")
    assert outcome.code == 0, outcome.err
    assert json.loads(again.read_text())["result"]["activities"][0]["activity"] in ("Ann", "Bob")
