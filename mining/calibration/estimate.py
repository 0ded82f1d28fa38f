"""What calibration finds of one parameter, and what it finds it in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from o2c_sim.eventlog import EventLog

# Values drawn for each estimate, for replications that do not know the company exactly.
DRAWS = 50


@dataclass(frozen=True, slots=True)
class Source:
    """The data that a company is calibrated from.

    Parameters
    ----------
    log
        The event log, its activities under the names of :mod:`o2c_sim.vocabulary`.
    case_type
        The object type whose objects are the cases of a flat log; ``order`` or ``order_line``.
    zone
        IANA time zone of the company's clock.
    name
        What reports call the log.
    receivables
        A table of invoices (``customer``, ``amount``, ``invoice_date``, ``due_date``,
        ``settled_date``, ``days_late``, ``disputed``; those that there are), from a second file
        if there is one, else None: then what is known of invoices is in the log.
    receivables_name
        What reports call that file.
    since
        Local date before which orders are left out; None if none are. Of the quotations older
        than that the log has only those that became orders later.
    """

    log: EventLog
    case_type: str
    zone: str
    name: str
    receivables: pl.DataFrame | None = None
    receivables_name: str = ""
    since: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """One parameter of a company, as the data tell it.

    Parameters
    ----------
    path
        Dotted path in :class:`~o2c_sim.model.company.CompanyModel`, such as
        ``demand.orders_per_week`` or ``staff.credit.headcount``.
    value
        The value in the form of a model file: number, text, list or mapping of plain values.
    source
        Where it comes from, for the provenance in the model: data, method, number of observations.
    sample
        Number of observations behind it.
    low, high
        Limits of a 95 % interval of a single number; None where the value is none.
    draws
        :data:`DRAWS` values as they might have been found in other data of the same company
        (bootstrap or posterior); empty where none can be given.
    misfit
        Kolmogorov-Smirnov distance of a fitted distribution; None without one.
    assumption
        What had to be assumed for it, in words; empty if nothing.
    """

    path: str
    value: Any
    source: str
    sample: int
    low: float | None = None
    high: float | None = None
    draws: tuple[Any, ...] = field(default=())
    misfit: float | None = None
    assumption: str = ""
