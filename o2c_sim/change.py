"""A change of the whole company during a run, and what cannot change in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from o2c_sim.errors import ModelError, Problem
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.loading import fingerprint

# What is settled on the first day: the run's clock and currency, who and what there is, and
# whether goods are counted at all.
_SETTLED = (
    "start_date",
    "zone",
    "currency",
    "customers.count",
    "products.count",
    "products.popularity_sigma",
    "products.unit_price",
    "products.unit_cost_share",
    "products.make_to_order_share",
    "fulfilment.availability_check",
)


@dataclass(frozen=True, slots=True)
class ModelChange:
    """From a day of the run on, the company is as another model says.

    Parameters
    ----------
    day
        Number of the day, 0 for the first of the run; the change comes at its local midnight.
    model
        What the company is like from then on. Customers keep their numbers and what they owe, and
        take this model's traits by the same draws.
    """

    day: int
    model: CompanyModel

    @property
    def sha256(self) -> str:
        """SHA-256 of the model's content."""
        return fingerprint(self.model)


def in_force(
    model: CompanyModel, changes: Sequence[ModelChange], days: int
) -> tuple[CompanyModel, tuple[ModelChange, ...]]:
    """Return the model of a run's first day, and the changes after it.

    Parameters
    ----------
    model
        The company without changes.
    changes
        In order of their days. Those of day 0 or before hold from the start.
    days
        Length of the run.

    Raises
    ------
    ModelError
        With every change that is out of order, after the run, or of what cannot change.
    """
    problems = list(_misplaced(changes, days))
    for change in changes:
        if change.day <= 0:
            model = change.model
    later = tuple(change for change in changes if change.day > 0)
    problems += [problem for change in later for problem in _refused(model, change)]
    if problems:
        raise ModelError(problems)
    return model, later


def expected_orders(model: CompanyModel, later: Sequence[ModelChange], days: int) -> float:
    """Return about how many orders come in a run of some days."""
    total, start = 0.0, model.start_date
    until = [*(change.day for change in later), days]
    begins = [0, *until[:-1]]
    models = [model, *(change.model for change in later)]
    for part, first, last in zip(models, begins, until, strict=True):
        total += part.demand.expected_orders(last, start)
        total -= part.demand.expected_orders(first, start) if first else 0.0
    return total


def _misplaced(changes: Sequence[ModelChange], days: int) -> Iterator[Problem]:
    for place, change in enumerate(changes):
        where = f"change {place + 1}"
        if isinstance(change.day, bool) or not isinstance(change.day, int):
            yield Problem(f"the day is {change.day!r}", where=where, allowed="a whole number")
        elif change.day >= days:
            yield Problem(
                f"day {change.day} is after the run, which has {days} days",
                where=where,
                allowed=f"days up to {days - 1}, 0 for the first",
            )
        elif place and change.day <= changes[place - 1].day:
            yield Problem(
                f"day {change.day} does not come after day {changes[place - 1].day}",
                where=where,
                allowed="changes in order of their days, one a day",
            )


def _refused(model: CompanyModel, change: ModelChange) -> Iterator[Problem]:
    for path in _SETTLED:
        before, after = _value(model, path), _value(change.model, path)
        if before != after:
            yield Problem(
                f"{path}: cannot change during a run, and changes on day {change.day} from "
                f"{str(before)[:80]} to {str(after)[:80]}",
                where=path,
                allowed="one value for the whole run",
                suggestion="let it hold from day 0",
            )


def _value(model: CompanyModel, path: str) -> object:
    node: object = model
    for part in path.split("."):
        node = getattr(node, part)
    return getattr(node, "value", node)
