"""``o2c convert``: the format that was asked for, or that the name of the file says."""

import json
import sqlite3

import pytest
from command_line import o2c, refused


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("log.json", b"{"),
        ("log.JSONOCEL", b"{"),
        ("log.sqlite", b"SQLite format 3"),
        ("log.db", b"SQLite format 3"),
        ("log.xml", b"<?xml"),
        ("log.xmlocel", b"<?xml"),
        ("log.xes", b"<?xml"),
        ("log.csv", b"case"),
    ],
)
def test_the_name_says_the_format(name, begins, log_csv, here):
    """A file is what its name says, and is read back as such."""
    outcome = o2c("convert", log_csv, "--output", name, "--json")
    assert outcome.code == 0, outcome
    assert (here / name).read_bytes().lstrip(b"\xef\xbb\xbf").startswith(begins)
    assert outcome.document["result"]["events"] == 120
    if name == "log.json":
        assert len(json.loads((here / name).read_text())["events"]) == 120
    if name == "log.sqlite":
        with sqlite3.connect(here / name) as file:
            assert file.execute("select count(*) from event").fetchone() == (120,)


def test_the_text_says_the_format(log_csv, here):
    """One line, with what was written."""
    outcome = o2c("convert", log_csv, "--output", "log.xes")
    assert outcome.code == 0, outcome
    assert "log.xes: xes, 120 events" in outcome.out


def test_the_option_comes_before_the_name(log_csv, here):
    """``--to`` is what counts where both are given."""
    assert o2c("convert", log_csv, "--to", "csv", "--output", "log.txt").code == 0
    assert (here / "log.txt").read_text().count("\n") == 121


def test_a_name_that_says_nothing_is_refused(log_csv, here):
    """No format is guessed; nothing is written."""
    outcome = o2c("convert", log_csv, "--output", "log.ocel")
    refused(outcome, 2, "does not say which format", "--to csv", ".jsonocel")
    assert list(here.iterdir()) == []
