"""Steps of the company's own: done to some order lines some time after a milestone."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.own_steps import Milestone
from o2c_sim.process.activity import LINE, OwnActivity

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order, Part


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is called, how many lines have it, and when."""

    activity: OwnActivity
    occurs: Draws
    share: float
    delay_days: Draws


@dataclass(frozen=True, slots=True)
class OwnStepsPolicy:
    """The steps by what they follow; empty for nearly all companies."""

    after_entry: tuple[Step, ...]
    after_delivery: tuple[Step, ...]
    after_goods_issue: tuple[Step, ...]


def own_steps_policy(model: CompanyModel, streams: Streams) -> OwnStepsPolicy:
    """Compile the model's own steps."""

    def following(milestone: Milestone) -> tuple[Step, ...]:
        return tuple(
            Step(
                _activity(name),
                streams.draws(f"own_steps.occurs.{name}"),
                step.share,
                streams.draws(f"own_steps.delay.{name}", step.delay_days.quantile),
            )
            for name, step in model.own_steps.steps.value.items()
            if step.after == milestone
        )

    return OwnStepsPolicy(following("entry"), following("delivery"), following("goods_issue"))


def activities(models: Iterable[CompanyModel]) -> tuple[OwnActivity, ...]:
    """Return the activities that the steps of some models add to the vocabulary."""
    names = dict.fromkeys(name for model in models for name in model.own_steps.steps.value)
    return tuple(_activity(name) for name in names)


def _activity(name: str) -> OwnActivity:
    # Nobody's: the model does not say who does it.
    return OwnActivity(name, LINE, external=True)


def follow_entry(company: Company, order: Order) -> None:
    """Foresee the steps of an order's lines that follow its entry."""
    if company.own_steps.after_entry:
        _foresee(company, company.own_steps.after_entry, order, order.open_lines)


def follow_delivery(company: Company, parts: Iterable[Part]) -> None:
    """Foresee the steps of the lines of a delivery that follow its creation."""
    if company.own_steps.after_delivery:
        for order, slots in parts:
            _foresee(company, company.own_steps.after_delivery, order, slots)


def follow_goods_issue(company: Company, parts: Iterable[Part]) -> None:
    """Foresee the steps of the lines of a delivery that follow goods issue."""
    if company.own_steps.after_goods_issue:
        for order, slots in parts:
            _foresee(company, company.own_steps.after_goods_issue, order, slots)


def _foresee(company: Company, steps: tuple[Step, ...], order: Order, slots: list[int]) -> None:
    for slot in slots:
        line = order.first_line + slot
        for step in steps:
            if step.occurs.at(line) < step.share:
                company.start(_take(company, step, line))


def _take(company: Company, step: Step, line: int) -> Generator[Any, Any, None]:
    yield company.after(step.delay_days.at(line) * DAY)
    company.record(company.number_of(step.activity), line)
