"""What is in an order: lines, their values, which products, at what price."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.order_view import OrderView, order_view
from mining.calibration.proportions import generator, interval, shares_estimate
from mining.calibration.volume_spread import volume_spread
from o2c_sim.model.demand import MAX_LINES

IDENTIFIABLE = (
    "demand.lines_per_order",
    "demand.line_value",
    "products.count",
    "products.popularity_sigma",
    "products.unit_price",
)
NOT_IDENTIFIABLE = {
    "products.unit_cost_share": "no cost of goods in a log",
}

Floats = npt.NDArray[np.float64]
_LEAST = 30
_LEAST_PRODUCTS = 8
# The bootstrap of a distribution of more values than this would take long and tell no more.
_MOST = 20_000


def estimate_lines(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the number of lines of an order and the value of a line.

    The number is the table of what occurs. Values are those at first, before any change.
    """
    view = order_view(source)
    if view is None or view.lines.height < _LEAST:
        return ()
    counts = view.lines.group_by("order").len()["len"].clip(1, MAX_LINES)
    table = dict(sorted(counts.value_counts().iter_rows()))
    above = int((view.lines.group_by("order").len()["len"] > MAX_LINES).sum())
    note = f"{above} orders of more than {MAX_LINES} lines taken as of {MAX_LINES}" if above else ""
    shares = shares_estimate(
        "demand.lines_per_order", table, seed, f"{view.name}, lines of an order",
        "; ".join(part for part in (view.note, note) if part),
    )  # fmt: skip
    lines = Estimate(
        shares.path,
        _empirical(shares.value),
        shares.source,
        shares.sample,
        draws=tuple(_empirical(draw) for draw in shares.draws),
        assumption=shares.assumption,
    )
    return (lines, *_line_values(view, seed))


def estimate_products(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the number of products, how unequally they are ordered, and their prices.

    Products that nobody has ordered are estimated with the spread. A price is what makes the
    quantities of the product's lines the nearest whole numbers, or else value over quantity.
    """
    view = order_view(source)
    if view is None:
        return ()
    lines = view.lines.drop_nulls("product")
    counts = lines.group_by("product").len().sort("product")["len"].to_numpy().astype(np.int64)
    if len(counts) < _LEAST_PRODUCTS or len(lines) < max(_LEAST, view.lines.height / 2):
        return ()
    rng = generator(seed, "products.popularity_sigma")
    spread = volume_spread([counts], rng, 500, all_known=False)
    said = f"{view.name}: {len(lines)} lines of {len(counts)} products"
    low, high = interval(spread.numbers)
    found = [
        Estimate(
            "products.count", max(round(float(np.median(spread.numbers))), len(counts)), said,
            len(counts), low, high, tuple(int(n) for n in spread.numbers[:DRAWS]),
            assumption="products without a line estimated from the spread",
        ),
        Estimate(
            "products.popularity_sigma", spread.sigma,
            f"{said}, Poisson counts of log-normal rates", len(counts), spread.low, spread.high,
            tuple(spread.sigmas[:DRAWS].tolist()),
        ),
    ]  # fmt: skip
    prices = _prices(lines)
    if len(prices) >= _LEAST_PRODUCTS:
        fitted = fit(prices)
        found.append(
            Estimate(
                "products.unit_price", fitted.value,
                f"{view.name}: value over quantity of the lines of {len(prices)} products",
                len(prices), draws=refits(fitted, prices, seed=seed), misfit=fitted.ks,
            )
        )  # fmt: skip
    return tuple(found)


ESTIMATORS = (estimate_lines, estimate_products)


def _empirical(shares: dict[int, float]) -> dict[str, object]:
    return {"distribution": "empirical", "shares": shares}


def _line_values(view: OrderView, seed: int) -> tuple[Estimate, ...]:
    rows = view.lines.drop_nulls("value")
    worth = rows.filter(pl.col("value") > 0)
    if worth.height < max(_LEAST, view.lines.height / 2):
        return ()
    note = "" if worth.height == rows.height else f"{rows.height - worth.height} without value"
    values = worth["value"].to_numpy()
    fitted = fit(values)
    some = generator(seed, "demand.line_value").permutation(len(values))[:_MOST]
    some.sort()
    drawn = refits(fitted, values[some], seed=seed, blocks=worth["order"].to_numpy()[some])
    said = f"{view.name}: {len(values)} lines"
    return (
        Estimate(
            "demand.line_value", fitted.value, said, len(values), draws=drawn, misfit=fitted.ks,
            assumption=f"{note}, left out" if note else "",
        ),
    )  # fmt: skip


def _prices(lines: pl.DataFrame) -> Floats:
    """Return the price of each product, currency."""
    known = lines.filter((pl.col("quantity") > 0) & (pl.col("value") > 0))
    if known.is_empty():
        return np.empty(0)
    value, quantity = pl.col("value"), pl.col("quantity")
    # A quantity of 1 may have been rounded up from anything below.
    most = pl.when(quantity > 1).then(value / (quantity - 0.5))
    bounds = known.group_by("product").agg(
        (value / (quantity + 0.5)).max().alias("low"),
        most.min().alias("high"),
        (value.sum() / quantity.sum()).alias("ratio"),
        quantity.max().alias("most"),
    )
    # Only single units were ordered: the price is above all values or below none, who knows.
    bounds = bounds.filter(pl.col("most") > 1).sort("product")
    fits = pl.col("low") <= pl.col("high")
    middle = (pl.col("low") * pl.col("high")).sqrt()
    prices: Floats = bounds.select(
        pl.when(fits).then(middle).otherwise(pl.col("ratio")).alias("price")
    )["price"].to_numpy()
    return prices
