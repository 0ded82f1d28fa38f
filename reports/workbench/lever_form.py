"""Levers as the fields of a form: made from the levers themselves, so that a new one appears."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from scenarios.lever import Lever

SHOCKS, PEOPLE, OTHER = "Shocks", "People and teams", "Other"
# Section (or parameter) that levers change, to the stage of the cycle; in the cycle's order.
STAGES: Mapping[str, str] = {
    "demand": "Orders",
    "capture": "Orders",
    "changes": "Orders",
    "credit": "Credit",
    "products": "Stock and delivery",
    "inventory": "Stock and delivery",
    "fulfilment": "Stock and delivery",
    "billing": "Invoices",
    "dunning": "Reminders and calls",
    "collections": "Reminders and calls",
    "disputes": "Disputes and returns",
    "returns": "Disputes and returns",
    "customers": "Terms and payment habits",
    "cash_application": "Matching payments",
    "write_off": "Matching payments",
    "staff": PEOPLE,
    "systems": OTHER,
    # Where the section is the customers', the parameter itself says more.
    "customers.credit_limit_days": "Credit",
    "customers.weekly_invoice_share": "Invoices",
    "customers.monthly_invoice_share": "Invoices",
    "customers.collective_invoice_share": "Invoices",
    "customers.invoice_channel_shares": "Invoices",
}
# A slider over more than this would not move by a step that means anything.
_SPAN = 200.0
_STEPS = 200


@dataclass(frozen=True, slots=True)
class LeverField:
    """One lever as a form shows it.

    Parameters
    ----------
    name, label, unit
        As the lever has them.
    stage
        Group in the form.
    allowed
        The allowed values in words.
    low, high
        Allowed range; None for a choice.
    slider_low, slider_high, step
        Range and step of the slider, which may be narrower than the allowed one.
    choices
        Allowed words of a choice; empty for a number.
    baseline
        The value in the company as the field shows it.
    evidence
        Published effect and its source.
    grades
        Shipped scenarios that set the lever, with the grade of their evidence.
    value
        What the field shows now.
    problem
        What is wrong with it.
    """

    name: str
    label: str
    unit: str
    stage: str
    allowed: str
    low: float | None
    high: float | None
    slider_low: float
    slider_high: float
    step: float
    choices: tuple[str, ...]
    baseline: str
    evidence: str
    grades: tuple[str, ...] = ()
    value: str = ""
    problem: str = ""

    @property
    def moved(self) -> bool:
        """Whether the field differs from the company as it is."""
        return self.value != self.baseline


def lever_fields(
    company: CompanyModel, levers: Iterable[Lever] | None = None
) -> tuple[LeverField, ...]:
    """Return a field for each lever of a company, stage by stage in the order of the cycle.

    Parameters
    ----------
    company
        Gives each lever's value today.
    levers
        All of :data:`scenarios.levers.LEVERS` by default.
    """
    from scenarios.levers import LEVERS

    chosen = tuple(LEVERS.values() if levers is None else levers)
    order = (*dict.fromkeys(STAGES.values()), OTHER, SHOCKS)
    fields = [_field(lever, company) for lever in chosen]
    # Sorting keeps the order of the list of levers within a stage.
    return tuple(sorted(fields, key=lambda field: order.index(field.stage)))


def filled(
    fields: Iterable[LeverField],
    values: Mapping[str, object],
    problems: Mapping[str, str] | None = None,
) -> tuple[LeverField, ...]:
    """Return fields that show *values* (lever name to value), and what is wrong beside them."""
    found = problems or {}
    return tuple(
        replace(
            field,
            value=shown(values[field.name]) if field.name in values else field.value,
            problem=found.get(field.name, ""),
        )
        for field in fields
    )


def by_stage(fields: Iterable[LeverField]) -> dict[str, list[LeverField]]:
    """Return stage to its fields."""
    grouped: dict[str, list[LeverField]] = {}
    for field in fields:
        grouped.setdefault(field.stage, []).append(field)
    return grouped


def read_levers(
    texts: Mapping[str, str], fields: Iterable[LeverField]
) -> tuple[dict[str, float | str], dict[str, str]]:
    """Return the levers that a form moves, and what is wrong with the others.

    A field left empty, or showing the value of the company, moves nothing.

    Parameters
    ----------
    texts
        Lever name to what was entered.
    fields
        As :func:`lever_fields` returns them for the company.

    Returns
    -------
    tuple
        Lever to value; lever to problem. Ranges are checked with the scenario, by its own code.
    """
    values: dict[str, float | str] = {}
    problems: dict[str, str] = {}
    for field in fields:
        text = texts.get(field.name, "").strip()
        if not text or text == field.baseline:
            continue
        if field.choices:
            values[field.name] = text
            continue
        try:
            # Python also reads 1_000 and Arabic digits; a person means a number.
            number = float(text) if text.isascii() and "_" not in text else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            problems[field.name] = f"{text[:40]!r} is not a number; allowed: {field.allowed}"
        elif shown(number) != field.baseline:
            values[field.name] = int(number) if number.is_integer() else number
    return values, problems


def shown(value: object) -> str:
    """Return a lever's value as a field shows it: plain decimals, at most six digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if abs(value) >= 1e6:
        return f"{value:.0f}"
    return f"{float(f'{value:.6g}'):f}".rstrip("0").rstrip(".")


