"""What must hold of every run: each check returns what is wrong, in words, or nothing."""

import polars as pl

from mining.receivables import invoices
from o2c_sim import CompanyModel, override
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock
from o2c_sim.model.section import ROLES

activity_name = pl.col("activity").cast(pl.String)

NOTICES = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)
# After which an invoice may be paid, called about, disputed or written off.
PENDING = (
    v.SEND_INVOICE,
    v.CALL_CUSTOMER,
    v.RECORD_PROMISE,
    v.RESOLVE_DISPUTE,
    v.CREATE_CREDIT_MEMO,
)

# Activity: what must come directly before it on the same order, reminders left out.
BEFORE = {
    v.RECEIVE_ORDER: (None,),
    v.CREATE_SALES_ORDER: (v.RECEIVE_ORDER,),
    v.SET_ORDER_BLOCK: (v.CREATE_SALES_ORDER,),
    v.CLARIFY_ORDER: (v.SET_ORDER_BLOCK,),
    v.REMOVE_ORDER_BLOCK: (v.CLARIFY_ORDER,),
    v.CHECK_CREDIT: (v.CREATE_SALES_ORDER, v.REMOVE_ORDER_BLOCK),
    v.SET_CREDIT_BLOCK: (v.CHECK_CREDIT,),
    v.RELEASE_CREDIT_BLOCK: (v.SET_CREDIT_BLOCK,),
    v.DENY_CREDIT: (v.SET_CREDIT_BLOCK,),
    v.CANCEL_ORDER: (v.DENY_CREDIT,),
    v.CONFIRM_ORDER: (v.CHECK_CREDIT, v.RELEASE_CREDIT_BLOCK),
    v.CREATE_DELIVERY: (v.CONFIRM_ORDER,),
    v.PICK_AND_PACK: (v.CREATE_DELIVERY,),
    v.POST_GOODS_ISSUE: (v.PICK_AND_PACK,),
    v.CREATE_INVOICE: (v.POST_GOODS_ISSUE,),
    v.SEND_INVOICE: (v.CREATE_INVOICE,),
    v.CALL_CUSTOMER: PENDING,
    v.RECORD_PROMISE: (v.CALL_CUSTOMER,),
    v.OPEN_DISPUTE: (v.SEND_INVOICE, v.CALL_CUSTOMER, v.RECORD_PROMISE),
    v.RESOLVE_DISPUTE: (v.OPEN_DISPUTE,),
    v.CREATE_CREDIT_MEMO: (v.RESOLVE_DISPUTE,),
    v.RECEIVE_PAYMENT: PENDING,
    v.CLEAR_INVOICE: (v.RECEIVE_PAYMENT,),
    v.WRITE_OFF_INVOICE: PENDING,
}
ENDS = (v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE, v.CANCEL_ORDER)


def varied(model, changes=None, **sections):
    """Return a model with other parameters (by path) and other plain sections (zone, calendars)."""
    tree = {**model.model_dump(by_alias=True), **sections}
    return override(CompanyModel.model_validate(tree), changes or {}, "test")


def local_date(column, zone):
    """Return the local date of a naive UTC column."""
    return pl.col(column).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def cents(column):
    """Return a currency column as whole cents."""
    return (pl.col(column) * 100).round().cast(pl.Int64)


