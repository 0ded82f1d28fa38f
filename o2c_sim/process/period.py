"""Periods: which description of the company was in force when, and what its customers were like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from o2c_sim.model.company import CompanyModel

if TYPE_CHECKING:
    from o2c_sim.process.customers import Customer


class Period(NamedTuple):
    """A stretch of a run in which one description was in force.

    Attributes
    ----------
    first_day
        Number of its first day.
    begins_at
        Its first midnight, simulation seconds; minus infinity for the first period.
    first_invoice
        Number of the first invoice made in it.
    model
        The description.
    customers
        The customers' traits as they were in it, by number; nothing else holds of these objects.
    """

    first_day: int
    begins_at: float
    first_invoice: int
    model: CompanyModel
    customers: Sequence[Customer]
