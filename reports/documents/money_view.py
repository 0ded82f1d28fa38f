"""What the report of a comparison says about money: the business case of each scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports.answer import HEADLINE_TIME, find, signed_text
from reports.business_case import risk_text, summary
from scenarios.comparison import Comparison
from scenarios.estimate import Estimate
from scenarios.money.results import Amount, BusinessCase
from scenarios.money.waterfall import told_from_zero

Row = dict[str, object]


def business_cases(comparison: Comparison) -> list[dict[str, object]]:
    """Return one entry a scenario that has a business case, for the template."""
    found: list[dict[str, object]] = []
    for outcome in comparison.outcomes[1:]:
        case = outcome.business_case
        if case is None:
            continue
        days = find(comparison, outcome.name, HEADLINE_TIME[:1])
        rows = _rows(case.profit.amounts, "together", case.profit.total, case.currency)
        tables = [_table(f"Effect on the result per {case.profit.per}", rows)]
        if case.investment is not None:
            life = case.investment.cost.life_years
            amounts = case.investment.npv_amounts
            rows = _rows(amounts, "net present value", case.investment.npv, case.currency)
            tables.append(_table(f"Present value over {life:g} years", rows))
        found.append(
            {
                "title": outcome.title,
                "summary": summary(case, None if days is None else days.difference),
                "tables": tables,
                "risks": [risk_text(risk, case.currency) for risk in case.cash_flow_at_risk],
                "notes": _notes(case),
            }
        )
    return found


def assumptions(comparison: Comparison) -> list[str]:
    """Return what the money of all scenarios rests on, each sentence once."""
    cases = [outcome.business_case for outcome in comparison.outcomes]
    told = (text for case in cases if case is not None for text in case.assumptions)
    return list(dict.fromkeys(told))


def _table(caption: str, rows: list[Row]) -> dict[str, object]:
    return {"caption": caption, "rows": rows}


def _rows(amounts: Sequence[Amount], label: str, total: Estimate, currency: str) -> list[Row]:
    rows = [
        _row(amount.label, amount.value, currency, amount.explanation)
        for amount in amounts
        if not amount.value.low == amount.value.high == 0
    ]
    return [*rows, _row(label, total, currency) | {"total": True}]


def _row(label: str, value: Estimate, currency: str, explanation: str = "") -> Row:
    text, span = signed_text(value, "currency", currency)
    told = told_from_zero(value)
    return {
        "label": label,
        "explanation": explanation,
        "value": text,
        "interval": span,
        "kind": ("better" if value.mean > 0 else "worse") if told else "none",
        "verdict": "" if told else "no detectable difference",
        "total": False,
    }


def _notes(case: BusinessCase) -> list[str]:
    of_risk: Iterable[str] = dict.fromkeys(risk.note for risk in case.cash_flow_at_risk)
    return [text for text in (case.cash.note, *case.warnings, *of_risk) if text]
