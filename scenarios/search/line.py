"""One number to search over: a lever alone, or a whole scenario scaled up and down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from o2c_sim import CompanyModel, Problem, ScenarioError, parameters
from scenarios.levers import LEVERS
from scenarios.search.evaluation import Evaluate, Point
from scenarios.search.factor import Factor

# Further than this a scenario is another scenario; a lever may allow 10,000 people. Assumed.
FARTHEST_SCALE_PCT = 500.0
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Line:
    """Points along one number, from today's side to the far side.

    Parameters
    ----------
    label, unit
        Of the number, for people.
    start, end
        Where the search begins and ends; the end may be the smaller one.
    whole
        Whether only whole numbers make sense.
    point
        Number to point.
    """

    label: str
    unit: str
    start: float
    end: float
    whole: bool
    point: Callable[[float], Point]

    @property
    def steps(self) -> int:
        """Whole steps from start to end; 0 where the number is continuous."""
        return round(abs(self.end - self.start)) if self.whole else 0

    def at(self, position: float) -> float:
        """Return the number at a position, 0 (start) to 1 (end)."""
        value = self.start + position * (self.end - self.start)
        return float(round(value)) if self.whole else round(value, _DECIMALS)


def factor_line(factor: Factor, among: Point | None = None) -> Line:
    """Return the line along one factor, from the end of its range that is nearer to today.

    Parameters
    ----------
    factor
        A range of numbers.
    among
        Other settings that hold all along the line.

    Raises
    ------
    ScenarioError
        If the factor is not a range of numbers.
    """
    if factor.choices:
        raise ScenarioError(
            Problem(f"{factor.name}: a break-even needs a range of numbers", allowed="LOW:HIGH")
        )
    others = {name: value for name, value in (among or {}).items() if name != factor.name}
    ends = (factor.low, factor.high)
    if isinstance(factor.now, int | float) and abs(factor.now - factor.high) < abs(
        factor.now - factor.low
    ):
        ends = (factor.high, factor.low)
    return Line(
        factor.label or factor.name,
        factor.unit,
        *ends,
        factor.whole,
        lambda value: {**others, factor.name: int(value) if factor.whole else value},
    )


def scenario_line(
    name: str,
    model: CompanyModel,
    levers: Mapping[str, Any],
    overrides: Mapping[str, Any],
) -> Line:
    """Return a scenario scaled from 0 % (the company as it is) to 100 % (as it is written).

    Every number moves in proportion, people rounded to whole ones, and stops at its lever's
    allowed end beyond 100 %. Words, and parameters that are no single number, are as in the
    scenario at every scale above 0 %.
    """
    known = {path: parameter.value for path, parameter in parameters(model)}
    moves = [_lever_move(lever, model, target) for lever, target in levers.items()]
    moves += [_Move(path, known.get(path), target, 1.0) for path, target in overrides.items()]

    def point(scale_pct: float) -> Point:
        return {} if scale_pct == 0 else {move.name: move.at(scale_pct / 100) for move in moves}

    return Line(f"scale of {name}", "%", 0.0, 100.0, False, point)


def beyond(line: Line, evaluate: Evaluate, levers: Mapping[str, Any], model: CompanyModel) -> Line:
    """Return the line of a scenario from 100 % to where its last lever meets its allowed end.

    It ends sooner where the company cannot be so, and at :data:`FARTHEST_SCALE_PCT` at the latest.
    Its end is its start where nothing lies beyond.
    """
    moves = [_lever_move(lever, model, target) for lever, target in levers.items()]
    last = min(FARTHEST_SCALE_PCT, 100 * max((move.last for move in moves), default=1.0))
    if last > 100 and evaluate.refusal(line.point(last)):
        allowed, refused = 100.0, last
        while refused - allowed > 1:
            middle = (allowed + refused) / 2
            if evaluate.refusal(line.point(middle)):
                refused = middle
            else:
                allowed = middle
        last = allowed
    return replace(line, start=100.0, end=round(max(100.0, last), 3))


@dataclass(frozen=True, slots=True)
class _Move:
    """How one setting follows the scale: from today's value to the scenario's and on."""

    name: str
    now: Any
    target: Any
    last: float
    low: float = float("-inf")
    high: float = float("inf")
    whole: bool = False

    def at(self, scale: float) -> Any:
        if not (_is_number(self.now) and _is_number(self.target)):
            return self.target
        value = self.now + min(scale, self.last) * (self.target - self.now)
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else round(value, _DECIMALS)


def _lever_move(name: str, model: CompanyModel, target: Any) -> _Move:
    lever = LEVERS[name]
    now: Any = lever.read(model)
    last = 1.0
    if _is_number(now) and _is_number(target) and target != now:
        last = max(1.0, ((lever.high if target > now else lever.low) - now) / (target - now))
    return _Move(name, now, target, last, lever.low, lever.high, lever.unit == "people")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
