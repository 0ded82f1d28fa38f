"""Which of several ways to build a model forecasts best, judged within the log itself.

The log is split in time; each way builds a model of the first part and simulates the second; what
counts is how far the simulated cases lie from those that came. Of long logs, only the first cases
of the second part to end are judged: they tell enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import polars as pl

from mining.validation.scores import score
from mining.validation.temporal_split import temporal_split
from o2c_sim.errors import LogError

Way = TypeVar("Way")
# Makes a simulated log in place of a later part, of which it may use the number of cases, the
# first arrival and how it ends; by number of the run.
Forecast = Callable[[pl.DataFrame, int], pl.DataFrame]

SHARES = (0.6, 0.8)
# Ways that differ by less are as good as each other (mean logarithm of the distances).
MARGIN = 0.05
_RUNS = 6
_MOST_STEPS = 40_000
_MOST_CASES = 1_000
_FEWEST_CASES = 20
# Distances below these matter to nobody: share of runs of activities, hours of the week.
_NGD, _CEDD = 0.05, 0.2
# ... and hours, as a share of the mean length of a case.
_OF_LENGTH = 0.1


def best_way(
    events: pl.DataFrame,
    ways: Sequence[Way],
    learn: Callable[[pl.DataFrame, Way], Forecast],
    *,
    margin: float = MARGIN,
) -> tuple[Way, dict[str, list[float]]]:
    """Return the way whose simulated logs lie nearest to what came, and all the losses.

    Parameters
    ----------
    events
        Training events.
    ways
        The ways, the simplest first: of those that are about as good as the best, the first is
        taken. Another than the first must be better in every split.
    learn
        From training events and a way to what simulates a later part.
    margin
        What is about as good.

    Returns
    -------
    tuple
        The way, and for each split the mean logarithm of the distances of each way, less that of
        the first.
    """
    losses: dict[str, list[float]] = {}
    large = events.height > _MOST_STEPS
    for share in SHARES[-1:] if large else SHARES:
        try:
            split = temporal_split(events, share)
        except LogError:
            continue
        if split.train["case"].n_unique() < _FEWEST_CASES:
            continue
        test = _first_to_end(split.test)
        # As many runs as give about as many simulated steps.
        runs = max(2, min(_RUNS, _MOST_STEPS // max(test.height, 1)))
        values = []
        for way in ways:
            forecast = learn(split.train, way)
            values.append(_loss([forecast(test, run) for run in range(runs)], test))
        losses[f"{share:g}"] = [value - values[0] for value in values]
    if not losses:
        return ways[0], losses
    columns = list(zip(*losses.values(), strict=True))
    mean = [sum(column) / len(column) for column in columns]
    able = [n for n, column in enumerate(columns) if n == 0 or max(column) < 0]
    best = min(mean[n] for n in able)
    if best > -margin:
        return ways[0], losses
    return ways[next(n for n in able if mean[n] < best + margin)], losses


def _first_to_end(test: pl.DataFrame) -> pl.DataFrame:
    ends = test.group_by("case").agg(pl.col("time").max()).sort("time", "case").head(_MOST_CASES)
    return test.join(ends.select("case"), on="case", how="semi")


def _loss(logs: Sequence[pl.DataFrame], test: pl.DataFrame) -> float:
    """Return the mean logarithm of the distances, without those by date: the level of arrivals.

    Hours are compared with those of all runs together: a process with queues varies from run to
    run, which is no fault of its model. Runs of activities are counted, so each log by itself.
    """
    cases = test.group_by("case").agg(pl.col("start").min(), pl.col("time").max())
    length = float((cases["time"] - cases["start"]).dt.total_seconds().to_numpy().mean()) / 3600
    pooled = pl.concat(
        log.with_columns(pl.format("{} {}", pl.lit(run), "case").alias("case"))
        for run, log in enumerate(logs)
    )
    found = score(pooled, test)
    found["ngd"] = sum(score(log, test)["ngd"] for log in logs) / len(logs)
    small = {"ngd": _NGD, "cedd": _CEDD, "redd": _OF_LENGTH * length, "ctdd": _OF_LENGTH * length}
    total = math.fsum(math.log(found[name] + least + 1e-9) for name, least in small.items())
    return total / len(small)
