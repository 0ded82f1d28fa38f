"""Levers move the figures that they are about, in the direction that practice expects."""

import datetime as dt

import pytest

from o2c_sim import Window, override, simulate
from scenarios.experiment import measured_period, summarise
from scenarios.levers import changes

WINDOW = Window(40, 40, 40)

# Lever, value, KPI, and whether the KPI rises: one replication, common random numbers.
EFFECTS = [
    ("electronic_orders_pct", 90, "touchless_share", True),
    ("order_errors_pct", 15, "order_processing_mean_hours", True),
    ("master_data_exceptions_pct", 15, "order_processing_mean_hours", True),
    ("credit_limit_change_pct", -50, "credit_hold_share", True),
    ("safety_stock_days", 3, "backorder_share", True),
    ("stock_errors_pct", 10, "backorder_share", True),
    ("weekly_invoicing_pct", 0, "billing_lag_mean_days", False),
    ("monthly_invoicing_pct", 50, "billing_lag_mean_days", True),
    ("invoice_at", "proof_of_delivery", "invoice_lag_mean_days", True),
    ("invoice_errors_pct", 15, "dispute_share", True),
    ("e_invoice_rejection_pct", 30, "invoice_rejection_share", True),
    ("payment_terms_days", 15, "invoice_to_payment_mean_days", False),
    ("discount_offered_pct", 80, "discount_share", True),
    ("direct_debit_pct", 80, "payment_return_share", True),
    ("good_remittance_pct", 100, "automatic_match_share", True),
    ("unidentified_pct", 20, "unapplied_share", True),
    ("cross_training", "office", "order_processing_mean_hours", False),
    ("absence_pct", 30, "order_processing_mean_hours", True),
    ("lateness_change_days", 10, "days_late_mean_days", True),
    ("postal_days", 14, "invoice_to_payment_mean_days", True),
]


def kpis(model):
    """Return the KPIs of one short run."""
    run = simulate(model, seed=3, window=WINDOW)
    return summarise(run, measured_period(model, WINDOW), with_map=False).kpis


@pytest.fixture(scope="module")
def before(distributor):
    """Return the KPIs of the company as it is."""
    return kpis(distributor)


@pytest.mark.parametrize(("lever", "value", "kpi", "rises"), EFFECTS)
def test_a_lever_moves_its_kpi(distributor, before, lever, value, kpi, rises):
    """The same orders and luck, so that what differs comes from the lever."""
    after = kpis(override(distributor, changes(distributor, {lever: value}, "x"), "test"))
    assert after[kpi] > before[kpi] if rises else after[kpi] < before[kpi]


def test_the_largest_customer_fails_on_its_day(distributor):
    """One insolvency more, of the customer with most orders, on the day that the lever is given."""
    few = override(
        distributor,
        {
            "demand.orders_per_week": 20,
            "customers.insolvencies_per_year": 0,
            "customers.volume_sigma": 2,
        },
        "test",
    )
    found = changes(few, {"key_customer_insolvency": "fails"}, "x", day=110)
    shocked = override(few, found, "test")
    calm, hit = (simulate(model, window=Window(0, 115, 0)).log for model in (few, shocked))
    name = "Declare Insolvency"
    assert name not in calm.activities
    events = hit.events.filter(hit.events["activity"].cast(str) == name)
    assert events.height == 1
    assert (events["time"][0].date() - distributor.start_date).days == 110
    customer = hit.event_objects.join(events.select("event"), on="event")["object"].cast(str)
    placed = hit.object_relations.filter(hit.object_relations["qualifier"].cast(str) == "placed by")
    counts = placed["target"].cast(str).value_counts(sort=True)
    assert customer.to_list() == [counts["target"][0]]


def test_an_outage_lasts_as_long_as_it_says(distributor):
    """From the first Tuesday 08:00 that is not before its day; the company's own outages stay."""
    found = changes(distributor, {"outage_hours": 24}, "x", day=58)
    # 2025-01-06 is a Monday, so day 58 a Wednesday and day 64 a Tuesday.
    assert found["systems.outages"] == [{"start": dt.datetime(2025, 3, 11, 8), "hours": 24}]
    once = override(distributor, found, "test")
    twice = changes(once, {"outage_hours": 48}, "x", day=0)["systems.outages"]
    assert [(o["start"].day, o["hours"]) for o in twice] == [(11, 24), (7, 48)]
    assert changes(once, {"outage_hours": 0}, "x")["systems.outages"] == [
        {"start": dt.datetime(2025, 3, 11, 8), "hours": 24}
    ]