def books(run):
    """Check that each day rolls forward and closes with the log's open items."""
    rows, posts, zone = run.receivables, run.postings, run.log.zone
    if (
        rows["opening_minor"][0] != 0
        or rows["opening_minor"][1:].to_list() != rows["closing_minor"][:-1].to_list()
    ):
        yield "a day does not open where the day before closed"
    wrong = rows.filter(
        pl.col("opening_minor")
        + pl.col("invoices_minor")
        - pl.col("credit_memos_minor")
        - pl.col("cash_applied_minor")
        - pl.col("write_offs_minor")
        != pl.col("closing_minor")
    )
    if wrong.height:
        yield f"no roll-forward on {wrong['date'].to_list()}"

    def side(name):
        return dict(posts.group_by(name).agg(pl.col("amount_minor").sum()).iter_rows())

    debits, credits = side("debit"), side("credit")
    if sum(debits.values()) != sum(credits.values()):
        yield "debits are not credits"
    balance = {a: debits.get(a, 0) - credits.get(a, 0) for a in {*debits, *credits}}
    if balance.get("accounts_receivable", 0) != rows["closing_minor"][-1]:
        yield "the control account is not the closing balance"
    received, cleared = (
        run.log.events.filter(activity_name == name).select(cents("amount").sum()).item() or 0
        for name in (v.RECEIVE_PAYMENT, v.CLEAR_INVOICE)
    )
    if -balance.get("unapplied_cash", 0) != received - cleared:
        yield "unapplied cash is not what was received and not applied"
    if v.INVOICE not in run.log.object_types:
        if rows["closing_minor"][-1]:
            yield "receivables without an invoice"
        return
    items = invoices(run.log).with_columns(
        cents("amount").alias("cents"),
        cents("credit").alias("credit_cents"),
        local_date("credited", zone).alias("credited_on"),
        local_date("issued", zone).alias("from"),
        pl.min_horizontal(local_date("cleared", zone), local_date("written_off", zone)).alias("to"),
    )
    for date, closing in rows.select("date", "closing_minor").iter_rows():
        is_open = (pl.col("from") <= date) & (pl.col("to").is_null() | (pl.col("to") > date))
        still_open = items.filter(is_open)
        credits = still_open.filter(pl.col("credited_on") <= date)["credit_cents"].sum()
        open_items = still_open["cents"].sum() - credits
        if open_items != closing:
            yield f"on {date} the open items are {open_items} and the ledger says {closing}"


def orders_and_cash(run):
    """Every order ends once or is open; every cent is cleared, credited, written off or open."""
    cases = run.log.flatten(v.ORDER) if v.ORDER in run.log.object_types else None
    if cases is None:
        return
    ends = cases.group_by("case").agg(
        activity_name.is_in(ENDS).sum().alias("ends"),
        activity_name.last().is_in(ENDS).alias("last"),
    )
    if ends.height != run.manifest["orders"]:
        yield "an order has no event"
    if ends.filter(
        (pl.col("ends") > 1) | (pl.col("ends").cast(pl.Boolean) != pl.col("last"))
    ).height:
        yield "an order ends twice, or goes on after its end"
    money = run.log.events.group_by(activity_name).agg(cents("amount").sum())
    moved = dict(money.iter_rows())
    ways = (v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE, v.CREATE_CREDIT_MEMO)
    settled = sum(moved.get(way, 0) for way in ways)
    if moved.get(v.CREATE_INVOICE, 0) - settled != run.receivables["closing_minor"][-1]:
        yield "invoiced is not cleared + credited + written off + open"


def sequence(run):
    """Each order's events follow one another as the procedure says, in time and in number."""
    events = run.log.events
    if not events["time"].is_sorted():
        yield "events are not sorted by time"
    if events.filter(pl.col("start") > pl.col("time")).height:
        yield "an event ends before it starts"
    if v.ORDER not in run.log.object_types:
        return
    cases = run.log.flatten(v.ORDER).sort("case", "event")
    reminders = cases.filter(activity_name.is_in(NOTICES)).select("case", activity_name)
    if reminders.is_duplicated().any():
        yield "an invoice is reminded twice at one level"
    levels = reminders.with_columns(
        pl.col("activity").str.tail(1).cast(pl.Int32).alias("level"),
        pl.int_range(1, pl.len() + 1).over("case").alias("place"),
    )
    if (levels["level"] != levels["place"]).any():
        yield "a level of dunning is left out, or comes out of turn"
    disputed = cases.with_columns(
        (activity_name == v.OPEN_DISPUTE).cum_sum().over("case").alias("opened"),
        (activity_name == v.RESOLVE_DISPUTE).cum_sum().over("case").alias("resolved"),
    ).filter(pl.col("opened") > pl.col("resolved"))
    if disputed.filter(activity_name != v.OPEN_DISPUTE).height:
        yield "something happens to an invoice while it is disputed"
    spans = cases.group_by("case").agg(
        pl.col("event").filter(activity_name == v.CREATE_INVOICE).first().alias("billed"),
        pl.col("event").filter(activity_name.is_in(NOTICES)).first().alias("reminded"),
    )
    if spans.filter(
        pl.col("reminded").is_not_null()
        & (pl.col("billed").is_null() | (pl.col("reminded") < pl.col("billed")))
    ).height:
        yield "a reminder without an invoice"
    steps = cases.filter(~activity_name.is_in(NOTICES)).select(
        activity_name.alias("name"),
        activity_name.shift().over("case").alias("before"),
        (pl.col("start") < pl.col("time").shift().over("case")).alias("early"),
    )
    for name, before in steps.select("name", "before").unique().iter_rows():
        if before not in BEFORE[name]:
            yield f"{name} after {before}"
    if steps["early"].any():
        yield "a step starts before the one before it is done"


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
            outside = rows.filter(~(working & inside & ~holiday))
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
    """Check that what a batch job does happens when one runs, to the microsecond."""
    clock = Clock(model.start_date, model.zone)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    jobs = {
        v.CREATE_DELIVERY: [model.fulfilment.delivery_run],
        v.CREATE_INVOICE: [model.billing.daily_run, model.billing.weekly_run],
        **{notice: [model.dunning.run] for notice in NOTICES},
        v.RECEIVE_PAYMENT: [model.cash_application.statement_run],
        v.WRITE_OFF_INVOICE: [model.write_off.run],
    }
    for activity, runs in jobs.items():
        allowed = {
            clock.epoch_microseconds + round(clock.at(day, _minutes(time)) * 1e6)
            for run_ in runs
            for day in range(run.receivables.height + 1)
            if days[clock.weekday(day)] in run_.value.days
            for time in run_.value.times
        }
        done = run.log.events.filter(activity_name == activity)["time"].dt.epoch("us")
        if not set(done) <= allowed:
            yield f"{activity} happened outside its runs"


