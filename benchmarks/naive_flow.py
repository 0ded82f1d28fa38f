"""Order to cash as one would first write it in SimPy: the named baseline.

The main steps of the reference company with its demand, but stock resources, one scalar draw at
a time, a dictionary per row and a CSV at the end. It knows no working calendars, no credit
exposure, no stock, no ledger, no objects beside the order and no reproducible draws, all of which
cost time that it therefore saves: the comparison favours it.
"""

from __future__ import annotations

import csv
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import simpy

DAY = 86_400.0
HOUR = 3_600.0
MINUTE = 60.0
Row = dict[str, Any]
Process = Generator[Any, Any, None]


class NaiveCompany:
    """One run of the naive flow."""

    def __init__(self, orders_per_day: float, seed: int) -> None:
        self.env = simpy.Environment()
        self.rng = np.random.default_rng(seed)
        self.orders_per_day = orders_per_day
        self.rows: list[Row] = []
        self.order_desk = simpy.Resource(self.env, 1)
        self.credit = simpy.Resource(self.env, 1)
        self.warehouse = simpy.Resource(self.env, 2)
        self.cash = simpy.Resource(self.env, 1)

    def record(self, order: int, activity: str, start: float, resource: str = "System") -> None:
        """Append a row that ends now."""
        self.rows.append(
            {
                "order": order,
                "activity": activity,
                "start": start,
                "end": self.env.now,
                "resource": resource,
            }
        )

    def work(self, order: int, activity: str, who: simpy.Resource, name: str, t: float) -> Process:
        """Queue for a person and be served."""
        with who.request() as request:
            yield request
            start = self.env.now
            yield self.env.timeout(t)
            self.record(order, activity, start, name)

    def wait_for_run(self, period: float, offset: float) -> Process:
        """Wait for the next run of a batch job."""
        yield self.env.timeout((offset - self.env.now) % period)

    def order(self, number: int) -> Process:
        """Take one order from receipt to cash."""
        env, rng = self.env, self.rng
        self.record(number, "Receive Order", env.now)
        start = env.now
        if rng.random() < 0.5:
            yield env.timeout(0.1 * MINUTE)
            self.record(number, "Create Sales Order", start)
        else:
            t = rng.lognormal(np.log(7), 0.6) * MINUTE
            yield from self.work(number, "Create Sales Order", self.order_desk, "Desk", t)
        if rng.random() < 0.12:
            self.record(number, "Set Order Block", env.now)
            t = rng.lognormal(np.log(3), 0.5) * MINUTE
            yield from self.work(number, "Clarify Order", self.order_desk, "Desk", t)
            yield env.timeout(rng.lognormal(np.log(3), 1.0) * HOUR)
            yield from self.work(number, "Remove Order Block", self.order_desk, "Desk", t)
        self.record(number, "Check Credit", env.now)
        if rng.random() < 0.14:
            self.record(number, "Set Credit Block", env.now)
            yield env.timeout(min(rng.lognormal(np.log(0.08), 2.2), 30) * DAY)
            t = rng.lognormal(np.log(10), 0.6) * MINUTE
            yield from self.work(number, "Release Credit Block", self.credit, "Credit", t)
        self.record(number, "Confirm Order", env.now)
        yield env.timeout(min(6.2 * rng.weibull(0.65), 90) * DAY)
        yield from self.wait_for_run(DAY, 3 * HOUR)
        self.record(number, "Create Delivery", env.now)
        yield env.timeout(min(rng.lognormal(np.log(1.4), 0.9), 30) * DAY)
        lines = rng.choice([1, 2, 3, 5, 12], p=[0.56, 0.17, 0.1, 0.1, 0.07])
        t = (rng.lognormal(np.log(15), 0.5) + 4 * lines) * MINUTE
        yield from self.work(number, "Pick and Pack", self.warehouse, "Warehouse", t)
        self.record(number, "Post Goods Issue", env.now)
        yield from self.wait_for_run(DAY / 2, 10 * HOUR)
        self.record(number, "Create Invoice", env.now)
        issued = env.now
        yield env.timeout(rng.gamma(2, 1.25) * DAY if rng.random() < 0.3 else 0.1 * DAY)
        self.record(number, "Send Invoice", issued)
        terms = rng.choice([0, 15, 30, 45, 60], p=[0.05, 0.15, 0.55, 0.15, 0.10])
        late = np.clip(rng.standard_t(1.6) * 1.6, -terms, 120)
        due = issued + terms * DAY
        dunning = due + 7 * DAY
        pay = max(due + late * DAY, env.now) + rng.uniform(1, 2) * DAY
        if dunning < pay:
            yield env.timeout(max(dunning - env.now, 0))
            self.record(number, "Send Dunning Level 1", env.now)
        yield env.timeout(max(pay - env.now, 0))
        yield from self.wait_for_run(DAY, 7 * HOUR)
        self.record(number, "Receive Payment", env.now)
        if rng.random() < 0.45:
            self.record(number, "Clear Invoice", env.now)
        else:
            yield env.timeout(rng.lognormal(np.log(1.5), 0.8) * DAY)
            yield from self.work(number, "Clear Invoice", self.cash, "Cash", 6 * MINUTE)

    def arrivals(self) -> Process:
        """Receive orders for ever."""
        number = 0
        while True:
            yield self.env.timeout(self.rng.exponential(DAY / self.orders_per_day))
            self.env.process(self.order(number))
            number += 1


def run(days: int, orders_per_day: float, seed: int, path: Path) -> int:
    """Simulate a number of days, write the log as CSV and return its number of rows."""
    company = NaiveCompany(orders_per_day, seed)
    company.env.process(company.arrivals())
    company.env.run(until=days * DAY)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, company.rows[0].keys())
        writer.writeheader()
        writer.writerows(company.rows)
    return len(company.rows)
