"""What a log shows of people and systems at work: capacity in use, and who is a robot.

Tables for reports, for tuning and for whoever has to judge the estimates; no parameters of the
model.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.calibration.estimate import Source
from mining.calibration.human_work import SYSTEM, human_work
from mining.proportions import wilson


def automation(source: Source) -> pl.DataFrame:
    """Return which share of each activity systems do.

    Parameters
    ----------
    source
        The data.

    Returns
    -------
    polars.DataFrame
        ``activity``, ``events`` (that say who did them), ``automated`` (events), ``share``,
        ``low`` and ``high`` (95 %, Wilson), the most frequent first. An event is automated if the
        log says so; where it does not, if the name of the resource or the role is a system's.
    """
    events = source.log.events
    role, resource = pl.col("role").cast(pl.String), pl.col("resource").cast(pl.String)
    named = pl.coalesce(role.str.contains(SYSTEM), False) | resource.str.contains(SYSTEM)
    known = events.select(
        pl.col("activity").cast(pl.String), pl.coalesce("automated", named).alias("automated")
    ).drop_nulls()
    table = (
        known.group_by("activity")
        .agg(pl.len().alias("events"), pl.col("automated").sum())
        .sort(["events", "activity"], descending=[True, False])
    )
    limits = [wilson(hits, total) for _, total, hits in table.iter_rows()]
    return table.with_columns(
        (pl.col("automated") / pl.col("events")).alias("share"),
        pl.Series("low", [low for low, _ in limits], pl.Float64),
        pl.Series("high", [high for _, high in limits], pl.Float64),
    )


def workforce(source: Source) -> pl.DataFrame:
    """Return what each team of people has in hand.

    Parameters
    ----------
    source
        The data.

    Returns
    -------
    polars.DataFrame
        ``team`` (a role, with a number from its second shift on), ``people`` (seen at all),
        ``tasks``, ``on_duty`` (different people on a usual working day), ``active`` (different
        people in an hour with work: mean), ``active_p95``, ``busy_hours`` (worked), ``open_hours``
        (of the people seen on each working day), ``utilisation``, ``at_once`` (mean tasks that a
        person has in hand, while there is any; above 1, the person is no single server). The last
        four are null without starts.
    """
    work = human_work(source)
    schema = {
        "team": pl.String, "people": pl.Int64, "tasks": pl.Int64, "on_duty": pl.Int64,
        "active": pl.Float64, "active_p95": pl.Float64, "busy_hours": pl.Float64,
        "open_hours": pl.Float64, "utilisation": pl.Float64, "at_once": pl.Float64,
    }  # fmt: skip
    if work is None:
        return pl.DataFrame(schema=schema)
    rows = []
    for (team,), tasks in work.tasks.drop_nulls(["team", "resource"]).group_by("team"):
        seen = pl.concat(
            [
                tasks.select("resource", moment=pl.col("done")),
                tasks.select("resource", moment=pl.col("begun")).drop_nulls(),
            ]
        )
        days = seen.group_by(pl.col("moment").dt.date()).agg(pl.col("resource").n_unique())
        by_hour = seen.group_by(pl.col("moment").dt.truncate("1h")).agg(
            pl.col("resource").n_unique()
        )["resource"].to_numpy()  # fmt: skip
        sizes = np.sort(days["resource"].to_numpy())
        row = {
            "team": str(team),
            "people": tasks["resource"].n_unique(),
            "tasks": tasks.height,
            "on_duty": int(sizes[np.searchsorted(sizes.cumsum(), sizes.sum() / 2)]),
            "active": float(by_hour.mean()),
            "active_p95": float(np.quantile(by_hour, 0.95)),
        }
        hours = work.hours.get(str(team))
        if work.has_starts and hours is not None:
            dates = days["moment"].to_numpy().astype("datetime64[us]")
            next_day = dates.astype("datetime64[D]") + 1
            length = hours.between(dates, next_day.astype("datetime64[us]"))
            offered = float((length * days["resource"].to_numpy()).sum())
            busy = float(tasks["minutes"].sum()) / 60
            row |= {
                "busy_hours": busy, "open_hours": offered,
                "utilisation": busy / offered if offered else None, "at_once": _at_once(tasks),
            }  # fmt: skip
        rows.append(row)
    table = pl.DataFrame(rows, schema=schema)
    return table.sort(["tasks", "team"], descending=[True, False])


def _at_once(tasks: pl.DataFrame) -> float | None:
    """Return the mean number of tasks in hand of a person who has one."""
    ends = pl.col("time").cum_max().shift(1).over("resource")
    whole = (pl.col("time") - pl.col("start")).dt.total_microseconds()
    alone = (pl.col("time") - pl.max_horizontal("start", ends)).dt.total_microseconds()
    covered = tasks.sort("resource", "start").select(
        whole.sum().alias("whole"), pl.max_horizontal(alone, 0).sum().alias("alone")
    )
    total, union = covered.row(0)
    return total / union if union else None
