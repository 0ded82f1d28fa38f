"""Which assumed values of a company matter most: one moved at a time, in short paired runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mining.kpis import DEFINITIONS
from o2c_sim import CompanyModel, ToolkitError, Window, override, parameters
from o2c_sim.model.distribution import Family
from o2c_sim.model.value_text import brief_text
from scenarios.differences import MAIN, kpi_values
from scenarios.executors import Executor
from scenarios.experiment import run_replications

WINDOW = Window(30, 45, 45)
STEP = 0.25
# A smaller company tells as much about what matters, in a fraction of the time.
MOST_ORDERS_PER_WEEK = 40.0
# Below this share of a KPI a difference is the chance of a queue.
_NOTICED_PCT = 0.05
_LOOKED_AT_AGAIN = 20


@dataclass(frozen=True, slots=True)
class Influence:
    """How far one assumed value moves the main KPIs.

    Parameters
    ----------
    path
        In the model.
    now, tried
        Its value, and the one it was moved to.
    kpi
        The main KPI that it moves most.
    change_pct
        Of that KPI, with its sign, in percent of the company as it is.
    """

    path: str
    now: str
    tried: str
    kpi: str
    change_pct: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Assumed values by how much they matter.

    Parameters
    ----------
    influences
        The most important first; those that move nothing are left out.
    without_effect
        Paths that move no main KPI.
    not_moved
        Paths whose value is no number, or that are switched off.
    replications, runs, orders_per_week
        What it rests on.
    """

    influences: tuple[Influence, ...]
    without_effect: tuple[str, ...]
    not_moved: tuple[str, ...]
    replications: int
    runs: int
    orders_per_week: float

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "influences": [
                {
                    "path": one.path,
                    "now": one.now,
                    "tried": one.tried,
                    "kpi": one.kpi,
                    "change_pct": one.change_pct,
                }
                for one in self.influences
            ],
            "without_effect": list(self.without_effect),
            "not_moved": list(self.not_moved),
            "replications": self.replications,
            "runs": self.runs,
            "orders_per_week": self.orders_per_week,
        }

    def lines(self, most: int) -> list[str]:
        """Return the *most* important ones in sentences."""
        if not self.influences:
            return ["no assumed value moves a main KPI"]
        head = (
            f"assumed values that matter most, each moved by {STEP:.0%} alone "
            f"({self.runs} short runs of {self.orders_per_week:.3g} orders a week):"
        )
        return [head, *(f"  {one.path}: {self.effect(one)}" for one in self.influences[:most])]

    def effect(self, one: Influence) -> str:
        """Return what moving a value does, in words."""
        label = DEFINITIONS[one.kpi].label
        return f"{label} {one.change_pct:+.1f} % ({one.now} -> {one.tried})"

    def markdown(self) -> str:
        """Return it as a section of the calibration report."""
        rows = [
            f"| `{one.path}` | {one.now} | {one.tried} | {DEFINITIONS[one.kpi].label} | "
            f"{one.change_pct:+.1f} % |".replace("\n", " ")
            for one in self.influences
        ]
        said = (
            f"Each assumed value was moved alone by {STEP:.0%} in a paired run of "
            f"{WINDOW.measured_days:g} measured days of {self.orders_per_week:.3g} orders a week, "
            f"people in proportion, and the first {_LOOKED_AT_AGAIN} in {self.replications} runs. "
            "The main KPI that moves most is shown. It tells what to look into first, and is no "
            "forecast."
        )
        head = ["| parameter | now | tried | KPI | change |", "| --- | --- | --- | --- | --- |"]
        rest = (
            f"{len(self.without_effect)} others move no main KPI; {len(self.not_moved)} are no "
            "numbers, or switched off, and were not moved."
        )
        heading = "## Which assumptions matter most"
        return "\n".join([heading, "", said, "", *head, *rows, "", rest])


