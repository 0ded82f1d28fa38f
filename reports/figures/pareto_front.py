"""Trade-offs between two KPIs: points of which none is better than another in both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, signed_text
from reports.documents.cells import change_cell, estimate_cell, text_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, dress, new_figure
from reports.figures.palette import ACCENT, BAD, GRID, INK, MUTED, PAPER
from reports.figures.value_axis import (
    axis_unit,
    distinct,
    long_ylabel,
    nothing,
    value_ticks,
)
from reports.limit_words import limit_words
from reports.number_text import Scale, scale_of, share_text
from scenarios.levers import LEVERS
from scenarios.search.pareto import Candidate, Front

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STANDINGS = {
    "front": "no other point is better in all",
    "maybe": "another is better in the mean, which may be chance",
    "dominated": "another is better",
    "undecided": "perhaps beyond a limit",
    "beyond": "beyond a limit",
}
_FAINT_MARKS = {"dominated": "x", "beyond": "+"}
_LIMITED = ("undecided", "beyond")
_TODAY = "today"


def pareto_figure(
    front: Front,
    currency: str = "",
    *,
    responses: tuple[str, str] | None = None,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Figure:
    """Draw the points of a search by their changes of two KPIs from today.

    Parameters
    ----------
    front
        What :func:`scenarios.search.pareto.pareto` gives.
    currency
        ISO code.
    responses
        The KPIs of the x and y axis; the first two by default.
    definitions
        Labels and units.
    """
    figure = new_figure(9.2, 5.0)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.1, right=0.97, top=0.86, bottom=0.12)
    x, y = responses or (front.responses[0], front.responses[1])
    scales = [
        scale_of(
            definition_of(key, definitions).unit,
            *_largest(front, key),
            currency=currency,
            difference=True,
        )
        for key in (x, y)
    ]
    # The front of all KPIs need not be one of these two, so only two make a line.
    if len(front.responses) == 2:
        _line(axes, front, x, y, scales)
    for number, one in enumerate(front.candidates, 1):
        _point(axes, one, x, y, scales)
        if one.standing == "front" or _is_today(one):
            axes.annotate(
                f"{number}" + (f" {_TODAY}" if _is_today(one) else ""),
                xy=(
                    one.changes[x].mean * scales[0].factor,
                    one.changes[y].mean * scales[1].factor,
                ),
                xytext=(6, 6),
                textcoords="offset points",
                fontsize=TEXT_SIZE,
                color=INK.light,
            )
    _key(axes, bool(front.constraints))
    axes.margins(0.08)
    value_ticks(axes.xaxis)
    value_ticks(axes.yaxis)
    ylabel = _label(y, scales[1], definitions)
    dress(axes, xlabel=_label(x, scales[0], definitions), ylabel=ylabel)
    long_ylabel(axes, ylabel)
    axes.grid(axis="x", color=GRID.light, linewidth=0.8)
    if not front.candidates:
        nothing(axes, "No point was found")
    return figure


def pareto_picture(
    front: Front,
    currency: str = "",
    *,
    key: str = "pareto-front",
    responses: tuple[str, str] | None = None,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Picture:
    """Return :func:`pareto_figure` with the numbers and settings of every point."""
    x, y = responses or (front.responses[0], front.responses[1])
    labels = {name: definition_of(name, definitions) for name in front.responses}
    heads = distinct(labels[name].label for name in front.responses)
    changes = [f"{head}: change from today" for head in heads]
    settings = list(dict.fromkeys(name for one in front.candidates for name in one.point))
    columns = [
        Column("Point", right=True, unit="count"),
        Column("Standing"),
        *(
            Column(head, right=True, unit=labels[n].unit)
            for head, n in zip(heads, front.responses, strict=True)
        ),
        *(Column(head, right=True) for head in changes),
        *(Column(name) for name in distinct(_setting_name(name) for name in settings)),
    ]
    rows: list[list[Cell]] = [
        [
            Cell(str(number) + (f" ({_TODAY})" if _is_today(one) else ""), number, "count"),
            text_cell(_standing(one)),
            *(estimate_cell(one.estimates[n], labels[n].unit, currency) for n in front.responses),
            *(change_cell(one.changes[n], labels[n].unit, currency) for n in front.responses),
            *(_setting(one.point.get(name)) for name in settings),
        ]
        for number, one in enumerate(front.candidates, 1)
    ]
    best = sum(one.standing == "front" for one in front.candidates)
    title = f"Trade-offs between {labels[x].label} and {labels[y].label}"
    caption = (
        f"{front.searched} points were searched; those near the front were run again with "
        f"{front.replications} fresh replications each. Filled circle: {_STANDINGS['front']}; "
        f"hollow circle: {_STANDINGS['maybe']}; cross: {_STANDINGS['dominated']}, at "
        f"{share_text(front.confidence)} confidence. Thin lines: {share_text(front.confidence)} "
        "intervals of the change, paired with the company as it is. The numbers are those of the "
        "table, which has the settings."
    )
    if front.constraints:
        limits = "; ".join(limit_words(one, currency, definitions) for one in front.constraints)
        caption += (
            f" Limits: {limits}. Only points that are within them are on the front or compared; "
            f"square: {_STANDINGS['undecided']}; plus: {_STANDINGS['beyond']}."
        )
    return Picture(
        key=key,
        title=title,
        caption=caption,
        alternative=_told(front, title, best, labels, currency),
        figure=lambda: pareto_figure(front, currency, responses=responses, definitions=definitions),
        data=Table(key, title, columns, rows, folded=True),
        chart=NativeChart(
            "scatter",
            changes[front.responses.index(x)],
            (changes[front.responses.index(y)],),
            _native_label(labels[x], currency),
            _native_label(labels[y], currency),
        ),
    )


def _is_today(one: Candidate) -> bool:
    return not one.point or all(
        change.mean == change.low == change.high == 0 for change in one.changes.values()
    )


def _standing(one: Candidate) -> str:
    if one.standing in _LIMITED:
        return _STANDINGS[one.standing]
    if one.better < 0:
        return "on the front"
    doubt = "perhaps " if one.standing == "maybe" else ""
    return f"{doubt}worse than {one.better + 1}"


def _line(axes: Axes, front: Front, x: str, y: str, scales: list[Scale]) -> None:
    points = sorted(
        (one.changes[x].mean * scales[0].factor, one.changes[y].mean * scales[1].factor)
        for one in front.candidates
        if one.standing == "front"
    )
    axes.plot(
        [a for a, _ in points], [b for _, b in points], color=ACCENT.light, linewidth=1.2,
        dashes=(3, 1.5), zorder=1,
    )  # fmt: skip


def _point(axes: Axes, one: Candidate, x: str, y: str, scales: list[Scale]) -> None:
    faint = one.standing in ("dominated", *_LIMITED)
    tone = BAD if _is_today(one) else MUTED if faint else ACCENT
    across, up = one.changes[x], one.changes[y]
    a, b = across.mean * scales[0].factor, up.mean * scales[1].factor
    for own, scale, horizontal in ((across, scales[0], True), (up, scales[1], False)):
        if own.low < own.high:
            ends = [own.low * scale.factor, own.high * scale.factor]
            where = (ends, [b, b]) if horizontal else ([a, a], ends)
            axes.plot(*where, color=tone.light, linewidth=0.8, alpha=0.55, zorder=2)
    if one.standing in _FAINT_MARKS and not _is_today(one):
        mark = _FAINT_MARKS[one.standing]
        axes.plot(a, b, marker=mark, markersize=6, color=tone.light, linestyle="", zorder=3)
        return
    axes.plot(
        a, b, marker="D" if _is_today(one) else "s" if one.standing == "undecided" else "o",
        markersize=8, linestyle="", zorder=4,
        markerfacecolor=PAPER.light if one.standing != "front" else tone.light,
        markeredgecolor=tone.light, markeredgewidth=1.5,
    )  # fmt: skip


def _key(axes: Axes, limits: bool) -> None:
    from matplotlib.lines import Line2D

    marks = [
        ("o", ACCENT.light, ACCENT.light, "front"),
        ("o", PAPER.light, ACCENT.light, "perhaps worse"),
        ("x", MUTED.light, MUTED.light, "worse"),
        ("D", BAD.light, BAD.light, "today (filled on the front)"),
    ]
    if limits:
        marks += [
            ("s", PAPER.light, MUTED.light, "perhaps beyond a limit"),
            ("+", MUTED.light, MUTED.light, "beyond a limit"),
        ]
    legend = axes.legend(
        handles=[
            Line2D([], [], marker=m, linestyle="", markerfacecolor=f, markeredgecolor=e, label=text)
            for m, f, e, text in marks
        ],
        loc="lower left",
        bbox_to_anchor=(0.0, 1.01),
        ncols=3 if limits else 4,
        frameon=False,
        fontsize=TEXT_SIZE - 1,
    )
    for text in legend.get_texts():
        text.set_color(INK.light)


def _label(key: str, scale: Scale, definitions: Mapping[str, KpiDefinition]) -> str:
    definition = definition_of(key, definitions)
    unit = axis_unit(scale, "currency" if definition.unit == "currency" else "")
    wanted = {"lower": "; less is better", "higher": "; more is better"}.get(definition.better, "")
    return f"Change of {definition.label} from today ({unit}{wanted})"


def _largest(front: Front, key: str) -> list[float]:
    """Return the change of largest size, by which a scale is chosen."""
    return [max((abs(c.changes[key].mean) for c in front.candidates), default=0.0)]


def _native_label(definition: KpiDefinition, currency: str) -> str:
    unit = (currency or "currency") if definition.unit == "currency" else definition.unit
    return f"Change of {definition.label} from today ({unit})"


def _setting_name(name: str) -> str:
    return LEVERS[name].label if name in LEVERS else name


def _setting(value: object) -> Cell:
    if value is None:
        return text_cell("as today")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(f"{value:g}", value)
    return Cell(str(value), str(value))


def _told(
    front: Front, title: str, best: int, labels: Mapping[str, KpiDefinition], currency: str
) -> str:
    said = f"{title}: {best} of {len(front.candidates)} points are on the front."
    for key in front.responses:
        changes = [c.changes[key] for c in front.candidates if c.standing == "front"]
        if changes:
            lower = labels[key].better != "higher"
            most = (min if lower else max)(changes, key=lambda one: one.mean)
            text, span = signed_text(most, labels[key].unit, currency)
            within = f" ({span})" if span else ""
            said += f" The best {labels[key].label} is {text}{within} from today."
    return said
