"""Dunning: what is still open some days after its due date is reminded, level by level."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Clock, RunCalendar
from o2c_sim.engine.staff import TaskEnd
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, open_items, payment
from o2c_sim.process.calendars import system_run
from o2c_sim.process.products import MINOR_UNITS

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice

_NOTICES: Final = (
    activity.SEND_DUNNING_LEVEL_1,
    activity.SEND_DUNNING_LEVEL_2,
    activity.SEND_DUNNING_LEVEL_3,
)


@dataclass(frozen=True, slots=True)
class DunningPolicy:
    """When reminders go out and what they do: by level, from the first."""

    run: RunCalendar
    minimum_minor: float
    overdue_days: tuple[int, ...]
    hazard_ratios: tuple[float, ...]


def dunning_policy(model: CompanyModel, clock: Clock) -> DunningPolicy:
    """Compile the model's dunning section."""
    section = model.dunning
    levels = section.levels.value
    return DunningPolicy(
        run=system_run(section.run.value, model, clock),
        minimum_minor=section.minimum_value.value * MINOR_UNITS,
        overdue_days=tuple(max(ceil(level.overdue_days), 1) for level in levels),
        hazard_ratios=tuple(level.hazard_ratio for level in levels),
    )


def schedule_notice(company: Company, invoice: Invoice) -> None:
    """Put the invoice into the run in which its next notice is due."""
    policy, level = company.dunning, invoice.dunning_level
    if level >= len(policy.overdue_days):
        invoice.dunning_at = inf
        return
    overdue = company.clock.midnight(invoice.due_day + policy.overdue_days[level])
    now = company.env.now
    # One notice a run: the next one is for a later run, however late the invoice is by then.
    earliest = now if level == 0 else now + 1
    invoice.dunning_at = policy.run.next(max(overdue, earliest))


def remind(company: Company, invoice: Invoice) -> None:
    """Send the next notice; a customer who has not paid yet pays sooner.

    Too small a rest is not worth a notice, and an insolvent customer gets none.
    """
    level, policy = invoice.dunning_level, company.dunning
    too_little = invoice.open_minor < policy.minimum_minor
    # Since the notice was scheduled, its level may have been done away with.
    no_level = level >= len(policy.overdue_days)
    if not invoice.open_minor or too_little or no_level or invoice.customer.insolvent:
        invoice.dunning_at = inf
        return
    company.record(_NOTICES[level], invoice.number)
    open_items.raise_dunning_level(invoice)
    if invoice.sends_at < inf:
        ratio = policy.hazard_ratios[level]
        payment.pay_sooner(company, invoice, hastened(company.env.now, invoice.sends_at, ratio))
    company.stages.schedule_notice(company, invoice)


def hastened(now: float, sends_at: float, hazard_ratio: float) -> float:
    """Return when a customer pays whose hazard of paying has just risen by a ratio.

    A hazard that is *hazard_ratio* times as high shortens the time that is left by that factor
    (proportional hazards with a constant baseline).
    """
    return now + (sends_at - now) / hazard_ratio


def wait_until(company: Company, invoice: Invoice, time: float) -> Generator[Any, Any, None]:
    """Wait until a time, sending the notices whose runs come first.

    The invoice is open in the books until the payment is applied, so a customer who has paid is
    reminded all the same when cash application is slow.
    """
    while invoice.dunning_at < time:
        yield company.until(invoice.dunning_at)
        company.stages.remind(company, invoice)
    yield company.until(time)


def wait_for(
    company: Company, invoice: Invoice, task: TaskEnd
) -> Generator[Any, Any, tuple[float, int]]:
    """Wait for a task of unknown end as :func:`wait_until` does; return the task's value."""
    while not task.processed:
        if invoice.dunning_at == inf:
            yield task
            break
        yield company.env.first_of(task, company.wake_at(invoice.dunning_at))
        if not task.processed:
            company.stages.remind(company, invoice)
    start, person = task.value  # type: ignore[misc]
    return start, person
