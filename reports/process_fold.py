"""Fold a wide drawing into rows that read like lines of text, its curves kept whole."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Box = tuple[float, float, float, float]

_LANE = 8.0
_RADIUS = 7.0
_ROW_GAP = 26.0
_LEAST_BAND = 16.0
# Row widths that are tried, of the one asked for; and room that lanes beside rows may take.
_ROW_PARTS = (1.0, 0.8, 0.6)
_LANES = 180.0
# A page is so much wider than high; width beyond it counts more, as it makes text small.
_PAGE_FORM = 1.3
_TOO_WIDE = 1.5


@dataclass(frozen=True, slots=True)
class Curve:
    """A path: cubic Bezier *points* (1 + 3n), the arrow's *tip* and its *label*'s centre."""

    points: tuple[Point, ...]
    tip: Point
    label: Point


@dataclass(frozen=True, slots=True)
class Folded:
    """A drawing on its page; nodes are (x, y, width, height) with x, y the centre."""

    nodes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    width: float
    height: float
    rows: int


def most_compact(
    drawn: Sequence[tuple[Sequence[Box], Sequence[Curve]]],
    *,
    row_width: float,
    label_size: tuple[float, float] = (0.0, 0.0),
    margin: float = 12.0,
) -> Folded:
    """Fold each of several drawings of the same in several ways and return the most compact.

    Parameters are those of :func:`fold`. The one is chosen that can be shown largest on a page.
    """
    tried = [
        fold(nodes, curves, row_width=row_width * part, label_size=label_size, margin=margin)
        for nodes, curves in drawn
        for part in _ROW_PARTS
    ]
    page = row_width + _LANES
    return min(
        tried,
        key=lambda f: (
            max(f.width + _TOO_WIDE * max(f.width - page, 0.0), _PAGE_FORM * f.height),
            f.width * f.height,
        ),
    )


def fold(
    nodes: Sequence[Box],
    curves: Sequence[Curve],
    *,
    row_width: float,
    label_size: tuple[float, float],
    margin: float,
) -> Folded:
    """Cut the drawing between columns and set the pieces below each other.

    Every curve that crosses a cut leaves its row at the right border, runs through a lane of its
    own between the rows and enters the next row at the left border. Lanes are nested, so no two
    of them cross.

    Parameters
    ----------
    nodes, curves
        The drawing, y downwards.
    row_width
        Width that a row should not exceed by much.
    label_size
        Room around each curve's label that no cut may go through.
    margin
        Free border around the page.
    """
    labels = [(c.label[0], c.label[1], *label_size) for c in curves]
    boxes = [*nodes, *labels]
    # A self-loop lives beside its node and would be torn by a cut there; so would an arrow head.
    solid = boxes + [_hull(c.points) for c in curves if _is_loop(c)]
    solid += [_hull((c.points[-1], c.tip)) for c in curves]
    left = min(x - w / 2 for x, _, w, _ in boxes)
    right = max(x + w / 2 for x, _, w, _ in boxes)
    cuts = _cuts(solid, curves, left, right, row_width)
    borders = [left, *cuts, right]
    rows = len(cuts) + 1

    def row_of(x: float) -> int:
        return sum(x > cut for cut in cuts)

    pieces = [_split(curve.points, cuts) for curve in curves]
    taken: list[list[tuple[float, float]]] = [[] for _ in range(rows)]
    for x, y, _, h in boxes:
        taken[row_of(x)].append((y - h / 2, y + h / 2))
    for curve_pieces in pieces:
        for piece in curve_pieces:
            taken[row_of(_middle(piece)[0])] += _level_parts(piece)
    closer = [squeeze(intervals) for intervals in taken]
    extent = [[math.inf, -math.inf] for _ in range(rows)]
    for row, intervals in enumerate(taken):
        for interval in intervals:
            _grow(extent[row], [closer[row](y) for y in interval])
    for curve_pieces in pieces:
        for piece in curve_pieces:
            row = row_of(_middle(piece)[0])
            _grow(extent[row], [y for _, y in flat([(x, closer[row](y)) for x, y in piece])])
    crossings = _crossings(pieces, cuts)
    lanes = max((len(found) for found in crossings), default=0)
    side = lanes * _LANE + (2 * _RADIUS if lanes else 0.0)
    tops, y = [], margin
    for row in range(rows):
        tops.append(y - extent[row][0])
        y += extent[row][1] - extent[row][0]
        if row < rows - 1:
            y += _ROW_GAP + len(crossings[row]) * _LANE
    widest = max(b - a for a, b in itertools.pairwise(borders))

    def moved(point: Point, row: int) -> Point:
        return point[0] - borders[row] + margin + side, closer[row](point[1]) + tops[row]

    def bridge(cut: int, key: tuple[int, int], forward: bool) -> list[Point]:
        rank = crossings[cut].index(key)
        # Lowest curve: inner lane on the right, upper lane in the gap, outer lane on the left.
        order = len(crossings[cut]) - 1 - rank
        height = pieces[key[0]][key[1]][-1][1]
        start = moved((borders[cut + 1], height), cut)
        end = moved((borders[cut + 1], height), cut + 1)
        out = start[0] + _RADIUS + (order + 0.5) * _LANE
        back = end[0] - _RADIUS - (len(crossings[cut]) - order - 0.5) * _LANE
        gap = tops[cut] + extent[cut][1] + _ROW_GAP / 2 + (order + 0.5) * _LANE
        line = [start, (out, start[1]), (out, gap), (back, gap), (back, end[1]), end]
        return line if forward else line[::-1]

    result = []
    for index, (curve, curve_pieces) in enumerate(zip(curves, pieces, strict=True)):
        points: list[Point] = []
        for number, piece in enumerate(curve_pieces):
            row = row_of(_middle(piece)[0])
            here = [moved(point, row) for point in piece]
            points += here[1:] if points else here
            if number + 1 < len(curve_pieces):
                follower = row_of(_middle(curve_pieces[number + 1])[0])
                line = bridge(min(row, follower), (index, number), follower > row)
                points += _rounded(line)[1:]
        result.append(
            Curve(
                tuple(points),
                moved(curve.tip, row_of(curve.tip[0])),
                moved(curve.label, row_of(curve.label[0])),
            )
        )
    return Folded(
        tuple((*moved((x, y), row_of(x)), w, h) for x, y, w, h in nodes),
        tuple(result),
        widest + 2 * (margin + side),
        y + margin,
        rows,
    )


def squeeze(taken: Sequence[tuple[float, float]]) -> Callable[[float], float]:
    """Return where heights go when bands that nothing takes up are made narrow.

    Parameters
    ----------
    taken
        (top, bottom) of what is in the way, y downwards; what is taken keeps its size.
    """
    bands: list[list[float]] = []
    for low, high in sorted(taken):
        if bands and low - bands[-1][1] <= _LEAST_BAND:
            bands[-1][1] = max(bands[-1][1], high)
        else:
            bands.append([low, high])
    starts = [low for low, _ in bands]
    gone = [0.0]
    for before, after in itertools.pairwise(bands):
        gone.append(gone[-1] + after[0] - before[1] - _LEAST_BAND)

    def closer(y: float) -> float:
        place = bisect.bisect_right(starts, y) - 1
        if place < 0:
            return y
        bottom = bands[place][1]
        if y <= bottom or place + 1 == len(bands):
            return y - gone[place]
        part = (y - bottom) / (starts[place + 1] - bottom)
        return bottom - gone[place] + part * _LEAST_BAND

    return closer


def _level_parts(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return the heights at which a curve runs sideways rather than up or down, with room."""
    line = flat(points)
    ends = [(y - _LANE, y + _LANE) for _, y in (points[0], points[-1])]
    return ends + [
        (min(a[1], b[1]) - _LANE, max(a[1], b[1]) + _LANE)
        for a, b in itertools.pairwise(line)
        if abs(a[1] - b[1]) < abs(a[0] - b[0])
    ]


