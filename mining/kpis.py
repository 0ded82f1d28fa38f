"""Order-to-cash KPIs: the one place where their formulas live, for simulated and real logs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from mining.cash_kpis import cash_kpis, invoice_spans
from mining.cost_kpis import cost_kpis
from mining.delivery_kpis import delivery_kpis
from mining.kpi_definitions import DEFINITIONS, KpiDefinition
from mining.kpi_support import unsupported
from mining.measures import Period, local_date
from mining.object_events import ObjectEvents
from mining.order_facts import order_facts
from mining.order_kpis import order_kpis
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError
from o2c_sim.eventlog import EventLog

__all__ = [
    "DEFINITIONS",
    "KpiDefinition",
    "Period",
    "invoice_spans",
    "measure",
    "order_facts",
    "unsupported",
    "whole_period",
]


def measure(
    log: EventLog | ObjectEvents,
    period: Period | None = None,
    case_type: str = v.ORDER,
    recorded: Collection[str] | None = None,
) -> dict[str, float]:
    """Return every KPI that the log's tables carry.

    Parameters
    ----------
    log
        A log in the reference vocabulary, with objects of the case type and, for the cash side,
        ``invoice``; or a view of it that other readers share.
    period
        The measured period; all of the log when None.
    case_type
        What stands for the order: ``order``, or ``order_line`` where a log has nothing else.
    recorded
        Activities that the log would show if they had happened; those that occur when None.

    Returns
    -------
    dict
        KPI key to value, in the order of :data:`DEFINITIONS`. A KPI whose activities the log does
        not record is absent; one without a single case in the period is NaN.
    """
    view = ObjectEvents.of(log)
    period = period or whole_period(view.log)
    found: dict[str, float] = {}
    if case_type in view.object_types:
        found |= order_kpis(view, case_type, period)
    found |= delivery_kpis(view, period)
    if v.INVOICE in view.object_types:
        found |= cash_kpis(view, period)
    found |= cost_kpis(view, period)
    known = set(view.activities if recorded is None else recorded)
    return {
        key: found[key]
        for key, definition in DEFINITIONS.items()
        if key in found and (not definition.needs or known.intersection(definition.needs))
    }


def whole_period(log: EventLog) -> Period:
    """Return the period from the log's first local date to its last.

    Raises
    ------
    LogError
        If the log has no events.
    """
    if log.events.is_empty():
        raise LogError("the log has no events")
    dates = log.events.select(local_date("time", log.zone)).to_series()
    first, last = dates.min(), dates.max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    return Period(first, last + dt.timedelta(days=1))
