"""Billing: runs, blocks, errors, invoices made anew, rejections that reset the due date, tax."""

import datetime as dt

import polars as pl
import pytest
from by_invoice import by_invoice, total
from hypothesis import given
from hypothesis import strategies as st
from ideal import ideal
from pydantic import ValidationError
from run_checks import activity_name, cents, everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock, RunCalendar
from o2c_sim.engine.runs import LAST
from o2c_sim.ledger import LedgerError
from o2c_sim.model.calendars import RunModel
from o2c_sim.process import billing, open_items, returns
from o2c_sim.process.customers import Customer
from o2c_sim.process.cycle import found
from o2c_sim.process.cycle import run as run_company
from o2c_sim.process.invoice import Invoice
from o2c_sim.process.order import Delivery, Order, Part

SHORT = Window(0, 60, 0)


def times_by(run, object_type, *names):
    """Return one row an object: when each activity first happened to it, null if it did not."""
    return (
        run.log.flatten(object_type)
        .group_by("case")
        .agg(pl.col("time").filter(activity_name == name).first().alias(name) for name in names)
        .sort("case")
    )


def happened(run, name):
    """Return how often an activity happened."""
    return run.log.events.filter(activity_name == name).height


# Run calendars.


@given(
    weekdays=st.sets(st.integers(0, 6)),
    month_days=st.sets(st.sampled_from([1, 2, 15, 28, LAST])),
    minutes=st.sets(st.integers(0, 1439), min_size=1, max_size=3),
    start=st.dates(dt.date(2023, 12, 1), dt.date(2025, 3, 1)),
    hours=st.floats(0, 24 * 70),
)
def test_the_next_run_is_the_one_that_stepping_day_by_day_finds(
    weekdays, month_days, minutes, start, hours
):
    """Weekdays, days of the month and the last of the month, leap years included."""
    if not weekdays and not month_days:
        return
    expected = [
        day * 86_400 + minute * 60
        for day in range(110)
        for minute in sorted(minutes)
        if (date := start + dt.timedelta(days=day))
        and (
            date.weekday() in weekdays
            or date.day in month_days
            or (LAST in month_days and (date + dt.timedelta(days=1)).day == 1)
        )
    ]
    runs = RunCalendar(Clock(start, "UTC"), weekdays, minutes, month_days=month_days)
    assert runs.next(hours * 3600) == next(t for t in expected if t >= hours * 3600)


@pytest.mark.parametrize(
    "raw",
    [
        {"times": ["10:00"]},
        {"days": ["mon"], "month_days": [1], "times": ["10:00"]},
        {"month_days": [29], "times": ["10:00"]},
        {"month_days": [0], "times": ["10:00"]},
        {"month_days": ["first"], "times": ["10:00"]},
        {"month_days": ["last"], "times": []},
    ],
)
def test_a_run_has_weekdays_or_days_that_every_month_has(raw):
    """Neither, both, or a day that February lacks is refused."""
    with pytest.raises(ValidationError):
        RunModel.model_validate(raw)


@pytest.mark.parametrize(
    ("month_days", "expected"),
    [(["last"], {31, 28}), ([1, 15], {1, 15})],
)
def test_monthly_invoices_wait_for_their_day(distributor, month_days, expected):
    """In January and February 2025 the last days are the 31st (a Friday) and the 28th."""
    run = simulate(
        ideal(
            distributor,
            {
                "customers.monthly_invoice_share": 1,
                "billing.monthly_run": {"month_days": month_days, "times": ["18:00"]},
            },
        ),
        window=SHORT,
    )
    made = run.log.events.filter(activity_name == v.CREATE_INVOICE)["time"]
    assert set(made.dt.day()) == expected
    assert set(made.dt.hour()) == {18}
    kinds = run.log.objects_of(v.CUSTOMER)["billing_run"].cast(pl.String)
    assert set(kinds) == {"monthly"}


def test_more_weekly_customers_leave_the_monthly_ones_until_the_last(distributor):
    """20 % monthly: raising the weekly share to 50 % takes daily customers only."""

    def runs(weekly):
        changes = {
            "customers.weekly_invoice_share": weekly,
            "customers.monthly_invoice_share": 0.2,
        }
        company = found(ideal(distributor, changes), 1, 0)
        return [customer.billing_run for customer in company.customers]

    before, after, all_weekly = runs(0), runs(0.5), runs(1)
    assert set(before) == {0, 2}
    assert [run == 2 for run in before] == [run == 2 for run in after]
    assert set(all_weekly) == {1}


