"""Logs that no company can be calibrated from, and what is missing in those that tell a part."""

from __future__ import annotations

import polars as pl

from mining.calibration.estimate import Source
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, Problem

LEAST_CASES = 20
LEAST_DAYS = 14
LEAST_INVOICES = 50
_SHOWN_LETTERS = 60
# By these a case has got somewhere: until none of them has happened, all that is known is waiting.
ENDS = (
    v.POST_GOODS_ISSUE,
    v.CONFIRM_DELIVERY,
    v.CREATE_INVOICE,
    v.CLEAR_INVOICE,
    v.CANCEL_ORDER,
    v.DENY_CREDIT,
    "Set Rejection Reason",
    v.REJECT_ORDER_LINE,
)


def require_calibratable(source: Source) -> None:
    """Refuse a source that tells too little of a company.

    Raises
    ------
    LogError
        With the reason, what is missing and what to do, all at once.
    """
    invoices = source.case_type == v.INVOICE
    problems = _invoice_problems(source) if invoices else _log_problems(source)
    if problems:
        raise LogError(problems)


def _invoice_problems(source: Source) -> list[Problem]:
    table = source.receivables
    if table is None or table.height >= LEAST_INVOICES:
        return []
    return [
        Problem(
            f"{table.height} invoices say too little of how customers pay",
            where=source.name,
            allowed=f"{LEAST_INVOICES} or more",
            suggestion="a list of some months",
        )
    ]


def _log_problems(source: Source) -> list[Problem]:
    known = [name for name in source.log.activities if name in v.ACTIVITIES]
    discovered = "o2c calibrate --discovered, which learns a model of any process"
    if not known:
        shown = ", ".join(repr(name[:_SHOWN_LETTERS]) for name in source.log.activities[:5])
        more = ", ..." if len(source.log.activities) > 5 else ""
        return [
            Problem(
                f"none of the {len(source.log.activities)} activities ({shown}{more}) is one of "
                "order to cash",
                where=source.name,
                allowed="names such as " + ", ".join(map(repr, v.HAPPY_PATH[:4])),
                suggestion=f"a mapping file with `activities:` (--mapping), or {discovered}",
            )
        ]
    cases = source.log.flatten(source.case_type)
    problems = []
    count = cases["case"].n_unique()
    if count < LEAST_CASES:
        problems.append(
            Problem(
                "one case is no company"
                if count == 1
                else f"{count} cases say too little of a company",
                where=source.name,
                allowed=f"{LEAST_CASES} cases or more",
                suggestion="a longer period, or another --case column or --case-type",
            )
        )
    first, last = cases.select(pl.col("time").min(), pl.col("time").max().alias("last")).row(0)
    days = (last - first).total_seconds() / 86_400
    if days == 0:
        problems.append(
            Problem(
                "all events have the same time stamp, so nothing takes any time",
                where=source.name,
                suggestion="another --time column",
            )
        )
    elif days < LEAST_DAYS:
        problems.append(
            Problem(
                f"the log covers {days:.1f} days; weekdays and lags cannot be told apart from "
                "chance",
                where=source.name,
                allowed=f"{LEAST_DAYS} days or more, best some months",
                suggestion="a longer period",
            )
        )
    spans = cases.group_by("case").agg(pl.col("time").max() - pl.col("time").min(), pl.len())
    if days and (spans["time"].dt.total_microseconds() == 0).all() and (spans["len"] > 1).any():
        problems.append(
            Problem(
                "within each case all events have the same time stamp, so nothing takes any time",
                where=source.name,
                suggestion="the stamp of each event (--time) instead of one of the case",
            )
        )
    if not any(name in ENDS for name in known):
        problems.append(
            Problem(
                "all cases are open: no goods issue, invoice, rejection or cancellation occurs",
                where=source.name,
                allowed="one of " + ", ".join(map(repr, ENDS[:3])) + " in some of the cases",
                suggestion="a log that is taken later or further down the process, or names in a "
                f"mapping file (--mapping), or {discovered}",
            )
        )
    return problems


def missing(source: Source) -> tuple[str, ...]:
    """Return what the data do not hold, and what of the company is therefore not known."""
    if source.case_type == v.INVOICE:
        return ("there are only invoices: all before the invoice is as in the reference company",)
    events, told = source.log.events, []
    if source.zone == "UTC":
        told.append("the company's time zone (--zone): its clock is taken as UTC")
    if events["resource"].null_count() == events.height:
        told.append("no person or system (--resource): who works, how many, when and how busy")
    elif events["role"].null_count() == events.height:
        told.append("no role (--role): which people do what is inferred from their activities")
    if events["start"].null_count() == events.height:
        told.append(
            "no start stamps (--start): work and waiting are told apart only under an assumption"
        )
    if events["automated"].null_count() == events.height:
        told.append("nothing says whether people or systems act (--automated)")
    attributes = {name.casefold() for name in source.log.objects.columns}
    if not any("customer" in name for name in (*attributes, *source.log.object_types)):
        told.append("no customer: who orders how much, and which groups there are")
    names = set(source.log.activities)
    if v.SET_CREDIT_BLOCK not in names and v.RELEASE_CREDIT_BLOCK not in names:
        told.append("no credit holds: limits and the credit desk")
    if v.CREATE_INVOICE not in names:
        told.append("no invoices: billing runs and the way invoices travel")
    if v.RECEIVE_PAYMENT not in names and v.CLEAR_INVOICE not in names:
        told.append(
            "the log ends before the payment"
            + (
                f": that half is taken from {source.receivables_name}"
                if source.receivables is not None
                else " and there is no list of invoices (--ar): terms, lateness, disputes, "
                "reminders and cash are as in the reference company"
            )
        )
    return tuple(told)
