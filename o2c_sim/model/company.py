"""A company's order-to-cash cycle as data: no behaviour, units in names, provenance beside values.

Shares are 0 to 1. Fields ending in ``_share`` are probabilities per case. Money in a model file
is in currency units; the simulation turns it into integer minor units.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from o2c_sim.model.billing import BillingModel
from o2c_sim.model.calendars import CalendarModel
from o2c_sim.model.capture import CaptureModel
from o2c_sim.model.cash_application import CashApplicationModel
from o2c_sim.model.changes import ChangeModel
from o2c_sim.model.collections import CollectionsModel
from o2c_sim.model.costs import CostModel
from o2c_sim.model.credit import CreditModel
from o2c_sim.model.customers import CustomerModel
from o2c_sim.model.demand import DemandModel
from o2c_sim.model.disputes import DisputeModel
from o2c_sim.model.dunning import DunningModel
from o2c_sim.model.fulfilment import FulfilmentModel
from o2c_sim.model.own_steps import OwnStepsModel
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.people import (
    Headcount,
    StaffModel,
    SystemsModel,
    calendar_problems,
    outage_problems,
    staffing_problems,
)
from o2c_sim.model.products import InventoryModel, ProductsModel
from o2c_sim.model.returns import ReturnsModel
from o2c_sim.model.section import ROLES, Role, Section
from o2c_sim.model.write_off import WriteOffModel

# Files of the zone database that are not zones; data frames do not know them.
_NO_PLACE = ("Factory", "localtime", "posixrules", "posix", "right")
# Time stamps count from 1970; calendars and payments reach years past the start.
_EARLIEST, _LATEST = dt.date(1970, 1, 2), dt.date(2200, 1, 1)


class CompanyModel(Section):
    """One company's order-to-cash cycle; what ``o2c simulate`` runs."""

    schema_version: Literal[1] = Field(description="version of this file format")
    name: str = Field(min_length=1, max_length=200, description="the company's name in reports")
    description: str = Field(default="", description="what kind of company it is, for people")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="three-letter code, such as USD, of all money in the model"
    )
    zone: str = Field(description="IANA time zone, such as Europe/Berlin, of all local times")
    start_date: dt.date = Field(description="first day of a run, YYYY-MM-DD")
    calendars: dict[str, CalendarModel] = Field(
        min_length=1, description="working times by name, for staff to refer to"
    )
    staff: dict[Role, StaffModel] = Field(
        description="people by role: how many, when they work, what they cost"
    )
    systems: SystemsModel = Field(
        default=SystemsModel(), description="the systems that people and batch jobs work with"
    )
    demand: DemandModel = Field(
        description="orders as customers send them: how many, when, by which channel, how large"
    )
    products: ProductsModel = Field(
        default=ProductsModel(),
        description="what is sold: how many products, how popular, at what price, made or bought",
    )
    inventory: InventoryModel = Field(
        default=InventoryModel(),
        description="how stock is kept, ordered anew and given to waiting lines",
    )
    customers: CustomerModel = Field(
        description="how much customers buy, on which terms, how and when they pay"
    )
    capture: CaptureModel = Field(
        description="order entry by people or software, and clarification with the customer"
    )
    credit: CreditModel = Field(description="which orders are held, and how holds are decided")
    changes: ChangeModel = Field(
        default=ChangeModel(),
        description="what customers change, reject and cancel after the confirmation of an order",
    )
    fulfilment: FulfilmentModel = Field(
        description="from the confirmed order through delivery and picking to goods issue"
    )
    billing: BillingModel = Field(description="billing runs and the way invoices travel")
    dunning: DunningModel = Field(description="reminders: when, how many, with what effect")
    own_steps: OwnStepsModel = Field(
        default=OwnStepsModel(),
        description="what the company does besides: steps that the reference cycle does not have",
    )
    collections: CollectionsModel = Field(
        description="calls to customers whose invoices are overdue, and their promises"
    )
    disputes: DisputeModel = Field(
        description="invoices that customers contest: how many, how long, how they end"
    )
    returns: ReturnsModel = Field(
        default=ReturnsModel(), description="goods that customers send back, and their refund"
    )
    cash_application: CashApplicationModel = Field(
        description="bank statement and the matching of payments to invoices"
    )
    costs: CostModel = Field(
        default=CostModel(),
        description="what the cycle costs besides people's time, and what money costs",
    )
    write_off: WriteOffModel = Field(
        description="when an unpaid invoice is given up, what still comes of it, the allowance"
    )

    @field_validator("staff")
    @classmethod
    def _somebody_bills(cls, staff: dict[Role, StaffModel]) -> dict[Role, StaffModel]:
        """Add one biller, on the order desk's terms, where a model does not speak of billers."""
        desk = staff.get("order_desk")
        if desk is None or "billing" in staff:
            return staff
        one = Parameter[Headcount](value=1, source="default: one, as at the order desk")
        biller = StaffModel(headcount=one, calendar=desk.calendar, cost_per_hour=desk.cost_per_hour)
        return {**staff, "billing": biller}

    @field_validator("start_date")
    @classmethod
    def _start_date_in_reach(cls, start_date: dt.date) -> dt.date:
        if not _EARLIEST <= start_date <= _LATEST:
            raise ValueError(f"start_date: {start_date} is not between {_EARLIEST} and {_LATEST}")
        return start_date

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            if zone.partition("/")[0] in _NO_PLACE:
                raise ValueError(zone)
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"{zone!r} is not an IANA time zone such as 'Europe/Berlin'"
            ) from error
        return zone

    @model_validator(mode="after")
    def _names_resolve(self) -> CompanyModel:
        missing = sorted(set(ROLES) - set(self.staff))
        if missing:
            raise ValueError(f"staff: nobody in {', '.join(missing)}")
        problems = [
            *staffing_problems(self.staff, self.calendars),
            *calendar_problems(self.calendars, self.start_date),
            *outage_problems(self.systems, self.start_date),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        by_hand = {c for c in ("email", "phone") if self.demand.channel_shares.value.get(c, 0) > 0}
        untouched = sorted(by_hand - set(self.capture.touch_minutes.value))
        if untouched:
            raise ValueError(f"capture.touch_minutes: nothing for {', '.join(untouched)}")
        return self