def test_a_collective_invoice_bills_all_deliveries_of_a_run(distributor):
    """One invoice for each customer and run, worth what its deliveries are worth."""
    changes = {
        "customers.collective_invoice_share": 1,
        "customers.monthly_invoice_share": 1,
        "customers.count": 5,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=SHORT)
    assert everything(run, model) == []
    company = found(model, 1, 0)
    run_company(company, 60)
    # What is done is forgotten: only the next run is waited for.
    for customer in company.customers:
        assert all(run_at > company.env.now for run_at in customer.to_bill)
    invoices = run.log.objects_of(v.INVOICE)
    assert invoices.height == 10
    assert invoices.group_by("invoice_date").len()["len"].to_list() == [5, 5]
    relations = run.log.object_relations.with_columns(pl.col("qualifier").cast(pl.String))
    billed = relations.filter(pl.col("qualifier") == "bills")
    assert billed.height > 200
    shipped = relations.filter(pl.col("qualifier") == "ships").join(
        run.log.objects.select("object", cents("value").alias("cents")),
        left_on="target",
        right_on="object",
    )
    worth = (
        billed.join(shipped, left_on="target", right_on="source")
        .group_by(pl.col("source").alias("object"))
        .agg(pl.col("cents").sum())
    )
    both = worth.join(invoices.select("object", cents("amount").alias("asked")), on="object")
    assert both.height == 10
    assert both["cents"].to_list() == both["asked"].to_list()


def test_billing_may_wait_for_the_proof_of_delivery(distributor):
    """Three days on the road: billed in the first 10:00 run once the goods are there, not before.

    Without, in the first run after goods issue.
    """
    for trigger, ready in (
        ("proof_of_delivery", v.CONFIRM_DELIVERY),
        ("goods_issue", v.POST_GOODS_ISSUE),
    ):
        changes = {"billing.trigger": trigger, "fulfilment.carrier_days": 3}
        run = simulate(ideal(distributor, changes), window=SHORT)
        rows = times_by(run, v.DELIVERY, ready, v.CREATE_INVOICE).drop_nulls()
        runs = RunCalendar(Clock(dt.date(2025, 1, 6), "UTC"), range(5), [600])
        zero = dt.datetime(2025, 1, 6)
        assert rows.height > 200
        for _, there, billed in rows.iter_rows():
            first = runs.next((there - zero).total_seconds())
            assert billed == zero + dt.timedelta(seconds=first)


# Billing blocks.


def test_a_blocked_delivery_is_billed_once_a_biller_has_removed_the_block(distributor):
    """Blocked at goods issue, two days until the facts are there, half an hour of office work.

    The first run after that makes the invoice.
    """
    changes = {
        "billing.block_share": 1,
        "billing.block_days": 2,
        "billing.block_touch_minutes": 30,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=SHORT)
    assert everything(run, model) == []
    names = (v.POST_GOODS_ISSUE, v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK, v.CREATE_INVOICE)
    rows = times_by(run, v.DELIVERY, *names).drop_nulls()
    assert rows.height > 200
    company = found(model, 1, 0)
    calendar, daily = company.billing_desk.calendars[0], company.billing.runs[0]
    zero = dt.datetime(2025, 1, 6)
    for _, issued, blocked, removed, billed in rows.iter_rows():
        assert blocked == issued
        done = calendar.add((blocked - zero).total_seconds() + 2 * 86_400, 1_800)
        assert removed == zero + dt.timedelta(seconds=round(done, 6))
        assert billed == zero + dt.timedelta(seconds=daily.next(done))
    people = run.log.events.filter(activity_name == v.REMOVE_BILLING_BLOCK)
    assert set(people["role"].cast(pl.String)) == {"Biller"}


