"""An invented comparison with realistic numbers: what the reports are tried on."""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter, defaultdict

import numpy as np
import polars as pl

from mining.kpis import KpiDefinition
from mining.performance import DirectlyFollows
from scenarios.comparison import (
    Band,
    Comparison,
    Estimate,
    LeverSetting,
    MetricDifference,
    ParameterSource,
    ScenarioOutcome,
)

DAYS = 180
REPLICATIONS = 10

# activity: (next activity, probability, median hours); None ends the case.
FLOW = {
    "Receive Order": (("Create Sales Order", 1.0, 3.1),),
    "Create Sales Order": (("Check Credit", 0.82, 1.2), ("Set Order Block", 0.18, 0.4)),
    "Set Order Block": (("Clarify Order", 1.0, 9.5),),
    "Clarify Order": (("Remove Order Block", 0.93, 6.2), ("Cancel Order", 0.07, 20.0)),
    "Remove Order Block": (("Check Credit", 1.0, 1.1),),
    "Check Credit": (("Confirm Order", 0.86, 0.8), ("Set Credit Block", 0.14, 0.1)),
    "Set Credit Block": (("Release Credit Block", 0.88, 22.0), ("Deny Credit", 0.12, 30.0)),
    "Release Credit Block": (("Confirm Order", 0.9, 1.4), ("Check Credit", 0.1, 2.0)),
    "Deny Credit": (("Cancel Order", 1.0, 4.0),),
    "Cancel Order": ((None, 1.0, 0.0),),
    "Confirm Order": (("Create Delivery", 1.0, 30.0),),
    "Create Delivery": (("Pick and Pack", 1.0, 6.0),),
    "Pick and Pack": (("Post Goods Issue", 0.96, 3.0), ("Pick and Pack", 0.04, 5.0)),
    "Post Goods Issue": (("Create Invoice", 0.9, 20.0), ("Create Delivery", 0.1, 60.0)),
    "Create Invoice": (("Send Invoice", 1.0, 4.0),),
    "Send Invoice": (
        ("Receive Payment", 0.68, 840.0), ("Send Dunning Level 1", 0.29, 1030.0), (None, 0.03, 0.0),
    ),
    "Send Dunning Level 1": (
        ("Receive Payment", 0.9, 190.0), ("Send Dunning Level 1", 0.05, 240.0),
        ("Write Off Invoice", 0.05, 900.0),
    ),
    "Receive Payment": (("Clear Invoice", 0.97, 8.0), ("Receive Payment", 0.03, 300.0)),
    "Clear Invoice": ((None, 1.0, 0.0),),
    "Write Off Invoice": ((None, 1.0, 0.0),),
}  # fmt: skip

# key: (label, unit, better, baseline, standard deviation between replications)
KPIS = {
    "order_processing_mean_hours": ("Order processing, mean", "hours", "lower", 14.6, 0.5),
    "order_processing_median_hours": ("Order processing, median", "hours", "lower", 6.9, 0.2),
    "order_processing_p90_hours": (
        "Order processing, 90th percentile",
        "hours",
        "lower",
        38.2,
        1.9,
    ),
    "order_to_cash_mean_days": ("Order to cash, mean", "days", "lower", 52.4, 0.6),
    "order_to_cash_median_days": ("Order to cash, median", "days", "lower", 49.0, 0.5),
    "order_to_cash_p90_days": ("Order to cash, 90th percentile", "days", "lower", 81.7, 1.4),
    "invoice_to_cash_mean_days": ("Invoice to cash, mean", "days", "lower", 43.8, 0.5),
    "invoice_to_cash_median_days": ("Invoice to cash, median", "days", "lower", 40.1, 0.4),
    "invoice_to_cash_p90_days": ("Invoice to cash, 90th percentile", "days", "lower", 70.3, 1.2),
    "invoice_lag_mean_days": ("Invoice lag, mean", "days", "lower", 1.9, 0.1),
    "dso_simple_days": ("DSO, simple", "days", "lower", 46.2, 0.9),
    "best_possible_dso_days": ("Best possible DSO", "days", "lower", 34.0, 0.4),
    "days_late_mean_days": ("Days late, mean", "days", "lower", 9.8, 0.3),
    "late_share": ("Paid late", "share", "lower", 0.412, 0.008),
    "touchless_share": ("Touchless orders", "share", "higher", 0.31, 0.01),
    "credit_hold_share": ("Orders held for credit", "share", "lower", 0.14, 0.004),
    "receivables_mean": ("Open receivables, mean", "currency", "lower", 7.42e6, 1.1e5),
    "cash_tied_up_mean": ("Cash received", "currency", "higher", 28.6e6, 2.4e5),
    "bad_debt_share": ("Written off", "share", "lower", 0.0062, 0.0011),
    "open_share": ("Open at the end of the run", "share", "neither", 0.031, 0.003),
}
DEFINITIONS = {
    key: KpiDefinition(
        key,
        label,
        unit,
        f"the formula of {label}, in words",
        "orders received in the measured period; open ones are counted apart",
        "APQC 10171; domain reference section 4",
        better,
    )
    for key, (label, unit, better, _, _) in KPIS.items()
}

