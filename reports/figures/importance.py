"""Which settings matter all over their ranges: Morris' effects and Sobol's shares of variance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of
from reports.documents.cells import text_cell, value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import dress
from reports.figures.effect_rows import MOST_ROWS, finish, rows_figure
from reports.figures.palette import ACCENT, BAD, INK
from reports.figures.value_axis import axis_unit, nothing, value_ticks, with_unit
from reports.number_text import Scale, scale_of, share_text
from scenarios.search.sensitivity import Importance, Index, Screening

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MORRIS = (
    "Bar: mean size of the elementary effects (mu*) of a setting moved over its whole range, the "
    "others anywhere in theirs; thin line: {confidence} bootstrap interval over the design. "
    "Diamond: their standard deviation (sigma), large where the effect depends on the others. "
    "Morris 1991; Campolongo et al. 2007."
)
_SOBOL = (
    "Pale bar: share of the variance with all interactions (ST); dark bar: share of the setting "
    "alone (S1); thin lines: {confidence} bootstrap intervals over the design. Interactions make "
    "the shares with them sum to more than 100 %. Saltelli et al. 2010."
)


def importance_figure(
    found: Screening,
    currency: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Figure:
    """Draw a screening, the setting that matters most on top.

    Parameters
    ----------
    found
        What :func:`scenarios.search.sensitivity.morris` or ``sobol`` gives.
    currency
        ISO code.
    definitions
        Label and unit of the KPI.
    """
    morris = found.method == "morris"
    shown = found.importances[:MOST_ROWS]
    scale, label = _scale(found, currency, definitions)
    rows = rows_figure([_name(one) for one in shown], [_words(one, scale, morris) for one in shown])
    for one, place in zip(shown, rows.places, strict=True):
        for index, dark in ((one.total, False), (one.first, True)):
            if dark and morris:
                continue
            thick, at = (0.26, place + 0.13) if dark else (0.62 if morris else 0.6, place)
            rows.axes.barh(
                at, index.value * scale.factor, height=thick,
                facecolor=(ACCENT.light, 1.0 if dark else 0.45), edgecolor=ACCENT.light,
                hatch="" if dark or morris else "//", linewidth=0.7,
            )  # fmt: skip
            if index.half_width > 0:
                limits = [(index.value + s * index.half_width) * scale.factor for s in (-1, 1)]
                level = at if morris or dark else place - 0.16
                rows.axes.plot(limits, [level, level], color=INK.light, linewidth=1.1)
        if morris and one.spread == one.spread:
            rows.axes.plot(
                one.spread * scale.factor, place, marker="D", markersize=6, color=BAD.light,
                markeredgecolor="white", linestyle="",
            )  # fmt: skip
    value_ticks(rows.axes.xaxis, most=6)
    dress(rows.axes, xlabel=label, ylabel="")
    finish(rows.axes)
    if not shown:
        nothing(rows.axes, "No setting was varied")
    return rows.figure


def importance_picture(
    found: Screening,
    currency: str = "",
    *,
    key: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Picture:
    """Return :func:`importance_figure` with its numbers."""
    morris = found.method == "morris"
    definition = definition_of(found.response, definitions)
    key = key or f"{found.method}-{found.response.replace('_', '-')}"
    unit = definition.unit if morris else "share"
    scale, label = _scale(found, currency, definitions)
    caption = (_MORRIS if morris else _SOBOL).format(confidence=share_text(found.confidence))
    noise = share_text(found.noise_share, 1)
    caption += (
        f" {found.points} points x {found.replications} replications; {noise} of the variance "
        "between points is noise of the replications"
        + (": too much, more of them are needed." if found.noisy else ".")
    )
    if len(found.importances) > MOST_ROWS:
        caption += f" The first {MOST_ROWS} settings are drawn; the table has all."
    heads = (
        ("Mean size of effect (mu*)", "Half-width", "With sign (mu)", "Spread (sigma)")
        if morris
        else ("With interactions (ST)", "Half-width", "Alone (S1)", "Half-width of S1")
    )
    rows: list[list[Cell]] = []
    for one in found.importances:
        last = one.spread if morris else one.first.half_width
        values = (one.total.value, one.total.half_width, one.first.value, last)
        name = one.factor.label or one.factor.name
        rows.append(
            [text_cell(name, one.factor.name), *(value_cell(v, unit, currency) for v in values)]
        )
    columns = [Column("Setting"), *(Column(head, right=True, unit=unit) for head in heads)]
    series = (heads[0],) if morris else (heads[0], heads[2])
    title = f"What matters for {definition.label}"
    return Picture(
        key=key,
        title=title,
        caption=caption,
        alternative=_told(found, title, scale, morris),
        figure=lambda: importance_figure(found, currency, definitions),
        data=Table(key, title, columns, rows, folded=True),
        chart=NativeChart("bar", "Setting", series, "Setting", label),
    )


def _scale(
    found: Screening, currency: str, definitions: Mapping[str, KpiDefinition]
) -> tuple[Scale, str]:
    definition = definition_of(found.response, definitions)
    if found.method != "morris":
        return Scale(100.0, 0, after=" %"), f"Share of the variance of {definition.label} (%)"
    values = [one.total.value for one in found.importances]
    scale = scale_of(definition.unit, *values, currency=currency, difference=True)
    unit = axis_unit(scale, "currency" if definition.unit == "currency" else "")
    return scale, with_unit(f"Effect on {definition.label}", unit)


def _name(one: Importance) -> str:
    return one.factor.label or one.factor.name


def _words(one: Importance, scale: Scale, morris: bool) -> str:
    if morris:
        return f"{_index(one.total, scale)}, sigma {scale.number(one.spread)}"
    return f"{_index(one.total, scale)}; alone {_index(one.first, scale)}"


def _index(index: Index, scale: Scale) -> str:
    if index.half_width != index.half_width:
        return scale.text(index.value)
    return f"{scale.text(index.value)} \u00b1 {scale.number(index.half_width)}"


def _told(found: Screening, title: str, scale: Scale, morris: bool) -> str:
    if not found.importances:
        return f"{title}: no setting was varied."
    parts = [f"{_name(one)} {_words(one, scale, morris)}" for one in found.importances[:3]]
    return f"{title}, the first: {'; '.join(parts)}."
