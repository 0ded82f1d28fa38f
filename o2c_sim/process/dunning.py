"""Dunning, level 1: what is still open some days after its due date is reminded in a run."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from simpy import Event

from o2c_sim.engine import Clock, RunCalendar
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity
from o2c_sim.process.calendars import run_calendar

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Invoice


@dataclass(frozen=True, slots=True)
class DunningPolicy:
    """When reminders go out and what they do."""

    run: RunCalendar
    grace_days: int
    hazard_ratio: float


def dunning_policy(model: CompanyModel, clock: Clock) -> DunningPolicy:
    """Compile the model's dunning section."""
    section = model.dunning
    return DunningPolicy(
        run=run_calendar(section.run.value, clock),
        grace_days=ceil(section.grace_days.value),
        hazard_ratio=section.hazard_ratio.value,
    )


def first_notice(company: Company, due_day: int) -> float:
    """Return the run in which an invoice due on a day is reminded if it is still open."""
    # A day's grace at least: an invoice is not overdue before its due date has passed.
    overdue_from = due_day + max(company.dunning.grace_days, 1)
    return company.dunning.run.next(company.clock.midnight(overdue_from))


def remind(company: Company, invoice: Invoice) -> None:
    """Send the notice."""
    invoice.dunning_at = inf
    company.record(activity.SEND_DUNNING_LEVEL_1, invoice.number)


def hastened(company: Company, pays_at: float) -> float:
    """Return when a customer who would have paid at *pays_at* pays after a reminder now.

    A hazard of payment that is ``hazard_ratio`` times as high shortens the time that is left by
    that factor (proportional hazards with a constant baseline).
    """
    now = company.env.now
    return now + (pays_at - now) / company.dunning.hazard_ratio


def wait_until(company: Company, invoice: Invoice, time: float) -> Generator[Any, Any, None]:
    """Wait until a time, sending the notice if its run comes first.

    The invoice is open in the books until the payment is applied, so a customer who has paid is
    reminded all the same when cash application is slow.
    """
    if invoice.dunning_at < time:
        yield company.until(invoice.dunning_at)
        remind(company, invoice)
    yield company.until(time)


def wait_for(
    company: Company, invoice: Invoice, task: Event
) -> Generator[Any, Any, tuple[float, int]]:
    """Wait for a task of unknown end as :func:`wait_until` does; return the task's value."""
    if invoice.dunning_at < inf:
        yield task | company.until(invoice.dunning_at)
        if not task.processed:
            remind(company, invoice)
            yield task
    else:
        yield task
    start, person = task.value  # type: ignore[misc]
    return start, person
