"""Levers on a share of all customers, whatever segments say of their own."""

from __future__ import annotations

from scenarios.lever import Lever, percentage
from scenarios.population import mean_mix, mean_share, set_mix, set_share


def customers(name: str, label: str, field: str, evidence: str) -> Lever:
    """Return a lever on a share of all customers, segments included."""
    return percentage(
        name,
        label,
        evidence,
        read=lambda model: mean_share(model, field),
        write=lambda model, value: set_share(model, field, value),
    )


def mixture(
    name: str, label: str, field: str, raised: str, lowered: tuple[str, ...], evidence: str
) -> Lever:
    """Return a lever that raises one way of doing it at the cost of some others."""
    return percentage(
        name,
        label,
        evidence,
        read=lambda model: mean_mix(model, field, (raised,)),
        write=lambda model, value: set_mix(model, field, (raised,), lowered, value),
    )
