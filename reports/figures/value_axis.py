"""Axes of quantities: ticks written as all numbers are, labels with units, names that fit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from reports.figures.canvas import TEXT_SIZE, drawable
from reports.figures.palette import INK, MUTED
from reports.figures.text_fit import wrapped
from reports.number_text import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_MOST_DECIMALS = 6
# The estimate of a text's width may be a little too small.
_SAFE = 0.92
_STEPS = (1, 2, 2.5, 5, 10)
_SECONDS = 86_400


def axis_unit(scale: Scale, otherwise: str = "") -> str:
    """Return the unit as an axis writes it, for example ``EUR m``, ``days`` or ``%``."""
    return f"{scale.before.strip()}{scale.after}".strip() or otherwise


def with_unit(what: str, unit: str) -> str:
    """Return an axis label, ``Open receivables (EUR m)``."""
    return f"{what} ({unit})" if unit else what


def value_ticks(axis: Axis, *, most: int = 7, whole: bool = False) -> None:
    """Let an axis write its ticks as the toolkit writes numbers, at most so many of them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(most, integer=whole, steps=_STEPS))

    def text(value: float, _position: int | None = None) -> str:
        return Scale(1.0, _decimals(axis.get_majorticklocs())).number(value)

    axis.set_major_formatter(FuncFormatter(text))


def date_ticks(axes: Axes, *, most: int = 8) -> None:
    """Let the x axis write dates as ``2024-03-01``, whatever the language.

    Within a few days ticks between two midnights tell the time: no date stands there twice.
    """
    from matplotlib import dates
    from matplotlib.ticker import FuncFormatter

    # Matplotlib has no types for these.
    made: Any = dates
    axes.xaxis.set_major_locator(made.AutoDateLocator(minticks=3, maxticks=most))

    def told(number: float, place: int | None = None) -> str:
        # Numbers of days have an error of microseconds.
        moment = made.num2date(round(number * _SECONDS) / _SECONDS)
        if round(number * _SECONDS) % _SECONDS == 0:
            return f"{moment:%Y-%m-%d}"
        time = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
        return f"{moment:%Y-%m-%d} {time}" if place == 0 else time

    axes.xaxis.set_major_formatter(FuncFormatter(told))


def long_ylabel(axes: Axes, text: str) -> None:
    """Write a y label in two lines where it is longer than the figure is high; after dressing."""
    room = 72 * float(axes.figure.get_figure(root=True).get_figheight()) * 0.92
    axes.set_ylabel(some_lines(text, room), color=INK.light, fontsize=TEXT_SIZE, parse_math=False)


def nothing(axes: Axes, text: str) -> None:
    """Say in an empty picture why it is empty; call it last."""
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(
        0.5,
        0.5,
        drawable(text),
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=MUTED.light,
        fontsize=TEXT_SIZE,
        parse_math=False,
    )


def one_line(text: str, width: float, size: float = TEXT_SIZE) -> str:
    """Return *text* cut to *width* points, ready to be drawn."""
    return drawable(" ".join(wrapped(drawable(text), size, _SAFE * width, 1)))


def some_lines(text: str, width: float, lines: int = 2, size: float = TEXT_SIZE) -> str:
    """Return *text* broken into lines of *width* points, ready to be drawn."""
    return "\n".join(drawable(line) for line in wrapped(drawable(text), size, _SAFE * width, lines))


def distinct(names: Iterable[str]) -> list[str]:
    """Return names with a number behind each that was there before, for heads of columns."""
    found: list[str] = []
    for name in names:
        candidate, number = name, 2
        while candidate in found:
            candidate, number = f"{name} ({number})", number + 1
        found.append(candidate)
    return found


def evenly(count: int, most: int) -> list[int]:
    """Return at most so many places of *count*, evenly spaced, both ends among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})


def _decimals(ticks: Iterable[float]) -> int:
    """Return the fewest digits after the point that tell all ticks as they are."""
    known = [float(tick) for tick in ticks if math.isfinite(tick)]
    step = min((abs(b - a) for a, b in pairwise(known)), default=1.0) or 1.0
    for decimals in range(_MOST_DECIMALS):
        if all(abs(tick - round(tick, decimals)) < step / 1000 for tick in known):
            return decimals
    return _MOST_DECIMALS
