"""Dotted chart, variants, performance spectrum and the week: what is drawn is what happened."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_document import HOSTILE

from mining.dotted_chart import dotted_chart as all_dots
from mining.dotted_chart import sampled_dotted_chart
from mining.performance_spectrum import MOST_SEGMENTS, performance_spectrum
from mining.variants import variants
from mining.work_profile import AUTOMATIC, NOT_RECORDED, work_profile
from o2c_sim.errors import LogError, UsageError
from reports.figures.canvas import figure_svg, new_figure
from reports.figures.dotted_chart import dotted_chart_picture
from reports.figures.performance_spectrum import performance_spectrum_picture
from reports.figures.value_axis import date_ticks
from reports.figures.variant_bars import variant_bars, variant_bars_picture
from reports.figures.work_heat_map import work_heat_map_picture
from reports.number_text import count_text, duration_text, share_text

MONDAY = dt.datetime(2024, 1, 1)
MOST_MARKS = 2_000


def view(rows, **columns):
    """Return a case view of (case, activity, hours since Monday midnight, ...)."""
    return pl.DataFrame(
        {
            "case": pl.Series([row[0] for row in rows], dtype=pl.UInt32),
            "event": pl.Series(range(len(rows)), dtype=pl.UInt32),
            "activity": pl.Series([row[1] for row in rows], dtype=pl.String),
            "time": pl.Series(
                [MONDAY + dt.timedelta(hours=row[2]) for row in rows], dtype=pl.Datetime("us")
            ),
            **columns,
        }
    )


def starts(hours):
    """Return start times for a view."""
    return pl.Series([MONDAY + dt.timedelta(hours=h) for h in hours], dtype=pl.Datetime("us"))


def pictures(cases):
    """Return all four pictures of a view."""
    return [
        dotted_chart_picture(sampled_dotted_chart(cases)),
        variant_bars_picture(variants(cases)),
        performance_spectrum_picture(performance_spectrum(cases)),
        work_heat_map_picture(work_profile(cases)),
    ]


def texts(figure):
    """Return every text of a figure."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


def many(cases, steps, names="ABCDEFG", seed=1):
    """Return a view of random walks with skewed waits."""
    made = np.random.default_rng(seed)
    rows = []
    for case in range(cases):
        at = float(made.uniform(0, 4000))
        for _ in range(int(made.integers(1, steps))):
            rows.append((case, names[int(made.integers(len(names)))], at))
            at += float(made.lognormal(2, 2))
    return view(rows)


BY_HAND = view(
    [(0, "A", 9.0), (0, "B", 12.5), (1, "A", 9.5), (1, "B", 10.0)],
    start=starts([8.0, 12.0, 9.0, 9.75]),
    role=["desk", "store", "desk", "store"],
)


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


@pytest.mark.parametrize("days", [0.0001, 0.1, 1, 3, 40])
def test_no_date_stands_twice_below_an_axis(days):
    """A time axis of hours tells the time, one of days the date."""
    figure = new_figure(9.2, 2.0)
    axes = figure.subplots()
    axes.set_xlim(19_723.4, 19_723.4 + days)
    date_ticks(axes, most=7)
    figure.draw_without_rendering()
    shown = [tick.label1.get_text() for tick in axes.xaxis.get_major_ticks()]
    assert len(set(shown)) == len(shown) > 1
    assert shown[0].startswith("2024-01-")


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


def test_a_view_without_its_columns_is_refused():
    """With the columns that are missing."""
    for measure in (work_profile, performance_spectrum, sampled_dotted_chart):
        with pytest.raises(LogError, match="activity"):
            measure(BY_HAND.drop("activity"))


def test_the_spectrum_by_hand():
    """Four passages of 1, 2, 3 and 10 hours: one in each quarter."""
    rows = [
        row for case, hours in enumerate((1, 2, 3, 10))
        for row in ((case, "A", case), (case, "B", case + hours))
    ]  # fmt: skip
    spectrum = performance_spectrum(view(rows))
    assert spectrum.activities == ("A", "B")
    assert spectrum.segments.row(0) == (1, "A", "B", 4, 4, 1.75, 2.5, 4.75, 10.0)
    assert spectrum.lines["hours"].to_list() == [1, 2, 3, 10]
    assert spectrum.lines["quarter"].to_list() == [1, 2, 3, 4]
    assert spectrum.lines["start"][0] == MONDAY


