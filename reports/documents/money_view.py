"""What the report of a comparison says about money: the business case of each scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports.business_case import outcome_summary, risk_text
from reports.documents.cells import change_cell, text_cell
from reports.documents.document import Block, Cell, Column, Heading, Kind, Listing, Table, Text
from reports.figures.cash_flow_at_risk_fan import cash_flow_at_risk_picture
from reports.figures.cash_freed_waterfall import business_case_pictures
from reports.number_text import share_text
from scenarios.comparison import Comparison
from scenarios.estimate import Estimate
from scenarios.money.results import Amount, BusinessCase
from scenarios.money.waterfall import told_from_zero

_UNCORRECTED = (
    "Intervals of amounts stand each for itself: unlike the verdicts on KPIs they are not "
    "corrected for their number."
)


def money_blocks(comparison: Comparison) -> list[Block]:
    """Return what each scenario's business case says; empty where none has one."""
    blocks: list[Block] = []
    level = share_text(comparison.confidence)
    for number, outcome in enumerate(comparison.outcomes):
        case = outcome.business_case
        if case is None:
            continue
        blocks.append(Heading(outcome.title))
        blocks.append(Text(outcome_summary(comparison, outcome)))
        blocks += business_case_pictures(
            case, scenario=outcome.title, key=f"business-case-{number}"
        )
        blocks += _tables(case, f"{number}", outcome.title, level)
        if case.cash_flow_at_risk:
            blocks.append(
                cash_flow_at_risk_picture(
                    case.cash_flow_at_risk,
                    case.currency,
                    scenario=outcome.title,
                    key=f"cash-flow-at-risk-{number}",
                )
            )
            told = [risk_text(risk, case.currency) for risk in case.cash_flow_at_risk]
            blocks.append(Listing("Cash flow at risk", told))
        notes = _notes(case)
        if notes:
            blocks.append(Listing("Notes", notes))
    if blocks:
        blocks.append(Text([_UNCORRECTED], small=True))
        blocks.append(Listing("What the money rests on", assumptions(comparison), folded=True))
    return blocks


def assumptions(comparison: Comparison) -> list[str]:
    """Return what the money of all scenarios rests on, each sentence once."""
    cases = [outcome.business_case for outcome in comparison.outcomes]
    told = (text for case in cases if case is not None for text in case.assumptions)
    return list(dict.fromkeys(told))


def _tables(case: BusinessCase, number: str, name: str, level: str) -> list[Table]:
    profit = _table(
        f"result-{number}",
        f"{name}: effect on the result per {case.profit.per}, with {level} intervals; positive is "
        "better",
        _rows(case.profit.amounts, "together", case.profit.total, case.currency),
    )
    if case.investment is None:
        return [profit]
    value = case.investment
    present = _table(
        f"present-value-{number}",
        f"{name}: present value over {value.cost.life_years:g} years, with {level} intervals; "
        "positive is better",
        _rows(value.npv_amounts, "net present value", value.npv, case.currency),
    )
    return [profit, present]


def _table(key: str, caption: str, rows: Sequence[Sequence[Cell]]) -> Table:
    heads = (Column("Part"), Column("Change", right=True, unit="currency"))
    return Table(key, caption, heads, rows, total=True)


def _rows(
    amounts: Sequence[Amount], label: str, total: Estimate, currency: str
) -> list[tuple[Cell, Cell]]:
    rows = [
        (text_cell(amount.label, amount.explanation), _change(amount.value, currency))
        for amount in amounts
        if not amount.value.low == amount.value.high == 0
    ]
    return [*rows, (text_cell(label), _change(total, currency))]


def _change(value: Estimate, currency: str) -> Cell:
    if told_from_zero(value):
        kind: Kind = "better" if value.mean > 0 else "worse"
        return change_cell(value, "currency", currency, kind=kind, verdict=kind)
    return change_cell(value, "currency", currency, kind="none", verdict="no detectable difference")


def _notes(case: BusinessCase) -> list[str]:
    of_risk: Iterable[str] = dict.fromkeys(risk.note for risk in case.cash_flow_at_risk)
    return [text for text in (case.cash.note, *case.warnings, *of_risk) if text]
