"""What a search asks: the responses of points, replication by replication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from mining.kpis import DEFINITIONS
from o2c_sim import CompanyModel, Problem, ScenarioError, ToolkitError, override, parameters
from o2c_sim.errors import did_you_mean
from o2c_sim.model.distribution import Constant
from scenarios.levers import LEVERS, changes

if TYPE_CHECKING:
    from scenarios.replication import Replication

Array = npt.NDArray[np.float64]
Point = Mapping[str, Any]
Key = tuple[tuple[str, str], ...]
Runs = Callable[[Sequence[CompanyModel], range], "list[list[Replication]]"]


class Evaluate(Protocol):
    """Gives the responses of points; replication r of every point meets the same luck."""

    @property
    def responses(self) -> tuple[str, ...]:
        """Names of the responses, in the order of the result's last axis."""
        ...

    def __call__(self, points: Sequence[Point], replications: range) -> Array:
        """Return the responses, shape (points, replications, responses).

        An empty point is the company as it is. What was asked before is not run again.
        """
        ...

    def refusal(self, point: Point) -> str:
        """Return why a point cannot be, or an empty text."""
        ...


class CompanyEvaluation:
    """Runs a company with the levers and parameters of each point.

    Parameters
    ----------
    model
        The company as it is.
    responses
        KPI keys.
    runs
        Returns the replications of each model; see :func:`company_runs`.

    Raises
    ------
    ScenarioError
        If a response is not a KPI.
    """

    def __init__(self, model: CompanyModel, responses: Sequence[str], runs: Runs) -> None:
        unknown = [key for key in responses if key not in DEFINITIONS]
        if unknown:
            raise ScenarioError(
                [
                    Problem(
                        f"unknown KPI {key!r}",
                        allowed=", ".join(DEFINITIONS),
                        suggestion=did_you_mean(key, DEFINITIONS),
                    )
                    for key in unknown
                ]
            )
        self.model = model
        self.warnings: dict[str, int] = {}
        self._responses = tuple(responses)
        self._runs = runs
        self._today: dict[str, Any] = {}
        self._known: dict[Key, dict[int, Array]] = {}

    @property
    def responses(self) -> tuple[str, ...]:
        """KPI keys."""
        return self._responses

    @property
    def runs(self) -> int:
        """The number of runs so far."""
        return sum(len(known) for known in self._known.values())

    def __call__(self, points: Sequence[Point], replications: range) -> Array:
        """Return the responses, shape (points, replications, responses).

        Raises
        ------
        ScenarioError
            If the company cannot be as a point says, or a KPI has no value in a run.
        """
        keys_of = [_key(self._moved(point)) for point in points]
        wanted = dict(zip(keys_of, points, strict=True))
        missing = [
            (tuple(r for r in replications if r not in self._known.get(key, {})), key)
            for key in wanted
        ]
        # One call for all points that lack the same replications keeps every worker busy.
        missing.sort(key=lambda item: item[0])
        for lacking, group in groupby(missing, key=lambda item: item[0]):
            keys = [key for _, key in group]
            models = [self.at(wanted[key]) for key in keys] if lacking else []
            for span in _spans(lacking):
                for key, results in zip(keys, self._runs(models, span), strict=True):
                    self._keep(key, wanted[key], span, results)
        found = [[self._known[key][r] for r in replications] for key in keys_of]
        return np.array(found).reshape(len(points), len(replications), len(self._responses))

    def refusal(self, point: Point) -> str:
        """Return why the company cannot be as a point says, or an empty text."""
        try:
            self.at(point)
        except ToolkitError as error:
            return error.problems[0].message
        return ""

    def at(self, point: Point) -> CompanyModel:
        """Return the company as a point says."""
        return at_point(self.model, point)

    def _moved(self, point: Point) -> Point:
        """Return what a point changes: a lever that stays where it is asks for no run."""
        return {name: value for name, value in point.items() if self._now(name) != value}

    def _now(self, name: str) -> Any:
        """Return today's value of a lever or parameter; None where it has no single one."""
        if name not in self._today:
            lever = LEVERS.get(name)
            if lever is None:
                known = {path: parameter.value for path, parameter in parameters(self.model)}
                value = known.get(name)
                self._today[name] = value.value if isinstance(value, Constant) else value
            else:
                self._today[name] = lever.read(self.model)
        return self._today[name]

    def _keep(
        self,
        key: Key,
        point: Point,
        span: range,
        results: Sequence[Replication],
    ) -> None:
        known = self._known.setdefault(key, {})
        for replication, result in zip(span, results, strict=True):
            for text in result.warnings:
                self.warnings[text] = self.warnings.get(text, 0) + 1
            values = np.array([result.kpis[name] for name in self._responses], dtype=float)
            gaps = [name for name, v in zip(self._responses, values, strict=True) if np.isnan(v)]
            if gaps:
                raise ScenarioError(
                    Problem(
                        f"{', '.join(gaps)} has no value in replication {replication}",
                        where=point_text(point),
                        suggestion="a longer window, or another KPI",
                    )
                )
            known[replication] = values


def run_all(evaluate: Evaluate, points: Sequence[Point], replications: range) -> Array:
    """Run all points; those that cannot be are named before the first run.

    Raises
    ------
    ScenarioError
        With every reason why a point cannot be; with fewer than two replications.
    """
    if len(replications) < 2:
        raise ScenarioError(Problem(f"{len(replications)} replications", allowed="2 or more"))
    refused = {reason for point in points if (reason := evaluate.refusal(point))}
    if refused:
        raise ScenarioError(
            [
                Problem(reason, suggestion="ranges that go together, or fewer factors")
                for reason in sorted(refused)
            ]
        )
    return evaluate(points, replications)


def at_point(model: CompanyModel, point: Point) -> CompanyModel:
    """Return the company with the levers and parameters of a point; levers apply first.

    Raises
    ------
    ScenarioError, ModelError
        If the company cannot be so.
    """
    levers = {name: value for name, value in point.items() if name in LEVERS}
    direct: dict[str, Any] = {name: value for name, value in point.items() if name not in LEVERS}
    where = point_text(point)
    wanted = {**changes(model, levers, where), **direct}
    return override(model, wanted, where) if wanted else model


def point_text(point: Point) -> str:
    """Return a point in words."""
    parts = (f"{k}={v:g}" if isinstance(v, int | float) else f"{k}={v}" for k, v in point.items())
    return ", ".join(parts) or "the company as it is"


def company_runs(
    *, seed: int, progress: Callable[[int], None] = lambda done: None, **how: Any
) -> Runs:
    """Return the runs of an experiment with this seed.

    Parameters
    ----------
    seed
        Of the experiment.
    progress
        Called with the number of runs finished so far, in all calls together.
    how
        Window, executor, store and the like; see :func:`scenarios.experiment.run_replications`.
    """
    from scenarios.experiment import run_replications

    before = 0

    def runs(models: Sequence[CompanyModel], replications: range) -> list[list[Replication]]:
        nonlocal before
        found = run_replications(
            models,
            seed=seed,
            replications=replications,
            progress=lambda done, total: progress(before + done),
            **how,
        )
        before += len(models) * len(replications)
        return found

    return runs


def _key(point: Point) -> Key:
    return tuple(sorted((name, repr(value)) for name, value in point.items()))


def _spans(numbers: Sequence[int]) -> list[range]:
    """Return consecutive numbers as ranges."""
    spans: list[range] = []
    for number in numbers:
        if spans and spans[-1].stop == number:
            spans[-1] = range(spans[-1].start, number + 1)
        else:
            spans.append(range(number, number + 1))
    return spans
