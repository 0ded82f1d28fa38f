"""A company's order-to-cash cycle as data: no behaviour, units in names, provenance beside values.

Shares are 0 to 1. Fields ending in ``_share`` are probabilities per case. Money in a model file
is in currency units; the simulation turns it into integer minor units.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from o2c_sim.model.distribution import Distribution, Family
from o2c_sim.model.parameter import Parameter

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Channel = Literal["edi", "portal", "email", "phone"]
CHANNELS: tuple[Channel, ...] = ("edi", "portal", "email", "phone")
InvoiceChannel = Literal["paper", "pdf", "e_invoice"]
INVOICE_CHANNELS: tuple[InvoiceChannel, ...] = ("paper", "pdf", "e_invoice")
PaymentMethod = Literal["check", "ach", "wire", "card", "direct_debit"]
PAYMENT_METHODS: tuple[PaymentMethod, ...] = ("check", "ach", "wire", "card", "direct_debit")
Role = Literal["order_desk", "credit", "warehouse", "cash_application"]
ROLES: tuple[Role, ...] = ("order_desk", "credit", "warehouse", "cash_application")

# Units in field names, as days; what may be negative; the longest duration.
_UNITS = {"_days": 1.0, "_hours": 1 / 24, "_minutes": 1 / 1440}
_SIGNED = ("lateness_effect_days", "lateness_noise_days")
_CENTURY = 36_525.0
# Files of the zone database that are not zones; data frames do not know them.
_NO_PLACE = ("Factory", "localtime", "posixrules", "posix", "right")
# Time stamps count from 1970; calendars and payments reach years past the start.
_EARLIEST, _LATEST = dt.date(1970, 1, 2), dt.date(2200, 1, 1)
_CLOCK = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)$")


def minutes_of_day(text: str) -> int:
    """Return the minutes since midnight of ``HH:MM`` (``24:00`` is the end of the day).

    Raises
    ------
    ValueError
        If *text* is not a time of day.
    """
    match = _CLOCK.match(text) if isinstance(text, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else 1_441
    if minutes > 1_440:
        raise ValueError(f"{text!r} is not a time of day; write HH:MM in quotes, such as '08:30'")
    return minutes


def _require_sum_of_one(name: str, shares: Iterable[float]) -> None:
    total = sum(shares)
    if abs(total - 1.0) > 1e-6:
        raise ValueError(f"{name}: the shares sum to {total:.6g}, not to 1")


def _range(value: float | Distribution) -> tuple[float, float]:
    """Return the smallest and, but for one draw in a thousand million, the largest value."""
    if isinstance(value, Family):
        return value.lowest(), value.highest()
    return float(value), float(value)


class Section(BaseModel):
    """A part of a model: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _durations_in_reach(self) -> Section:
        """Refuse durations below zero or beyond a century: they would never end, or not begin."""
        for name in type(self).model_fields:
            days = next((size for unit, size in _UNITS.items() if unit in name), 0.0)
            parameter = getattr(self, name)
            if not days or name == "credit_limit_days" or not isinstance(parameter, Parameter):
                continue
            value = parameter.value
            for item in value.values() if isinstance(value, dict) else [value]:
                low, high = _range(item)
                if not (low >= 0 or (name in _SIGNED and low * days >= -_CENTURY)):
                    raise ValueError(f"{name}: can be {low:g}; give it a floor of 0 or more")
                if not high * days <= _CENTURY:
                    raise ValueError(f"{name}: can be longer than a century; give it a cap")
        return self


class CalendarModel(Section):
    """When people work: the same shifts on each working day, except on holidays."""

    days: tuple[Weekday, ...] = Field(min_length=1, description="working weekdays")
    shifts: tuple[str, ...] = Field(
        min_length=1, description="'HH:MM-HH:MM' in local time, not overlapping"
    )
    holidays: tuple[dt.date, ...] = ()

    @field_validator("shifts")
    @classmethod
    def _shifts_in_order(cls, shifts: tuple[str, ...]) -> tuple[str, ...]:
        end = -1
        for shift in shifts:
            first, dash, last = shift.partition("-")
            if not dash:
                raise ValueError(f"{shift!r} is not a shift; write 'HH:MM-HH:MM'")
            opens, closes = minutes_of_day(first.strip()), minutes_of_day(last.strip())
            if opens >= closes:
                raise ValueError(f"shift {shift!r} does not end after it starts")
            if opens < end:
                raise ValueError(f"shift {shift!r} overlaps the one before it")
            end = closes
        return shifts


