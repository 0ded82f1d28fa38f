"""Guessing which column plays which part."""

import polars as pl
import pytest

from mining.read import ColumnMapping
from mining.read.columns import resolve
from o2c_sim.errors import LogError

STAMPS = ["2024-01-01 08:00:00", "2024-01-01 09:00:00", "2024-01-02 08:00:00"]


@pytest.mark.parametrize(
    ("header", "case", "activity", "time"),
    [
        ("case:concept:name,concept:name,time:timestamp", *"012"),
        ("Key,Activity,Date", *"012"),
        ("timestamp,case_id,activity", *"120"),
        ("Case ID,Activity Name,End Time", *"012"),
    ],
)
def test_usual_names_are_recognised(header, case, activity, time):
    """Names are compared without case and punctuation; the position does not matter."""
    names = header.split(",")
    columns = {int(case): ["1", "1", "2"], int(activity): ["A", "B", "A"], int(time): STAMPS}
    frame = pl.DataFrame({names[i]: columns[i] for i in range(3)})
    found, _ = resolve(frame, ColumnMapping(), "log.csv")
    wanted = (names[int(case)], names[int(activity)], names[int(time)])
    assert (found.case, found.activity, found.time) == wanted


def test_strange_names_are_guessed_from_the_content_and_noted():
    """The column that reads as time is the time; few words are activities; many codes cases."""
    frame = pl.DataFrame(
        {
            "aa": [f"c{i // 3}" for i in range(30)],
            "bb": ["Open", "Work", "Close"] * 10,
            "cc": [f"2024-01-{i + 1:02d} 08:00:00" for i in range(30)],
        }
    )
    found, notes = resolve(frame, ColumnMapping(), "log.csv")
    assert (found.case, found.activity, found.time) == ("aa", "bb", "cc")
    assert sum("guessed from the content" in note for note in notes) == 3


def test_end_time_is_the_time_where_there_is_a_start():
    """With a start and an end, the completion is the time of the event."""
    frame = pl.DataFrame(
        {"case": ["1"] * 3, "activity": ["A"] * 3, "start_time": STAMPS, "end_time": STAMPS}
    )
    found, _ = resolve(frame, ColumnMapping(), "log.csv")
    assert (found.start, found.time) == ("start_time", "end_time")
    found, notes = resolve(frame.drop("end_time"), ColumnMapping(), "log.csv")
    assert (found.start, found.time) == (None, "start_time")
    assert "only a start time" in notes[0]


def test_two_candidates_are_noted():
    """A log with an order and a case identifier says which one it took."""
    frame = pl.DataFrame(
        {"case_id": ["1"] * 3, "order_id": ["9"] * 3, "activity": ["A"] * 3, "timestamp": STAMPS}
    )
    found, notes = resolve(frame, ColumnMapping(), "log.csv")
    assert found.case == "case_id"
    assert notes == ["case is read from 'case_id'; --case could also name 'order_id'"]


def test_a_column_of_machines_and_people_is_recognised_only_by_its_words():
    """``User_Type`` is the automation mark if it says Human and Robot, not if it says grades."""
    base = {"case": ["1"] * 3, "activity": ["A"] * 3, "time": STAMPS}
    yes = pl.DataFrame({**base, "User_Type": ["Human", "Robot", ""]})
    no = pl.DataFrame({**base, "User_Type": ["junior", "senior", "senior"]})
    assert resolve(yes, ColumnMapping(), "x")[0].automated == "User_Type"
    assert resolve(no, ColumnMapping(), "x")[0].automated is None


def test_wrong_and_missing_columns_come_together_with_hints():
    """Each problem names its flag and the nearest column."""
    frame = pl.DataFrame({"case_idd": ["1"], "activty": ["A"], "zzz": ["2"]})
    with pytest.raises(LogError) as caught:
        resolve(frame, ColumnMapping(resource="activity"), "log.csv")
    texts = [str(problem) for problem in caught.value.problems]
    assert len(texts) == 4
    assert "did you mean 'activty'?" in texts[0]
    assert "--case COLUMN; did you mean 'case_idd'?" in texts[1]
    assert "--time COLUMN" in texts[3]
