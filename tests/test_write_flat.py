"""XES, CSV and Parquet: the log seen through one case notion, or whole."""

import warnings
from datetime import datetime

import polars as pl
import pytest

from mining.read import engines, read_log
from mining.write import write_log
from o2c_sim.errors import LogError, UsageError
from o2c_sim.eventlog import TIME, EventLog


@pytest.fixture
def log():
    """Return two orders that share one event, a third without events, and one invoice."""
    return EventLog(
        events=pl.DataFrame(
            {
                "event": pl.Series([0, 1, 2], dtype=pl.UInt32),
                "activity": pl.Series(["A", "B", "=A&B"], dtype=pl.Enum(["=A&B", "A", "B"])),
                "start": pl.Series([datetime(2024, 1, 1, 7), None, None], dtype=TIME),
                "time": pl.Series([datetime(2024, 1, day, 8) for day in (1, 1, 2)], dtype=TIME),
                "resource": pl.Series(["ann", None, "bob"], dtype=pl.Enum(["ann", "bob"])),
                "role": pl.Series([None] * 3, dtype=pl.Enum([])),
                "automated": [False, True, None],
                "amount": [None, 2.5, None],
            }
        ),
        objects=pl.DataFrame(
            {
                "object": pl.Series([0, 1, 2, 3], dtype=pl.UInt32),
                "object_id": ["o1", "o2", "o3", "i1"],
                "type": pl.Series(["order"] * 3 + ["invoice"], dtype=pl.Enum(["invoice", "order"])),
                "plant": ["x", "y", "z", None],
            }
        ),
        event_objects=pl.DataFrame(
            {
                "event": pl.Series([0, 1, 1, 2, 2], dtype=pl.UInt32),
                "object": pl.Series([0, 0, 1, 1, 3], dtype=pl.UInt32),
                "qualifier": pl.Series(["of"] * 5, dtype=pl.Enum(["of"])),
            }
        ),
    )  # fmt: skip


def test_pm4py_reads_the_xes_with_equal_counts(tmp_path, log):
    """Four rows in two traces: the shared event is in both, the empty order has no trace."""
    path = write_log(log, tmp_path / "log.xes", format="xes", case_type="order")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = engines.pm4py().read_xes(str(path), variant="iterparse")
    assert len(table) == 4
    assert table["case:concept:name"].nunique() == 2
    assert str(table["automated"].dropna().unique().tolist()) == "[False, True]"
    assert table["start_timestamp"].notna().sum() == 1


@pytest.mark.parametrize("form", ["csv", "xes"])
def test_the_case_view_comes_back(tmp_path, log, form):
    """Parts are recognised by name, values typed, the shared event counted per case."""
    path = write_log(log, tmp_path / f"log.{form}", format=form, case_type="order")
    read = read_log(path).log
    flat = log.flatten("order")
    for column in ("activity", "start", "time", "resource", "automated", "amount"):
        assert read.events[column].to_list() == flat[column].to_list(), column
    assert read.objects.select("object_id", "plant").rows() == [("o1", "x"), ("o2", "y")]


def test_csv_holds_data_as_it_is(tmp_path, log):
    """A leading ``=`` is not escaped: the file is for programs, not for a spreadsheet."""
    path = write_log(log, tmp_path / "log.csv", format="csv", case_type="order")
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "case,activity,start,time,resource,automated,amount,plant"
    assert lines[1] == "o1,A,2024-01-01T07:00:00Z,2024-01-01T08:00:00Z,ann,false,,x"
    assert lines[4] == "o2,=A&B,,2024-01-02T08:00:00Z,bob,,,y"


def test_a_flat_format_needs_a_case_notion(tmp_path, log):
    """Two types: one must be named, and it must exist."""
    with pytest.raises(UsageError, match="one case notion, and the log has 2 types"):
        write_log(log, tmp_path / "log.csv", format="csv")
    with pytest.raises(LogError, match="did you mean 'order'"):
        write_log(log, tmp_path / "log.csv", format="csv", case_type="orders")
    assert list(tmp_path.iterdir()) == []


def test_parquet_keeps_everything(tmp_path, log):
    """The folder of five tables is the log itself."""
    read = read_log(write_log(log, tmp_path / "log", format="parquet")).log
    for table in ("events", "objects", "event_objects", "object_relations", "object_changes"):
        assert getattr(read, table).equals(getattr(log, table)), table


@pytest.mark.parametrize("form", ["csv", "xes"])
def test_the_same_log_gives_the_same_bytes(tmp_path, log, form):
    """Files can be compared by their hashes."""
    pair = [
        write_log(log, tmp_path / name, format=form, case_type="order").read_bytes()
        for name in ("1", "2")
    ]
    assert pair[0] == pair[1]
