"""From the baseline's receivables to the scenario's, posting kind by posting kind, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from o2c_sim import ScenarioError
from scenarios.estimate import Estimate
from scenarios.money.paired_runs import MINOR_UNITS, MeasuredRun, Minor, flow, require_paired
from scenarios.money.results import Amount
from scenarios.statistics import t_interval

# What each flow of the roll-forward does to the receivables.
_RECEIVABLES = {
    "invoices": 1,
    "cancellations": -1,
    "credit_memos": -1,
    "discounts": -1,
    "cash_applied": -1,
    "reopened": 1,
    "write_offs": -1,
}
_UNAPPLIED = {
    "receipts": 1,
    "account_credits": 1,
    "cash_applied": -1,
    "refunds": -1,
    "returned": -1,
    "reopened": 1,
}
_CASH = {"receipts": 1, "recoveries": 1, "refunds": -1, "returned": -1, "fees": -1}
_LABELS = {
    "opening": "Open when the measured days begin",
    "invoices": "Invoices",
    "cancellations": "Invoices cancelled",
    "credit_memos": "Credit memos on open items",
    "discounts": "Cash discounts",
    "cash_applied": "Payments applied",
    "reopened": "Opened again by returned payments",
    "write_offs": "Written off",
}


def net_receipts(runs: Sequence[MeasuredRun]) -> Minor:
    """Return what the bank account gains each day, shape (replications, days), minor units.

    Receipts and recoveries less refunds, returned payments and fees.
    """
    return _signed(runs, _CASH)


def require_reconciled(runs: Sequence[MeasuredRun]) -> None:
    """Check that the flows explain the balances of every day.

    Raises
    ------
    ScenarioError
        If receivables, unapplied cash or cash move by what no flow explains.
    """
    for name, signs, closing in (
        ("receivables", _RECEIVABLES, flow(runs, "closing")),
        ("unapplied cash", _UNAPPLIED, flow(runs, "closing_unapplied")),
        ("cash", _CASH, flow(runs, "closing_cash")),
    ):
        explained = _signed(runs, signs)
        moved = np.diff(closing, axis=1)
        gaps = moved - explained[:, 1:]
        if np.any(gaps):
            replication, day = (int(place[0]) for place in np.nonzero(gaps))
            raise ScenarioError(
                f"replication {replication}, measured day {day + 2}: {name} move by "
                f"{moved[replication, day]} minor units and their flows by "
                f"{explained[replication, day + 1]}"
            )
    opened = flow(runs, "closing") - _signed(runs, _RECEIVABLES)
    if np.any(opened[:, 0] != flow(runs, "opening")[:, 0]):
        raise ScenarioError("receivables on the first measured day do not follow from its flows")


def receivables_bridge(
    baseline: Sequence[MeasuredRun], scenario: Sequence[MeasuredRun], confidence: float
) -> tuple[tuple[Amount, ...], Estimate]:
    """Return what makes the scenario's closing receivables differ from the baseline's.

    Returns
    -------
    tuple
        The parts, currency, positive where receivables are higher in the scenario; and their sum,
        the difference of the closing balances of the last measured day.

    Raises
    ------
    ScenarioError
        If the books do not reconcile.
    """
    require_paired(baseline, scenario)
    for runs in (baseline, scenario):
        require_reconciled(runs)
    parts = {"opening": _difference(baseline, scenario, "opening")[:, 0]}
    for name, sign in _RECEIVABLES.items():
        parts[name] = sign * _difference(baseline, scenario, name).sum(axis=1)
    closing = _difference(baseline, scenario, "closing")[:, -1]
    assert np.array_equal(np.sum(list(parts.values()), axis=0), closing)
    return (
        tuple(
            Amount(name, _LABELS[name], t_interval(value / MINOR_UNITS, confidence))
            for name, value in parts.items()
        ),
        t_interval(closing / MINOR_UNITS, confidence),
    )


def _difference(
    baseline: Sequence[MeasuredRun], scenario: Sequence[MeasuredRun], name: str
) -> Minor:
    return flow(scenario, name) - flow(baseline, name)


def _signed(runs: Sequence[MeasuredRun], signs: Mapping[str, int]) -> Minor:
    total: Minor = np.sum([sign * flow(runs, name) for name, sign in signs.items()], axis=0)
    return total
