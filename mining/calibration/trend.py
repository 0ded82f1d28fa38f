"""Growth and season of demand, where the log is long enough to tell them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mining.calibration.daily_counts import weekday_rates
from o2c_sim.model.demand import DAYS_PER_YEAR, MONTHS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Fewer months show no growth that could not be season, and no season.
LEAST_MONTHS_OF_GROWTH = 12
LEAST_MONTHS_OF_SEASON = 20
_LEAST_DAYS_OF_A_MONTH = 10
_SIGNIFICANCE = 0.01


@dataclass(frozen=True, slots=True)
class Trend:
    """How the order rate changes with time.

    Parameters
    ----------
    factor
        Season times growth by day, shape (days,); all 1 where neither shows.
    months
        Months with at least ten days of the log.
    growth
        Share per year; None where it does not show.
    slope, slope_se, slope_quantile
        Of the logarithm of the rate per year, and half an interval in standard errors.
    season
        Twelve factors, mean 1; None where none shows.
    note
        What had to be assumed.
    """

    factor: Floats
    months: int
    growth: float | None = None
    slope: float = 0.0
    slope_se: float = 0.0
    slope_quantile: float = 1.96
    season: Floats | None = None
    note: str = ""


def trend(counts: Ints, weekday: Ints, first: dt.date) -> Trend:
    """Return growth and season by least squares on the logarithms of the months' rates.

    Each has to be significant at 1 % against the scatter of the months: growth from 12 months on,
    season from 20.

    Parameters
    ----------
    counts, weekday
        Orders, and weekday, of each day.
    first
        The first day.
    """
    days = len(counts)
    even = np.ones(days)
    dates = np.datetime64(first) + np.arange(days)
    month = dates.astype("datetime64[M]").astype(np.int64)
    names, place = np.unique(month, return_inverse=True)
    expected = np.bincount(place, weights=weekday_rates(counts, weekday, even)[weekday])
    orders = np.bincount(place, weights=counts)
    kept = (np.bincount(place) >= _LEAST_DAYS_OF_A_MONTH) & (orders > 0) & (expected > 0)
    months = int(kept.sum())
    if months < LEAST_MONTHS_OF_GROWTH or days < DAYS_PER_YEAR - MONTHS:
        return Trend(even, months)
    log_rate = np.log(orders[kept] / expected[kept])
    years = (np.bincount(place, weights=np.arange(days)) / np.bincount(place))[kept]
    years = years / DAYS_PER_YEAR
    of_year = names[kept] % MONTHS
    season = _season(log_rate, years, of_year) if months >= LEAST_MONTHS_OF_SEASON else None
    by_month = np.zeros(MONTHS) if season is None else np.log(season)
    design = np.column_stack([np.ones(months), years])
    spent = 2 if season is None else MONTHS + 1
    rest = log_rate - by_month[of_year]
    (_, slope), residual = _least_squares(design, rest)
    free = max(months - spent, 1)
    spread = years - years.mean()
    se = float(np.sqrt(residual / free / (spread**2).sum()))
    significant = 2 * stats.t.sf(abs(slope) / max(se, 1e-12), free) < _SIGNIFICANCE
    factor = even
    if season is not None:
        factor = factor * season[dates.astype("datetime64[M]").astype(np.int64) % MONTHS]
    if significant:
        factor = factor * np.exp(slope * np.arange(days) / DAYS_PER_YEAR)
    note = "" if season is not None else "growth could in part be season: less than 20 months"
    return Trend(
        factor,
        months,
        float(np.expm1(slope)) if significant else None,
        float(slope),
        se,
        float(stats.t.ppf(0.975, free)),
        season,
        note if significant else "",
    )


def _season(log_rate: Floats, years: Floats, of_year: Ints) -> Floats | None:
    """Return the factors of the months if they explain more than chance would."""
    months = len(log_rate)
    if len(np.unique(of_year)) < MONTHS:
        return None
    dummies = (of_year[:, None] == np.arange(MONTHS)).astype(np.float64)
    coefficients, full = _least_squares(np.column_stack([dummies, years]), log_rate)
    _, plain = _least_squares(np.column_stack([np.ones(months), years]), log_rate)
    free = months - MONTHS - 1
    if free < 1:
        return None
    ratio = (plain - full) / (MONTHS - 1) / max(full / free, 1e-12)
    if stats.f.sf(ratio, MONTHS - 1, free) >= _SIGNIFICANCE:
        return None
    season: Floats = np.exp(coefficients[:MONTHS])
    season /= season.mean()
    return season


def _least_squares(design: Floats, values: Floats) -> tuple[Floats, float]:
    """Return the coefficients and the sum of squared residuals."""
    coefficients = np.asarray(np.linalg.lstsq(design, values, rcond=None)[0], dtype=np.float64)
    return coefficients, float(((values - design @ coefficients) ** 2).sum())
