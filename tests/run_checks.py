"""What must hold of every run: each check returns what is wrong, in words, or nothing."""

import polars as pl
from calendar_checks import batch_jobs, people
from object_life import LIVES, NOTICES, activity_name, breaches

from mining.receivables import daily_flows, open_items
from o2c_sim import CompanyModel, override
from o2c_sim import vocabulary as v
from o2c_sim.process.activity import ABOUT

# What the log moves on a day, and what the journal calls it.
FLOWS = {
    "sales": "invoices_minor",
    "invoice_cancellations": "cancellations_minor",
    "credited_on_items": "credit_memos_minor",
    "discounts": "discounts_minor",
    "cash_applied": "cash_applied_minor",
    "written_off": "write_offs_minor",
    "reopened": "reopened_minor",
    "receipts": "receipts_minor",
    "returned": "returned_minor",
    "on_account": "account_credits_minor",
    "refunds": "refunds_minor",
    "recoveries": "recoveries_minor",
    "receivables": "closing_minor",
    "unapplied": "closing_unapplied_minor",
}


# Only an open invoice is worked on in these ways.
ON_OPEN_ITEMS = (*NOTICES, v.APPLY_PAYMENT, v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE, v.ALLOW_DISCOUNT)


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
    """Check that each day rolls forward, and that log and journal tell of the same money."""
    rows, posts = run.receivables, run.postings
    if (
        rows["opening_minor"][0] != 0
        or rows["opening_minor"][1:].to_list() != rows["closing_minor"][:-1].to_list()
    ):
        yield "a day does not open where the day before closed"

    def flow(name):
        return pl.col(f"{name}_minor")

    wrong = rows.filter(
        flow("opening")
        + flow("invoices")
        - flow("cancellations")
        - flow("credit_memos")
        - flow("discounts")
        - flow("cash_applied")
        + flow("reopened")
        - flow("write_offs")
        != flow("closing")
    )
    if wrong.height:
        yield f"no roll-forward on {wrong['date'].to_list()}"
    unapplied = flow("receipts") + flow("account_credits") - flow("cash_applied")
    unapplied -= flow("refunds") + flow("returned") - flow("reopened")
    if rows.filter(unapplied.cum_sum() != flow("closing_unapplied")).height:
        yield "unapplied cash is not what was received and not applied"
    cash = flow("receipts") + flow("recoveries") - flow("refunds") - flow("returned") - flow("fees")
    if rows.filter(cash.cum_sum() != flow("closing_cash")).height:
        yield "cash is not what came in less what went out"
    for name in ("closing", "closing_unapplied", "closing_allowance"):
        if (rows[f"{name}_minor"] < 0).any():
            yield f"{name} is negative"

    def side(name):
        return dict(posts.group_by(name).agg(pl.col("amount_minor").sum()).iter_rows())

    debits, credits = side("debit"), side("credit")
    if sum(debits.values()) != sum(credits.values()):
        yield "debits are not credits"
    if (
        debits.get("accounts_receivable", 0) - credits.get("accounts_receivable", 0)
        != (rows["closing_minor"][-1])
    ):
        yield "the control account is not the closing balance"
    yield from _log_against_journal(run)


def _log_against_journal(run):
    rows = run.receivables
    told = daily_flows(run.log, rows["date"][0], rows["date"][-1]).with_columns(
        (pl.col("credited") - pl.col("credited_on_items")).alias("on_account")
    )
    for name, booked in FLOWS.items():
        differs = told.select("date", cents(name)).filter(pl.col(name) != rows[booked])
        for date, amount in differs.iter_rows():
            yield f"on {date} {name} are {amount} by the log, and not {booked} of the journal"
    if v.INVOICE not in run.log.object_types:
        return
    items = open_items(run.log).group_by("invoice").agg(pl.col("cents").sum())
    posted = (
        run.postings.drop_nulls("invoice")
        .group_by("invoice")
        .agg(
            pl.col("amount_minor").filter(pl.col("debit") == "accounts_receivable").sum()
            - pl.col("amount_minor").filter(pl.col("credit") == "accounts_receivable").sum()
        )
    )
    first = run.log.objects_of(v.INVOICE)["object"].min()
    number = (pl.col("invoice") - first).cast(posted.schema["invoice"])
    both = items.with_columns(number).join(posted, on="invoice", how="full")
    wrong = both.filter(pl.col("cents").fill_null(0) != pl.col("amount_minor").fill_null(0))
    if wrong.height:
        yield f"{wrong.height} invoices are open with another amount than in the journal"


