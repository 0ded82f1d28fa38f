"""Tails: how what takes longer than can be seen goes on, from how the longest that is seen does.

Excesses over a high threshold follow a generalised Pareto distribution, whatever the distribution
below it; its shape is 0 for exponential tails and above 0 for heavy ones. Some of what has not come
may never come. A tail that is seen up to an age tells its shape badly, so that the likelihood is
penalised towards tails with a mean, and both a heavy tail and a share that never comes have to earn
their parameter.

References
----------
Pickands, "Statistical inference using extreme order statistics", Annals of Statistics 3, 1975.
Coles, Dixon, "Likelihood-based inference for extreme value models", Extremes 2, 1999: the penalty.
Akaike, "A new look at the statistical model identification", IEEE Transactions on Automatic
Control 19, 1974.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_EXPONENTIAL = 1e-6
# Beyond it the mean of what is not seen would rest on the shape alone.
_HEAVIEST = 0.99
_LIGHTEST = 1e-3
# A scale is between the mean excess over this and the span times this.
_WIDEST = 50.0
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Tail:
    """A generalised Pareto distribution of excesses over a threshold.

    Parameters
    ----------
    scale
        In the unit of the excesses.
    shape
        0 is exponential; the larger, the heavier.
    comes
        Share of what has not come by the threshold that comes at all.
    """

    scale: float
    shape: float
    comes: float = 1.0

    def survival(self, excess: Floats | float) -> Floats:
        """Return the share of the tail that exceeds the threshold by more."""
        ratio = np.asarray(excess, np.float64) / self.scale
        if self.shape < _EXPONENTIAL:
            return np.asarray(np.exp(-ratio))
        return np.asarray((1.0 + self.shape * ratio) ** (-1.0 / self.shape))

    def quantile(self, probability: Floats) -> Floats:
        """Return the excesses by which shares of the tail are over."""
        left = 1.0 - np.asarray(probability, np.float64)
        if self.shape < _EXPONENTIAL:
            return np.asarray(-self.scale * np.log(left))
        return np.asarray(self.scale * (left**-self.shape - 1.0) / self.shape)

    def log_density(self, excess: Floats) -> Floats:
        """Return the logarithm of the density, per unit of the excesses."""
        ratio = excess / self.scale
        if self.shape < _EXPONENTIAL:
            return np.asarray(-ratio - np.log(self.scale))
        power = 1.0 + 1.0 / self.shape
        return np.asarray(-power * np.log1p(self.shape * ratio) - np.log(self.scale))


def fit_tail(excess: Floats, weights: Floats, span: float, left: float) -> Tail:
    """Return the tail of excesses that can be seen up to a span, and what of it never comes.

    Four tails are fitted by maximum likelihood: exponential or heavy, and either all of what is
    left comes or some of it never does. Akaike's criterion chooses.

    Parameters
    ----------
    excess
        Shape (n,): by how much the threshold is exceeded, above 0 and at most *span*.
    weights
        Shape (n,): the share of all cases that each stands for.
    span
        The largest excess that could have been seen.
    left
        Share of all cases that had not come when it could no longer be seen.
    """
    from scipy import optimize

    count, seen = len(excess), float(weights.sum())
    whole = seen + left

    def misfit(log_scale: float, shape: float, *, all_come: bool) -> tuple[float, Tail]:
        tail = Tail(float(np.exp(log_scale)), float(shape))
        shown = max(1.0 - float(tail.survival(span)), _LEAST)
        comes = 1.0 if all_come else min(seen / (whole * shown), 1.0)
        fit = float(weights @ tail.log_density(excess)) + seen * np.log(comes)
        fit += left * np.log(max(1.0 - comes * shown, _LEAST))
        penalty = 1.0 / (1.0 - tail.shape) - 1.0
        return penalty - count * fit / seen, replace(tail, comes=comes)

    typical = float(weights @ excess) / seen
    scales = (np.log(typical / _WIDEST), np.log(span * _WIDEST))
    found: list[tuple[float, Tail]] = []
    for all_come in (True, False):

        def cost(point: Floats, sure: bool = all_come) -> float:
            return misfit(point[0], point[1], all_come=sure)[0]

        light = optimize.minimize_scalar(
            lambda x: cost(np.array([x, 0.0])),
            bounds=scales,
            method="bounded",
        )
        heavy = min(
            (
                optimize.minimize(
                    cost, np.array(start), bounds=[scales, (_LIGHTEST, _HEAVIEST)],
                    method="L-BFGS-B",
                )
                for start in ((light.x, 0.1), (light.x - np.log(2), 0.5))
            ),
            key=lambda one: float(one.fun),
        )  # fmt: skip
        for log_scale, shape in ((light.x, 0.0), heavy.x):
            least, tail = misfit(log_scale, shape, all_come=all_come)
            found.append((least + (shape > 0) + (not all_come), tail))
    return min(found, key=lambda one: one[0])[1]
