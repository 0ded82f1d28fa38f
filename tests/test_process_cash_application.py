"""Cash application: what matches, waits or is refunded, and what slowness does elsewhere."""

import polars as pl
import pytest
from by_invoice import total
from hypothesis import given, settings
from hypothesis import strategies as st
from ideal import ideal
from run_checks import activity_name, everything, varied

from mining.kpis import measure
from o2c_sim import Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process.cash_application import match_share
from o2c_sim.process.cycle import found
from o2c_sim.process.invoice import Invoice, Payment, Remitted


def paid(company, invoices, good_remittance, method):
    """Return a payment for some invoices."""
    customer = company.customers[0]
    customer.good_remittance = good_remittance
    items = [Remitted(Invoice(n, customer, (n, 0), 100, 30), 100) for n in range(invoices)]
    return Payment(customer, (0, 0), method, items, 0.0)


@pytest.mark.parametrize(
    ("share", "good", "invoices", "expected"),
    [
        (0.6, True, 1, 0.6),
        # Odds of 1.5, halved: 0.75, a share of 3/7.
        (0.6, False, 1, 3 / 7),
        # Two further invoices: odds of 1.5 x 0.8 x 0.8 = 0.96.
        (0.6, True, 3, 0.96 / 1.96),
        (1.0, False, 9, 1.0),
        (0.0, False, 9, 0.0),
    ],
)
def test_match_share(distributor, share, good, invoices, expected):
    """Poor remittances and further invoices multiply the odds; certainty stays certain."""
    model = override(
        distributor,
        {
            "cash_application.auto_match_share": share,
            "cash_application.poor_remittance_odds_ratio": 0.5,
            "cash_application.further_invoice_odds_ratio": 0.8,
        },
        "test",
    )
    company = found(model, 1, 0)
    assert match_share(company, paid(company, invoices, good, 2)) == pytest.approx(expected)


@pytest.mark.parametrize("method", [3, 4])
def test_what_the_company_draws_itself_always_matches(distributor, method):
    """A card charge and a direct debit: no remittance is needed."""
    company = found(distributor, 1, 0)
    assert match_share(company, paid(company, 5, False, method)) == 1


def test_an_unidentified_payment_stays_on_account(distributor):
    """Known as cash at once, applied 20 days later; the invoice stays open and is reminded."""
    model = ideal(
        distributor,
        {
            "customers.good_remittance_share": 1,
            "cash_application.auto_match_share": 0.9,
            "cash_application.unidentified_share": 0.1,
            "cash_application.identification_days": 20,
        },
    )
    run = simulate(model, window=Window(0, 150, 0))
    assert everything(run, model) == []
    times = (
        run.log.flatten(v.PAYMENT)
        .group_by("case")
        .agg(
            pl.col("time").filter(activity_name == name).min().alias(name)
            for name in (v.RECEIVE_PAYMENT, v.CLEAR_INVOICE)
        )
        .drop_nulls()
    )
    days = (times[v.CLEAR_INVOICE] - times[v.RECEIVE_PAYMENT]).dt.total_days()
    slow = days > 0
    assert slow.mean() == pytest.approx(0.1, abs=0.03)
    # Found on a weekend, they are posted on Monday.
    assert days.filter(slow).is_between(20, 22).all()
    # Everybody has paid in time: all reminders go to customers who have paid.
    reminded = run.log.events.filter(activity_name == v.SEND_DUNNING_LEVEL_1).height
    assert reminded > 0.5 * slow.sum()
    assert run.receivables["closing_unapplied_minor"].max() > 0


def test_slower_cash_application_alone_holds_orders_and_reminds_who_has_paid(distributor):
    """The feedback loops: unapplied cash keeps exposure high, and the invoice overdue."""
    found_out = []
    for days in (0, 30):
        changes = {
            "cash_application.auto_match_share": 0,
            "cash_application.unidentified_share": 0,
            "cash_application.research_wait_days": days,
            "staff.cash_application.headcount": 20,
        }
        run = simulate(override(distributor, changes, "test"), window=Window(90, 60, 60))
        found_out.append((measure(run.log), total(run, v.RECEIVE_PAYMENT)))
    (fast, cash), (slow, cash_slow) = found_out
    assert slow["credit_hold_share"] > fast["credit_hold_share"] + 0.05
    assert slow["false_dunning_share"] > fast["false_dunning_share"] + 0.05
    # Customers' money itself comes as before, but for what is held or paid on a reminder.
    assert cash_slow == pytest.approx(cash, rel=0.1)


