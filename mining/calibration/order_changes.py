"""What customers change, reject or cancel after the confirmation, and when they ask for it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mining import activity_names as names
from mining.calibration.estimate import Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.onset import fit_onset
from mining.calibration.order_life import REJECTIONS, order_desk, order_life, seen_requests
from mining.calibration.order_view import OrderView, order_view, weighted
from mining.calibration.proportions import generator, share_estimate
from o2c_sim import vocabulary as v

IDENTIFIABLE = (
    "changes.share",
    "changes.request_days",
    "changes.price_share",
    "changes.price_factor",
    "changes.quantity_factor",
    "changes.rejection_share",
    "changes.rejection_days",
    "changes.cancellation_share",
    "changes.cancellation_days",
)
NOT_IDENTIFIABLE: dict[str, str] = {}

Floats = npt.NDArray[np.float64]
_LEAST = 10
_LEAST_ORDERS = 30
_LONGEST_DAYS = 730.0
_CHANGES = (v.CHANGE_ORDER, names.CHANGE_PRICE, names.CHANGE_QUANTITY, names.CHANGE_MATERIAL)
_NOTE = "share and time estimated together: what is delivered sooner could have come later"


def estimate_changes(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate changes of quantity and price, rejected lines and cancellations.

    An order that is delivered before its customer asks shows nothing, so shares of the orders
    that show it would be too low: see :mod:`mining.calibration.onset`.
    """
    view = order_view(source)
    if view is None:
        return ()
    life = order_life(view)
    if life.height < _LEAST_ORDERS:
        return ()
    # A log with confirmations is one that would show what came after them.
    shown = view.has(v.CONFIRM_ORDER)
    rejected, cancelled = _given_up(view)
    # What a log by line tells of lines, as the model has it: one line of an order is rejected,
    # or all are.
    per_order = max(view.lines.height, 1) / max(view.lines["order"].n_unique(), 1)
    singly, wholly = (
        float(done["lines"].mean() or 1) if view.by_line else 1.0  # type: ignore[arg-type]
        for done in (rejected, cancelled)
    )
    changed = _by_customer(view.of(*_CHANGES)).unique("order", keep="first", maintain_order=True)
    found: list[Estimate] = []
    for done, share, days, factor in (
        (
            changed,
            "changes.share",
            "changes.request_days",
            view.weight(_by_customer(view.of(*_CHANGES))),
        ),
        (rejected, "changes.rejection_share", "changes.rejection_days", singly),
        (
            cancelled,
            "changes.cancellation_share",
            "changes.cancellation_days",
            wholly / (per_order if view.by_line else 1.0),
        ),
    ):
        if done.height or shown:
            found += _asked(view, life, done, share, days, source.zone, seed, factor)
    if changed.height >= _LEAST:
        found += _kinds(source, view, changed, seed)
    return tuple(found)


ESTIMATORS = (estimate_changes,)


def _asked(
    view: OrderView,
    life: pl.DataFrame,
    done: pl.DataFrame,
    share: str,
    days: str,
    zone: str,
    seed: int,
    weight: float,
) -> list[Estimate]:
    done = done.join(life, on="order", how="semi")
    what = share.removeprefix("changes.").removesuffix("_share").replace("share", "change")
    said = f"{view.name}, orders with a {what}"
    if done.height < _LEAST:
        hits = min(done.height * weight, life.height)
        return [share_estimate(share, hits, life.height, seed, said, weighted(view))]
    people = order_desk(view, zone)
    seen = seen_requests(life, done, people, zone)
    cap = min(_LONGEST_DAYS, float(2 * seen.latest[np.isfinite(seen.latest)].max()))
    onset = fit_onset(seen, generator(seed, share), cap=cap)
    said = f"{said}: {onset.arisen} of {onset.cases}"
    note = _NOTE if people else f"{_NOTE}; what waited for a person is in the time"
    return [
        Estimate(
            share, min(onset.share * weight, 1.0), said, onset.cases,
            min(onset.low * weight, 1.0), min(onset.high * weight, 1.0),
            tuple(min(drawn * weight, 1.0) for drawn in onset.shares),
            assumption="; ".join(part for part in (_NOTE, weighted(view)) if part),
        ),
        Estimate(
            days, onset.time, f"{said}, {onset.family}", onset.arisen, draws=onset.times,
            assumption=note,
        ),
    ]  # fmt: skip


def _by_customer(events: pl.DataFrame) -> pl.DataFrame:
    """Return events without those of the system itself, each once."""
    return events.filter(~pl.col("automated").fill_null(value=False)).unique(
        ["event", "order"], keep="first", maintain_order=True
    )


