"""Hand-overs: work that passes from one person, or role, to another within a case."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.ordered_cases import ordered
from mining.performance import MICROSECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Handovers:
    """Hand-overs of a case view.

    Parameters
    ----------
    pairs
        One row per giver and taker, the most frequent first: ``source``, ``target``, ``count``,
        ``cases``, ``case_share`` (of all cases), ``mean_waiting_hours``,
        ``median_waiting_hours`` (from the completion of the one's work to the start of the
        other's, or to its completion where no start is known; calendar hours).
    share_of_steps
        Share (0 to 1) of the steps between two events with known people that change hands;
        NaN where no such step is known.
    per_case
        Mean number of hand-overs per case.
    cases_without
        Cases with known people throughout and no hand-over.
    known_steps
        Steps between two events whose people are both known.
    """

    pairs: pl.DataFrame
    share_of_steps: float
    per_case: float
    cases_without: int
    known_steps: int


def handovers(cases: pl.DataFrame, who: str = "resource", *, same: bool = False) -> Handovers:
    """Return who hands work over to whom.

    Parameters
    ----------
    cases
        A case view, in any row order.
    who
        ``resource`` for people and systems, ``role`` for roles.
    same
        Also list who goes on with the own work (a pair of equals), which is no hand-over.

    Returns
    -------
    Handovers
        Empty where the log names nobody.

    Raises
    ------
    LogError
        If a column that every case view has is missing.

    References
    ----------
    van der Aalst, Reijers, Song, "Discovering social networks from event logs", Computer
    Supported Cooperative Work 14, 2005: hand-over of work with direct succession.
    """
    view = ordered(cases)
    total = view["case"].n_unique()
    begin = pl.coalesce("start", "time") if "start" in view.columns else pl.col("time")
    person = pl.col(who).cast(pl.String) if who in view.columns else pl.lit(None, pl.String)
    wait = pl.max_horizontal(begin.shift(-1) - pl.col("time"), pl.duration())
    steps = (
        view.lazy()
        .select(
            "case",
            person.alias("source"),
            person.shift(-1).alias("target"),
            (wait.dt.total_microseconds() / MICROSECONDS_PER_HOUR).alias("hours"),
            (pl.col("case") == pl.col("case").shift(-1)).alias("inside"),
        )
        .filter(pl.col("inside") & pl.col("source").is_not_null() & pl.col("target").is_not_null())
        .collect()
    )
    moves = steps.filter(pl.col("source") != pl.col("target"))
    pairs = (
        (steps if same else moves)
        .lazy()
        .group_by("source", "target")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("case").n_unique().cast(pl.Int64).alias("cases"),
            (pl.col("case").n_unique() / max(total, 1)).alias("case_share"),
            pl.col("hours").mean().alias("mean_waiting_hours"),
            pl.col("hours").median().alias("median_waiting_hours"),
        )
        .sort(["count", "source", "target"], descending=[True, False, False])
        .collect()
    )
    known = view.group_by("case").agg(person.is_not_null().all().alias("known"))
    alone = known.filter("known").join(moves, on="case", how="anti")
    return Handovers(
        pairs=pairs,
        share_of_steps=moves.height / steps.height if steps.height else float("nan"),
        per_case=moves.height / max(total, 1),
        cases_without=alone.height,
        known_steps=steps.height,
    )
