"""Demand: how many orders a week, on which days and hours, how unevenly, through which channel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration import daily_counts
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.order_view import OrderView, order_view
from mining.calibration.proportions import generator, interval, shares_estimate
from mining.calibration.trend import Trend, trend
from o2c_sim.model.section import CHANNELS, WEEKDAYS

IDENTIFIABLE = (
    "demand.orders_per_week",
    "demand.weekday_shares",
    "demand.hour_shares",
    "demand.day_factor_cv",
    "demand.season",
    "demand.growth_per_year",
    "demand.channel_shares",
)
NOT_IDENTIFIABLE: dict[str, str] = {}

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_LEAST_WEEKS = 2
_LEAST_ORDERS = 20
_MANY = 2_000
# A log that goes on for so long after its last order was cut by order, not by time.
_TAIL = dt.timedelta(days=4)


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Orders by day, from the first day to the last.

    Parameters
    ----------
    counts, weekday
        Orders that came without a quotation, and the weekday (Monday 0), shape (days,).
    with_quotation
        All demand over that without a quotation, at least 1.
    first
        The first day.
    hours
        Hour of the day of each order.
    note
        What had to be assumed.
    """

    counts: Ints
    weekday: Ints
    with_quotation: float
    first: dt.date
    hours: Ints
    note: str


def estimate_arrivals(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate rate, weekday and hour profile, day factor, season and growth.

    The rates of the weekdays are counts over days. The day factor's variance is what the daily
    counts scatter more than Poisson counts do: counts are negative binomial, and the likelihood
    is adjusted for the rates that are fitted to the same days.
    """
    view = order_view(source)
    came = None if view is None else _arrivals(view)
    if view is None or came is None:
        return ()
    course = trend(came.counts, came.weekday, came.first)
    rates = daily_counts.weekday_rates(came.counts, came.weekday, course.factor)
    spread = daily_counts.overdispersion(came.counts, came.weekday, course.factor)
    said = f"{view.name}: {int(came.counts.sum())} orders on {len(came.counts)} days"
    per_week = float(rates.sum()) * came.with_quotation
    drawn = _drawn_rates(came, course, rates, spread.value, seed) * came.with_quotation
    weeks = drawn.sum(axis=1)
    low, high = interval(weeks)
    notes = "; ".join(part for part in (view.note, came.note, course.note) if part)
    n = int(came.counts.sum())
    found = [
        Estimate(
            "demand.orders_per_week", per_week, said, n, low, high,
            tuple(weeks[:DRAWS].tolist()), assumption=notes,
        ),
        Estimate(
            "demand.weekday_shares", _by_weekday(rates), said, n,
            draws=tuple(_by_weekday(row) for row in drawn[:DRAWS]),
        ),
        shares_estimate(
            "demand.hour_shares",
            dict(enumerate(np.bincount(came.hours, minlength=24).tolist())),
            seed, f"{view.name}, hour of receipt",
        ),
        Estimate(
            "demand.day_factor_cv", spread.value, f"{said}, negative binomial", len(came.counts),
            spread.low, spread.high, spread.drawn(generator(seed, "demand.day_factor_cv"), DRAWS),
        ),
    ]  # fmt: skip
    return (*found, *_course(course, view.name, seed))


def estimate_channels(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the shares of the channels that orders come in by."""
    view = order_view(source)
    if view is None:
        return ()
    named = view.orders["channel"].drop_nulls().str.to_lowercase()
    known = named.filter(named.is_in(CHANNELS))
    if len(known) < _LEAST_ORDERS or len(known) < len(named) / 2:
        return ()
    counts = {channel: int((known == channel).sum()) for channel in CHANNELS}
    left = "" if len(known) == len(named) else f"{len(named) - len(known)} by other ways left out"
    said = f"{view.name}, channel of the order"
    return (shares_estimate("demand.channel_shares", counts, seed, said, left),)


ESTIMATORS = (estimate_arrivals, estimate_channels)


def _arrivals(view: OrderView) -> _Arrivals | None:
    orders, ratio, note = view.orders, 1.0, ""
    # An order that follows a quotation comes long after the demand, so such demand is counted by
    # its quotations, those that are lost or undecided as well. Of the quotations older than the
    # log it has only those that were won.
    quoted = orders.filter(pl.col("quoted").is_not_null() & ~pl.col("quoted_before")).height
    came = orders.filter(pl.col("quoted").is_null() & pl.col("received").is_not_null())
    if quoted and came.height >= _LEAST_ORDERS:
        ratio = 1 + quoted / came.height
        note = "demand with a quotation comes on the days and hours of the other"
    if came.height < _LEAST_ORDERS:
        return None
    local = came["local"]
    days = local.dt.date()
    first, last = days.min(), days.max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    end = view.end[0].date()
    # The days after the last order up to the end of the log had none.
    last = max(last, end - dt.timedelta(days=1)) if end - last <= _TAIL else last
    length = (last - first).days + 1
    if length < 7 * _LEAST_WEEKS:
        return None
    place = (days - first).dt.total_days().to_numpy()
    weekday = (first.weekday() + np.arange(length)) % 7
    hours = local.dt.hour().cast(pl.Int64).to_numpy()
    return _Arrivals(np.bincount(place, minlength=length), weekday, ratio, first, hours, note)


def _drawn_rates(came: _Arrivals, course: Trend, rates: Floats, cv: float, seed: int) -> Floats:
    """Return rates by weekday as other days of the same company might give them.

    Shape (draws, 7): gamma with the variance of a mean of negative binomial counts.
    """
    exposure = np.bincount(came.weekday, weights=course.factor, minlength=7)
    variance = rates * (1 + rates * cv**2) / exposure
    safe = np.maximum(rates, 1e-12)
    shape = np.maximum(rates**2 / np.maximum(variance, 1e-12), 1e-12)
    drawn = generator(seed, "demand.rates").gamma(shape, safe / shape, (_MANY, 7))
    return np.where(rates > 0, drawn, 0.0)


def _by_weekday(rates: Floats) -> dict[str, float]:
    total = rates.sum()
    return {day: float(r / total) for day, r in zip(WEEKDAYS, rates, strict=True) if r > 0}


def _course(course: Trend, name: str, seed: int) -> tuple[Estimate, ...]:
    found = []
    if course.growth is not None:
        rng = generator(seed, "demand.growth_per_year")
        slopes = rng.normal(course.slope, course.slope_se, DRAWS)
        half = course.slope_quantile * course.slope_se
        found.append(
            Estimate(
                "demand.growth_per_year", course.growth, f"{name}: {course.months} months",
                course.months, float(np.expm1(course.slope - half)),
                float(np.expm1(course.slope + half)), tuple(np.expm1(slopes).tolist()),
                assumption="the rate of orders is that of the log's first day",
            )
        )  # fmt: skip
    if course.season is not None:
        said = f"{name}: {course.months} months"
        season = [float(factor) for factor in course.season]
        found.append(Estimate("demand.season", season, said, course.months))
    return tuple(found)
