"""Invoices that systems reject, which resets the due date; tax on invoices."""

import datetime as dt

import polars as pl
import pytest
from billing_runs import SHORT, happened, times_by
from by_invoice import by_invoice
from hypothesis import given
from hypothesis import strategies as st
from ideal import ideal
from run_checks import activity_name, cents, everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process import open_items
from o2c_sim.process.customers import Customer
from o2c_sim.process.invoice import Invoice

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
