"""Credit holds: how many a rule releases, how long the facts take, how many are denied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.desk import local_hours
from mining.calibration.estimate import Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.onset import Seen, fit_onset
from mining.calibration.order_life import credit_desk
from mining.calibration.order_view import OrderView, order_view
from mining.calibration.proportions import generator, share_estimate
from o2c_sim import vocabulary as v

IDENTIFIABLE = (
    "credit.auto_release_share",
    "credit.denial_share",
    "credit.review_wait_days",
)
NOT_IDENTIFIABLE = {
    "credit.limit_share": "a log does not say why an order is held; acts as a factor of all limits",
    "credit.overdue_tolerance_days": "a log does not say why an order is held",
    "credit.overdue_share": "a log does not say why an order is held",
    "credit.hold_at_dunning_level": "a log does not say why an order is held",
    "credit.large_order_value": "a log does not say why an order is held",
    "credit.partial_release_share": "of the holds beyond the limit, which a log does not tell",
    "credit.withheld_days": "a log does not tell which lines are withheld",
    "credit.recheck_after_days": "a second check does not say what asked for it",
    "credit.insured_share": "no insurer in a log",
    "credit.insured_limit_factor": "no insurer in a log",
    "credit.insurance_cover_share": "no insurer in a log",
    "credit.insurance_premium_share": "no insurer in a log",
}
# What cannot be read off but moves a figure of the log, for tuning by simulation.
TUNABLE = {
    "credit.limit_share": "share of orders held",
    "credit.overdue_tolerance_days": "share of orders held",
    "credit.large_order_value": "share of orders held",
}

Floats = npt.NDArray[np.float64]
_LEAST = 10
_LONGEST_DAYS = 365.0
_ENDS = (v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT, v.CANCEL_ORDER)
# A machine that releases within a minute has not waited for anything.
_AT_ONCE_HOURS = 1 / 60


@dataclass(frozen=True, slots=True)
class _Holds:
    """Holds, one row each: ``since``, ``start``, ``time`` (null while held), ``outcome``.

    ``outcome`` is ``rule`` (released at once by a machine), ``run`` (released by a machine
    later), ``released`` or ``denied`` (by a review), ``ended`` (cancelled for another reason) or
    ``open``.
    """

    rows: pl.DataFrame
    were_set: bool

    def count(self, outcome: str) -> int:
        return int((self.rows["outcome"] == outcome).sum())


def held_share(source: Source) -> tuple[int, int]:
    """Return how many orders were held for credit, and of how many."""
    view = order_view(source)
    if view is None:
        return 0, 0
    held = view.of(v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
    return held["order"].n_unique(), view.orders["received"].drop_nulls().len()


def estimate_credit_holds(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate automatic releases, denials, and the wait until a review can decide.

    A rule releases only what a review would release, so denials count over all holds that a rule
    or a review has decided. Where the analysts' starts are known, the wait is that for the facts:
    closed hours and the wait for an analyst are not in it.
    """
    view = order_view(source)
    if view is None:
        return ()
    holds = _holds(view, source.zone)
    by_rule, released, denied = (holds.count(name) for name in ("rule", "released", "denied"))
    decided = by_rule + released + denied
    if decided < _LEAST:
        return ()
    found = [
        share_estimate(
            "credit.denial_share", denied, decided, seed, f"{view.name}, holds denied",
            "" if holds.were_set else "a denial counts if no release follows it",
        )
    ]  # fmt: skip
    # Of those that a run released later, as many would have been denied as of the others.
    not_by_rule = released + holds.count("run") * (1 - denied / decided)
    known = holds.rows["machine"].is_not_null().any()
    if known and by_rule + not_by_rule >= _LEAST:
        said = f"{view.name}, holds released at once by a machine"
        path = "credit.auto_release_share"
        found.append(share_estimate(path, by_rule, by_rule + not_by_rule, seed, said))
    wait = _wait(view, holds, source.zone, seed)
    return tuple(found) if wait is None else (*found, wait)


ESTIMATORS = (estimate_credit_holds,)


