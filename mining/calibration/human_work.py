"""The work of people in a log: who did what, in which role of the model, from when until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from mining import activity_names as a
from mining.calibration.estimate import Source
from mining.calibration.shift_teams import hours_of, teams_of
from mining.calibration.weekly_hours import WeeklyHours, on_the_wall
from mining.stamps import clocked, on_the_clock
from o2c_sim import vocabulary as v
from o2c_sim.assembly import ROLE_TITLES
from o2c_sim.model.section import ROLES

# Whose queue the work stands in, in the model; a dispute is decided by whoever owns it.
ROLE_OF_ACTIVITY = {
    v.CREATE_QUOTATION: "order_desk",
    v.CREATE_SALES_ORDER: "order_desk",
    v.CLARIFY_ORDER: "order_desk",
    v.REMOVE_ORDER_BLOCK: "order_desk",
    v.CORRECT_ORDER: "order_desk",
    v.CHANGE_ORDER: "order_desk",
    v.CHANGE_DELIVERY_DATE: "order_desk",
    v.REJECT_ORDER_LINE: "order_desk",
    v.CANCEL_ORDER: "order_desk",
    v.AUTHORISE_RETURN: "order_desk",
    a.CHANGE_PRICE: "order_desk",
    a.CHANGE_MATERIAL: "order_desk",
    a.SET_REJECTION_REASON: "order_desk",
    a.REMOVE_REJECTION_REASON: "order_desk",
    v.RELEASE_CREDIT_BLOCK: "credit",
    v.DENY_CREDIT: "credit",
    v.CREATE_DELIVERY: "warehouse",
    v.PICK_AND_PACK: "warehouse",
    v.POST_GOODS_ISSUE: "warehouse",
    v.INSPECT_RETURN: "warehouse",
    v.REMOVE_BILLING_BLOCK: "billing",
    v.CREATE_INVOICE: "billing",
    v.SEND_INVOICE: "billing",
    v.CANCEL_INVOICE: "billing",
    v.CALL_CUSTOMER: "collections",
    v.RESOLVE_DISPUTE: "disputes",
    v.APPLY_PAYMENT: "cash_application",
    v.CLEAR_INVOICE: "cash_application",
    v.REFUND_CUSTOMER: "cash_application",
}
_TITLES = {
    "cash_application": "cash appl|accounts receivable|remittance",
    "collections": "collect|dunning",
    "credit": "credit",
    "disputes": "dispute|deduction|claim",
    "billing": "bill|invoic",
    "warehouse": "warehouse|pick|pack|shipping|distribution cent",
    "order_desk": "customer service|order|sales support",
}
# Assumed: a log in which fewer tasks of people take any time has no starts worth the name.
_LEAST_WITH_START = 0.1
# Roles whose work is rarely done by systems or on a run's clock.
_DESKS = ("order_desk", "credit")
# Assumed: so many events, with such a share in one quarter of the hour, in so many hours of the
# day, are a job's and not a person's, whoever it runs for.
_JOB_EVENTS, _JOB_SHARE, _JOB_HOURS = 50, 0.5, 16
SYSTEM = r"(?i)\b(system|batch|robot|bot|interface|automatic|job)\b"


@dataclass(frozen=True, slots=True)
class HumanWork:
    """What people did.

    Parameters
    ----------
    tasks
        One row per stretch of work: ``event``, ``activity``, ``resource`` (String; null where
        nobody is named), ``role`` (of the person, as the model names it; null where none fits),
        ``start`` (UTC; null where it is not known), ``time`` (UTC), ``begun`` and ``done`` (the
        same on the company's clock), ``minutes`` (working time by the role's hours; null without
        a start), ``cost`` (currency; null where not known), ``team`` (the role, and the shift
        where there are several), ordered by ``time``.
    hours
        When the people of each team work; those who share a calendar have the same one.
    has_starts
        Whether the log knows when work began.
    """

    tasks: pl.DataFrame
    hours: dict[str, WeeklyHours]
    has_starts: bool


def human_work(source: Source) -> HumanWork | None:
    """Return the work of people in a log; None if there is none.

    Somebody's role is the one that the log states, if its title is clear; else the one in whose
    queue most of that person's work stands. What is recorded at the end of the same stretch of
    work (one person, one moment) without taking time is no work of its own. Where a log names
    nobody, and says of nothing that it is automated, the work of the order desk and of credit is
    taken to be people's.
    """
    events = _by_people(source.log.events, source.zone)
    if not events.height:
        return None
    takes_time = events.select((pl.col("start") < pl.col("time")).fill_null(value=False).mean())
    has_starts = bool(takes_time.item() >= _LEAST_WITH_START)
    if has_starts:
        # A start that is also the end says that no start is known, or that the work is shown
        # with another event.
        events = events.filter(pl.col("start") < pl.col("time"))
    else:
        events = events.with_columns(pl.lit(None, pl.Datetime("us")).alias("start"))
    tasks = events.join(_roles(events), on="resource", how="left").with_columns(
        pl.coalesce("role", pl.when(pl.col("resource").is_null()).then("home")).alias("role")
    )
    tasks = teams_of(tasks, source.zone)
    hours = hours_of(tasks, source.zone)
    tasks = tasks.with_columns(
        pl.Series("begun", on_the_wall(tasks["start"], source.zone)),
        pl.Series("done", on_the_wall(tasks["time"], source.zone)),
    )
    worked = []
    for (team,), rows in tasks.group_by("team", maintain_order=True):
        known = hours.get(str(team))
        begun, done = rows["begun"].to_numpy(), rows["done"].to_numpy()
        minutes = (rows["time"] - rows["start"]).dt.total_microseconds() / 6e7
        if has_starts and known is not None:
            minutes = pl.Series(known.between(begun, done) * 60)
        worked.append(rows.with_columns(minutes.cast(pl.Float64).alias("minutes")))
    columns = ["event", "activity", "resource", "role", "team", "start", "time", "begun", "done"]
    whole = pl.concat(worked).sort("time", "event").select(*columns, "minutes", "cost")
    return HumanWork(whole, hours, has_starts)


def _by_people(events: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return what people did, each stretch of work once."""
    cost = pl.col("cost") if "cost" in events.columns else pl.lit(None, pl.Float64).alias("cost")
    names = pl.col("activity", "resource").cast(pl.String)
    rows = events.select(
        "event", names, pl.col("role").cast(pl.String).alias("title"), "start", "time",
        "automated", cost,
    )  # fmt: skip
    system = pl.any_horizontal(
        pl.col("automated"),
        pl.col("resource").str.contains(SYSTEM),
        pl.col("title").str.contains(SYSTEM),
    )
    home = pl.col("activity").replace_strict(ROLE_OF_ACTIVITY, default=None)
    somebody = pl.col("resource").is_not_null() | (pl.col("automated") == False)  # noqa: E712
    if not rows.select(somebody.any()).item():
        # Where the log names nobody at all, what desks usually do says when the desks work.
        desks = rows.filter(pl.col("automated").is_null() & home.is_in(_DESKS))
        local = pl.Series("local", on_the_wall(desks["time"], zone))
        runs = clocked(on_the_clock(desks.with_columns(local)))
        by_hand = desks.filter(~pl.col("activity").is_in(list(runs)))
        return by_hand.with_columns(home.alias("home")).sort("time", "event")
    people = rows.filter(somebody & ~system.fill_null(value=False))
    return (
        people.join(_jobs(people), on="resource", how="anti", nulls_equal=True)
        .with_columns(home.alias("home"))
        .sort("time", "event")
    )


