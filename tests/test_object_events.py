"""The events of each object: equal to what plain loops over the tables find."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hand_log import build
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from mining import object_events
from mining.event_links import EventLinks as Links
from mining.kpis import measure
from mining.object_events import ObjectEvents
from mining.receivables import daily_flows
from o2c_sim import EventLog, LogError
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import TIME

ACTIVITIES = ["Call", "Bill", "Pay"]
NEVER = "Sing"
TYPES = ["order", "invoice"]
BEGIN = dt.datetime(2025, 1, 1)

Row = dict[str, Any]


@st.composite
def logs(draw: st.DrawFn) -> EventLog:
    """Return a small log whose relations repeat and dangle, and whose numbers may have gaps."""
    hours = st.integers(0, 4)
    events = draw(
        st.lists(
            st.tuples(
                st.sampled_from(ACTIVITIES),
                hours,
                st.none() | hours,
                st.sampled_from([True, False, None]),
                st.sampled_from([1.5, -2.0, 0.01, None]),
            ),
            min_size=1,
            max_size=12,
        )
    )
    kinds = [*TYPES, *draw(st.lists(st.sampled_from(TYPES), max_size=5))]
    pairs = draw(
        st.lists(st.tuples(st.integers(0, len(events)), st.integers(0, len(kinds))), max_size=30)
    )
    step, first = draw(st.sampled_from([(1, 0), (3, 5)]))

    def number(place: int) -> int:
        return place * step + first

    def moment(hour: int | None) -> dt.datetime | None:
        return None if hour is None else BEGIN + dt.timedelta(hours=hour)

    activity = draw(st.sampled_from([pl.Enum([*ACTIVITIES, NEVER]), pl.String]))
    return EventLog(
        events=pl.DataFrame(
            {
                "event": pl.Series(map(number, range(len(events))), dtype=pl.UInt32),
                "activity": pl.Series([row[0] for row in events], dtype=activity),
                "start": pl.Series([moment(row[2]) for row in events], dtype=TIME),
                "time": pl.Series([moment(row[1]) for row in events], dtype=TIME),
                "resource": pl.repeat(None, len(events), dtype=pl.String, eager=True),
                "role": pl.repeat(None, len(events), dtype=pl.String, eager=True),
                "automated": pl.Series([row[3] for row in events], dtype=pl.Boolean),
                "amount": pl.Series([row[4] for row in events], dtype=pl.Float64),
            }
        ),
        objects=pl.DataFrame(
            {
                "object": pl.Series(map(number, range(len(kinds))), dtype=pl.UInt32),
                "object_id": [f"o{place}" for place in range(len(kinds))],
                "type": pl.Series(kinds, dtype=pl.Enum(sorted(TYPES))),
            }
        ),
        event_objects=pl.DataFrame(
            {
                "event": pl.Series([number(event) for event, _ in pairs], dtype=pl.UInt32),
                "object": pl.Series([number(object_) for _, object_ in pairs], dtype=pl.UInt32),
                "qualifier": pl.repeat(None, len(pairs), dtype=pl.String, eager=True),
            }
        ),
    )


def plain_rows(log: EventLog, object_type: str) -> list[Row]:
    """Return the events of the objects of a type, each relation once, by loops."""
    events = {row["event"]: row for row in log.events.to_dicts()}
    of_type = {row["object"] for row in log.objects.to_dicts() if row["type"] == object_type}
    pairs = {(row["event"], row["object"]) for row in log.event_objects.to_dicts()}
    found = []
    for event, case in sorted(pairs):
        if event in events and case in of_type:
            row = dict(events[event], case=case)
            amount = row.pop("amount")
            row["cents"] = None if amount is None else round(amount * 100)
            found.append(row)
    return found


def plain_spans(rows: list[Row], activity: str) -> list[Row]:
    """Return when something first and last happened to each object, by loops."""
    found = []
    for case in sorted({row["case"] for row in rows if row["activity"] == activity}):
        own = [row for row in rows if row["activity"] == activity and row["case"] == case]
        found.append(
            {
                "case": case,
                "first": min(row["time"] for row in own),
                "last": max(row["time"] for row in own),
                "begun": min(row["start"] or row["time"] for row in own),
                "times": len(own),
                "cents": sum(row["cents"] or 0 for row in own),
            }
        )
    return found


@given(logs(), st.sampled_from(TYPES))
@settings(deadline=None)
def test_rows_and_spans_are_those_of_plain_loops(log: EventLog, object_type: str) -> None:
    """Sorting relations by activity finds what going through the tables finds."""
    view, expected = ObjectEvents(log), plain_rows(log, object_type)
    rows = view.rows(object_type)
    columns = ["case", "event", "activity", "start", "time", "automated", "cents"]
    plain = [{name: row[name] for name in columns} for row in expected]
    by = ["event", "case"]
    assert rows.sort(by).select(columns).to_dicts() == plain
    assert_frame_equal(view.related(object_type).sort(by), rows.sort(by).select(by))
    assert view.cases(object_type).to_list() == sorted({row["case"] for row in expected})
    some = view.of_activities(object_type, ("Pay", NEVER, "Call", "Pay")).sort(by)
    kept = [row for row in plain if row["activity"] in ("Pay", "Call")]
    assert some.select(columns).to_dicts() == kept
    for activity in (*ACTIVITIES, NEVER):
        spans = plain_spans(expected, activity)
        assert view.spans(object_type, activity).to_dicts() == spans


@given(logs(), st.sampled_from(TYPES), st.sampled_from(["first", "last", "begun", "times"]))
@settings(deadline=None)
def test_moments_are_the_spans_of_the_objects_asked_for(
    log: EventLog, object_type: str, which: str
) -> None:
    """In the order asked for, and null for what it never happened to."""
    view = ObjectEvents(log)
    cases = log.objects_of(object_type)["object"].reverse()
    for activity in (*ACTIVITIES, NEVER):
        spans = plain_spans(plain_rows(log, object_type), activity)
        known = {row["case"]: row[which] for row in spans}
        found = view.moments(object_type, activity, cases, which)
        assert found.to_list() == [known.get(case) for case in cases]


@given(logs(), st.sampled_from(TYPES))
@settings(deadline=None)
def test_the_earliest_of_some_events_of_each_object(log: EventLog, object_type: str) -> None:
    """Of those that a column of truth values marks, of which null is no."""
    cases = log.objects_of(object_type)["object"]
    times: dict[int, list[dt.datetime]] = {}
    for row in plain_rows(log, object_type):
        if row["automated"]:
            times.setdefault(row["case"], []).append(row["time"])
    found = ObjectEvents(log).earliest(object_type, log.events["automated"], cases)
    assert found.to_list() == [min(times[case]) if case in times else None for case in cases]


@given(logs())
@settings(deadline=None)
def test_events_of_activities_come_once_with_their_local_date(log: EventLog) -> None:
    """An event of several objects is one event; its date is the one on the company's clock."""
    zone = "America/New_York"
    abroad = EventLog(log.events, log.objects, log.event_objects, zone=zone)
    found = ObjectEvents(abroad).events(("Bill", NEVER))
    bills = [row for row in log.events.to_dicts() if row["activity"] == "Bill"]
    assert found["event"].to_list() == [row["event"] for row in bills]
    # New York is five hours behind in January.
    behind = [(row["time"] - dt.timedelta(hours=5)).date() for row in bills]
    assert_series_equal(found["date"], pl.Series("date", behind, dtype=pl.Date))


