"""Order entry: who enters e-mail orders, what needs clarification, and errors found later."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mining import activity_names as names
from mining.business_time import business_hours
from mining.calibration.desk import Desk, local_hours
from mining.calibration.estimate import Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.onset import Seen, fit_onset
from mining.calibration.order_life import order_desk
from mining.calibration.order_view import OrderView, order_view, weighted
from mining.calibration.proportions import generator, share_estimate, shares_estimate
from mining.calibration.weekly_hours import on_the_wall, weekly_hours
from o2c_sim import vocabulary as v

IDENTIFIABLE = (
    "capture.email_auto_capture_share",
    "capture.exception_share",
    "capture.clarification_wait_hours",
)
NOT_IDENTIFIABLE = {
    "capture.exception_kinds": "a log without the reason of a block shows one kind: the mixture of "
    "all waits; kinds are told apart only where blocks have names of their own",
    "capture.manual_error_share": "errors that customers find are seen only as disputes, and are "
    "counted with these: what is estimated is the share that the company finds itself",
    "capture.automatic_error_share": "as for the errors by hand",
    "capture.error_found_shares": "of the errors that the company finds itself only",
}

Floats = npt.NDArray[np.float64]
_LEAST = 10
_LEAST_ENTERED = 30
# What is wrong with an order, by the blocks that show it: set, or removed where it came with one.
_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "master_data": ((names.SET_ADDRESS_BLOCK,), (names.REMOVE_ADDRESS_BLOCK,)),
    "other": ((v.SET_ORDER_BLOCK,), (v.REMOVE_ORDER_BLOCK,)),
}


def estimate_entry(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate which e-mail orders software enters, and the errors found later by the company."""
    view = order_view(source)
    if view is None:
        return ()
    entered = view.first(v.CREATE_SALES_ORDER).select("order", "time", "automated")
    entered = entered.join(view.orders.select("order", "channel"), on="order")
    known = entered.drop_nulls("automated")
    found = []
    email = known.filter(pl.col("channel").str.to_lowercase() == "email")
    if email.height >= _LEAST_ENTERED:
        hits = int(email["automated"].sum())
        said = f"{view.name}, e-mail orders entered without a person"
        path = "capture.email_auto_capture_share"
        found.append(share_estimate(path, hits, email.height, seed, said))
    if known.height >= _LEAST_ENTERED and view.has(v.CORRECT_ORDER, v.CONFIRM_ORDER):
        found += _errors(view, known, seed)
    return tuple(found)


