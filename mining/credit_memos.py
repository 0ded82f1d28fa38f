"""Credit memos, by whether they put an invoice right or only pay for goods that came back."""

from __future__ import annotations

import numpy as np

from mining.measures import Flags
from mining.object_events import ObjectEvents
from mining.shared_events import carried
from o2c_sim import vocabulary as v


def corrections(view: ObjectEvents) -> Flags:
    """Return which events credit an invoice for another reason than returned goods.

    A credit memo is taken to be for a return if, by then, one was authorised of a delivery that
    its invoice bills (of the order, where a log has no deliveries): the customer has sent the
    goods back, and the invoice was right when it was made.

    Raises
    ------
    LogError
        If the log has no invoices.

    Returns
    -------
    numpy.ndarray
        By row of the log's ``events``.
    """
    return view.once("corrections", lambda: _corrections(view))


def _corrections(view: ObjectEvents) -> Flags:
    memo, credited = view.links(v.INVOICE, v.CREATE_CREDIT_MEMO)
    found = np.zeros(view.log.events.height, np.bool_)
    goods = v.DELIVERY if v.DELIVERY in view.object_types else v.ORDER
    if goods not in view.object_types:
        found[memo] = True
        return found
    returned = view.when(goods, v.AUTHORISE_RETURN)
    sent_back = carried(view, goods, returned, v.INVOICE, v.CREATE_INVOICE, np.fmin)
    found[memo[~(sent_back[credited] <= view.times[memo])]] = True
    return found