def test_readers_of_one_log_share_its_view(monkeypatch) -> None:
    """KPIs and daily flows of a view are those of its log, whose relations are sorted once."""
    log = build(
        [
            {
                "steps": [
                    (v.RECEIVE_ORDER, "03-03 10:00", None),
                    (v.CONFIRM_ORDER, "03-03 12:00", "system"),
                    (v.CREATE_INVOICE, "03-04 10:00", "system"),
                    (v.CLEAR_INVOICE, "03-20 10:00", "person"),
                ],
                "amount": 500,
                "due": "04-04",
            }
        ]
    )
    first, last = dt.date(2025, 3, 3), dt.date(2025, 3, 20)
    flows, kpis = daily_flows(log, first, last), measure(log)
    views = []
    monkeypatch.setattr(object_events, "EventLinks", lambda log: views.append(log) or Links(log))
    view = ObjectEvents(log)
    assert_frame_equal(daily_flows(view, first, last), flows)
    assert measure(view) == pytest.approx(kpis, nan_ok=True, rel=0)
    assert kpis["order_to_cash_mean_days"] == 17
    assert len(views) == 1


def test_a_type_that_does_not_occur_is_refused() -> None:
    """With the types that do."""
    log = EventLog(
        events=pl.DataFrame(
            schema={
                "event": pl.UInt32,
                "activity": pl.String,
                "start": TIME,
                "time": TIME,
                "resource": pl.String,
                "role": pl.String,
                "automated": pl.Boolean,
                "amount": pl.Float64,
            }
        ),
        objects=pl.DataFrame(
            {"object": pl.Series([0], dtype=pl.UInt32), "object_id": ["a"], "type": ["order"]}
        ),
        event_objects=pl.DataFrame(
            schema={"event": pl.UInt32, "object": pl.UInt32, "qualifier": pl.String}
        ),
    )
    view = ObjectEvents(log)
    assert view.rows("order").is_empty()
    assert view.spans("order", "Bill").is_empty()
    with pytest.raises(LogError, match="no objects of type 'ordr'"):
        view.rows("ordr")
