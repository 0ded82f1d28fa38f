"""Work by hour of the week, and its picture: what is shown is what happened."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import polars as pl
import pytest
from case_views import BY_HAND, many, starts, texts, view
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.work_profile import AUTOMATIC, NOT_RECORDED, work_profile
from o2c_sim.errors import UsageError
from reports.figures.work_heat_map import work_heat_map_picture


def cell(profile, group, hour, column):
    """Return one number of the first Monday."""
    row = profile.hours.filter(group=group, weekday=1, hour=hour)
    return row[column].item()


def test_the_week_by_hand():
    """The desk has case 0 in hand from 8 to 9 and case 1 from 9 to 9:30.

    Case 0 waits for the store from 9 to 12, and is in its hands until 12:30; case 1 waits from
    9:30 to 9:45 and is done at 10:00. Done at 9:00 and 9:30: two events of the hour from 9.
    """
    profile = work_profile(BY_HAND)
    assert (profile.by, profile.has_starts) == ("role", True)
    assert profile.groups.rows() == [("desk", 2, 1), ("store", 2, 1)]
    assert [cell(profile, "desk", h, "in_hand") for h in (8, 9, 10)] == [1.0, 0.5, 0.0]
    assert [cell(profile, "desk", h, "done") for h in (8, 9, 10)] == [0, 2, 0]
    waits = [cell(profile, "store", h, "waiting") for h in (8, 9, 10, 11, 12)]
    assert waits == [0.0, 1.25, 1.0, 1.0, 0.0]
    assert [cell(profile, "store", h, "in_hand") for h in (9, 10, 12)] == [0.25, 0.0, 0.5]
    assert np.isnan(cell(profile, "desk", 7, "done")), "the log does not reach that hour"
    assert profile.weeks == 5 / 168


def test_without_starts_waiting_holds_the_work_and_nothing_is_in_hand():
    """What cannot be told apart is said to be together."""
    profile = work_profile(BY_HAND.drop("start"))
    assert not profile.has_starts
    assert profile.hours["in_hand"].null_count() == profile.hours.height
    assert [cell(profile, "store", h, "waiting") for h in (9, 10, 11, 12)] == [1.5, 1, 1, 0.5]
    assert "work itself" in work_heat_map_picture(profile).caption


def test_two_weeks_are_averaged():
    """One event on the first Monday, two a week later: 1.5 in that hour."""
    cases = view([(0, "A", 8.5), (1, "A", 8.2 + 168), (2, "A", 8.7 + 168)])
    profile = work_profile(cases)
    assert cell(profile, "A", 8, "done") == 1.5
    assert cell(profile, "A", 9, "done") == 0.0


def naive_profile(cases):
    """Return done, in hand and waiting by (activity, slot), stepping through every minute."""
    rows = sorted(cases.rows(named=True), key=lambda row: (row["case"], row["time"], row["event"]))
    first = min(min(row["start"], row["time"]) for row in rows)
    hour = first.replace(minute=0, second=0, microsecond=0)
    last = max(row["time"] for row in rows)
    hours, total = {}, {}
    while hour <= last:
        slot = hour.weekday() * 24 + hour.hour
        hours[slot] = hours.get(slot, 0) + 1
        for minute in range(60):
            now = hour + dt.timedelta(minutes=minute)
            for before, row in zip([None, *rows], rows, strict=False):
                key = (row["activity"], slot)
                told = total.setdefault(key, [0.0, 0.0, 0.0])
                told[0] += row["time"] == now
                told[1] += (row["start"] <= now < row["time"]) / 60
                if before is not None and before["case"] == row["case"]:
                    told[2] += (before["time"] <= now < row["start"]) / 60
        hour += dt.timedelta(hours=1)
    return {
        (name, slot): [value / hours[slot] for value in told]
        for (name, slot), told in total.items()
    }


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from("AB"), st.integers(0, 900), st.integers(0, 90)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_the_week_agrees_with_stepping_through_every_minute(events):
    """On whole minutes, whatever overlaps."""
    rows = [(case, name, 9 + minute / 60) for case, name, minute, _ in events]
    moments = [9 + (minute - long) / 60 for _, _, minute, long in events]
    cases = view(rows, start=starts(moments)).with_columns(pl.col("time", "start").dt.round("1m"))
    profile = work_profile(cases, by="activity")
    found = {
        (row["group"], (row["weekday"] - 1) * 24 + row["hour"]): row
        for row in profile.hours.rows(named=True)
    }
    for key, told in naive_profile(cases).items():
        row = found[key]
        assert [row["done"], row["in_hand"], row["waiting"]] == pytest.approx(told, abs=1e-9)


def test_a_role_with_people_is_busy_by_the_share_of_them_that_has_work():
    """The desk of two people has one task in hand from 8 to 9; who has no people is left out."""
    profile = work_profile(BY_HAND, people={"desk": 2, "nobody": 0})
    assert profile.groups["group"].to_list() == ["desk"]
    assert [cell(profile, "desk", h, "busy") for h in (8, 9, 10)] == [0.5, 0.25, 0.0]
    picture = work_heat_map_picture(profile)
    assert [column.name for column in picture.data.columns][-2:] == ["Busy", "Waiting"]
    assert "peak 50\u202f%, Mon 08 h".replace("\u202f", " ") in texts(picture.figure())
    assert work_profile(BY_HAND, people={}).hours.is_empty()


def test_what_always_waits_is_told_beside_the_row_and_has_no_shade():
    """Two groups wait: one evenly, one only at night; the even one stays pale and says so."""
    rows = [(k, name, hour) for k, name in enumerate("AB") for hour in (0.0, 24.0 * 14)]
    profile = work_profile(view(rows))
    slots = np.arange(168)
    waiting = np.concatenate([np.where(slots == 3, 100.0, 95.0), 2.0 + (slots == 30)])
    made = dataclasses.replace(profile, hours=profile.hours.with_columns(waiting=waiting))
    figure = work_heat_map_picture(made).figure()
    assert {"95 to 100, even", "2.0 to 3.0, Tue 06 h"} <= set(texts(figure))
    shades = figure.axes[1].images[0].get_array()
    assert shades[0].max() == 0.0
    assert (shades[1].min(), shades[1].max(), shades[1].argmax()) == (0.0, 1.0, 30)


def test_the_smallest_groups_are_summed_up_and_nothing_is_lost():
    """The events done in all groups are those of the log, whatever is told apart."""
    cases = many(300, 9, names=[f"step {i}" for i in range(30)])
    profile = work_profile(cases, most=5)
    assert profile.groups["group"].to_list()[-1] == "all 26 others"
    assert profile.groups["events"].sum() == cases.height
    assert profile.groups["parts"].to_list() == [1, 1, 1, 1, 26]
    apart = work_profile(cases, most=99)
    for column in ("done", "waiting"):
        assert profile.hours[column].fill_nan(0).sum() == pytest.approx(
            apart.hours[column].fill_nan(0).sum()
        )


def test_an_event_of_several_cases_is_work_once_and_waiting_of_each():
    """One delivery of two orders."""
    cases = view([(0, "A", 9.0), (1, "A", 9.0), (0, "B", 11.0), (1, "B", 11.0)])
    cases = cases.with_columns(event=pl.Series([0, 1, 2, 2], dtype=pl.UInt32))
    profile = work_profile(cases)
    assert cell(profile, "B", 11, "done") == 1
    assert cell(profile, "B", 10, "waiting") == 2


def test_hours_are_those_of_the_companys_clock():
    """Nine o'clock UTC is ten past noon in Kolkata plus twenty minutes: 14:30."""
    profile = work_profile(view([(0, "A", 9.0), (0, "A", 9.6)]), "Asia/Kolkata")
    assert [cell(profile, "A", hour, "done") for hour in (14, 15)] == [1.0, 1.0]


def test_who_is_not_named_is_said_to_be():
    """Automatic steps apart from those that the log says nothing about."""
    cases = view(
        [(0, "A", 9.0), (0, "B", 10.0), (0, "C", 11.0)],
        role=pl.Series(["desk", None, None], dtype=pl.String),
        automated=[False, True, None],
    )
    assert set(work_profile(cases).groups["group"]) == {"desk", AUTOMATIC, NOT_RECORDED}
    with pytest.raises(UsageError, match="resource"):
        work_profile(cases, by="resource")
    with pytest.raises(UsageError, match="known"):
        work_profile(cases, by="moon")