def test_a_higher_block_share_blocks_further_deliveries_and_no_others(distributor):
    """The deliveries blocked at 10 % are among those at 30 %; the shares come true."""

    def blocked(share):
        run = simulate(ideal(distributor, {"billing.block_share": share}), window=SHORT)
        rows = times_by(run, v.DELIVERY, v.POST_GOODS_ISSUE, v.SET_BILLING_BLOCK)
        rows = rows.drop_nulls(v.POST_GOODS_ISSUE)
        blocked = rows.drop_nulls(v.SET_BILLING_BLOCK)
        numbers = run.log.objects.filter(pl.col("object").is_in(blocked["case"].implode()))
        return set(numbers["object_id"]), blocked.height / rows.height

    assert blocked(0) == (set(), 0)
    (few, low), (many, high) = blocked(0.1), blocked(0.3)
    assert few < many
    assert low == pytest.approx(0.1, abs=0.04)
    assert high == pytest.approx(0.3, abs=0.06)


# Errors.


def test_an_error_that_the_company_finds_costs_a_cancellation_and_no_cash(distributor):
    """All invoices wrong and found: each is cancelled after an hour's work and made anew.

    Made at 10:00, cancelled at 11:00; the new one is due 30 days from that day and the only one
    that is sent and paid. The ledger has revenue for one of the two.
    """
    changes = {
        "billing.error_share": 1,
        "billing.error_found_share": 1,
        "billing.correction_touch_minutes": 60,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=SHORT)
    assert everything(run, model) == []
    replaced = run.log.object_relations.filter(
        pl.col("qualifier").cast(pl.String) == "replaces"
    ).select(pl.col("source").alias("new"), pl.col("target").alias("case"))
    rows = by_invoice(run)
    spans = times_by(run, v.INVOICE, v.CREATE_INVOICE, v.CANCEL_INVOICE, v.SEND_INVOICE)
    old = spans.join(replaced, on="case").join(
        spans.select(pl.col("case").alias("new"), pl.col(v.CREATE_INVOICE).alias("anew")), on="new"
    )
    assert old.height == happened(run, v.CANCEL_INVOICE) > 200
    assert old[v.SEND_INVOICE].null_count() == old.height
    assert set((old[v.CANCEL_INVOICE] - old[v.CREATE_INVOICE]).dt.total_minutes()) == {60}
    assert (old[v.CANCEL_INVOICE] == old["anew"]).all()
    paid = rows.filter(pl.col("name") == v.CLEAR_INVOICE)
    assert paid.height > 100
    assert paid["case"].is_in(replaced["new"].implode()).all()
    assert set((rows["due"] - rows["issued"]).dt.total_days()) == {30}
    made = rows.filter(pl.col("name") == v.CREATE_INVOICE).join(
        replaced, left_on="case", right_on="new"
    )
    # The last ones may still be with the biller.
    waiting = rows.filter(pl.col("name") == v.CREATE_INVOICE).filter(
        ~pl.col("case").is_in(old["case"].implode()), ~pl.col("case").is_in(made["case"].implode())
    )
    net = total(run, v.CREATE_INVOICE) - total(run, v.CANCEL_INVOICE)
    assert net == made["cents"].sum() + waiting["cents"].sum()


def test_what_the_company_does_not_find_stays_wrong(distributor):
    """None found: nothing is cancelled before sending, every first invoice is marked."""
    changes = {"billing.error_share": 1, "billing.error_found_share": 0}
    company = found(ideal(distributor, changes), 1, 0)
    invoice = an_invoice(company)
    assert invoice.wrong
    assert not billing.reissue(company, invoice).wrong


# Invoices made anew.


def an_invoice(company, value_minor=10_000):
    """Return the invoice for a delivery of the first customer's first order."""
    order = Order(0, company.customers[0], 0, 0, [0], [1], [value_minor], value_minor)
    company.documents.new_order()
    order.customer.exposure_minor += value_minor
    parts = [Part(order, [0])]
    number = company.documents.new_delivery(parts, 0.0)
    delivery = Delivery(number, order.customer, parts, (0, 0))
    invoice = billing.create_invoice(company, [delivery])
    assert delivery.invoice is invoice
    return invoice


@pytest.fixture
def company(distributor):
    """Return a company on its first day."""
    return found(ideal(distributor), 1, 0)


