"""From a log of any process to a model of it that can be simulated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.discovered.arrivals import HOUR, find_arrivals, hour_of_week
from mining.discovered.completion import completion_weights
from mining.discovered.histories import histories
from mining.discovered.precedence import Steps, concurrent, predecessors
from mining.discovered.selection import Forecast, best_way
from mining.discovered.teams import PEOPLE, People, teams
from mining.validation.follow_up import follow_up_hours
from o2c_sim.discovered.model import HOURS_OF_WEEK, DiscoveredModel, Routing
from o2c_sim.discovered.simulation import simulate_discovered
from o2c_sim.discovered.warm_up import warm_up_weeks
from o2c_sim.errors import LogError, Problem

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Hidden = Literal["lengths", "cohorts"]
LEAST_CASES = 10
MOST_LETTERS = 1_000
_DAY = 24 * HOUR
# Of the log's length: age at which a case counts half, if the process changes.
_RECENCY = (1 / 3, 1 / 6)
_WEIGHTS: dict[Hidden, str] = {"cohorts": "arrivals", "lengths": "lengths"}
# Histories among which one is drawn, where the hour of the week matters and where it does not.
_THE_HOUR, _ANY_HOUR = 25, 100
_ROUND_THE_CLOCK = 0.8


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is built from a log.

    Parameters
    ----------
    people
        ``queue``: who does a step has working hours and does so much at a time, and what that
        explains of the waiting is no delay. ``hours``: working hours only. ``none``: all waiting
        is delay.
    half_life
        Age, as a share of the log's length, at which a case counts half; infinite: all alike.
    hidden
        What cases stand for that were not over when the log was taken: those as long as they are
        (``lengths``), or those that began when they did (``cohorts``: newer cases count more).
    routing
        See there.
    """

    people: People = "queue"
    half_life: float = np.inf
    hidden: Hidden = "cohorts"
    routing: Routing = field(default=Routing(switch_share=0.2, stratified=True))

    def __str__(self) -> str:
        """Return the settings in words."""
        waiting = {
            "queue": "waiting for people who are busy or off duty is simulated",
            "hours": "waiting for working hours is simulated",
            "none": "all waiting is taken from the log",
        }[self.people]
        aged = (
            "all cases count alike"
            if np.isinf(self.half_life)
            else f"cases of an age of {self.half_life:.0%} of the log's length count half"
        )
        hidden = {
            "lengths": "cases stand for those as long that were not over",
            "cohorts": "cases stand for those begun with them that were not over",
        }[self.hidden]
        changes = f"histories change at {self.routing.switch_share:.0%} of points"
        return f"{waiting}; {hidden}; {aged}; {changes}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen between, and why.

    Parameters
    ----------
    question
        What was to be decided.
    answers
        The settings compared, in words; the first is the one preferred.
    losses
        Of each split of the log: mean logarithm of the distances of each, less that of the first.
    taken
        Number of the answer.
    """

    question: str
    answers: tuple[str, ...]
    losses: dict[str, list[float]]
    taken: int


@dataclass(frozen=True, slots=True)
class Discovery:
    """A model, and how it was found.

    Parameters
    ----------
    model
        The model.
    settings
        How it was built.
    choices
        What was decided within the log.
    """

    model: DiscoveredModel
    settings: Settings
    choices: tuple[Choice, ...]


def discover(events: pl.DataFrame, *, seed: int = 0, name: str = "log") -> DiscoveredModel:
    """Return a model of the process behind a log; see :func:`discovery`."""
    return discovery(events, seed=seed, name=name).model


def discovery(events: pl.DataFrame, *, seed: int = 0, name: str = "log") -> Discovery:
    """Return a model of the process behind a log, with what was decided on the way.

    Parameters
    ----------
    events
        ``case``, ``activity``, ``start``, ``time`` (completion; both naive UTC microseconds),
        ``resource`` (may be null), ``event`` (row number).
    seed
        Of the simulations that decide between settings.
    name
        What the model is called.

    Raises
    ------
    LogError
        If the log tells too little: with all reasons.
    """
    _require_enough(events, name)

    def learn(train: pl.DataFrame, way: Settings) -> Forecast:
        model = build(train, way, name=name)

        def simulate(test: pl.DataFrame, run: int) -> pl.DataFrame:
            log = simulate_discovered(
                model,
                cases=test["case"].n_unique(),
                start=test["start"].sort()[0],
                seed=seed,
                replication=run,
                follow_up_hours=follow_up_hours(train, test),
                warm_up_weeks=warm_up_weeks(model),
            )
            return log.with_columns(pl.col("case").cast(pl.String))

        return simulate

    settings = Settings()
    choices: list[Choice] = []
    questions: tuple[tuple[str, float, list[dict[str, Any]]], ...] = (
        ("people", 0.15, [{"people": kind} for kind in PEOPLE]),
        ("hidden", 0.02, [{"hidden": kind} for kind in _WEIGHTS]),
        ("recency", 0.05, [{"half_life": share} for share in (np.inf, *_RECENCY)]),
    )
    for question, margin, answers in questions:
        ways = [replace(settings, **answer) for answer in answers]
        settings, losses = best_way(events, ways, learn, margin=margin)
        choices.append(Choice(question, tuple(map(str, ways)), losses, ways.index(settings)))
    return Discovery(build(events, settings, name=name), settings, tuple(choices))


def build(events: pl.DataFrame, settings: Settings, *, name: str = "log") -> DiscoveredModel:
    """Return the model of a log with certain settings."""
    table = _ordered(events)
    activities = tuple(sorted(table["activity"].unique().to_list()))
    code = {activity: number for number, activity in enumerate(activities)}
    activity = table["activity"].replace_strict(code, return_dtype=pl.Int64).to_numpy()
    case = table["case"].rle_id().to_numpy()
    first = np.flatnonzero(np.diff(case, prepend=-1))
    start, end = (table[column].dt.timestamp("us").to_numpy() for column in ("start", "time"))
    steps = Steps(np.append(first, case.size), activity, start, end)
    begin, last = start[first], int(end.max())
    over = np.maximum.reduceat(end, first)
    room = (last - begin) / HOUR
    hidden = completion_weights((over - begin) / HOUR, room)
    arrivals = find_arrivals(begin, hidden.arrivals, last)
    length = max(float(np.quantile(room, 0.99)), 1e-9)
    weight = getattr(hidden, _WEIGHTS[settings.hidden]) * 0.5 ** (
        room / length / settings.half_life
    )
    pools, pool = teams(table, settings.people)
    before = predecessors(steps, concurrent(steps, len(activities)))
    span = " to ".join(str(np.datetime64(moment, "us"))[:10] for moment in (int(start.min()), last))
    return DiscoveredModel(
        name=name,
        source=f"{name}: {first.size:,} cases, {case.size:,} events, {span}; {settings}",
        activities=activities,
        pools=pools,
        arrivals=arrivals,
        histories=histories(steps, before, pool, pools, weight),
        routing=replace(settings.routing, neighbours=_neighbours(end)),
    )


def _neighbours(end: Integers) -> int:
    """Return among how many histories of about the same hour of the week one is drawn.

    Where work is done round the clock the hour tells little, and more of them are as good.
    """
    hours = np.bincount(hour_of_week(end).astype(np.int64), minlength=HOURS_OF_WEEK) / end.size
    seen = hours[hours > 0]
    # The number of hours over which events would spread evenly (exponential of the entropy).
    spread = float(np.exp(-(seen * np.log(seen)).sum()))
    return _ANY_HOUR if spread > _ROUND_THE_CLOCK * HOURS_OF_WEEK else _THE_HOUR


def _ordered(events: pl.DataFrame) -> pl.DataFrame:
    """Return the events by case and start; an event that ends before it starts takes no time."""
    return events.with_columns(pl.max_horizontal("start", "time").alias("time")).sort(
        "case", "start", "time", "event"
    )


def _require_enough(events: pl.DataFrame, name: str) -> None:
    problems = []
    cases = events["case"].n_unique()
    if cases < LEAST_CASES:
        problems.append(
            Problem(
                f"too short: {cases} {'case' if cases == 1 else 'cases'}",
                where=name,
                allowed=f"at least {LEAST_CASES}",
                suggestion="a longer period of the log, or another --case column",
            )
        )
    if cases and events["start"].min() == events["time"].max():
        problems.append(
            Problem(
                "all events have the same time",
                where=name,
                allowed="times that differ",
                suggestion="check the --time column and its format",
            )
        )
    for column in ("activity", "resource"):
        long = events[column].str.len_chars().max()
        if isinstance(long, int) and long > MOST_LETTERS:
            problems.append(
                Problem(
                    f"a name of {long:,} characters (--{column})",
                    where=name,
                    allowed=f"at most {MOST_LETTERS:,} characters",
                    suggestion=f"another --{column} column: this one holds texts, not names",
                )
            )
    if problems:
        raise LogError(problems)
