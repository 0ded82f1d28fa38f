"""Waterfalls: what each lever of a scenario, or each part of a sum of money, brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, signed_text
from reports.documents.cells import change_cell, text_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import dress
from reports.figures.effect_rows import MOST_ROWS, finish, rows_figure
from reports.figures.palette import BAD, GOOD, INK, PAPER
from reports.figures.value_axis import axis_unit, nothing, value_ticks, with_unit
from reports.number_text import Scale, scale_of, share_text
from scenarios.decomposition import Decomposition
from scenarios.estimate import Estimate
from scenarios.levers import LEVERS
from scenarios.money.results import Amount, BusinessCase
from scenarios.money.waterfall import Step, present_value_waterfall, profit_waterfall, waterfall

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A fall of these is cash in the bank.
CASH_KPIS = ("cash_tied_up_mean", "receivables_mean")
_BAR = (
    "Green and plain is better, brown and hatched worse; pale where the {confidence} interval "
    "(thin line) holds zero. The last bar is the sum."
)


def waterfall_figure(
    steps: Sequence[Step],
    unit: str,
    currency: str,
    *,
    label: str,
    good: int = 1,
) -> Figure:
    """Draw steps from nothing to their total, the first on top.

    Parameters
    ----------
    steps
        As :func:`scenarios.money.waterfall.waterfall` gives them.
    unit, currency
        Of the values.
    label
        Of the axis, without the unit.
    good
        1 where more is better, -1 where less is, 0 where neither is.
    """
    shown = _fewer(steps)
    scale = _scale(shown, unit, currency)
    words = ["".join(_said(step.value, unit, currency)) for step in shown]
    rows = rows_figure([step.label for step in shown], words)
    for number, (step, place) in enumerate(zip(shown, rows.places, strict=True)):
        start, end = step.start * scale.factor, step.end * scale.factor
        total = step.key == "total"
        better = (end - start) * (good or 1) >= 0
        tone = INK if total or not good else GOOD if better else BAD
        sure = step.told_from_zero
        hatched = not (total or better)
        rows.axes.barh(
            place, end - start, left=start, height=0.58,
            facecolor=(tone.light, 1.0 if sure else 0.25),
            # The hatch takes the colour of the edge and must show on its own bar.
            edgecolor=PAPER.light if hatched and sure else tone.light,
            hatch="///" if hatched else "", linewidth=0.8,
        )  # fmt: skip
        value = step.value
        if value.low < value.high:
            limits = [(step.start + x) * scale.factor for x in (value.low, value.high)]
            rows.axes.plot(limits, [place, place], color=INK.light, linewidth=1.2)
            rows.axes.plot(limits, [place, place], "|", color=INK.light, markersize=5)
        if number + 1 < len(shown):
            rows.axes.plot([end, end], [place + 0.29, rows.places[number + 1] - 0.29],
                           color=INK.light, linewidth=0.7)  # fmt: skip
    value_ticks(rows.axes.xaxis, most=6)
    dress(rows.axes, xlabel=with_unit(label, _unit(scale, unit)), ylabel="")
    finish(rows.axes)
    if not shown:
        nothing(rows.axes, "Nothing changes")
    return rows.figure


def waterfall_picture(
    steps: Sequence[Step],
    unit: str,
    currency: str,
    *,
    key: str,
    title: str,
    caption: str,
    label: str,
    good: int = 1,
) -> Picture:
    """Return :func:`waterfall_figure` with its numbers; the caption says what is summed."""
    confidence = share_text(steps[-1].value.confidence) if steps else ""
    native = _unit(scale_of(unit, currency=currency, difference=True), unit)
    return Picture(
        key=key,
        title=title,
        caption=f"{caption} {_BAR.format(confidence=confidence)}" if steps else caption,
        alternative=_told(title, steps, unit, currency),
        figure=lambda: waterfall_figure(steps, unit, currency, label=label, good=good),
        data=_table(key, title, steps, unit, currency, label),
        chart=NativeChart("bar", "Part", (label,), "Part", with_unit(label, native)),
    )


def decomposition_picture(
    found: Decomposition,
    currency: str = "",
    *,
    scenario: str = "",
    key: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Picture:
    """Return what each lever of a scenario did to a KPI; cash freed where the KPI is cash tied up.

    Parameters
    ----------
    found
        What :func:`scenarios.decomposition.decompose` gives.
    currency
        ISO code.
    scenario
        Its title, for the caption.
    key
        As in :class:`~reports.documents.document.Picture`; made from the KPI by default.
    definitions
        Labels and units.
    """
    definition = definition_of(found.response, definitions)
    cash = found.response in CASH_KPIS
    flip = _minus if cash else _same
    parts = [Amount(c.part, _label(c.part), flip(c.shapley)) for c in found.contributions]
    change = flip(found.change)
    label = "Cash freed" if cash else f"Change of {definition.label}"
    steps = waterfall(parts, change, "All together")
    how = (
        f"all {found.points} combinations of the levers were run"
        if found.exact
        else f"a sample of the orders, {found.points} combinations of the levers, was run"
    )
    of = f" of {scenario}" if scenario else ""
    what = f"Fall of {definition.label}" if cash else label
    caption = (
        f"{what}{of}, by lever: the mean over the orders in which the levers could come (Shapley "
        f"value; {how}). Together they are the whole change."
    )
    text, span = signed_text(change, definition.unit, currency)
    good = 1 if cash else {"higher": 1, "lower": -1}.get(definition.better, 0)
    return waterfall_picture(
        steps,
        definition.unit,
        currency,
        key=key or f"by-lever-{found.response.replace('_', '-')}",
        title=f"{label} by lever: {text}{f' ({span})' if span else ''} in all",
        caption=caption,
        label=label,
        good=good,
    )


def business_case_pictures(
    case: BusinessCase, *, scenario: str, key: str = "business-case"
) -> list[Picture]:
    """Return the waterfalls of a business case: the effect on the result, the present value."""
    per = "year" if case.profit.per == "year" else "measured days"
    found = []
    if steps := profit_waterfall(case):
        text = _together(case.profit.total, case.currency)
        found.append(
            waterfall_picture(
                steps, "currency", case.currency, key=f"{key}-result",
                title=f"Effect on the result per {per}: {text}",
                caption=f"{scenario}, less the baseline in the same replication, by what causes "
                "it; before the cost of the change.",
                label=f"Effect on the result per {per}",
            )
        )  # fmt: skip
    if case.investment is not None and (steps := present_value_waterfall(case)):
        life = case.investment.cost.life_years
        text = _together(case.investment.npv, case.currency)
        found.append(
            waterfall_picture(
                steps, "currency", case.currency, key=f"{key}-present-value",
                title=f"Net present value over {life:g} years: {text}",
                caption=f"{scenario}: present values at "
                f"{case.investment.cost.discount_rate_pct_per_year:g} % a year.",
                label="Present value",
            )
        )  # fmt: skip
    return found


def _label(part: str) -> str:
    """Return a lever's label; groups and parameters are called what they are."""
    return LEVERS[part].label if part in LEVERS else part


