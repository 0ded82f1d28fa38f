"""The allowance for bad debts: adjusted to the age of the receivables in a run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from dataclasses import dataclass
from math import inf, nextafter
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Clock, RunCalendar
from o2c_sim.model.company import CompanyModel
from o2c_sim.process.calendars import system_run

if TYPE_CHECKING:
    from o2c_sim.process.company import Company

KEEP_UP: Final = "allowance.keep_up"


@dataclass(frozen=True, slots=True)
class AllowancePolicy:
    """How much of what is open is provided for, by days overdue from which it holds, rising."""

    run: RunCalendar
    from_days: tuple[float, ...]
    shares: tuple[float, ...]

    def share(self, overdue_days: int) -> float:
        """Return the share provided for what is so many days overdue."""
        place = bisect_right(self.from_days, max(overdue_days, 0)) - 1
        return self.shares[place] if place >= 0 else 0.0


def allowance_policy(model: CompanyModel, clock: Clock) -> AllowancePolicy:
    """Compile what the model says of the allowance."""
    section = model.write_off
    table = sorted(section.allowance_shares.value.items())
    return AllowancePolicy(
        run=system_run(section.allowance_run.value, model, clock),
        from_days=tuple(days for days, _ in table),
        shares=tuple(share for _, share in table),
    )


def required_minor(company: Company) -> int:
    """Return what the allowance has to be by the age of what is open, minor units."""
    policy, today = company.allowance, company.today()
    total = 0.0
    for customer in company.customers:
        for due_day, open_minor in customer.open_minor_by_due_day.items():
            total += open_minor * policy.share(today - due_day)
    return round(total)


def watch(company: Company) -> None:
    """Let the allowance be kept up from now on; once begun, it is kept up to the end."""
    if company.allowance.shares and KEEP_UP not in company.standing:
        company.standing.add(KEEP_UP)
        company.start(keep_up(company))


def keep_up(company: Company) -> Generator[Any, Any, None]:
    """Adjust the allowance in each run; between runs write-offs use it up."""
    while True:
        yield company.until(company.allowance.run.next(nextafter(company.env.now, inf)))
        missing_minor = required_minor(company) - company.ledger.allowance_minor
        if missing_minor:
            company.ledger.provide(company.env.now, missing_minor)
