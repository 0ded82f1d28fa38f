"""Which factors matter: Morris' elementary effects, Sobol's shares of variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np
import numpy.typing as npt

from o2c_sim import MissingDependencyError, Problem, ScenarioError
from scenarios.search.designs import points_at, positions_of
from scenarios.search.evaluation import Evaluate, Point, run_all
from scenarios.search.factor import Factor

Array = npt.NDArray[np.float64]

# Above this share of the variance between points the replications blur the result. Assumed.
NOISE_LIMIT = 0.1
_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Index:
    """One factor's figure with the half-width of its bootstrap interval over the design."""

    value: float
    half_width: float


@dataclass(frozen=True, slots=True)
class Importance:
    """How much a factor matters, by Morris or Sobol.

    Parameters
    ----------
    factor
        The factor.
    first, total
        Morris: mean absolute elementary effect (mu*) as *total*, in the response's unit for a
        move over the whole range; *first* is the mean with sign (mu). Sobol: first-order and
        total share of the variance.
    spread
        Morris: standard deviation of the effects (sigma), large where the effect depends on the
        others; NaN for Sobol.
    """

    factor: Factor
    first: Index
    total: Index
    spread: float


@dataclass(frozen=True, slots=True)
class Screening:
    """Result of Morris or Sobol.

    Parameters
    ----------
    method
        ``morris`` or ``sobol``.
    response
        Its key.
    importances
        The most important first.
    noise_share
        Part of the variance between points that the replications' noise explains, 0 to 1.
    points, replications
        Size of the experiment.
    confidence
        Of the bootstrap intervals.
    """

    method: str
    response: str
    importances: tuple[Importance, ...]
    noise_share: float
    points: int
    replications: int
    confidence: float

    @property
    def noisy(self) -> bool:
        """Whether more replications are needed before the figures are read."""
        return not self.noise_share <= NOISE_LIMIT


def morris_points(factors: Sequence[Factor], trajectories: int, seed: int) -> list[Point]:
    """Return Morris' trajectories: ``trajectories * (factors + 1)`` points.

    References
    ----------
    Morris, "Factorial sampling plans for preliminary computational experiments",
    Technometrics 33, 1991.
    """
    return points_at(factors, _morris_sample(factors, trajectories, seed))


def morris(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    *,
    trajectories: int,
    replications: int,
    seed: int = 1,
    confidence: float = 0.95,
    response: int = 0,
) -> Screening:
    """Screen factors by elementary effects; the intervals are over trajectories.

    Raises
    ------
    ScenarioError
        If fewer than two trajectories are asked for, or a point cannot be.
    MissingDependencyError
        Without SALib.

    References
    ----------
    Campolongo, Cariboni and Saltelli, "An effective screening design for sensitivity analysis of
    large models", Environmental Modelling & Software 22, 2007 (mu*).
    """
    sample = _morris_sample(factors, trajectories, seed)
    points = points_at(factors, sample)
    found = run_all(evaluate, points, range(replications))[:, :, response]
    analysed = _salib("analyze.morris").analyze(
        _problem(factors),
        sample,
        found.mean(axis=1),
        conf_level=confidence,
        num_levels=_LEVELS,
        seed=seed,
    )
    positions = positions_of(factors, points)
    importances = []
    for i, factor in enumerate(factors):
        scale = _reach(positions[:, i], sample[:, i], len(factors))
        importances.append(
            Importance(
                factor,
                Index(scale * float(analysed["mu"][i]), float("nan")),
                Index(
                    scale * float(analysed["mu_star"][i]),
                    scale * float(analysed["mu_star_conf"][i]),
                ),
                scale * float(analysed["sigma"][i]),
            )
        )
    return _screening("morris", evaluate.responses[response], importances, found, confidence)


def sobol_points(factors: Sequence[Factor], base: int, seed: int) -> list[Point]:
    """Return Saltelli's design: ``base * (factors + 2)`` points."""
    return points_at(factors, _sobol_sample(factors, base, seed))


