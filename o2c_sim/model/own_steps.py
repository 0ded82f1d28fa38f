"""Steps of the company's own, which the reference cycle does not have, as data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from o2c_sim.model.distribution import Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import Section, Share
from o2c_sim.vocabulary import ACTIVITIES

Milestone = Literal["entry", "delivery", "goods_issue"]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class OwnStep(Section):
    """One activity besides those of the reference cycle."""

    after: Milestone = Field(
        description="what it follows: the entry of the order, the creation of the delivery, or "
        "goods issue"
    )
    share: Share = Field(description="order lines that get there and have the step")
    delay_days: Distribution = Field(description="from there until the step, calendar days")


class OwnStepsModel(Section):
    """What a company does besides the reference cycle; it is logged, and nothing waits for it."""

    steps: Parameter[dict[_Name, OwnStep]] = Field(
        default=Parameter[dict[_Name, OwnStep]](value={}),
        description="activities by name, as they stand in the log, such as a check or a further "
        "document, each with what it follows, its share and its delay; what they make others "
        "wait is in the lead times",
    )

    @model_validator(mode="after")
    def _new_names(self) -> OwnStepsModel:
        known = sorted(set(self.steps.value).intersection(ACTIVITIES))
        if known:
            raise ValueError(f"steps: the cycle has {', '.join(known)} already")
        return self
