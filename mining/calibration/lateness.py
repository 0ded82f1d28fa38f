"""How late customers mean to pay: a random effect for each customer and a noise for each invoice.

Days after the due date are habit plus noise: one habit for each customer, from a Student's t with
three degrees of freedom or a normal distribution around 0, and one value of the noise for each
invoice, from a Student's t. The habits are integrated out on a grid (the likelihood of a
random-effects model), so a customer with few invoices tells little of its own habit and much of
all. What is open is known only to be later. The location of the sum is that of the noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse, special

from mining.calibration.bounded_search import least
from mining.calibration.intended_days import DAYS, FIRST_DAY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
HabitFamily = Literal["student_t", "normal"]

HABIT_DF = 3.0
# The noise is that of many customers, not of the one with half of the invoices: more payments of
# a customer than this count as so many.
MOST_OF_A_CUSTOMER = 100.0
_STEP = 0.5
_MOST_HABIT = 50.0
HABITS = np.arange(-_MOST_HABIT, _MOST_HABIT + _STEP / 2, _STEP)
# Residuals d - h of all days and habits, in steps of half a day.
_LINE = np.arange(FIRST_DAY - _MOST_HABIT, DAYS[-1] + _MOST_HABIT + _STEP / 2, _STEP)
_PLACE = np.rint((DAYS[:, None] - HABITS[None, :] - (FIRST_DAY - _MOST_HABIT)) / _STEP).astype(
    np.int64
)
_SMALL = 1e-300
# location, log scale, log degrees of freedom, log width of the habits
BOUNDS = ((-100.0, 150.0), (np.log(0.05), np.log(60.0)), (np.log(0.7), np.log(60.0)),
           (np.log(0.1), np.log(40.0)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payments:
    """What was seen of the payments of each customer.

    Parameters
    ----------
    weights
        Distinct observations: the probability of each, given the intended day; shape
        (observations, days).
    counts
        How often each customer shows each of them, shape (customers, observations); in all at
        most :data:`MOST_OF_A_CUSTOMER` times, so that no customer stands for all.
    sizes
        How many payments of each customer there were, shape (customers,).
    """

    weights: sparse.csr_matrix
    counts: sparse.csr_matrix
    sizes: Floats

    @property
    def customers(self) -> int:
        """Number of customers."""
        return int(self.counts.shape[0])

    @property
    def invoices(self) -> int:
        """Number of payments seen or missed."""
        return int(self.sizes.sum())


def payments(customer: Ints, weights: sparse.csr_matrix, customers: int) -> Payments:
    """Return the payments of some customers, equal observations counted together.

    Parameters
    ----------
    customer
        Number of the customer of each observation.
    weights
        Of each observation; see :mod:`mining.calibration.intended_days`.
    customers
        Number of customers.
    """
    known: dict[bytes, int] = {}
    kept: list[int] = []
    place = np.empty(len(customer), np.int64)
    for row in range(len(customer)):
        part = slice(weights.indptr[row], weights.indptr[row + 1])
        key = weights.indices[part].tobytes() + weights.data[part].tobytes()
        if key not in known:
            known[key] = len(kept)
            kept.append(row)
        place[row] = known[key]
    sizes = np.bincount(customer, minlength=customers).astype(np.float64)
    each = np.minimum(1.0, MOST_OF_A_CUSTOMER / np.maximum(sizes, 1.0))[customer]
    counts = sparse.csr_matrix((each, (customer, place)), shape=(customers, len(kept)))
    return Payments(weights[kept], counts, sizes)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the customers of one group mean to pay.

    Parameters
    ----------
    location, scale, df
        Student's t of the noise, days.
    habit
        Width of the habits: scale of a Student's t with :data:`HABIT_DF` degrees of freedom, or
        standard deviation of a normal distribution, days.
    habit_family
        Which of the two.
    """

    location: float
    scale: float
    df: float
    habit: float
    habit_family: HabitFamily

    @property
    def theta(self) -> Floats:
        """The parameters as the likelihood is searched in them."""
        logs = np.log([self.scale, self.df, self.habit])
        return np.concatenate(([self.location], logs))

    @classmethod
    def of(cls, theta: Floats, family: HabitFamily) -> Lateness:
        """Return the lateness of searched parameters, put within their bounds."""
        low, high = np.array(BOUNDS).T
        location, scale, df, habit = np.clip(theta, low, high)
        scale, df, habit = np.exp([scale, df, habit]).tolist()
        return cls(float(location), scale, df, habit, family)


