"""Control variates: less variance from what is known of the luck of a replication.

A replication with more orders than expected has longer queues. The expected number of orders is
known, so the part of a result that goes with the surplus can be taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import Problem, ScenarioError
from scenarios.estimate import Estimate
from scenarios.statistics import t_interval

Array = npt.NDArray[np.float64]

# Fewer replications leave the coefficients to chance (assumed).
LEAST_REPLICATIONS = 10
# Replications per coefficient (assumed).
_PER_CONTROL = 5
# Used below this expected ratio of variances. Choosing by the same values makes intervals a little
# too narrow; least so at 1, where it hardly matters which of the two is taken (docs/statistics.md
# has the coverage, choice included).
PAYS_BELOW = 1.0
# A control that the others explain up to this share of its variance adds nothing (assumed).
_OWN_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Controlled:
    """A mean with and without control variates.

    Parameters
    ----------
    estimate
        The one to report: controlled if that pays, plain if not.
    plain
        Without controls.
    controls
        Names of the controls used; empty if plain.
    variance_ratio
        Expected variance of the controlled mean over that of the plain one, loss by estimating
        the coefficients included; 1 / ratio is the factor by which replications are saved. NaN
        if it was not tried.
    """

    estimate: Estimate
    plain: Estimate
    controls: tuple[str, ...]
    variance_ratio: float


def controlled_interval(
    values: Array,
    controls: Mapping[str, Array],
    means: Mapping[str, float],
    confidence: float = 0.95,
) -> Controlled:
    """Return the mean of replications with its interval, by control variates where they pay.

    The values are regressed on the controls' deviations from their known means; the intercept is
    the estimate, with a t interval of *n* - *q* - 1 degrees of freedom for *q* controls. Exact if
    values and controls are jointly normal.

    Which controls enter depends on the controls alone: constant ones and those that the ones before
    them explain are left out, and there are five replications or more to each. Whether they are
    used at all depends on the values: only if the expected ratio of variances, (1 - adjusted R2)
    (n - 2) / (n - q - 2), is below 1.

    Parameters
    ----------
    values
        One value per replication; for a paired comparison the differences.
    controls
        Name to its value per replication. For a paired comparison a control that both sides share
        enters once.
    means
        Name to the control's expectation, known from the model and not from the runs.
    confidence
        Between 0 and 1.

    Returns
    -------
    Controlled
        Plain with fewer than ten replications, or with a value that is not finite.

    Raises
    ------
    ScenarioError
        If a control has no known mean or another number of replications.

    References
    ----------
    Lavenberg and Welch, "A perspective on the use of control variables to increase the efficiency
    of Monte Carlo simulations", Management Science 27, 1981; Nelson, "Control variate remedies",
    Operations Research 38, 1990.
    """
    n = len(values)
    problems = [
        Problem(f"control {name!r} has no known mean", allowed=", ".join(sorted(means)))
        for name in controls
        if name not in means
    ] + [
        Problem(f"control {name!r} has {len(column)} values", allowed=f"{n}, as many as the metric")
        for name, column in controls.items()
        if len(column) != n
    ]
    if problems:
        raise ScenarioError(problems)
    plain = t_interval(values, confidence)
    usable = [name for name, column in controls.items() if np.isfinite(column).all()]
    if n < LEAST_REPLICATIONS or not np.ptp(values) > 0:
        return Controlled(plain, plain, (), float("nan"))
    columns = {name: np.asarray(controls[name], dtype=np.float64) for name in usable}
    names = _independent(columns, n // _PER_CONTROL - 1)
    if not names:
        return Controlled(plain, plain, (), float("nan"))
    off = np.column_stack([columns[name] - means[name] for name in names])
    found, ratio = _regressed(values, off, confidence)
    if not ratio < PAYS_BELOW:
        return Controlled(plain, plain, (), ratio)
    return Controlled(found, plain, names, ratio)


def _independent(columns: Mapping[str, Array], most: int) -> tuple[str, ...]:
    """Return, in order, the controls that vary and that the ones before them do not explain."""
    basis: list[Array] = []
    names: list[str] = []
    for name, column in columns.items():
        own = column - column.mean()
        spread = float(own @ own)
        for direction in basis:
            own = own - (own @ direction) * direction
        left = float(own @ own)
        if spread > 0 and left > max(_OWN_SHARE * spread, 1e-18 * float(column @ column)):
            basis.append(own / sqrt(left))
            names.append(name)
    return tuple(names[: max(most, 0)])


def _regressed(values: Array, off: Array, confidence: float) -> tuple[Estimate, float]:
    """Return the intercept of the values on the controls' deviations, and the variance ratio."""
    n, q = off.shape
    # Of like size, so that the solution is accurate whatever the units.
    centre, scale = off.mean(axis=0), off.std(axis=0)
    design = np.column_stack([np.ones(n), (off - centre) / scale])
    solution, *_ = np.linalg.lstsq(design, values, rcond=None)
    residual = values - design @ solution
    variance = float(residual @ residual) / (n - q - 1)
    at = np.concatenate(([1.0], -centre / scale))
    mean = float(at @ solution)
    leverage = float(at @ np.linalg.solve(design.T @ design, at))
    half = float(special.stdtrit(n - q - 1, 0.5 + confidence / 2)) * sqrt(variance * leverage)
    ratio = variance / float(np.var(values, ddof=1)) * (n - 2) / (n - q - 2)
    found = Estimate(mean, mean - half, mean + half, sqrt(variance), n, confidence)
    return found, ratio
