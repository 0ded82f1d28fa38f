"""Calls to customers who are overdue, as data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from o2c_sim.model.distribution import Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import NonNegative, Section, Share

_Days = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0, le=100)]


class CollectionsModel(Section):
    """Calls to customers whose invoices are overdue: one call is about all of them."""

    call_after_days: Parameter[Annotated[float, Field(ge=1, le=10_000)]] = Field(
        description="days overdue before a collector calls; more days mean fewer calls and later "
        "cash"
    )
    recall_days: Parameter[Annotated[float, Field(ge=1, le=1_000)]] = Field(
        description="days from a call without success to the next; more days mean fewer calls"
    )
    worklist: Parameter[Literal["oldest", "largest", "riskiest"]] = Field(
        description="which customer is called first: with the oldest debt, with the largest "
        "overdue debt, or by that debt x habit"
    )
    touch_minutes: Parameter[Distribution] = Field(
        description="a collector's work on one call, minutes; longer calls mean fewer a day"
    )
    promise_share: Parameter[Share] = Field(description="calls that end in a promise to pay")
    promise_days: Parameter[Annotated[float, Field(ge=0, le=365)]] = Field(
        description="days from the call until the promised payment; more days mean later cash"
    )
    promise_kept_share: Parameter[Share] = Field(
        description="promises that are kept; a broken one leads to the next call"
    )
    promise_grace_days: Parameter[_Days] = Field(
        default=Parameter[_Days](value=0.0),
        description="days after the promised day on which a promise counts as broken if no money "
        "has been sent",
    )
    broken_recall_days: Parameter[_Days | None] = Field(
        default=Parameter[_Days | None](value=None),
        description="days from a broken promise until the next call; none: as after any other call",
    )
    hold_after_broken_promises: Parameter[_Count] = Field(
        default=Parameter[_Count](value=0),
        description="a customer who has broken so many promises gets no new orders while anything "
        "is overdue; 0 for never",
    )
    hazard_ratio: Parameter[Annotated[float, Field(ge=1, le=100)]] = Field(
        description="how much faster a called customer pays without a promise; 1 has no effect"
    )
    hazard_days: Parameter[NonNegative] = Field(description="for how long a call has that effect")