def _given_up(view: OrderView) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rejections of single lines and the cancellations, the first of each order."""
    rejected = view.of(*REJECTIONS).filter(~pl.col("automated").fill_null(value=False))
    restored = view.of(names.REMOVE_REJECTION_REASON).select("order", "line")
    rejected = rejected.join(restored, on=["order", "line"], how="anti", nulls_equal=True)
    rejected = rejected.unique(["order", "line"], keep="first", maintain_order=True)
    cancelled = _by_customer(view.of(v.CANCEL_ORDER))
    alone = cancelled.join(rejected, on=["order", "time"], how="anti")
    # A log by line says of each line that it is rejected, maybe one after the other.
    moment = [] if view.by_line else ["time"]
    together = rejected.group_by("order", *moment).agg(
        pl.col("start").min(), pl.col("time").min().alias("at"),
        pl.col("line").n_unique().alias("lines"),
    ).with_columns(pl.col("at").alias("time"))  # fmt: skip
    total = view.lines.group_by("order").agg(pl.len().alias("total"))
    together = together.join(total, on="order", how="left")
    several = pl.col("lines") > 1
    whole = pl.col("lines") >= pl.col("total").fill_null(1) if view.by_line else several
    columns = ["order", "start", "time", "lines"]
    alone = alone.join(total, on="order", how="left").with_columns(
        pl.col("total").fill_null(1).alias("lines")
    )
    cancelled = pl.concat([alone.select(columns), together.filter(whole).select(columns)])
    return (
        together.filter(~whole).select(columns).sort("time").unique("order", maintain_order=True),
        cancelled.sort("time").unique("order", keep="first", maintain_order=True),
    )


def _kinds(source: Source, view: OrderView, changed: pl.DataFrame, seed: int) -> list[Estimate]:
    """Return the share of changes of the price, and the factors where values are known."""
    said = f"{view.name}, changes of a line"
    factors = _factors(source, view, changed)
    if factors is None:
        prices = int((changed["activity"] == names.CHANGE_PRICE).sum())
        told = int((changed["activity"] != v.CHANGE_ORDER).sum())
        if not told:
            return []
        return [share_estimate("changes.price_share", prices, told, seed, said)]
    by_price, by_quantity = factors
    total = len(by_price) + len(by_quantity)
    if total < _LEAST:
        return []
    found = [share_estimate("changes.price_share", len(by_price), total, seed, said)]
    for path, values in (("price_factor", by_price), ("quantity_factor", by_quantity)):
        if len(values) >= _LEAST:
            fitted = fit(values)
            found.append(
                Estimate(
                    f"changes.{path}", fitted.value, f"{said}: {len(values)}", len(values),
                    draws=refits(fitted, values, seed=seed), misfit=fitted.ks,
                )
            )  # fmt: skip
    return found


def _factors(
    source: Source, view: OrderView, changed: pl.DataFrame
) -> tuple[Floats, Floats] | None:
    """Return new over old price, and new over old quantity, of the lines that were changed."""
    changes = source.log.object_changes.filter(pl.col("attribute").is_in(["value", "quantity"]))
    if changes.is_empty() or not view.lines.height:
        return None
    new = (
        changes.with_columns(pl.col("value").cast(pl.Float64, strict=False))
        .join(view.lines.select(pl.col("line").alias("object"), "order"), on="object")
        .join(changed.select("order", "time"), on=["order", "time"], how="semi")
        .unique(["object", "time", "attribute"], keep="last", maintain_order=True)
        .pivot("attribute", index=["object", "time"], values="value")
    )
    if not {"value", "quantity"} <= set(new.columns):
        return None
    rows = (
        new.sort("time")
        .unique("object", keep="first", maintain_order=True)
        .join(
            view.lines.select(
                pl.col("line").alias("object"), pl.col("value").alias("old_value"),
                pl.col("quantity").alias("old_quantity"),
            ),
            on="object",
        )
        .filter((pl.col("old_value") > 0) & (pl.col("old_quantity") > 0) & (pl.col("value") > 0))
    )  # fmt: skip
    same = pl.col("quantity") == pl.col("old_quantity")
    price = rows.filter(same).select(pl.col("value") / pl.col("old_value"))["value"]
    quantity = rows.filter(~same).select(pl.col("quantity") / pl.col("old_quantity"))["quantity"]
    return price.to_numpy(), quantity.to_numpy()