def estimate_exceptions(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the share of the orders that need clarification, of which kind, and the wait.

    Where the desk's starts are known, the wait is the time for which nobody could have gone on
    with the order: what it waits for a person then is not in it.
    """
    view = order_view(source)
    if view is None:
        return ()
    by_kind = {kind: _blocked(view, *blocks) for kind, blocks in _KINDS.items()}
    by_kind = {kind: rows for kind, rows in by_kind.items() if rows.height}
    entered = view.orders["received"].drop_nulls().len()
    blocked = len({order for rows in by_kind.values() for order in rows["order"]})
    if entered < _LEAST_ENTERED or (not blocked and not view.has(v.CONFIRM_ORDER)):
        return ()
    said = f"{view.name}, orders with a block on the order"
    names_seen = [name for blocks in _KINDS.values() for pair in blocks for name in pair]
    hits = min(blocked * view.weight(view.of(*names_seen)), entered)
    found = [share_estimate("capture.exception_share", hits, entered, seed, said, weighted(view))]
    if blocked >= _LEAST:
        found += _waits(view, by_kind, source.zone, seed)
    return tuple(found)


ESTIMATORS = (estimate_entry, estimate_exceptions)


def _errors(view: OrderView, entered: pl.DataFrame, seed: int) -> list[Estimate]:
    """Return the shares of errors by the way of entry, and where they are found."""
    corrected = view.first(v.CORRECT_ORDER).select("order", pl.col("time").alias("corrected"))
    confirmed = view.first(v.CONFIRM_ORDER).select("order", pl.col("time").alias("confirmed"))
    picked = view.first(v.PICK_AND_PACK).select("order", pl.lit(value=True).alias("picked"))
    rows = entered
    for table in (corrected, confirmed, picked):
        rows = rows.join(table, on="order", how="left")
    early = pl.col("corrected").is_not_null() & (
        pl.col("confirmed").is_null() | (pl.col("corrected") <= pl.col("confirmed"))
    )
    rows = rows.with_columns(early.alias("early"), pl.col("picked").fill_null(value=False))
    found, places = [], {"confirmation": 0.0, "picking": 0.0}
    for automatic, path in ((False, "manual_error_share"), (True, "automatic_error_share")):
        part = rows.filter(pl.col("automated") == automatic)
        if part.height < _LEAST_ENTERED:
            continue
        before = int(part["early"].sum())
        rest = part.filter(~pl.col("early") & pl.col("picked"))
        late = rest["corrected"].is_not_null().mean() or 0.0
        # Orders that nobody has picked yet would have shown as many errors.
        places["confirmation"] += before
        places["picking"] += float(late) * (part.height - before)  # type: ignore[arg-type]
        hits = before + float(late) * (part.height - before)  # type: ignore[arg-type]
        found.append(
            share_estimate(
                f"capture.{path}", min(hits, part.height), part.height, seed,
                f"{view.name}, orders corrected",
                "errors that the customer finds count as disputes",
            )
        )  # fmt: skip
    if sum(places.values()) >= _LEAST:
        said = f"{view.name}, corrections before confirmation and at picking"
        found.append(shares_estimate("capture.error_found_shares", places, seed, said))
    return found


def _blocked(view: OrderView, set_by: tuple[str, ...], removed_by: tuple[str, ...]) -> pl.DataFrame:
    """Return ``order``, ``since`` and ``removed`` (null while it is blocked)."""
    removed = view.first(*removed_by).select("order", pl.col("time").alias("removed"))
    since = view.first(*set_by).select("order", pl.col("time").alias("since"))
    rows = since.join(removed, on="order", how="full", coalesce=True)
    # An order that came with its block was blocked from the beginning.
    came = view.orders.select("order", "received")
    return rows.join(came, on="order", how="left").with_columns(
        pl.min_horizontal(pl.coalesce("since", "received"), "removed").alias("since")
    )


def _waits(
    view: OrderView, by_kind: dict[str, pl.DataFrame], zone: str, seed: int
) -> list[Estimate]:
    counts = {kind: rows.height for kind, rows in by_kind.items()}
    total = sum(counts.values())
    usual = "other" if "other" in counts else next(iter(counts))
    kinds: dict[str, Any] = {kind: {"share": count / total} for kind, count in counts.items()}
    found = []
    for kind, rows in by_kind.items():
        estimate = _wait(view, kind, rows, zone, seed)
        if estimate is None:
            continue
        if kind == usual:
            found.append(estimate)
        else:
            kinds[kind]["wait_hours"] = estimate.value
    said = f"{view.name}: {total} blocks by name"
    kinds_found = Estimate("capture.exception_kinds", kinds, said, total)
    return [*found, kinds_found] if found else []


def _wait(view: OrderView, kind: str, rows: pl.DataFrame, zone: str, seed: int) -> Estimate | None:
    """Return the wait of one kind: hours of the desk, or of an office where none is known."""
    path = "capture.clarification_wait_hours"
    people = order_desk(view, zone)
    if kind == "other" and people is not None:
        seen = _by_desk(view, people, zone)
        if seen.arisen >= _LEAST:
            onset = fit_onset(seen, generator(seed, path), always=True, cap=_cap(seen.latest))
            return Estimate(
                path, onset.time, f"{view.name}: {onset.arisen} clarifications", onset.arisen,
                draws=onset.times, assumption="what it waited for a person taken out",
            )  # fmt: skip
    ends = rows.select(pl.col("removed").fill_null(view.end[0]))["removed"]
    hours = _office_hours(view, rows["since"], ends, zone)
    is_open = rows["removed"].is_null().to_numpy()
    if (~is_open).sum() < _LEAST:
        return None
    fitted = fit(hours, censored=is_open)
    return Estimate(
        path, fitted.value, f"{view.name}: {len(hours)} blocks until they were removed", len(hours),
        draws=refits(fitted, hours, seed=seed, censored=is_open), misfit=fitted.ks,
        assumption="the work on it, and what it waited for a person, are in the wait",
    )  # fmt: skip


def _by_desk(view: OrderView, people: Desk, zone: str) -> Seen:
    """Return the waits between the question and the amendment, open hours of the desk."""
    asked = view.first(v.CLARIFY_ORDER).select("order", pl.col("time").alias("asked"))
    answered = view.first(v.REMOVE_ORDER_BLOCK).select("order", pl.col("start").alias("begun"))
    rows = asked.join(answered, on="order", how="left")
    since = local_hours(rows["asked"], zone)
    end = local_hours(view.end, zone)
    begun = local_hours(rows["begun"], zone)
    is_open = np.isnan(begun)
    begun = np.where(is_open, end[0], begun)
    earliest = np.maximum(people.last_idle(begun), since)
    latest = people.open_hours(since, begun)
    return Seen(people.open_hours(since, earliest), np.where(is_open, np.inf, latest))


def _office_hours(view: OrderView, since: pl.Series, until: pl.Series, zone: str) -> Floats:
    """Return the hours between pairs of moments in which people work, as the log's clock shows."""
    people = view.events.filter(~pl.col("automated").fill_null(value=False)).unique("event")
    quarters = people.with_columns(pl.col("time").dt.truncate("15m").alias("quarter"))
    stamps = quarters.unique(["resource", "quarter"], maintain_order=True)["time"]
    hours = weekly_hours(on_the_wall(stamps, zone))
    if hours is None:
        return np.maximum(business_hours(since, until, zone), 0.0)
    return hours.between(on_the_wall(since, zone), on_the_wall(until, zone))


def _cap(values: Floats) -> float:
    """Return a limit beyond what was seen: twice the largest."""
    return float(2 * values[np.isfinite(values)].max())
