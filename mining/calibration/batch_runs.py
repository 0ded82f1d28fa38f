"""When the batch jobs run: delivery, billing, dunning, pick-up and others, found from the clock.

A batch job leaves many stamps in the same minute of the day, on the same weekdays or days of the
month. Its calendar is read off these; what people do at any moment is no run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.calibration.estimate import Estimate, Source
from mining.calibration.run_clock import (
    Run,
    Stamps,
    in_runs,
    is_day_grain,
    runs_in,
    spread_times,
)
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog
from o2c_sim.model.section import WEEKDAYS

# With less of an activity in runs it is done at any moment.
RUN_SHARE = 0.5
# With more of it in runs the rest is not worth times of its own.
_ALL_SHARE = 0.9
# Hours with a smaller share of what is outside the runs get no time of their own.
_HOUR_SHARE = 0.02
_FEWEST = 20
_WEEKDAY_SHARE = 0.1
_LAST_MINUTE = 1_439
# A run of which several others are part, by the number of weekdays that tells them apart.
_WEEKLY_DAYS = 2
# A lag this constant is an echo of the activity before, not a run of its own.
_ECHO_SECONDS = 90.0

RUN_ACTIVITIES: dict[str, tuple[str, ...]] = {
    "fulfilment.delivery_run": (v.CREATE_DELIVERY,),
    "fulfilment.pickup_run": (v.POST_GOODS_ISSUE,),
    "fulfilment.carrier_round": (v.CONFIRM_DELIVERY,),
    "fulfilment.rescheduling_run": (v.CHANGE_DELIVERY_DATE,),
    "credit.recheck_run": (v.RELEASE_CREDIT_BLOCK,),
    "dunning.run": (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3),
    "cash_application.statement_run": (v.RECEIVE_PAYMENT,),
    "write_off.run": (v.WRITE_OFF_INVOICE, v.REFER_TO_AGENCY),
}
"""Path of each run to the activities that it does."""

BILLING_RUNS = {
    "daily": "billing.daily_run",
    "weekly": "billing.weekly_run",
    "monthly": "billing.monthly_run",
}
# Other activities are done by hand as well, so that only what the system does is looked at, and
# a share of it is enough.
_BY_SYSTEM = {"fulfilment.rescheduling_run": 0.1, "credit.recheck_run": 0.1}
# A model cannot do without these: what is done at any moment is written as a run every hour.
_ALWAYS = ("fulfilment.delivery_run", "billing.daily_run")
# The goods leave, or arrive, at any moment where these have no run.
_NONE_ALLOWED = ("fulfilment.pickup_run", "fulfilment.carrier_round")

IDENTIFIABLE: tuple[str, ...] = tuple(
    path
    for path in (*RUN_ACTIVITIES, *BILLING_RUNS.values())
    if path != "fulfilment.rescheduling_run"
)
"""Paths that a log tells if the activity has at least 20 events and stamps finer than a day."""

NOT_IDENTIFIABLE: dict[str, str] = {
    "write_off.allowance_run": "the allowance is a posting and no event of any object",
    "credit.recheck_run": "only what a run releases shows it; with few releases nothing does",
    "fulfilment.rescheduling_run": "its days only where dates are put off on each of them; a run "
    "that finds nothing to do leaves no stamp",
    "billing.daily_run": "the times of it only at which there is something to bill",
}


@dataclass(frozen=True, slots=True)
class RunFound:
    """What the clock says of one activity.

    Parameters
    ----------
    run
        The run to write into a model; None if the activity is done at any moment.
    in_run_share
        Share of its events that lie in runs.
    sample
        Number of its events.
    all_runs
        The runs by themselves, the one with most events first.
    """

    run: Run | None
    in_run_share: float
    sample: int
    all_runs: tuple[Run, ...] = ()


def estimate_runs(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the calendars of the batch jobs other than billing.

    Nothing is returned for an activity that is not in the log, has fewer than 20 events or has
    dates for stamps.
    """
    del seed  # A calendar is read off; nothing is drawn.
    found: list[Estimate] = []
    for path, activities in RUN_ACTIVITIES.items():
        events = _events(source.log, activities)
        least = RUN_SHARE
        if path in _BY_SYSTEM:
            events, least = _by_system(events), _BY_SYSTEM[path]
        if path == "fulfilment.pickup_run" and _is_echo(source.log):
            found.append(_none(path, source, len(events), "it follows at a fixed interval"))
            continue
        if path == "fulfilment.pickup_run" and is_day_grain(events["time"], source.zone):
            found += _end_of_day(path, events["time"], source)
            continue
        one = run_found(events["time"], source.zone, path, least)
        if one is not None:
            found += _estimates(path, one, source, " or ".join(activities))
    return tuple(found)


