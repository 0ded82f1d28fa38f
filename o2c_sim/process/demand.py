"""Demand: when orders arrive, and what is in them.

Everything about an order is addressed by its number, so a change of policy leaves each order's
arrival, customer, channel draw, lines and values as they were.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim.engine import Clock, Streams
from o2c_sim.engine.clock import DAY, HOUR
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.demand import DAYS_PER_YEAR, MAX_LINES
from o2c_sim.model.section import CHANNELS, WEEKDAYS
from o2c_sim.process.products import MINOR_UNITS, create_products

__all__ = ["MAX_LINES", "MINOR_UNITS", "Demand", "OrderColumns", "demand_of"]

_BLOCK: Final = 1_024
# Orders whose arrivals and contents are kept for the next run with the same demand: those of a
# year or two, not those of a run of a million.
_KEPT: Final = 1 << 16

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# When the hours of a day begin, in seconds since midnight.
_HOURS: Floats = np.array([hour * HOUR for hour in range(24)])


class OrderColumns(NamedTuple):
    """The contents of consecutive orders, and of their lines in order.

    Attributes
    ----------
    customer, channel, lines, value_minor
        Per order: customer number, index in ``CHANNELS``, number of lines, net value.
    first_line
        Per order: place of its first line in the columns of lines.
    line_product, line_quantity, line_value_minor
        Per line: product number, units, net value in minor units.
    """

    customer: Ints
    channel: Ints
    lines: Ints
    first_line: Ints
    line_product: Ints
    line_quantity: Ints
    line_value_minor: Ints
    value_minor: Ints


class Demand:
    """Arrival times and contents of orders; ``products`` are the products ordered.

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
        self._hour_shares = np.diff(self._hour_edges)
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
        self._value = streams.draws("demand.line_value")
        self._line_value = demand.line_value.value.quantile
        self.products = create_products(model, streams)
        self._product_edges = np.cumsum(self.products.popularity)
        self._product = streams.draws("demand.line_product")
        self._season = demand.season.value
        self._growth = 1 + demand.growth_per_year.value
        self._arrivals: dict[int, Floats] = {}
        self._arrivals_kept = 0
        self._contents: dict[tuple[int, int], OrderColumns] = {}
        self._contents_kept = 0

    def arrivals(self, day: int) -> list[float]:
        """Return the arrival times of a day's orders, in order, as simulation seconds.

        The number is Poisson given the day's gamma factor (over-dispersed across days).
        """
        times = self._arrivals.get(day)
        if times is None:
            times = self._draw_arrivals(day)
            if self._arrivals_kept + len(times) <= _KEPT:
                self._arrivals_kept += len(times)
                self._arrivals[day] = times
        listed: list[float] = times.tolist()
        return listed

    def _draw_arrivals(self, day: int) -> Floats:
        rate = float(self._per_weekday[self._clock.weekday(day)]) * self._day_factor.at(day)
        rate *= self.rate_factor(day)
        if rate <= 0:
            return np.empty(0)
        count = _poisson_quantile(rate, self._day_count.at(day))
        uniform = self._arrival.of_group(day, count)
        # Between the first edge, 0, and the last, 1: always an hour of the day.
        hour = self._hour_edges.searchsorted(uniform, side="right") - 1
        within = (uniform - self._hour_edges[hour]) / self._hour_shares[hour]
        times: Floats = np.sort(self._hours(day)[hour] + within * HOUR)
        return times

    def _hours(self, day: int) -> Floats:
        """Return when each hour of a day begins, as simulation seconds."""
        midnight = self._clock.midnight(day)
        if self._clock.midnight(day + 1) - midnight == DAY:
            return _HOURS + midnight
        return np.array([self._clock.at(day, hour * 60) for hour in range(24)])

    def rate_factor(self, day: int) -> float:
        """Return season times growth of a day: its expected order rate over the base rate."""
        season: float = self._season[self._clock.date(day).month - 1]
        growth: float = self._growth ** (day / DAYS_PER_YEAR)
        return season * growth

    @property
    def changes(self) -> bool:
        """Whether the expected order rate is not the same all the time."""
        return self._growth != 1 or len(set(self._season)) > 1

    def contents(self, first: int, count: int) -> OrderColumns:
        """Return the contents of orders *first* to *first* + *count* - 1.

        A line's draws are addressed by its order and its place in it, so no order's contents
        depend on those of another. The columns are to be read only.
        """
        columns = self._contents.get((first, count))
        if columns is None:
            columns = self._draw_contents(first, count)
            if self._contents_kept + count <= _KEPT:
                self._contents_kept += count
                self._contents[first, count] = columns
        return columns

    def _draw_contents(self, first: int, count: int) -> OrderColumns:
        customer = np.searchsorted(
            self._customer_edges, self._customer.span(first, count), side="right"
        )
        lines = self.lines(first, count)
        product_draw, value_draw = self._of_lines(first, lines)
        product = np.searchsorted(self._product_edges, product_draw, side="right").clip(
            max=len(self.products) - 1
        )
        value = np.rint(self._line_value(value_draw) * MINOR_UNITS).astype(np.int64).clip(1)
        quantity = np.rint(value / self.products.unit_price_minor[product])
        first_line = np.cumsum(lines) - lines
        columns = OrderColumns(
            customer.clip(max=len(self._customer_edges) - 1),
            self.channels(first, count),
            lines,
            first_line,
            product,
            quantity.astype(np.int64).clip(1),
            value,
            np.add.reduceat(value, first_line) if count else value.copy(),
        )
        for column in columns:
            column.flags.writeable = False
        return columns

    def channels(self, first: int, count: int) -> Ints:
        """Return the channel, by number, of orders *first* to *first* + *count* - 1."""
        position = self._channel.span(first, count)
        channel: Ints = np.searchsorted(self._channel_edges, position, side="right")
        return channel.clip(max=len(CHANNELS) - 1)

    def lines(self, first: int, count: int) -> Ints:
        """Return the number of lines of orders *first* to *first* + *count* - 1."""
        lines: Ints = np.rint(self._lines.span(first, count)).astype(np.int64).clip(1, MAX_LINES)
        return lines

    def _of_lines(self, first: int, lines: Ints) -> tuple[Floats, Floats]:
        """Return the uniform draws for product and value of each line, in line order."""
        found: tuple[list[Floats], list[Floats]] = ([np.empty(0)], [np.empty(0)])
        for begin in range(0, len(lines), _BLOCK):
            some = lines[begin : begin + _BLOCK]
            written = (np.arange(MAX_LINES) < some[:, None]).ravel()
            place = (first + begin) * MAX_LINES
            for draws, parts in zip((self._product, self._value), found, strict=True):
                parts.append(draws.span(place, written.size)[written])
        return np.concatenate(found[0]), np.concatenate(found[1])


def demand_of(
    model: CompanyModel, streams: Streams, clock: Clock, customer_weights: Floats
) -> Demand:
    """Return a company's demand: of equal descriptions, from the same draws, one and the same.

    See :class:`Demand`.
    """
    description = (model.demand, model.products, clock, customer_weights.tobytes())
    return streams.derived(
        "demand", description, lambda: Demand(model, streams, clock, customer_weights)
    )


def _poisson_quantile(rate: float, probability: float) -> int:
    """Return the smallest n with P(N <= n) >= probability, N Poisson with mean *rate*."""
    n = max(0, int(np.floor(special.pdtrik(probability, rate))) - 1) if rate > 0 else 0
    while special.pdtr(n, rate) < probability:
        n += 1
    while n > 0 and special.pdtr(n - 1, rate) >= probability:
        n -= 1
    return n
