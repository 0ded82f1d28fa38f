"""Published distances between two logs: how far one is from the other in order, time and people.

The definitions, defaults and units are those of the package log-distance-measures 2.2 (Apache-2.0),
on whose reference implementation the published comparisons of simulation methods rest; its results
are met to the last digit, in about a hundredth of the time. It needs an older pandas than pm4py
does, so it is no dependency. Its control-flow log distance is left out: it compares every case
with every other and takes hours on a log of ten thousand.

References
----------
Chapela-Campa et al., "A framework for measuring the quality of business process simulation
models", Information Systems 127, 2025. Camargo et al., "Discovering generative models from event
logs", PeerJ Computer Science 7, 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.log_comparison.n_grams import grams_of

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Wasserstein = Callable[[Integers, Integers], float]

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
# 1970-01-01 was a Thursday.
_EPOCH_WEEKDAY = 3
_FARTHEST_HOURS = 23.0
_MOST_BINS = 5_000_000


@dataclass(frozen=True, slots=True)
class Distance:
    """One distance.

    Parameters
    ----------
    key
        Its usual abbreviation.
    label
        Its name.
    unit
        ``share`` (0 to 1), ``hours``.
    meaning
        What it compares.
    """

    key: str
    label: str
    unit: str
    meaning: str


DISTANCES = (
    Distance("ngd", "N-gram", "share", "how often each run of three activities occurs"),
    Distance("aed", "Absolute events", "hours", "when events happen, by date and hour"),
    Distance("ced", "Circadian events", "hours", "at what hour of each weekday events happen"),
    Distance("red", "Relative events", "hours", "how long after the start of a case events happen"),
    Distance("ctd", "Cycle times", "hours", "how long cases take"),
    Distance("car", "Case arrivals", "hours", "when cases begin, by date and hour"),
    Distance("iad", "Inter-arrival times", "hours", "how long after each other cases begin"),
    Distance("cwd", "Circadian workforce", "hours", "how many people work at each hour of a week"),
)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Both logs' events in one: the group of a case says which log it is taken to be of."""

    case: Integers
    start: Integers
    end: Integers
    resource: Integers | None
    grams: Integers
    gram_case: Integers
    case_start: Integers
    case_end: Integers


def distances(
    first: pl.DataFrame,
    second: pl.DataFrame,
    *,
    gram: int = 3,
    relabelings: int = 0,
    seed: int = 0,
    clusters: tuple[Integers, Integers] | None = None,
) -> dict[str, tuple[float, tuple[float, ...]]]:
    """Return the distances between two case views.

    Parameters
    ----------
    first, second
        Case views with ``case``, ``event``, ``activity``, ``time`` and, where known, ``start``
        and ``resource``. Where a start is unknown, the completion stands for it. Hours and
        weekdays are those of the stamps (UTC).
    gram
        Length of the runs of activities.
    relabelings
        How often the cases of both are dealt out anew at random, in the sizes of the two logs:
        what distance two logs of one and the same process would show.
    seed
        Of the dealing.
    clusters
        The cluster (from 0) of each case of either view, by case; clusters are dealt whole. Each
        case for itself without it.

    Returns
    -------
    dict
        Key of :data:`DISTANCES` to the distance and those of the dealt logs, sorted. ``cwd`` is
        there only where both views name resources. Where a log has a single case, ``iad`` is NaN.
    """
    pool, is_first = _pooled(first, second, gram)
    found = _all(pool, is_first, _exact)
    dealt: dict[str, list[float]] = {key: [] for key in found}
    draw = np.random.default_rng([seed, 1])
    cluster = np.arange(is_first.size)
    if clusters is not None:
        cluster = np.concatenate([clusters[0], clusters[1] + clusters[0].max() + 1])
    side = np.zeros(int(cluster.max()) + 1, np.bool_)
    side[cluster] = is_first
    for _ in range(relabelings):
        for key, value in _all(pool, draw.permutation(side)[cluster], _quick).items():
            dealt[key].append(value)
    return {key: (value, tuple(sorted(dealt[key]))) for key, value in found.items()}


