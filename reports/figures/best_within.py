"""The best within limits: what each setting reaches, and how far it keeps from a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of
from reports.documents.cells import change_cell, estimate_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress, new_figure
from reports.figures.palette import ACCENT, BAD, GOOD, GRID, INK, MUTED, PAPER
from reports.figures.value_axis import axis_unit, distinct, long_ylabel, some_lines, value_ticks
from reports.limit_words import distance, limit_value, limit_words
from reports.number_text import Scale, scale_of, share_text
from reports.search_words import within_words
from scenarios.levers import LEVERS
from scenarios.search.constrained import BestWithin, Passed, Setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NOT_JUDGED = "passed over"
_WIDE = 9.2
# Marks nearer than this share of an axis share their text.
_NEAR = 0.035


def best_within_figure(
    found: BestWithin,
    currency: str = "",
    *,
    limit: int = 0,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Figure:
    """Draw settings by the KPI that was sought and by their distance from a limit.

    Parameters
    ----------
    found
        What :func:`scenarios.search.constrained.best_within` gives.
    currency
        ISO code.
    limit
        Index of the constraint on the x axis.
    definitions
        Labels and units.
    """
    figure = new_figure(_WIDE, 5.0)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.1, right=0.97, top=0.86, bottom=0.14)
    constraint = found.constraints[limit]
    own = definition_of(constraint.kpi, definitions)
    aim = definition_of(found.aim, definitions)
    away = [abs(one.margins[limit].mean) for one in found.settings]
    across = scale_of(own.unit, max(away), currency=currency, difference=True)
    up = scale_of(aim.unit, max(abs(one.aim.mean) for one in found.settings), currency=currency)
    for passed in found.passed:
        axes.plot(
            _distance(found, passed, limit) * across.factor, passed.aim * up.factor, marker=".",
            markersize=5, color=MUTED.light, linestyle="", zorder=1,
        )  # fmt: skip
    for number, one in enumerate(found.settings, 1):
        _point(axes, found, number, one, limit, across, up)
    _limit_line(axes, f"limit: {constraint.sense} {limit_value(constraint, currency, definitions)}")
    _beyond(axes, constraint.sense == "at most")
    _numbers(axes, found, limit, across, up)
    _key(axes)
    value_ticks(axes.xaxis)
    value_ticks(axes.yaxis)
    unit = axis_unit(across, "currency" if own.unit == "currency" else "")
    wanted = "less is better" if found.sense == "small" else "more is better"
    aim_unit = axis_unit(up, "currency" if aim.unit == "currency" else "")
    ylabel = f"{aim.label} ({aim_unit}; {wanted})" if aim_unit else f"{aim.label} ({wanted})"
    xlabel = f"{own.label} less its limit ({unit})" if unit else f"{own.label} less its limit"
    dress(axes, xlabel=some_lines(xlabel, 72 * _WIDE * 0.85), ylabel=ylabel)
    long_ylabel(axes, ylabel)
    axes.grid(axis="x", color=GRID.light, linewidth=0.8)
    return figure


def best_within_picture(
    found: BestWithin,
    currency: str = "",
    *,
    key: str = "best-within",
    limit: int = 0,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Picture:
    """Return :func:`best_within_figure` with the numbers and settings of every point."""
    aim = definition_of(found.aim, definitions)
    title = f"{aim.label}, {limit_words(found.constraints[limit], currency, definitions)}"
    table = _table(found, key, title, currency, definitions)
    sure = share_text(found.confidence)
    limits = "; ".join(limit_words(one, currency, definitions) for one in found.constraints)
    return Picture(
        key=key,
        title=title,
        caption=(
            f"Limits: {limits}. Each setting that might be the best was run again with fresh "
            f"replications, which alone count. Within: the {sure} bound of its mean keeps every "
            "limit; beyond: it passes one; undecided: neither can be said. The error is shared out "
            f"among all settings, so that with {sure} confidence no verdict is wrong. Thin lines: "
            "intervals. Distances are KPI less limit, in pairs with the company as it is where the "
            "limit is today's. Dots: means of settings that the search passed over, of which "
            "nothing is claimed."
        ),
        alternative=" ".join(within_words(found, currency, definitions, labels=True)),
        figure=lambda: best_within_figure(found, currency, limit=limit, definitions=definitions),
        data=table,
        chart=NativeChart(
            "scatter",
            table.columns[4 + 2 * limit].name,
            (table.columns[2].name,),
            table.columns[4 + 2 * limit].name,
            table.columns[2].name,
        ),
    )


def _table(
    found: BestWithin,
    key: str,
    title: str,
    currency: str,
    definitions: Mapping[str, KpiDefinition],
) -> Table:
    aim = definition_of(found.aim, definitions)
    limited = [definition_of(one.kpi, definitions) for one in found.constraints]
    points = [*(one.point for one in found.settings), *(one.point for one in found.passed)]
    factors = list(dict.fromkeys(name for point in points for name in point))
    heads = [
        "Setting",
        "Verdict",
        aim.label,
        f"{aim.label}: change from today",
        *(
            head
            for one, own in zip(found.constraints, limited, strict=True)
            for head in (f"{own.label} less its limit ({one.sense})", f"{own.label}: level")
        ),
        *(LEVERS[name].label if name in LEVERS else name for name in factors),
    ]
    units = ["count", "", aim.unit, "", *(u for own in limited for u in (own.unit, own.unit))]
    units += [""] * len(factors)
    rows = [
        [
            Cell(f"{number}" + ("" if one.point else " (today)"), number, "count"),
            text_cell("best" if number - 1 == found.best else one.verdict),
            estimate_cell(one.aim, aim.unit, currency),
            change_cell(one.change, aim.unit, currency),
            *(
                cell
                for n, own in enumerate(limited)
                for cell in (
                    change_cell(distance(found.constraints[n], one.margins[n]), own.unit, currency),
                    estimate_cell(one.limited[n], own.unit, currency),
                )
            ),
            *(_setting(one.point, name) for name in factors),
        ]
        for number, one in enumerate(found.settings, 1)
    ]
    rows += [
        [
            Cell(str(number), number, "count"),
            text_cell(_NOT_JUDGED),
            value_cell(one.aim, aim.unit, currency),
            text_cell(""),
            *(
                cell
                for n, own in enumerate(limited)
                for cell in (
                    value_cell(_distance(found, one, n), own.unit, currency),
                    value_cell(one.limited[n], own.unit, currency),
                )
            ),
            *(_setting(one.point, name) for name in factors),
        ]
        for number, one in enumerate(found.passed, len(found.settings) + 1)
    ]
    columns = [
        Column(name, right=0 < n < 4 + 2 * len(limited) and n != 1, unit=unit)
        for n, (name, unit) in enumerate(zip(distinct(heads), units, strict=True))
    ]
    return Table(key, title, columns, rows, folded=True)


def _distance(found: BestWithin, one: Passed, limit: int) -> float:
    """Return KPI less limit of a point that was not judged, by its mean and today's."""
    constraint = found.constraints[limit]
    today = next(s.limited[limit].mean for s in found.settings if not s.point)
    margin = float(constraint.margins(np.array([one.limited[limit]]), np.array([today]))[0])
    return margin if constraint.sense == "at most" else -margin


