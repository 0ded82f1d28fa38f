"""Cash application as data: bank statement, matching of payments, what stays on account."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.distribution import Constant, Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import Section, Share

OddsRatio = Annotated[float, Field(gt=0, le=1)]


class CashApplicationModel(Section):
    """Bank statement and the matching of payments to invoices."""

    statement_run: Parameter[RunModel] = Field(
        description="when the bank statement is read; more runs make cash known sooner"
    )
    auto_match_share: Parameter[Share] = Field(
        description="payments matched to their invoices without a person, among those for one "
        "invoice with a good remittance; the more, the less work and the sooner an invoice is "
        "cleared"
    )
    poor_remittance_odds_ratio: Parameter[OddsRatio] = Field(
        default=Parameter[OddsRatio](value=1.0),
        description="odds of an automatic match with a poor remittance over those with a good "
        "one; 1 makes no difference, less sends more payments to a person",
    )
    further_invoice_odds_ratio: Parameter[OddsRatio] = Field(
        default=Parameter[OddsRatio](value=1.0),
        description="factor on the odds of an automatic match for each invoice of a payment after "
        "the first; 1 makes no difference, less sends more bundled payments to a person",
    )
    research_wait_days: Parameter[Distribution] = Field(
        description="until the remittance is found for a payment that did not match, calendar "
        "days; its invoice stays open, counts against credit and may be reminded"
    )
    unidentified_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="payments that stay on account, unapplied, until somebody finds out what they "
        "are for; their invoices stay open meanwhile; never more than do not match by themselves",
    )
    identification_days: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Constant(distribution="constant", value=10)),
        description="how long that takes, calendar days",
    )
    touch_minutes: Parameter[Distribution] = Field(
        description="work to post one payment by hand, or to refund one, minutes"
    )
    unearned_discounts: Parameter[Literal["allow", "claim"]] = Field(
        default=Parameter[Literal["allow", "claim"]](value="allow"),
        description="what becomes of a cash discount that was taken too late: it is allowed all "
        "the same, or stays open and is claimed back",
    )
    refund_days: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Constant(distribution="constant", value=10)),
        description="from the posting of a payment that was too much until somebody refunds the "
        "rest, calendar days",
    )
