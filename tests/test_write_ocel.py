"""OCEL 2.0 files: valid, complete, and read back by both engines."""

import importlib
import sqlite3
from datetime import datetime

import polars as pl
import pytest

from mining.read import ColumnMapping, ocel, read_log
from mining.write import write_log
from o2c_sim.errors import UsageError
from o2c_sim.eventlog import TIME, EventLog

FORMS = ("ocel-json", "ocel-xml", "ocel-sqlite")
TABLES = ("events", "objects", "event_objects", "object_relations", "object_changes")


def _enum(*values):
    return pl.Series(values, dtype=pl.Enum(sorted({v for v in values if v is not None})))


@pytest.fixture
def log():
    """Return three events on two orders and an invoice, with every kind of awkward value."""
    return EventLog(
        events=pl.DataFrame(
            {
                "event": pl.Series([0, 1, 2], dtype=pl.UInt32),
                "activity": _enum("Create <Order>", "Ship & Bill", "create <order>"),
                "start": pl.Series([None, datetime(2024, 1, 1, 7), None], dtype=TIME),
                "time": pl.Series(
                    [*[datetime(2024, 1, 1, 8)] * 2, datetime(2024, 1, 2, 0, 0, 0, 7)], dtype=TIME
                ),
                "resource": _enum('Ann "A" O\'Hara', None, "Zoë\\\n"),
                "role": _enum(None, "Clerk", "Clerk"),
                "automated": [False, True, None],
                "amount": [None, 0.1, 1e-7],
                "lines": pl.Series([3, None, 5], dtype=pl.Int64),
            }
        ),
        objects=pl.DataFrame(
            {
                "object": pl.Series([0, 1, 2], dtype=pl.UInt32),
                "object_id": ["o-1", "o&2", "i-1"],
                "type": _enum("order", "order", "invoice"),
                "net_value": [10.5, None, None],
                "amount": [None, None, 7.25],
            }
        ),
        event_objects=pl.DataFrame(
            {
                "event": pl.Series([0, 1, 1, 2], dtype=pl.UInt32),
                "object": pl.Series([0, 0, 2, 1], dtype=pl.UInt32),
                "qualifier": _enum("creates", "ships", "bills", "creates"),
            }
        ),
        object_relations=pl.DataFrame(
            {
                "source": pl.Series([2], dtype=pl.UInt32),
                "target": pl.Series([0], dtype=pl.UInt32),
                "qualifier": _enum("of order"),
            }
        ),
        object_changes=pl.DataFrame(
            {
                "object": pl.Series([0], dtype=pl.UInt32),
                "time": pl.Series([datetime(2024, 1, 3)], dtype=TIME),
                "attribute": ["net_value"],
                "value": ["9.5"],
            }
        ),
    )  # fmt: skip


def _path(folder, form):
    return folder / f"log.{form.split('-')[1]}"


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_lost_on_the_way(tmp_path, log, form):
    """Reading the file gives back every table, typed, in the order recorded."""
    read = read_log(write_log(log, _path(tmp_path, form), format=form)).log
    assert read.events["event_id"].to_list() == ["e0", "e1", "e2"]
    for column in log.events.columns:
        assert read.events[column].to_list() == log.events[column].to_list(), column
    for table in TABLES[1:]:
        ours = getattr(log, table)
        assert getattr(read, table).select(ours.columns).rows() == ours.rows(), table


@pytest.mark.parametrize("form", FORMS)
def test_the_referee_counts_the_same(tmp_path, log, form):
    """pm4py's own parser finds as many events, objects and relations as were written."""
    path = write_log(log, _path(tmp_path, form), format=form)
    fast, slow = (
        ocel.read(path, path, ColumnMapping(), form, "UTC", engine=engine)[0]
        for engine in ("r4pm", "pm4py")
    )
    for table in TABLES:
        heights = [getattr(x, table).height for x in (log, fast, slow)]
        assert len(set(heights)) == 1, (table, heights)


def test_the_database_satisfies_the_standard(tmp_path, log):
    """pm4py's 24 relational rules hold, and every foreign key points to something."""
    path = write_log(log, tmp_path / "log.sqlite", format="ocel-sqlite")
    rules = importlib.import_module("pm4py.objects.ocel.validation.ocel20_rel_validation")
    satisfied, unsatisfied = rules.apply(str(path))
    assert (len(satisfied), list(unsatisfied)) == (24, [])
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_types_that_differ_in_case_only_have_their_own_tables(tmp_path, log):
    """SQLite does not tell ``Create <Order>`` from ``create <order>`` in a table name."""
    path = write_log(log, tmp_path / "log.sqlite", format="ocel-sqlite")
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT ocel_type_map FROM event_map_type")]
    connection.close()
    assert len({name.lower() for name in names}) == 3


def test_only_attributes_that_a_type_has_are_declared(tmp_path, log):
    """A null is left out, and an order's value is no attribute of an invoice."""
    text = write_log(log, tmp_path / "log.json", format="ocel-json").read_text("utf-8")
    types = text.splitlines()[0]
    assert types.count("net_value") == 1
    assert '{"name": "net_value", "type": "float"}' in types
    assert "null" not in text
    assert '"time":"2024-01-03T00:00:00Z","value":9.5}' in text


@pytest.mark.parametrize("form", FORMS)
def test_the_same_log_gives_the_same_bytes(tmp_path, log, form):
    """Files can be compared by their hashes."""
    first = write_log(log, tmp_path / "1", format=form).read_bytes()
    assert write_log(log, tmp_path / "2", format=form).read_bytes() == first


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path, log):
    """A refusal leaves the file as it was, and nothing beside it."""
    path = tmp_path / "log.json"
    path.write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        write_log(log, path, format="ocel-json")
    assert path.read_text() == "mine"
    write_log(log, path, format="ocel-json", replace=True)
    assert path.read_text() != "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.json"]


def test_an_unknown_format_is_refused(tmp_path, log):
    """With what is allowed and what was probably meant."""
    with pytest.raises(UsageError, match="did you mean 'ocel-json'"):
        write_log(log, tmp_path / "log", format="ocel_json")
