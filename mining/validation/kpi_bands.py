"""KPI bands: whether what was measured lies where simulated months lie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from scipy import stats

from mining.kpis import DEFINITIONS, Period, measure
from mining.validation.case_events import OPENING
from o2c_sim.eventlog import TIME, EventLog

CASES_PER_WEEK = "cases_per_week"
_LABELS = {CASES_PER_WEEK: "Orders, or order lines, a week"}
_UNITS = {CASES_PER_WEEK: "count"}


def case_kpis(
    events: pl.DataFrame, case_type: str, first: dt.date, until: dt.date
) -> dict[str, float]:
    """Return the KPIs that a plain log of cases carries, by :func:`mining.kpis.measure`.

    Parameters
    ----------
    events
        Case events, in local time.
    case_type
        ``order`` or ``order_line``.
    first, until
        The period: cases that begin on the first date or later and before the other one.
    """
    found = measure(_plain_log(events, case_type), Period(first, until), case_type)
    opened = events.filter(pl.col("activity") == OPENING)
    cases = opened.filter(pl.col("begin").dt.date() >= first, pl.col("begin").dt.date() < until)[
        "case"
    ].n_unique()
    weeks = (until - first).days / 7
    return {CASES_PER_WEEK: cases / weeks} | {k: x for k, x in found.items() if not np.isnan(x)}


def kpi_table(
    train: Mapping[str, float], test: Mapping[str, float], runs: Sequence[Mapping[str, float]]
) -> pl.DataFrame:
    """Compare the KPIs of a test log with the band in which one more simulated log would lie.

    Returns
    -------
    polars.DataFrame
        ``key``, ``label``, ``unit``, ``train``, ``test``, ``simulated`` (mean), ``low``,
        ``high`` (95 % prediction interval of one run: mean -/+ t sd sqrt(1 + 1/n), Student's t
        with n - 1 degrees of freedom; null below two runs), ``within``. A KPI that the simulation
        does not give is not within.
    """
    rows = []
    for row in banded(test, runs):
        key = str(row["key"])
        rows.append(
            row
            | {
                "label": _LABELS.get(key) or DEFINITIONS[key].label,
                "unit": _UNITS.get(key) or DEFINITIONS[key].unit,
                "train": train.get(key),
            }
        )
    numbers = ("train", "test", "simulated", "low", "high")
    schema = {"key": pl.String, "label": pl.String, "unit": pl.String}
    return pl.DataFrame(
        rows, schema=schema | dict.fromkeys(numbers, pl.Float64) | {"within": pl.Boolean}
    )


def banded(
    test: Mapping[str, float], runs: Sequence[Mapping[str, float]]
) -> list[dict[str, object]]:
    """Return each figure of a test log beside the band in which one more run would lie.

    Returns
    -------
    list
        ``key``, ``test``, ``simulated``, ``low``, ``high``, ``within``: see :func:`kpi_table`.
    """
    rows = []
    for key, value in test.items():
        values = np.array([run[key] for run in runs if key in run])
        row: dict[str, object] = {"key": key, "test": value, "within": False}
        if len(values) > 1:
            mean, n = float(values.mean()), len(values)
            half = float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / n))
            row |= {"simulated": mean, "low": mean - half, "high": mean + half}
            # Equal to the last bits: a figure without spread is no miss by rounding.
            slack = 1e-9 * max(1.0, abs(value))
            row["within"] = mean - half - slack <= value <= mean + half + slack
        rows.append(row)
    return rows


def _plain_log(events: pl.DataFrame, case_type: str) -> EventLog:
    """Return case events as a log of its own: one object a case, one event a row."""
    rows = events.with_row_index("event")
    names = sorted(set(events["activity"]))
    cases = rows.select(pl.col("case").unique().sort())
    return EventLog(
        events=rows.select(
            pl.col("event").cast(pl.UInt32),
            pl.col("activity").cast(pl.Enum(names)),
            pl.lit(None, TIME).alias("start"),
            pl.col("time").cast(TIME),
            pl.lit(None, pl.String).alias("resource"),
            pl.lit(None, pl.String).alias("role"),
            pl.lit(None, pl.Boolean).alias("automated"),
            pl.lit(None, pl.Float64).alias("amount"),
        ),
        objects=cases.select(
            pl.col("case").cast(pl.UInt32).alias("object"),
            pl.col("case").cast(pl.String).alias("object_id"),
            pl.lit(case_type, pl.Enum([case_type])).alias("type"),
        ),
        event_objects=rows.select(
            pl.col("event").cast(pl.UInt32),
            pl.col("case").cast(pl.UInt32).alias("object"),
            pl.lit(case_type, pl.Enum([case_type])).alias("qualifier"),
        ),
    )
