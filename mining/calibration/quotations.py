"""Quotations: how much demand begins with one, and when and how often it becomes an order."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.calibration.desk import local_hours
from mining.calibration.estimate import Estimate, Source
from mining.calibration.onset import Onset, Seen, fit_onset
from mining.calibration.order_view import OrderView, order_view
from mining.calibration.proportions import generator, share_estimate
from o2c_sim import vocabulary as v

IDENTIFIABLE = (
    "capture.quotation_share",
    "capture.quotation_won_share",
    "capture.quotation_decision_days",
)
NOT_IDENTIFIABLE: dict[str, str] = {}

_LEAST = 10
_LEAST_DEMAND = 30
_LONGEST_DAYS = 730.0


def estimate_quotations(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the share of demand with a quotation, the share won, and the time to the decision.

    A quotation without an order is lost or not decided yet; the log does not tell which, so the
    share won and the time are estimated together. Where none is without an order, the log does
    not have lost ones: all count as won. Those older than the log are left out: it has of them
    only what was won.
    """
    view = order_view(source)
    if view is None:
        return ()
    orders = view.orders.filter(~pl.col("quoted_before"))
    quoted = orders.drop_nulls("quoted")
    demand = orders.filter(pl.col("quoted").is_not_null() | pl.col("received").is_not_null()).height
    if demand < _LEAST_DEMAND or (not quoted.height and not view.has(v.RECEIVE_ORDER)):
        return ()
    lost = quoted["received"].null_count()
    note = "" if lost or not quoted.height else "the log shows quotations that became orders only"
    found = [
        share_estimate(
            "capture.quotation_share", quoted.height, demand, seed,
            f"{view.name}, demand that begins with a quotation", note,
        )
    ]  # fmt: skip
    won = quoted.height - lost
    if won < _LEAST:
        return tuple(found)
    onset = _decisions(view, quoted, source.zone, seed, all_won=not lost)
    said = f"{view.name}: {won} orders from {quoted.height} quotations"
    if lost:
        share = Estimate(
            "capture.quotation_won_share", onset.share, said, quoted.height,
            onset.low, onset.high, onset.shares,
            assumption="lost and undecided ones told apart by the times of those won",
        )  # fmt: skip
    else:
        share = Estimate(
            "capture.quotation_won_share", 1.0, said, quoted.height, assumption=note
        )  # fmt: skip
    days = Estimate(
        "capture.quotation_decision_days", onset.time, f"{said}, {onset.family}", won,
        draws=onset.times,
    )  # fmt: skip
    return (*found, share, days)


ESTIMATORS = (estimate_quotations,)


def _decisions(
    view: OrderView, quoted: pl.DataFrame, zone: str, seed: int, *, all_won: bool
) -> Onset:
    """Return when quotations are decided, days.

    An order of a Monday may have been decided on at the weekend before.
    """
    since = local_hours(quoted["quoted"], zone) / 24
    end = local_hours(view.end, zone)[0] / 24
    received = local_hours(quoted["received"], zone) / 24
    won = ~np.isnan(received)
    day = np.floor(np.where(won, received, end))
    # The first day from 1970 was a Thursday.
    monday = won & ((day + 3) % 7 == 0)
    begins = np.where(monday, day - 2, day)
    earliest = np.where(won, np.maximum(begins - since, 0.0), np.maximum(end - since, 0.0))
    latest = np.where(won, np.maximum(day + 1 - since, 1e-3), np.inf)
    # Moments before the hour of the enquiry are decided upon as well, but the order waits for it.
    cap = min(_LONGEST_DAYS, float(2 * latest[won].max()))
    rng = generator(seed, "capture.quotation_won_share")
    return fit_onset(Seen(earliest, latest), rng, always=all_won, cap=cap)
