"""Data quality: what the time stamps and names of a log cannot tell, before anybody believes it.

Every finding rests on a count in the log, says which analyses it spoils and what to do. A log
without findings is not thereby right; it only shows none of these signs.

References
----------
Suriadi et al., "Event log imperfection patterns for process mining", Information Systems 64,
2017.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from mining import stamps
from mining.finding import ENOUGH, EXAMPLES, Finding, examples
from mining.signs import clocks, dates, order, references
from mining.signs import flat as flat_times
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

SEVERITIES = ("serious", "warning", "info")

_ORDER_TO_CASH = r"order|deliver|goods?\b|shipment|invoice|billing|quotation"
_BILLING = r"invoice|billing|\bbill\b|rechnung"
_CASH = r"payment|\bpaid\b|\bpay\b|\bcash\b|\bclear(ed|ing)?\b|settle|remittance|zahlung"


@dataclass(frozen=True, slots=True)
class Quality:
    """Size and signs of trouble of a log seen through one case notion.

    Parameters
    ----------
    case_type
        The case notion.
    events, cases, activities, resources
        Counts; events without a case are not counted.
    first, last
        First and last completion, naive UTC.
    null_shares
        For each event column with gaps the share of events without a value.
    findings
        Worst first.
    """

    case_type: str
    events: int
    cases: int
    activities: int
    resources: int
    first: datetime
    last: datetime
    null_shares: tuple[tuple[str, float], ...]
    findings: tuple[Finding, ...]


def quality(log: EventLog, case_type: str, notes: Iterable[str] = ()) -> Quality:
    """Look for signs that a log's stamps and names mislead.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type that serves as the case notion.
    notes
        What the reader noted; broken references that it left out become findings.

    Returns
    -------
    Quality
        Sizes and findings.

    Raises
    ------
    LogError
        If no object has that type, or none of them has an event.
    """
    flat = log.flatten(case_type)
    if flat.is_empty():
        raise LogError(
            Problem(f"no event belongs to an object of type {case_type!r}", where=log.source)
        )
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(log.zone)
    ids = log.objects.sort("object")["object_id"]
    events = flat.with_columns(
        ids.gather(flat["case"]).alias("case_id"),
        activity=pl.col("activity").cast(pl.String),
        local=local.dt.replace_time_zone(None),
    )
    # Shares per activity count every event once, in however many cases it occurs.
    single = events.unique("event", keep="first", maintain_order=True)
    by_clock = stamps.on_the_clock(single)
    clocked, day_grain = stamps.clocked(by_clock), stamps.day_grain(by_clock)
    findings = [
        *stamps.findings(events, single, by_clock, log.zone),
        *dates.findings(events),
        *order.findings(events, day_grain),
        *flat_times.findings(events, single, clocked),
        *clocks.findings(single, clocked),
        *references.findings(log, notes),
        *_duplicates(events),
        *_equal_times(events),
        *_convergence(events, single, log, case_type),
        *_missing_side(events, log, case_type),
        *_cut_off(events),
        *_cut_on(events),
        *_one_end(events),
    ]
    first, last = single.select(pl.col("time").min(), last=pl.col("time").max()).row(0)
    shares = [(c, flat[c].null_count() / flat.height) for c in flat.columns]
    return Quality(
        case_type=case_type,
        events=single.height,
        cases=events["case"].n_unique(),
        activities=events["activity"].n_unique(),
        resources=events["resource"].drop_nulls().n_unique(),
        first=first,
        last=last,
        null_shares=tuple((name, share) for name, share in shares if share > 0),
        findings=tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), -f.count))),
    )


def _duplicates(events: pl.DataFrame) -> list[Finding]:
    key = ["case", "activity", "time"]
    surplus = events.height - events.select(key).unique().height
    if not surplus:
        return []
    repeats = events.filter(~pl.struct(key).is_first_distinct())
    share = surplus / events.height
    return [
        Finding(
            "duplicates", "warning" if share > 0.001 else "info",
            f"{surplus:,} events ({share:.1%}) repeat the case, activity and time of another",
            surplus, "events", "counts of activities, rework, loops",
            "find out whether they are parts of one step (items, batches) before counting rework",
            examples(repeats),
        )
    ]  # fmt: skip


def _equal_times(events: pl.DataFrame) -> list[Finding]:
    tied = events.filter(pl.len().over("case", "time") > 1).height
    share = tied / events.height
    if share < 0.01:
        return []
    return [
        Finding(
            "equal_times", "warning" if share > 0.1 else "info",
            f"{tied:,} events ({share:.1%}) have the same time as another of their case", tied,
            "events", "variants and the arrows of process maps",
            "the order of the file decides among them; do not read a sequence into it",
        )
    ]  # fmt: skip


def _convergence(
    events: pl.DataFrame, single: pl.DataFrame, log: EventLog, case_type: str
) -> list[Finding]:
    findings = []
    if events.height > single.height:
        shared = events.filter(pl.len().over("event") > 1)["event"].n_unique()
        findings.append(
            Finding(
                "convergence", "warning",
                f"{shared:,} of {single.height:,} events belong to several cases: "
                f"{events.height / single.height:.2f} rows per event", shared, "events",
                "counts of activities, workload, cost",
                "count events by object, or choose another case type",
            )
        )  # fmt: skip
    outside = log.events.height - single.height
    if outside:
        findings.append(
            Finding(
                "outside", "info", f"{outside:,} events belong to no {case_type}", outside,
                "events", "the picture of the whole process",
                "look at them through another case type",
            )
        )  # fmt: skip
    return findings


def _missing_side(events: pl.DataFrame, log: EventLog, case_type: str) -> list[Finding]:
    names = events["activity"].unique().sort()
    lower = names.str.to_lowercase()
    if not lower.str.contains(_ORDER_TO_CASH).any() or lower.str.contains(_CASH).any():
        return []
    cases = events["case"].n_unique()
    elsewhere = pl.Series(log.activities).str.to_lowercase().str.contains(_CASH).any()
    if elsewhere:
        return [
            Finding(
                "no_cash_side", "warning",
                f"no payment or clearing is related to objects of type {case_type!r}",
                cases, "cases", "days sales outstanding, cash collected, dunning",
                "choose another case type for cash",
            )
        ]  # fmt: skip
    billed = bool(lower.str.contains(_BILLING).any())
    sides = "payment or clearing" if billed else "billing, payment or clearing"
    return [
        Finding(
            "no_cash_side", "serious",
            f"no activity is named like {sides}: the log ends before the cash", cases, "cases",
            "days sales outstanding, cash collected, dunning"
            + ("" if billed else ", days to bill"),
            "join receivables (invoice, due and clearing dates) before measuring cash",
        )
    ]  # fmt: skip


def _cut_off(events: pl.DataFrame) -> list[Finding]:
    cases = events.group_by("case", maintain_order=True).agg(
        pl.col("case_id").first(),
        begin=pl.col("time").first(),
        end=pl.col("time").last(),
        final=pl.col("activity").last(),
    )
    spans = (cases["end"] - cases["begin"]).dt.total_microseconds()
    usual = spans.quantile(0.9, "nearest")
    last = cases["end"].max()
    if usual is None or not isinstance(last, datetime):
        return []
    border = last - timedelta(microseconds=float(usual))
    young, old = cases.filter(pl.col("begin") > border), cases.filter(pl.col("begin") <= border)
    if young.height < 5 or old.height < ENOUGH:
        return []
    ends = old["final"].value_counts(sort=True)
    known = ends.filter(pl.col("count").cum_sum().shift(1, fill_value=0) < 0.9 * old.height)
    before, after = (
        float((~part["final"].is_in(known["final"].implode())).sum()) / part.height
        for part in (old, young)
    )
    if after < 2 * before or after < before + 0.1:
        return []
    open_cases = round(after * young.height)
    return [
        Finding(
            "cut_off", "warning",
            f"{open_cases:,} of the {young.height:,} cases that begin in the last "
            f"{timedelta(microseconds=float(usual)).days} days end as only {before:.0%} of the "
            f"earlier do: they were still open when the log was drawn", open_cases, "cases",
            "case durations (too short), conformance, throughput at the end",
            "leave out cases that begin in that time, or treat them as censored",
            _ids(young.filter(~pl.col("final").is_in(known["final"].implode()))),
        )
    ]  # fmt: skip


def _cut_on(events: pl.DataFrame) -> list[Finding]:
    """Find cases that were under way when the log begins."""
    cases = events.group_by("case", maintain_order=True).agg(
        pl.col("case_id").first(),
        begin=pl.col("time").first(),
        end=pl.col("time").last(),
        opening=pl.col("activity").first(),
    )
    spans = (cases["end"] - cases["begin"]).dt.total_microseconds()
    usual = spans.quantile(0.9, "nearest")
    first = cases["begin"].min()
    if usual is None or not isinstance(first, datetime):
        return []
    border = first + timedelta(microseconds=float(usual))
    early, later = cases.filter(pl.col("begin") < border), cases.filter(pl.col("begin") >= border)
    if early.height < 5 or later.height < ENOUGH:
        return []
    openings = later["opening"].value_counts(sort=True)
    known = openings.filter(pl.col("count").cum_sum().shift(1, fill_value=0) < 0.98 * later.height)
    odd = ~pl.col("opening").is_in(known["opening"].implode())
    before, after = (float(part.select(odd.mean()).item()) for part in (early, later))
    if before < 2 * after or before < after + 0.05:
        return []
    cut = early.filter(odd)
    return [
        Finding(
            "cut_on", "warning",
            f"{cut.height:,} of the {early.height:,} cases that appear in the first "
            f"{timedelta(microseconds=float(usual)).days} days begin as only {after:.0%} of the "
            "later do: they had begun before the log does", cut.height, "cases",
            "case durations (too short), first activities, conformance, arrivals at the start",
            "leave out cases that do not begin with the usual first activities",
            _ids(cut),
        )
    ]  # fmt: skip


def _ids(cases: pl.DataFrame) -> tuple[str, ...]:
    return tuple(cases["case_id"].head(EXAMPLES).to_list())


def _one_end(events: pl.DataFrame) -> list[Finding]:
    final = events.group_by("case", maintain_order=True).agg(pl.col("activity").last())["activity"]
    if len(final) < ENOUGH or final.n_unique() > 1:
        return []
    return [
        Finding(
            "one_end", "info",
            f"all {len(final):,} cases end with {final[0]!r}: none is open, cancelled or lost",
            len(final), "cases", "cancellation and loss rates, durations of difficult cases",
            "ask whether the log was drawn by outcome",
        )
    ]  # fmt: skip