def sobol(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    *,
    base: int,
    replications: int,
    seed: int = 1,
    confidence: float = 0.95,
    response: int = 0,
) -> Screening:
    """Split the variance of the response among the factors; the intervals are over points.

    The response of a point is its mean over replications. Noise that is left in it counts as
    interaction: it lowers the first-order shares and raises the total ones, see
    :attr:`Screening.noise_share`.

    Raises
    ------
    ScenarioError
        If *base* is no power of 2, or a point cannot be.
    MissingDependencyError
        Without SALib.

    References
    ----------
    Saltelli et al., "Variance based sensitivity analysis of model output. Design and estimator
    for the total sensitivity index", Computer Physics Communications 181, 2010.
    """
    sample = _sobol_sample(factors, base, seed)
    found = run_all(evaluate, points_at(factors, sample), range(replications))[:, :, response]
    means = found.mean(axis=1)
    if np.ptp(means) == 0:
        nothing = Index(0.0, 0.0)
        importances = [Importance(factor, nothing, nothing, float("nan")) for factor in factors]
        return _screening("sobol", evaluate.responses[response], importances, found, confidence)
    analysed = _salib("analyze.sobol").analyze(
        _problem(factors), means, calc_second_order=False, conf_level=confidence, seed=seed
    )
    importances = [
        Importance(
            factor,
            Index(float(analysed["S1"][i]), float(analysed["S1_conf"][i])),
            Index(float(analysed["ST"][i]), float(analysed["ST_conf"][i])),
            float("nan"),
        )
        for i, factor in enumerate(factors)
    ]
    return _screening("sobol", evaluate.responses[response], importances, found, confidence)


def noise_share(responses: Array) -> float:
    """Return the part of the variance between points that is noise of the replications.

    Under common random numbers what a replication adds to all points alike moves no index; the
    rest is the residual of points by replications without interaction.

    Parameters
    ----------
    responses
        Shape (points, replications).

    Returns
    -------
    float
        0 to 1; 0 where nothing varies, NaN with one replication.
    """
    points, replications = responses.shape
    if replications < 2 or points < 2:
        return float("nan")
    by_point = responses.mean(axis=1)
    between = float(np.var(by_point, ddof=1))
    if between == 0:
        return 0.0
    residual = responses - by_point[:, None] - responses.mean(axis=0) + responses.mean()
    mean_square = float((residual**2).sum()) / ((points - 1) * (replications - 1))
    return float(min(1.0, mean_square / replications / between))


def _screening(
    method: str, response: str, importances: list[Importance], found: Array, confidence: float
) -> Screening:
    importances.sort(key=lambda importance: -importance.total.value)
    return Screening(
        method,
        response,
        tuple(importances),
        noise_share(found),
        found.shape[0],
        found.shape[1],
        confidence,
    )


def _problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """Return the unit cube: effects are then of a move over a factor's whole range."""
    return {
        "num_vars": len(factors),
        "names": [factor.name for factor in factors],
        "bounds": [[0.0, 1.0]] * len(factors),
    }


def _morris_sample(factors: Sequence[Factor], trajectories: int, seed: int) -> Array:
    if trajectories < 2:
        raise ScenarioError(Problem(f"{trajectories} trajectories", allowed="2 or more"))
    sample = _salib("sample.morris").sample(
        _problem(factors), trajectories, num_levels=_LEVELS, seed=seed
    )
    return np.asarray(sample, dtype=float)


def _reach(positions: Array, sampled: Array, steps: int) -> float:
    """Return how far the design meant to move a factor for each unit that it did.

    Of two words, say, every move goes all the way, though the design asks for two thirds of it.
    Trajectories have *steps* moves each.
    """
    meant, done = (
        float(np.abs(np.diff(column.reshape(-1, steps + 1))).sum())
        for column in (sampled, positions)
    )
    return meant / done if done else 1.0


def _sobol_sample(factors: Sequence[Factor], base: int, seed: int) -> Array:
    if base < 2 or log2(base) % 1:
        raise ScenarioError(Problem(f"a base of {base} points", allowed="a power of 2"))
    sample = _salib("sample.sobol").sample(
        _problem(factors), base, calc_second_order=False, seed=seed
    )
    return np.asarray(sample, dtype=float)


def _salib(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"SALib.{module}")
    except ModuleNotFoundError as error:
        raise MissingDependencyError("SALib", "search") from error
