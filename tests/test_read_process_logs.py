"""Logs of the process-simulation literature, whatever their columns are called."""

from __future__ import annotations

import datetime as dt

import pytest

from mining.read import read_log
from mining.validation.event_table import event_table

START = dt.datetime(2023, 3, 14, 8)
HEADERS = (
    "case_id,activity,resource,start_time,end_time",
    "caseid,task,user,start_timestamp,end_timestamp",
    "case:concept:name,concept:name,org:resource,start_timestamp,time:timestamp",
    "Case ID,Activity,Resource,Start Timestamp,Complete Timestamp",
    "CaseID,Activity,Resource,StartTimestamp,EndTimestamp",
    "CaseId,ActivityName,ResourceName,StartTime,CompleteTime",
    "Case_ID,Task,Originator,start date,end date",
    "case,event,agent,start,end",
    "caseid,task,user,start,complete",
    "trace,activity,resource,started,completed",
    "case_id,activity_name,worker,start_datetime,end_datetime",
    "case_id,Activity,Resource,activity_start,activity_end",
    "case_id,activity,resource,timestamp_start,timestamp_end",
    "case_id,activity,resource,begin,finish",
    " case_id , activity , resource , start:timestamp , time:timestamp ",
)


def rows(form="%Y-%m-%dT%H:%M:%S.000", people=("7.0", "NaN", "")):
    """Return ten cases of three activities, two hours apart, half an hour long."""
    return [
        (str(case), name, people[place % len(people)], *(at.strftime(form) for at in (begin, end)))
        for case in range(10)
        for place, name in enumerate(("Open it", "Work on", "Close up"))
        for begin in (START + dt.timedelta(days=case, hours=2 * place),)
        for end in (begin + dt.timedelta(minutes=30),)
    ]


def table_of(tmp_path, header, cells, *, extra=""):
    """Write a log and read it without any setting."""
    path = tmp_path / "log.csv"
    more = "," + extra if extra else ""
    lines = [header, *(",".join(row) + more for row in cells)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return event_table(read_log(path))


@pytest.mark.parametrize("header", HEADERS)
def test_usual_headers_need_no_settings(header, tmp_path):
    """Case, activity, person, start and end are found; extra columns do not disturb."""
    found = table_of(tmp_path, header + ",Span,Work Order  Qty", rows(), extra="000:30,5")
    assert found.height == 30
    assert found.row(0) == (
        "0", "Open it", START, START + dt.timedelta(minutes=30), "7.0", 0
    )  # fmt: skip
    assert found["resource"].null_count() == 20
    assert ((found["time"] - found["start"]) == dt.timedelta(minutes=30)).all()


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S.000", "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%d %H:%M:%S.000000+00:00", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p",
        "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S.000000000",
    ],
)  # fmt: skip
def test_usual_stamps_need_no_settings(form, tmp_path):
    """Start and end are read alike, without a zone as UTC."""
    found = table_of(tmp_path, HEADERS[0], rows(form))
    assert found["start"].min() == START
    assert ((found["time"] - found["start"]) == dt.timedelta(minutes=30)).all()


def test_stamps_of_several_forms_in_one_column(tmp_path):
    """With and without fractions, with and without an offset, in the file's own order."""
    plain, fraction, offset = (
        rows(form)
        for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.123456", "%Y-%m-%dT%H:%M:%S+01:00")
    )
    mixed = [(plain, fraction, offset)[n % 3][n] for n in range(30)]
    found = table_of(tmp_path, HEADERS[0], mixed)
    assert found["start"][0] == START
    assert found["start"][1] == START + dt.timedelta(hours=2, microseconds=123_456)
    assert found["start"][2] == START + dt.timedelta(hours=4 - 1)


def test_starts_after_ends_duplicates_and_an_unnamed_index(tmp_path):
    """Everything is kept as it is; what is odd is not mended."""
    odd = [(row[0], row[1], row[2], row[4], row[3]) for row in rows()]
    found = table_of(tmp_path, HEADERS[0], [*odd, odd[0]])
    assert found.height == 31
    assert (found["start"] > found["time"]).all()
    numbered = [(str(n), *row) for n, row in enumerate(rows())]
    assert table_of(tmp_path, "," + HEADERS[0], numbered)["case"].n_unique() == 10


def test_a_start_stands_for_an_end_that_is_left_empty(tmp_path):
    """An activity that was begun happened; without either stamp the row is refused."""
    cells = [(*row[:4], "") if n == 4 else row for n, row in enumerate(rows())]
    path = tmp_path / "log.csv"
    found = table_of(tmp_path, HEADERS[0], cells)
    assert found["time"][4] == found["start"][4] == START + dt.timedelta(days=1, hours=2)
    assert "1 events have a start and no end: the start stands for both" in read_log(path).notes


def test_starts_and_completions_in_rows_of_their_own(tmp_path):
    """As in XES, the first completion closes the first start; the rest is said in a note."""
    halves = []
    for case, activity, _, begin, end in rows():
        halves += [(case, activity, "schedule", begin), (case, activity, "start", begin)]
        halves += [(case, activity, "COMPLETE", end)]
    header = "case_id,activity,lifecycle:transition,timestamp"
    found = table_of(tmp_path, header, [*halves, ("9", "Open it", "start", halves[0][3])])
    assert found.height == 30
    assert ((found["time"] - found["start"]) == dt.timedelta(minutes=30)).all()
    notes = " ".join(read_log(tmp_path / "log.csv").notes)
    assert "30 of 30 completions paired with their start; left out: 1 starts without" in notes


def test_a_fault_behind_paired_rows_is_named_by_its_line(tmp_path):
    """The line of the file, not of the table after pairing."""
    header = "case_id,activity,lifecycle:transition,timestamp"
    cells = [
        ("1", "a", "start", "2024-01-01 08:00:00"),
        ("1", "a", "complete", "2024-01-01 09:00:00"),
    ]
    cells += [("1", "b", "start", "2024-01-01 08:00:00"), ("1", "b", "complete", "noon")]
    cells = [*cells[:2] * 5, *cells[2:]]
    with pytest.raises(Exception, match="row 13: 'noon'"):
        table_of(tmp_path, header, cells)


def test_a_contract_that_starts_is_no_activity_that_starts(tmp_path):
    """Only names that say nothing else are taken for starts and ends of activities."""
    header = "case_id,activity,resource,contract start date,timestamp"
    path = tmp_path / "log.csv"
    table_of(tmp_path, header, rows())
    assert read_log(path).mapping.start is None
