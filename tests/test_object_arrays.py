"""What is known of each object as arrays: equal to what plain loops over the tables find."""

import datetime as dt

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from test_object_events import ACTIVITIES, NEVER, TYPES, logs, plain_rows, plain_spans

from mining.event_links import matches
from mining.object_events import ObjectEvents
from mining.stretches import stretches
from o2c_sim import EventLog


def listed(moments):
    """Return moments as Python's, None where unknown."""
    return [None if moment is None else moment for moment in moments.tolist()]


@given(logs(), st.sampled_from(TYPES))
@settings(deadline=None)
def test_columns_of_spans_by_place(log, object_type):
    """A row for each object of the type, also for those that nothing happened to."""
    view = ObjectEvents(log)
    rows = plain_rows(log, object_type)
    objects = view.numbers_of(object_type).tolist()
    assert objects == sorted(log.objects_of(object_type)["object"].to_list())
    for activity in (*ACTIVITIES, NEVER):
        spans = {row["case"]: row for row in plain_spans(rows, activity)}
        known = [spans.get(number, {"times": 0, "cents": 0}) for number in objects]
        for which in ("first", "last", "begun"):
            found = view.when(object_type, activity, which)
            assert listed(found) == [row.get(which) for row in known]
        assert view.counts(object_type, activity).tolist() == [row["times"] for row in known]
        assert view.cents(object_type, activity).tolist() == [row["cents"] for row in known]
    either = {row["case"] for row in rows if row["activity"] in ("Pay", "Call")}
    happened = view.happened(object_type, "Pay", NEVER, "Call")
    assert happened.tolist() == [number in either for number in objects]


@given(logs(), st.sampled_from(TYPES))
@settings(deadline=None)
def test_stretches_are_those_of_a_walk_through_each_object(log, object_type):
    """From the first opening to the next end, or to nothing."""
    view = ObjectEvents(log)
    objects = view.numbers_of(object_type).tolist()
    expected = []
    for place, number in enumerate(objects):
        opened = None
        mine = [row for row in plain_rows(log, object_type) if row["case"] == number]
        for row in sorted(mine, key=lambda row: (row["time"], row["event"])):
            if row["activity"] == "Bill" and opened is None:
                opened = row["time"]
            elif row["activity"] == "Pay" and opened is not None:
                expected.append((place, opened, row["time"]))
                opened = None
        if opened is not None:
            expected.append((place, opened, None))
    found = stretches(view, object_type, "Bill", ("Pay", NEVER))
    columns = (found.place.tolist(), listed(found.first), listed(found.last))
    assert list(zip(*columns, strict=True)) == expected
    ended = found.where(~np.isnat(found.last))
    assert ended.place.size == sum(last is not None for *_, last in expected)


def test_attributes_stand_by_place_whatever_the_order_of_the_objects():
    """Of an object told twice the last row counts; what none of the type has is no attribute."""
    objects = pl.DataFrame(
        {
            "object": pl.Series([7, 3, 5, 3], dtype=pl.UInt32),
            "object_id": ["a", "b", "c", "b"],
            "type": ["order", "order", "invoice", "order"],
            "value": [70.0, 1.0, None, 30.0],
            "due": [None, None, dt.date(2025, 3, 3), None],
        }
    )
    log = EventLog(
        events=pl.DataFrame(
            {
                "event": pl.Series([0], dtype=pl.UInt32),
                "activity": ["Bill"],
                "start": pl.Series([None], dtype=pl.Datetime("us")),
                "time": pl.Series([dt.datetime(2025, 3, 3)], dtype=pl.Datetime("us")),
                "resource": ["a"],
                "role": ["a"],
                "automated": [True],
                "amount": [1.0],
            }
        ),
        objects=objects,
        event_objects=pl.DataFrame(
            {
                "event": pl.Series([0, 0], dtype=pl.UInt32),
                "object": pl.Series([7, 5], dtype=pl.UInt32),
            }
        ),
    )
    view = ObjectEvents(log)
    assert view.numbers_of("order").tolist() == [3, 7]
    value = view.attribute("order", "value")
    assert value is not None
    assert value.to_list() == [30, 70]
    assert view.attribute("order", "due") is None
    assert view.attribute("order", "colour") is None
    assert view.attribute("invoice", "value") is None


NUMBERS = st.lists(st.integers(0, 6), max_size=8)


@given(NUMBERS, NUMBERS, st.sampled_from([np.uint32, np.intp]))
def test_matches_are_the_pairs_of_a_loop(left, right, dtype):
    """By place on the left, then on the right."""
    here, there = matches(np.array(left, dtype), np.array(right, dtype))
    expected = [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b]
    assert list(zip(here.tolist(), there.tolist(), strict=True)) == expected
