"""Simulation-based calibration: what cannot be read off a log is set so that a run resembles it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mining.calibration.adoption import Value, adopt, rounded, value_of
from mining.calibration.company import Calibration
from mining.calibration.estimate import Estimate
from mining.calibration.trial import Trial, TrialRun
from mining.calibration.uncertainty import uncertainty_of
from o2c_sim import CompanyModel, parameters
from o2c_sim import vocabulary as v
from o2c_sim.model.distribution import Family
from o2c_sim.model.value_text import brief_text

_WIDEST = math.log(8)
_BUSY = 0.9
_COMFORTABLE = 0.75
_STAFF_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Tunable:
    """A parameter that acts on what a log shows, and that no log states.

    Parameters
    ----------
    path
        In the model; its value is multiplied.
    told_by
        Activities that must all be in the log for it to be tuned.
    """

    path: str
    told_by: tuple[str, ...]


TUNABLES = (
    Tunable("fulfilment.confirmed_lead_days", (v.CREATE_SALES_ORDER, v.CREATE_DELIVERY)),
    Tunable("fulfilment.dispatch_lead_days", (v.CREATE_DELIVERY, v.POST_GOODS_ISSUE)),
    Tunable("products.production_lead_days", (v.CREATE_SALES_ORDER, v.POST_GOODS_ISSUE)),
    Tunable("credit.review_wait_days", (v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK)),
    Tunable("customers.credit_limit_days", (v.RELEASE_CREDIT_BLOCK,)),
    Tunable("capture.clarification_wait_hours", (v.SET_ORDER_BLOCK, v.REMOVE_ORDER_BLOCK)),
    Tunable("capture.exception_share", (v.REMOVE_ORDER_BLOCK,)),
    Tunable("disputes.investigation_days", (v.OPEN_DISPUTE, v.RESOLVE_DISPUTE)),
)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning did.

    Parameters
    ----------
    changes
        Path, value before and value after, in words; empty if nothing was kept.
    staff
        Path of a headcount that was too small for the log's orders, before and after.
    loss_before, loss_after
        On the part of the log that was used.
    held_out_before, held_out_after
        On its last fifth, which was not.
    runs
        Simulated runs.
    kept
        Whether the held-out part confirms the tuned values; they are used only then.
    why
        Why nothing could be tuned; empty if something could.
    """

    changes: tuple[tuple[str, str, str], ...] = ()
    staff: tuple[tuple[str, int, int], ...] = ()
    loss_before: float = math.nan
    loss_after: float = math.nan
    held_out_before: float = math.nan
    held_out_after: float = math.nan
    runs: int = 0
    kept: bool = False
    why: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "changes": [
                {"path": path, "before": before, "after": after}
                for path, before, after in self.changes
            ],
            "staff": [
                {"path": path, "before": before, "after": after}
                for path, before, after in self.staff
            ],
            "loss": {"before": self.loss_before, "after": self.loss_after},
            "held_out_loss": {"before": self.held_out_before, "after": self.held_out_after},
            "runs": self.runs,
            "kept": self.kept,
            "why": self.why,
        }

    def lines(self) -> list[str]:
        """Return it in sentences."""
        lines = [
            f"{path}: {before} people would not keep up with the orders, so {after} are assumed"
            for path, before, after in self.staff
        ]
        if self.why:
            return [*lines, f"nothing was tuned: {self.why}"]
        verdict = (
            "the held-out part confirms it"
            if self.kept
            else "the held-out part does not confirm it, so the values stay as they were"
        )
        lines.append(
            f"tuned in {self.runs} runs: the distance from the log went from "
            f"{self.loss_before:.3g} to {self.loss_after:.3g}, on the last fifth, which was not "
            f"used, from {self.held_out_before:.3g} to {self.held_out_after:.3g}; {verdict}"
        )
        return lines + [f"{path}: {before} -> {after}" for path, before, after in self.changes]

    def markdown(self) -> str:
        """Return it as a section of the calibration report."""
        return "\n".join(["## Tuned by simulation", "", *(f"- {line}" for line in self.lines())])


