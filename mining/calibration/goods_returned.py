"""Goods that customers send back: how often, and how long they travel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from mining.calibration.estimate import Estimate, Source
from mining.calibration.receivables import name_of
from mining.calibration.remittances import distribution
from mining.calibration.shares import share
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

_RIPE_DAYS = 45

IDENTIFIABLE = ("returns.travel_days",)
NOT_IDENTIFIABLE = {
    "returns.share": "damaged goods that are sent back are not apart from others",
    "returns.damaged_share": "damage is no event",
    "returns.whole_share": "damaged goods are sent back as a whole",
    "returns.request_days": "the order desk's queue is in it",
    "returns.restocked_share": "what becomes of the goods is no event",
}


def estimate_returns(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how many deliveries come back, and how long the goods travel.

    Counted are deliveries made long enough before the end of the data.
    """
    log = source.log
    if not {v.DELIVERY, v.RETURN} <= set(log.object_types) or not (
        {v.AUTHORISE_RETURN, v.POST_GOODS_ISSUE} <= set(log.activities)
    ):
        return ()
    view = ObjectEvents.of(log)
    end = log.events["time"].max()
    issued = view.spans(v.DELIVERY, v.POST_GOODS_ISSUE).filter(
        pl.col("first") < pl.lit(end) - pl.duration(days=_RIPE_DAYS)
    )
    back = view.spans(v.DELIVERY, v.AUTHORISE_RETURN)
    hits = issued.join(back.select("case"), on="case", how="semi").height
    where = f"{name_of(source)}: {issued.height:,} deliveries"
    found = [
        share(
            "returns.share", hits, issued.height, where, seed,
            "damaged goods that came back count among the others",
        )
    ]  # fmt: skip
    moves = view.spans(v.RETURN, v.AUTHORISE_RETURN).select(
        "case", pl.col("last").alias("authorised")
    )
    arrived = view.spans(v.RETURN, v.RECEIVE_RETURN).select("case", pl.col("first").alias("there"))
    moves = moves.join(arrived, on="case", how="left").sort("case")
    until = pl.coalesce("there", pl.lit(end))
    days = moves.select((until - pl.col("authorised")).dt.total_seconds() / 86_400).to_series()
    found.append(
        distribution(
            "returns.travel_days", days.to_numpy(), where, seed,
            censored=np.asarray(moves["there"].is_null().to_numpy()),
        )
    )  # fmt: skip
    return tuple(estimate for estimate in found if estimate is not None)


ESTIMATORS: tuple[Callable[[Source, int], tuple[Estimate, ...]], ...] = (estimate_returns,)
