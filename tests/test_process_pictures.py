"""Dotted chart, variants and performance spectrum: what is drawn is what happened."""

from __future__ import annotations

import datetime as dt
import time
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from case_views import BY_HAND, MONDAY, many, texts, view
from invented_document import HOSTILE

from mining.dotted_chart import dotted_chart as all_dots
from mining.dotted_chart import sampled_dotted_chart
from mining.performance_spectrum import MOST_SEGMENTS, performance_spectrum
from mining.variants import variants
from mining.work_profile import work_profile
from o2c_sim.errors import LogError, UsageError
from reports.figures.canvas import figure_svg, new_figure
from reports.figures.dotted_chart import dotted_chart_picture
from reports.figures.performance_spectrum import performance_spectrum_picture
from reports.figures.value_axis import date_ticks
from reports.figures.variant_bars import variant_bars, variant_bars_picture
from reports.figures.work_heat_map import work_heat_map_picture
from reports.number_text import count_text, duration_text, share_text

MOST_MARKS = 2_000


def pictures(cases):
    """Return all four pictures of a view."""
    return [
        dotted_chart_picture(sampled_dotted_chart(cases)),
        variant_bars_picture(variants(cases)),
        performance_spectrum_picture(performance_spectrum(cases)),
        work_heat_map_picture(work_profile(cases)),
    ]


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