def test_an_invoice_made_anew_asks_for_the_same_from_today(company):
    """Ten days later: same customer, deliveries and amount, due ten days later; exposure stays."""
    old = an_invoice(company)
    customer = old.customer
    assert customer.exposure_minor == 10_000
    assert customer.open_minor_by_due_day == {30: 10_000}
    company.env.run(until=company.clock.midnight(10))
    assert billing.can_be_reissued(company, old)
    new = billing.reissue(company, old)
    assert billing.standing(old) is new is billing.standing(new)
    assert (old.open_minor, new.open_minor, new.due_day) == (0, 10_000, 40)
    assert company.ledger.open_minor(old.number) == 0
    assert company.ledger.open_total_minor == 10_000
    assert customer.exposure_minor == 10_000
    assert customer.open_minor_by_due_day == {40: 10_000}
    assert list(customer.open_invoices) == [new.number]
    assert company.documents.deliveries_of(new.number) == company.documents.deliveries_of(0) == [0]
    assert old.luck != new.luck


def test_what_was_credited_is_not_billed_again(company):
    """30.00 of 100.00 credited: the new invoice asks for 70.00."""
    old = an_invoice(company)
    company.ledger.credit(0.0, old.number, 3_000)
    open_items.reduce(old, 3_000)
    assert billing.reissue(company, old).amount_minor == 7_000
    assert old.customer.exposure_minor == 7_000


def test_an_invoice_that_is_paid_in_part_cannot_be_made_anew(company):
    """Nor one whose payment is on its way."""
    old = an_invoice(company)
    old.in_transit = True
    assert not billing.can_be_reissued(company, old)
    old.in_transit = False
    company.ledger.receive_cash(0.0, 0, 1_000)
    company.ledger.apply_cash(0.0, 0, old.number, 1_000)
    open_items.reduce(old, 1_000)
    assert not billing.can_be_reissued(company, old)
    with pytest.raises(LedgerError):
        billing.reissue(company, old)


def test_what_is_made_anew_in_a_dispute_is_sent_and_paid(distributor):
    """Every first invoice is wrong and its dispute ends with a new one, due from that day.

    The new one goes its own way: it is sent on the day it is made, and cleared; no old one is.
    """
    changes = {
        "billing.error_share": 1,
        "disputes.cause_share": 1,
        "disputes.reissue_share": 1,
        "disputes.notice_days": 3,
        "disputes.investigation_days": 2,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=Window(0, 120, 0))
    assert everything(run, model) == []
    relations = run.log.object_relations.filter(pl.col("qualifier").cast(pl.String) == "replaces")
    rows = by_invoice(run).join(
        relations.select(pl.col("source").alias("case"), pl.lit(True).alias("new")),
        on="case",
        how="left",
    )
    assert relations.height > 300
    cleared = rows.filter(pl.col("name") == v.CLEAR_INVOICE)
    assert cleared.height > 300
    assert cleared["new"].null_count() == 0
    sent = rows.filter((pl.col("name") == v.SEND_INVOICE) & pl.col("new"))
    assert sent.height == relations.height
    assert (sent["time"].dt.date() == sent["issued"]).all()
    assert set((rows["due"] - rows["issued"]).dt.total_days()) == {30}


# Rejections.


def test_a_rejected_invoice_is_due_later_by_what_its_correction_takes(distributor):
    """Rejected two days after 10:00, an hour's work: the terms count from the day of that.

    Sent Mon, Tue or Wed: corrected two days later, at 11:00. Thu and Fri: on the Monday after,
    at 9:00. Customers pay on the new due date.
    """
    changes = {
        "billing.rejection_share": 1,
        "billing.rejection_days": 2,
        "billing.correction_touch_minutes": 60,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=Window(0, 80, 0))
    assert everything(run, model) == []
    rows = by_invoice(run)
    assert happened(run, v.REJECT_INVOICE) > 300
    sent = (
        rows.filter(pl.col("name") == v.SEND_INVOICE)
        .group_by("case")
        .agg(pl.col("time").first().alias("first"), pl.col("time").last().alias("last"), pl.len())
        .filter(pl.col("len") == 2)
        .join(rows.select("case", "issued", "due").unique(), on="case")
    )
    found_days = sent.select(
        pl.col("issued").dt.weekday(),
        (pl.col("last").dt.date() - pl.col("issued")).dt.total_days(),
        pl.col("last").dt.hour().alias("hour"),
        (pl.col("due") - pl.col("last").dt.date()).dt.total_days().alias("terms"),
    ).unique()
    assert sorted(found_days.iter_rows()) == [
        (1, 2, 11, 30),
        (2, 2, 11, 30),
        (3, 2, 11, 30),
        (4, 4, 9, 30),
        (5, 3, 9, 30),
    ]
    again = run.log.events.filter((activity_name == v.SEND_INVOICE) & pl.col("role").is_not_null())
    assert again.height == sent.height
    changed = run.log.object_changes.filter(pl.col("attribute") == "due_date")
    assert changed.height == 2 * sent.height
    last = changed.group_by("object").agg(pl.col("value").last().str.slice(0, 10))
    due = last.join(sent, left_on="object", right_on="case")
    assert (due["value"] == due["due"].cast(pl.String)).all()


