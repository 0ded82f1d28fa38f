"""What customers order in a replication, and its expectation: controls that cost no simulation.

Demand is drawn by day and order number, and nothing that the company does changes it. So the number
and value of what arrives in the measured days can be had from the draws alone, and its mean from
the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import CompanyModel, Window
from o2c_sim.engine import Clock, Streams
from o2c_sim.model.demand import MAX_LINES
from o2c_sim.model.section import WEEKDAYS
from o2c_sim.process.demand import MINOR_UNITS, Demand

Array = npt.NDArray[np.float64]

# Which control goes with a metric, by its unit. Chosen beforehand from how the model works, since
# choosing by the results would make intervals too narrow: queues feel the number of orders, money
# their value. Days are bound by terms and customers' habits and feel neither.
CONTROLS_BY_UNIT: Mapping[str, tuple[str, ...]] = {"hours": ("orders",), "currency": ("value",)}

# Standard normal points for the means of distributions; the tails beyond 8 hold nothing.
_POINTS = 200_001
_REACH = 8.0


@dataclass(frozen=True, slots=True)
class DemandControls:
    """Controls by name: ``orders``, ``lines`` (numbers), ``value`` (currency).

    Parameters
    ----------
    values
        Name to what arrived in the measured days of each replication.
    means
        Name to its expectation.
    """

    values: Mapping[str, Array]
    means: Mapping[str, float]

    def of_unit(self, unit: str) -> dict[str, Array]:
        """Return the controls that go with a metric's unit; none for most."""
        return {name: self.values[name] for name in CONTROLS_BY_UNIT.get(unit, ())}


def demand_controls(
    model: CompanyModel, window: Window, *, seed: int, replications: range
) -> DemandControls:
    """Return what customers ask for in the measured days of some replications.

    Requests for a quotation count, won or lost. It takes some milliseconds a replication.

    Parameters
    ----------
    model
        The baseline. A scenario with other demand has other arrivals; the baseline's remain a
        valid control, only a weaker one.
    window
        The measured days.
    seed
        Of the experiment.
    replications
        Their numbers.
    """
    clock = Clock(model.start_date, model.zone)
    first, end = window.warm_up_days, window.warm_up_days + window.measured_days
    rows = []
    for replication in replications:
        demand = Demand(model, Streams(seed, replication), clock, np.ones(1))
        before = sum(len(demand.arrivals(day)) for day in range(first))
        count = sum(len(demand.arrivals(day)) for day in range(first, end))
        contents = demand.contents(before, count)
        value = int(contents.value_minor.sum()) / MINOR_UNITS
        rows.append((count, int(contents.lines.sum()), value))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    names = ("orders", "lines", "value")
    return DemandControls(
        dict(zip(names, columns, strict=True)), _means(model, clock, range(first, end))
    )


def _means(model: CompanyModel, clock: Clock, days: range) -> dict[str, float]:
    section = model.demand
    demand = Demand(model, Streams(0, 0), clock, np.ones(1))
    shares = [section.weekday_shares.value.get(weekday, 0.0) for weekday in WEEKDAYS]
    orders = section.orders_per_week.value * sum(
        shares[clock.weekday(day)] * demand.rate_factor(day) for day in days
    )
    lines = _mean(section.lines_per_order.value.quantile, lambda n: np.rint(n).clip(1, MAX_LINES))
    value = _mean(
        section.line_value.value.quantile,
        lambda v: np.rint(v * MINOR_UNITS).clip(1) / MINOR_UNITS,
    )
    return {"orders": orders, "lines": orders * lines, "value": orders * lines * value}


def _mean(quantile: Callable[[Array], Array], made: Callable[[Array], Array]) -> float:
    """Return the mean of what is made of a draw, by the trapezium rule over a normal variable."""
    z = np.linspace(-_REACH, _REACH, _POINTS)
    weights = np.exp(-(z**2) / 2)
    return float(made(quantile(special.ndtr(z))) @ weights / weights.sum())
