"""From the day on which money was seen to the days on which the customer may have meant to pay.

A customer means to pay some days after the due date. What is seen is later: nobody pays at the
weekend or before the invoice has arrived, a payment run may be another day, the money travels,
and the bank statement is read once a day. A row of weights over the intended days stands for each
such observation: the probability of what was seen, given the intended day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Intended days after the due date that are told apart; what is beyond counts as the last.
FIRST_DAY, LAST_DAY = -90, 180
DAYS = np.arange(FIRST_DAY, LAST_DAY + 1)
ANY_DAY = 0
# From the customer's bank to the statement's, days: usual clearing times, as in the reference
# companies (assumed).
FLOAT_DAYS = {"check": (3.0, 5.0), "ach": (1.0, 2.0), "wire": (0.0, 0.0)}
_SATURDAY = 5
_MIDPOINTS = (np.arange(8) + 0.5) / 8
# What no intended day explains is a slip of the data or of the rule, not impossible.
_SLIP = 1e-4


@dataclass(frozen=True, slots=True)
class Statement:
    """When the bank statement shows money: weekdays (Monday 0) and hour of the day."""

    weekdays: tuple[int, ...]
    hour: float

    def shows(self, arrives: float) -> int:
        """Return the day of the first statement at or after a time, both in days."""
        day = int(np.floor(arrives))
        if arrives - day > self.hour / 24:
            day += 1
        while weekday(day) not in self.weekdays:
            day += 1
        return day


def weekday(day: int) -> int:
    """Return the weekday of a day number from 1970-01-01, Monday 0."""
    return (day + 3) % 7


def observed(
    paid: Ints, due: Ints, arrived: Ints, method: list[str], run: Ints, statement: Statement
) -> sparse.csr_matrix:
    """Return the weights of the intended days, for payments that were seen.

    Parameters
    ----------
    paid, due, arrived
        Day numbers; ``arrived`` far in the past where it is not known.
    method
        How each was paid; what is not in :data:`FLOAT_DAYS` takes no time.
    run
        Weekday of the customer's payment run as a bit (Monday 1, Tuesday 2, Wednesday 4 and so
        on), several bits if the data do not tell which; or :data:`ANY_DAY`.
    statement
        When the bank statement is read.

    Returns
    -------
    scipy.sparse.csr_matrix
        Shape (payments, days).
    """
    rows = []
    for i in range(len(paid)):
        first_day = int(arrived[i] - due[i])
        late = int(paid[i] - due[i])
        # What arrived long before can have put nothing off.
        floor = first_day if late - first_day < 15 else None
        rows.append(_weights(late, int(paid[i]) % 7, method[i], int(run[i]), floor, statement))
    return _matrix(rows)


def later_than(days_late: Ints) -> sparse.csr_matrix:
    """Return the weights of what is only known to have been meant for that day or later."""
    first = np.clip(days_late - FIRST_DAY, 0, len(DAYS) - 1)
    return _matrix([(np.arange(start, len(DAYS)), 1.0) for start in first.tolist()])


def undated(days_late: Ints) -> sparse.csr_matrix:
    """Return the weights of payments of which no weekday is known.

    Of seven intended days five are kept, Sunday's becomes the day after, Saturday's the second.
    """
    rows = []
    for late in days_late.tolist():
        places = np.clip(np.array([late, late - 1, late - 2]) - FIRST_DAY, 0, len(DAYS) - 1)
        rows.append((places, np.array([5.0, 1.0, 1.0]) / 7))
    return _matrix(rows)


def on_due_date(
    paid: Ints, due: Ints, method: list[str], statement: Statement
) -> tuple[sparse.csr_matrix, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return the weights if the customers let their money arrive on the due date.

    Returns
    -------
    scipy.sparse.csr_matrix
        Shape (payments, days).
    numpy.ndarray
        Which came on the due date.
    numpy.ndarray
        Which came before it.
    """
    rows, exact, early = [], [], []
    for i in range(len(paid)):
        low, high = FLOAT_DAYS.get(method[i], (0.0, 0.0))
        slack, late = int(np.ceil(high - low)), int(paid[i] - due[i])
        target = _business_day(int(due[i]), statement)
        first = _business_day(target - slack, statement)
        exact.append(first <= paid[i] <= target)
        early.append(paid[i] < first)
        if exact[-1]:
            # What is due, or meant for, at a weekend comes on the Friday before.
            last = _last_day(int(due[i]), statement) - int(due[i])
            rows.append((np.arange(0, max(last, 0) + 1 - FIRST_DAY), 1.0))
        elif early[-1]:
            rows.append((np.arange(len(DAYS)), _SLIP))
        else:
            first_day = max(late, 1)
            last = _last_day(int(due[i]) + first_day + slack, statement) - int(due[i])
            places = np.clip(np.arange(first_day, last + 1) - FIRST_DAY, 0, len(DAYS) - 1)
            rows.append((places, 1.0 / (slack + 1)))
    return _matrix(rows), np.array(exact, np.bool_), np.array(early, np.bool_)


