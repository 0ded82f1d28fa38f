"""Disputes: how many invoices, which customers, how long, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import optimize, special

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.receivables import invoice_rows, is_list, name_of
from mining.calibration.remittances import distribution
from mining.calibration.shares import share
from mining.object_events import ObjectEvents
from mining.receivables import open_items
from o2c_sim import vocabulary as v

SHARE, PROPENSITY = "disputes.share", "disputes.propensity"
_MOST_FRACTION = 0.99
_FEWEST_CUSTOMERS, _FEWEST_DISPUTES = 8, 20
# log of the mean's odds and of the precision alpha + beta
_BOUNDS = ((-9.0, 9.0), (-3.0, 7.0))

IDENTIFIABLE = ("disputes.credited_share", "disputes.credited_fraction")
NOT_IDENTIFIABLE = {
    SHARE: "disputes with a cause are not apart from those without",
    PROPENSITY: "as above; the spread between customers shows",
    "disputes.cause_share": "causes are no events",
    "disputes.reasons": "reasons are no events",
    "disputes.notice_days": "who pays sooner objects sooner",
    "disputes.investigation_days": "the analyst's queue is in it",
    "disputes.settle_days": "the customer's own plan may be later",
    "disputes.automatic_credit_value": "what is credited without a person is small by chance, too",
}


def estimate_disputes(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how many invoices are disputed, and how much customers differ in that.

    The propensity of customers is a beta distribution, fitted to their counts of disputed
    invoices (beta-binomial likelihood). Deductions from a payment are not counted, nor is what
    was cancelled and made anew.
    """
    rows = _contestable(source)
    if rows is None:
        return ()
    counts = (
        rows.drop_nulls("customer")
        .group_by("customer")
        .agg(pl.col("objects").sum().alias("hits"), pl.len().alias("total"))
        .sort("customer")
    )
    hits, total = int(rows["objects"].sum()), rows.height
    where = f"{name_of(source)}: {hits:,} of {total:,} invoices"
    reasons = "no reasons are given: all disputes count as without a cause that the model knows"
    found = [share(SHARE, hits, total, where, seed, reasons)]
    if not is_list(source):
        found.append(
            Estimate(
                "disputes.cause_share", 0.0, where, total, draws=(0.0,) * DRAWS, assumption=reasons
            )
        )
    if counts.height >= _FEWEST_CUSTOMERS and hits:
        found.append(_propensity(counts, where, seed))
    if is_list(source):
        found += _delays(rows, where, seed)
    return tuple(estimate for estimate in found if estimate is not None)


