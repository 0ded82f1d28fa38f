"""The small process on the toolkit's engine: calendars, pools, addressed draws, columnar log."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import small_process as process
from o2c_sim.engine import Clock, Draws, Recorder, StaffPool, Streams
from o2c_sim.engine.calendar import shifts_calendar
from o2c_sim.engine.environment import Environment
from o2c_sim.model.distribution import Constant, Exponential, Family, Normal, Uniform

_MINUTE = 60.0
_WORKDAYS = range(5)
Steps = Generator[Any, Any, None]


@dataclass(frozen=True, slots=True)
class _Step:
    number: int
    pool: StaffPool
    first_person: int
    duration: Draws


class _Company:
    def __init__(self, orders: int, seed: int) -> None:
        self.env = Environment()
        self.orders = orders
        self.recorder = Recorder(self.env)
        clock = Clock(process.START_DATE, "UTC")
        shift = (process.OPENS_MINUTES, process.CLOSES_MINUTES)
        self.calendar = shifts_calendar(clock, _WORKDAYS, [shift])
        self.epoch_microseconds = clock.epoch_microseconds
        self.people = ["nobody"]
        pools: dict[str, tuple[StaffPool, int]] = {}
        for role, headcount in process.HEADCOUNTS.items():
            pool = StaffPool(self.env, headcount, self.calendar)
            pools[role] = (pool, len(self.people))
            self.people += [f"{role} {i + 1}" for i in range(headcount)]
        streams = Streams(seed, 0)
        self.steps = {
            activity.name: _Step(
                number,
                *pools[activity.role],
                streams.draws(activity.name, _seconds(activity.duration).quantile),
            )
            for number, activity in enumerate(process.ACTIVITIES)
        }
        gap = Exponential(distribution="exponential", mean=process.MEAN_GAP_MINUTES * _MINUTE)
        self.gap = streams.draws("gap", gap.quantile)
        self.incomplete = streams.draws("incomplete")
        self.hold = streams.draws("hold")
        self.damage = streams.draws("damage")
        self.wrong_invoice = streams.draws("wrong invoice")

    def perform(self, activity: process.Activity, order: int, occurrence: int = 0) -> Steps:
        """Queue for a person, be served, and leave a row in the log."""
        step = self.steps[activity.name]
        start, worker = yield step.pool.work(step.duration(order, occurrence))
        self.recorder.record(step.number, order, start, step.first_person + worker)

    def order(self, number: int) -> Steps:
        """Take one order from receipt to invoice."""
        yield from self.perform(process.RECEIVE, number)
        yield from self.perform(process.CHECK, number)
        checks = 0
        while self.incomplete(number, checks) < process.INCOMPLETE_SHARE:
            yield from self.perform(process.CLARIFY, number, checks)
            checks += 1
            yield from self.perform(process.CHECK, number, checks)
        yield from self.perform(process.CREDIT, number)
        if self.hold(number) < process.HOLD_SHARE:
            yield from self.perform(process.RELEASE, number)
        yield from self.perform(process.CONFIRM, number)
        yield from self.perform(process.PICK, number)
        yield from self.perform(process.PACK, number)
        if self.damage(number) < process.DAMAGE_SHARE:
            yield from self.perform(process.REPLACE, number)
        yield from self.perform(process.SHIP, number)
        yield from self.perform(process.CREATE, number)
        yield from self.perform(process.INSPECT, number)
        if self.wrong_invoice(number) < process.WRONG_INVOICE_SHARE:
            yield from self.perform(process.CORRECT, number)
        yield from self.perform(process.SEND, number)

    def arrivals(self) -> Steps:
        """Receive the orders one after the other, in office hours."""
        time = self.calendar.next_open(0.0)
        for number in range(self.orders):
            yield time
            self.env.start(self.order(number))
            time = self.calendar.next_open(time + self.gap(number))

    def log(self) -> pl.DataFrame:
        """Return the log with names and times."""
        rows = self.recorder.table()
        names = [activity.name for activity in process.ACTIVITIES]
        start, end = (
            pl.Series((rows[:, column] * 1e6).round().astype("int64") + self.epoch_microseconds)
            for column in (2, 3)
        )
        return pl.DataFrame(
            {
                "case_id": rows[:, 1].astype("uint32"),
                "activity": pl.Series(rows[:, 0].astype("uint32")).cat.to(pl.Enum(names)),
                "start_time": start.cast(pl.Datetime("us")),
                "end_time": end.cast(pl.Datetime("us")),
                "resource": pl.Series(rows[:, 4].astype("uint32")).cat.to(pl.Enum(self.people)),
            }
        )


def run(orders: int, seed: int, path: Path) -> int:
    """Simulate a number of orders to the end, write the log as Parquet, return its rows."""
    company = _Company(orders, seed)
    company.env.start(company.arrivals())
    company.env.run()
    log = company.log()
    log.write_parquet(path)
    return log.height


def _seconds(duration: process.Duration) -> Family:
    first, second = duration.first_minutes * _MINUTE, duration.second_minutes * _MINUTE
    match duration.family:
        case "constant":
            return Constant(value=first)
        case "exponential":
            return Exponential(distribution="exponential", mean=first)
        case "normal":
            return Normal(distribution="normal", mean=first, sd=second, floor=0)
        case "uniform":
            return Uniform(distribution="uniform", low=first, high=second)
