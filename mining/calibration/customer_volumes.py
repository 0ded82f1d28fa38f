"""Customers by volume: how many there are, how unequally they order, and their credit limits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import optimize

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.laplace import laplace_draws
from mining.calibration.order_view import OrderView, order_view
from mining.calibration.proportions import generator, interval
from mining.calibration.volume_spread import Spread, volume_spread
from o2c_sim import vocabulary as v

IDENTIFIABLE = ("customers.count", "customers.volume_sigma", "customers.credit_limit_days")
NOT_IDENTIFIABLE: dict[str, str] = {}

Floats = npt.NDArray[np.float64]
_LEAST_CUSTOMERS = 8
_LEAST_ORDERS = 30
# Poisson counts above this are as good as rates.
_NODES = 41


def volumes(source: Source, view: OrderView) -> pl.DataFrame | None:
    """Return the customers that a log knows, with their orders.

    Returns
    -------
    polars.DataFrame or None
        ``customer`` (String), ``orders``, ``segment`` and ``credit_limit`` (null where unknown);
        None where orders do not tell their customers.
    """
    named = view.orders.drop_nulls("customer")
    if named.height < _LEAST_ORDERS or named.height < view.orders.height / 2:
        return None
    counts = named.group_by("customer").agg(pl.len().cast(pl.Int64).alias("orders"))
    if v.CUSTOMER not in source.log.object_types:
        return counts.sort("customer").with_columns(
            pl.lit(None, pl.String).alias("segment"), pl.lit(None, pl.Float64).alias("credit_limit")
        )
    rows = source.log.objects_of(v.CUSTOMER)
    kept = [name for name in ("segment", "credit_limit") if name in rows.columns]
    known = rows.select(pl.col("object_id").alias("customer"), *kept)
    known = known.with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in (("segment", pl.String), ("credit_limit", pl.Float64))
        if name not in kept
    ).with_columns(pl.col("segment").cast(pl.String))
    return known.join(counts, on="customer", how="left").with_columns(
        pl.col("orders").fill_null(0)
    ).sort("customer")  # fmt: skip


def volume_factors(source: Source) -> dict[str, float]:
    """Return how many times as often as others the customers of each segment order.

    The others are those in no segment, or all customers if each is in one; empty where a log has
    no segments. For whoever describes the segments: the spread within them is
    ``customers.volume_sigma``.
    """
    view = order_view(source)
    known = None if view is None else volumes(source, view)
    if known is None or known["segment"].null_count() == known.height:
        return {}
    outside = known.filter(pl.col("segment").is_null())["orders"]
    base = float(outside.mean() or 0) if len(outside) else float(known["orders"].mean() or 0)  # type: ignore[arg-type]
    if base <= 0:
        return {}
    means = known.drop_nulls("segment").group_by("segment").agg(pl.col("orders").mean())
    return {name: float(mean) / base for name, mean in sorted(means.iter_rows()) if mean > 0}


def estimate_volumes(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the number of customers and the spread of their order rates.

    Where customers are known only by their orders, those that have not ordered are estimated with
    the spread. Within segments where the log has them.
    """
    view = order_view(source)
    known = None if view is None else volumes(source, view)
    if view is None or known is None or known.height < _LEAST_CUSTOMERS:
        return ()
    all_known = v.CUSTOMER in source.log.object_types
    spread = _spread(known, seed, all_known)
    seen, orders = known.height, int(known["orders"].sum())
    said = f"{view.name}: {orders} orders of {seen} customers"
    numbers = np.full(DRAWS, float(seen)) if all_known else spread.numbers
    low, high = interval(numbers)
    count = Estimate(
        "customers.count",
        seen if all_known else max(round(float(np.median(spread.numbers))), seen),
        said,
        seen,
        low,
        high,
        tuple(int(n) for n in numbers[:DRAWS]),
        assumption="" if all_known else "customers without an order estimated from the spread",
    )
    sigma = Estimate(
        "customers.volume_sigma",
        spread.sigma,
        f"{said}, Poisson counts of log-normal rates",
        seen,
        spread.low,
        spread.high,
        tuple(spread.sigmas[:DRAWS].tolist()),
    )
    return count, sigma


