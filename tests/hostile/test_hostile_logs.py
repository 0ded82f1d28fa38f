"""Files that are no log, or a broken one: one clear message, exit 3, nothing written."""

import gzip
import os
import random
import sqlite3

import pytest
from command_line import o2c, refused, refused_as_json
from real_logs import folder

HEAD = "case,activity,time\n"
GOOD = HEAD + "1,A,2024-01-01\n1,B,2024-01-02\n"


def attempt(source, *flags):
    """Return the outcome of mining a file with an output that must not come to be."""
    outcome = o2c("mine", source, "-o", "findings", *flags)
    assert not [name for name in os.listdir() if name.startswith((".", "findings"))]
    return outcome


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b" \n\n ", "the file is empty"),
        (HEAD.encode(), "there is a header but no event"),
        (b"hello world", "not a table with at least three columns"),
        (b"a,b\n1,2\n", "not a table with at least three columns"),
        (b"\x7fELF" + bytes(200), "binary"),
        (b"PK\x03\x04" + bytes(50), "zip archive that is no Excel"),
        (b"<html><body>not found</body></html>", "HTML page"),
        (b"<!DOCTYPE log [<!ENTITY x 'y'>]><log>&x;</log>", "document type or entities"),
        (b"<log><trace>", "cut off"),
        (b"<nothing/>", "neither XES nor OCEL"),
        (b'{"answer": 42}', "not OCEL 2.0"),
        (b'{"ocel:events": {}}', "OCEL 1.0"),
        (b'{"events": [', "x"),
        (b'{"objectTypes": ' + b"[" * 50_000, "x"),
        (b"SQLite format 3\x00" + bytes(500), "not an OCEL 2.0 database"),
        (b"PAR1" + bytes(100), "cannot be read"),
        (b"\x1f\x8b\x08\x00rubbish", "x"),
        (b"case;activity\n1;A\n", "not a table"),
        (GOOD.replace("2024-01-02", "yesterday").encode(), "row 3: 'yesterday'"),
        (GOOD.replace("1,B", ",B").encode(), "empty case"),
        (GOOD.replace("1,B", "1, ").encode(), "empty activity"),
        (GOOD.encode() + b'1,"C,2024-01-03\n', "quotation mark"),
        (GOOD.encode() + b"1,C,2024-01-03,surplus\n", "row 4: 4"),
        (GOOD.replace("2024-01-02", "2024-02-30").encode(), "'2024-02-30'"),
        (b"case,activity,time\x00\n1,A,2024-01-01\n", "binary"),
    ],
    ids=range(26),
)
def test_no_log(content, said, tmp_path):
    """Each of these is refused with its file's name and what is wrong with it."""
    source = tmp_path / "x"
    source.write_bytes(content)
    refused(attempt(source), 3, str(source), said)
    refused_as_json(attempt(source, "--json"), 3, "log")


def test_a_missing_column_is_named_with_its_flag(tmp_path):
    """The message says which part is missing, what there is, and the flag that names it."""
    source = tmp_path / "x.csv"
    source.write_text("order_id,wat,when\n1,A,2024-01-01\n1,B,2024-01-02\n")
    refused(attempt(source), 3, "no column for the activity", "'wat'", "--activity COLUMN")
    refused(
        attempt(source, "--activity", "wta"), 3, "there is no column 'wta'", "did you mean 'wat'?"
    )
    assert o2c("mine", source, "--activity", "wat", "-q").code == 0


def test_all_faults_of_the_rows_are_reported_together(tmp_path):
    """A blank case and a bad time in one file give two problems, each with its row."""
    source = tmp_path / "x.csv"
    source.write_text(HEAD + "1,A,2024-01-01\n,B,2024-01-02\n1,C,never\n")
    problems = refused_as_json(attempt(source, "--json"), 3, "log")
    assert [problem["where"].rpartition(", ")[2] for problem in problems] == ["row 3", "row 4"]


def test_negative_amounts(tmp_path):
    """A named amount column must hold amounts; the row is shown."""
    source = tmp_path / "x.csv"
    source.write_text("case,activity,time,net\n1,A,2024-01-01,5\n1,B,2024-01-02,-7\n")
    refused(attempt(source, "--amount", "net"), 3, "negative amount", "row 3: '-7'")


def test_paths_that_are_no_file(tmp_path, here):
    """A folder, a hole, a name too long, a name with a zero byte, a socket to nowhere."""
    refused(attempt(tmp_path), 3, "the folder holds no event log")
    (tmp_path / "orders.csv").write_text(GOOD)
    refused(attempt(tmp_path / "order.csv"), 3, "no such file", "did you mean 'orders.csv'?")
    refused(attempt(tmp_path / "orders.csv" / "x"), 3, "no such file")
    refused(attempt("x" * 5000), 3)
    refused(attempt(""), 3)
    if os.path.exists("/dev/null"):
        refused(attempt("/dev/null"), 3, "not a regular file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_refused(tmp_path):
    """A pipe without a writer would be waited for without end."""
    os.mkfifo(tmp_path / "pipe")
    refused(attempt(tmp_path / "pipe"), 3, "not a regular file")


@pytest.mark.parametrize(
    ("encoding", "flags"),
    [("cp1252", ()), ("utf-16", ()), ("utf-8-sig", ()), ("cp1250", ("--encoding", "cp1250"))],
)
def test_encodings_that_are_understood(encoding, flags, tmp_path):
    """Usual encodings are read; the name arrives whole."""
    source = tmp_path / "x.csv"
    source.write_bytes(GOOD.replace("A", "Pr\u00fcfen").encode(encoding))
    result = o2c("mine", source, *flags, "--json").document["result"]
    assert result["start_activities"][0]["activity"] == "Pr\u00fcfen"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "no-such", "zip", "rot13", "idna", "utf-7"])
