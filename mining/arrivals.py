"""When goods arrive."""

from __future__ import annotations

import polars as pl

from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v


def arrivals(view: ObjectEvents, object_type: str) -> pl.DataFrame:
    """Return ``case``, ``issued`` (first), ``arrived`` (the last; null while one is on its way).

    Goods arrive when the customer confirms it; where a log has no such event, as they leave.
    """
    issued = view.spans(object_type, v.POST_GOODS_ISSUE)
    confirmed = view.spans(object_type, v.CONFIRM_DELIVERY)
    if not confirmed.height:
        return issued.select(
            "case", pl.col("first").alias("issued"), pl.col("last").alias("arrived")
        )
    last, times = (
        view.moments(object_type, v.CONFIRM_DELIVERY, issued["case"], which)
        for which in ("last", "times")
    )
    whole = times >= pl.col("times")
    return issued.select(
        "case", pl.col("first").alias("issued"), pl.when(whole).then(last).alias("arrived")
    )