# name: (title, KPI key to relative change)
SCENARIOS = {
    "credit": (
        "Automatic credit check",
        {
            "order_processing": -0.42, "order_to_cash": -0.018, "touchless": 0.9,
            "credit_hold": -0.3, "cash_tied_up": 0.009, "receivables": -0.002,
        },
    ),
    "billing": (
        "Daily billing and e-invoices",
        {
            "order_to_cash": -0.122, "invoice_to_cash": -0.103, "invoice_lag": -0.6, "dso": -0.11,
            "days_late": -0.22, "late": -0.15, "receivables": -0.13, "cash_tied_up": 0.042,
        },
    ),
    "dunning": (
        "Reminder before the due date",
        {
            "order_to_cash": -0.003, "invoice_to_cash": -0.004, "late": 0.031, "days_late": 0.08,
            "cash_tied_up": -0.001,
        },
    ),
}  # fmt: skip


def directly_follows(cases: int = 2000, seed: int = 1, speed: float = 1.0) -> DirectlyFollows:
    """Return the graph of cases that walk FLOW at random; *speed* scales the credit block."""
    rng = random.Random(seed)
    edges: dict[tuple[str, str], list[float]] = defaultdict(list)
    events, starts, ends = Counter(), Counter(), Counter()
    for _ in range(cases):
        here = "Receive Order"
        starts[here] += 1
        while True:
            events[here] += 1
            options = [list(option) for option in FLOW[here]]
            if here == "Check Credit":
                options[1][1] *= speed
                options[0][1] = 1 - options[1][1]
            target, _, hours = rng.choices(options, [option[1] for option in options])[0]
            if target is None:
                ends[here] += 1
                break
            edges[here, target].append(hours * rng.lognormvariate(0, 0.6))
            here = target
    return graph_of(edges, events, starts, ends)


def graph_of(
    edges: dict[tuple[str, str], list[float]],
    events: dict[str, int],
    starts: dict[str, int],
    ends: dict[str, int],
) -> DirectlyFollows:
    """Return a graph from the hours of each path and the counts of activities."""
    rows = [
        (a, b, len(hours), len(hours), statistics.mean(hours), statistics.median(hours),
         float(np.quantile(hours, 0.9)))
        for (a, b), hours in edges.items()
    ]  # fmt: skip
    automated = {"Check Credit": 0.62, "Create Invoice": 0.9, "Send Invoice": 1.0}
    floats = ("mean_hours", "median_hours", "p90_hours")
    return DirectlyFollows(
        edges=pl.DataFrame(
            rows,
            schema={
                "source": pl.String,
                "target": pl.String,
                "count": pl.Int64,
                "cases": pl.Int64,
                **dict.fromkeys(floats, pl.Float64),
            },
            orient="row",
        ),
        activities=pl.DataFrame(
            [(name, count, count, automated.get(name)) for name, count in events.items()],
            schema={
                "activity": pl.String,
                "count": pl.Int64,
                "cases": pl.Int64,
                "automated_share": pl.Float64,
            },
            orient="row",
        ),
        starts=_counts(starts),
        ends=_counts(ends),
        cases=sum(starts.values()),
        events=sum(events.values()),
    )


def estimate(mean: float, deviation: float, replications: int = REPLICATIONS) -> Estimate:
    """Return an estimate with a 95 % t interval for ten replications."""
    half = 2.262 * deviation / math.sqrt(replications)
    return Estimate(mean, mean - half, mean + half, deviation, replications, 0.95)


def difference(
    metric: str, baseline: float, scenario: float, deviation: float, *, detected: bool | None = None
) -> MetricDifference:
    """Return a paired difference whose deviation is *deviation*."""
    change = estimate(scenario - baseline, deviation)
    found = change.low > 0 or change.high < 0
    relative = estimate(100 * change.mean / baseline, 100 * deviation / baseline)
    return MetricDifference(
        metric=metric,
        baseline=estimate(baseline, 3 * deviation),
        scenario=estimate(scenario, 3 * deviation),
        difference=change,
        relative_pct=relative if baseline else None,
        adjusted_p=0.001 if found else 0.62,
        detected=found if detected is None else detected,
    )