def test_the_spectrum_has_every_passage_where_they_fit():
    """As a plain loop over the cases finds them."""
    cases = many(60, 8, names="ABC")
    spectrum = performance_spectrum(cases)
    wanted = {
        (row["source"], row["target"]): row["segment"] for row in spectrum.segments.to_dicts()
    }
    found = []
    for case in sorted(cases["case"].unique()):
        own = cases.filter(case=case).sort("time", "event").rows(named=True)
        found += [
            (wanted[pair], case, first["time"], then["time"])
            for first, then in pairwise(own)
            if (pair := (first["activity"], then["activity"])) in wanted
        ]
    assert sorted(found) == sorted(spectrum.lines.select("segment", "case", "start", "end").rows())


def test_a_long_spectrum_is_sampled_evenly_and_measured_whole():
    """The counts are of all passages, first to last of the sample spread over all."""
    cases = view(
        [row for case in range(5000) for row in ((case, "A", case), (case, "B", case + 2))]
    )
    spectrum = performance_spectrum(cases, most_lines=500)
    assert spectrum.segments["count"].item() == 5000
    assert spectrum.segments["shown"].item() == spectrum.lines.height == 500
    gaps = spectrum.lines["start"].diff().drop_nulls().unique()
    assert gaps.to_list() == [dt.timedelta(hours=10)]
    with pytest.raises(UsageError, match="1 or more"):
        performance_spectrum(cases, most_lines=0)


def test_a_long_path_keeps_the_segments_that_take_most_time():
    """Twelve steps, each longer than the one before: the last eight stay, in their order."""
    at, rows = 0.0, []
    for step in range(13):
        rows.append((0, f"s{step:02}", at))
        at += step + 1
    spectrum = performance_spectrum(view(rows))
    assert spectrum.segments["source"].to_list() == [f"s{i:02}" for i in range(4, 12)]
    assert spectrum.segments.height == MOST_SEGMENTS
    assert "take most time" in performance_spectrum_picture(spectrum).caption


def test_named_segments_are_drawn_even_where_nothing_passes():
    """And said to have been passed 0 times."""
    spectrum = performance_spectrum(BY_HAND, segments=[("A", "B"), ("B", "A")])
    assert spectrum.segments["count"].to_list() == [2, 0]
    drawn = texts(performance_spectrum_picture(spectrum).figure())
    assert any(text.startswith("0 times") for text in drawn)


def test_small_logs_show_every_dot():
    """As the dotted chart itself has them."""
    sample = sampled_dotted_chart(BY_HAND)
    assert sample.dots.equals(all_dots(BY_HAND))
    assert (sample.cases, sample.events, sample.shown_cases) == (2, 4, 2)
    picture = dotted_chart_picture(sample)
    assert "All cases and events are shown." in picture.caption
    assert [row[2].value for row in picture.data.rows] == sample.dots["time"].to_list()


def test_large_logs_show_whole_cases_evenly_spaced():
    """Every event of a case that is shown, and the caption says how many are."""
    cases = many(2000, 14)
    sample = sampled_dotted_chart(cases)
    assert 0.8 * MOST_MARKS < sample.dots.height <= MOST_MARKS
    sizes = cases.group_by("case").len()
    shown = sample.dots.group_by("case").len()
    assert shown.join(sizes, on=["case", "len"]).height == shown.height
    first = cases.group_by("case").agg(pl.col("time").min()).sort("time", "case").with_row_index()
    places = first.join(shown, on="case")["index"].sort()
    assert places.diff().drop_nulls().unique().len() <= 2, "evenly spaced"
    caption = dotted_chart_picture(sample).caption
    assert f"{count_text(sample.dots.height)} of {count_text(cases.height)} events" in caption


def test_one_endless_case_is_thinned():
    """It has more events than can be told apart."""
    sample = sampled_dotted_chart(view([(0, "A", hour) for hour in range(5000)]))
    assert 1000 < sample.dots.height <= MOST_MARKS


def test_every_dot_of_the_figure_is_one_of_the_data():
    """Colour and form tell activities apart; the rest is one of its own."""
    sample = sampled_dotted_chart(many(40, 9, names=[f"n{i}" for i in range(20)]))
    figure = dotted_chart_picture(sample).figure()
    drawn = [len(layer.get_offsets()) for layer in figure.axes[0].collections]
    assert sum(drawn) == sample.dots.height
    assert "10 other activities" in texts(figure)