def _cuts(
    solid: Sequence[Box], curves: Sequence[Curve], left: float, right: float, row_width: float
) -> list[float]:
    """Return where to cut: through no box, near equal parts, across few curves."""
    rows = math.ceil((right - left) / row_width)
    if rows < 2:
        return []
    spans = sorted((x - w / 2, x + w / 2) for x, _, w, _ in solid)
    gaps, reach = [], left
    for low, high in spans:
        if low > reach + 1.0:
            gaps.append((reach + low) / 2)
        reach = max(reach, high)
    part = (right - left) / rows
    chosen: list[float] = []
    for row in range(1, rows):
        ideal = left + row * part
        near = [x for x in gaps if abs(x - ideal) < 0.35 * part and x not in chosen]
        if near:
            chosen.append(
                min(
                    near,
                    key=lambda x: (
                        sum(_crosses(c.points, x) for c in curves) + 15 * abs(x - ideal) / part
                    ),
                )
            )
    return chosen


def _crossings(
    pieces: Sequence[Sequence[Sequence[Point]]], cuts: Sequence[float]
) -> list[list[tuple[int, int]]]:
    """Return for each cut the (curve, piece) that ends there, from the top down."""
    found: list[list[tuple[float, int, int]]] = [[] for _ in cuts]
    for index, curve_pieces in enumerate(pieces):
        for number, piece in enumerate(curve_pieces[:-1]):
            x, y = piece[-1]
            cut = min(range(len(cuts)), key=lambda k: abs(cuts[k] - x))
            found[cut].append((y, index, number))
    return [[(index, number) for _, index, number in sorted(at)] for at in found]