def habit_weights(lateness: Lateness) -> Floats:
    """Return the probability of each of :data:`HABITS`."""
    edges = (np.concatenate((HABITS - _STEP / 2, [HABITS[-1] + _STEP / 2]))) / lateness.habit
    edges[[0, -1]] = -np.inf, np.inf
    if lateness.habit_family == "normal":
        return np.diff(special.ndtr(edges))
    return np.diff(special.stdtr(HABIT_DF, edges))


def noise_line(lateness: Lateness) -> Floats:
    """Return the probability that a whole day holds a residual, by the residual at its middle."""

    def below(values: Floats) -> Floats:
        found: Floats = special.stdtr(lateness.df, (values - lateness.location) / lateness.scale)
        return found

    return below(_LINE + 0.5) - below(_LINE - 0.5)


@dataclass(frozen=True, slots=True)
class Reading:
    """The payments of customers in the light of one lateness.

    Parameters
    ----------
    lateness
        The lateness.
    seen
        Probability of each observation by habit, shape (observations, habits).
    log_likelihood
        Of each customer, its habit integrated out, shape (customers,).
    habit
        Probability of each habit of each customer, given its payments; (customers, habits).
    """

    lateness: Lateness
    seen: Floats
    log_likelihood: Floats
    habit: Floats


def reading(data: Payments, lateness: Lateness, line: Floats | None = None) -> Reading:
    """Return payments in the light of a lateness, or of another noise *line* with its habits."""
    line = noise_line(lateness) if line is None else line
    seen = np.maximum(data.weights @ line[_PLACE], _SMALL)
    joint = np.asarray(data.counts @ np.log(seen)) + np.log(habit_weights(lateness) + _SMALL)
    highest = joint.max(axis=1, keepdims=True)
    chance = np.exp(joint - highest)
    whole = chance.sum(axis=1, keepdims=True)
    return Reading(lateness, seen, (highest + np.log(whole)).ravel(), chance / whole)


def log_likelihood(data: Payments, lateness: Lateness) -> Floats:
    """Return the log likelihood of each customer's payments, its habit integrated out."""
    return reading(data, lateness).log_likelihood


def gradient(data: Payments, read: Reading, weight: Floats) -> Floats:
    """Return the derivative of the weighted log likelihood by the searched parameters."""
    lateness = read.lateness
    times = np.asarray(data.counts.T @ (read.habit * weight[:, None])) / read.seen
    by_day = np.asarray(data.weights.T @ times)
    expected = np.bincount(_PLACE.ravel(), weights=by_day.ravel(), minlength=len(_LINE))
    above = (_LINE + 0.5 - lateness.location) / lateness.scale
    below = (_LINE - 0.5 - lateness.location) / lateness.scale
    df = lateness.df
    dense = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - 0.5 * np.log(df * np.pi)

    def density(z: Floats) -> Floats:
        return np.asarray(np.exp(dense - (df + 1) / 2 * np.log1p(z * z / df)))

    at_above, at_below = density(above), density(below)
    step = 1e-3
    wider, narrower = (replace(lateness, df=df * np.exp(h)) for h in (step, -step))
    by_df = (noise_line(wider) - noise_line(narrower)) / (2 * step)
    longer, shorter = (replace(lateness, habit=lateness.habit * np.exp(h)) for h in (step, -step))
    by_habit = (
        np.log(habit_weights(longer) + _SMALL) - np.log(habit_weights(shorter) + _SMALL)
    ) / (2 * step)
    return np.array(
        [
            expected @ (at_below - at_above) / lateness.scale,
            expected @ (at_below * below - at_above * above),
            expected @ by_df,
            (weight @ read.habit) @ by_habit,
        ]
    )


def fit(
    data: Payments,
    weight: Floats | None = None,
    start: Lateness | None = None,
    steps: int = 60,
) -> Lateness:
    """Return the most likely lateness of a group of customers.

    Parameters
    ----------
    data
        Their payments.
    weight
        How far each customer belongs to the group; fully if None.
    start
        Where to begin; else from the middle of what was seen, with both families of habits.
    steps
        Most steps of the search.
    """
    weight = np.ones(data.customers) if weight is None else weight
    if start is not None:
        return _searched(data, weight, start, steps)[0]
    middle = _middle_day(data, weight)
    families: tuple[HabitFamily, ...] = ("student_t", "normal")
    starts = [Lateness(middle, 3.0, 3.0, 3.0, family) for family in families]
    found = [_searched(data, weight, first, steps) for first in starts]
    return min(found, key=lambda pair: pair[1])[0]


