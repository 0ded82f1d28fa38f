"""``model.yaml`` of a discovered process: what a person reads and edits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.compat import StringIO

from o2c_sim.discovered.model import (
    Arrivals,
    DiscoveredModel,
    Floats,
    Histories,
    Pool,
    Routing,
)
from o2c_sim.discovered.week_text import week_as_text, week_of
from o2c_sim.discovered.weeks import ALWAYS
from o2c_sim.model.section import WEEKDAYS, Share, Weekday

KIND = "discovered"
MOST_PEOPLE = 10_000_000
Text = Annotated[str, Field(min_length=1, max_length=1_000)]
_Factor = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
_Hours = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1, le=MOST_PEOPLE, strict=True)]
_DayShares = Annotated[list[_Hours], Field(min_length=24, max_length=24)]
_TITLE = """\
A process discovered from a log. The cases themselves are in histories.parquet.
To be edited: arrivals.per_week, routing, capacity and week of pools (hours in UTC), and work_factor
and delay_factor of activities. What else is said of activities is read off the histories.
"""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ArrivalsPart(_Part):
    """See :class:`~o2c_sim.discovered.model.Arrivals`."""

    per_week: float = Field(gt=0, le=1e9, allow_inf_nan=False)
    block: float = Field(ge=1, le=1e9, allow_inf_nan=False)
    profile: dict[Weekday, _DayShares]

    @field_validator("profile")
    @classmethod
    def _whole(cls, profile: dict[Weekday, list[float]]) -> dict[Weekday, list[float]]:
        missing = [day for day in WEEKDAYS if day not in profile]
        if missing:
            raise ValueError(f"{', '.join(missing)} missing; allowed: 24 shares of each weekday")
        total = sum(map(sum, profile.values()))
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the week's hours add up to {total:g}; allowed: 1")
        return profile


class RoutingPart(_Part):
    """See :class:`~o2c_sim.discovered.model.Routing`."""

    switch_share: Share
    neighbours: _Count
    memory: int = Field(ge=1, le=100, strict=True)
    least: _Count
    stratified: bool = False


class PoolPart(_Part):
    """See :class:`~o2c_sim.discovered.model.Pool`."""

    capacity: _Count
    resources: Annotated[list[Text], Field(min_length=1)]
    week: Literal["always"] | dict[Weekday, str]

    @field_validator("week")
    @classmethod
    def _hours(cls, week: str | dict[Weekday, str]) -> str | dict[Weekday, str]:
        if isinstance(week, dict):
            week_of(week)
        return week

    @field_validator("resources")
    @classmethod
    def _different(cls, resources: list[str]) -> list[str]:
        if len(set(resources)) < len(resources):
            raise ValueError("a name is there twice; allowed: different names")
        return resources


class ActivityPart(_Part):
    """What the histories say of an activity, and by what its hours are multiplied."""

    steps: int = Field(ge=0)
    cases: int = Field(ge=0)
    median_work_hours: _Hours
    median_delay_hours: _Hours
    work_factor: _Factor = 1.0
    delay_factor: _Factor = 1.0

    def facts(self) -> tuple[float, ...]:
        """Return what is read off the histories."""
        return self.steps, self.cases, self.median_work_hours, self.median_delay_hours


class Document(_Part):
    """The whole file."""

    kind: Literal["discovered"]
    schema_version: Literal[1]
    name: Text
    source: str
    arrivals: ArrivalsPart
    routing: RoutingPart
    pools: dict[Text, PoolPart]
    activities: Annotated[dict[Text, ActivityPart], Field(min_length=1)]

    def arrivals_with(self, gaps: Floats) -> Arrivals:
        """Return the arrivals, with gaps that are kept elsewhere."""
        profile = np.array([share for day in WEEKDAYS for share in self.arrivals.profile[day]])
        return Arrivals(self.arrivals.per_week, profile, gaps, self.arrivals.block)

    def pools_of_model(self) -> tuple[Pool, ...]:
        """Return the pools."""
        return tuple(
            Pool(
                name,
                tuple(part.resources),
                part.capacity,
                ALWAYS if isinstance(part.week, str) else week_of(part.week),
            )
            for name, part in self.pools.items()
        )

    def routing_of_model(self) -> Routing:
        """Return the routing."""
        return Routing(**self.routing.model_dump())


def facts(histories: Histories, activities: tuple[str, ...]) -> dict[str, ActivityPart]:
    """Return what the histories say of each activity."""
    case = np.repeat(np.arange(histories.cases), np.diff(histories.case))
    found = {}
    for number, name in enumerate(activities):
        own = histories.activity == number
        hours = [
            float(f"{np.median(values[own]):.6g}") if own.any() else 0.0
            for values in (histories.work_hours, histories.delay_hours)
        ]
        found[name] = ActivityPart(
            steps=int(own.sum()),
            cases=int(np.unique(case[own]).size),
            median_work_hours=hours[0],
            median_delay_hours=hours[1],
        )
    return found


def document_text(model: DiscoveredModel) -> str:
    """Return ``model.yaml`` of a model."""
    arrivals = model.arrivals
    by_day = np.asarray(arrivals.profile, dtype=np.float64).reshape(7, 24).tolist()
    content: dict[str, Any] = {
        "kind": KIND,
        "schema_version": 1,
        "name": model.name,
        "source": model.source,
        "arrivals": {
            "per_week": float(arrivals.per_week),
            "block": float(arrivals.block),
            "profile": {day: _flow(shares) for day, shares in zip(WEEKDAYS, by_day, strict=True)},
        },
        "routing": {
            "switch_share": float(model.routing.switch_share),
            "neighbours": int(model.routing.neighbours),
            "memory": int(model.routing.memory),
            "least": int(model.routing.least),
            "stratified": model.routing.stratified,
        },
        "pools": {
            pool.name: {
                "capacity": int(pool.capacity),
                "week": week_as_text(pool.week),
                "resources": _flow(pool.resources),
            }
            for pool in model.pools
        },
        "activities": {
            name: part.model_dump()
            for name, part in facts(model.histories, model.activities).items()
        },
    }
    tree = CommentedMap(content)
    tree.yaml_set_start_comment(_TITLE)
    text = StringIO()
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 100
    yaml.dump(tree, text)
    # The library leaves a blank at the end of a line that it breaks.
    return "\n".join(line.rstrip() for line in text.getvalue().split("\n"))


def _flow(values: Any) -> CommentedSeq:
    sequence = CommentedSeq(values)
    sequence.fa.set_flow_style()
    return sequence
