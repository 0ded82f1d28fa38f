"""The protocol of the literature: learn from the past of a log, be judged by its end."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from mining.validation.curves import clock_shares, quantile_curves
from mining.validation.event_table import cases_of, typed
from mining.validation.follow_up import follow_up_hours
from mining.validation.general_measures import GeneralMeasures, general_measures
from mining.validation.log_profile import LogProfile, log_profile
from mining.validation.next_activity import next_activity_accuracy
from mining.validation.published_accuracy import PublishedAccuracy, published_of
from mining.validation.replay_baseline import replayed
from mining.validation.scores import Score, score, scores
from mining.validation.temporal_split import TemporalSplit, described, temporal_split
from mining.validation.train_to_test import stretches
from mining.validation.verdict import verdict

if TYPE_CHECKING:
    from o2c_sim.discovered.model import DiscoveredModel

# Makes as many cases as asked for, from a time on, with a seed; the log goes on for so many hours
# after the last of them began (mining.validation.follow_up).
Simulator = Callable[[int, dt.datetime, int, float], pl.DataFrame]
# Learns a simulator from a training log, with a seed.
Method = Callable[[pl.DataFrame, int], Simulator]
Step = Callable[[int, int], None]
# More curves than these nobody looks at.
_LAGS_DRAWN = 8


@dataclass(frozen=True, slots=True)
class ProtocolResult:
    """The outcome of a validation on the end of a log.

    Parameters
    ----------
    log
        What the log is called.
    runs
        Number of simulated logs.
    train, test
        Size and span of either part.
    cut_cases
        Cases that the border cut, in neither part.
    follow_up_hours
        How long the simulated logs go on after their last arrival; see
        :mod:`mining.validation.follow_up`.
    model, replay
        Distances from the test log, by measure: of the model, and of the replayed past.
    train_to_test
        Distances of the whole training log from the test log. NGD and AEDD depend on the number
        of cases and on dates, so that for them this says little; see *floor*.
    floor
        Distances from the test log of stretches of the training log with as many cases, moved by
        whole weeks to the test period: what the process differs by from one time to another.
    next_activity
        Share of steps of the test log foreseen by a predictor that has learnt from ``train``, and
        from ``simulated`` logs.
    measures
        What the logs differ in.
    published
        What published methods reach on the log; None for a log that is none of theirs.
    cpu_seconds
        CPU time of ``discovery``, and of all runs of ``simulation``.
    verdict
        Sentences.
    simulated
        The first simulated log.
    curves, clock
        Quantiles of the most frequent lags, and shares of weekdays and hours (UTC), for pictures;
        see :mod:`mining.validation.curves`.
    """

    log: str
    runs: int
    train: dict[str, object]
    test: dict[str, object]
    cut_cases: int
    follow_up_hours: float
    model: dict[str, Score]
    replay: dict[str, Score]
    train_to_test: dict[str, float]
    floor: dict[str, Score]
    next_activity: dict[str, float]
    measures: GeneralMeasures
    published: PublishedAccuracy | None
    cpu_seconds: dict[str, float]
    verdict: tuple[str, ...]
    simulated: pl.DataFrame
    curves: pl.DataFrame
    clock: pl.DataFrame


def run_protocol(
    events: pl.DataFrame,
    *,
    source: str,
    runs: int = 10,
    seed: int = 0,
    method: Method | None = None,
    step: Step = lambda done, total: None,
) -> ProtocolResult:
    """Split a log by time, learn from its first part, and judge by the second.

    Parameters
    ----------
    events
        The whole log; see :func:`mining.validation.event_table.event_table`.
    source
        Its file, by whose name the logs of the literature are recognised.
    runs
        Number of simulated logs.
    seed
        Of the discovery; run *r* is simulated with ``seed + r``.
    method
        What learns; the discovered model of :mod:`mining.discovered` by default.
    step
        Called with the number of runs done and of all.

    Raises
    ------
    LogError
        If the log is too short to be split.
    """
    split = temporal_split(events, source=source)
    arrivals = cases_of(split.test)["start"]
    cases, start = arrivals.len(), arrivals[0]
    follow_up = follow_up_hours(split.train, split.test)
    begun = time.process_time()
    learn = method or partial(discovered, name=Path(source).name)
    simulator = learn(_forward(split.train), seed)
    learnt = time.process_time()
    made = []
    for number in range(runs):
        made.append(typed(simulator(cases, start, seed + number, follow_up)))
        step(number + 1, runs)
    simulated = time.process_time()
    replays = [
        replayed(split.train, cases=cases, start=start, seed=seed + number)
        for number in range(runs)
    ]
    model, replay = (scores([score(log, split.test) for log in logs]) for logs in (made, replays))
    floor = scores([score(part, split.test) for part in stretches(split.train, cases, start)])
    published = published_of(Path(source).name)
    profiles = [log_profile(log) for log in made]
    unseen, past = log_profile(split.test), log_profile(split.train)
    measures = general_measures(profiles, unseen, past)
    return ProtocolResult(
        log=Path(source).name,
        runs=runs,
        train=described(split.train),
        test=described(split.test),
        cut_cases=split.cut_cases,
        follow_up_hours=follow_up,
        model=model,
        replay=replay,
        train_to_test=score(split.train, split.test),
        floor=floor,
        next_activity=_next_activity(made, split),
        measures=measures,
        published=published,
        cpu_seconds={"discovery": learnt - begun, "simulation": simulated - learnt},
        verdict=verdict(model, replay, measures, published),
        simulated=made[0],
        curves=_curves(measures, profiles, unseen, past),
        clock=clock_shares(past.week, unseen.week, [one.week for one in profiles]),
    )


def _curves(
    measures: GeneralMeasures, runs: list[LogProfile], test: LogProfile, train: LogProfile
) -> pl.DataFrame:
    steps = [(lag.source, lag.target) for lag in measures.lags[:_LAGS_DRAWN]]
    days = {
        step: (
            train.lags_hours[step] / 24,
            test.lags_hours[step] / 24,
            [run.lags_hours[step] / 24 for run in runs],
        )
        for step in steps
    }
    return quantile_curves(days)


def discovered(train: pl.DataFrame, seed: int, name: str = "log") -> Simulator:
    """Discover a model and return what simulates it; a :data:`Method`."""
    from mining.discovered.discovery import discover

    return _simulator(discover(train, seed=seed, name=name))


def stored(model: DiscoveredModel) -> Method:
    """Return a method that learns nothing: it simulates a model as it is."""
    return lambda train, seed: _simulator(model)


def _simulator(model: DiscoveredModel) -> Simulator:
    from o2c_sim.discovered.simulation import simulate_discovered
    from o2c_sim.discovered.warm_up import warm_up_weeks

    def simulate(cases: int, start: dt.datetime, seed: int, follow_up: float) -> pl.DataFrame:
        return simulate_discovered(
            model,
            cases=cases,
            start=start,
            seed=seed,
            follow_up_hours=follow_up,
            warm_up_weeks=warm_up_weeks(model),
        )

    return simulate


def replay(train: pl.DataFrame, seed: int, name: str = "log") -> Simulator:
    """Return what replays the training log; a :data:`Method`, like :func:`discovered`."""

    def simulate(cases: int, start: dt.datetime, run_seed: int, follow_up: float) -> pl.DataFrame:
        return replayed(train, cases=cases, start=start, seed=run_seed)

    return simulate


def _forward(train: pl.DataFrame) -> pl.DataFrame:
    """Return the events with no start after its end: nobody can learn a negative duration."""
    return train.with_columns(pl.min_horizontal("start", "time").alias("start"))


def _next_activity(made: list[pl.DataFrame], split: TemporalSplit) -> dict[str, float]:
    learnt = [next_activity_accuracy(log, split.test) for log in made]
    return {
        "train": next_activity_accuracy(split.train, split.test),
        "simulated": sum(learnt) / len(learnt),
    }