def rank_assumed(
    company: CompanyModel,
    paths: Sequence[str],
    *,
    seed: int = 1,
    replications: int = 3,
    window: Window = WINDOW,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ranking:
    """Return assumed values by how much they move the main KPIs.

    One paired run screens each value; the twenty that move most are looked at again.

    Parameters
    ----------
    company
        The company.
    paths
        Of its assumed values.
    seed, window, executor, workers, progress
        See :func:`scenarios.experiment.run_replications`.
    replications
        Of those that are looked at again; all under common random numbers.
    """
    small = reduced(company)
    moved, tried = _moved(small, paths)
    again = min(_LOOKED_AT_AGAIN, len(moved))
    total = 1 + len(moved) + (again + 1) * (replications - 1)

    def changes(names: Sequence[str], numbers: range, before: int) -> list[dict[str, list[float]]]:
        runs = run_replications(
            [small, *(moved[name] for name in names)],
            seed=seed,
            replications=numbers,
            window=window,
            executor=executor,
            workers=workers,
            progress=lambda done, _: progress(before + done, total),
        )
        now = {key: kpi_values(runs[0], key) for key in MAIN}
        return [
            {
                key: [
                    100 * (new - old) / abs(old) if old else math.nan
                    for new, old in zip(kpi_values(run, key), now[key], strict=True)
                ]
                for key in MAIN
            }
            for run in runs[1:]
        ]

    names = list(moved)
    found = dict(zip(names, changes(names, range(1), 0), strict=True)) if names else {}
    names.sort(key=lambda name: -abs(_largest(found[name])[1]))
    first, before = names[:again], 1 + len(moved)
    if first and replications > 1:
        for name, more in zip(first, changes(first, range(1, replications), before), strict=True):
            found[name] = {key: values + more[key] for key, values in found[name].items()}
    values = dict(parameters(small))
    influences = [
        Influence(name, brief_text(values[name].value), tried[name], *_largest(found[name]))
        for name in names
    ]
    noticed = [one for one in influences if abs(one.change_pct) >= _NOTICED_PCT]
    noticed.sort(key=lambda one: -abs(one.change_pct))
    return Ranking(
        tuple(noticed),
        tuple(one.path for one in influences if abs(one.change_pct) < _NOTICED_PCT),
        tuple(path for path in paths if path not in moved),
        replications,
        total,
        small.demand.orders_per_week.value,
    )


def _moved(
    company: CompanyModel, paths: Sequence[str]
) -> tuple[dict[str, CompanyModel], dict[str, str]]:
    """Return the company with each value moved alone, and the value in words."""
    moved: dict[str, CompanyModel] = {}
    tried: dict[str, str] = {}
    values = dict(parameters(company))
    for path in paths:
        # More people than are busy change nothing; fewer might.
        up, down = 1 + STEP, 1 - STEP
        for factor in (down, up) if path.endswith(".headcount") else (up, down):
            value = _multiplied(values[path].value, factor) if path in values else None
            if value is None or value == values[path].value:
                continue
            try:
                moved[path] = override(company, {path: _written(value)}, "ranking")
            except ToolkitError:
                continue
            tried[path] = brief_text(value)
            break
    return moved, tried


def _largest(changes: dict[str, list[float]]) -> tuple[str, float]:
    """Return the KPI that moves most, and by how many percent on average; 0 if none has a value."""
    means = {key: float(np.mean(values)) for key, values in changes.items()}
    known = {key: mean for key, mean in means.items() if math.isfinite(mean)}
    most = max(known, key=lambda key: abs(known[key]), default=MAIN[0])
    return most, known.get(most, 0.0)


def reduced(company: CompanyModel) -> CompanyModel:
    """Return a company with fewer orders, and people and customers to match, if it has many."""
    ratio = MOST_ORDERS_PER_WEEK / company.demand.orders_per_week.value
    if ratio >= 1:
        return company
    changes: dict[str, Any] = {
        "demand.orders_per_week": MOST_ORDERS_PER_WEEK,
        "customers.count": max(1, round(company.customers.count.value * ratio)),
        "products.count": max(1, round(company.products.count.value * ratio)),
    }
    for role, pool in company.staff.items():
        if not pool.teams.value:
            people = max(1, math.ceil(pool.headcount.value * ratio - 1e-9))
            changes[f"staff.{role}.headcount"] = people
    return override(company, changes, "fewer orders, for short runs")


def _multiplied(value: Any, factor: float) -> Any:
    """Return a value times a factor; None where that makes no sense."""
    if isinstance(value, Family):
        try:
            return value.scaled(factor)
        except ValueError:
            return None
    if isinstance(value, dict) and value and all(isinstance(i, Family) for i in value.values()):
        items = {key: _multiplied(item, factor) for key, item in value.items()}
        return None if None in items.values() else items
    if isinstance(value, bool) or not isinstance(value, int | float) or value == 0:
        return None
    if isinstance(value, int):
        step = max(1, round(abs(factor - 1) * value))
        return value + step if factor > 1 else value - step
    return value * factor


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    return value.model_dump(by_alias=True) if isinstance(value, Family) else value
