"""Who is really there: regular people and their number, and the days on which they should work."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.estimate import DRAWS
from mining.calibration.weekly_hours import WeeklyHours

# Assumed: who does less than this share of what colleagues do is no head of the role.
LEAST_OF_A_HEAD = 0.1
# Assumed: who is there on fewer of the busy days has another job besides; that is no absence.
LEAST_PRESENCE = 0.5
# Fewer working days of a person say nothing of presence.
LEAST_PERSON_DAYS = 20
# Assumed: whoever has no task all day, of so many for each, is absent; without colleagues, if the
# slowest day in twenty still has so many.
_TASKS_EACH, _TASKS_ON_A_SLOW_DAY = 4, 8
_WEEKS_FOR_BOOTSTRAP = 4
# Who has no task for so many days, and so many times the usual gap, has not joined yet or left.
_LEAST_GAP_DAYS, _GAPS = 14, 10

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def regulars(tasks: pl.DataFrame) -> list[str]:
    """Return the people who do at least a tenth of what their colleagues do."""
    counts = tasks.drop_nulls("resource").group_by("resource").len().sort("resource")
    regular = _regular(counts["len"].to_numpy().astype(np.float64))
    return counts.filter(pl.Series(regular))["resource"].to_list()


def heads(tasks: pl.DataFrame) -> int:
    """Return the number of people behind tasks, at least 1."""
    day = pl.col("done").dt.epoch("d")
    first, last = tasks.select(day.min().alias("first"), day.max().alias("last")).row(0)
    people = (
        tasks.drop_nulls("resource")
        .group_by("resource")
        .agg(pl.len().alias("tasks"), day.min().alias("first"), day.max().alias("last"))
    )
    count = people["tasks"].to_numpy().astype(np.float64)
    days = (people["last"] - people["first"] + 1).to_numpy()
    # A gap before the first task or after the last is no accident if it is so long.
    clear = np.maximum(_LEAST_GAP_DAYS, _GAPS * days / count)
    away = np.zeros(len(count))
    for gap in (people["first"].to_numpy() - first, last - people["last"].to_numpy()):
        away += np.where(gap > clear, gap, 0)
    present = 1 - away / (last - first + 1)
    return max(1, round(float(present[_regular(count / present)].sum())))


def heads_drawn(tasks: pl.DataFrame, rng: np.random.Generator) -> Floats:
    """Return the headcount in bootstrap samples of the weeks; always the same of few weeks."""
    known = heads(tasks)
    done = (
        tasks.drop_nulls("resource")
        .group_by("resource", pl.col("done").dt.truncate("1w").alias("week"))
        .len()
        .sort("week", "resource")
        .pivot("resource", index="week", values="len")
        .drop("week")
        .fill_null(0)
        .to_numpy()
        .astype(np.float64)
    )
    if len(done) < _WEEKS_FOR_BOOTSTRAP:
        return np.full(DRAWS, float(known))
    certain = int(_regular(done.sum(axis=0)).sum())
    chosen = rng.multinomial(len(done), np.full(len(done), 1 / len(done)), size=DRAWS) @ done
    regular = np.array([_regular(counts).sum() for counts in chosen])
    drawn: Floats = np.maximum(known + regular - certain, 1).astype(np.float64)
    return drawn


def seldom(tasks: pl.DataFrame, hours: WeeklyHours | None) -> dict[str, float]:
    """Return who is there on less than half of the busy days, and the part of a head missing."""
    if hours is None:
        return {}
    busy = _busy_days(person_days(tasks, hours))
    days = busy.group_by("resource").agg(pl.len(), (pl.col("tasks") > 0).mean().alias("there"))
    seldom = days.filter((pl.col("len") >= LEAST_PERSON_DAYS) & (pl.col("there") < LEAST_PRESENCE))
    rows = seldom.sort("resource").select("resource", "there").iter_rows()
    return {name: 1 - there for name, there in rows}


def should_work(by_day: pl.DataFrame) -> Ints:
    """Return the tasks of people on the days on which whoever is there has some.

    Those are days with several tasks for each. Of somebody without colleagues, all days, if days
    with few tasks hardly occur.
    """
    busy = _busy_days(by_day)["tasks"]
    tasks = pl.col("tasks")
    if not busy.len() and by_day["resource"].n_unique() == 1:
        some = by_day.filter(tasks > 0)["tasks"].to_numpy()
        if some.size and np.quantile(some, 0.05) >= _TASKS_ON_A_SLOW_DAY:
            busy = by_day["tasks"]
    return busy.to_numpy().astype(np.int64)


def person_days(rows: pl.DataFrame, hours: WeeklyHours) -> pl.DataFrame:
    """Return ``resource``, ``date`` and ``tasks`` of people on working days, 0 where none.

    The days of a person's first and last task are left out: they are those on which there are
    some.
    """
    stamps = pl.concat(
        [
            rows.select("resource", pl.col("done").dt.date().alias("date")),
            rows.drop_nulls("begun").select("resource", pl.col("begun").dt.date().alias("date")),
        ]
    ).drop_nulls()
    counts = rows.select("resource", pl.col("done").dt.date().alias("date")).group_by(
        "resource", "date"
    ).len()  # fmt: skip
    seen = stamps.unique().join(counts, on=["resource", "date"], how="left").with_columns(
        pl.col("len").fill_null(1).alias("tasks")
    )  # fmt: skip
    spans = seen.group_by("resource").agg(
        pl.col("date").min().alias("first"), pl.col("date").max().alias("last")
    )
    weekdays = [day + 1 for day in hours.weekdays]
    return (
        spans.with_columns(pl.date_ranges("first", "last").alias("date"))
        .explode("date")
        .filter((pl.col("date") > pl.col("first")) & (pl.col("date") < pl.col("last")))
        .filter(
            pl.col("date").dt.weekday().is_in(weekdays)
            & ~pl.col("date").is_in(pl.Series(hours.closed, dtype=pl.Date).implode())
        )
        .join(seen, on=["resource", "date"], how="left")
        .select("resource", "date", pl.col("tasks").fill_null(0).cast(pl.Int64))
        .sort("date", "resource")
    )


def _busy_days(by_day: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of days on which there are several tasks for each of several people.

    Chosen by the tasks of all, whoever does them: on days on which the colleagues have much to do,
    somebody is more often absent.
    """
    people = by_day["resource"].n_unique()
    total = pl.col("tasks").sum().over("date")
    return by_day.filter((people > 1) & (total >= _TASKS_EACH * people))


def _regular(counts: Floats) -> npt.NDArray[np.bool_]:
    """Return who does at least a tenth of what the colleague does who does the median task."""
    regular: npt.NDArray[np.bool_] = counts >= max(LEAST_OF_A_HEAD * _middle(counts), 1e-9)
    return regular


def _middle(counts: Floats) -> float:
    rising = np.sort(counts)
    return float(rising[np.searchsorted(rising.cumsum(), rising.sum() / 2)])
