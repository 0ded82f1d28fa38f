"""The normal approximation at a maximum: how far the parameters could be from where it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Cost = Callable[[Floats], float]

_STEP = 1e-2


def laplace_draws(
    cost: Cost, point: Floats, rng: np.random.Generator, count: int, *, widest: float = 2.0
) -> Floats:
    """Return draws of the normal approximation at a minimum of a cost.

    Parameters
    ----------
    cost
        The negative logarithm of likelihood times prior, of parameters on an open scale
        (logarithms, logits).
    point
        Its minimum, shape (parameters,).
    rng
        For the draws.
    count
        How many.
    widest
        Standard deviation in a direction that the data do not tell.

    Returns
    -------
    numpy.ndarray
        Shape (count, parameters).
    """
    values, vectors = np.linalg.eigh(_hessian(cost, point))
    sd = 1 / np.sqrt(np.maximum(values, 1 / widest**2))
    drawn: Floats = point + (rng.standard_normal((count, len(point))) * sd) @ vectors.T
    return drawn


def _hessian(cost: Cost, point: Floats) -> Floats:
    size = len(point)
    unit = np.eye(size) * _STEP
    matrix = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            a, b, c, d = (
                cost(point + along * unit[i] + across * unit[j])
                for along, across in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            )
            matrix[i, j] = matrix[j, i] = (a - b - c + d) / (4 * _STEP**2)
    return matrix
