"""Which settings move a KPI, each moved alone: a tornado."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, signed_text
from reports.documents.cells import change_cell, estimate_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress
from reports.figures.effect_rows import MOST_ROWS, finish, rows_figure
from reports.figures.palette import INK, SERIES
from reports.figures.value_axis import axis_unit, nothing, value_ticks, with_unit
from reports.number_text import scale_of, share_text
from scenarios.estimate import Estimate
from scenarios.search.tornado import Effect, TornadoBar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FILLS = ((SERIES[0], ""), (SERIES[1], "///"), (SERIES[2], ".."), (SERIES[3], "xx"))
_CAPTION = (
    "Each setting alone has another value; all else is as it is today, with the same orders, "
    "customers and luck. Bar: mean change of {kpi} from today; thin line: {confidence} interval, "
    "paired over {replications} replications. The words on the right name "
    "each bar's value, in the same order. The setting that moves it most is on top."
)


def tornado_figure(
    bars: Sequence[TornadoBar],
    response: str,
    currency: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Figure:
    """Draw the effects of each factor as bars from nothing, the longest on top.

    Parameters
    ----------
    bars
        What :func:`scenarios.search.tornado.tornado` gives.
    response
        KPI key.
    currency
        ISO code.
    definitions
        Label and unit of the KPI.
    """
    definition = definition_of(response, definitions)
    shown = bars[:MOST_ROWS]
    values = [_drawn(bar) for bar in shown]
    most = max((abs(e.change.mean) for own in values for e in own), default=0.0)
    scale = scale_of(definition.unit, most, currency=currency, difference=True)
    heights = [max(1.0, 0.5 * len(own)) for own in values]
    rows = rows_figure([_name(bar) for bar in shown], [""] * len(shown), heights=heights)
    for bar, own, place, height in zip(shown, values, rows.places, heights, strict=True):
        thick = 0.84 * height / max(1, len(own))
        for number, effect in enumerate(own):
            at = place - 0.42 * height + thick * (number + 0.5)
            tone, hatch = _FILLS[number % len(_FILLS)]
            change = effect.change
            rows.axes.barh(
                at, change.mean * scale.factor, height=0.86 * thick,
                facecolor=(tone.light, 0.55), edgecolor=tone.light, hatch=hatch, linewidth=0.6,
            )  # fmt: skip
            if change.low < change.high:
                limits = [change.low * scale.factor, change.high * scale.factor]
                rows.axes.plot(limits, [at, at], color=INK.light, linewidth=1.2)
            text, span = signed_text(change, definition.unit, currency)
            said = f"{_value(effect.value, bar.factor.unit)}: {text}"
            _right(rows.axes, at, said + (f" ({span})" if span else ""))
    value_ticks(rows.axes.xaxis, most=6)
    unit = axis_unit(scale, "currency" if definition.unit == "currency" else "")
    dress(rows.axes, xlabel=with_unit(f"Change of {definition.label}", unit), ylabel="")
    finish(rows.axes)
    if not shown:
        nothing(rows.axes, "No setting was varied")
    return rows.figure


def tornado_picture(
    bars: Sequence[TornadoBar],
    response: str,
    currency: str = "",
    *,
    key: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Picture:
    """Return :func:`tornado_figure` with its numbers, all factors among them."""
    definition = definition_of(response, definitions)
    key = key or f"tornado-{response.replace('_', '-')}"
    first = bars[0].effects[0].change if bars and bars[0].effects else None
    caption = _CAPTION.format(
        kpi=definition.label,
        confidence=share_text(first.confidence) if first else "95 %",
        replications=first.replications if first else 0,
    )
    if len(bars) > MOST_ROWS:
        caption += f" The first {MOST_ROWS} of {len(bars)} settings are drawn; the table has all."
    rows: list[list[Cell]] = [
        [
            text_cell(bar.factor.label or bar.factor.name, note=bar.factor.name),
            _setting(bar.factor.now, bar.factor.unit),
            _setting(effect.value, bar.factor.unit),
            change_cell(effect.change, definition.unit, currency),
            estimate_cell(effect.change_pct, "%"),
            value_cell(bar.swing, definition.unit, currency),
        ]
        for bar in bars
        for effect in bar.effects
    ]
    columns = (
        Column("Setting"),
        Column("Today", right=True),
        Column("Value", right=True),
        Column(f"Change of {definition.label}", right=True, unit=definition.unit),
        Column("Of today's mean", right=True, unit="%"),
        Column("From end to end", right=True, unit=definition.unit),
    )
    title = f"What moves {definition.label}"
    told = [bar for bar in bars if any(_told_from_zero(one.change) for one in bar.effects)]
    if told:
        title += f": {told[0].factor.label or told[0].factor.name} most"
    elif bars:
        title += f": nothing detectable with {bars[0].effects[0].change.replications} replications"
    return Picture(
        key=key,
        title=title,
        caption=caption,
        alternative=_told(bars, definition, currency),
        figure=lambda: tornado_figure(bars, response, currency, definitions),
        data=Table(key, f"Change of {definition.label} by setting", columns, rows, folded=True),
    )


def _drawn(bar: TornadoBar) -> list[Effect]:
    """Return the effects to draw; today's value moves nothing."""
    return [e for e in bar.effects if str(e.value) != str(bar.factor.now)] or list(bar.effects)


def _name(bar: TornadoBar) -> str:
    name = bar.factor.label or bar.factor.name
    return name if bar.factor.now is None else f"{name} (today {_value(bar.factor.now, '')})"


def _value(value: object, unit: str) -> str:
    number = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{number} {unit}".strip() if len(number) + len(unit) < 14 else number[:14]


def _setting(value: object, unit: str) -> Cell:
    if value is None:
        return text_cell("")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(f"{value:g} {unit}".strip(), value, unit)
    return Cell(str(value), str(value))


def _right(axes: Axes, at: float, text: str) -> None:
    axes.annotate(
        drawable(text), xy=(1.0, at), xycoords=axes.get_yaxis_transform(),
        xytext=(8, 0), textcoords="offset points", ha="left", va="center", color=INK.light,
        fontsize=TEXT_SIZE - 1.2, parse_math=False, annotation_clip=False,
    )  # fmt: skip


def _told(bars: Sequence[TornadoBar], definition: KpiDefinition, currency: str) -> str:
    if not bars:
        return f"No setting was varied to see what moves {definition.label}."
    parts = []
    for bar in bars[:3]:
        effect = max(bar.effects, key=lambda one: abs(one.change.mean))
        text, span = signed_text(effect.change, definition.unit, currency)
        name = bar.factor.label or bar.factor.name
        parts.append(f"{name} at {_value(effect.value, bar.factor.unit)}: {text} ({span})")
    return f"Changes of {definition.label}, the largest first: {'; '.join(parts)}."


def _told_from_zero(change: Estimate) -> bool:
    return change.low > 0 or change.high < 0
