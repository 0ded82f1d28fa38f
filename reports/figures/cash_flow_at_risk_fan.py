"""Cash-flow-at-risk by horizon: what customers are expected to pay, how far it may fall short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.answer import signed_text
from reports.documents.cells import change_cell, estimate_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import dress, new_figure
from reports.figures.palette import INK, SERIES, Tone
from reports.figures.value_axis import axis_unit, nothing, one_line, value_ticks, with_unit
from reports.number_text import Scale, scale_of, share_text, value_text
from scenarios.estimate import Estimate
from scenarios.money.results import CashFlowAtRisk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BASELINE = "Baseline"
_MARKS = ((INK, "o", -1, ""), (SERIES[0], "s", 1, "//"))


def cash_flow_at_risk_fan(
    risks: Sequence[CashFlowAtRisk], currency: str = "", *, scenario: str = "Scenario"
) -> Figure:
    """Draw expected receipts and their lower limit by horizon, and below the shortfall itself.

    Parameters
    ----------
    risks
        Of one scenario, as :class:`~scenarios.money.results.BusinessCase` has them.
    currency
        ISO code.
    scenario
        Its title.
    """
    figure = new_figure(9.2, 5.6)
    fans = figure.subplots(2, 2, height_ratios=(3, 2), squeeze=False)
    figure.subplots_adjust(left=0.09, right=0.97, top=0.94, bottom=0.1, hspace=0.38, wspace=0.12)
    for axes in fans[1]:
        axes.remove()
    below = figure.add_subplot(fans[0][0].get_gridspec()[1, :])
    ordered = sorted(risks, key=lambda one: (one.level, one.horizon_days))
    most = max((abs(x.high) for r in ordered for x in (r.baseline_mean, r.scenario_mean)),
               default=0.0)  # fmt: skip
    scale = scale_of("currency", most, currency=currency)
    for axes, title, which in zip(fans[0], (_BASELINE, scenario), (0, 1), strict=True):
        _fan(axes, ordered, which, scale)
        # Both are cash of as many days, so one scale.
        axes.set_ylim(0, most * scale.factor * 1.08 or 1.0)
        axes.set_xlim(left=0)
        value_ticks(axes.yaxis, most=6)
        value_ticks(axes.xaxis, whole=True)
        unit = axis_unit(scale, "currency")
        label = with_unit("Net receipts of the period", unit) if which == 0 else ""
        dress(axes, xlabel="Length of the period (days)", ylabel=label, title=one_line(title, 250))
    _shortfall(below, ordered, currency, scenario)
    if not ordered:
        nothing(below, "The measured days are too few for a period")
    return figure


def cash_flow_at_risk_picture(
    risks: Sequence[CashFlowAtRisk],
    currency: str = "",
    *,
    scenario: str = "Scenario",
    key: str = "cash-flow-at-risk",
) -> Picture:
    """Return :func:`cash_flow_at_risk_fan` with its numbers."""
    ordered = sorted(risks, key=lambda one: (one.level, one.horizon_days))
    levels = " and ".join(dict.fromkeys(share_text(one.level) for one in ordered))
    confidence = share_text(ordered[0].baseline.confidence) if ordered else "95 %"
    notes = dict.fromkeys(one.note for one in ordered if one.note)
    caption = (
        "Net receipts: what the bank account gains from customers in a period of so many days. "
        f"Line: expected, the mean over replications. Shaded: down to what is kept with {levels} "
        "probability; its height is the cash-flow-at-risk, expected receipts less that quantile. "
        f"Below: cash-flow-at-risk with {confidence} bootstrap intervals over replications. "
        + " ".join(f"{note}." for note in notes)
    )
    heads = (
        "Horizon",
        "Level",
        "Baseline: expected",
        f"{scenario}: expected",
        "Baseline: cash-flow-at-risk",
        f"{scenario}: cash-flow-at-risk",
        "Difference",
        "Periods",
    )
    units = ("days", "share", *["currency"] * 5, "count")
    rows: list[list[Cell]] = [
        [
            Cell(f"{one.horizon_days} days", one.horizon_days, "days"),
            Cell(share_text(one.level), one.level, "share"),
            estimate_cell(one.baseline_mean, "currency", currency),
            estimate_cell(one.scenario_mean, "currency", currency),
            estimate_cell(one.baseline, "currency", currency),
            estimate_cell(one.scenario, "currency", currency),
            change_cell(one.difference, "currency", currency),
            Cell(str(one.periods), one.periods, "count"),
        ]
        for one in ordered
    ]
    columns = [Column(h, right=True, unit=u) for h, u in zip(heads, units, strict=True)]
    title = f"Cash-flow-at-risk: {scenario} against the baseline"
    return Picture(
        key=key,
        title=title,
        caption=caption.strip(),
        alternative=_told(ordered, currency, scenario),
        figure=lambda: cash_flow_at_risk_fan(risks, currency, scenario=scenario),
        data=Table(key, title, columns, rows, folded=True),
        chart=NativeChart(
            "column",
            heads[0],
            (heads[4], heads[5]),
            "Length of the period (days)",
            f"Cash-flow-at-risk ({currency or 'currency'})",
        ),
    )


def _sides(one: CashFlowAtRisk) -> tuple[tuple[Estimate, Estimate], tuple[Estimate, Estimate]]:
    return (one.baseline_mean, one.baseline), (one.scenario_mean, one.scenario)


def _fan(axes: Axes, ordered: Sequence[CashFlowAtRisk], which: int, scale: Scale) -> None:
    tone, mark, _, hatch = _MARKS[which]
    for level in dict.fromkeys(one.level for one in ordered):
        own = [one for one in ordered if one.level == level]
        days = [0, *(one.horizon_days for one in own)]
        mean = [0.0, *(_sides(one)[which][0].mean * scale.factor for one in own)]
        risk = [0.0, *(_sides(one)[which][1].mean * scale.factor for one in own)]
        low = [a - b for a, b in zip(mean, risk, strict=True)]
        axes.fill_between(
            days, low, mean, facecolor=(tone.light, 0.22), edgecolor=tone.light, hatch=hatch,
            linewidth=0,
        )  # fmt: skip
        axes.plot(days, low, color=tone.light, linewidth=1.2, dashes=(4, 1.6))
        axes.plot(days, mean, color=tone.light, linewidth=1.8, marker=mark, markersize=5)


def _shortfall(axes: Axes, ordered: Sequence[CashFlowAtRisk], currency: str, scenario: str) -> None:
    most = max((abs(x) for r in ordered for e in (r.baseline, r.scenario) for x in (e.mean, e.high)
                if x == x), default=0.0)  # fmt: skip
    scale = scale_of("currency", most, currency=currency)
    gap = min((one.horizon_days for one in ordered), default=1) * 0.06
    labelled: set[int] = set()
    for one in ordered:
        for which, (_, risk) in enumerate(_sides(one)):
            tone, mark, side, _ = _MARKS[which]
            name = "" if which in labelled else one_line((_BASELINE, scenario)[which], 360)
            labelled.add(which)
            _interval(axes, one.horizon_days + side * gap, risk, tone, mark, scale, name)
    axes.set_ylim(0, most * scale.factor * 1.15 or 1.0)
    axes.set_xlim(0, max((one.horizon_days for one in ordered), default=1) * 1.06)
    value_ticks(axes.yaxis, most=5)
    value_ticks(axes.xaxis, whole=True)
    dress(axes, xlabel="Length of the period (days)",
          ylabel=with_unit("Cash-flow-at-risk", axis_unit(scale, "currency")))  # fmt: skip
    if ordered:
        legend = axes.legend(loc="upper left", frameon=False, fontsize=8.5)
        for text in legend.get_texts():
            text.set_color(INK.light)
            text.set_parse_math(False)


def _interval(
    axes: Axes, x: float, value: Estimate, tone: Tone, mark: str, scale: Scale, name: str
) -> None:
    if value.low < value.high:
        axes.plot([x, x], [value.low * scale.factor, value.high * scale.factor],
                  color=tone.light, linewidth=1.5)  # fmt: skip
    # An underscore would keep a name out of the legend.
    axes.plot(x, value.mean * scale.factor, mark, color=tone.light, markersize=6.5,
              label=f" {name}" if name else None)  # fmt: skip


def _told(ordered: Sequence[CashFlowAtRisk], currency: str, scenario: str) -> str:
    if not ordered:
        return "The measured days are too few for cash-flow-at-risk."
    one = ordered[-1]
    text, span = signed_text(one.difference, "currency", currency)
    return (
        f"Receipts of {one.horizon_days} days fall short of what is expected by at most "
        f"{value_text(one.baseline.mean, 'currency', currency)} with {share_text(one.level)} "
        f"probability in the baseline and {value_text(one.scenario.mean, 'currency', currency)} "
        f"with {scenario}: {text} ({span})."
    )