def _together(value: Estimate, currency: str) -> str:
    return "".join(_said(value, "currency", currency))


def _same(value: Estimate) -> Estimate:
    return value


def _minus(value: Estimate) -> Estimate:
    return replace(value, mean=-value.mean, low=-value.high, high=-value.low)


def _fewer(steps: Sequence[Step]) -> list[Step]:
    """Return steps of which the last before the total are taken together if they are too many."""
    if len(steps) <= MOST_ROWS:
        return list(steps)
    kept, rest, total = steps[: MOST_ROWS - 2], steps[MOST_ROWS - 2 : -1], steps[-1]
    nan = float("nan")
    mean = rest[-1].end - rest[0].start
    value = Estimate(mean, nan, nan, nan, total.value.replications, total.value.confidence)
    label = f"{len(rest)} others, see the table"
    return [*kept, Step("others", label, rest[0].start, rest[-1].end, value, False), total]


def _scale(steps: Sequence[Step], unit: str, currency: str) -> Scale:
    most = max((abs(x) for step in steps for x in (step.start, step.end)), default=0.0)
    return scale_of(unit, most, currency=currency, difference=True)


def _unit(scale: Scale, unit: str) -> str:
    return axis_unit(scale, "currency" if unit == "currency" else "")


def _said(value: Estimate, unit: str, currency: str) -> tuple[str, str]:
    text, span = signed_text(value, unit, currency)
    return text, f" ({span})" if span else ""


def _table(
    key: str, title: str, steps: Sequence[Step], unit: str, currency: str, label: str
) -> Table:
    rows: list[list[Cell]] = [
        [
            text_cell(step.label),
            change_cell(
                step.value,
                unit,
                currency,
                verdict="" if step.told_from_zero else "no detectable difference",
            ),
        ]
        for step in steps
    ]
    columns = (Column("Part"), Column(label, right=True, unit=unit))
    return Table(key, title, columns, rows, folded=True, total=bool(steps))


def _told(title: str, steps: Sequence[Step], unit: str, currency: str) -> str:
    if len(steps) < 2:
        return f"{title}. No part of it changes."
    largest = sorted(steps[:-1], key=lambda step: -abs(step.value.mean))[:3]
    parts = ", ".join(
        f"{step.label} {''.join(_said(step.value, unit, currency))}" for step in largest
    )
    return f"{title}. The largest parts: {parts}."
