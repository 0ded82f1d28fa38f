"""What a company does about late invoices: reminders, calls, promises, write-offs.

A reminder level, the first call and the write-off come so many days after the due date, in the
next run or as soon as a collector is free. The fewest days on which it often happens are the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.receivables import invoice_rows, is_list, name_of
from mining.calibration.remittances import of_the_solvent
from mining.calibration.shares import share
from mining.measures import local_date
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

_LEVELS = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)
# What a reminder does is not seen in a log of a company that always reminds: as in the reference
# companies (assumed).
_HAZARD_RATIOS = (1.3, 1.5, 1.5)
_FEWEST, _FEWEST_PROMISES = 10, 30
# What happens on a day half as often as on the commonest one is no slip.
_OFTEN = 0.5
# A day is common if it occurs so often.
_TIMES = 5

IDENTIFIABLE = ("collections.call_after_days", "write_off.after_days", "collections.recall_days")
NOT_IDENTIFIABLE = {
    "dunning.levels": "what a reminder does; its days are read off",
    "collections.hazard_ratio": "what a call does without a promise",
    "collections.hazard_days": "as above",
    "collections.promise_days": "the promised day is no event",
    "collections.promise_kept_share": "who pays anyhow counts as a promise kept",
    "collections.promise_share": "calls about money under way end without one",
    "collections.worklist": "whom the collector called first, among those free to be called",
}


def estimate_dunning(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the days overdue from which each reminder is sent."""
    late = _days_late(source, _LEVELS)
    levels: list[dict[str, float]] = []
    sample = 0
    for activity, ratio in zip(_LEVELS, _HAZARD_RATIOS, strict=True):
        days = late.get(activity)
        if days is None or len(days) < _FEWEST:
            break
        fewest = _fewest_days(days)
        if fewest is None:
            break
        rule = max(fewest, levels[-1]["overdue_days"] + 1 if levels else 1.0)
        levels.append({"overdue_days": rule, "hazard_ratio": ratio})
        sample += len(days)
    if not levels:
        return ()
    where = f"{name_of(source)}: fewest days overdue of {sample:,} reminders"
    value: Any = levels
    assumption = "what a reminder does is that of the reference companies"
    return (
        Estimate(
            "dunning.levels", value, where, sample, draws=(value,) * DRAWS, assumption=assumption
        ),
    )


