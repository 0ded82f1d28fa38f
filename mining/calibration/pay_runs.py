"""On which days customers pay: any, one weekday of the week, or so that it arrives when due."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from mining.calibration.intended_days import (
    ANY_DAY,
    Statement,
    on_due_date,
    weekday_chances,
)

Ints = npt.NDArray[np.int64]

# Payments from which a customer's rule is told; fewer tell nothing.
FEWEST_PAYMENTS = 5
WORKING_DAYS = 5
# A weekday that so many payments fit, and would not by chance.
_FITTING_SHARE = 0.9
_CHANCE = 0.001
# Who times the payment pays nothing early, and so much on the day, if a quarter would by chance.
_MOST_EARLY = 0.06
_LEAST_EXACT = 0.5
# Statements in which less money than this share comes in are exceptions.
_RARE = 0.01
# Of a payment, on a weekday that does not explain it.
_UNLIKELY = 1e-3
# Difference of log likelihoods up to which two weekdays are as good.
_AS_GOOD = 0.5


@dataclass(frozen=True, slots=True)
class PayRules:
    """On which days each customer pays.

    Parameters
    ----------
    run
        Weekday of its payment run as a bit (Monday 1, Tuesday 2, Wednesday 4 and so on), several
        if the data do not tell which; ``ANY_DAY`` without one.
    when_due
        Whether its money arrives on the due date.
    known
        Whether it has paid often enough to tell.
    """

    run: Ints
    when_due: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]


def statement_of(paid: pl.Series, hours: pl.Series | None) -> Statement | None:
    """Return when the bank statement is read.

    Parameters
    ----------
    paid
        Days on which money was seen.
    hours
        Local hour of each, where known; a list of dates knows none.

    Returns
    -------
    Statement or None
        None if money is seen on all days of the week, as in a list of the days on which it was
        sent.
    """
    weekdays = np.bincount((paid.to_numpy() + 3) % 7, minlength=7)
    read = tuple(np.flatnonzero(weekdays > _RARE * weekdays.sum()).tolist())
    if hours is None:
        return None if max(read) > 4 else Statement(read, 24.0)
    return Statement(read, float(hours.median()))  # type: ignore[arg-type]


def first_guess(
    customer: Ints,
    customers: int,
    paid: Ints,
    due: Ints,
    method: list[str],
    statement: Statement,
) -> PayRules:
    """Return by which rule each customer seems to pay, from the days alone.

    A payment run is a weekday on which nearly all payments may have been sent, though that would
    be rare (p < 0.001) for one who pays on any day. Money arrives on the due date if hardly any
    comes before it and half of it on the day itself.

    Parameters
    ----------
    customer
        Number of the customer of each payment.
    customers
        Number of customers.
    paid, due, method, statement
        As in :func:`mining.calibration.intended_days.observed`.
    """
    run = np.full(customers, ANY_DAY, np.int64)
    when_due, known = np.zeros(customers, np.bool_), np.zeros(customers, np.bool_)
    fits = weekday_chances(paid, method, statement)[:, :WORKING_DAYS] > 0
    _, exact, early = on_due_date(paid, due, method, statement)
    chance = fits.mean(axis=0)
    likely = likeliest_run(customer, customers, paid, method, statement)
    order = np.argsort(customer, kind="stable")
    bounds = np.searchsorted(customer[order], np.arange(customers + 1))
    for number in range(customers):
        own = order[bounds[number] : bounds[number + 1]]
        if len(own) < FEWEST_PAYMENTS:
            continue
        known[number] = True
        if early[own].mean() <= _MOST_EARLY and exact[own].mean() >= _LEAST_EXACT:
            when_due[number] = True
            continue
        hits = fits[own].sum(axis=0)
        day = int(np.argmax(hits))
        # One who pays on any day pays on Mondays what was meant for the weekend.
        usual = max(float(chance[day]), 0.2 if day else 3 / 7)
        rare = stats.binom.sf(hits[day] - 1, len(own), usual) < _CHANCE
        if hits[day] >= _FITTING_SHARE * len(own) and rare:
            run[number] = likely[number]
    return PayRules(run, when_due, known)


def likeliest_run(
    customer: Ints, customers: int, paid: Ints, method: list[str], statement: Statement
) -> Ints:
    """Return the weekday on which each customer would have its run, as a bit if it has one.

    Weekdays that explain the payments as well are all set: a transfer sent on Thursday or on
    Friday may be seen on Monday in any case.
    """
    chances = np.log(
        np.maximum(weekday_chances(paid, method, statement)[:, :WORKING_DAYS], _UNLIKELY)
    )
    scores = np.zeros((customers, WORKING_DAYS))
    np.add.at(scores, customer, chances)
    close = scores >= scores.max(axis=1, keepdims=True) - _AS_GOOD
    found: Ints = (close * (1 << np.arange(WORKING_DAYS))).sum(axis=1).astype(np.int64)
    return found


def rules_of(choice: Ints, run: Ints, counts: Ints) -> PayRules:
    """Return the rules of customers: *choice* 0 for any day, 1 for the run, 2 for when due."""
    weekly = np.where(choice == 1, run, ANY_DAY)
    return PayRules(weekly, choice == 2, counts >= FEWEST_PAYMENTS)