def test_rejections_make_cash_late_by_the_lost_days(distributor):
    """The hidden driver of DSO: the customers are as punctual as before, the cash is later."""

    def days(share):
        changes = {"billing.rejection_share": share, "billing.rejection_days": 7}
        run = simulate(ideal(distributor, changes), window=Window(0, 100, 0))
        paid = by_invoice(run).filter(pl.col("name") == v.CLEAR_INVOICE)
        paid = paid.filter(pl.col("issued") < dt.date(2025, 2, 20))
        after_issue = (paid["time"].dt.date() - paid["issued"]).dt.total_days().mean()
        after_due = (paid["time"].dt.date() - paid["due"]).dt.total_days().mean()
        return after_issue, after_due

    (sound, punctual), (rejected, still_punctual) = days(0), days(1)
    assert rejected - sound == pytest.approx(7, abs=0.5)
    assert still_punctual == pytest.approx(punctual, abs=0.5)


@pytest.mark.parametrize(
    ("channel", "rejected"), [("paper", False), ("pdf", False), ("portal", True)]
)
def test_only_systems_reject_invoices(distributor, channel, rejected):
    """Portals as e-invoices; a portal that the model does not time is as fast as an e-invoice."""
    changes = {
        "customers.invoice_channel_shares": {channel: 1},
        "billing.delivery_days": {"paper": 1, "pdf": 1, "e_invoice": 2},
        "billing.rejection_share": 1,
    }
    run = simulate(ideal(distributor, changes), window=SHORT)
    assert (happened(run, v.REJECT_INVOICE) > 0) == rejected
    rows = times_by(run, v.INVOICE, v.CREATE_INVOICE, v.SEND_INVOICE).drop_nulls()
    days = (rows[v.SEND_INVOICE] - rows[v.CREATE_INVOICE]).dt.total_days()
    assert set(days) == {2 if rejected else 1}


@given(
    moves=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=12),
    amounts=st.lists(st.integers(1, 1_000), min_size=4, max_size=4),
)
def test_due_days_move_without_losing_a_cent(moves, amounts):
    """What is open by due day is what the open invoices say, however often they move."""
    customer = Customer(0, 1.0, 30, 0, 0.0, -1, 0, 0, 0, 0.0)
    invoices = [Invoice(i, customer, (0, i), amount, i) for i, amount in enumerate(amounts)]
    for invoice in invoices:
        open_items.add(invoice, 0)
    open_items.reduce(invoices[3], amounts[3])
    for which, day in moves:
        open_items.move_due_day(invoices[which], day)
        expected = {}
        for invoice in invoices[:3]:
            expected[invoice.due_day] = expected.get(invoice.due_day, 0) + invoice.open_minor
        assert customer.open_minor_by_due_day == expected
        assert customer.exposure_minor == sum(amounts[:3])


# Tax.


def test_tax_is_owed_and_is_no_revenue(distributor):
    """19 % on top of each invoice, to the cent; the books hold it apart from revenue."""
    model = ideal(distributor, {"billing.tax_share": 0.19})
    run = simulate(model, window=SHORT)
    assert everything(run, model) == []
    asked = run.log.objects_of(v.INVOICE).select("object", cents("amount").alias("gross"))
    relations = run.log.object_relations.with_columns(pl.col("qualifier").cast(pl.String))
    shipped = relations.filter(pl.col("qualifier") == "ships").join(
        run.log.objects.select("object", cents("value").alias("net")),
        left_on="target",
        right_on="object",
    )
    net = (
        relations.filter(pl.col("qualifier") == "bills")
        .join(shipped, left_on="target", right_on="source")
        .group_by(pl.col("source").alias("object"))
        .agg(pl.col("net").sum())
    )
    for gross, value in asked.join(net, on="object").select("gross", "net").iter_rows():
        assert gross == value + round(value * 0.19)
    postings = run.postings.filter(pl.col("kind").cast(pl.String) == "invoice")
    sums = dict(
        postings.group_by(pl.col("credit").cast(pl.String))
        .agg(pl.col("amount_minor").sum())
        .iter_rows()
    )
    assert sums["revenue"] == net["net"].sum()
    assert sums["tax_payable"] == asked["gross"].sum() - net["net"].sum()