def estimate_calls(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the days overdue of a first call, those between calls, and what calls bring."""
    late = _days_late(source, (v.CALL_CUSTOMER,)).get(v.CALL_CUSTOMER)
    if late is None or len(late) < _FEWEST:
        return ()
    view = ObjectEvents.of(source.log)
    where = f"{name_of(source)}: {len(late):,} invoices called about"
    found: list[Estimate | None] = [
        _rule("collections.call_after_days", late, f"{where}, fewest days overdue")
    ]
    calls = view.of_activities(v.INVOICE, (v.CALL_CUSTOMER, v.RECORD_PROMISE)).sort(
        "case", "time", "event"
    )
    is_call = pl.col("activity") == v.CALL_CUSTOMER
    gaps = (
        calls.with_columns(
            pl.col("activity").shift(-1).over("case").alias("next"),
            (pl.col("time").shift(-1).over("case") - pl.col("time")).alias("gap"),
        )
        .filter(is_call & (pl.col("next") == v.CALL_CUSTOMER))
        .select(pl.col("gap").dt.total_seconds() / 86_400)
        .to_series()
        .to_numpy()
    )
    if len(gaps) >= _FEWEST:
        found.append(_rule("collections.recall_days", gaps, f"{where}, fewest days between calls"))
    rows = invoice_rows(source)
    # Who does not pay what was contested promises nothing; who never pays keeps no promise.
    willing = rows.filter(~pl.col("disputed")).select(pl.col("invoice").alias("case"))
    paid = rows.filter(pl.col("paid").is_not_null()).select(pl.col("invoice").alias("case"))
    asked = calls.join(willing, on="case", how="semi")
    count = asked.filter(is_call).height
    found.append(
        share(
            "collections.promise_share", min(asked.height - count, count), count,
            f"{where}: {count:,} calls about what is not disputed", seed,
            "a call about money under way counts as one without a promise",
        )
    )  # fmt: skip
    promised = calls.filter(~is_call).join(paid, on="case", how="semi").height
    broken = view.of_activities(v.INVOICE, (v.BREAK_PROMISE,)).join(paid, on="case", how="semi")
    if promised >= _FEWEST_PROMISES:
        found.append(
            share(
                "collections.promise_kept_share",
                max(promised - broken.height, 0),
                promised,
                f"{where}: {promised:,} promises to pay what was paid in the end",
                seed,
                "a promise is kept if it was not recorded as broken",
            )
        )
    return tuple(estimate for estimate in found if estimate is not None)


def estimate_write_off(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the days overdue after which an unpaid invoice is given up."""
    if is_list(source) or v.WRITE_OFF_INVOICE not in source.log.activities:
        return ()
    if v.INVOICE not in source.log.object_types:
        return ()
    view = ObjectEvents.of(source.log)
    rows = invoice_rows(source).filter(pl.col("paid").is_null(), ~pl.col("disputed"))
    given_up = view.spans(v.INVOICE, v.WRITE_OFF_INVOICE).select(
        pl.col("case").alias("invoice"),
        local_date("first", source.log.zone).cast(pl.Int32).alias("day"),
    )
    rows = of_the_solvent(source, rows).join(given_up, on="invoice")
    days = rows.select(pl.col("day") - pl.col("due")).to_series()
    if len(days) < _FEWEST:
        return ()
    where = f"{name_of(source)}: fewest days overdue of {len(days):,} write-offs"
    blocks = max(rows["customer"].n_unique(), 1)
    found = _rule("write_off.after_days", days.to_numpy(), where, blocks)
    return () if found is None else (found,)


ESTIMATORS: tuple[Callable[[Source, int], tuple[Estimate, ...]], ...] = (
    estimate_dunning,
    estimate_calls,
    estimate_write_off,
)


def _days_late(source: Source, activities: tuple[str, ...]) -> dict[str, np.ndarray[Any, Any]]:
    """Return how many days after the due date something first happened to each invoice."""
    if is_list(source) or v.INVOICE not in source.log.object_types:
        return {}
    view = ObjectEvents.of(source.log)
    rows = invoice_rows(source).select("invoice", "due")
    found = {}
    for activity in activities:
        if activity not in view.activities:
            continue
        first = view.spans(v.INVOICE, activity).select(
            pl.col("case").alias("invoice"),
            local_date("first", source.log.zone).cast(pl.Int32).alias("day"),
        )
        found[activity] = (
            first.join(rows, on="invoice").select(pl.col("day") - pl.col("due")).to_series()
        ).to_numpy()
    return found


def _fewest_days(days: np.ndarray[Any, Any]) -> float | None:
    """Return the days from which something is done: the fewest of those on which it often is.

    Fewer days happen, as to an invoice that got a later due date. None if no day is common.
    """
    kinds, counts = np.unique(np.floor(days), return_counts=True)
    if counts.max() < _TIMES:
        return None
    return max(float(kinds[counts >= _OFTEN * counts.max()][0]), 1.0)


def _rule(
    path: str, days: np.ndarray[Any, Any], where: str, blocks: int | None = None
) -> Estimate | None:
    """Return the fewest days as an estimate.

    The rule is at most the fewest days seen, and hardly less than the gap between the fewest ones:
    of *n* values spread evenly over a span, the first lies beyond span (1 - 0.025^(1/n)) from the
    beginning in one of forty samples. *blocks* is how many of the values are independent, where
    a run spreads them evenly: there the first of all counts.
    """
    value = _fewest_days(days) if blocks is None else float(np.floor(days.min()))
    if value is None:
        return None
    span = max(float(np.quantile(days, 0.5)) - value, 1.0) * 2
    low = max(value - span * (1 - 0.025 ** (1 / (blocks or len(days)))), 0.0)
    low = min(float(np.floor(low)), value)
    return Estimate(path, value, where, len(days), low, value, (value,) * DRAWS)