def estimate_credit_limits(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate credit limits in days of the customer's average order value.

    A customer's own rate is known only by its orders, so limit over observed rate scatters more
    than the limits: rate and limit are taken as log-normal, the count as Poisson.
    """
    view = order_view(source)
    known = None if view is None else volumes(source, view)
    if view is None or known is None:
        return ()
    limited = known.filter(pl.col("credit_limit") > 0)
    received = view.orders["received"].drop_nulls()
    value = view.orders.filter(pl.col("received").is_not_null())["value"].mean()
    if limited.height < _LEAST_CUSTOMERS or not isinstance(value, float) or value <= 0:
        return ()
    begin, end = received.min(), received.max()
    days = (end - begin).total_seconds() / 86_400  # type: ignore[operator, union-attr]
    spread = _spread(known, seed, v.CUSTOMER in source.log.object_types)
    log_limit = np.log(limited["credit_limit"].to_numpy() / value * days)
    counts = limited["orders"].to_numpy().astype(np.float64)
    means = known.group_by("segment").agg(pl.col("orders").mean().log().alias("level"))
    level = limited.select("customer", "segment").join(
        means, on="segment", how="left", nulls_equal=True, maintain_order="left"
    )["level"].to_numpy() - spread.sigma**2 / 2  # fmt: skip
    rng = generator(seed, "customers.credit_limit_days")
    point, drawn = _limits(counts, log_limit, level, spread.sigma, rng)
    return (
        Estimate(
            "customers.credit_limit_days",
            _limit_days(*point.tolist()),
            f"{view.name}: credit limits and orders of {limited.height} customers",
            limited.height,
            draws=tuple(_limit_days(*row) for row in drawn.tolist()),
            assumption="log-normal; a limit taken by itself, whatever the customer owes",
        ),
    )


ESTIMATORS = (estimate_volumes, estimate_credit_limits)


def _spread(known: pl.DataFrame, seed: int, all_known: bool) -> Spread:
    parts = known.partition_by("segment") if all_known else [known.filter(pl.col("orders") > 0)]
    groups = [part["orders"].to_numpy().astype(np.int64) for part in parts if part.height > 1]
    rng = generator(seed, "customers.volume_sigma")
    return volume_spread(groups, rng, 500, all_known=all_known)


def _limits(
    counts: Floats, log_limit: Floats, level: Floats, sigma: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return mean and log of SD of the logarithm of limit days, and draws of both.

    *log_limit* is the limit in orders per day of the limit, over the days of the log: the log of
    limit days is it less the log of the expected count.
    """
    start = float(np.median(log_limit - np.log(np.maximum(counts, 0.5))))
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()

    def cost(point: Floats) -> float:
        centre, width = float(point[0]), float(np.exp(point[1]))
        # The log rate given the limit, before the orders are counted, is normal.
        precision = 1 / sigma**2 + 1 / width**2
        mean = (level / sigma**2 + (log_limit - centre) / width**2) / precision
        marginal = sigma**2 + width**2
        fit = -0.5 * (log_limit - centre - level) ** 2 / marginal - 0.5 * np.log(marginal)
        # Laplace's centre keeps the nodes where the counts put the rate.
        peak = mean
        for _ in range(8):
            slope = counts - np.exp(peak) - precision * (peak - mean)
            peak = peak + np.clip(slope / (np.exp(peak) + precision), -1, 1)
        sd = 1 / np.sqrt(np.exp(peak) + precision)
        rate = peak[:, None] + sd[:, None] * nodes
        log_joint = (
            counts[:, None] * rate
            - np.exp(rate)
            - 0.5 * precision * (rate - mean[:, None]) ** 2
            + 0.5 * np.log(precision)
            + np.log(sd)[:, None]
            + 0.5 * nodes**2
        )
        top = log_joint.max(axis=1)
        inner = np.log((np.exp(log_joint - top[:, None]) * weights).sum(axis=1)) + top
        return -float((fit + inner).sum()) + 0.5 * (float(point[1]) / 1.5) ** 2

    found = optimize.minimize(cost, np.array([start, np.log(0.5)]), method="Nelder-Mead")
    drawn = laplace_draws(cost, found.x, rng, DRAWS, widest=1.0)
    return found.x, drawn


def _limit_days(centre: float, log_width: float) -> dict[str, object]:
    width = float(np.exp(log_width))
    return {"distribution": "lognormal", "median": float(np.exp(centre)), "sigma": width}
