"""What is published of real companies' figures: values and ranges, each with its source.

No range here is a guess: a figure of which nothing was published has none. Two values from two
sources make a range; a single value is kept as one. Vendors' claims are marked.
"""

from __future__ import annotations

from mining.published_cash import CASH
from mining.published_figure import (
    CONSUMER,
    DISTRIBUTOR,
    KINDS,
    MANUFACTURER,
    Figure,
    Published,
)
from mining.published_operations import OPERATIONS

__all__ = ["CONSUMER", "DISTRIBUTOR", "FIGURES", "KINDS", "MANUFACTURER", "Figure", "Published"]

FIGURES: tuple[Figure, ...] = (*OPERATIONS, *CASH)
