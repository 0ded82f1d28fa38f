"""Customers who put a delivery off: how many ask, how often again, and by how much."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import optimize, special

from mining.calibration.agreed_dates import (
    Agreed,
    agreed_dates,
    cases_behind,
    leads_hours,
    would_be_seen,
)
from mining.calibration.desk import Desk, local_hours
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.laplace import laplace_draws
from mining.calibration.order_life import order_desk
from mining.calibration.order_view import OrderView, order_view, weighted
from mining.calibration.proportions import generator, share_estimate
from o2c_sim import vocabulary as v

IDENTIFIABLE = (
    "fulfilment.date_change_share",
    "fulfilment.date_change_again_share",
)
NOT_IDENTIFIABLE = {
    "fulfilment.date_change_days": "the date agreed at first is not in a log: what is estimated "
    "from the dates of other orders may be a sixth off",
}

Floats = npt.NDArray[np.float64]
_LEAST = 10
_LEAST_ORDERS = 30
_LARGEST_AGAIN = 0.99
# Lines of one order whose dates are changed within this time are changed together.
_TOGETHER_HOURS = 1.0
_POSITIONS = (np.arange(6) + 0.5) / 6
_LONGEST_DAYS = 730.0
# The chance that a wish would have been seen is an estimate itself: taken to be worth as much
# as half of the cases.
_DESIGN_EFFECT = 2.0


def estimate_date_changes(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate how many customers put their delivery off, how often again, and by how much.

    Changes made by the system itself are the company's, not the customer's. A customer asks at
    any moment before the day agreed; where the desk would have come to it only after the
    delivery, nothing is seen, and the share is raised by as much.
    """
    view = order_view(source)
    if view is None:
        return ()
    orders = agreed_dates(source, view)
    made = _changes(view, source.zone).filter(pl.col("order").is_in(orders.order.tolist()))
    size = len(orders.order)
    if size < _LEAST_ORDERS or not (made.height or view.has(v.CONFIRM_ORDER)):
        return ()
    people = order_desk(view, source.zone)
    was_moved = np.isin(orders.order, made["order"].to_numpy())
    quiet, asked = orders.of(~was_moved), int(was_moved.sum())
    left = leads_hours(quiet, seed) if len(quiet.order) else np.empty((0, 1))
    cases = cases_behind(would_be_seen(quiet.confirmed, left, quiet.closed, people), asked)
    if people is None:
        cases = float(size)
    unsaid = made.height > 0 and made["automated"].null_count() == made.height
    notes = (
        "nobody says who changed the date: all taken as the customer's" if unsaid else "",
        "of the orders in which it would have been seen" if people is not None else "",
        weighted(view),
    )
    cases = max(cases, asked)
    share = share_estimate(
        "fulfilment.date_change_share",
        min(asked * view.weight(_by_customer(view)), cases),
        max(cases, 1.0),
        seed,
        f"{view.name}, orders put off by the customer",
        "; ".join(note for note in notes if note),
        design_effect=1.0 if people is None else _DESIGN_EFFECT,
    )
    again = _again(view, made, orders, people, seed, source.zone)
    return (share, *again, *_days(source, view, orders, made, left, seed))


ESTIMATORS = (estimate_date_changes,)


def _by_customer(view: OrderView) -> pl.DataFrame:
    """Return the changes of date that the system did not make itself."""
    changes = view.of(v.CHANGE_DELIVERY_DATE)
    return changes.filter(~pl.col("automated").fill_null(value=False))


def _changes(view: OrderView, zone: str) -> pl.DataFrame:
    """Return the customers' changes of date, those of one order made together once.

    ``order``, ``time``, ``automated`` and ``turn``, from 0, in the order.
    """
    rows = (
        _by_customer(view)
        .unique(["event", "order"], keep="first", maintain_order=True)
        .sort("order", "time")
    )
    hours = pl.Series("hours", local_hours(rows["time"], zone))
    apart = (pl.col("hours") - pl.col("hours").shift(1).over("order")).fill_null(np.inf)
    first = rows.with_columns(hours).filter(apart > _TOGETHER_HOURS)
    return first.select(
        "order",
        "time",
        "hours",
        "automated",
        pl.int_range(pl.len()).over("order").alias("turn"),
        pl.len().over("order").alias("times"),
    )


