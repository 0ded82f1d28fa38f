"""Experimental designs: which points to run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from o2c_sim import Problem, ScenarioError
from scenarios.search.evaluation import Point
from scenarios.search.factor import Factor

Array = npt.NDArray[np.float64]

# More points than anybody can run; asked for by a slip of the pen.
MOST_POINTS = 100_000


def points_at(factors: Sequence[Factor], positions: Array) -> list[Point]:
    """Return the points at positions in the unit cube.

    Parameters
    ----------
    factors
        What varies.
    positions
        Shape (points, factors), 0 to 1.
    """
    return [
        {factor.name: factor.at(float(u)) for factor, u in zip(factors, row, strict=True)}
        for row in positions
    ]


def positions_of(factors: Sequence[Factor], points: Sequence[Point]) -> Array:
    """Return the positions of points in the unit cube, shape (points, factors)."""
    return np.array([[f.position(point[f.name]) for f in factors] for point in points], dtype=float)


def latin_hypercube(factors: Sequence[Factor], number: int, seed: int) -> list[Point]:
    """Return a Latin hypercube: each factor's range is cut in *number* parts, each met once.

    The columns are permuted until the centred discrepancy no longer falls, so that points do not
    cluster. Factors with fewer values than points meet each about equally often.

    References
    ----------
    McKay, Beckman and Conover, "A comparison of three methods for selecting values of input
    variables", Technometrics 21, 1979.
    """
    if number < 2:
        raise ScenarioError(Problem(f"a design of {number} points", allowed="2 or more"))
    sampler = qmc.LatinHypercube(
        len(factors), optimization="random-cd", rng=np.random.default_rng(seed)
    )
    return points_at(factors, np.asarray(sampler.random(number), dtype=float))


def full_factorial(factors: Sequence[Factor], levels: int) -> list[Point]:
    """Return every combination of values: all choices, and *levels* values of each range.

    Raises
    ------
    ScenarioError
        If that is more than :data:`MOST_POINTS`, or ranges have fewer than two levels.
    """
    if levels < 2:
        raise ScenarioError(Problem(f"{levels} levels of a range", allowed="2 or more"))
    values = [factor.levels(levels) for factor in factors]
    number = prod(len(column) for column in values)
    if number > MOST_POINTS:
        raise ScenarioError(
            Problem(
                f"a full factorial of {number:,} points",
                allowed=f"up to {MOST_POINTS:,}",
                suggestion="fewer factors or levels, or a Latin hypercube",
            )
        )
    names = [factor.name for factor in factors]
    return [dict(zip(names, row, strict=True)) for row in product(*values)]


def one_at_a_time(factors: Sequence[Factor]) -> list[Point]:
    """Return the points where one factor alone is moved: to both ends, or to each listed value.

    All other factors stay as they are in the company.
    """
    return [{factor.name: value} for factor in factors for value in factor.levels(2)]