def tune(
    found: Calibration,
    *,
    seed: int = 1,
    budget: int = 30,
    tunables: Sequence[Tunable] = TUNABLES,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Calibration, Tuned]:
    """Return a calibration whose tuned values bring a run nearer to the log.

    The distance is :func:`mining.calibration.log_statistics.loss`, taken on the first four fifths
    of the log; all runs share their random draws. Each tuned value is its reference value times a
    factor between 1/8 and 8, found by the simplex method of Nelder and Mead. Values from data are
    not touched.

    Parameters
    ----------
    found
        What estimators left.
    seed
        Of the runs.
    budget
        Number of runs at most.
    tunables
        What may be tuned, as far as it is assumed and the log tells of it.
    progress
        Called with the number of runs done, and of all.

    References
    ----------
    Nelder and Mead, "A simplex method for function minimization", The Computer Journal 7, 1965.
    """
    trial = Trial.of(found.source, seed)
    if trial is None:
        return found, Tuned(why="the log is too short, or has too few orders")
    count = 0

    def run(company: CompanyModel) -> TrialRun:
        nonlocal count
        count += 1
        progress(min(count, budget), budget)
        return trial.run(company)

    company, people = _enough_people(found, run, budget)
    found = _with(found, company, ())
    chosen = _chosen(found, tunables)
    if not chosen or budget - count < 2 * len(chosen) + 2:
        why = (
            "all that could be is known from the data, or does not show in the log"
            if not chosen
            else f"{budget} runs are too few for {len(chosen)} values"
        )
        return found, Tuned(staff=people, runs=count, why=why)
    best = _search(found.company, chosen, trial, run, budget - count - 1)
    before = run(found.company)
    after = run(best)
    result = Tuned(
        staff=people,
        loss_before=trial.loss(before),
        loss_after=trial.loss(after),
        held_out_before=trial.held_out_loss(before),
        held_out_after=trial.held_out_loss(after),
        runs=count,
    )
    told = dict(parameters(best))
    was = dict(parameters(found.company))
    changes = tuple(
        (path, brief_text(was[path].value), brief_text(told[path].value)) for path in chosen
    )
    # Without a second look, noise of the used part would be learned along with it.
    kept = result.loss_after < result.loss_before and not (
        result.held_out_after > result.held_out_before
    )
    result = replace(result, changes=changes, kept=kept)
    if not kept:
        return found, result
    estimates = tuple(
        Estimate(
            path,
            rounded(told[path].value),
            f"{found.source.name}: set by simulated runs so that lags and shares resemble the log",
            trial.real.orders,
            assumption="the other values are right; the shape is that of the reference company",
        )
        for path in chosen
    )
    return _with(found, best, estimates), result


def _enough_people(
    found: Calibration, run: Callable[[CompanyModel], TrialRun], budget: int
) -> tuple[CompanyModel, tuple[tuple[str, int, int], ...]]:
    """Give roles of unknown headcount the people that the orders need.

    The company of the log keeps up with its orders, or the log would show ever longer lags.
    """
    company = found.company
    unknown = [
        role
        for role, pool in company.staff.items()
        if pool.headcount.provenance == "assumed" and not pool.teams.value
    ]
    for _ in range(min(_STAFF_ROUNDS, budget)):
        busy = run(company).utilisation
        wanted = {
            role: math.ceil(company.staff[role].headcount.value * busy[role] / _COMFORTABLE)
            for role in unknown
            if busy.get(role, 0.0) > _BUSY
        }
        if not wanted:
            break
        # A desk that drowns shows no more than all its hours: doubling finds the end of it.
        company, _, _ = adopt(
            company,
            [
                Value(
                    f"staff.{role}.headcount",
                    max(people, 2 * company.staff[role].headcount.value),
                    "assumed",
                    "so many that the orders of the log do not pile up",
                )
                for role, people in wanted.items()
            ],
        )
    changed = tuple(
        (f"staff.{role}.headcount", before, after)
        for role in unknown
        if (before := found.company.staff[role].headcount.value)
        != (after := company.staff[role].headcount.value)
    )
    return company, changed


def _chosen(found: Calibration, tunables: Sequence[Tunable]) -> tuple[str, ...]:
    seen = set(found.source.log.activities)
    values = dict(parameters(found.company))
    return tuple(
        one.path
        for one in tunables
        if set(one.told_by) <= seen
        and one.path in values
        and values[one.path].provenance == "assumed"
        and _multiplied(values[one.path].value, 1.0) is not None
    )


def _multiplied(value: Any, factor: float) -> Any:
    """Return a number or distribution times a factor; None where that changes nothing."""
    if isinstance(value, Family):
        try:
            return value.scaled(factor) if value.highest() > 0 else None
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    return min(value * factor, 1.0) if value <= 1 else value * factor


def _search(
    company: CompanyModel,
    paths: Sequence[str],
    trial: Trial,
    run: Callable[[CompanyModel], TrialRun],
    budget: int,
) -> CompanyModel:
    """Return the company with the smallest loss that was seen."""
    from scipy import optimize

    values = dict(parameters(company))
    best, least = company, math.inf

    def at(logs: Sequence[float]) -> CompanyModel:
        wanted = [
            Value(
                path,
                rounded(_multiplied(values[path].value, math.exp(max(-_WIDEST, min(_WIDEST, x))))),
                "data",
                "tuned",
            )
            for path, x in zip(paths, logs, strict=True)
        ]
        return adopt(company, wanted)[0]

    def objective(logs: Any) -> float:
        nonlocal best, least
        model = at([float(x) for x in logs])
        found = trial.loss(run(model))
        if found < least:
            best, least = model, found
        return found

    start = np.zeros(len(paths))
    simplex = np.vstack([start, *(start + 0.7 * row for row in np.eye(len(paths)))])
    optimize.minimize(
        objective,
        start,
        method="Nelder-Mead",
        options={"maxfev": budget - 1, "initial_simplex": simplex, "xatol": 0.02, "fatol": 1e-3},
    )
    return best


def _with(
    found: Calibration, company: CompanyModel, estimates: tuple[Estimate, ...]
) -> Calibration:
    """Return a calibration with another company, evidence and uncertainty to match."""
    whole = tuple(sorted((*found.estimates, *estimates), key=lambda one: one.path))
    if estimates:
        company, _, _ = adopt(company, [value_of(one) for one in estimates])
    if company == found.company:
        return found
    return replace(
        found,
        company=company,
        estimates=whole,
        uncertainty=uncertainty_of(company, whole),
    )