def test_variant_bars_show_every_number():
    """Count, share and median of each, the rest summed; the shares come to 1."""
    table = variants(many(400, 5, names="ABC"))
    picture = variant_bars_picture(table)
    rows = picture.data.rows
    assert sum(row[1].value for row in rows) == 400
    assert sum(row[2].value for row in rows) == pytest.approx(1.0)
    assert rows[-1][0].text == f"{table.height - 15} other variants"
    drawn = texts(picture.figure())
    for row, told in zip(rows[:-1], table.rows(named=True), strict=False):
        assert (row[1].value, row[2].value, row[3].value) == (
            told["count"], told["share"], told["median_hours"]
        )  # fmt: skip
        share = share_text(told["share"], 1 if told["share"] < 0.1 else 0)
        assert f"{count_text(told['count'])} ({share})" in drawn
        assert duration_text(told["median_hours"]) in drawn


def test_a_chip_is_the_number_of_its_activity():
    """Repeats are drawn together; the middle of a long variant is left out and counted."""
    names = [f"s{i:02}" for i in range(30)]
    table = variants(view([(0, name, i) for i, name in enumerate([*names, "s29", "s29"])]))
    drawn = texts(variant_bars(table))
    # 15.2 less 1.9 for the gap and 2.4 for the last two leave room for ten.
    assert "\u2026 +18" in drawn
    assert "30\u00d73" in drawn
    assert {"1", "10", "29"} <= set(drawn)
    assert len([name for name in names if name in drawn]) == 30, "the key names all"


@pytest.mark.parametrize("name", ["empty", "one event", "one case", "hostile", "crowded"])
def test_pictures_stay_whole_at_the_edges(name):
    """Nothing, one, hostile names, 40 activities: well-formed, captioned, nothing outside."""
    legible = [text for text in HOSTILE if "\ud800" not in text and len(text) < 1000]
    cases = {
        "empty": view([]),
        "one event": view([(0, "A", 1)]),
        "one case": view([(0, "A", 1), (0, "B", 3), (0, "A", 90)]),
        "hostile": many(50, 20, names=[*legible, "x" * 500, "many words " * 46]),
        "crowded": many(300, 30, names=[f"A rather long name of step {i}" for i in range(40)]),
    }[name]
    for picture in pictures(cases):
        figure = picture.figure()
        svg = figure_svg(figure, title=picture.title, identifier="p")
        ET.fromstring(svg)
        assert len(svg) < 400_000
        assert picture.caption.endswith(".")
        assert picture.alternative.endswith(".")
        assert len(picture.alternative) < 2500
        assert len(picture.data.rows) <= MOST_MARKS
        inside(figure)


def inside(figure):
    """Assert that no text is cut off at the edge of the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    width, height = figure.bbox.size
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text.get_in_layout():
            box = text.get_window_extent(renderer)
            if box.x1 < 0 or box.y1 < 0 or box.x0 > width or box.y0 > height:
                continue  # ticks outside of the axes are not drawn
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= width + 1, text.get_text()
            assert box.y0 >= -1, text.get_text()
            assert box.y1 <= height + 1, text.get_text()


def test_pictures_of_a_large_log_are_quick():
    """150,000 events: measured and drawn in seconds, bounded marks."""
    made = np.random.default_rng(3)
    cases, steps = 25_000, 6
    begin = np.repeat(made.uniform(0, 8000, cases), steps)
    waits = made.lognormal(1, 2, (cases, steps)).cumsum(axis=1).ravel()
    moments = (begin + waits) * 3_600_000_000
    large = pl.DataFrame(
        {
            "case": np.repeat(np.arange(cases, dtype=np.uint32), steps),
            "event": np.arange(cases * steps, dtype=np.uint32),
            "activity": np.array([f"s{i}" for i in range(20)])[made.integers(0, 20, cases * steps)],
            "time": pl.Series(moments.astype(np.int64)).cast(pl.Datetime("us")),
        }
    )
    began = time.perf_counter()
    drawn = [picture.figure() for picture in pictures(large)]
    assert len(drawn) == 4
    assert time.perf_counter() - began < 15
