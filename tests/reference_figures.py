"""Figures of a reference implementation, as far as a processor lets them be the same."""

from __future__ import annotations

import math
from collections.abc import Mapping

# SciPy's Wasserstein distance ends in a product of vectors whose parts the BLAS adds up in an
# order that depends on the processor, so the reference's own last digit does as well.
_STEPS = 8


def assert_equal_but_for_the_processor(
    found: Mapping[str, float], reference: Mapping[str, float]
) -> None:
    """Assert that figures are the same to the last digit; counted ones (``ngd``) are the same."""
    assert found.keys() == reference.keys()
    assert found["ngd"] == reference["ngd"]
    apart = {
        key: (value, reference[key])
        for key, value in found.items()
        if abs(value - reference[key]) > _STEPS * math.ulp(reference[key])
    }
    assert apart == {}
