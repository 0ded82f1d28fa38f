"""When goods arrive."""

from __future__ import annotations

import numpy as np

from mining.measures import NEVER, Instants
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v


def arrived(view: ObjectEvents, object_type: str) -> Instants:
    """Return when the last goods of each object arrived; NaT if any, or all, have not.

    Goods arrive when the customer confirms it; where a log has no such event, as they leave.

    Returns
    -------
    numpy.ndarray
        By place of the objects of the type.
    """
    if not view.happens(object_type, v.CONFIRM_DELIVERY):
        return view.when(object_type, v.POST_GOODS_ISSUE, "last")
    issued = view.counts(object_type, v.POST_GOODS_ISSUE)
    confirmed = view.counts(object_type, v.CONFIRM_DELIVERY)
    last = view.when(object_type, v.CONFIRM_DELIVERY, "last")
    return np.where(confirmed >= issued, last, NEVER)