def _split(points: Sequence[Point], cuts: Sequence[float]) -> list[list[Point]]:
    """Split a curve wherever it crosses a cut."""
    pieces: list[list[Point]] = [[points[0]]]
    for start in range(0, len(points) - 1, 3):
        rest = list(points[start : start + 4])
        done = 0.0
        for t in _roots(rest, cuts):
            first, rest = _halves(rest, (t - done) / (1 - done))
            done = t
            level = first[-1][1]
            # Level where it is cut, so that it meets its lane without a kink.
            first[2], rest[1] = (first[2][0], level), (rest[1][0], level)
            pieces[-1] += first[1:]
            pieces.append([first[-1]])
        pieces[-1] += rest[1:]
    return pieces


def _roots(segment: Sequence[Point], cuts: Sequence[float]) -> list[float]:
    """Return where a Bezier segment passes from one side of a cut to the other."""
    steps = 64
    found = []
    xs = [x for x, _ in segment]
    for cut in cuts:
        if not min(xs) <= cut <= max(xs):
            # A Bezier segment stays within its control points.
            continue
        sides = [_at(segment, k / steps)[0] - cut for k in range(steps + 1)]
        for k in range(steps):
            if (sides[k] > 0) != (sides[k + 1] > 0):
                low, high = k / steps, (k + 1) / steps
                for _ in range(40):
                    middle = (low + high) / 2
                    if (_at(segment, middle)[0] > cut) == (sides[k] > 0):
                        low = middle
                    else:
                        high = middle
                found.append((low + high) / 2)
    return sorted(found)


def _halves(segment: Sequence[Point], t: float) -> tuple[list[Point], list[Point]]:
    """Split a Bezier segment at *t* by de Casteljau's construction."""
    levels = [list(segment)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([_between(a, b, t) for a, b in itertools.pairwise(row)])
    return [level[0] for level in levels], [level[-1] for level in reversed(levels)]


def _at(segment: Sequence[Point], t: float) -> Point:
    (a, b, c, d), s = segment, 1 - t
    weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
    x = sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True))
    return x, sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True))


def _between(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t


def flat(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """Return points along a curve, *steps* for each of its Bezier segments."""
    return [
        _at(points[k : k + 4], t / steps)
        for k in range(0, len(points) - 1, 3)
        for t in range(steps + 1)
    ]


def _middle(points: Sequence[Point]) -> Point:
    line = flat(points)
    return line[len(line) // 2]


def _crosses(points: Sequence[Point], x: float) -> int:
    if not min(p[0] for p in points) <= x <= max(p[0] for p in points):
        return 0
    line = flat(points)
    return sum((a[0] > x) != (b[0] > x) for a, b in itertools.pairwise(line))


def _is_loop(curve: Curve) -> bool:
    start, end = curve.points[0], curve.tip
    close = math.dist(start, end) < 60 and abs(start[0] - end[0]) < 30
    # A short straight step is no loop and may be cut.
    return close and _hull(curve.points)[3] > 12


def _hull(points: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    return (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, width, height


def _grow(extent: list[float], values: Sequence[float]) -> None:
    extent[0], extent[1] = min(extent[0], *values), max(extent[1], *values)


def _rounded(line: Sequence[Point]) -> list[Point]:
    """Return a line of right angles as Bezier points with round corners."""
    points = [line[0]]
    for before, corner, after in zip(line, line[1:], line[2:], strict=False):
        radius = min(_RADIUS, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        enter, leave = _towards(corner, before, radius), _towards(corner, after, radius)
        points += [points[-1], enter, enter, corner, corner, leave]
    return [*points, points[-1], line[-1], line[-1]]


def _towards(start: Point, end: Point, length: float) -> Point:
    distance = math.dist(start, end)
    return start if distance == 0 else _between(start, end, length / distance)
