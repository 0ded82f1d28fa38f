"""XES files: two engines, one answer."""

import os
from pathlib import Path

import pytest

from mining.read import ColumnMapping, engines, read_log, xes
from mining.read.container import inflated
from o2c_sim.errors import LogError, MissingDependencyError

EVENT = (
    '<event><string key="concept:name" value="{}"/><date key="time:timestamp" value="{}"/>'
    '<string key="lifecycle:transition" value="{}"/></event>'
)


@pytest.fixture
def data():
    """Return the folder of the public logs, which is not part of the project."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("O2C_DATA", default))
    if not (folder / "receipt.xes.gz").is_file():
        pytest.skip(
            f"receipt.xes.gz is not in {folder}; set O2C_DATA to the folder of the public logs"
        )
    return folder


def _written(folder, *events, head=""):
    trace = '<trace><string key="concept:name" value="case 1"/>'
    path = folder / "log.xes"
    path.write_text(f"<log>{head}{trace}{''.join(EVENT.format(*e) for e in events)}</trace></log>")
    return path


def test_start_and_complete_events_become_one_row(tmp_path):
    """A opens at 8 and again at 9, closes at 10 and 11: first in, first out; B has no start."""
    path = _written(
        tmp_path,
        ("A", "2024-01-01T08:00:00Z", "start"),
        ("A", "2024-01-01T09:00:00Z", "start"),
        ("A", "2024-01-01T10:00:00Z", "complete"),
        ("A", "2024-01-01T11:00:00Z", "complete"),
        ("B", "2024-01-01T12:00:00Z", "complete"),
        ("C", "2024-01-01T13:00:00Z", "schedule"),
    )
    read = read_log(path)
    hours = read.log.events.select(start="start", end="time")
    assert [tuple(t and t.hour for t in row) for row in hours.rows()] == [
        (8, 10), (9, 11), (None, 12),
    ]  # fmt: skip
    assert read.notes[0] == (
        "2 of 3 completions paired with their start; left out: 0 starts without completion, "
        "1 events of other transitions"
    )


def test_offsets_are_instants_and_naive_stamps_are_local(tmp_path):
    """09:00+02:00 is 07:00 UTC in any zone; 09:00 without offset is 08:00 UTC in Berlin."""
    aware = _written(tmp_path, ("A", "2024-01-01T09:00:00+02:00", "complete"))
    assert read_log(aware, zone="Europe/Berlin").log.events["time"][0].hour == 7
    naive = _written(tmp_path, ("A", "2024-01-01T09:00:00", "complete"))
    assert read_log(naive, zone="Europe/Berlin").log.events["time"][0].hour == 8
    assert read_log(naive).log.events["time"][0].hour == 9


def test_declared_defaults_are_not_data(tmp_path):
    """A ``global`` default says what is missing, not what happened."""
    head = '<global scope="event"><string key="org:resource" value="UNKNOWN"/></global>'
    path = _written(tmp_path, ("A", "2024-01-01T09:00:00Z", "complete"), head=head)
    assert read_log(path).log.events["resource"].null_count() == 1


def test_an_unreadable_time_is_named_with_its_event(tmp_path, capfd):
    """The engine's own complaint is kept, and nothing reaches the terminal."""
    path = _written(tmp_path, ("A", "2024-01-01T09:00:00Z", "x"), ("B", "soon", "x"))
    with pytest.raises(LogError) as caught:
        read_log(path)
    assert "event 2: unreadable time" in str(caught.value)
    assert 'Failed to parse date from "soon"' in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_both_engines_read_the_same_log(tmp_path, data):
    """On the field's usual small log, r4pm and pm4py give equal tables."""
    source = data / "receipt.xes.gz"
    with inflated(source) as plain:
        fast, slow = (
            xes.read(plain, source, ColumnMapping(), "UTC", engine=engine)[0]
            for engine in ("r4pm", "pm4py")
        )
    assert (fast.events.height, fast.objects.height) == (8577, 1434)
    for table in ("events", "objects", "event_objects"):
        assert getattr(fast, table).equals(getattr(slow, table)), table


def test_without_an_engine_the_error_says_what_to_install(tmp_path, monkeypatch):
    """Exit code 4 and the line to type."""
    monkeypatch.setattr(engines, "load", lambda module: None)
    path = _written(tmp_path, ("A", "2024-01-01T09:00:00Z", "complete"))
    with pytest.raises(MissingDependencyError, match=r"o2c-toolkit\[mining\]"):
        read_log(path)
