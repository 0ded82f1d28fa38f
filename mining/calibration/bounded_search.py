"""The least value of a smooth function of a few numbers, each within limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

Floats = npt.NDArray[np.float64]

# Nearer to a limit than this part of the range the slope is lost.
_EDGE = 1e-4


def least(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    bounds: Sequence[tuple[float, float]],
    steps: int,
) -> tuple[Floats, float]:
    """Return where a function is least, as far as so many steps find it.

    The numbers are searched as logits of their place between the limits, by BFGS: for few numbers
    the search itself then costs nothing beside the function.

    Parameters
    ----------
    loss
        Gives value and gradient.
    start
        Where to begin.
    bounds
        Lower and upper limit of each number.
    steps
        Most steps.

    Returns
    -------
    numpy.ndarray
        The place.
    float
        The value there; at most that of the start.
    """
    low, high = np.array(bounds).T
    width = high - low

    def placed(point: Floats) -> tuple[Floats, Floats]:
        share = special.expit(point)
        return low + width * share, width * share * (1 - share)

    def moved(point: Floats) -> tuple[float, Floats]:
        at, slope = placed(point)
        value, gradient = loss(at)
        return value, gradient * slope

    share = np.clip((start - low) / width, _EDGE, 1 - _EDGE)
    result = optimize.minimize(
        moved, special.logit(share), jac=True, method="BFGS",
        options={"maxiter": steps, "gtol": 1e-5},
    )  # fmt: skip
    return placed(result.x)[0], float(result.fun)
