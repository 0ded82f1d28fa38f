"""Where the numbers of paths stand: on their own line, clear of boxes and of each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reports.process_fold import Box, Curve, Point, flat

_NEAR = 20.0
_STEP = 4.0
# Every so many steps of a line are a place to try.
_TRIED = 3
# What a step of a line under a label costs.
_LINE_AREA = 16.0
# A label beside its line is worse than one astride of it, and one far along it a little.
_BESIDE = 24.0
# Two numbers on one another cannot be read at all.
_COVERED = 4.0
_FAR = 0.05


def label_places(
    curves: Sequence[Curve], loops: Sequence[bool], boxes: Sequence[Box], size: Point
) -> list[Point]:
    """Return the centre of each curve's label.

    Parameters
    ----------
    curves
        With the places that the engine gave their labels; the earlier choose first.
    loops
        Whether a curve returns to the box it left; its label stays where it is, above the place.
    boxes
        Which labels must not cover.
    size
        Width and height of a label in points.

    Returns
    -------
    list of tuple of float
        The engine's place, moved onto the curve where that passes near; where that would cover
        another label, a box or another line, the nearest free place along the curve or beside
        it; the least bad one where none is free.
    """
    lines = [_even(curve) for curve in curves]
    ink = _Ink(lines)
    places = [
        curve.label if loop else _onto(curve) for curve, loop in zip(curves, loops, strict=True)
    ]
    taken = [*boxes]
    taken += [
        (x, y - size[1] / 2, *size) for (x, y), loop in zip(places, loops, strict=True) if loop
    ]
    for number, loop in enumerate(loops):
        if loop:
            continue
        places[number] = _best(places[number], number, size, np.array(taken), ink)
        taken.append((*places[number], *size))
    return places


def _best(first: Point, number: int, size: Point, taken: NDArray[np.float64], ink: _Ink) -> Point:
    """Return where a label covers least, *first* where that covers nothing."""
    line = ink.lines[number][::_TRIED]
    beside = np.array([0.0, (size[1] + 4.0) / 2])
    tried = np.concatenate([np.array([first]), line, line - beside, line + beside])
    cost = _COVERED * _covered(tried, size, taken) + _LINE_AREA * ink.under(tried, size, number)
    if cost[0] == 0:
        return first
    cost[1 + len(line) :] += _BESIDE
    cost += _FAR * np.abs(tried - np.array(first)).sum(axis=1)
    x, y = tried[int(cost.argmin())]
    return float(x), float(y)


class _Ink:
    """Where lines run, counted in small squares, so that a rectangle is summed at once."""

    def __init__(self, lines: Sequence[NDArray[np.float64]]) -> None:
        self.lines = lines
        every = np.concatenate(lines) if lines else np.zeros((1, 2))
        self._low = every.min(axis=0) - _STEP
        self._shape = tuple(int(n) for n in (every.max(axis=0) - self._low) / _STEP + 2)
        self._total = self._counted(every) if lines else np.zeros(self._shape)

    def under(self, places: NDArray[np.float64], size: Point, but: int) -> NDArray[np.float64]:
        """Return how many points of lines other than *but* lie in a rectangle at each place."""
        sums = np.zeros((self._shape[0] + 1, self._shape[1] + 1))
        sums[1:, 1:] = (self._total - self._counted(self.lines[but])).cumsum(0).cumsum(1)
        half, most = np.array(size) / 2, np.array(self._shape)
        low, high = (
            np.clip(np.rint((places + way * half - self._low) / _STEP).astype(np.int64), 0, most)
            for way in (-1, 1)
        )
        (a, c), (b, d) = low.T, high.T
        return np.asarray(sums[b, d] - sums[a, d] - sums[b, c] + sums[a, c])

    def _counted(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.zeros(self._shape)
        places = ((points - self._low) / _STEP).astype(np.int64)
        np.add.at(found, (places[:, 0], places[:, 1]), 1.0)
        return found


def _even(curve: Curve) -> NDArray[np.float64]:
    """Return points of a curve at equal distances along it."""
    line = np.array(flat(curve.points, 12))
    along = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    steps = np.linspace(0.0, along[-1], 1 + max(1, round(along[-1] / _STEP)))
    return np.column_stack([np.interp(steps, along, line[:, axis]) for axis in (0, 1)])


def _onto(curve: Curve) -> Point:
    """Return the label's place, moved onto the curve where that passes through its room.

    The two lines of a label can then be set above and below the curve.
    """
    x, y = curve.label
    heights = [
        before[1] + (after[1] - before[1]) * (x - before[0]) / (after[0] - before[0])
        for before, after in itertools.pairwise(flat(curve.points, 24))
        if before[0] != after[0] and min(before[0], after[0]) <= x <= max(before[0], after[0])
    ]
    near = [height for height in heights if abs(height - y) < _NEAR]
    return (x, min(near, key=lambda height: abs(height - y))) if near else (x, y)


def _covered(
    places: NDArray[np.float64], size: Point, taken: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the area that a label at each place would share with what is there already."""
    if not len(taken):
        return np.zeros(len(places))
    apart = np.abs(places[:, None, :] - taken[None, :, :2])
    shared = (taken[None, :, 2:] + np.array(size)) / 2 - apart
    return np.asarray(np.prod(np.maximum(shared, 0.0), axis=2).sum(axis=1))