def _point(
    axes: Axes,
    found: BestWithin,
    number: int,
    one: Setting,
    limit: int,
    across: Scale,
    up: Scale,
) -> None:
    away = distance(found.constraints[limit], one.margins[limit])
    x, y = away.mean * across.factor, one.aim.mean * up.factor
    best = number - 1 == found.best
    tone = {"within": GOOD if best else ACCENT, "undecided": ACCENT, "beyond": BAD}[one.verdict]
    if away.low < away.high:
        ends = [away.low * across.factor, away.high * across.factor]
        axes.plot(ends, [y, y], color=tone.light, linewidth=0.8, alpha=0.55, zorder=2)
    if one.aim.low < one.aim.high:
        ends = [one.aim.low * up.factor, one.aim.high * up.factor]
        axes.plot([x, x], ends, color=tone.light, linewidth=0.8, alpha=0.55, zorder=2)
    mark: dict[str, Any] = {"marker": "x", "markersize": 7}
    if one.verdict != "beyond":
        fill = tone if one.verdict == "within" else PAPER
        mark = {
            "marker": "*" if best else "o", "markersize": 14 if best else 8,
            "markerfacecolor": fill.light,
        }  # fmt: skip
    axes.plot(
        x, y, color=tone.light, linestyle="", markeredgewidth=1.5, zorder=5 if best else 4, **mark
    )


