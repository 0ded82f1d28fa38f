"""A quadratic surface through a design, to be used only where it foretells points left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from o2c_sim import Problem, ScenarioError
from scenarios.search.designs import positions_of
from scenarios.search.evaluation import Point
from scenarios.search.factor import Factor

Array = npt.NDArray[np.float64]

# A surface that foretells less of the variance of points left out is no stand-in. Assumed.
LEAST_Q2 = 0.9


@dataclass(frozen=True, slots=True)
class Surface:
    """A quadratic polynomial of the factors' positions (0 to 1).

    Parameters
    ----------
    factors
        What varies.
    coefficients
        Of constant, linear, squared and product terms.
    q2
        Share of the variance that is foretold for each point by the others: 1 is perfect, 0 no
        better than the mean.
    error
        Root mean square of the errors of those forecasts, in the response's unit.
    """

    factors: tuple[Factor, ...]
    coefficients: Array
    q2: float
    error: float

    @property
    def valid(self) -> bool:
        """Whether it may be used."""
        return self.q2 >= LEAST_Q2

    def at(self, points: Sequence[Point]) -> Array:
        """Return the response of points within the ranges.

        Raises
        ------
        ScenarioError
            If the surface does not hold; it must not be used then.
        """
        if not self.valid:
            raise ScenarioError(
                Problem(
                    f"the surface foretells {self.q2:.0%} of the variance of points left out",
                    allowed=f"{LEAST_Q2:.0%} or more",
                    suggestion="more points or replications, or narrower ranges",
                )
            )
        return np.asarray(
            _terms(self.factors, positions_of(self.factors, points)) @ self.coefficients
        )


def fit(factors: Sequence[Factor], points: Sequence[Point], responses: Array) -> Surface:
    """Fit a surface by least squares and validate it by leaving out one point at a time.

    Parameters
    ----------
    factors
        What varies; words only two at a time, as more have no order.
    points
        A design, at least two more than terms.
    responses
        Mean of each point.

    Raises
    ------
    ScenarioError
        If the points are too few, or factors have no order.

    References
    ----------
    Kleijnen, "Design and Analysis of Simulation Experiments", 2nd ed., 2015, chapter 2; the
    errors of points left out follow from the hat matrix (PRESS, Allen 1974).
    """
    unordered = [f.name for f in factors if len(f.choices) > 2 and isinstance(f.choices[0], str)]
    if unordered:
        raise ScenarioError(
            [Problem(f"{name} has more than two words, which have no order") for name in unordered]
        )
    terms = _terms(factors, positions_of(factors, points))
    rank = int(np.linalg.matrix_rank(terms))
    if len(points) < terms.shape[1] + 2:
        raise ScenarioError(
            Problem(f"a surface from {len(points)} points", allowed=f"{terms.shape[1] + 2} or more")
        )
    coefficients, *_ = np.linalg.lstsq(terms, responses, rcond=None)
    left, values, _ = np.linalg.svd(terms, full_matrices=False)
    hat = (left[:, :rank] ** 2).sum(axis=1) if values.size else np.zeros(len(points))
    residual = responses - terms @ coefficients
    foretold = residual / np.maximum(1 - hat, 1e-9)
    total = float(((responses - responses.mean()) ** 2).sum())
    q2 = 1 - float((foretold**2).sum()) / total if total > 0 else float("nan")
    return Surface(
        tuple(factors), np.asarray(coefficients), q2, float(np.sqrt(np.mean(foretold**2)))
    )


def _terms(factors: Sequence[Factor], positions: Array) -> Array:
    """Return the columns of the polynomial; two values have no square of their own."""
    columns = [np.ones(len(positions)), *positions.T]
    columns += [positions[:, i] ** 2 for i, factor in enumerate(factors) if factor.count != 2]
    columns += [positions[:, i] * positions[:, j] for i, j in combinations(range(len(factors)), 2)]
    return np.column_stack(columns)
