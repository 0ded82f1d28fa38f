"""What comes of the money put into a change: net present value and payback."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from o2c_sim import Problem, ScenarioError
from scenarios.money.paired_runs import Array, Timing
from scenarios.money.profit import FINANCING, amounts, total
from scenarios.money.results import Amount, Cost, Investment, Payback
from scenarios.statistics import t_interval

_DAYS_PER_YEAR = 365
_MONTHS_PER_YEAR = 12
# Payback is told in tenths of a month.
_STEPS_PER_MONTH = 10


@dataclass(frozen=True, slots=True)
class _Discounting:
    """How much money of a later day counts today, the first measured day."""

    cost: Cost
    first_day: int

    def of_day(self, day: float) -> float:
        rate = self.cost.discount_rate_pct_per_year / 100
        return float((1 + rate) ** (-day / _DAYS_PER_YEAR))

    @property
    def end_day(self) -> float:
        return self.first_day + self.cost.life_years * _DAYS_PER_YEAR

    @property
    def yearly(self) -> float:
        """Today's value of 1 a year, paid at the end of each year of the life; a rest in part."""
        whole = math.floor(self.cost.life_years)
        days = [self.first_day + year * _DAYS_PER_YEAR for year in range(1, whole + 1)]
        rest = self.cost.life_years - whole
        return sum(self.of_day(day) for day in days) + rest * self.of_day(self.end_day)


def require_sensible(cost: Cost) -> None:
    """Refuse a cost that no investment has.

    Raises
    ------
    ScenarioError
        Naming every problem at once.
    """
    problems = []
    if not 0 < cost.life_years <= 100:
        problems.append(
            Problem(f"a life of {cost.life_years:g} years", "cost.life_years", "above 0 to 100")
        )
    if not -50 <= cost.discount_rate_pct_per_year <= 1_000:
        problems.append(
            Problem(
                f"a discount rate of {cost.discount_rate_pct_per_year:g} %",
                "cost.discount_rate_pct_per_year",
                "-50 to 1000",
            )
        )
    problems += [
        Problem(f"{getattr(cost, name)}", f"cost.{name}", "a finite number")
        for name in ("one_off", "per_year", "one_off_day")
        if not math.isfinite(getattr(cost, name))
    ]
    if problems:
        raise ScenarioError(problems)


def investment(
    parts: Mapping[str, Array],
    cash: Array,
    cash_day: float,
    cost: Cost,
    timing: Timing,
    confidence: float,
) -> Investment:
    """Return net present value and payback of a change.

    Money tied up is counted once: the present value has the cash itself, out at the end of the
    life, and leaves out what its financing would have cost; the yearly effect has the financing.

    Parameters
    ----------
    parts
        Gains of a year by replication: :func:`scenarios.money.profit.gains`, currency.
    cash
        Cash freed by replication, currency.
    cash_day
        Measured day on which it counts as in.
    cost
        What the change costs.
    timing
        When it is in force; its yearly effects come at the end of each year from then.
    confidence
        Of all intervals.

    Raises
    ------
    ScenarioError
        If the cost makes no sense.
    """
    require_sensible(cost)
    now = _Discounting(cost, timing.first_day)
    cash = np.asarray(cash, dtype=np.float64)
    recurring = total(dict(parts))
    operating = {key: value for key, value in parts.items() if key != FINANCING}
    if timing.stays:
        running = np.full_like(cash, cost.per_year)
        yearly = now.yearly
        held = now.of_day(cash_day) - now.of_day(now.end_day)
    else:
        # What ends within the measured days is counted as measured; its cash goes back at once.
        running = np.full_like(cash, cost.per_year * timing.days_in_force / _DAYS_PER_YEAR)
        yearly, held = 1.0, 0.0
    paid = np.full_like(cash, -cost.one_off * now.of_day(cost.one_off_day))
    # A change that ends earns what it earns while it is in force, and nothing after.
    years = 1.0 if timing.stays else _years(timing.days_in_force)
    ends = math.inf if timing.stays else years
    spent = [(_years(cost.one_off_day - timing.first_day), np.full_like(cash, -cost.one_off))]
    values = {
        "one_off": paid,
        "running_cost": -running * yearly,
        "cash_freed": cash * held,
    }
    named = {
        "one_off": ("Cost of the change", "paid once"),
        "running_cost": ("Running cost of the change", "over its life"),
        "cash_freed": ("Cash freed", "when it comes in, less the same cash given back at the end"),
    }
    present = total(values) + total(operating) * yearly
    own = [
        Amount(key, label, t_interval(values[key], confidence), text)
        for key, (label, text) in named.items()
    ]
    return Investment(
        cost=cost,
        net_per_year=t_interval(recurring - running, confidence),
        npv=t_interval(present, confidence),
        npv_amounts=(
            *own,
            *amounts({key: value * yearly for key, value in operating.items()}, confidence),
        ),
        payback=payback(
            np.zeros_like(cash),
            (recurring - running) / years,
            cost.life_years,
            confidence,
            later=spent,
            until_years=ends,
        ),
        payback_with_cash=payback(
            np.zeros_like(cash),
            (total(operating) - running) / years,
            cost.life_years,
            confidence,
            later=[*spent, (_years(cash_day - timing.first_day), cash * timing.stays)],
            until_years=ends,
        ),
    )


def _years(days: float) -> float:
    return days / _DAYS_PER_YEAR


def payback(
    at_once: Array,
    per_year: Array,
    life_years: float,
    confidence: float,
    *,
    later: Sequence[tuple[float, Array]] = (),
    until_years: float = math.inf,
) -> Payback:
    """Return the months after which a change has earned what it cost, without discounting.

    For each tenth of a month the mean cumulative gain has a t interval. The earliest payback is
    from where its upper limit stays above zero for the rest of the life, the latest from where its
    lower limit does: the interval that belongs to a ratio of means, in which "not within its life"
    has its place.

    Parameters
    ----------
    at_once
        What comes (or, negative, goes) at the start, by replication, currency.
    per_year
        What comes every year, evenly, by replication, currency.
    life_years
        Months after the life do not count.
    confidence
        Of the interval.
    later
        What else comes or goes by replication, currency, each with the years after the start at
        which it does; what was before counts at the start.
    until_years
        From then on nothing comes any more.

    References
    ----------
    Fieller, "Some problems in interval estimation", J. R. Statist. Soc. B 16, 1954.
    """
    # The last bit of a product must not cost a tenth of a month.
    whole = math.floor(life_years * _MONTHS_PER_YEAR * _STEPS_PER_MONTH + 1e-9)
    steps = np.arange(whole + 1)
    years = steps / (_STEPS_PER_MONTH * _MONTHS_PER_YEAR)
    gained = at_once[:, None] + np.minimum(years, until_years) * per_year[:, None]
    for when, amount in later:
        gained = gained + (years >= when) * amount[:, None]
    n = len(gained)
    mean = gained.mean(axis=0)
    half = (
        float(special.stdtrit(n - 1, 0.5 + confidence / 2))
        * gained.std(axis=0, ddof=1)
        / math.sqrt(n)
    )
    # The last bit of a sum must not cost a tenth of a month.
    spare = 1e-9 * float(np.abs(gained).max(initial=0.0))

    def stays_paid(curve: Array) -> float | None:
        short = np.flatnonzero(~(curve >= -spare))
        step = int(short[-1]) + 1 if short.size else 0
        return step / _STEPS_PER_MONTH if step < len(curve) else None

    return Payback(stays_paid(mean), stays_paid(mean + half), stays_paid(mean - half), confidence)
