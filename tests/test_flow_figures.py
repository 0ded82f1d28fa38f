"""Pictures of the flow: the numbers are those measured, names are inert, nothing is cut off."""

import re
from functools import lru_cache
from itertools import pairwise

import polars as pl
import pytest

pytest.importorskip("matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from mining.flow.ageing import ageing_wip
from mining.flow.cumulative_flow import cumulative_flow
from mining.flow.cycle_time import cycle_times
from mining.flow.items import items
from mining.flow.time_chart import time_chart
from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from reports.figures.ageing_wip import ageing_wip_picture
from reports.figures.canvas import figure_svg
from reports.figures.cumulative_flow import cumulative_flow_picture
from reports.figures.cycle_time_scatter import cycle_time_scatter_picture
from reports.figures.flow_words import counted, days_text, noun
from reports.figures.time_chart import time_chart_picture, time_chart_weeks_picture
from reports.number_text import count_text
from tests import real_logs
from tests.case_logs import case_log
from tests.invented_document import HOSTILE
from tests.small_company import small

PICTURES = (
    cycle_time_scatter_picture,
    ageing_wip_picture,
    cumulative_flow_picture,
    time_chart_picture,
    time_chart_weeks_picture,
)
ORDER = [(v.CREATE_SALES_ORDER, 0.0), (v.CREATE_DELIVERY, 30.0), (v.POST_GOODS_ISSUE, 50.0)]
# A log cannot hold half a surrogate pair; longer names are a matter of the reader.
KNOWABLE = [name[:500] for name in HOSTILE if "lone" not in name]
LEAST_POINTS = 7.5
MOST_MARKS = 2_000


def hostile_log():
    """Return a log whose activities and cases all have hostile names."""
    names = [*KNOWABLE, "$a_b$ % \\ # {q}"]
    cases = {
        f"{names[k % len(names)]}{k}": [
            (name, 30.0 * k + 11.0 * place * (1 + k % 4))
            for place, name in enumerate(names[: 3 if k % 5 == 0 else None])
        ]
        for k in range(45)
    }
    return case_log(cases)


@lru_cache(maxsize=8)
def known(which):
    """Return the items of a kind of log."""
    if which == "simulated":
        return items(simulate(small(), seed=1, window=Window(5, 40, 40)).log, v.ORDER)
    if which == "business days":
        cases = {f"o{k}": [(name, 8000 * hours) for name, hours in ORDER] for k in range(3)}
        return items(case_log({**cases, "p": ORDER[:1]}), "order", clock="business")
    if which == "hostile":
        return items(hostile_log(), "order")
    if which == "one":
        return items(case_log({"o": ORDER}), "order")
    if which == "none done":
        return items(
            case_log({"o": ORDER, "p": ORDER[:1]}), "order", closing=[v.CREATE_SALES_ORDER]
        )
    if which == "all open":
        log = case_log({"o": ORDER[:1], "p": ORDER[:2], "q": [*ORDER[:2], ORDER[1]]})
        return items(log, "order", closing=[v.CREATE_DELIVERY], as_of=log.events["time"].min())
    return items(real_logs._event_log(which), "order_line")


KINDS = (
    "simulated",
    "business days",
    "hostile",
    "one",
    "none done",
    "all open",
    real_logs.MANUFACTURING,
)


def boxes_of(figure):
    """Return what is written in a figure with its box in pixels, and the sizes of the letters.

    Ticks that Matplotlib keeps beyond the limits are not drawn; so each axis is one box.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    axes = [axis for each in figure.axes for axis in (each.xaxis, each.yaxis)]
    ticks = {
        id(label)
        for axis in axes
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
    }
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    sizes = [(text.get_text(), text.get_fontsize()) for text in texts]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts if id(t) not in ticks]
    around = [("axis", axis.get_tightbbox(renderer)) for axis in axes]
    return [*boxes, *((name, box) for name, box in around if box is not None)], sizes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picture_of", PICTURES)
def test_no_text_is_cut_off_or_too_small(picture_of, kind):
    """Every text lies within its figure, at a size that can be read in print."""
    figure = picture_of(known(kind)).figure()
    width, height = figure.get_size_inches() * figure.dpi
    boxes, sizes = boxes_of(figure)
    for told in boxes:
        assert told[1].x0 >= -1, told
        assert told[1].x1 <= width + 1, told
        assert told[1].y0 >= -1, told
        assert told[1].y1 <= height + 1, told
    assert min(size for _, size in sizes) >= LEAST_POINTS, sizes


@pytest.mark.parametrize("picture_of", PICTURES)
def test_names_are_inert_and_kept(picture_of):
    """No element comes of a name, mathematics is not set, the table holds the name as it is."""
    picture = picture_of(known("hostile"))
    svg = figure_svg(picture.figure(), title=picture.title, identifier="p")
    assert "<script" not in svg
    assert svg.count("<svg") == 1
    assert picture.caption
    assert picture.alternative
    if picture_of is time_chart_picture:
        cards = time_chart(known("hostile")).cards["name"].to_list()
        assert [row[0].text for row in picture.data.rows] == cards


@pytest.mark.parametrize("kind", ["simulated", real_logs.MANUFACTURING])
@pytest.mark.parametrize("picture_of", PICTURES)
def test_pictures_of_long_logs_stay_small(picture_of, kind):
    """Marks and rows are bounded, whatever the length of the log."""
    picture = picture_of(known(kind))
    assert len(picture.data.rows) <= MOST_MARKS + 60
    for axes in picture.figure().axes:
        marks = sum(
            len(drawn.get_offsets()) for drawn in axes.collections if hasattr(drawn, "get_sizes")
        )
        assert marks <= MOST_MARKS


@pytest.mark.parametrize("picture_of", PICTURES)
def test_rows_have_a_cell_for_each_column_and_native_charts_name_columns(picture_of):
    """What a workbook draws is in the table, by its name."""
    picture = picture_of(known("simulated"))
    heads = [column.name for column in picture.data.columns]
    assert len(set(heads)) == len(heads)
    assert all(len(row) == len(heads) for row in picture.data.rows)
    if picture.chart is not None:
        assert {picture.chart.x, *picture.chart.series} <= set(heads)


def test_scatter_draws_the_points_and_percentiles_of_its_table():
    """Dots and dashed lines at the values that were measured, which are those in the table."""
    found = known("simulated")
    times = cycle_times(found)
    picture = cycle_time_scatter_picture(found)
    values = [row[1].value for row in picture.data.rows]
    assert values == [*times.percentiles.values(), *times.points["days"].to_list()]
    axes = picture.figure().axes[0]
    heights = sorted(float(line.get_ydata()[0]) for line in axes.lines)
    assert heights == sorted(times.percentiles.values())
    drawn = sorted(float(y) for dots in axes.collections for _, y in dots.get_offsets())
    assert drawn == pytest.approx(sorted(times.points["days"].to_list()))
    labels = {text.get_text() for text in axes.texts}
    assert f"85 %  {days_text(times.percentiles[85], found.clock)}" in labels
    assert sum(dots.get_paths()[0].vertices.shape[0] > 0 for dots in axes.collections) == 2


def test_outliers_make_the_axis_logarithmic():
    """Of 41 items one takes 100 times as long: the others can still be told apart."""
    cases = {f"o{k}": [(n, h + k) for n, h in ORDER] for k in range(40)}
    plain = items(case_log(cases), "order")
    slow = [(name, 100 * hours) for name, hours in ORDER]
    skewed = items(case_log({**cases, "slow": slow}), "order")
    assert cycle_time_scatter_picture(plain).figure().axes[0].get_yscale() == "linear"
    assert cycle_time_scatter_picture(skewed).figure().axes[0].get_yscale() == "log"


def test_ageing_names_the_columns_counts_wip_and_tells_every_open_item():
    """WIP above each column, bands at the percentiles, one row for each open item."""
    found = known("simulated")
    ageing = ageing_wip(found)
    picture = ageing_wip_picture(found)
    axes = picture.figure().axes[0]
    said = [text.get_text() for text in axes.texts if text.get_text().startswith("WIP")]
    assert said == [f"WIP: {count_text(column.wip)}" for column in ageing.columns]
    rows = {(row[1].text, row[2].value) for row in picture.data.rows}
    assert set(ageing.open_items.select("name", "days").iter_rows()) <= rows
    assert picture.title.startswith(f"{count_text(ageing.open_items.height)} open orders")
    dots = sum(len(drawn.get_offsets()) for drawn in axes.collections)
    assert dots == ageing.open_items.height


def test_cumulative_flow_prints_littles_law_with_its_residual():
    """The numbers of the caption are those measured; the arrow for WIP says what the lines say."""
    found = known("simulated")
    flow = cumulative_flow(found)
    picture = cumulative_flow_picture(found)
    little = flow.little
    assert little.mean_wip == pytest.approx(
        little.throughput * little.mean_days + little.residual, abs=1e-9
    )
    said = re.search(r"residual ([-\d.\u202f]+)", picture.caption)
    assert said is not None
    residual = float(said.group(1).replace("\u202f", ""))
    assert residual == pytest.approx(little.residual, abs=0.6)
    numbers = [[cell.value for cell in row[1:]] for row in picture.data.rows]
    assert numbers == [list(row) for row in flow.days.drop("date").rows()]
    wip = [t.get_text() for t in picture.figure().axes[0].texts if t.get_text().startswith("WIP ")]
    started = flow.days.select(
        pl.col(f"reached_{flow.started}") - pl.col(f"reached_{len(flow.names) - 1}")
    )
    assert int(wip[0].removeprefix("WIP ").replace("\u202f", "")) in started.to_series().to_list()


def test_labels_of_the_cumulative_flow_do_not_overlap():
    """Columns that end at the same height are named one below the other, in their order."""
    axes = cumulative_flow_picture(known("hostile")).figure().axes[0]
    FigureCanvasAgg(axes.figure).draw()
    right = axes.get_window_extent().x1
    boxes = [t.get_window_extent() for t in axes.texts if t.get_window_extent().x0 > right]
    boxes.sort(key=lambda box: box.y0)
    assert all(above.y0 >= below.y0 + 9 for below, above in pairwise(boxes))
    ended = case_log({"o": [(name, 30.0 * k) for k, name in enumerate("dcbaz")]})
    axes = cumulative_flow_picture(items(ended, "order")).figure().axes[0]
    labels = [t for t in axes.texts if t.get_text().endswith((" 0", " 1"))]
    labels.sort(key=lambda t: -t.get_window_extent().y0)
    told = [t.get_text() for t in labels if not t.get_text().startswith("WIP")]
    assert told == ["Not started 0", "d 0", "c 0", "b 0", "a 0", "Done 1"]


def test_time_chart_bars_add_up_to_the_lead_time():
    """Reaction and cycle of each bar, and the number at its end."""
    found = known("simulated")
    picture = time_chart_picture(found)
    chart = time_chart(found)
    reaction, cycle = (chart.cards[name].to_list() for name in ("reaction_days", "cycle_days"))
    axes = picture.figure().axes[0]
    bars = (
        [bar.get_width() for bar in axes.containers[0]],
        [b.get_width() for b in axes.containers[1]],
    )
    assert bars == (reaction, cycle)
    values = [[cell.value for cell in row[2:5]] for row in picture.data.rows]
    assert values == [[r, c, r + c] for r, c in zip(reaction, cycle, strict=True)]
    assert "30 of " in picture.caption
    assert "last completed" in picture.title
    assert "longest" in time_chart_picture(found, "longest").title


def test_weeks_show_the_medians_and_how_many():
    """The bars below are the numbers of the table."""
    found = known("simulated")
    picture, chart = time_chart_weeks_picture(found), time_chart(found)
    below = picture.figure().axes[1]
    assert sum(bar.get_height() for bar in below.patches) == chart.completed
    assert [row[2].value for row in picture.data.rows] == chart.periods["cycle_days"].to_list()


def test_words_of_items():
    """Plurals, and one of each."""
    assert [noun(t) for t in ("order_line", "delivery", "case")] == [
        "order lines", "deliveries", "cases",
    ]  # fmt: skip
    assert counted(1, "deliveries", "open") == "1 open delivery"
    assert counted(2, "order lines") == "2 order lines"
    assert days_text(1.0, "whole days") == "1 day"
    assert days_text(2.25, "business") == "2.2 business days"
    assert days_text(None, "elapsed") == "n/a"