def _searched(
    data: Payments, weight: Floats, start: Lateness, steps: int
) -> tuple[Lateness, float]:
    def loss(theta: Floats) -> tuple[float, Floats]:
        read = reading(data, Lateness.of(theta, start.habit_family))
        # Per invoice: the search is better behaved with numbers of this size.
        found = -float(weight @ read.log_likelihood), -gradient(data, read, weight)
        return found[0] / whole, found[1] / whole

    whole = max(data.invoices, 1)
    theta, lost = least(loss, start.theta, BOUNDS, steps)
    return Lateness.of(theta, start.habit_family), lost


def _middle_day(data: Payments, weight: Floats) -> float:
    """Return a middle of the days seen, each observation at the middle of its weights."""
    sums = np.asarray(data.weights.sum(axis=1)).ravel()
    days = np.asarray(data.weights @ DAYS.astype(float)).ravel() / np.maximum(sums, _SMALL)
    narrow = np.diff(data.weights.indptr) < 30
    times = np.asarray(data.counts.T @ weight).ravel() * narrow
    if not times.sum():
        return 0.0
    rank = np.argsort(days)
    place = np.searchsorted(np.cumsum(times[rank]), times.sum() / 2)
    return float(days[rank][min(place, len(days) - 1)])


def bootstrap(data: Payments, lateness: Lateness, weight: Floats, times: Floats) -> list[Lateness]:
    """Return the lateness as other customers of the same kind might have shown it.

    Customers are drawn with replacement, and the parameters move by one Newton step from the
    most likely ones: the score bootstrap (Kline and Santos, "A Score Based Approach to Wild
    Bootstrap Inference", 2012), which costs no search.

    Parameters
    ----------
    data, lateness, weight
        The group, and what was fitted to it.
    times
        How often each customer is drawn, shape (draws, customers).
    """
    theta, family = lateness.theta, lateness.habit_family
    steps = np.array([0.05, 0.02, 0.05, 0.05])
    moves = np.diag(steps)

    def whole(at: Floats) -> Floats:
        return gradient(data, reading(data, Lateness.of(at, family)), weight)

    own = np.column_stack(
        [
            weight
            * (
                log_likelihood(data, Lateness.of(theta + move, family))
                - log_likelihood(data, Lateness.of(theta - move, family))
            )
            / (2 * step)
            for move, step in zip(moves, steps, strict=True)
        ]
    )
    curvature = np.array(
        [
            (whole(theta - move) - whole(theta + move)) / (2 * step)
            for move, step in zip(moves, steps, strict=True)
        ]
    )
    values, axes = np.linalg.eigh((curvature + curvature.T) / 2)
    # What the data hardly bend is not followed far: at the edge of the allowed range.
    inverse = (axes / np.maximum(values, 1.0)) @ axes.T
    return [Lateness.of(theta + inverse @ (own.T @ (row - 1.0)), family) for row in times]


def noise_shares(data: Payments, lateness: Lateness, weight: Floats, rounds: int) -> Floats:
    """Return the noise as the data have it, by residual: maximum likelihood without a family.

    Parameters
    ----------
    rounds
        Steps of expectation and maximisation from the fitted family; each comes closer to the
        data and is less smooth.

    Returns
    -------
    numpy.ndarray
        Probability of each value of :func:`residuals`.
    """
    line = noise_line(lateness)
    shares = _STEP * line
    for _ in range(rounds):
        read = reading(data, lateness, line)
        times = np.asarray(data.counts.T @ (read.habit * weight[:, None]))
        moved = line[_PLACE] * np.asarray(data.weights.T @ (times / read.seen))
        found = np.bincount(_PLACE.ravel(), weights=moved.ravel(), minlength=len(_LINE))
        shares = np.asarray(found / found.sum(), np.float64)
        # A day holds a residual if that lies within half a day of its middle.
        line = np.convolve(shares, [0.5, 1.0, 0.5], mode="same")
    return shares


def residuals() -> Floats:
    """Return the values of the noise that :func:`noise_shares` tells apart, days."""
    return _LINE


def misfit(lateness: Lateness, shares: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance of the noise from what the data make of it.

    Parameters
    ----------
    lateness
        With the fitted noise.
    shares
        The noise as the data have it, of :func:`noise_shares`.
    """
    fitted = _STEP * noise_line(lateness)
    return float(np.abs(np.cumsum(fitted) - np.cumsum(shares)).max())
