"""The exchange format: what is required, the case view, and the way to disk and back."""

import json

import polars as pl
import pytest
from hand_log import build

from o2c_sim import EventLog, LogError, read_folder
from o2c_sim import vocabulary as v
from o2c_sim.errors import Problem
from o2c_sim.eventlog import TABLES, are_row_numbers

STEPS = [(v.RECEIVE_ORDER, "03-03 10:00", None), (v.CONFIRM_ORDER, "03-03 12:00", "system")]


@pytest.fixture
def two_orders():
    """Two orders whose events alternate, and one invoice."""
    later = [(a, when.replace(":00", ":30"), who) for a, when, who in STEPS]
    bill = (v.CREATE_INVOICE, "03-04 10:00", "system")
    return build([{"steps": [*STEPS, bill], "amount": 5, "due": "04-04"}, {"steps": later}])


def test_the_case_view_is_sorted_by_case_and_time(two_orders):
    """Each order's events together, in time, in the order of recording among equals."""
    rows = two_orders.flatten("order").select("case", pl.col("activity").cast(pl.String)).rows()
    assert rows == [
        (0, "Receive Order"), (0, "Confirm Order"), (0, "Create Invoice"),
        (1, "Receive Order"), (1, "Confirm Order"),
    ]  # fmt: skip


def test_an_event_of_two_objects_is_in_both_cases(two_orders):
    """Convergence: one event of two orders is one row in each; related twice, still one."""
    extra = pl.DataFrame(
        {"event": [4, 4], "object": [1, 1], "qualifier": ["order", "customer"]},
        schema=two_orders.event_objects.schema,
    )
    log = EventLog(
        two_orders.events, two_orders.objects, pl.concat([two_orders.event_objects, extra])
    )
    cases = log.flatten("order").filter(pl.col("event") == 4)["case"].to_list()
    assert cases == [0, 1]


def test_tables_in_parts_are_flattened_as_whole_ones(two_orders):
    """A table read from a large file lies in several parts; one may also be numbered anew."""
    halves = pl.concat([two_orders.events[:2], two_orders.events[2:]], rechunk=False)
    assert halves.n_chunks() == 2
    parts = EventLog(halves, two_orders.objects, two_orders.event_objects)
    assert parts.flatten("order").equals(two_orders.flatten("order"))
    assert are_row_numbers(halves["event"])
    twice = pl.concat([two_orders.events["event"], two_orders.events["event"]], rechunk=False)
    assert not are_row_numbers(twice)


def test_objects_of_a_type_have_only_its_attributes(two_orders):
    """Invoices have an amount; orders of this log have none."""
    assert two_orders.objects_of("invoice").columns == [
        "object", "object_id", "type", "amount", "due_date",
    ]  # fmt: skip
    assert two_orders.objects_of("order").columns == ["object", "object_id", "type"]
    assert two_orders.object_types == ("invoice", "order")
    assert two_orders.activities == ("Confirm Order", "Create Invoice", "Receive Order")


@pytest.mark.parametrize("method", ["flatten", "objects_of"])
def test_an_unknown_type_is_named_with_those_there_are(two_orders, method):
    """With a suggestion."""
    with pytest.raises(LogError) as caught:
        getattr(two_orders, method)("oder")
    (problem,) = caught.value.problems
    assert problem.allowed == "invoice, order"
    assert problem.suggestion == "did you mean 'order'?"


def test_tables_of_another_shape_are_refused_all_at_once(two_orders):
    """A missing column and a wrong type in one message."""
    events = two_orders.events.drop("role").with_columns(pl.col("event").cast(pl.Int64))
    with pytest.raises(LogError) as caught:
        EventLog(events, two_orders.objects.drop("type"), two_orders.event_objects)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "no column 'role'" in text
    assert "events.event is Int64" in text
    assert "objects table has no column 'type'" in text


def test_written_and_read_back_it_is_the_same(two_orders, tmp_path):
    """All tables, zone and source."""
    log = EventLog(
        two_orders.events,
        two_orders.objects,
        two_orders.event_objects,
        zone="Asia/Tokyo",
        source="x",
    )
    back = read_folder(log.write(tmp_path / "log"))
    for name in TABLES:
        assert getattr(back, name).equals(getattr(log, name))
        assert getattr(back, name).schema == getattr(log, name).schema
    assert (back.zone, back.source) == ("Asia/Tokyo", "x")


def test_a_damaged_folder_is_a_log_error(two_orders, tmp_path):
    """Missing tables, each named; text for Parquet; another format version; damaged JSON."""
    folder = two_orders.write(tmp_path / "log")
    about = folder / "log.json"
    good = about.read_text()
    about.write_text(json.dumps({**json.loads(good), "format_version": 99}))
    with pytest.raises(LogError, match="format version 99"):
        read_folder(folder)
    for text in ("{", "[]", "3", "{}"):
        about.write_text(text)
        with pytest.raises(LogError):
            read_folder(folder)
    about.write_text(json.dumps({"format_version": 1}))
    with pytest.raises(LogError):
        read_folder(folder)
    about.write_text(good)
    (folder / "objects.parquet").write_text("not Parquet")
    with pytest.raises(LogError, match="cannot be read"):
        read_folder(folder)
    (folder / "objects.parquet").unlink()
    (folder / "events.parquet").unlink()
    with pytest.raises(LogError) as caught:
        read_folder(folder)
    assert [problem.message for problem in caught.value.problems] == [
        "events.parquet is missing",
        "objects.parquet is missing",
    ]


def test_a_problem_is_one_to_three_lines():
    """Place and message; what is allowed; what to try."""
    problem = Problem("wrong", where="x.yaml:3", allowed="right", suggestion="this")
    assert str(problem) == "x.yaml:3: wrong\n  allowed: right\n  try: this"
    assert str(Problem("wrong")) == "wrong"
