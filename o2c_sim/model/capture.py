"""Quotations, order entry, exceptions found at validation and errors found later, as data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from o2c_sim.model.distribution import Constant, Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import Channel, Section, Share, require_sum_of_one

ExceptionName = Literal["price", "master_data", "other"]
ErrorPlace = Literal["confirmation", "picking", "customer"]

_CENTURY_HOURS = 36_525.0 * 24


def _constant(value: float) -> Parameter[Distribution]:
    return Parameter[Distribution](value=Constant(distribution="constant", value=value))


class ExceptionKind(Section):
    """One kind of exception found at validation."""

    share: Share = Field(description="exceptions that are of this kind; all kinds make 1")
    wait_hours: Distribution | None = Field(
        default=None,
        description="until it is answered, hours of the order desk's calendar; longer waits delay "
        "the orders concerned; clarification_wait_hours if not given",
    )

    @model_validator(mode="after")
    def _wait_in_reach(self) -> ExceptionKind:
        wait = self.wait_hours
        if wait is not None and not (wait.lowest() >= 0 and wait.highest() <= _CENTURY_HOURS):
            raise ValueError("wait_hours: from 0 to a century (give it a floor and a cap)")
        return self


class CaptureModel(Section):
    """Quotation, order entry and validation."""

    quotation_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="demand that begins with a quotation; only quotations won become orders",
    )
    quotation_minutes: Parameter[Distribution] = Field(
        default=_constant(30), description="the order desk's work on one quotation, minutes"
    )
    quotation_decision_days: Parameter[Distribution] = Field(
        default=_constant(30),
        description="until the customer decides on a quotation, calendar days; an order comes on "
        "a working day",
    )
    quotation_won_share: Parameter[Share] = Field(
        default=Parameter[Share](value=1.0),
        description="quotations that become orders; the more, the more orders",
    )
    touch_minutes: Parameter[dict[Channel, Distribution]] = Field(
        description="the order desk's work to enter one order by hand, minutes, by channel; EDI "
        "and portal orders enter without a person"
    )
    system_minutes: Parameter[Distribution] = Field(
        description="entry time of one order without a person, minutes"
    )
    email_auto_capture_share: Parameter[Share] = Field(
        description="e-mail orders that software enters; the more, the less work for the order desk"
    )
    exception_share: Parameter[Share] = Field(
        description="orders that need clarification; each waits for the customer's answer and "
        "costs the order desk more work"
    )
    exception_kinds: Parameter[dict[ExceptionName, ExceptionKind]] = Field(
        default=Parameter[dict[ExceptionName, ExceptionKind]](
            value={"other": ExceptionKind(share=1.0)}
        ),
        description="what is wrong with those orders: the price, the customer's or the "
        "material's master data, something else",
    )
    clarification_touch_minutes: Parameter[Distribution] = Field(
        description="the order desk's work on one clarification, minutes: half to ask the "
        "customer, half to amend the order"
    )
    clarification_wait_hours: Parameter[Distribution] = Field(
        description="until the customer has answered, hours of the order desk's calendar"
    )
    manual_error_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="orders entered by a person with an error that nobody sees at entry; each "
        "costs a correction, a delay or a dispute later",
    )
    automatic_error_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="orders entered without a person with an error that nobody sees at entry",
    )
    error_found_shares: Parameter[dict[ErrorPlace, Share]] = Field(
        default=Parameter[dict[ErrorPlace, Share]](value={"customer": 1.0}),
        description="where those errors are found: before confirmation and at picking the order "
        "desk corrects them; the customer contests the invoice",
    )
    correction_minutes: Parameter[Distribution] = Field(
        default=_constant(10), description="the order desk's work to correct one order, minutes"
    )

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> CaptureModel:
        kinds = self.exception_kinds.value
        require_sum_of_one("exception_kinds", [kind.share for kind in kinds.values()])
        require_sum_of_one("error_found_shares", self.error_found_shares.value.values())
        return self