def references(run):
    """Object ids are unique, relations lead somewhere, values add up."""
    log = run.log
    if log.objects["object_id"].n_unique() != log.objects.height:
        yield "an object id occurs twice"
    for table, column, target in (
        (log.event_objects, "event", log.events["event"]),
        (log.event_objects, "object", log.objects["object"]),
        (log.object_relations, "source", log.objects["object"]),
        (log.object_relations, "target", log.objects["object"]),
    ):
        if not table[column].is_in(target.implode()).all():
            yield f"{column} of a relation leads nowhere"
    if log.event_objects.is_duplicated().any():
        yield "a relation occurs twice"
    if not log.event_objects.equals(log.event_objects.sort("event", "object")):
        yield "relations are not sorted"
    relations = log.object_relations.with_columns(pl.col("qualifier").cast(pl.String))
    placed = relations.filter(pl.col("qualifier") == "placed by").select("source", "target")
    received = log.events.filter(activity_name == v.RECEIVE_ORDER).select("event")
    together = received.join(log.event_objects, on="event").with_columns(
        pl.col("qualifier").cast(pl.String)
    )
    by_event = together.filter(pl.col("qualifier") == v.ORDER).join(
        together.filter(pl.col("qualifier") == v.CUSTOMER), on="event"
    )
    pairs = set(by_event.select("object", "object_right").iter_rows())
    if pairs != set(placed.iter_rows()):
        yield "the customer of an order's receipt is not the one who placed it"
    kinds = log.objects.select("object", pl.col("type").cast(pl.String))
    linked = log.event_objects.join(kinds, on="object")
    if (linked["type"] != linked["qualifier"].cast(pl.String)).any():
        yield "a qualifier that is not the object's type"
    orders = linked.filter(pl.col("type") == v.ORDER)["event"]
    if orders.n_unique() != log.events.height or orders.len() != log.events.height:
        yield "an event without exactly one order"
    if v.ORDER_LINE in log.object_types:
        lines = (
            log.object_relations.filter(pl.col("qualifier").cast(pl.String) == "line of")
            .join(
                log.objects.select("object", cents("value").alias("line")),
                left_on="source",
                right_on="object",
            )
            .group_by("target")
            .agg(pl.col("line").sum())
            .join(
                log.objects.select("object", cents("value").alias("order")),
                left_on="target",
                right_on="object",
            )
        )
        if (lines["line"] != lines["order"]).any():
            yield "lines do not add up to their order"


def everything(run, model):
    """Return all that is wrong with a run."""
    return [
        *books(run),
        *orders_and_cash(run),
        *sequence(run),
        *people(run, model),
        *batch_jobs(run, model),
        *references(run),
    ]
