"""One replication of one company: how it is run, and what is kept of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.kpi_definitions import DEFINITIONS
from mining.kpis import Period, measure
from mining.object_events import ObjectEvents
from mining.performance import DirectlyFollows, directly_follows
from mining.receivables import flows_by_day
from o2c_sim import CompanyModel, EventLog, Problem, ScenarioError, SimulationRun, Window
from o2c_sim import vocabulary as v

Array = npt.NDArray[np.float64]
Minor = npt.NDArray[np.int64]

# What becomes of orders before they are invoices, by day.
ORDER_FLOWS = ("ordered", "changed", "rejected", "cancelled", "tied_up")
# Balances of the roll-forward, by what they are called here.
WHOLE_RUN = {"receivables": "closing_minor", "unapplied cash": "closing_unapplied_minor"}
COST_KINDS = ("labour", "transaction", "fees", "financing")


@dataclass(frozen=True, slots=True)
class Replication:
    """What is kept of one replication.

    Parameters
    ----------
    kpis
        KPI key to value.
    receipts_to_date
        Customer receipts since the first day, by day: the day before the measured period first,
        then each measured day; currency.
    receivables
        Open receivables at the end of each measured day, currency.
    utilisation
        Role to busy share of working time.
    orders
        Orders received in the measured period.
    process_map
        Directly-follows graph of those orders; only of replication 0.
    warnings
        Of the run.
    costs
        ``stage.kind`` to the cost of the measured days, currency; the stages of
        :func:`o2c_sim.costs.by_stage`, each with :data:`COST_KINDS`.
    flows
        Name of a ``_minor`` column of the roll-forward (:func:`o2c_sim.ledger.roll_forward`), and
        of :data:`ORDER_FLOWS`, to its value on each measured day, minor units.
    whole_run
        Name of one of :data:`WHOLE_RUN` to its value at the end of each day of the run, warm-up
        and cool-down included, minor units: what tells whether the warm-up was long enough.
    """

    kpis: dict[str, float]
    receipts_to_date: Array
    receivables: Array
    utilisation: dict[str, float]
    orders: int
    process_map: DirectlyFollows | None
    warnings: tuple[str, ...]
    costs: dict[str, float] = field(default_factory=dict)
    flows: dict[str, Minor] = field(default_factory=dict)
    whole_run: dict[str, Minor] = field(default_factory=dict)


def measured_period(model: CompanyModel, window: Window) -> Period:
    """Return the dates that a window measures."""
    first = model.start_date + dt.timedelta(days=window.warm_up_days)
    return Period(first, first + dt.timedelta(days=window.measured_days))


def receipts(log: EventLog, period: Period) -> pl.DataFrame:
    """Return the events by which orders were received in a period."""
    date = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(log.zone).dt.date()
    received = pl.col("activity").cast(pl.String) == v.RECEIVE_ORDER
    return log.events.filter(received & (date >= period.first) & (date < period.end))


def measured_orders(log: EventLog, period: Period) -> pl.DataFrame:
    """Return the case view of the orders received in a period."""
    received = log.event_objects.join(receipts(log, period).select("event"), on="event", how="semi")
    return log.flatten(v.ORDER).join(
        received.select(pl.col("object").alias("case")),
        on="case",
        how="semi",
        maintain_order="left",
    )


def summarise(run: SimulationRun, period: Period, *, with_map: bool) -> Replication:
    """Return what is kept of a run, measured over a period.

    Every KPI is there; those without a single case are NaN.

    Raises
    ------
    ScenarioError
        If the run has no order at all.
    """
    view = ObjectEvents(run.log)
    if v.ORDER not in view.object_types:
        raise ScenarioError(
            Problem(
                f"no order came in replication {run.manifest['replication']}",
                where="demand.orders_per_week",
                suggestion="more orders a week or a longer window",
            )
        )
    day_before = period.first - dt.timedelta(days=1)
    money = flows_by_day(view, day_before, period.last)
    roles = zip(run.utilisation["role"], run.utilisation["utilisation"], strict=True)
    received = view.days[view.rows_of(v.RECEIVE_ORDER)]
    return Replication(
        kpis=dict.fromkeys(DEFINITIONS, float("nan"))
        | measure(view, period, recorded=v.ACTIVITIES),
        receipts_to_date=money["receipts_to_date"],
        receivables=money["receivables"][1:],
        utilisation={str(role): float(share) for role, share in roles},
        orders=int(period.contains(received).sum()),
        process_map=directly_follows(measured_orders(run.log, period)) if with_map else None,
        warnings=run.warnings,
        costs=_costs(run.costs),
        flows=_flows(run.receivables, period)
        | {f"{name}_minor": _minor(money[name])[1:] for name in ORDER_FLOWS},
        whole_run={
            name: run.receivables[column].cast(pl.Int64).to_numpy().copy()
            for name, column in WHOLE_RUN.items()
        },
    )


def _minor(amounts: Array) -> Minor:
    """Return currency as minor units."""
    minor: Minor = np.rint(amounts * 100).astype(np.int64)
    return minor


def _costs(costs: pl.DataFrame) -> dict[str, float]:
    return {
        f"{row['stage']}.{kind}": float(row[kind])
        for row in costs.iter_rows(named=True)
        for kind in COST_KINDS
    }


def _flows(receivables: pl.DataFrame, period: Period) -> dict[str, Minor]:
    measured = period.contains(receivables["date"].to_numpy())
    return {
        column.name: column.cast(pl.Int64).to_numpy()[measured]
        for column in receivables
        if column.name.endswith("_minor")
    }