def estimate_billing_runs(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the calendars of the billing runs.

    Where the log's customers say by which run they are billed, each run is read off its own
    customers' invoices. Otherwise a run on at least three weekdays is the daily one, one on fewer
    the weekly one, and one on days of the month the monthly one.
    """
    del seed
    invoices = _first_invoices(source.log)
    if invoices.height < _FEWEST or is_day_grain(invoices["time"], source.zone):
        return ()
    found: list[Estimate] = []
    kinds = set(invoices["run"].drop_nulls()) if "run" in invoices.columns else set()
    if kinds & set(BILLING_RUNS):
        for kind, path in BILLING_RUNS.items():
            part = invoices.filter(pl.col("run") == kind)
            one = run_found(part["time"], source.zone, path, RUN_SHARE)
            if one is not None and one.run is not None:
                alone = [run for run in one.all_runs if bool(run.month_days) == (kind == "monthly")]
                run = one.run if path in _ALWAYS or not alone else alone[0]
                one = RunFound(run, one.in_run_share, one.sample)
                found += _estimates(path, one, source, f"{v.CREATE_INVOICE} of {kind} customers")
        return tuple(found)
    one = run_found(invoices["time"], source.zone, BILLING_RUNS["daily"], RUN_SHARE)
    if one is None:
        return ()
    split = {"weekly": (), "monthly": ()} if one.in_run_share < RUN_SHARE else by_kind(one.all_runs)
    for kind in ("weekly", "monthly"):
        if split[kind]:
            part_found = RunFound(split[kind][0], one.in_run_share, split[kind][0].events)
            found += _estimates(BILLING_RUNS[kind], part_found, source, v.CREATE_INVOICE)
    if split.get("daily") or not found:
        found += _estimates(BILLING_RUNS["daily"], one, source, v.CREATE_INVOICE)
    return tuple(found)


def by_kind(runs: tuple[Run, ...]) -> dict[str, tuple[Run, ...]]:
    """Return runs as daily, weekly and monthly ones."""

    def kind(run: Run) -> str:
        if run.month_days:
            return "monthly"
        return "weekly" if len(run.days) <= _WEEKLY_DAYS else "daily"

    return {name: tuple(r for r in runs if kind(r) == name) for name in BILLING_RUNS}


def run_found(times: pl.Series, zone: str, path: str, least: float) -> RunFound | None:
    """Return what the clock says of some stamps; None if they are too few or are dates."""
    if len(times) < _FEWEST or is_day_grain(times, zone):
        return None
    stamps = Stamps.of(times, zone)
    runs = runs_in(stamps)
    share = sum(run.events for run in runs) / len(times)
    if path == BILLING_RUNS["daily"]:
        daily = by_kind(runs)["daily"]
        main: tuple[Run, ...] = daily or runs
    else:
        main = runs
    if share >= least and main and (path not in _ALWAYS or share >= _ALL_SHARE):
        return RunFound(main[0], share, len(times), runs)
    if path not in _ALWAYS:
        return RunFound(None, share, len(times), runs)
    return RunFound(_with_hours(stamps, main if share > 0 else ()), share, len(times), runs)


def _end_of_day(path: str, times: pl.Series, source: Source) -> tuple[Estimate, ...]:
    """Return a run at the end of the day for what is stamped then, whenever it was done."""
    stamps = Stamps.of(times, source.zone)
    if len(times) < _FEWEST or int(np.median(stamps.minutes)) != _LAST_MINUTE:
        return ()
    run = {"days": list(_weekdays(stamps)), "times": ["23:59"]}
    told = f"{source.name}: {len(times)} stamps, all at the end of the day"
    said = "the system posts it at the end of the day; when the goods leave is not known"
    return (Estimate(path, run, told, len(times), assumption=said),)


def _weekdays(stamps: Stamps) -> tuple[str, ...]:
    """Return the weekdays with at least a tenth of the busiest one's stamps."""
    counts = np.bincount((stamps.dates + 3) % 7, minlength=7)
    least = _WEEKDAY_SHARE * counts.max()
    return tuple(day for day, count in zip(WEEKDAYS, counts, strict=True) if count >= least)


def _with_hours(stamps: Stamps, runs: tuple[Run, ...]) -> Run:
    """Return a run at the times of the runs and once in each hour in which people do it."""
    outside = stamps.without(in_runs(stamps)) if runs else stamps
    times = {time for run in runs[:1] for time in run.times}
    taken = {time[:2] for time in times}
    times |= {t for t in spread_times(outside, _HOUR_SHARE) if t[:2] not in taken}
    return Run(_weekdays(stamps), (), tuple(sorted(times)), int(stamps.dates.size))


def _estimates(path: str, one: RunFound, source: Source, what: str) -> tuple[Estimate, ...]:
    told = f"{source.name}: {100 * one.in_run_share:.3g} % of {one.sample} stamps of {what} in runs"
    if one.run is None:
        if path in _NONE_ALLOWED and one.in_run_share < RUN_SHARE / 2:
            return (_none(path, source, one.sample, "its stamps lie at any minute"),)
        return ()
    assumption = ""
    if one.in_run_share < _ALL_SHARE:
        assumption = f"{100 * (1 - one.in_run_share):.3g} % of it lies outside the runs" + (
            " and is written as a run in each of those hours" if path in _ALWAYS else ""
        )
    return (Estimate(path, one.run.value, told, one.sample, assumption=assumption),)


def _none(path: str, source: Source, sample: int, why: str) -> Estimate:
    return Estimate(path, None, f"{source.name}: no run, {why}", sample)


def _events(log: EventLog, activities: tuple[str, ...]) -> pl.DataFrame:
    return log.events.filter(pl.col("activity").cast(pl.String).is_in(list(activities)))


def _by_system(events: pl.DataFrame) -> pl.DataFrame:
    """Return what the system does; all of it where the log does not say who did what."""
    known = events["automated"].null_count() < events.height
    return events.filter(pl.col("automated").fill_null(value=False)) if known else events


def _is_echo(log: EventLog) -> bool:
    """Return whether goods issue follows the delivery's creation at a fixed interval."""
    case = next((t for t in (v.DELIVERY, v.ORDER_LINE, v.ORDER) if t in log.object_types), None)
    if case is None or not {v.CREATE_DELIVERY, v.POST_GOODS_ISSUE} <= set(log.activities):
        return False
    name = pl.col("activity").cast(pl.String)
    wanted = log.flatten(case).filter(name.is_in([v.CREATE_DELIVERY, v.POST_GOODS_ISSUE]))
    first: Callable[[str], pl.Expr] = lambda a: pl.col("time").filter(name == a).min()  # noqa: E731
    lags = (
        wanted.group_by("case")
        .agg((first(v.POST_GOODS_ISSUE) - first(v.CREATE_DELIVERY)).alias("lag"))["lag"]
        .drop_nulls()
        .dt.total_seconds()
        .to_numpy()
    )
    if lags.size < _FEWEST:
        return False
    low, high = np.quantile(lags, [0.05, 0.95])
    return bool(high - low <= _ECHO_SECONDS)


def _first_invoices(log: EventLog) -> pl.DataFrame:
    """Return the invoices made by a run: not those that take the place of another."""
    events = _events(log, (v.CREATE_INVOICE,)).select("event", "time")
    if v.INVOICE not in log.object_types:
        return events
    kinds = log.objects.select("object", pl.col("type").cast(pl.String))
    links = log.event_objects.select("event", "object").join(kinds, on="object")
    invoice = links.filter(pl.col("type") == v.INVOICE).select("event", pl.col("object").alias("i"))
    found = events.join(invoice, on="event", how="left", maintain_order="left")
    relations = log.object_relations.with_columns(pl.col("qualifier").cast(pl.String))
    replacing = relations.filter(pl.col("qualifier") == "replaces").select(
        pl.col("source").alias("i")
    )
    found = found.join(replacing, on="i", how="anti", maintain_order="left")
    customers = log.objects.filter(pl.col("type").cast(pl.String) == v.CUSTOMER)
    if "billing_run" not in customers.columns or v.ORDER not in log.object_types:
        return found
    placed = relations.filter(pl.col("qualifier") == "placed by").select(
        pl.col("source").alias("object"), pl.col("target").alias("customer")
    )
    owner = (
        links.filter(pl.col("type") == v.ORDER)
        .join(placed, on="object")
        .group_by("event")
        .agg(pl.col("customer").first())
    )
    run = customers.select(pl.col("object").alias("customer"), pl.col("billing_run").alias("run"))
    return found.join(owner, on="event", how="left", maintain_order="left").join(
        run, on="customer", how="left", maintain_order="left"
    )


ESTIMATORS = (estimate_runs, estimate_billing_runs)