def _jobs(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ``resource`` of jobs that run under people's names: at one minute, night and day.

    People rest; what goes on all round the clock in the same quarter of the hour is a job.
    """
    quarter, hour = pl.col("time").dt.minute() // 15, pl.col("time").dt.hour()
    # What only has a day says nothing about the clock.
    clock = pl.col("time").dt.time()
    moments = rows.filter(~clock.is_in([dt.time(0, 0, 0), dt.time(23, 59, 59)]))
    return (
        moments.drop_nulls("resource")
        .group_by("resource")
        .agg(
            pl.len(),
            (quarter.unique_counts().max() / pl.len()).alias("share"),
            hour.n_unique().alias("hours"),
        )
        .filter(
            (pl.col("len") >= _JOB_EVENTS)
            & (pl.col("share") >= _JOB_SHARE)
            & (pl.col("hours") >= _JOB_HOURS)
        )
        .select("resource")
    )


def _roles(events: pl.DataFrame) -> pl.DataFrame:
    """Return ``resource`` and ``role``, the role in the model of each person that has one."""
    stated = events["title"].drop_nulls().unique().to_list()
    clear = {title: role for title in stated if (role := role_of_title(title)) is not None}
    own = pl.col("title").replace_strict(clear, default=None, return_dtype=pl.String)
    return (
        events.drop_nulls("resource")
        .with_columns(pl.coalesce(own, "home").alias("role"), own.is_not_null().alias("stated"))
        .drop_nulls("role")
        .group_by("resource", "role")
        .agg(pl.len(), pl.col("stated").any())
        .sort(["stated", "len", "role"], descending=[True, True, False])
        .unique("resource", keep="first", maintain_order=True)
        .select("resource", "role")
    )


def role_of_title(title: str) -> str | None:
    """Return the model's role that a job title means; None if it is not clear."""
    known = {text.casefold(): role for role, text in ROLE_TITLES.items()}
    plain = title.strip().casefold()
    if plain in known or plain in ROLES:
        return known.get(plain, plain)
    for role, words in _TITLES.items():
        if any(word in plain for word in words.split("|")):
            return role
    return None