@pytest.mark.parametrize("tax", [0, 0.07, 0.19])
def test_an_invoice_made_anew_has_the_same_tax(distributor, tax):
    """Whatever the rounding: the new invoice is the old one, to the cent, net and tax."""
    company = found(ideal(distributor, {"billing.tax_share": tax}), 1, 0)
    amounts = (1, 3, 50, 333, 10_001, 99_999)
    for value in amounts:
        old = an_invoice(company, value)
        assert billing.reissue(company, old).amount_minor == old.amount_minor
    balances = company.ledger.balances()
    assert -balances["revenue"] == sum(amounts)
    assert -balances["tax_payable"] == sum(round(value * tax) for value in amounts)


# Errors that the company finds itself, and what happens meanwhile.


def test_what_is_credited_before_its_correction_is_not_made_anew(distributor):
    """Returned goods are credited in full while the biller is busy: nothing is left to cancel."""
    company = found(ideal(distributor, {"billing.correction_touch_minutes": 60}), 1, 0)
    invoice = an_invoice(company)
    corrected = []

    def correct():
        corrected.append((yield from billing.correct(company, invoice)))

    company.start(correct())
    returns.credit(company, invoice, invoice.amount_minor, invoice.luck)
    company.env.run(until=company.clock.midnight(2))
    assert corrected == [invoice]
    assert company.ledger.open_total_minor == 0


def test_damage_is_contested_on_the_invoice_made_anew(distributor):
    """All goods arrive damaged and all invoices are wrong, found and made anew: all contested."""
    changes = {
        "billing.error_share": 1,
        "billing.error_found_share": 1,
        "fulfilment.damage_share": 1,
        "disputes.cause_share": 1,
        "disputes.notice_days": 1,
    }
    run = simulate(ideal(distributor, changes), window=SHORT)
    assert happened(run, v.CANCEL_INVOICE) > 100
    assert happened(run, v.OPEN_DISPUTE) > 0.8 * happened(run, v.CANCEL_INVOICE)


# All at once.


@pytest.mark.parametrize("trigger", ["goods_issue", "proof_of_delivery"])
def test_the_books_agree_whatever_goes_wrong(distributor, trigger):
    """Blocks, errors, rejections, collective invoices, prepayment and tax together."""
    changes = {
        "customers.weekly_invoice_share": 0.3,
        "customers.monthly_invoice_share": 0.3,
        "customers.collective_invoice_share": 0.5,
        "customers.prepayment_share": 0.2,
        "customers.bundling_share": 0.5,
        "customers.invoice_channel_shares": {"paper": 0.3, "portal": 0.3, "e_invoice": 0.4},
        "customers.insolvencies_per_year": 0.5,
        "disputes.share": 0.2,
        "fulfilment.carrier_days": 2,
        "billing.trigger": trigger,
        "billing.tax_share": 0.19,
        "billing.block_share": 0.2,
        "billing.block_days": 3,
        "billing.error_share": 0.5,
        "billing.error_found_share": 0.5,
        "billing.correction_touch_minutes": 30,
        "billing.rejection_share": 0.3,
        "billing.rejection_days": 2,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=Window(0, 120, 0))
    assert everything(run, model) == []
    for name in (v.SET_BILLING_BLOCK, v.CANCEL_INVOICE, v.REJECT_INVOICE):
        assert happened(run, name) > 50


def test_the_distributor_bills_about_as_late_as_the_sap_log(distributor):
    """SAP log 2007-10: 41 % on the day of goods issue, 3.3 days on average."""
    run = simulate(distributor, window=Window(0, 200, 0))
    rows = times_by(run, v.DELIVERY, v.POST_GOODS_ISSUE, v.CREATE_INVOICE).drop_nulls()
    days = (rows[v.CREATE_INVOICE] - rows[v.POST_GOODS_ISSUE]).dt.total_seconds() / 86_400
    assert 2 < days.mean() < 4.5
    assert 0.3 < (days < 0.6).mean() < 0.6