def example_comparison(*, scenarios: int = 3) -> Comparison:
    """Return a baseline and up to three scenarios of an invented company."""
    outcomes = [_outcome("baseline", "Baseline", {}, directly_follows(seed=1))]
    differences = {}
    for number, (name, (title, changes)) in enumerate(list(SCENARIOS.items())[:scenarios]):
        graph = directly_follows(seed=2 + number, speed=0.25 if name == "credit" else 1.0)
        outcomes.append(_outcome(name, title, changes, graph))
        differences[name] = tuple(
            difference(key, base, base * (1 + _change(key, changes)), sd / 3)
            for key, (_, _, _, base, sd) in KPIS.items()
        )
    return Comparison(
        company="Rheinwerk Components",
        currency="EUR",
        seed=20260101,
        replications=REPLICATIONS,
        confidence=0.95,
        warm_up_days=90,
        measured_days=DAYS,
        cool_down_days=120,
        orders=2003.4,
        outcomes=tuple(outcomes),
        differences=differences,
        terms_bound=dict(zip(("baseline", *SCENARIOS), (0.71, 0.71, 0.79, 0.70), strict=True)),
        parameters=_parameters(),
        checks={
            "Token-replay fitness": "0.998 of 2 003 orders",
            "Receivables ledger": "closes to the cent in all 10 replications",
        },
        command="o2c compare company.yaml scenarios/credit.yaml scenarios/billing.yaml "
        "scenarios/dunning.yaml --replications 10 --seed 20260101",
        versions={"o2c-toolkit": "0.1.0", "numpy": "2.3.1", "pm4py": "2.7.19", "python": "3.11.9"},
    )


def _change(key: str, changes: dict[str, float]) -> float:
    # Below the noise for whatever the scenario does not touch.
    return next((share for prefix, share in changes.items() if key.startswith(prefix)), 0.0003)


def _outcome(
    name: str, title: str, changes: dict[str, float], graph: DirectlyFollows
) -> ScenarioOutcome:
    day = np.arange(DAYS + 1, dtype=np.float64)
    per_day = 28.6e6 / DAYS * (1 + changes.get("cash_tied_up", 0.0))
    # Customers pay on some days of the week only; a scenario shows after a month.
    steps = (
        per_day * (0.55 + 0.9 * (day % 7 < 3)) * (1 + changes.get("cash_tied_up", 0) * (day > 30))
    )
    cash = np.concatenate([[0.0], np.cumsum(steps)[:-1]])
    owed = 7.42e6 * (1 + changes.get("receivables", 0.0) * np.minimum(day / 60, 1))
    owed = owed * (1 + 0.03 * np.sin(day / 9))
    return ScenarioOutcome(
        name=name,
        title=title,
        description="" if name == "baseline" else f"What happens with: {title.lower()}.",
        settings=_settings(name),
        estimates={
            key: estimate(base * (1 + _change(key, changes)), sd)
            for key, (_, _, _, base, sd) in KPIS.items()
        },
        cash_in=_band(day, cash, 0.02 * 28.6e6 * np.sqrt(day / DAYS)),
        receivables=_band(day, owed, np.full_like(day, 0.035 * 7.42e6)),
        utilisation={
            "Order clerk": estimate(0.81 + 3 * changes.get("order_processing", 0) / 10, 0.012),
            "Credit analyst": estimate(0.93 + changes.get("credit_hold", 0), 0.009),
            "Warehouse": estimate(0.74, 0.011),
            "Billing clerk": estimate(0.66 + changes.get("invoice_lag", 0) / 4, 0.013),
            "Collector": estimate(0.58, 0.010),
        },
        process_map=graph,
        warnings=("Credit analyst is busy 93 % of the time: waiting times depend on the window.",)
        if name in ("baseline", "dunning")
        else (),
    )


def _settings(name: str) -> tuple[LeverSetting, ...]:
    rows = {
        "credit": (
            ("credit.automation_pct", "Credit checks decided by rule", "%", "0", "80"),
            ("credit.limit_factor", "Credit limits", "x", "1.0", "1.1"),
        ),
        "billing": (
            ("billing.frequency", "Invoices are created", "", "weekly", "daily"),
            ("billing.electronic_pct", "Invoices sent electronically", "%", "25", "90"),
        ),
        "dunning": (
            ("collections.reminder_days", "Reminder before the due date", "days", "none", "5"),
        ),
    }.get(name, ())
    return tuple(LeverSetting(*row, source=f"scenarios/{name}.yaml") for row in rows)


def _parameters() -> tuple[ParameterSource, ...]:
    return (
        ParameterSource("orders.per_day", "11.1", "data", "orders_2025.csv, 2 741 orders"),
        ParameterSource("orders.amount_eur.median", "9 800", "data", "orders_2025.csv"),
        ParameterSource("customers.days_late.mean", "9.6", "data", "ar_invoices.csv"),
        ParameterSource("credit.check_minutes", "22", "assumed", "interview with the credit lead"),
        ParameterSource("credit.hold_pct", "14", "published", "Atradius barometer 2024, p. 8"),
        ParameterSource("disputes.share_pct", "4.5", "published", "APQC 10171"),
        ParameterSource("warehouse.pick_minutes", "35", "assumed", "no source"),
    )


def _band(day: np.ndarray, mean: np.ndarray, half: np.ndarray) -> Band:
    return Band(day, mean, mean - half, mean + half)


def _counts(counts: dict[str, int]) -> pl.DataFrame:
    schema = {"activity": pl.String, "count": pl.Int64}
    return pl.DataFrame(list(counts.items()), schema=schema, orient="row")