def _field(lever: Lever, company: CompanyModel) -> LeverField:
    now = lever.read(company)
    baseline = shown(now)
    low, high = (None, None) if lever.choices else (lever.low, lever.high)
    slider = (0.0, 0.0, 1.0) if lever.choices else _slider(lever, float(now))
    return LeverField(
        lever.name,
        lever.label,
        company.currency if lever.unit == "currency" else lever.unit,
        _stage(lever, company, now),
        _allowed(lever, company),
        low,
        high,
        *slider,
        # A company may have a word that is no choice: it stays on offer as "as it is".
        lever.choices,
        baseline,
        lever.evidence,
        _grades().get(lever.name, ()),
        baseline,
    )


def _allowed(lever: Lever, company: CompanyModel) -> str:
    """Return the allowed values in words, without powers of ten."""
    if lever.choices:
        return lever.allowed
    unit = company.currency if lever.unit == "currency" else lever.unit
    return f"{lever.low:,.12g} to {lever.high:,.12g} {unit}".rstrip()


def _slider(lever: Lever, now: float) -> tuple[float, float, float]:
    """Return range and step of a slider: the allowed range, or its part around today's value."""
    low, high = lever.low, lever.high
    if high - low > _SPAN:
        reach = 10.0 if lever.unit == "people" else 100.0
        high = min(high, _nice(max(3 * abs(now), reach)))
        low = max(low, -high)
    step = _nice((high - low) / _STEPS)
    whole = lever.unit == "people" or (lever.unit in ("days", "hours") and high - low >= 40)
    return low, high, max(1.0, step) if whole else step


def _nice(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50 and so on."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * (1 - 1e-9))


def _stage(lever: Lever, company: CompanyModel, now: object) -> str:
    """Return the stage of the section that a lever changes, found by moving it a little."""
    from scenarios.shock_levers import SHOCK_LEVERS

    if lever.write_on is not None or any(lever is shock for shock in SHOCK_LEVERS):
        return SHOCKS
    for value in _near(lever, now):
        try:
            paths = lever.write(company, value)
        except (ValueError, KeyError):
            continue
        for path in paths:
            return STAGES.get(path) or STAGES.get(path.split(".")[0], OTHER)
    return OTHER


def _near(lever: Lever, now: object) -> Iterable[float | str]:
    if lever.choices:
        return [word for word in lever.choices if word != now]
    value = float(now) if isinstance(now, int | float) else lever.low
    moves = (1.0, -1.0, 0.01, -0.01)
    near = [value + move for move in moves if lever.low <= value + move <= lever.high]
    return [int(one) if lever.unit == "people" else one for one in near]


@cache
def _grades() -> dict[str, tuple[str, ...]]:
    """Return lever to the shipped scenarios that set it, each with the grade of its evidence."""
    from scenarios.inheritance import read_scenario
    from scenarios.library_entry import GRADES
    from scenarios.library_index import LIBRARY

    found: dict[str, list[str]] = {}
    for entry in LIBRARY.values():
        file = read_scenario(entry.scenario).file
        names = set(file.levers).union(*(phase.levers for phase in file.phases))
        for name in names:
            told = f"{entry.id} {entry.scenario}: {entry.grade}, {GRADES[entry.grade]}"
            found.setdefault(name, []).append(told)
    return {name: tuple(told) for name, told in found.items()}