def orders_and_cash(run):
    """Check that no order, line, invoice or payment is lost, or counted twice."""
    if v.ORDER not in run.log.object_types:
        return
    received = run.log.events.filter(activity_name == v.RECEIVE_ORDER)
    if received.height != run.manifest["orders"]:
        yield "an order is not received exactly once"
    yield from _lines(run.log)
    if v.INVOICE in run.log.object_types:
        yield from _invoices(run.log)
    if v.PAYMENT in run.log.object_types:
        yield from _payments(run.log)


def _lines(log):
    """Check that a line is delivered once, or rejected, or open; and billed once for a delivery."""
    if v.ORDER_LINE not in log.object_types:
        return
    lines = log.flatten(v.ORDER_LINE)
    done = lines.group_by("case").agg(
        (activity_name == v.POST_GOODS_ISSUE).sum().alias("issued"),
        (activity_name == v.CREATE_INVOICE).sum().alias("billed"),
        (activity_name == v.REJECT_ORDER_LINE).any().alias("rejected"),
    )
    # A line that the warehouse did not find goes out again; an invoice may be made anew.
    short = _lines_of_deliveries(log, v.RECORD_SHORTAGE)
    again = _lines_of_invoices(log, v.CANCEL_INVOICE)
    done = (
        done.join(short, on="case", how="left")
        .join(again, on="case", how="left")
        .with_columns(pl.col("short", "again").fill_null(0))
    )
    if done.filter(pl.col("issued") > 1 + pl.col("short")).height:
        yield "a line is delivered twice"
    if done.filter(pl.col("billed") > pl.col("issued") + pl.col("again")).height:
        yield "a line is billed twice, or without delivery"
    if done.filter(pl.col("rejected") & (pl.col("issued") > pl.col("short"))).height:
        yield "a rejected line is delivered"


def _links(log, qualifier, source, target):
    named = pl.col("qualifier").cast(pl.String) == qualifier
    return log.object_relations.filter(named).select(
        pl.col("source").alias(source), pl.col("target").alias(target)
    )


def _counted(log, object_type, activity):
    if object_type not in log.object_types:
        return pl.DataFrame(schema={object_type: pl.UInt32, "times": pl.UInt32})
    rows = log.flatten(object_type).filter(activity_name == activity)
    return rows.group_by(pl.col("case").alias(object_type)).agg(pl.len().alias("times"))


def _lines_of_deliveries(log, activity):
    ships = _links(log, "ships", v.DELIVERY, "case")
    counted = _counted(log, v.DELIVERY, activity).join(ships, on=v.DELIVERY)
    return counted.group_by("case").agg(pl.col("times").sum().alias("short"))


def _lines_of_invoices(log, activity):
    bills = _links(log, "bills", v.INVOICE, v.DELIVERY)
    ships = _links(log, "ships", v.DELIVERY, "case")
    counted = (
        _counted(log, v.INVOICE, activity).join(bills, on=v.INVOICE).join(ships, on=v.DELIVERY)
    )
    return counted.group_by("case").agg(pl.col("times").sum().alias("again"))


def _invoices(log):
    """Check that each invoice is worked on while it is open, and never by more than is open."""
    items = open_items(log).with_columns(
        pl.col("cents").cum_sum().over("invoice").alias("left"),
    )
    if (items["left"] < 0).any():
        yield "more is taken off an invoice than was open"
    billed = items.filter(pl.col("activity") == v.CREATE_INVOICE).select("invoice", "cents")
    amounts = log.objects_of(v.INVOICE).select(
        pl.col("object").alias("invoice"), cents("amount").alias("amount")
    )
    if not billed.sort("invoice").equals(amounts.sort("invoice").rename({"amount": "cents"})):
        yield "an invoice is posted with another amount, twice or not at all"
    cleared = items.filter(pl.col("activity").is_in([v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE]))
    if (cleared["left"] != 0).any():
        yield "an invoice is cleared or written off and something stays open"
    if (items.filter(pl.col("activity") == v.APPLY_PAYMENT)["left"] == 0).any():
        yield "an invoice is settled by a payment and not cleared"
    done = log.flatten(v.INVOICE).filter(activity_name.is_in(ON_OPEN_ITEMS))
    work = (
        done.select(pl.col("case").alias("invoice"), "event", activity_name)
        .sort("event")
        .join_asof(
            items.select("invoice", "event", "left").sort("event"),
            on="event",
            by="invoice",
            allow_exact_matches=False,
            check_sortedness=False,
        )
    )
    for activity in work.filter(pl.col("left").fill_null(0) <= 0)["activity"].unique().sort():
        yield f"{activity} on an invoice with nothing open"


