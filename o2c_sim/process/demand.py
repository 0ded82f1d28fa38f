"""Demand: when orders arrive, and what is in them.

Everything about an order is addressed by its number, so a change of policy leaves each order's
arrival, customer, channel draw, lines and values as they were.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim.engine import Clock, Streams
from o2c_sim.engine.clock import HOUR
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import CHANNELS, WEEKDAYS

MAX_LINES = 64
MINOR_UNITS = 100
_BLOCK = 1_024

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class OrderColumns(NamedTuple):
    """The contents of consecutive orders; ``line_values_minor`` is (orders, MAX_LINES)."""

    customer: Ints
    channel: Ints
    lines: Ints
    line_values_minor: Ints
    value_minor: Ints


class Demand:
    """Arrival times and contents of orders.

    Parameters
    ----------
    model
        The company.
    streams
        Random draws.
    clock
        The company's clock.
    customer_weights
        Relative order rate of each customer.
    """

    def __init__(
        self, model: CompanyModel, streams: Streams, clock: Clock, customer_weights: Floats
    ) -> None:
        demand = model.demand
        self._clock = clock
        self._per_weekday = demand.orders_per_week.value * np.array(
            [demand.weekday_shares.value.get(day, 0.0) for day in WEEKDAYS]
        )
        hours = np.array([demand.hour_shares.value.get(hour, 0.0) for hour in range(24)])
        self._hour_edges = np.concatenate(([0.0], np.cumsum(hours)))
        self._hour_edges[-1] = 1.0
        cv = demand.day_factor_cv.value
        self._day_factor = streams.draws(
            "demand.day_factor",
            (lambda p: special.gammaincinv(1 / cv**2, p) * cv**2) if cv > 1e-6 else np.ones_like,
        )
        self._day_count = streams.draws("demand.day_count")
        self._arrival = streams.draws("demand.arrival")
        self._customer_edges = np.cumsum(customer_weights) / customer_weights.sum()
        self._channel_edges = np.cumsum(
            [demand.channel_shares.value.get(channel, 0.0) for channel in CHANNELS]
        )
        self._customer = streams.draws("demand.customer")
        self._channel = streams.draws("demand.channel")
        self._lines = streams.draws("demand.lines", demand.lines_per_order.value.quantile)
        self._line_value = streams.draws("demand.line_value", demand.line_value.value.quantile)

    def arrivals(self, day: int) -> list[float]:
        """Return the arrival times of a day's orders, in order, as simulation seconds.

        The number is Poisson given the day's gamma factor (over-dispersed across days).
        """
        rate = float(self._per_weekday[self._clock.weekday(day)]) * self._day_factor(day)
        if rate <= 0:
            return []
        count = _poisson_quantile(rate, self._day_count(day))
        uniform = self._arrival.of_group(day, count)
        hour = np.searchsorted(self._hour_edges, uniform, side="right") - 1
        hour = hour.clip(0, 23)
        within = (uniform - self._hour_edges[hour]) / np.diff(self._hour_edges)[hour]
        starts = np.array([self._clock.at(day, int(h) * 60) for h in range(24)])
        times: Floats = np.sort(starts[hour] + within * HOUR)
        listed: list[float] = times.tolist()
        return listed

    def contents(self, first: int, count: int) -> OrderColumns:
        """Return the contents of orders *first* to *first* + *count* - 1."""
        customer = np.searchsorted(
            self._customer_edges, self._customer.span(first, count), side="right"
        )
        channel = np.searchsorted(
            self._channel_edges, self._channel.span(first, count), side="right"
        )
        lines = np.rint(self._lines.span(first, count)).astype(np.int64).clip(1, MAX_LINES)
        values = self._line_value.span(first * MAX_LINES, count * MAX_LINES)
        minor = np.rint(values * MINOR_UNITS).astype(np.int64).clip(1).reshape(count, MAX_LINES)
        minor[np.arange(MAX_LINES) >= lines[:, None]] = 0
        return OrderColumns(
            customer.clip(max=len(self._customer_edges) - 1),
            channel.clip(max=len(CHANNELS) - 1),
            lines,
            minor,
            minor.sum(axis=1),
        )


class OrderBook:
    """The contents of one order at a time, drawn in blocks."""

    __slots__ = ("_demand", "_first", "_rows")

    def __init__(self, demand: Demand) -> None:
        self._demand = demand
        self._first = 0
        self._rows: list[tuple[int, int, int, int]] = []

    def __getitem__(self, number: int) -> tuple[int, int, int, int]:
        """Return (customer, channel, lines, value in minor units) of an order."""
        place = number - self._first
        if not 0 <= place < len(self._rows):
            self._first = number - number % _BLOCK
            block = self._demand.contents(self._first, _BLOCK)
            self._rows = list(
                zip(
                    block.customer.tolist(),
                    block.channel.tolist(),
                    block.lines.tolist(),
                    block.value_minor.tolist(),
                    strict=True,
                )
            )
            place = number - self._first
        return self._rows[place]


def _poisson_quantile(rate: float, probability: float) -> int:
    """Return the smallest n with P(N <= n) >= probability, N Poisson with mean *rate*."""
    n = max(0, int(np.floor(special.pdtrik(probability, rate))) - 1) if rate > 0 else 0
    while special.pdtr(n, rate) < probability:
        n += 1
    while n > 0 and special.pdtr(n - 1, rate) >= probability:
        n -= 1
    return n
