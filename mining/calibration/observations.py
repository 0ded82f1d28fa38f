"""From invoices to what they tell of how late their customers mean to pay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from mining.calibration.estimate import Source
from mining.calibration.intended_days import (
    ANY_DAY,
    FLOAT_DAYS,
    Statement,
    later_than,
    observed,
    on_due_date,
    undated,
)
from mining.calibration.lateness import Ints, Payments, fit, log_likelihood, payments
from mining.calibration.pay_runs import (
    FEWEST_PAYMENTS,
    WORKING_DAYS,
    PayRules,
    first_guess,
    likeliest_run,
    rules_of,
    statement_of,
)
from mining.calibration.receivables import invoice_rows, is_list
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

# More invoices tell hardly more, and take longer: customers beyond are left out by chance.
MOST_INVOICES = 40_000
_FAR = 10_000
_DRAWN = ("card", "direct_debit")
# Until a payment under way has been seen: its float, the next statement and a weekend, days.
_UNSEEN_DAYS = 3
_DISCOUNT_TAKER = 0.2
# Lateness and rules in turn; they hardly change after the first time.
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Observations:
    """What the invoices tell of how late each customer means to pay.

    Parameters
    ----------
    data
        The payments by customer.
    names
        The customers.
    segments
        The segment of each, None where there is none.
    rules
        On which days each pays.
    dated
        Whether the weekday of payments is known to be that of working days.
    latest_days
        Most days late that were seen.
    earliest_days
        Fewest, negative before the due date.
    paid
        Number of payments seen.
    """

    data: Payments
    names: tuple[str, ...]
    segments: tuple[str | None, ...]
    rules: PayRules
    dated: bool
    latest_days: int
    earliest_days: int
    paid: int


def observations(source: Source, seed: int) -> Observations | None:
    """Return what the invoices tell of how late their customers mean to pay, or None of nothing.

    What the customer does not decide is left out: direct debits and cards, invoices that were
    disputed, cancelled or paid in advance, and customers who pay early for a discount. An invoice
    that was reminded is known up to the reminder, an open one up to the end of the data.
    """
    rows = invoice_rows(source)
    if rows.is_empty():
        return None
    listed = is_list(source)
    rows = rows.drop_nulls(["customer", "due"]).filter(~pl.col("cancelled"), ~pl.col("prepaid"))
    rows = rows.filter(~pl.col("disputed").fill_null(value=False))
    if not listed:
        rows = _of_own_accord(rows)
    rows = _not_too_many(rows, seed)
    if rows["paid"].drop_nulls().len() < 2:
        return None
    names = rows["customer"].unique(maintain_order=True)
    rows = rows.join(
        names.to_frame().with_row_index("number"), on="customer", maintain_order="left"
    )
    statement = _statement(source, rows, listed)
    return _observed(rows, names, statement, listed)


def _observed(
    rows: pl.DataFrame, names: pl.Series, statement: Statement | None, listed: bool
) -> Observations:
    travel = pl.col("method").replace_strict(
        {name: int(np.ceil(high)) + _UNSEEN_DAYS for name, (_, high) in FLOAT_DAYS.items()},
        default=0 if listed else max(int(h) for _, h in FLOAT_DAYS.values()) + _UNSEEN_DAYS,
        return_dtype=pl.Int32,
    )
    stops = pl.min_horizontal("intervened", "seen_until")
    seen = rows.filter(
        pl.col("paid").is_not_null()
        & (pl.col("paid") < pl.coalesce("intervened", pl.lit(2**31 - 1)))
    )
    missed = rows.join(seen.select("invoice"), on="invoice", how="anti", maintain_order="left")
    missed = missed.with_columns((stops - travel - pl.col("due")).alias("until"))
    paid, due, number = (_ints(seen[name]) for name in ("paid", "due", "number"))
    arrived = _ints(seen["arrived"].fill_null(-_FAR) if statement else seen["due"] - _FAR)
    method = seen["method"].fill_null("").to_list()
    if statement is None:
        rules = PayRules(
            np.full(len(names), ANY_DAY),
            np.zeros(len(names), np.bool_),
            np.zeros(len(names), np.bool_),
        )
        weights = undated(paid - due)
    else:
        rules, weights = _by_rule(
            number, len(names), (paid, due, arrived), method, statement,
            _ints(missed["number"]), later_than(_ints(missed["until"])),
        )  # fmt: skip
    together = sparse.vstack([weights, later_than(_ints(missed["until"]))]).tocsr()
    everybody = np.concatenate([number, _ints(missed["number"])])
    of_customer = rows.group_by("number").agg(pl.col("segment").first()).sort("number")
    late = paid - due
    return Observations(
        payments(everybody, together, len(names)),
        tuple(names.to_list()),
        tuple(of_customer["segment"].to_list()),
        rules,
        statement is not None,
        int(late.max()),
        int(late.min()),
        len(paid),
    )


def _by_rule(
    number: Ints,
    customers: int,
    days: tuple[Ints, Ints, Ints],
    method: list[str],
    statement: Statement,
    missed: Ints,
    later: sparse.csr_matrix,
) -> tuple[PayRules, sparse.csr_matrix]:
    """Return by which rule each customer pays, and what its payments tell under that rule.

    A first guess gives a lateness; each customer then has the rule under which its payments are
    most likely.
    """
    paid, due, arrived = days
    run = likeliest_run(number, customers, paid, method, statement)
    under = [
        observed(paid, due, arrived, method, np.full(len(paid), ANY_DAY), statement),
        observed(paid, due, arrived, method, run[number], statement),
        on_due_date(paid, due, method, statement)[0],
    ]
    guess = first_guess(number, customers, paid, due, method, statement)
    choice = np.where(guess.when_due, 2, (guess.run != ANY_DAY).astype(np.int64))
    counts = np.bincount(number, minlength=customers)
    everybody = np.concatenate([number, missed])
    for _ in range(_ROUNDS):
        chosen = _chosen(under, choice[number])
        lateness = fit(payments(everybody, sparse.vstack([chosen, later]).tocsr(), customers))
        known = choice[counts >= FEWEST_PAYMENTS]
        shares = (np.bincount(known, minlength=3) + 0.5) / (len(known) + 1.5)
        scores = np.column_stack(
            [
                log_likelihood(payments(number, weights, customers), lateness) + np.log(share)
                for weights, share in zip(under, shares, strict=True)
            ]
        )
        # The weekday of the run was picked among five.
        scores[:, 1] += np.log(np.bitwise_count(run) / WORKING_DAYS)
        choice = np.argmax(scores, axis=1)
    return rules_of(choice, run, counts), _chosen(under, choice[number])


def _chosen(under: list[sparse.csr_matrix], choice: Ints) -> sparse.csr_matrix:
    """Return, of each payment, its row in the matrix that is chosen for it."""
    size = len(choice)
    return sparse.vstack(under).tocsr()[np.arange(size) + size * choice]


def _of_own_accord(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the invoices of customers who decide themselves when to pay."""
    own = (
        rows.group_by("customer")
        .agg(
            pl.col("method").drop_nulls().mode().sort().first().alias("usual"),
            (pl.col("discount").sum() / pl.col("paid").is_not_null().sum()).alias("discounts"),
        )
        .filter(
            ~pl.col("usual").is_in(_DRAWN).fill_null(value=False),
            ~(pl.col("discounts") > _DISCOUNT_TAKER),
        )
    )
    return rows.join(own.select("customer"), on="customer", how="semi", maintain_order="left")


def _not_too_many(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    if rows.height <= MOST_INVOICES:
        return rows
    names = rows["customer"].unique().sort().shuffle(seed)
    sizes = rows["customer"].value_counts()
    kept = (
        names.to_frame()
        .join(sizes, on="customer", maintain_order="left")
        .filter(pl.col("count").cum_sum() <= MOST_INVOICES)
    )
    return rows.join(kept, on="customer", how="semi", maintain_order="left")


def _statement(source: Source, rows: pl.DataFrame, listed: bool) -> Statement | None:
    paid = rows["paid"].drop_nulls()
    if listed:
        dated = bool(rows["issued"].is_not_null().any() or (rows["due"] != 0).any())
        return statement_of(paid, None) if dated else None
    view = ObjectEvents.of(source.log)
    received = view.events((v.RECEIVE_PAYMENT,))["time"]
    local = received.dt.replace_time_zone("UTC").dt.convert_time_zone(source.log.zone)
    hours = local.dt.hour() + local.dt.minute() / 60
    return statement_of(paid, hours)


def _ints(values: pl.Series) -> Ints:
    return values.to_numpy().astype(np.int64)
