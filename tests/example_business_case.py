"""An invented business case of round numbers."""

from __future__ import annotations

import math

import numpy as np
from example_comparison import estimate

from scenarios.estimate import Band
from scenarios.money.results import (
    Amount,
    BusinessCase,
    CashFlowAtRisk,
    CashFreed,
    Cost,
    Investment,
    Payback,
    ProfitEffect,
)


def example_business_case() -> BusinessCase:
    """Return a business case of round numbers."""
    parts = tuple(
        Amount(key, key.capitalize(), estimate(mean, deviation))
        for key, mean, deviation in (
            ("labour", -40e3, 9e3), ("financing", 120e3, 20e3), ("nothing", 0.0, 0.0),
            ("doubtful", 15e3, 60e3),
        )
    )  # fmt: skip
    band = Band(*(np.arange(3.0) for _ in range(4)))
    payback = Payback(12.0, 8.0, None, 0.95)
    total = estimate(95e3, 30e3)
    return BusinessCase(
        "EUR",
        CashFreed(total, total, band, "cash tied up", None, None, ""),
        ProfitEffect(parts, total, "year"),
        Investment(Cost(1e5), total, total, parts, payback, payback),
        tuple(
            CashFlowAtRisk(
                days, 0.95, estimate(1e5 * days, 1e5), estimate(1.1e5 * days, 1e5),
                estimate(2e5 * math.sqrt(days), 1e5), estimate(1.5e5 * math.sqrt(days), 1e5),
                estimate(-5e4 * math.sqrt(days), 1e5), 180 // days, "",
            )
            for days in (30, 60, 90)
        ),
        (),
        (),
    )  # fmt: skip