def _all(pool: _Pool, is_first: Flags, wasserstein: Wasserstein) -> dict[str, float]:
    of_first = is_first[pool.case]
    origin = int(pool.start.min()) // _HOUR * _HOUR
    instants = np.concatenate([pool.start, pool.end])
    both = np.concatenate([of_first, of_first])
    since_case = instants - np.tile(pool.case_start[pool.case], 2)
    cycle = pool.case_end - pool.case_start

    def apart(values: Integers, group: Flags) -> float:
        return wasserstein(values[group], values[~group])

    found = {
        "ngd": _n_gram(pool, is_first),
        "aed": apart((instants - origin) // _HOUR, both),
        "ced": _circadian(instants, both, wasserstein),
        "red": apart(since_case // _HOUR, both),
        "ctd": apart((cycle - cycle.min()) // _HOUR, is_first),
        "car": apart((pool.case_start - origin) // _HOUR, is_first),
        "iad": _inter_arrival(pool.case_start, is_first, wasserstein),
    }
    if pool.resource is not None:
        found["cwd"] = _workforce(instants, both, np.tile(pool.resource, 2), wasserstein)
    return found


def _n_gram(pool: _Pool, is_first: Flags) -> float:
    """Return the sum of the differences in frequency over the sum of both frequencies."""
    group = is_first[pool.gram_case]
    kinds = int(pool.grams.max()) + 1
    counts = np.bincount(pool.grams[group], minlength=kinds)
    others = np.bincount(pool.grams[~group], minlength=kinds)
    return int(np.abs(counts - others).sum()) / pool.grams.size


def _circadian(instants: Integers, group: Flags, wasserstein: Wasserstein) -> float:
    """Return the mean over weekdays of the distance between the hours of the day."""
    weekday, hour = _weekday(instants), instants % _DAY // _HOUR
    return mean(
        _of_weekday(hour[(weekday == day) & group], hour[(weekday == day) & ~group], wasserstein)
        for day in range(7)
    )


def _of_weekday(hours: Integers, others: Integers, wasserstein: Wasserstein) -> float:
    if hours.size and others.size:
        return wasserstein(hours, others)
    return _FARTHEST_HOURS if hours.size or others.size else 0.0


def _inter_arrival(starts: Integers, is_first: Flags, wasserstein: Wasserstein) -> float:
    first, second = (np.sort(starts[group]) for group in (is_first, ~is_first))
    if first.size < 2 or second.size < 2:
        return float("nan")
    return wasserstein((first[1:] - first[:-1]) // _HOUR, (second[1:] - second[:-1]) // _HOUR)


def _workforce(
    instants: Integers, group: Flags, resource: Integers, wasserstein: Wasserstein
) -> float:
    """Return the mean over weekdays of the distance between the mean numbers of people by hour."""
    sides = [_people_by_hour(instants[side], resource[side]) for side in (group, ~group)]
    return mean(_of_weekday(sides[0][day], sides[1][day], wasserstein) for day in range(7))


def _people_by_hour(instants: Integers, resource: Integers) -> list[Integers]:
    """Return for each weekday its hours, each repeated a hundred times its mean people."""
    days = np.unique(instants // _DAY)
    observed = np.bincount((days + _EPOCH_WEEKDAY) % 7, minlength=7)
    people = int(resource.max()) + 1
    worked = np.unique(instants // _HOUR * people + resource) // people
    slots = np.bincount((worked // 24 + _EPOCH_WEEKDAY) % 7 * 24 + worked % 24, minlength=168)
    hours = np.arange(24, dtype=np.int64)
    return [
        np.repeat(hours, [int(count / max(observed[day], 1) * 100) for count in row])
        for day, row in enumerate(slots.reshape(7, 24).tolist())
    ]


def _weekday(instants: Integers) -> Integers:
    return (instants // _DAY + _EPOCH_WEEKDAY) % 7


def _exact(values: Integers, others: Integers) -> float:
    """Return the earth mover's distance, summed as the reference sums it."""
    from scipy.stats import wasserstein_distance

    return float(wasserstein_distance(values, others))


def _quick(values: Integers, others: Integers) -> float:
    """Return the same but for the last digits, without sorting."""
    low = min(int(values.min()), int(others.min()))
    bins = max(int(values.max()), int(others.max())) - low + 1
    if bins > _MOST_BINS:
        return _exact(values, others)
    shares = (np.bincount(v - low, minlength=bins) / v.size for v in (values, others))
    cumulated = [np.cumsum(share) for share in shares]
    return float(np.abs(cumulated[0] - cumulated[1])[:-1].sum())


def _pooled(first: pl.DataFrame, second: pl.DataFrame, gram: int) -> tuple[_Pool, Flags]:
    parts = [_plain(first), _plain(second)]
    named = all(part["resource"].null_count() < part.height for part in parts)
    rows = (
        pl.concat([part.with_columns(pl.lit(n).alias("log")) for n, part in enumerate(parts)])
        .sort("log", "case", "start", "time", "event")
        .with_columns(
            (pl.struct("log", "case").rle_id()).cast(pl.Int64).alias("case"),
            pl.col("activity").rank("dense").cast(pl.Int64).alias("code"),
            pl.col("resource").rank("dense").fill_null(0).cast(pl.Int64).alias("person"),
        )
    )
    case = rows["case"].to_numpy()
    start, end = (rows[name].dt.timestamp("us").to_numpy() for name in ("start", "time"))
    first_row = np.flatnonzero(np.diff(case, prepend=-1))
    grams, gram_case = grams_of(rows["code"].to_numpy(), case, gram)
    pool = _Pool(
        case=case,
        start=start,
        end=end,
        resource=rows["person"].to_numpy() if named else None,
        grams=grams,
        gram_case=gram_case,
        case_start=np.minimum.reduceat(start, first_row),
        case_end=np.maximum.reduceat(end, first_row),
    )
    return pool, (rows["log"].to_numpy() == 0)[first_row]


def _plain(view: pl.DataFrame) -> pl.DataFrame:
    start = pl.coalesce("start", "time") if "start" in view.columns else pl.col("time")
    person = pl.col("resource") if "resource" in view.columns else pl.lit(None)
    return view.select(
        "case",
        "event",
        pl.col("activity").cast(pl.String),
        start.alias("start"),
        "time",
        person.cast(pl.String).alias("resource"),
    )
