"""The happy path: what most cases do, and what it costs the others to do something else."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.performance import summary, throughput
from mining.variants import of_cases, variants
from o2c_sim.errors import LogError, Problem


@dataclass(frozen=True, slots=True)
class HappyPath:
    """The most frequent variant beside all others.

    Parameters
    ----------
    activities
        Its activities in order.
    cases
        Cases that take it.
    share
        Of all cases, 0 to 1.
    median_hours, others_median_hours
        Throughput time of its cases, and of the others (NaN if there is none).
    touchless_share
        Share of its cases whose events are all automated; NaN where the log does not say.
    """

    activities: tuple[str, ...]
    cases: int
    share: float
    median_hours: float
    others_median_hours: float
    touchless_share: float


def happy_path(cases: pl.DataFrame) -> HappyPath:
    """Return the most frequent variant of a case view.

    Ties go to the alphabetically first. It is what happens most, not what ought to happen: for
    that see the normative model.

    Raises
    ------
    LogError
        If there are no cases, or a column that every case view has is missing.
    """
    table = variants(cases)
    if table.is_empty():
        raise LogError(Problem("there are no cases, so no happy path"))
    first = table.row(0, named=True)
    member = of_cases(cases)
    hours = throughput(cases).join(member, on="case")
    on_path = hours.filter(pl.col("variant") == 1)
    off_path = hours.filter(pl.col("variant") != 1)
    touchless = float("nan")
    if "automated" in cases.columns and cases["automated"].null_count() < cases.height:
        all_automated = cases.group_by("case").agg(pl.col("automated").fill_null(False).all())
        share = on_path.join(all_automated, on="case")["automated"].cast(pl.Float64).mean()
        touchless = share if isinstance(share, float) else float("nan")
    return HappyPath(
        activities=tuple(first["activities"]),
        cases=int(first["count"]),
        share=float(first["share"]),
        median_hours=summary(on_path["hours"]).median,
        others_median_hours=summary(off_path["hours"]).median,
        touchless_share=touchless,
    )