def _numbers(axes: Axes, found: BestWithin, limit: int, across: Scale, up: Scale) -> None:
    """Write the numbers of settings, those of points that lie on one another as one text."""
    left, right = axes.get_xlim()
    low, high = axes.get_ylim()
    texts: list[tuple[float, float, list[str]]] = []
    for number, one in enumerate(found.settings, 1):
        said = str(number)
        said += "" if one.point else " today"
        said += " best" if number - 1 == found.best else ""
        away = distance(found.constraints[limit], one.margins[limit])
        x, y = away.mean * across.factor, one.aim.mean * up.factor
        near = (
            names
            for a, b, names in texts
            if abs(a - x) < _NEAR * (right - left) and abs(b - y) < _NEAR * (high - low)
        )
        names = next(near, None)
        if names is None:
            texts.append((x, y, [said]))
        else:
            names.append(said)
    for x, y, names in texts:
        # At the right there is no room on the right.
        back = x > left + 0.8 * (right - left)
        axes.annotate(
            ", ".join(names), xy=(x, y), xytext=(-7 if back else 7, 6), fontsize=TEXT_SIZE,
            textcoords="offset points", ha="right" if back else "left", color=INK.light, zorder=6,
        )  # fmt: skip


def _limit_line(axes: Axes, text: str) -> None:
    axes.margins(0.12)
    left, right = axes.get_xlim()
    left, right = min(left, 0.0), max(right, 0.0)
    place = -left / (right - left)
    axes.axvline(0, color=INK.light, linewidth=1.2, dashes=(5, 2), zorder=3)
    axes.text(
        0.0, 1.01, drawable(text), transform=axes.get_xaxis_transform(), va="bottom",
        ha="left" if place < 0.3 else "right" if place > 0.7 else "center", fontsize=TEXT_SIZE,
        color=INK.light, parse_math=False,
    )  # fmt: skip


def _beyond(axes: Axes, right: bool) -> None:
    """Hatch the side of the limit that is not allowed."""
    left_end, right_end = axes.get_xlim()
    ends: Sequence[float] = (0, right_end) if right else (left_end, 0)
    if ends[0] < ends[1]:
        axes.axvspan(
            *ends, facecolor="none", edgecolor=GRID.light, hatch="//", linewidth=0, zorder=0
        )
    axes.set_xlim(left_end, right_end)


def _key(axes: Axes) -> None:
    from matplotlib.lines import Line2D

    marks = (
        ("*", GOOD.light, GOOD.light, "best within"),
        ("o", ACCENT.light, ACCENT.light, "within"),
        ("o", PAPER.light, ACCENT.light, "undecided"),
        ("x", BAD.light, BAD.light, "beyond (hatched side)"),
        (".", MUTED.light, MUTED.light, _NOT_JUDGED),
    )
    legend = axes.legend(
        handles=[
            Line2D([], [], marker=m, linestyle="", markerfacecolor=f, markeredgecolor=e, label=text)
            for m, f, e, text in marks
        ],
        loc="lower left", bbox_to_anchor=(0.0, 1.06), ncols=5, frameon=False,
        fontsize=TEXT_SIZE - 1,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_color(INK.light)


def _setting(point: Mapping[str, Any], name: str) -> Cell:
    value = point.get(name)
    if value is None:
        return text_cell("as today")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(f"{value:g}", value)
    return text_cell(str(value))
