"""A discovered process is run: cases arrive, follow their histories, wait for people."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, repeat, takewhile
from math import inf

import numpy as np
import numpy.typing as npt
import polars as pl
import simpy

from o2c_sim.discovered.arrivals import WEEK, arrival_times
from o2c_sim.discovered.case import Case
from o2c_sim.discovered.model import LEFT_OUT, NO_POOL, UNLIMITED, DiscoveredModel, Pool
from o2c_sim.discovered.program import program_of
from o2c_sim.discovered.strata import for_cases_apart, for_cases_that_queue
from o2c_sim.discovered.weeks import ALWAYS, calendar_of_week
from o2c_sim.engine.calendar import WorkingCalendar
from o2c_sim.engine.clock import HOUR
from o2c_sim.engine.environment import Environment
from o2c_sim.engine.randomness import Streams
from o2c_sim.engine.staff import StaffPool
from o2c_sim.errors import ModelError, Problem

# Of cases that arrive for one that is to end: a process that cannot keep up would let in ever more.
MOST_ARRIVALS = 20
_FIELDS = 5
# Dates end with the year 9999.
_MOST_YEARS, _WEEKS_A_YEAR = 5_000, 365.25 / 7
_NOBODY = -1


def _back_to_hour(time: float, hour: float, delay: float) -> float:
    """Return the seconds from a time to the nearest one at an hour of the week.

    0 if that is farther than half of a delay: what no calendar tells keeps its hour (a night
    run, a Saturday) where a case is a little earlier or later than the one it follows.
    """
    ahead = (hour * HOUR - time) % WEEK
    shift = ahead if ahead <= WEEK / 2 else ahead - WEEK
    return shift if abs(shift) <= delay / 2 else 0.0


@dataclass(frozen=True, slots=True)
class DiscoveredRun:
    """What a run of a discovered process leaves.

    Parameters
    ----------
    log
        See :func:`simulate_discovered`.
    pools
        The pools that had a queue, else None.
    arrived, ended
        When each case of the log arrived and when its last step was done, in seconds of the pools'
        clock. A case whose steps are all left out is not in the log, but here.
    origin
        The time 0 of that clock, a Monday.
    """

    log: pl.DataFrame
    pools: tuple[StaffPool | None, ...]
    arrived: npt.NDArray[np.float64]
    ended: npt.NDArray[np.float64]
    origin: dt.datetime


def simulate_discovered(
    model: DiscoveredModel,
    *,
    cases: int,
    start: dt.datetime,
    seed: int,
    replication: int = 0,
    follow_up_hours: float = inf,
    warm_up_weeks: int = 0,
) -> pl.DataFrame:
    """Return a simulated log of a discovered process.

    Parameters
    ----------
    model
        The process.
    cases
        How many cases the log is to hold, at least one: the first to arrive, unless the follow-up
        ends before they do.
    start
        When the first case arrives; UTC.
    seed, replication
        Of the random draws; the same two give the same log.
    follow_up_hours
        How long the log goes on after the arrival of its last case. A case that has not ended by
        then is not in it, so that other cases take its place. Infinite: all that arrive end.
        0: a log of what was over when it was taken, while cases went on to arrive.

    warm_up_weeks
        How long cases arrive before *start* that are not in the log but in the queues.

    Returns
    -------
    polars.DataFrame
        A row for each step: ``case`` (from 0, in order of arrival), ``event`` (from 0),
        ``activity``, ``start``, ``time`` (of completion; both naive UTC) and ``resource`` (null
        of steps without a pool), in order of case, start and completion.

    Raises
    ------
    ModelError
        If *cases* is less than one.
    """
    return run_discovered(
        model,
        cases=cases,
        start=start,
        seed=seed,
        replication=replication,
        follow_up_hours=follow_up_hours,
        warm_up_weeks=warm_up_weeks,
    ).log


def run_discovered(
    model: DiscoveredModel,
    *,
    cases: int,
    start: dt.datetime,
    seed: int,
    replication: int = 0,
    follow_up_hours: float = inf,
    warm_up_weeks: int = 0,
) -> DiscoveredRun:
    """Return what :func:`simulate_discovered` does, and the pools."""
    if cases < 1:
        raise ModelError(Problem(f"a log of {cases} cases", allowed="at least 1"))
    if cases > model.arrivals.per_week * _MOST_YEARS * _WEEKS_A_YEAR:
        raise ModelError(
            Problem(
                f"{cases:,} cases at {model.arrivals.per_week:g} a week take more than "
                f"{_MOST_YEARS:,} years",
                suggestion="more arrivals, or fewer cases",
            )
        )
    start = start.astimezone(dt.UTC).replace(tzinfo=None) if start.tzinfo else start
    monday = dt.datetime.combine(start.date() - dt.timedelta(days=start.weekday()), dt.time())
    monday -= dt.timedelta(weeks=warm_up_weeks)
    run = _Run(model, cases, Streams(seed, replication), follow_up_hours * HOUR)
    ended = run.run((start - monday).total_seconds(), warm_up_weeks * WEEK)
    arrived, over = (
        np.array([times[number] for number in ended]) for times in (run.arrived, run.over)
    )
    return DiscoveredRun(run.log(ended, monday), tuple(run.pools), arrived, over, monday)


class _Run:
    """One run; see :func:`run_discovered`."""

    def __init__(
        self, model: DiscoveredModel, cases: int, streams: Streams, follow_up: float
    ) -> None:
        self.env = Environment()
        self._follow_up = follow_up
        self._model, self._cases, self._streams = model, cases, streams
        self._program = program_of(model)
        self._calendars = [calendar_of_week(pool.week) for pool in model.pools]
        # Those that close at times.
        self._closing = [
            None if pool.week == ALWAYS else calendar
            for pool, calendar in zip(model.pools, self._calendars, strict=True)
        ]
        self.pools = [
            _staff(self.env, pool, calendar, cases)
            for pool, calendar in zip(model.pools, self._calendars, strict=True)
        ]
        self._switch = streams.draws("switch")
        self._coin, self._luck = streams.draws("switch coin"), streams.draws("switch luck")
        self._resource = streams.draws("resource")
        # Where each pool's names begin among those of all.
        self._names_before = np.cumsum([0, *(len(pool.resources) for pool in model.pools)]).tolist()
        self._rows = array("d")
        self.arrived: list[float] = []
        self.over: dict[int, float] = {}
        # Cases of the warm-up.
        self._before = 0
        self._ends: list[tuple[float, int]] = []
        self._all_ended = self.env.event()

    def run(self, start: float, warm_up: float) -> list[int]:
        """Run; return the numbers of the cases for the log, in order of arrival."""
        histories = self._model.histories
        observed = histories.hour[histories.case[:-1]]
        times = arrival_times(self._model.arrivals, start, self._streams, observed)
        before: list[float] = []
        if warm_up > 0:
            early = arrival_times(
                self._model.arrivals, start - warm_up, self._streams, observed, "early arrival"
            )
            before = list(takewhile(lambda time: time < start, early))
        self._before = len(before)
        most = self._cases * (1 if self._follow_up == inf else MOST_ARRIVALS)
        self.env.launch(self._arrive(chain(before, islice(times, most))))
        self.env.run(until=self._all_ended)
        return sorted(number for _, number in sorted(self._ends)[: self._cases])

    def _arrive(self, times: Iterator[float]) -> Generator[float, None, None]:
        program = self._program
        coin, luck = self._streams.draws("history coin"), self._streams.draws("history luck")
        places = self._places()
        for number, (time, place) in enumerate(zip(times, places, strict=False)):
            yield time
            self.arrived.append(time)
            hour = time % WEEK / HOUR
            first = program.switching.first(hour, coin.at(number), luck(number), place)
            case = Case(number, first, program.end[first], time)
            for step in program.order.first.get(first, (first,)):
                self._begin(case, step)

    def _places(self) -> Iterator[float | None]:
        """Yield where each case's history is among short and long ones; None if by luck."""
        if not self._model.routing.stratified:
            return repeat(None)
        if all(pool.capacity == UNLIMITED for pool in self._model.pools):
            return for_cases_apart(self._streams, "history place")
        # The cases of the log have hundreds of their own.
        early = for_cases_that_queue(self._streams, "early history place")
        late = for_cases_that_queue(self._streams, "history place")
        return chain(islice(early, self._before), late)

    def _begin(self, case: Case, step: int) -> None:
        """Begin a step whose predecessors are done."""
        env, program = self.env, self._program
        pool, delay = program.pool[step], program.delay[step]
        number, case.begun = case.begun, case.begun + 1
        staff = None if pool < 0 else self.pools[pool]
        if staff is None:
            start = env.now + delay
            if pool == NO_POOL:
                start += _back_to_hour(start, program.start_hour[step], delay)
            end = start + program.work[step]
            if pool >= 0 and (calendar := self._closing[pool]) is not None:
                start = calendar.next_open(calendar.add(env.now, delay))
                end = calendar.add(start, program.work[step])
            done = env.at(end, (start, _NOBODY))
            done.callbacks.append(partial(self._done, case, step, number))
        elif delay > 0:
            ready = env.at(self._calendars[pool].add(env.now, delay))
            ready.callbacks.append(partial(self._ask, case, step, number, staff))
        else:
            self._ask(case, step, number, staff)

    def _ask(
        self,
        case: Case,
        step: int,
        number: int,
        staff: StaffPool,
        event: simpy.Event | None = None,
    ) -> None:
        """Ask the pool for a step's work."""
        task = staff.work(self._program.work[step])
        task.callbacks.append(partial(self._done, case, step, number))

    def _done(self, case: Case, step: int, number: int, event: simpy.Event) -> None:
        """Put down a step that is done, and begin what follows."""
        program = self._program
        start, worker = event._value
        pool = program.pool[step]
        if pool != LEFT_OUT:
            resource = self._resource_of(case.number, number, pool, worker)
            self._rows.extend((case.number, program.activity[step], start, self.env.now, resource))
        case.done += 1
        case.at += 1
        order = program.order
        if not order.meeting[case.at]:
            for later in order.successors[step]:
                left = case.left.pop(later, order.needs[later]) - 1
                if left:
                    case.left[later] = left
                else:
                    self._begin(case, later)
            return
        if self._switch.at(case.number, case.done) < self._model.routing.switch_share:
            self._pass_over(case)
        at = case.at
        if at + 1 == case.end:
            self._end(case)
            return
        following = order.after.get(at)
        if following is None:
            self._begin(case, at + 1)
        else:
            for later in following:
                self._begin(case, later)

    def _pass_over(self, case: Case) -> None:
        """Let a case go on in another history, unless it is endless."""
        program = self._program
        if case.done >= program.most_steps:
            return
        for step in range(case.walked, case.at + 1):
            activity = program.activity[step]
            case.activities.append(activity)
            case.point = program.switching.along(case.point, activity)
        then = program.switching.onward(
            case.point,
            case.activities,
            self.env.now % WEEK / HOUR,
            self._coin.at(case.number, case.done),
            self._luck.at(case.number, case.done),
        )
        case.at = case.at if then is None else then
        case.walked = case.at + 1
        case.end = program.end[case.at]

    def _end(self, case: Case) -> None:
        """Count a case that ended, once it has been followed long enough after its arrival."""
        self.over[case.number] = self.env.now
        if case.number < self._before:
            return
        known = case.arrived + self._follow_up
        if self.env.now < known < inf:
            self.env.at(known, case).callbacks.append(self._followed)
        else:
            self._count(case)

    def _followed(self, event: simpy.Event) -> None:
        self._count(event._value)

    def _count(self, case: Case) -> None:
        self._ends.append((self.env.now, case.number))
        if len(self._ends) == self._cases:
            # After whatever else ends at this time.
            self._all_ended._ok, self._all_ended._value = True, None
            self.env.schedule_at(self._all_ended, float(np.nextafter(self.env.now, np.inf)))

    def _resource_of(self, case: int, number: int, pool: int, worker: int) -> int:
        """Return the number of the name written into the log, among those of all pools."""
        if pool == NO_POOL:
            return _NOBODY
        of_pool = self._model.pools[pool]
        before: int = self._names_before[pool]
        names, places = len(of_pool.resources), of_pool.capacity
        if names == 1:
            name = 0
        elif worker == _NOBODY:
            name = int(self._resource.at(case, number) * names)
        elif places >= names:
            name = worker % names
        else:
            # Fewer tasks at a time than names: each place stands for some of the names.
            of_place = (names - worker - 1) // places + 1
            name = worker + places * int(self._resource.at(case, number) * of_place)
        return before + name

    def log(self, ended: list[int], monday: dt.datetime) -> pl.DataFrame:
        """Return the rows of cases that ended, numbered in order of arrival."""
        rows = np.frombuffer(self._rows, dtype=np.float64).reshape(-1, _FIELDS)
        of_log = np.full(len(self.arrived), -1, dtype=np.int64)
        of_log[ended] = np.arange(len(ended))
        rows = rows[of_log[rows[:, 0].astype(np.int64)] >= 0]
        case = of_log[rows[:, 0].astype(np.int64)]
        origin = np.datetime64(monday, "us")
        start, time = (origin + np.rint(rows[:, i] * 1e6).astype("timedelta64[us]") for i in (2, 3))
        # What is equal stays in the order in which it was done.
        order = np.lexsort((time, start, case))
        names = [name for pool in self._model.pools for name in pool.resources]
        activity, resource = rows[order, 1].astype(np.int64), rows[order, 4].astype(np.int64)
        return pl.DataFrame(
            {
                "case": case[order],
                "event": np.arange(order.size),
                "activity": np.array(self._model.activities, dtype=object)[activity].tolist(),
                "start": start[order],
                "time": time[order],
                "resource": np.array([*names, None], dtype=object)[resource].tolist(),
            },
            schema_overrides={"activity": pl.String, "resource": pl.String},
        )


def _staff(env: Environment, pool: Pool, calendar: WorkingCalendar, cases: int) -> StaffPool | None:
    """Return the pool's people, or None if nobody can ever have to wait for them."""
    if pool.capacity >= cases:
        return None
    return StaffPool(env, pool.capacity, calendar)