def _again(
    view: OrderView,
    made: pl.DataFrame,
    orders: Agreed,
    people: Desk | None,
    seed: int,
    zone: str,
) -> list[Estimate]:
    """Return the share of changes that another one follows.

    Of orders that are closed, where the log does not say when the others are wanted.
    """
    known = orders if people is not None else orders.of(~orders.is_open)
    turns = made.filter(pl.col("order").is_in(known.order.tolist()))
    last = turns.filter(pl.col("turn") == pl.col("times") - 1)
    followed = turns.height - last.height
    if turns.height < _LEAST:
        return []
    place = np.searchsorted(known.order, last["order"].to_numpy())
    begin = last["hours"].to_numpy()
    least = np.maximum(known.due_from[place] - begin, 0.0)[:, None]
    most = np.maximum(known.due[place] - begin, 0.0)[:, None]
    left = least + (most - least) * _POSITIONS
    chance = would_be_seen(begin, left, known.closed[place], people)
    cases = cases_behind(chance, followed) if people is not None else float(turns.height)
    estimate = share_estimate(
        "fulfilment.date_change_again_share",
        followed,
        max(cases, followed, 1.0),
        seed,
        f"{view.name}, changes followed by another",
        design_effect=1.0 if people is None else _DESIGN_EFFECT,
    )
    return [] if estimate.value > _LARGEST_AGAIN else [estimate]


def _days(
    source: Source,
    view: OrderView,
    orders: Agreed,
    made: pl.DataFrame,
    left: Floats,
    seed: int,
) -> list[Estimate]:
    """Return by how many days a delivery is put off, where the log keeps the date wanted.

    The date wanted at first is not kept, only the last one. What lies between is told by the
    orders that nobody put off: each of them could have been the order before the change, if it
    was wanted later than the customer asked; the longer it is open, the less likely at just this
    moment.
    """
    rows = source.log.objects
    if "requested_date" not in rows.columns or not made.height:
        return []
    dates = dict(rows.select("object", pl.col("requested_date").dt.epoch("d")).iter_rows())
    wanted = np.array([dates.get(number) for number in orders.order.tolist()], dtype=np.float64)
    ahead = wanted - np.floor(orders.confirmed / 24)
    quiet = ~np.isin(orders.order, made["order"].to_numpy())
    once = made.filter((pl.col("times") == 1) & pl.col("order").is_in(orders.order.tolist()))
    place = np.searchsorted(orders.order, once["order"].to_numpy())
    after = once["hours"].to_numpy() - orders.confirmed[place]
    moved = ~np.isnan(ahead[place])
    known = ~np.isnan(ahead[quiet])
    if moved.sum() < _LEAST or known.sum() < _LEAST_ORDERS:
        return []
    by = ahead[place][moved, None] - ahead[quiet][known]
    leads = left[known].mean(axis=1)
    likely = (by >= 0) & (leads > after[moved, None])
    chance = np.where(likely, 1 / np.maximum(leads, 1e-3), 0.0)
    told = chance.sum(axis=1) > 0
    if told.sum() < _LEAST:
        return []
    # How likely each number of days is for each order, whatever its distribution.
    longest = int(by[chance > 0].max())
    days = np.arange(longest + 1)
    table = np.stack(
        [
            np.bincount(row[some > 0].astype(np.int64), some[some > 0], minlength=longest + 1)
            for row, some in zip(by[told], chance[told], strict=True)
        ]
    )
    edges = np.log(np.append(np.maximum(days - 0.5, 1e-9), longest + 0.5))

    def cost(point: Floats) -> float:
        mass = np.diff(special.ndtr((edges - point[0]) / np.exp(point[1])))
        fit = np.log(np.maximum(table @ mass, 1e-300)).sum()
        return -float(fit) + 0.5 * float(point[1]) ** 2

    typical = float(np.median(days @ (table / table.sum(axis=1, keepdims=True)).T))
    start = np.array([np.log(max(typical, 1.0)), 0.0])
    options = {"xatol": 1e-3, "fatol": 1e-3}
    point = optimize.minimize(cost, start, method="Nelder-Mead", options=options).x
    path = "fulfilment.date_change_days"
    drawn = laplace_draws(cost, point, generator(seed, path), DRAWS)
    limit = {"cap": min(_LONGEST_DAYS, 2.0 * longest)}
    return [
        Estimate(
            path,
            _lognormal(point) | limit,
            f"{view.name}: {len(table)} orders put off once, against {known.sum()} not put off",
            len(table),
            draws=tuple(_lognormal(row) | limit for row in drawn),
            assumption="log-normal; whether a customer asks does not depend on the date agreed",
        )
    ]


def _lognormal(point: Floats) -> dict[str, Any]:
    median, sigma = np.exp(point).tolist()
    return {"distribution": "lognormal", "median": median, "sigma": sigma}
