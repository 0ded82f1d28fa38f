"""From the confirmation of an order until none of its lines is open: when it could have changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mining import activity_names as names
from mining.calibration.desk import Desk, desk, local_hours, role_of
from mining.calibration.onset import Seen
from mining.calibration.order_view import OrderView
from o2c_sim import vocabulary as v

Floats = npt.NDArray[np.float64]

REJECTIONS = (v.REJECT_ORDER_LINE, names.SET_REJECTION_REASON)
_HOURS_PER_DAY = 24.0


def order_life(view: OrderView) -> pl.DataFrame:
    """Return when each order could be changed.

    Returns
    -------
    polars.DataFrame
        ``order``, ``received``, ``confirmed`` (when it was received where the log has no
        confirmations) and ``closed``, when the last open line was delivered or given up; the end
        of the log where ``is_open``. Orders never confirmed are left out.
    """
    orders = view.orders.drop_nulls("received").select("order", "received")
    if view.has(v.CONFIRM_ORDER):
        confirmed = view.first(v.CONFIRM_ORDER).select("order", confirmed="time")
        orders = orders.join(confirmed, on="order")
    else:
        orders = orders.with_columns(pl.col("received").alias("confirmed"))
    left = view.of(v.CREATE_DELIVERY, *REJECTIONS)
    if view.lines.height:
        gone = left.drop_nulls("line").group_by("line").agg(pl.col("time").min())
        lines = view.lines.select("line", "order").join(gone, on="line", how="left")
    else:
        gone = left.group_by("order").agg(pl.col("time").max())
        lines = orders.select("order").join(gone, on="order", how="left")
    closed = lines.group_by("order").agg(
        pl.col("time").max().alias("closed"), pl.col("time").null_count().alias("left")
    )
    given_up = view.first(v.CANCEL_ORDER).select("order", given_up="time")
    end = pl.lit(view.end[0])
    return (
        orders.join(closed, on="order", how="left")
        .join(given_up, on="order", how="left")
        .with_columns(
            pl.when(pl.col("left").fill_null(1) > 0).then(None).otherwise("closed").alias("closed")
        )
        .with_columns(pl.min_horizontal("closed", "given_up").alias("closed"))
        .select(
            "order",
            "received",
            "confirmed",
            pl.col("closed").is_null().alias("is_open"),
            pl.max_horizontal(pl.col("closed").fill_null(end), "confirmed").alias("closed"),
        )
        .sort("order")
    )


def order_desk(view: OrderView, zone: str) -> Desk | None:
    """Return the desk that enters orders, where the log shows when it is busy.

    It also does what leaves no event, such as a change that comes too late.
    """
    role = role_of(view.events, v.CREATE_SALES_ORDER)
    if role is None:
        return None
    came = []
    for ready, begun in (
        (v.RECEIVE_ORDER, v.CREATE_SALES_ORDER),
        (v.SET_ORDER_BLOCK, v.CLARIFY_ORDER),
    ):
        arrived = view.first(ready).select("order", pl.col("time").alias("arrived"))
        came.append(view.first(begun).join(arrived, on="order").select("event", "arrived"))
    return desk(view.events, zone, role, pl.concat(came))


def credit_desk(view: OrderView, zone: str) -> Desk | None:
    """Return the desk that reviews credit holds, where the log shows when it is busy."""
    role = role_of(view.events, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
    return None if role is None else desk(view.events, zone, role)


def seen_requests(life: pl.DataFrame, done: pl.DataFrame, people: Desk | None, zone: str) -> Seen:
    """Return when customers asked for something, days from the receipt of the order.

    Parameters
    ----------
    life
        See :func:`order_life`.
    done
        ``order``, ``start`` (null where unknown) and ``time`` of what was asked for, one row an
        order.
    people
        Who does it; None where the log does not show it: then it counts as done at once.
    zone
        IANA time zone.
    """
    rows = life.join(done.select("order", "start", "time"), on="order", how="left")
    rows = rows.sort("order")
    received, confirmed, closed = (
        local_hours(rows[name], zone) for name in ("received", "confirmed", "closed")
    )
    begun = local_hours(rows.select(pl.coalesce("start", "time"))["start"], zone)
    arisen = ~np.isnan(begun)
    moment = np.where(arisen, begun, closed)
    ready = moment if people is None else people.last_idle(moment)
    # What was asked for before the confirmation is attended to after it.
    ready = np.where(ready <= confirmed + 1e-3, received, ready)
    earliest = np.maximum(ready - received, 0.0) / _HOURS_PER_DAY
    latest = np.where(arisen, np.maximum(moment - received, 1e-4) / _HOURS_PER_DAY, np.inf)
    return Seen(np.minimum(earliest, np.where(arisen, latest, earliest)), latest)