def weekday_chances(paid: Ints, method: list[str], statement: Statement) -> Floats:
    """Return how probably each payment is seen when it is, if sent on a weekday; (payments, 7)."""
    found = np.zeros((len(paid), 7))
    for i in range(len(paid)):
        for back, chance in _sent_days(int(paid[i]) % 7, method[i], statement):
            day = weekday(int(paid[i]) + back)
            found[i, day] = max(found[i, day], chance)
    return found


def _business_day(day: int, statement: Statement) -> int:
    """Return the last day up to *day* on which a customer pays and a statement is read."""
    while weekday(day) >= _SATURDAY or weekday(day) not in statement.weekdays:
        day -= 1
    return day


def _last_day(day: int, statement: Statement) -> int:
    """Return the last day for which money comes on the same statement as for *day*."""
    shown = _business_day(day, statement)
    while _business_day(day + 1, statement) == shown:
        day += 1
    return day


@lru_cache(maxsize=4096)
def _sent_days(phase: int, method: str, statement: Statement) -> tuple[tuple[int, float], ...]:
    """Return from which days, before a statement's, its money may come, and how probably.

    *phase* is the statement's day modulo 7. Customers send at noon on working days.
    """
    low, high = FLOAT_DAYS.get(method, (0.0, 0.0))
    found = []
    for back in range(int(high) + 6):
        day = phase + 7 - back
        if weekday(day) >= _SATURDAY:
            continue
        arrivals = day + 0.5 + low + (high - low) * _MIDPOINTS
        chance = float(np.mean([statement.shows(a) == phase + 7 for a in arrivals.tolist()]))
        if chance > 0:
            found.append((-back, chance))
    return tuple(found)


@lru_cache(maxsize=65536)
def _weights(
    late: int, phase: int, method: str, run: int, floor: int | None, statement: Statement
) -> tuple[Ints, Floats]:
    weights = np.zeros(len(DAYS))
    runs = [day for day in range(7) if run >> day & 1]
    for back, chance in _sent_days(phase, method, statement):
        sent, day = late + back, weekday(phase + 7 + back)
        if (runs and day not in runs) or (floor is not None and sent < floor):
            continue
        if runs:
            low, high, chance = sent - 3, sent + 3, chance / len(runs)
            first_run = floor is not None and sent - 7 < floor
        else:
            low, high = sent - (2 if day == 0 else 0), sent
            first_run = floor is not None and low <= floor
        # What was meant for before the invoice came is paid in the first run after it.
        low = FIRST_DAY if first_run else low
        places = np.clip(np.arange(low, high + 1) - FIRST_DAY, 0, len(DAYS) - 1)
        np.add.at(weights, np.unique(places), chance)
    found = np.flatnonzero(weights)
    if not found.size:
        return np.arange(len(DAYS)), np.full(len(DAYS), _SLIP)
    return found, weights[found]


def _matrix(rows: Sequence[tuple[npt.NDArray[Any], Floats | float]]) -> sparse.csr_matrix:
    if not rows:
        return sparse.csr_matrix((0, len(DAYS)))
    ends = np.concatenate(([0], np.cumsum([len(places) for places, _ in rows])))
    places = np.concatenate([places for places, _ in rows])
    values = np.concatenate([np.broadcast_to(weight, len(at)) for at, weight in rows])
    return sparse.csr_matrix((values, places, ends), shape=(len(rows), len(DAYS)))
