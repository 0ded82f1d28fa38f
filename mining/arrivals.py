"""When goods arrive."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.measures import NEVER, Instants
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v


def arrivals(view: ObjectEvents, object_type: str) -> pl.DataFrame:
    """Return ``case``, ``issued`` (first), ``arrived`` (the last; null while one is on its way).

    Goods arrive when the customer confirms it; where a log has no such event, as they leave.
    """
    issued = view.firsts(object_type, v.POST_GOODS_ISSUE).rename({"first": "issued"})
    return issued.with_columns(pl.Series("arrived", arrived(view, object_type, issued["case"])))


def arrived(view: ObjectEvents, object_type: str, cases: pl.Series) -> Instants:
    """Return when the last goods of some objects arrived; NaT if any, or all, have not."""
    if not view.happens(object_type, v.CONFIRM_DELIVERY):
        return view.when(object_type, v.POST_GOODS_ISSUE, cases, "last")
    issued, confirmed = (
        view.moments(object_type, activity, cases, "times").to_numpy()
        for activity in (v.POST_GOODS_ISSUE, v.CONFIRM_DELIVERY)
    )
    last = view.when(object_type, v.CONFIRM_DELIVERY, cases, "last")
    return np.where(confirmed >= issued, last, NEVER)
