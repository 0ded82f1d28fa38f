"""Fitness for use: what a validated model may be used for and what not, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from mining.validation.activity_patterns import ALLOWED_POINTS
from mining.validation.lag_distances import ALLOWED_RATIO
from o2c_sim import vocabulary as v

Answer = Literal["yes", "with care", "no", "not judged"]

THRESHOLDS = (
    f"Lags: Wasserstein distance from the unseen data at most {ALLOWED_RATIO:g} times that of the "
    f"training data, or an hour. Activities: at most {ALLOWED_POINTS:g} percentage points off. "
    "KPIs: inside the 95 % band of simulated periods. With care: every lag that is beyond its "
    "limit is within it of the training data as they were known when the unseen data began, cases "
    "under way left out; or every activity that is off is as frequent as in the training data, or "
    "no further off, so that the company has changed; or at most a quarter of the figures lie "
    "outside their bands."
)


@dataclass(frozen=True, slots=True)
class Use:
    """One thing to use a model for.

    Parameters
    ----------
    purpose
        What for.
    answer
        ``yes``, ``with care``, ``no`` or ``not judged``.
    reason
        What decides it, with the figures.
    """

    purpose: str
    answer: Answer
    reason: str


def uses(
    lags: pl.DataFrame, prevalence: pl.DataFrame, kpis: pl.DataFrame, cash: pl.DataFrame | None
) -> tuple[Use, ...]:
    """Return what a model may be used for, by its distances from data it has not seen.

    Parameters
    ----------
    lags, prevalence, kpis, cash
        See :func:`mining.validation.lag_distances.lag_table`,
        :func:`mining.validation.activity_patterns.prevalence_table`,
        :func:`mining.validation.kpi_bands.kpi_table` and
        :func:`mining.validation.cash_path.cash_table`; None where the log tells no cash.
    """
    judged = lags.filter("milestone")
    delivery = judged.filter(~pl.col("target").is_in([v.CREATE_INVOICE, v.CLEAR_INVOICE]))
    billing = judged.filter(pl.col("target") == v.CREATE_INVOICE)
    return (
        _by_lags("Time from order to goods issue", delivery),
        _by_lags("Time until the invoice", billing),
        _by_prevalence(prevalence),
        _by_band("Level of the KPIs, volume among them", kpis),
        Use("Cash, DSO and ageing", "not judged", "the log does not tell invoices and payments")
        if cash is None
        else _by_band("Cash, DSO and ageing", cash),
        Use(
            "Headcount and queues",
            "not judged",
            "completions alone do not part work from waiting; compare utilisation with what the "
            "teams report before deciding on staff",
        ),
    )


def _by_lags(purpose: str, lags: pl.DataFrame) -> Use:
    if lags.is_empty():
        return Use(purpose, "not judged", "the log does not have both milestones often enough")
    worst = lags.sort(pl.col("ratio").fill_null(0.0), descending=True).row(0, named=True)
    if lags["within"].all():
        return Use(purpose, "yes", f"all {lags.height} lags within the limit; {_said(worst)}")
    wrong = lags.filter(~pl.col("within")).sort("ratio", descending=True, nulls_last=False)
    named = "; ".join(_said(row) for row in wrong.iter_rows(named=True))
    as_known = wrong["distance_days"] <= ALLOWED_RATIO * wrong["known_days"]
    answer: Answer = "with care" if as_known.fill_null(value=False).all() else "no"
    return Use(purpose, answer, f"{wrong.height} of {lags.height} lags beyond the limit: {named}")


def _said(row: dict[str, object]) -> str:
    lag = f"{row['source']} to {row['target']}"
    if row["distance_days"] is None:
        return f"{lag}: not simulated"
    times = "" if row["ratio"] is None else f", {row['ratio']:.2f} times"
    return f"{lag}: {row['distance_days']:.2f} against {row['floor_days']:.2f} days{times}"


def _by_prevalence(prevalence: pl.DataFrame) -> Use:
    purpose = "Exceptions and the work they make"
    wrong = prevalence.filter(~pl.col("within"))
    if wrong.is_empty():
        return Use(purpose, "yes", f"all {prevalence.height} activities as frequent as observed")
    off_then = (pl.col("simulated_percent") - pl.col("train_percent")).abs()
    drifted = wrong.filter(
        (pl.col("off_points").abs() <= pl.col("drift_points").abs()) | (off_then <= ALLOWED_POINTS)
    )
    named = "; ".join(
        f"{row['activity']} {row['simulated_percent']:.1f} % against {row['test_percent']:.1f} % "
        f"(training {row['train_percent']:.1f} %)"
        for row in wrong.iter_rows(named=True)
    )
    answer: Answer = "with care" if drifted.height == wrong.height else "no"
    return Use(purpose, answer, f"{wrong.height} of {prevalence.height} activities off: {named}")


def _by_band(purpose: str, table: pl.DataFrame) -> Use:
    if table.is_empty():
        return Use(purpose, "not judged", "no figure in the log")
    wrong = table.filter(~pl.col("within"))
    if wrong.is_empty():
        return Use(purpose, "yes", f"all {table.height} figures inside the simulated 95 % band")
    named = "; ".join(
        f"{row.get('label') or row['key']} {row['test']:.3g} outside "
        + ("any band" if row["low"] is None else f"{row['low']:.3g} to {row['high']:.3g}")
        for row in wrong.iter_rows(named=True)
    )
    few = wrong.height <= 0.25 * table.height
    return Use(
        purpose, "with care" if few else "no", f"{wrong.height} of {table.height} outside: {named}"
    )
