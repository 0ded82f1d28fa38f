"""Many tests at once: p-values adjusted so that chance alone rarely makes a finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the chance of any false finding stays at the level.

    NaN values stay NaN and count as no test.

    References
    ----------
    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 1979.
    """
    adjusted = [float("nan")] * len(p_values)
    tests = sorted((p, i) for i, p in enumerate(p_values) if np.isfinite(p))
    highest = 0.0
    for rank, (p, i) in enumerate(tests):
        highest = max(highest, min(1.0, (len(tests) - rank) * p))
        adjusted[i] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that of all findings the expected share of false ones is bounded.

    Taking what lies at or below a level as found keeps the false discovery rate at that level for
    independent and for positively dependent tests. NaN values stay NaN and count as no test.

    References
    ----------
    Benjamini and Hochberg, "Controlling the false discovery rate", Journal of the Royal
    Statistical Society B 57, 1995.
    """
    adjusted = [float("nan")] * len(p_values)
    tests = sorted((p, i) for i, p in enumerate(p_values) if np.isfinite(p))
    lowest = 1.0
    for rank in range(len(tests), 0, -1):
        p, i = tests[rank - 1]
        lowest = min(lowest, p * len(tests) / rank)
        adjusted[i] = lowest
    return adjusted