class RunModel(Section):
    """When a batch job runs, in local time."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    times: tuple[str, ...] = Field(min_length=1, description="'HH:MM'")

    @field_validator("times")
    @classmethod
    def _times_of_day(cls, times: tuple[str, ...]) -> tuple[str, ...]:
        for time in times:
            if minutes_of_day(time) == 1_440:
                raise ValueError("'24:00' is not a run time; write '00:00' of the next day")
        return tuple(sorted(times))


class StaffModel(Section):
    """A pool of people in one role, who share a calendar and a first-come-first-served queue."""

    headcount: Parameter[Annotated[int, Field(ge=1, le=100_000)]]
    calendar: str = Field(description="name of one of the model's calendars")
    cost_per_hour: Parameter[NonNegative]


class DemandModel(Section):
    """Orders as customers send them."""

    orders_per_week: Parameter[Annotated[float, Field(gt=0, le=10_000_000)]]
    weekday_shares: Parameter[dict[Weekday, Share]]
    hour_shares: Parameter[dict[int, Share]]
    day_factor_cv: Parameter[Annotated[float, Field(ge=0, le=100)]] = Field(
        description="coefficient of variation of the gamma factor on each day's order rate"
    )
    channel_shares: Parameter[dict[Channel, Share]]
    lines_per_order: Parameter[Distribution]
    line_value: Parameter[Distribution] = Field(description="net value of a line, currency")

    @model_validator(mode="after")
    def _profiles(self) -> DemandModel:
        _require_sum_of_one("weekday_shares", self.weekday_shares.value.values())
        _require_sum_of_one("hour_shares", self.hour_shares.value.values())
        _require_sum_of_one("channel_shares", self.channel_shares.value.values())
        if any(not 0 <= hour <= 23 for hour in self.hour_shares.value):
            raise ValueError("hour_shares: hours go from 0 to 23")
        smallest = self.lines_per_order.value.lowest()
        if not smallest >= 1:
            raise ValueError(f"lines_per_order: can be {smallest:g}; an order has at least 1 line")
        if not self.line_value.value.lowest() >= 0:
            raise ValueError("line_value: can be negative; give it a floor of 0 or more")
        if not self.line_value.value.highest() <= 1e12:
            raise ValueError("line_value: can be above a million millions; give it a cap")
        if not self.lines_per_order.value.highest() <= 1e6:
            raise ValueError("lines_per_order: can be above a million; give it a cap")
        return self


class CustomerModel(Section):
    """The customers: how much they buy, on which terms, how and when they pay."""

    count: Parameter[Annotated[int, Field(ge=1, le=10_000_000)]]
    volume_sigma: Parameter[NonNegative] = Field(
        description="sigma of the log-normal spread of order rates between customers"
    )
    payment_terms_days: Parameter[Distribution]
    credit_limit_days: Parameter[Distribution] = Field(
        description="credit limit, in days of the customer's average order value per day"
    )
    lateness_effect_days: Parameter[Distribution] = Field(
        description="a customer's own habit: days after the due date, one value per customer"
    )
    lateness_noise_days: Parameter[Distribution] = Field(
        description="days after due date plus habit, one value per invoice"
    )
    weekly_pay_run_share: Parameter[Share] = Field(
        description="customers who pay on one weekday only"
    )
    payment_method_shares: Parameter[dict[PaymentMethod, Share]]
    payment_float_days: Parameter[dict[PaymentMethod, Distribution]]
    invoice_channel_shares: Parameter[dict[InvoiceChannel, Share]]
    weekly_invoice_share: Parameter[Share] = Field(
        description="customers invoiced in the weekly run instead of the daily one"
    )
    default_share: Parameter[Share] = Field(description="invoices that are never paid")

    @model_validator(mode="after")
    def _complete(self) -> CustomerModel:
        _require_sum_of_one("payment_method_shares", self.payment_method_shares.value.values())
        _require_sum_of_one("invoice_channel_shares", self.invoice_channel_shares.value.values())
        used = {m for m, share in self.payment_method_shares.value.items() if share > 0}
        missing = sorted(used - set(self.payment_float_days.value))
        if missing:
            raise ValueError(f"payment_float_days: nothing for {', '.join(missing)}")
        if not self.credit_limit_days.value.lowest() >= 0:
            raise ValueError("credit_limit_days: can be negative; give it a floor of 0 or more")
        return self


class CaptureModel(Section):
    """Order entry and validation."""

    touch_minutes: Parameter[dict[Channel, Distribution]] = Field(
        description="entry time by hand; EDI and portal orders enter without a person"
    )
    system_minutes: Parameter[Distribution] = Field(description="entry time without a person")
    email_auto_capture_share: Parameter[Share]
    exception_share: Parameter[Share] = Field(description="orders that need clarification")
    clarification_touch_minutes: Parameter[Distribution]
    clarification_wait_hours: Parameter[Distribution] = Field(
        description="until the customer has answered, hours of the order desk's calendar"
    )


class CreditModel(Section):
    """Credit check, hold and release."""

    overdue_tolerance_days: Parameter[NonNegative] = Field(
        description="an invoice overdue by more than this holds the customer's new orders"
    )
    auto_release_share: Parameter[Share] = Field(
        description="of the holds that review would release, those that a rule releases at once"
    )
    review_wait_days: Parameter[Distribution] = Field(
        description="until the facts for a decision are there, calendar days"
    )
    review_touch_minutes: Parameter[Distribution]
    denial_share: Parameter[Share] = Field(description="reviewed holds that end in a denial")


class FulfilmentModel(Section):
    """From the confirmed order to goods issue."""

    confirmed_lead_days: Parameter[Distribution] = Field(
        description="order confirmation until the delivery is due to be created, calendar days"
    )
    delivery_run: Parameter[RunModel]
    dispatch_lead_days: Parameter[Distribution] = Field(
        description="delivery creation until picking may start, calendar days"
    )
    pick_minutes_per_order: Parameter[Distribution]
    pick_minutes_per_line: Parameter[NonNegative]


class BillingModel(Section):
    """Billing runs and the way invoices travel."""

    daily_run: Parameter[RunModel]
    weekly_run: Parameter[RunModel]
    delivery_days: Parameter[dict[InvoiceChannel, Distribution]] = Field(
        description="from the billing run until the customer holds the invoice, calendar days"
    )

    @model_validator(mode="after")
    def _every_channel(self) -> BillingModel:
        missing = sorted(set(INVOICE_CHANNELS) - set(self.delivery_days.value))
        if missing:
            raise ValueError(f"delivery_days: nothing for {', '.join(missing)}")
        return self


class DunningModel(Section):
    """Reminders, level 1."""

    run: Parameter[RunModel]
    grace_days: Parameter[NonNegative] = Field(description="days overdue before level 1")
    hazard_ratio: Parameter[Annotated[float, Field(ge=1, le=100)]] = Field(
        description="how much faster a reminded customer pays"
    )


class CashApplicationModel(Section):
    """Bank statement and the matching of payments to invoices."""

    statement_run: Parameter[RunModel]
    auto_match_share: Parameter[Share]
    research_wait_days: Parameter[Distribution] = Field(
        description="until the remittance is found for a payment that did not match"
    )
    touch_minutes: Parameter[Distribution]


class WriteOffModel(Section):
    """When an unpaid invoice is given up."""

    run: Parameter[RunModel]
    after_days: Parameter[NonNegative] = Field(description="days overdue")


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
