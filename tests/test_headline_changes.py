"""The picture of a summary: a row for each scenario, units on each axis, verdicts by form."""

from __future__ import annotations

from parsed_page import HOSTILE

from reports.documents.document import Cell
from reports.figures.canvas import figure_svg
from reports.figures.headline_changes import (
    MOST_ROWS,
    ChangeSeries,
    headline_changes,
    headline_changes_picture,
)

FOUND = Cell("-6.4 days", -6.4, "days", -7.8, -4.9, "-7.8 to -4.9", "better", "better")
NOTHING = Cell("0.1 days", 0.1, "days", -0.3, 0.5, "-0.3 to 0.5", "none", "no difference")
UNKNOWN = Cell("n/a", None, "days", verdict="not estimated")
DAYS = ChangeSeries("Order to cash", "days", "", (FOUND, NOTHING, UNKNOWN))
CASH = ChangeSeries("Cash", "currency", "EUR", (Cell("+EUR 1.2 m", 1.2e6, "currency"),) * 3)


def test_every_axis_has_its_unit() -> None:
    """Days and millions of euros are named where they are read."""
    axes = headline_changes(["a", "b", "c"], [DAYS, CASH]).axes
    assert [panel.get_xlabel() for panel in axes] == [
        "Order to cash: change (days)",
        "Cash: change (EUR m)",
    ]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["a", "b", "c"]


def test_intervals_are_drawn_where_they_are() -> None:
    """The line from limit to limit, the dot at the mean: filled only for what was detected."""
    lines = headline_changes(["a", "b", "c"], [DAYS]).axes[0].lines
    spans = [list(line.get_xdata()) for line in lines if len(line.get_xdata()) == 2]
    assert [-7.8, -4.9] in spans
    assert [-0.3, 0.5] in spans
    dots = [line for line in lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [-6.4, 0.1]
    assert dots[0].get_markerfacecolor() == dots[0].get_color()
    assert dots[1].get_markerfacecolor() == "#ffffff"


def test_what_was_not_estimated_is_said() -> None:
    """A scenario without a difference keeps its row, with words in it."""
    texts = [text.get_text() for text in headline_changes(["a", "b", "c"], [DAYS]).axes[0].texts]
    assert texts == ["\u22126.4 days", "0.1 days", "not estimated"]


def test_hostile_names_and_many_rows_are_drawn() -> None:
    """Names of any characters; rows beyond the page are in the table, and the caption says so."""
    names = [HOSTILE[n % len(HOSTILE)] for n in range(MOST_ROWS + 3)]
    series = ChangeSeries("Days", "days", "", (FOUND,) * len(names))
    picture = headline_changes_picture(names, [series], "95 %")
    drawn = picture.figure()
    assert len(drawn.axes[0].get_yticklabels()) == MOST_ROWS
    assert f"first {MOST_ROWS} scenarios" in picture.caption
    assert len(picture.data.rows) == len(names)
    heads = [row[0].text for row in picture.data.rows]
    assert len(heads) == len(set(heads))
    assert "<script" not in figure_svg(drawn, title=names[0], identifier="f")