def _holds(view: OrderView, zone: str) -> _Holds:
    sets = view.of(v.SET_CREDIT_BLOCK)
    ends = view.of(v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
    were_set = sets["order"].n_unique() >= ends["order"].n_unique() / 2
    rows = _set_and_ended(view) if were_set else _ended_only(view)
    since, ended = local_hours(rows["since"], zone), local_hours(rows["time"], zone)
    at_once = pl.Series(ended - since <= _AT_ONCE_HOURS)
    machine = pl.col("machine").fill_null(value=False)
    outcome = (
        pl.when(pl.col("time").is_null())
        .then(pl.lit("open"))
        .when(pl.col("end") == v.CANCEL_ORDER)
        .then(pl.lit("ended"))
        .when((pl.col("end") == v.DENY_CREDIT) & machine)
        .then(pl.lit("ended"))
        .when(pl.col("end") == v.DENY_CREDIT)
        .then(pl.lit("denied"))
        .when(machine & at_once)
        .then(pl.lit("rule"))
        .when(machine)
        .then(pl.lit("run"))
        .otherwise(pl.lit("released"))
    )
    return _Holds(rows.with_columns(outcome.alias("outcome")), were_set)


def _set_and_ended(view: OrderView) -> pl.DataFrame:
    """Return each setting of a block with what came next of its order."""
    rows = view.of(v.SET_CREDIT_BLOCK, *_ENDS).unique(
        ["event", "order"], keep="first", maintain_order=True
    )
    nexts = {"activity": "end", "start": "start", "time": "time", "automated": "machine"}
    return (
        rows.select("order", "activity", pl.col("time").alias("since"), *_next(nexts))
        .filter(pl.col("activity") == v.SET_CREDIT_BLOCK)
        .with_columns(
            pl.when(pl.col("end") != v.SET_CREDIT_BLOCK).then(name).alias(name)
            for name in ("start", "time", "machine")
        )
    )


def _next(columns: dict[str, str]) -> list[pl.Expr]:
    return [pl.col(old).shift(-1).over("order").alias(new) for old, new in columns.items()]


def _ended_only(view: OrderView) -> pl.DataFrame:
    """Return the last decision of each order; it was held since the other event before."""
    ends = [v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT]
    decided = (
        view.of(*ends)
        .unique("order", keep="last", maintain_order=True)
        .select(
            "order",
            pl.col("activity").alias("end"),
            "start",
            "time",
            pl.col("automated").alias("machine"),
        )
    )
    others = view.events.filter(~pl.col("activity").is_in(ends)).select("order", since="time")
    held = decided.sort("time").join_asof(
        others.sort("since"), left_on="time", right_on="since", by="order", check_sortedness=False
    )
    return held.with_columns(pl.coalesce("since", "time").alias("since"))


def _wait(view: OrderView, holds: _Holds, zone: str, seed: int) -> Estimate | None:
    """Return the wait until the facts for a review are there, days."""
    path = "credit.review_wait_days"
    rows = holds.rows.filter(pl.col("outcome").is_in(["released", "denied", "run", "open"]))
    reviewed = rows["outcome"].is_in(["released", "denied"]).to_numpy()
    if reviewed.sum() < _LEAST:
        return None
    since = local_hours(rows["since"], zone)
    moment = local_hours(
        rows.select(pl.coalesce("start", "time").fill_null(view.end[0]))["start"], zone
    )
    people = credit_desk(view, zone)
    said = f"{view.name}: {int(reviewed.sum())} reviews"
    days = np.maximum(moment - since, 0.0) / 24
    if people is None or rows["start"].is_null().all():
        fitted = fit(days, censored=~reviewed)
        return Estimate(
            path, fitted.value, said, len(days),
            draws=refits(fitted, days, seed=seed, censored=~reviewed), misfit=fitted.ks,
            assumption="the review, and what it waited for an analyst, are in the wait",
        )  # fmt: skip
    earliest = np.maximum(people.last_idle(moment) - since, 0.0) / 24
    latest = np.where(reviewed, np.maximum(days, 1e-5), np.inf)
    seen = Seen(np.minimum(earliest, np.where(reviewed, latest, earliest)), latest)
    cap = min(_LONGEST_DAYS, float(2 * days[reviewed].max()))
    onset = fit_onset(seen, generator(seed, path), always=True, cap=cap)
    return Estimate(
        path, onset.time, f"{said}, {onset.family}", onset.arisen, draws=onset.times,
        assumption="closed hours and what it waited for an analyst taken out",
    )  # fmt: skip