def test_a_wrong_encoding_is_refused(encoding, tmp_path):
    """An encoding that the text is not in, or that is none, ends with 3 and a hint."""
    source = tmp_path / "x.csv"
    source.write_bytes(GOOD.replace("A", "Pr\u00fcfen").encode("cp1252"))
    refused(attempt(source, "--encoding", encoding), 3, "--encoding")


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (("--zone", "Mars/Olympus"), 2),
        (("--zone", "../../etc/passwd"), 2),
        (("--zone", ""), 2),
        (("--delimiter", "ab"), 3),
        (("--delimiter", ""), 3),
        (("--delimiter", "\n"), 3),
        (("--delimiter", '"'), 3),
        (("--time-format", "%"), 3),
        (("--time-format", "%Q%!"), 3),
        (("--time-format", ""), 3),
        (("--case-type", "x", "--noise", "2"), 2),
        (("--noise", "nan"), 2),
        (("--noise", "much"), 2),
        (("--case", "activity", "--activity", "activity"), 2),
        (("--case", ""), 3),
        (("--force", "--quiet", "--json", "--nothing"), 2),
    ],
)
def test_options_that_make_no_sense(flags, code, tmp_path):
    """Options that no log could satisfy end with one message."""
    source = tmp_path / "x.csv"
    source.write_text(GOOD)
    outcome = attempt(source, *flags)
    if "--json" in flags:
        refused_as_json(outcome, code, "usage")
    else:
        refused(outcome, code)


@pytest.mark.parametrize("share", [0.001, 0.2, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("name", ["log.csv.gz", "log.jsonocel", "log.sqlite", "log.xes"])
def test_a_file_cut_off_anywhere_is_no_stumble(name, share, tmp_path):
    """A copy that broke off is refused, or read as far as it is whole (CSV without its end)."""
    source = tmp_path / name
    if name == "log.csv.gz":
        rows = "".join(f"{i // 3},A{i % 3},2024-01-{1 + i % 28:02d}\n" for i in range(3_000))
        source.write_bytes(gzip.compress((HEAD + rows).encode()))
    else:
        whole = tmp_path / "whole.csv"
        whole.write_text(GOOD)
        from mining.read import read_log
        from mining.write import write_log

        formats = {"log.jsonocel": "ocel-json", "log.sqlite": "ocel-sqlite", "log.xes": "xes"}
        write_log(read_log(whole).log, source, format=formats[name])
    content = source.read_bytes()
    # At least what is more than the last line end.
    source.write_bytes(content[: min(int(share * len(content)), len(content) - 3)])
    refused(attempt(source), 3, str(source))


def test_a_file_that_grows_without_end(tmp_path):
    """A small gzip of zeros is no log, however much it could become."""
    source = tmp_path / "bomb.csv.gz"
    source.write_bytes(gzip.compress(bytes(50_000_000)))
    refused(attempt(source), 3, str(source))


def test_a_database_of_something_else(tmp_path):
    """A healthy SQLite file without OCEL's tables is refused by name."""
    connection = sqlite3.connect(tmp_path / "x.sqlite")
    connection.execute("CREATE TABLE event (a, b)")
    connection.commit()
    connection.close()
    refused(attempt(tmp_path / "x.sqlite"), 3, "not an OCEL 2.0 database")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["ocel20_example.jsonocel", "ocel20_example.xmlocel", "ocel20_example.sqlite"]
)
def test_flipped_bytes_are_no_stumble(name, tmp_path):
    """A public log with a few bytes changed is read or refused; never an internal error."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    content = path.read_bytes()
    rng = random.Random(1)
    for _ in range(25):
        damaged = bytearray(content)
        for _ in range(rng.randint(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        source = tmp_path / name
        source.write_bytes(damaged)
        outcome = o2c("mine", source)
        assert outcome.code in (0, 3), outcome
        assert "Traceback" not in outcome.err


def test_random_tables_are_no_stumble(tmp_path):
    """Tables of random cells under the right header are read or refused with one message."""
    rng = random.Random(2)
    cells = (
        "", "1", "-1", "A", "2024-01-01", "31/12/2023", "nan", '"', "''", "\u00e4", "1e309",
        "\t", "9999-12-31 23:59:59", "0001-01-01", "1700000000", "=1+1", "\x1b[0m", "NULL", "a;b",
        "\ud83d",
    )  # fmt: skip
    source = tmp_path / "x.csv"
    for _ in range(80):
        rows = [",".join(rng.choices(cells, k=4)) for _ in range(rng.randint(1, 6))]
        text = "case,activity,time,amount\n" + "\n".join(rows)
        source.write_bytes(text.encode("utf-8", "surrogatepass"))
        outcome = o2c("mine", source, *rng.choice(((), ("--json",), ("--amount", "amount"))))
        assert outcome.code in (0, 3), (outcome, text)


NO_CASE = """{"objectTypes": [{"name": "x", "attributes": []}],
"eventTypes": [{"name": "A", "attributes": []}], "objects": [%s],
"events": [{"id": "e", "type": "A", "time": "2024-01-01T00:00:00Z", "attributes": [],
            "relationships": []}]}"""


@pytest.mark.parametrize("objects", ["", '{"id": "o", "type": "x", "relationships": []}'])
def test_events_without_a_case(objects, tmp_path):
    """An OCEL log whose events belong to nothing has no case to look at."""
    source = tmp_path / "x.jsonocel"
    source.write_text(NO_CASE % objects)
    refused(attempt(source), 3, str(source), "object")
    refused(o2c("check", source, "--model", "discovered"), 3)
