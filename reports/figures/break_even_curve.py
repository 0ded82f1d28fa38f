"""Break-even: a KPI along a lever, the target, and the interval of the place that reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of
from reports.documents.cells import change_cell, estimate_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress, new_figure
from reports.figures.palette import ACCENT, BAD, GOOD, GRID, INK
from reports.figures.value_axis import axis_unit, long_ylabel, nothing, value_ticks, with_unit
from reports.number_text import Scale, scale_of, share_text, significant_text, tick_text
from scenarios.estimate import Estimate
from scenarios.search.break_even import BreakEven
from scenarios.search.watch import Node

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def break_even_figure(
    found: BreakEven,
    currency: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Figure:
    """Draw what the target is about (level, change or percent) along the line that was searched.

    Parameters
    ----------
    found
        What :func:`scenarios.search.break_even.find_break_even` gives.
    currency
        ISO code.
    definitions
        Label and unit of the KPI.
    """
    figure = new_figure(9.2, 4.4)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.09, right=0.965, top=0.9, bottom=0.13)
    nodes = sorted(found.nodes, key=lambda node: node.value)
    scale, label = _scale(found, currency, definitions)
    values = [_watched(found, node) for node in nodes]
    target = _target(found) * scale.factor
    if found.status == "reached":
        if found.low < found.high:
            axes.axvspan(
                found.low, found.high, facecolor=(GOOD.light, 0.14), edgecolor=GOOD.light,
                hatch="..", linewidth=0,
            )  # fmt: skip
        axes.axvline(found.value, color=GOOD.light, linewidth=1.6)
    axes.axhline(target, color=BAD.light, linewidth=1.5, dashes=(6, 2))
    x = [node.value for node in nodes]
    axes.plot(x, [v.mean * scale.factor for v in values], color=ACCENT.light, linewidth=1.4,
              marker="o", markersize=5)  # fmt: skip
    for place, value in zip(x, values, strict=True):
        if value.low < value.high:
            ends = [value.low * scale.factor, value.high * scale.factor]
            axes.plot([place, place], ends, color=ACCENT.light, linewidth=1.2)
            axes.plot([place, place], ends, "_", color=ACCENT.light, markersize=7)
    axes.margins(x=0.04, y=0.14)
    _say(axes, found, target)
    value_ticks(axes.xaxis, whole=found.line.whole)
    value_ticks(axes.yaxis)
    dress(axes, xlabel=with_unit(found.line.label, found.line.unit), ylabel=label)
    long_ylabel(axes, label)
    axes.grid(axis="x", color=GRID.light, linewidth=0.8)
    if not nodes:
        nothing(axes, "Nothing was run along this line")
    return figure


def break_even_picture(
    found: BreakEven,
    currency: str = "",
    *,
    key: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Picture:
    """Return :func:`break_even_figure` with its numbers."""
    definition = definition_of(found.response, definitions)
    key = key or f"break-even-{found.response.replace('_', '-')}"
    label = _scale(found, currency, definitions)[1]
    confidence = share_text(found.confidence)
    caption = (
        f"Dots: means along {found.line.label}, each with its {confidence} interval, "
        f"{_about(found)}; between them the response is taken to run straight. Dashed: the target "
        f"({found.target}). {_answer(found)} {found.runs} runs, at most {found.replications} "
        "replications a place; the interval of the answer holds every place whose distance to the "
        "target is not told from zero."
    )
    place = with_unit(found.line.label, found.line.unit)
    columns = (
        Column(place, right=True, unit=found.line.unit),
        Column("Replications", right=True, unit="count"),
        Column(definition.label, right=True, unit=definition.unit),
        Column("Change from today", right=True, unit=definition.unit),
        Column("Of today's mean", right=True, unit="%"),
    )
    rows: list[list[Cell]] = [
        [
            Cell(f"{node.value:g} {found.line.unit}".strip(), node.value, found.line.unit),
            Cell(str(node.response.replications), node.response.replications, "count"),
            estimate_cell(node.response, definition.unit, currency),
            change_cell(node.change, definition.unit, currency),
            change_cell(node.change_pct, "%"),
        ]
        for node in sorted(found.nodes, key=lambda node: node.value)
    ]
    drawn = {"level": 2, "change": 3, "relative": 4}[found.target.kind]
    title = f"{definition.label} and its target, {found.target}"
    return Picture(
        key=key,
        title=title,
        caption=caption,
        alternative=f"{title}: {_answer(found)}",
        figure=lambda: break_even_figure(found, currency, definitions),
        data=Table(key, title, columns, rows, folded=True),
        chart=NativeChart("scatter", place, (columns[drawn].name,), place, label),
    )


def _watched(found: BreakEven, node: Node) -> Estimate:
    """Return what the target is about, so that it is one level all along."""
    return {"level": node.response, "change": node.change, "relative": node.change_pct}[
        found.target.kind
    ]


def _target(found: BreakEven) -> float:
    return found.target.value * (100.0 if found.target.kind == "relative" else 1.0)


def _about(found: BreakEven) -> str:
    return {
        "level": "over replications",
        "change": "of the paired change from today",
        "relative": "of the paired change from today in percent of today's mean",
    }[found.target.kind]


def _scale(
    found: BreakEven, currency: str, definitions: Mapping[str, KpiDefinition]
) -> tuple[Scale, str]:
    definition = definition_of(found.response, definitions)
    if found.target.kind == "relative":
        return Scale(1.0, 1, after=" %"), f"Change of {definition.label} (% of today's mean)"
    values = [_watched(found, node).mean for node in found.nodes]
    change = found.target.kind == "change"
    scale = scale_of(
        definition.unit, *values, found.target.value, currency=currency, difference=change
    )
    unit = axis_unit(scale, "currency" if definition.unit == "currency" else "")
    return scale, with_unit(f"Change of {definition.label}" if change else definition.label, unit)


def _answer(found: BreakEven) -> str:
    line = found.line
    unit = f" {line.unit}" if line.unit else ""
    if found.status == "reached":
        how = "The response jumps over the target at" if found.jump else "Reached at"
        value, low, high = (significant_text(x, 3) for x in (found.value, found.low, found.high))
        sure = share_text(found.confidence)
        return f"{how} {value}{unit} ({low} to {high}, {sure} interval)."
    if found.status == "already":
        return f"Reached already at the start, {tick_text(line.start)}{unit}."
    if found.status == "undecided":
        return "Not decided within the runs allowed."
    return f"Not reachable from {tick_text(line.start)} to {tick_text(line.end)}{unit}."


def _say(axes: Axes, found: BreakEven, target: float) -> None:
    axes.annotate(
        drawable(f"target {found.target}"), xy=(0.995, target),
        xycoords=axes.get_yaxis_transform(), xytext=(0, 4), textcoords="offset points", ha="right",
        fontsize=TEXT_SIZE - 0.5, color=BAD.light, parse_math=False,
    )  # fmt: skip
    axes.set_title(
        drawable(_answer(found)), loc="left", fontsize=TEXT_SIZE + 0.5, parse_math=False,
        color=GOOD.light if found.status in ("reached", "already") else INK.light,
    )  # fmt: skip
