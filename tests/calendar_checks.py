"""Whether the people and the batch jobs of a run work when their calendars say."""

import datetime as dt

import polars as pl
from object_life import NOTICES, activity_name

from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock
from o2c_sim.model.section import ROLES


def people(run, model):
    """People work in their calendar's hours, one task at a time; names and roles agree."""
    zone = model.zone
    titles = dict(
        zip(
            ROLES,
            run.utilisation["role"],
            strict=True,
        )
    )
    work = run.log.events.filter(pl.col("role").is_not_null())
    for role, title in titles.items():
        calendar = model.calendars[model.staff[role].calendar]
        rows = work.filter(pl.col("role").cast(pl.String) == title)
        if rows["resource"].n_unique() > model.staff[role].headcount.value:
            yield f"more people than there are in {role}"
        # A task ends at closing time at the latest: its last microsecond is inside a shift.
        last = pl.max_horizontal("start", pl.col("time") - pl.duration(microseconds=1))
        for moment in (pl.col("start"), last):
            local = moment.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
            minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute().cast(pl.Int32)
            days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            working = local.dt.weekday().is_in([days.index(d) + 1 for d in calendar.days])
            inside = pl.any_horizontal(
                (minute >= _minutes(first)) & (minute < _minutes(end))
                for first, _, end in (shift.partition("-") for shift in calendar.shifts)
            )
            holiday = local.dt.date().is_in(list(calendar.holidays))
            # Work of no length, as the second posting of a stretch of work, ends with the shift.
            lasts = pl.col("start") < pl.col("time")
            outside = rows.filter(lasts & ~(working & inside & ~holiday))
            if outside.height:
                yield f"{outside.height} tasks of {role} outside its hours"
    busy = work.sort("resource", "start", "time")
    if busy.filter(pl.col("start") < pl.col("time").shift().over("resource")).height:
        yield "a person is double-booked"
    if work["automated"].any() or work["resource"].null_count():
        yield "work without a person"


def _minutes(text):
    hours, minutes = text.strip().split(":")
    return int(hours) * 60 + int(minutes)


def batch_jobs(run, model):
    """Check that what a batch job does happens when one runs, to the microsecond.

    A run that falls into an outage happens when the systems are up again.
    """
    clock = Clock(model.start_date, model.zone)
    down = sorted(_outages(model, clock))
    last = run.receivables.height + 1
    jobs = {
        v.CREATE_DELIVERY: (model.fulfilment, "delivery_run"),
        v.CREATE_INVOICE: (model.billing, "_run"),
        **{notice: (model.dunning, "run") for notice in NOTICES},
        v.RECEIVE_PAYMENT: (model.cash_application, "statement_run"),
        v.WRITE_OFF_INVOICE: (model.write_off, "run"),
    }
    # An invoice made anew in place of a cancelled one does not wait for the run.
    anew = _anew(run.log)
    for activity, (section, ending) in jobs.items():
        runs = [
            getattr(section, name).value
            for name in type(section).model_fields
            if name.endswith(ending) and hasattr(getattr(section, name).value, "times")
        ]
        allowed = {
            clock.epoch_microseconds + round(_put_off(clock.at(day, _minutes(time)), down) * 1e6)
            for run_ in runs
            for day in range(last)
            if _runs_on(run_, clock, day)
            for time in run_.times
        }
        done = run.log.events.filter(activity_name == activity)
        if activity == v.CREATE_INVOICE:
            done = done.filter(~pl.col("event").is_in(anew.implode()))
        if not set(done["time"].dt.epoch("us")) <= allowed:
            yield f"{activity} happened outside its runs"


def _outages(model, clock):
    for outage in model.systems.outages.value:
        day = (outage.start.date() - model.start_date).days
        begins = clock.at(day, outage.start.hour * 60 + outage.start.minute) + outage.start.second
        yield begins, begins + outage.hours * 3600


def _put_off(time, down):
    """Return when a run takes place, given the outages by their beginning."""
    for begins, ends in down:
        if begins <= time < ends:
            time = ends
    return time


def _runs_on(run, clock, day):
    """Return whether a run takes place on a day: on its weekdays, or on its days of the month."""
    date = clock.date(day)
    month_days = getattr(run, "month_days", None) or ()
    if month_days:
        last = (date + dt.timedelta(days=1)).day == 1
        return date.day in month_days or (last and "last" in month_days)
    return ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][clock.weekday(day)] in run.days


def _anew(log):
    """Return the events that bill a delivery for a second time."""
    if v.DELIVERY not in log.object_types:
        return pl.Series([], dtype=pl.UInt32)
    billed = log.flatten(v.DELIVERY).filter(activity_name == v.CREATE_INVOICE)
    again = pl.int_range(pl.len()).over("case") > 0
    return billed.filter(again)["event"].unique()
