"""Cash application: how many payments match by themselves, and how long the others wait."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import optimize, special

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.receivables import invoice_rows, is_list, name_of
from mining.calibration.remittances import distribution
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

Floats = npt.NDArray[np.float64]

GOOD = "customers.good_remittance_share"
MATCH = "cash_application.auto_match_share"
POOR_ODDS = "cash_application.poor_remittance_odds_ratio"
FURTHER_ODDS = "cash_application.further_invoice_odds_ratio"
_APPLICATIONS = (v.APPLY_PAYMENT, v.CLEAR_INVOICE)
_DRAWN = ("card", "direct_debit")
_FEWEST_PAYMENTS, _FEWEST_CUSTOMERS, _ENOUGH_CUSTOMERS = 50, 8, 20
_PATHS = (MATCH, GOOD, POOR_ODDS, FURTHER_ODDS)

IDENTIFIABLE = _PATHS
NOT_IDENTIFIABLE = {
    "cash_application.research_wait_days": "the wait for a person is in it",
    "cash_application.unidentified_share": "payments that wait long are not marked",
    "cash_application.identification_days": "as above",
    "cash_application.refund_days": "the wait for a person is in it",
}


def estimate_matching(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how many payments match by themselves, by remittance and number of invoices.

    Customers are of two kinds, with good and poor remittances; each further invoice of a payment
    multiplies the odds. Shares, odds ratios and the share of the two kinds are those of the most
    likely mixture over customers; the intervals and draws come from a normal approximation at
    the maximum, with customers as independent blocks.
    """
    payments = _payments(source)
    if payments is None:
        return ()
    customers = payments["number"].to_numpy()
    count = int(customers.max()) + 1
    if payments.height < _FEWEST_PAYMENTS or count < _FEWEST_CUSTOMERS:
        return ()
    hits = payments["automated"].to_numpy().astype(float)
    further = payments["invoices"].to_numpy().astype(float) - 1
    found = _two_kinds(customers, count, hits, further)
    where = f"{name_of(source)}: {payments.height:,} payments of {count:,} customers"
    values, drawn = found(seed)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    estimates = [
        Estimate(
            path, float(values[i]), f"{where}; two kinds of customers", payments.height,
            float(min(low[i], values[i])), float(max(high[i], values[i])),
            tuple(drawn[:DRAWS, i].tolist()),
        )
        for i, path in enumerate(_PATHS)
    ]  # fmt: skip
    waits = payments.filter(~pl.col("automated")).drop_nulls("days")
    research = distribution(
        "cash_application.research_wait_days", waits["days"].to_numpy(), where, seed,
        assumption="until a person begins: the wait for that person is in it",
    )  # fmt: skip
    return (*estimates, research) if research is not None else tuple(estimates)


ESTIMATORS: tuple[Callable[[Source, int], tuple[Estimate, ...]], ...] = (estimate_matching,)


def _two_kinds(
    customer: npt.NDArray[np.int64], count: int, hits: Floats, further: Floats
) -> Callable[[int], tuple[Floats, Floats]]:
    """Return what gives values and draws of the match share, kinds and odds ratios."""

    def unpacked(point: Floats) -> tuple[float, float, float, float]:
        match, good = special.expit(point[0]), special.expit(point[1])
        return (
            float(match),
            float(good),
            float(np.exp(-abs(point[2]))),
            float(np.exp(-abs(point[3]))),
        )

    def each(point: Floats) -> Floats:
        base = point[0] - abs(point[3]) * further
        kinds = []
        for odds in (base, base - abs(point[2])):
            log_chance = hits * special.log_expit(odds) + (1 - hits) * special.log_expit(-odds)
            kinds.append(np.bincount(customer, weights=log_chance, minlength=count))
        return np.asarray(
            np.logaddexp(
                kinds[0] + special.log_expit(point[1]), kinds[1] + special.log_expit(-point[1])
            )
        )

    starts = [np.array([2.0, 1.0, 1.5, 0.2]), np.array([1.0, -0.5, 0.8, 0.05])]
    bounds = ((-6.0, 8.0), (-4.0, 4.0), (1e-6, 6.0), (1e-6, 3.0))
    best = min(
        (
            optimize.minimize(
                lambda p: -float(each(p).sum()), start, method="L-BFGS-B", bounds=bounds
            )
            for start in starts
        ),
        key=lambda result: float(result.fun),
    ).x
    step = 1e-3
    moves = np.eye(4) * step
    scores = np.column_stack([(each(best + m) - each(best - m)) / (2 * step) for m in moves])
    information = scores.T @ scores
    values, axes = np.linalg.eigh(information)
    root = axes / np.sqrt(np.maximum(values, 1.0))

    def of(seed: int) -> tuple[Floats, Floats]:
        rng = np.random.default_rng([seed, 13])
        points = best + rng.standard_normal((400, 4)) @ root.T
        low, high = np.array(bounds).T
        drawn = np.array([unpacked(np.clip(p, low, high)) for p in points])
        return np.array(unpacked(best)), drawn

    return of


def _of_no_segment(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the invoices of customers in no segment, or of all if those are few."""
    outside = rows.filter(pl.col("segment").is_null())
    enough = outside["customer"].n_unique() >= _ENOUGH_CUSTOMERS
    return (outside if enough else rows).select("invoice", "customer")


def _payments(source: Source) -> pl.DataFrame | None:
    """Return each payment's customer, number of invoices, and whether it matched by itself."""
    log = source.log
    if is_list(source) or not {v.INVOICE, v.PAYMENT, v.CUSTOMER} <= set(log.object_types):
        return None
    if v.RECEIVE_PAYMENT not in log.activities or log.events["automated"].null_count() == (
        log.events.height
    ):
        return None
    view = ObjectEvents.of(log)
    received = view.of_activities(v.PAYMENT, (v.RECEIVE_PAYMENT,)).select(
        "event", pl.col("case").alias("payment"), pl.col("time").alias("received")
    )
    rows = _of_no_segment(invoice_rows(source).filter(~pl.col("prepaid")))
    meant = (
        received.join(view.related(v.INVOICE).rename({"case": "invoice"}), on="event")
        .join(rows, on="invoice")
        .group_by("payment")
        .agg(pl.col("invoice").n_unique().alias("invoices"), pl.col("customer").first())
    )
    posted = (
        view.of_activities(v.PAYMENT, _APPLICATIONS)
        .sort("time", "event")
        .group_by("case", maintain_order=True)
        .agg(pl.col("automated").first(), pl.coalesce("start", "time").first().alias("begun"))
        .rename({"case": "payment"})
    )
    objects = view.objects_of(v.PAYMENT)
    if "payment_method" in objects.columns:
        drawn = objects.filter(pl.col("payment_method").cast(pl.String).is_in(_DRAWN))
        meant = meant.filter(~pl.col("payment").is_in(drawn["object"].implode()))
    return (
        received.join(meant, on="payment")
        .join(posted, on="payment")
        .drop_nulls(["automated", "customer"])
        .sort("payment")
        .with_columns(
            (pl.col("customer").rank("dense") - 1).cast(pl.Int64).alias("number"),
            ((pl.col("begun") - pl.col("received")).dt.total_seconds() / 86_400)
            .clip(0)
            .alias("days"),
        )
    )
