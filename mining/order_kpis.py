"""KPIs of orders: how fast, how smoothly and how far they went."""

from __future__ import annotations

import numpy as np

from mining.arrivals import arrived
from mining.business_time import elapsed_hours
from mining.censoring import spread_with_open
from mining.event_links import Integers, matches
from mining.kpi_definitions_orders import CHANGES, DETOURS
from mining.measures import (
    NAN,
    Array,
    Flags,
    Instants,
    Period,
    days_between,
    days_since,
    elapsed_days,
    mean,
    quotients,
    ratio,
    weighted_mean,
)
from mining.object_events import ObjectEvents
from mining.order_facts import OrderFacts, facts_of_orders, touched_until
from mining.stretches import Stretches, stretches
from o2c_sim import vocabulary as v

# What a customer or a clerk does about a hold.
_ANSWERS = (*CHANGES, v.CORRECT_ORDER, v.REQUEST_PREPAYMENT, v.RECEIVE_PAYMENT)


def order_kpis(view: ObjectEvents, case_type: str, period: Period) -> dict[str, float]:
    """Return the KPIs of the orders that were received in a period."""
    facts = facts_of_orders(view, case_type)
    rows = facts.where(view.within(period, facts.received))
    received = rows.received

    def had(*activities: str) -> Flags:
        return view.happened(case_type, *activities)[rows.place]

    def so_far(stem: str) -> Array:
        return days_since(received[open_orders(rows, stem)], view.end)

    started, processed, ended = (
        elapsed_hours(view.clock.wall(moments))
        for moments in (received, rows.confirmed, np.full(1, view.end))
    )
    processing = processed - started
    # Until the last event of the log, which is all that is known of them.
    so_far_hours = ended - started[open_orders(rows, "order_processing")]
    confirmed, shipped = ~np.isnat(rows.confirmed), ~np.isnat(rows.goods_issued)
    until_issue = view.when(case_type, v.POST_GOODS_ISSUE)
    touched, told = (known[rows.place] for known in touched_until(view, case_type, until_issue))
    return {
        **spread_with_open(
            "order_processing",
            "hours",
            processing[~np.isnan(processing)],
            so_far_hours,
        ),
        **spread_with_open(
            "order_cycle",
            "days",
            days_between(received, rows.goods_issued),
            so_far("order_cycle"),
        ),
        **_order_to_delivery(view, case_type, rows),
        **spread_with_open(
            "order_to_cash",
            "days",
            days_between(received, rows.cleared),
            so_far("order_to_cash"),
        ),
        "order_to_cash_weighted_days": _weighted_days(view, case_type, rows),
        "invoice_lag_mean_days": mean(days_between(rows.goods_issued, rows.sent)),
        "touchless_share": mean(~rows.touched[rows.told]),
        "touchless_to_goods_issue_share": mean(~touched[told]),
        "first_time_right_share": 1 - mean(had(*DETOURS)),
        "credit_hold_share": mean(rows.held),
        **_hold_kpis(view, case_type, rows),
        "order_change_share": mean(had(*CHANGES)[confirmed]),
        "date_change_share": mean(had(v.CHANGE_DELIVERY_DATE)[confirmed]),
        "cancellation_share": mean(~np.isnat(rows.cancelled)),
        "return_share": mean(had(v.AUTHORISE_RETURN)[shipped]),
        "quotation_won_share": _quotations_won(view, case_type, period),
        "open_share": mean(~rows.settled & np.isnat(rows.cancelled)),
    }


def open_orders(rows: OrderFacts, stem: str) -> Flags:
    """Return whether orders may still reach the end of a time when the log ends.

    Parameters
    ----------
    rows
        The orders.
    stem
        ``order_processing``, ``order_cycle`` or ``order_to_cash``.
    """
    if stem == "order_to_cash":
        return ~rows.settled & _without(rows.cancelled, rows.written_off)
    # What has gone on without a step will not come back to it.
    not_shipped = _without(rows.goods_issued, rows.invoiced, rows.cleared, rows.cancelled)
    return not_shipped & _without(rows.confirmed) if stem == "order_processing" else not_shipped


def _without(*moments: Instants) -> Flags:
    found: Flags = np.logical_and.reduce([np.isnat(column) for column in moments])
    return found


def _order_to_delivery(view: ObjectEvents, case_type: str, rows: OrderFacts) -> dict[str, float]:
    """Return the time until all that has left has arrived; what is on its way is open."""
    if not view.happens(case_type, v.CONFIRM_DELIVERY):
        return {}
    arrival = arrived(view, case_type)[rows.place]
    passed = ~_without(rows.invoiced, rows.cleared) & _without(rows.goods_issued)
    still_open = _without(arrival, rows.cancelled) & ~passed
    return spread_with_open(
        "order_to_delivery",
        "days",
        days_between(rows.received, arrival),
        days_since(rows.received[still_open], view.end),
    )


def _weighted_days(view: ObjectEvents, case_type: str, rows: OrderFacts) -> float:
    """Return the time from order to cash, each order by its value."""
    valued = np.flatnonzero(view.counts(case_type, v.RECEIVE_ORDER))
    values = np.full(len(view.numbers_of(case_type)), NAN)
    values[valued] = quotients(view.cents(case_type, v.RECEIVE_ORDER)[valued], 100)
    own = ~np.isnan(values[rows.place])
    days = elapsed_days(rows.received[own], rows.cleared[own])
    return weighted_mean(days, values[rows.place][own])


def _hold_kpis(view: ObjectEvents, case_type: str, rows: OrderFacts) -> dict[str, float]:
    """Return how long credit holds last, and how many end as they began."""
    decisions = (v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
    holds = stretches(view, case_type, v.SET_CREDIT_BLOCK, decisions)
    meant = np.zeros(len(view.numbers_of(case_type)), np.bool_)
    meant[rows.place] = True
    holds = holds.where(meant[holds.place])
    decided = holds.where(~np.isnat(holds.last))
    hold, time = _during(view, case_type, decided, v.RELEASE_CREDIT_BLOCK)
    released, acted = np.zeros((2, len(decided.place)), np.bool_)
    released[hold[time == decided.last[hold]]] = True
    hold, time = _during(view, case_type, decided, *_ANSWERS)
    acted[hold[(time > decided.first[hold]) & (time <= decided.last[hold])]] = True
    # Holds that begin at one moment, which a log without times of day has, count together.
    again = (np.diff(decided.place) == 0) & (np.diff(decided.first) == np.timedelta64(0, "us"))
    begun = np.cumsum(np.append(True, ~again))[: len(acted)]
    acted = np.isin(begun, begun[acted & released])
    return {
        "credit_hold_mean_hours": 24 * mean(days_between(holds.first, holds.last)),
        "credit_release_unchanged_share": ratio(int((released & ~acted).sum()), len(acted)),
    }


def _during(
    view: ObjectEvents, case_type: str, holds: Stretches, *activities: str
) -> tuple[Integers, Instants]:
    """Return each hold and time of some events of its case, at any time, by pair."""
    row, case = view.links(case_type, *activities)
    held = np.zeros(len(view.numbers_of(case_type)), np.bool_)
    held[holds.place] = True
    row, case = row[held[case]], case[held[case]]
    hold, event = matches(holds.place, case)
    return hold, view.times[row[event]]


def _quotations_won(view: ObjectEvents, case_type: str, period: Period) -> float:
    quoted = view.within(period, view.when(case_type, v.CREATE_QUOTATION))
    won = view.happened(case_type, v.CREATE_SALES_ORDER) & quoted
    return ratio(int(won.sum()), int(quoted.sum()))
