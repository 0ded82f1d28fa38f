"""What must hold of every picture: a whole table, a drawing that parses, text inside the figure."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg

from reports.documents.document import Picture
from reports.figures.canvas import figure_svg

HOSTILE = (
    "<script>alert(1)</script>",
    "\"quotes\" & 'more' <b>",
    "=1+1",
    "\u05e9\u05dc\u05d5\u05dd \u202eright to left",
    "unbreakable" * 45,
    "many words " * 40,
    "\U0001f69a lorry $\\frac{1}{2}$ 50 % #1 snake_case _x^y",
    "a\x00b\x1fc",
    "",
)
_LEAST_POINTS = 7.9


def assert_whole(picture: Picture) -> Picture:
    """Assert that table, chart and drawing of a picture fit together; return it."""
    names = [column.name for column in picture.data.columns]
    assert picture.title
    assert picture.caption
    assert picture.alternative
    assert len(set(names)) == len(names)
    assert all(len(row) == len(names) for row in picture.data.rows)
    assert len(picture.data.rows) <= 2_000
    if picture.chart is not None:
        assert picture.chart.x in names
        assert set(picture.chart.series) <= set(names)
    ET.fromstring(svg_of(picture))
    assert_inside(picture)
    return picture


def svg_of(picture: Picture) -> str:
    """Return the picture as SVG."""
    return figure_svg(picture.figure(), title=picture.title, identifier=picture.key)


def numbers_of(picture: Picture, column: str) -> list[object]:
    """Return the values of one column."""
    place = [one.name for one in picture.data.columns].index(column)
    return [row[place].value for row in picture.data.rows]


def assert_inside(picture: Picture) -> None:
    """Assert that no text is cut off at the figure's edge, nor too small to read in print."""
    with matplotlib.rc_context({"font.family": "DejaVu Sans"}):
        figure = picture.figure()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        width, height = figure.bbox.size
        renderer = canvas.get_renderer()
        for text in figure.findobj(matplotlib.text.Text):
            if not text.get_visible() or not text.get_text().strip():
                continue
            box = text.get_window_extent(renderer)
            # Ticks beyond the limits are kept and not drawn.
            if box.width == 0 or not _drawn(text, figure):
                continue
            told = f"{picture.key}: {text.get_text()[:60]!r} {box} in {width:.0f} x {height:.0f}"
            assert box.x0 >= -2, told
            assert box.x1 <= width + 2, told
            assert box.y0 >= -2, told
            assert box.y1 <= height + 2, told
            assert text.get_fontsize() >= _LEAST_POINTS, told


def _drawn(text, figure) -> bool:
    """Return whether a tick label lies within its axes; other texts always are drawn."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for tick in (*axis.majorTicks, *axis.minorTicks):
                if text in (tick.label1, tick.label2):
                    low, high = sorted(axis.get_view_interval())
                    return low <= tick.get_loc() <= high
    return True
