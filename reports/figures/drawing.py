"""A drawing of boxes, arrows and words that a page and paper show alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reports.figures.palette import ACCENT, INK, Tone
from reports.figures.text_fit import text_width
from reports.process_fold import Point


@dataclass(frozen=True, slots=True)
class Arrow:
    """A curve with a head.

    Parameters
    ----------
    points
        A start and three points for each cubic Bezier segment, in points from the top left.
    tip
        Where the head ends; None for a line without one.
    tone, width, dash, alpha
        How it is drawn; *dash* in points.
    title
        What it says when it is pointed at.
    """

    points: Sequence[Point]
    tip: Point | None
    tone: Tone = ACCENT
    width: float = 1.4
    dash: Sequence[float] = ()
    alpha: float = 1.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A closed shape: a rounded box, a circle (of a square box) or a polygon.

    Parameters
    ----------
    x, y, width, height
        Centre and size in points.
    kind
        ``box``, ``circle``, ``diamond`` or ``triangle`` (pointing right).
    line, fill
        Colours; the fill lies on the paper's colour.
    fill_alpha
        0 to 1.
    line_width, dash
        Of its line in points.
    radius
        Of a box's corners.
    title
        What it says when it is pointed at.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str = "box"
    line: Tone = ACCENT
    fill: Tone = ACCENT
    fill_alpha: float = 0.0
    line_width: float = 1.2
    dash: Sequence[float] = ()
    radius: float = 6.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; *y* is its baseline, *plate* keeps lines from striking it out."""

    x: float
    y: float
    text: str
    size: float
    tone: Tone = INK
    bold: bool = False
    anchor: str = "middle"
    plate: bool = False


Item: TypeAlias = Arrow | Outline | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, first the lowest, on a page of *width* by *height* points."""

    width: float
    height: float
    items: Sequence[Item]


def head_of(arrow: Arrow) -> tuple[Point, Point, Point] | None:
    """Return the three corners of an arrow's head."""
    if arrow.tip is None:
        return None
    (x, y), (tip_x, tip_y) = arrow.points[-1], arrow.tip
    across, up = tip_x - x, tip_y - y
    length = (across**2 + up**2) ** 0.5 or 1.0
    half = (3.2 + arrow.width * 0.6) / length
    return (tip_x, tip_y), (x - up * half, y + across * half), (x + up * half, y - across * half)


def corners(shape: Outline) -> tuple[Point, ...]:
    """Return the corners of a diamond or a triangle."""
    half_width, half_height = shape.width / 2, shape.height / 2
    if shape.kind == "triangle":
        return (
            (shape.x - half_width, shape.y - half_height),
            (shape.x + half_width, shape.y),
            (shape.x - half_width, shape.y + half_height),
        )
    return (
        (shape.x - half_width, shape.y),
        (shape.x, shape.y - half_height),
        (shape.x + half_width, shape.y),
        (shape.x, shape.y + half_height),
    )


def legend(
    entries: Sequence[tuple[Arrow | Outline, str]], width: float, top: float, size: float = 10.5
) -> tuple[list[Item], float]:
    """Return samples with their words in rows, and the height they take.

    Parameters
    ----------
    entries
        What a sample looks like, and what it says; only tone, width, dash and fill count.
    width
        Of the page in points.
    top
        Where the legend begins.
    size
        Of its words.
    """
    items: list[Item] = []
    x, y, row = 12.0, top + 12.0, 20.0
    for sample, text in entries:
        room = 34.0 + text_width(text, size) + 16.0
        if x > 12.0 and x + room > width - 8.0:
            x, y = 12.0, y + row
        items += [_sample(sample, x, y), Words(x + 34.0, y + 3.8, text, size, anchor="start")]
        x += room
    return items, (y + row - top if entries else 0.0)


def _sample(sample: Arrow | Outline, x: float, y: float) -> Item:
    if isinstance(sample, Outline):
        return Outline(
            x + 13.0, y, 22.0, 12.0, "box", sample.line, sample.fill, sample.fill_alpha,
            sample.line_width, sample.dash, 3.0,
        )  # fmt: skip
    line = ((x, y), (x + 8.0, y), (x + 12.0, y), (x + 20.0, y))
    return Arrow(line, (x + 28.0, y), sample.tone, sample.width, sample.dash, sample.alpha)
