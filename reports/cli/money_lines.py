"""The business case of a scenario as text for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.comparison import Comparison, ScenarioOutcome


def business_case_lines(outcome: ScenarioOutcome) -> list[str]:
    """Return what a scenario is worth, part by part."""
    from reports.answer import signed_text
    from reports.business_case import risk_text
    from reports.cli.tables import text_table, wrapped
    from scenarios.money.waterfall import told_from_zero

    case = outcome.business_case
    if case is None:
        return []
    parts = [*case.profit.amounts]
    rows = []
    for amount in parts:
        value = amount.value
        if value.low == value.high == 0:
            continue
        text, span = signed_text(value, "currency", case.currency)
        rows.append((amount.label, text, span, "" if told_from_zero(value) else "-"))
    text, span = signed_text(case.profit.total, "currency", case.currency)
    rows.append(("together", text, span, "" if told_from_zero(case.profit.total) else "-"))
    lines = ["", f"In money, per {case.profit.per}; better is +, - is no detectable difference"]
    lines.append(text_table(("", "change", "interval", ""), rows, "lrrl"))
    if case.investment is not None:
        lines += ["", f"Present value over {case.investment.cost.life_years:g} years"]
        amounts = [(one.label, one.value) for one in case.investment.npv_amounts]
        amounts.append(("net present value", case.investment.npv))
        lines.append(
            text_table(
                ("", "value", "interval"),
                [
                    (label, *signed_text(value, "currency", case.currency))
                    for label, value in amounts
                ],
            )
        )
    if case.cash_flow_at_risk:
        lines += ["", "Cash flow at risk"]
        lines += [wrapped(risk_text(risk, case.currency), 2) for risk in case.cash_flow_at_risk]
        notes = dict.fromkeys(risk.note for risk in case.cash_flow_at_risk if risk.note)
        lines += [wrapped(f"  {note}", 2) for note in notes]
    told = (case.cash.note, *case.warnings)
    return [*lines, *(wrapped(f"note: {text}", 2) for text in told if text)]


def assumption_lines(outcomes: Sequence[ScenarioOutcome]) -> list[str]:
    """Return what the money of all scenarios rests on, each assumption once."""
    from reports.cli.tables import wrapped

    cases = [outcome.business_case for outcome in outcomes]
    told = dict.fromkeys(text for case in cases if case is not None for text in case.assumptions)
    return (
        ["", "What the money rests on", *(wrapped(f"- {text}", 2) for text in told)] if told else []
    )


def summary_lines(comparison: Comparison, outcome: ScenarioOutcome) -> list[str]:
    """Return the business case in two lines; none where there is nothing to tell."""
    from reports.business_case import outcome_summary
    from reports.cli.tables import wrapped

    return [wrapped(f"  {text}", 2) for text in outcome_summary(comparison, outcome)]