def _payments(log):
    """Check that no payment is applied, refunded and returned beyond what came in."""
    rows = log.flatten(v.PAYMENT)
    moved = {
        "received": (v.RECEIVE_PAYMENT,),
        "applied": (v.APPLY_PAYMENT, v.CLEAR_INVOICE),
        "refunded": (v.REFUND_CUSTOMER,),
    }
    sums = rows.group_by("case").agg(
        cents("amount").filter(activity_name.is_in(names)).sum().alias(name)
        for name, names in moved.items()
    )
    amounts = log.objects_of(v.PAYMENT).select("object", cents("amount").alias("amount"))
    sums = sums.join(amounts, left_on="case", right_on="object", how="full", coalesce=True)
    if sums.filter(pl.col("received").fill_null(-1) != pl.col("amount").fill_null(-2)).height:
        yield "a payment is booked with another amount, twice or not at all"
    # A credit balance is kept with the payment of the invoice that was credited.
    credited = _counted(log, v.INVOICE, v.CREATE_CREDIT_MEMO).join(
        _links(log, "pays", "case", v.INVOICE), on=v.INVOICE
    )
    plain = sums.join(credited, on="case", how="anti")
    if plain.filter(pl.col("applied") + pl.col("refunded") > pl.col("received")).height:
        yield "more is applied and refunded of a payment than was received"


def sequence(run):
    """Check the life of every object, and that events are in the order of their completion."""
    log = run.log
    if not log.events["time"].is_sorted():
        yield "events are not sorted by time"
    if log.events.filter(pl.col("start") > pl.col("time")).height:
        yield "an event ends before it starts"
    for object_type in LIVES:
        if object_type in log.object_types:
            yield from breaches(log.flatten(object_type), object_type)


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
    # A quotation that is lost has no receipt, and one that is not made yet no event at all.
    placed = placed.filter(pl.col("source").is_in(log.event_objects["object"].implode()))
    begins = activity_name.is_in([v.CREATE_QUOTATION, v.RECEIVE_ORDER])
    received = log.events.filter(begins).select("event")
    together = received.join(log.event_objects, on="event").with_columns(
        pl.col("qualifier").cast(pl.String)
    )
    by_event = together.filter(pl.col("qualifier") == v.ORDER).join(
        together.filter(pl.col("qualifier") == v.CUSTOMER), on="event"
    )
    pairs = set(by_event.select("object", "object_right").iter_rows())
    # A quotation that was lost is an order by number, and never received.
    asked_for = {source for source, _ in pairs}
    if pairs != {pair for pair in placed.iter_rows() if pair[0] in asked_for}:
        yield "the customer of an order's receipt is not the one who placed it"
    kinds = log.objects.select("object", pl.col("type").cast(pl.String))
    linked = log.event_objects.join(kinds, on="object")
    if (linked["type"] != linked["qualifier"].cast(pl.String)).any():
        yield "a qualifier that is not the object's type"
    yield from _orders_of_events(log, linked)
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


def _orders_of_events(log, linked):
    """Check that an event belongs to the orders of the document that it is about."""
    orders = linked.filter(pl.col("type") == v.ORDER).select(
        "event", pl.col("object").alias(v.ORDER)
    )
    about_customer = [v.ACTIVITIES[number] for number in ABOUT[v.CUSTOMER]]
    others = log.events.filter(~activity_name.is_in(about_customer))
    if not others["event"].is_in(orders["event"].implode()).all():
        yield "an event without an order"
    of_one = [v.ACTIVITIES[number] for number in (*ABOUT[v.ORDER], *ABOUT[v.ORDER_LINE])]
    counts = log.events.filter(activity_name.is_in(of_one)).join(orders, on="event")
    if counts["event"].is_duplicated().any():
        yield "an event about one order with several orders"
    delivers = _links(log, "delivers", v.DELIVERY, v.ORDER)
    bills = _links(log, "bills", v.INVOICE, v.DELIVERY)
    billed = bills.join(delivers, on=v.DELIVERY).select(v.INVOICE, v.ORDER).unique()
    # A shortage or a return is of some lines, and so of some of the delivery's orders.
    of_lines = (v.RECORD_SHORTAGE, v.AUTHORISE_RETURN, v.RECEIVE_RETURN, v.INSPECT_RETURN)
    short = log.events.filter(activity_name.is_in(of_lines))["event"]
    linked = linked.filter(~pl.col("event").is_in(short.implode()))
    for object_type, of_document in ((v.DELIVERY, delivers), (v.INVOICE, billed)):
        found = linked.filter(pl.col("type") == object_type).select(
            "event", pl.col("object").alias(object_type)
        )
        expected = found.join(of_document, on=object_type).select("event", v.ORDER).unique()
        missing = expected.join(orders, on=["event", v.ORDER], how="anti")
        if missing.height:
            yield f"an event about a {object_type} lacks an order of that {object_type}"


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