def test_payments_and_invoices_are_many_to_many(distributor):
    """As it ships: invoices of several payments, and payments of several invoices."""
    run = simulate(distributor, seed=3, window=Window(0, 120, 0))
    links = run.log.event_objects.with_columns(pl.col("qualifier").cast(pl.String))
    applied = run.log.events.filter(activity_name.is_in([v.APPLY_PAYMENT, v.CLEAR_INVOICE])).select(
        "event"
    )
    pairs = [
        applied.join(links.filter(pl.col("qualifier") == kind), on="event").select(
            "event", "object"
        )
        for kind in (v.PAYMENT, v.INVOICE)
    ]
    each = pairs[0].join(pairs[1], on="event", suffix="_invoice")
    assert each.height == applied.height
    per_payment = each.group_by("object").agg(pl.col("object_invoice").n_unique())
    per_invoice = each.group_by("object_invoice").agg(pl.col("object").n_unique())
    assert (per_payment["object_invoice"] > 1).mean() > 0.1
    assert (per_invoice["object"] > 1).mean() > 0.02
    # A prepayment and a card payment have one invoice as well: nothing is left out.
    assert each.select("object", "object_invoice").unique().height == each.height


share = st.sampled_from([0.0, 0.1, 0.5, 1.0])
half = st.sampled_from([0.0, 0.1, 0.5])
days = st.sampled_from([0, 0.3, 4, 21])
ANY_METHOD = {"check": 0.2, "ach": 0.2, "wire": 0.2, "card": 0.2, "direct_debit": 0.2}
CHANGES = {
    "demand.orders_per_week": st.sampled_from([20, 60]),
    "demand.line_value": st.sampled_from([0.01, 7, 5_000]),
    "customers.count": st.sampled_from([1, 4, 30]),
    "customers.segments": st.sampled_from(
        [{}, {"key": {"share": 0.5, "volume_factor": 20, "bundling_share": 1}}]
    ),
    "customers.payment_terms_days": st.sampled_from([0, 12, 30]),
    "customers.weekly_pay_run_share": share,
    "customers.bundling_share": share,
    "customers.payment_method_shares": st.sampled_from([ANY_METHOD, {"direct_debit": 1}]),
    "customers.good_remittance_share": share,
    "customers.default_share": half,
    "customers.prepayment_share": share,
    "customers.prepayment_days": days,
    "customers.discount_offered_share": share,
    "customers.discount_taken_share": share,
    "customers.discount_rate": st.sampled_from([0, 0.02, 0.9]),
    "customers.discount_days": days,
    "customers.unearned_discount_share": share,
    "customers.dynamic_discount_share": share,
    "customers.dynamic_discount_rate_per_year": st.sampled_from([0, 0.12, 0.99]),
    "customers.dynamic_discount_days": days,
    "customers.short_payment_share": half,
    "customers.partial_payment_share": half,
    "customers.rest_days": days,
    "customers.duplicate_payment_share": share,
    "customers.duplicate_payment_days": days,
    "customers.card_fee_share": half,
    "customers.direct_debit_return_share": share,
    "customers.direct_debit_return_days": days,
    "customers.direct_debit_return_fee": st.sampled_from([0, 5]),
    "customers.insolvencies_per_year": st.sampled_from([0, 0.5, 5]),
    "customers.insolvency_write_off_days": days,
    "disputes.share": half,
    "cash_application.auto_match_share": share,
    "cash_application.unidentified_share": half,
    "cash_application.identification_days": days,
    "cash_application.research_wait_days": days,
    "cash_application.refund_days": days,
    "cash_application.unearned_discounts": st.sampled_from(["allow", "claim"]),
    "write_off.after_days": st.sampled_from([5, 60]),
}


@pytest.mark.slow
@settings(max_examples=25)
@given(changes=st.fixed_dictionaries({}, optional=CHANGES), seed=st.integers(0, 10))
def test_every_cent_is_somewhere(distributor, changes, seed):
    """Whatever customers do: the books balance, and agree with the log, every day."""
    model = varied(distributor, changes)
    run = simulate(model, seed=seed, window=Window(0, 75, 0))
    assert everything(run, model) == []
    kinds = dict(
        run.postings.group_by(pl.col("kind").cast(pl.String))
        .agg(pl.col("amount_minor").sum())
        .iter_rows()
    )
    posted = {
        v.RECEIVE_PAYMENT: "cash_receipt",
        v.RETURN_PAYMENT: "payment_return",
        v.REFUND_CUSTOMER: "refund",
        v.ALLOW_DISCOUNT: "cash_discount",
        v.WRITE_OFF_INVOICE: "write_off",
    }
    for activity, kind in posted.items():
        assert total(run, activity) == kinds.get(kind, 0)
    assert total(run, v.APPLY_PAYMENT) + total(run, v.CLEAR_INVOICE) == (
        kinds.get("cash_application", 0)
    )