def estimate_decisions(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how disputes end: how many with a credit memo, of how much, after how long."""
    rows = _contestable(source)
    if rows is None or is_list(source):
        return ()
    view = ObjectEvents.of(source.log)
    if v.RESOLVE_DISPUTE not in view.activities:
        return ()
    decided = _decisions(view, rows)
    if not decided.height:
        return ()
    where = f"{name_of(source)}: {decided.height:,} decisions"
    credited = decided.drop_nulls("credited")
    found = [
        share("disputes.credited_share", credited.height, decided.height, where, seed),
        distribution(
            "disputes.credited_fraction", credited["credited"].to_numpy(), where, seed,
            cap=_MOST_FRACTION,
        ),
        distribution(
            "disputes.investigation_days", decided["days"].to_numpy(), where, seed,
            assumption="until the analyst begins: the wait for the analyst is in it",
        ),
    ]  # fmt: skip
    return tuple(estimate for estimate in found if estimate is not None)


ESTIMATORS: tuple[Callable[[Source, int], tuple[Estimate, ...]], ...] = (
    estimate_disputes,
    estimate_decisions,
)


def _contestable(source: Source) -> pl.DataFrame | None:
    """Return the invoices that could be disputed before they were paid, and which were."""
    rows = invoice_rows(source)
    if rows.is_empty() or rows["disputed"].null_count() == rows.height:
        return None
    if is_list(source):
        return rows.with_columns(pl.col("disputed").fill_null(value=False).alias("objects"))
    if v.OPEN_DISPUTE not in source.log.activities:
        return None
    view = ObjectEvents.of(source.log)
    moments = rows.select("invoice").with_columns(
        view.moments(v.INVOICE, v.OPEN_DISPUTE, rows["invoice"]).alias("opened"),
        view.moments(v.INVOICE, v.RECEIVE_PAYMENT, rows["invoice"]).alias("received"),
    )
    # A deduction is contested once the payment is posted.
    after = pl.col("opened") >= pl.col("received")
    objects = pl.col("opened").is_not_null() & ~after.fill_null(value=False)
    return (
        rows.join(moments, on="invoice", maintain_order="left")
        .with_columns(objects.alias("objects"))
        .filter(
            ~pl.col("cancelled"),
            ~pl.col("prepaid"),
            # What is neither paid nor disputed yet may still be.
            pl.col("objects") | pl.col("received").is_not_null(),
        )
    )


def _propensity(counts: pl.DataFrame, where: str, seed: int) -> Estimate:
    hits = counts["hits"].to_numpy().astype(float)
    total = counts["total"].to_numpy().astype(float)
    point = _beta_binomial(hits, total, np.ones(len(hits)))
    rng = np.random.default_rng([seed, 11])
    draws = []
    for _ in range(DRAWS):
        times = rng.multinomial(len(hits), np.full(len(hits), 1 / len(hits))).astype(float)
        draws.append(_beta(*_beta_binomial(hits, total, times, point)))
    return Estimate(
        PROPENSITY, _beta(*point), f"{where} of {len(hits):,} customers", len(hits),
        draws=tuple(draws),
    )  # fmt: skip


def _delays(rows: pl.DataFrame, where: str, seed: int) -> list[Estimate | None]:
    """Return how long disputes put payments off in a list of dates, which shows no more of them.

    A disputed invoice is paid on the later of two days: the one that the customer would have paid
    on, which is that of the undisputed ones, and the one on which the dispute is over, a
    log-normal time after the invoice. Its median and sigma are the most likely ones.
    """
    known = rows.drop_nulls(["paid", "issued"])
    days = (known["paid"] - known["issued"]).to_numpy().astype(float)
    contested = known["objects"].to_numpy()
    if contested.sum() < _FEWEST_DISPUTES or (~contested).sum() < _FEWEST_DISPUTES:
        return []
    usual = np.sort(days[~contested])

    def chance(at: npt.NDArray[np.float64], point: npt.NDArray[np.float64]) -> Any:
        as_usual = (np.searchsorted(usual, at, side="right") + 0.5) / (len(usual) + 1)
        over = special.ndtr((np.log(np.maximum(at + 0.5, 0.5)) - point[0]) / np.exp(point[1]))
        return as_usual * over

    def most_likely(late: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        def loss(point: npt.NDArray[np.float64]) -> float:
            each = chance(late, point) - chance(late - 1, point)
            return -float(np.log(np.maximum(each, 1e-12)).sum())

        start = np.array([np.log(max(float(np.median(late)), 1.0)), -1.0])
        bounds = ((0.0, 7.0), (-3.0, 1.5))
        found = optimize.minimize(loss, start, method="Nelder-Mead", bounds=bounds)
        return np.asarray(found.x)

    def written(point: npt.NDArray[np.float64]) -> dict[str, Any]:
        sigma = round(float(np.exp(point[1])), 4)
        median = round(float(np.exp(point[0])), 3)
        return {"distribution": "lognormal", "median": median, "sigma": sigma, "cap": 365.0}

    late = days[contested]
    rng = np.random.default_rng([seed, 17])
    draws = tuple(written(most_likely(rng.choice(late, len(late)))) for _ in range(DRAWS))
    told = "the list shows the day of the money alone: notice, decision and payment are in one time"
    at_once = {"distribution": "constant", "value": 0.0}
    investigation = Estimate(
        "disputes.investigation_days", written(most_likely(late)), where, len(late), draws=draws,
        assumption=told,
    )  # fmt: skip
    others = [
        Estimate(path, at_once, where, len(late), assumption=told)
        for path in ("disputes.notice_days", "disputes.settle_days")
    ]
    return [investigation, *others]


def _beta_binomial(
    hits: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
    times: npt.NDArray[np.float64],
    start: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """Return alpha and beta of the beta distribution of the customers' propensity."""

    def of(point: npt.NDArray[np.float64]) -> tuple[float, float]:
        mean, precision = special.expit(point[0]), np.exp(point[1])
        return float(mean * precision), float((1 - mean) * precision)

    def loss(point: npt.NDArray[np.float64]) -> float:
        alpha, beta = of(point)
        each = special.betaln(hits + alpha, total - hits + beta) - special.betaln(alpha, beta)
        return -float(times @ each)

    if start is None:
        mean = (hits.sum() + 0.5) / (total.sum() + 1)
        begin = np.array([special.logit(mean), 1.0])
    else:
        begin = np.array([np.log(start[0] / start[1]), np.log(sum(start))])
    return of(optimize.minimize(loss, begin, method="L-BFGS-B", bounds=_BOUNDS).x)


def _beta(alpha: float, beta: float) -> dict[str, Any]:
    return {"distribution": "beta", "alpha": round(alpha, 5), "beta": round(beta, 5)}


def _decisions(view: ObjectEvents, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the decided disputes: days until work on them began, and the part credited."""
    opened = rows.filter(pl.col("objects")).select("invoice", "opened")
    resolved = (
        view.of_activities(v.INVOICE, (v.RESOLVE_DISPUTE,))
        .select(
            pl.col("case").alias("invoice"),
            pl.coalesce("start", "time").alias("begun"),
            pl.col("time").alias("resolved"),
        )
        .join(opened, on="invoice")
        .filter(pl.col("resolved") >= pl.col("opened"))
        .sort("resolved")
        .group_by("invoice", maintain_order=True)
        .first()
    )
    changes = open_items(view).sort("invoice", "time", "event")
    before = (pl.col("cents").cum_sum() - pl.col("cents")).over("invoice")
    memos = (
        changes.with_columns(before.alias("open_before"))
        .filter(pl.col("activity").cast(pl.String) == v.CREATE_CREDIT_MEMO)
        .select("invoice", "time", (-pl.col("cents") / pl.col("open_before")).alias("credited"))
    )
    soon = pl.col("time") - pl.col("resolved")
    credited = (
        resolved.join(memos, on="invoice")
        .filter((soon >= pl.duration(seconds=0)) & (soon <= pl.duration(minutes=5)))
        .group_by("invoice")
        .agg(pl.col("credited").first())
    )
    days = (pl.col("begun") - pl.col("opened")).dt.total_seconds() / 86_400
    return resolved.join(credited, on="invoice", how="left").with_columns(
        days.clip(0).alias("days")
    ).sort("invoice")  # fmt: skip
