"""A company's order-to-cash cycle as data: no behaviour, units in names, provenance beside values.

Shares are 0 to 1. Fields ending in ``_share`` are probabilities per case. Money in a model file
is in currency units; the simulation turns it into integer minor units.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from o2c_sim.model.calendars import CalendarModel
from o2c_sim.model.cash_side import (
    BillingModel,
    CashApplicationModel,
    CollectionsModel,
    CustomerModel,
    DisputeModel,
    DunningModel,
    WriteOffModel,
)
from o2c_sim.model.order_side import CaptureModel, CreditModel, DemandModel, FulfilmentModel
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import ROLES, NonNegative, Role, Section

# Files of the zone database that are not zones; data frames do not know them.
_NO_PLACE = ("Factory", "localtime", "posixrules", "posix", "right")
# Time stamps count from 1970; calendars and payments reach years past the start.
_EARLIEST, _LATEST = dt.date(1970, 1, 2), dt.date(2200, 1, 1)


class StaffModel(Section):
    """A pool of people in one role, who share a calendar and a first-come-first-served queue."""

    headcount: Parameter[Annotated[int, Field(ge=1, le=100_000)]]
    calendar: str = Field(description="name of one of the model's calendars")
    cost_per_hour: Parameter[NonNegative]


class CompanyModel(Section):
    """One company's order-to-cash cycle; what ``o2c simulate`` runs."""

    schema_version: Literal[1]
    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    zone: str = Field(description="IANA time zone")
    start_date: dt.date
    calendars: dict[str, CalendarModel] = Field(min_length=1)
    staff: dict[Role, StaffModel]
    demand: DemandModel
    customers: CustomerModel
    capture: CaptureModel
    credit: CreditModel
    fulfilment: FulfilmentModel
    billing: BillingModel
    dunning: DunningModel
    collections: CollectionsModel
    disputes: DisputeModel
    cash_application: CashApplicationModel
    write_off: WriteOffModel

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
        for role, pool in self.staff.items():
            if pool.calendar not in self.calendars:
                raise ValueError(
                    f"staff.{role}.calendar: {pool.calendar!r} is not one of the calendars "
                    f"({', '.join(sorted(self.calendars))})"
                )
        by_hand = {c for c in ("email", "phone") if self.demand.channel_shares.value.get(c, 0) > 0}
        untouched = sorted(by_hand - set(self.capture.touch_minutes.value))
        if untouched:
            raise ValueError(f"capture.touch_minutes: nothing for {', '.join(untouched)}")
        return self
