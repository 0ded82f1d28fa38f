"""One open invoice: what comes first happens first, and every invoice ends."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ideal import ideal
from run_checks import activity_name, everything

from mining.kpis import measure
from o2c_sim import Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Streams
from o2c_sim.process.customers import create_customers


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
def test_as_many_invoices_are_disputed_as_the_model_says(distributor, share):
    """However uneven customers are: their propensities, cut off at 1, have the share as mean."""
    model = override(distributor, {"disputes.share": share, "customers.count": 20_000}, "test")
    found = [c.dispute_propensity for c in create_customers(model, Streams(1, 0))]
    assert np.mean(found) == pytest.approx(share, rel=0.03)
    assert 0 <= min(found) <= max(found) <= 1


def test_a_reminder_does_not_speed_up_the_post(distributor):
    """A check sent on the due day with 20 days of float arrives as late as without reminders."""
    mail = {
        "customers.payment_method_shares": {"check": 1},
        "customers.payment_float_days": {"check": 20},
        "customers.payment_terms_days": 0,
    }
    quiet = [{"overdue_days": 900, "hazard_ratio": 1}]
    loud = [{"overdue_days": 3, "hazard_ratio": 100}]
    days = [
        measure(
            simulate(
                ideal(distributor, {**mail, "dunning.levels": levels}), window=Window(0, 120, 0)
            ).log
        )["invoice_to_cash_mean_days"]
        for levels in (quiet, loud)
    ]
    assert days[0] == days[1] > 20


def test_invoices_that_nobody_gets_to_call_about_are_written_off_in_time(distributor):
    """One collector, far too many calls, the largest first: the small ones still end.

    Due at once and never paid, each is written off in the first Monday run after 60 days.
    """
    model = ideal(
        distributor,
        {
            "customers.default_share": 1,
            "customers.payment_terms_days": 0,
            "collections.call_after_days": 5,
            "collections.worklist": "largest",
            "collections.touch_minutes": 240,
            "staff.collections.headcount": 1,
            "write_off.after_days": 60,
        },
    )
    run = simulate(model, window=Window(0, 150, 0))
    assert everything(run, model) == []
    spans = (
        run.log.flatten(v.INVOICE)
        .group_by("case")
        .agg(
            pl.col("time").filter(activity_name == v.CREATE_INVOICE).first().alias("billed"),
            pl.col("time").filter(activity_name == v.WRITE_OFF_INVOICE).first().alias("ended"),
        )
    )
    old = spans.filter(pl.col("billed") < pl.col("billed").max() - pl.duration(days=70))
    assert old.height > 300
    days = (old["ended"] - old["billed"]).dt.total_days()
    assert days.null_count() == 0
    assert days.max() < 67


@pytest.mark.slow
def test_reminders_do_not_talk_customers_out_of_disputes(distributor):
    """Paying sooner moves the objection forward with the payment; none is lost."""
    shares = [
        measure(
            simulate(
                override(
                    distributor,
                    {
                        "disputes.share": 0.5,
                        "disputes.notice_days": 60,
                        "dunning.levels": [{"overdue_days": 1, "hazard_ratio": ratio}],
                    },
                    "test",
                ),
                window=Window(0, 60, 90),
            ).log
        )["dispute_share"]
        for ratio in (1, 100)
    ]
    assert shares[1] >= shares[0] > 0.2


def test_slower_cash_application_alone_causes_false_dunning(distributor):
    """Everybody pays on the due day; what is posted nine days later has been reminded."""
    reminded = []
    for days in (0, 9):
        model = ideal(
            distributor,
            {
                "cash_application.auto_match_share": 0,
                "cash_application.unidentified_share": 0,
                "cash_application.research_wait_days": days,
                "dunning.levels": [{"overdue_days": 5, "hazard_ratio": 1}],
            },
        )
        run = simulate(model, window=Window(0, 90, 0))
        assert everything(run, model) == []
        notices = run.log.events.filter(activity_name == v.SEND_DUNNING_LEVEL_1)
        reminded.append(notices.height)
    assert reminded[0] == 0
    assert reminded[1] > 100


@pytest.mark.slow
@settings(max_examples=12)
@given(data=st.data())
def test_every_cent_ends_somewhere_whatever_the_rules(distributor, data):
    """Disputes, deductions, returns, agency, insurer and allowance at once, any shares."""
    share = st.sampled_from([0, 0.05, 0.5, 1])
    days = st.sampled_from([0, 1, 20])
    model = override(
        distributor,
        {
            "disputes.cause_share": data.draw(share),
            "disputes.share": data.draw(st.sampled_from([0, 0.1, 0.6])),
            "disputes.reissue_share": data.draw(share),
            "disputes.investigation_days": data.draw(days),
            "billing.error_share": data.draw(share),
            "fulfilment.damage_share": data.draw(share),
            "customers.short_payment_share": data.draw(st.sampled_from([0, 0.3, 0.9])),
            "customers.default_share": data.draw(st.sampled_from([0, 0.2])),
            "customers.insolvencies_per_year": data.draw(st.sampled_from([0, 1])),
            "credit.insured_share": data.draw(share),
            "returns.share": data.draw(share),
            "returns.damaged_share": data.draw(share),
            "returns.request_days": data.draw(days),
            "returns.travel_days": data.draw(days),
            "collections.call_after_days": data.draw(st.sampled_from([1, 20])),
            "collections.promise_share": data.draw(share),
            "collections.promise_kept_share": data.draw(share),
            "collections.broken_recall_days": data.draw(st.sampled_from([None, 0, 5])),
            "collections.hold_after_broken_promises": data.draw(st.sampled_from([0, 1])),
            "write_off.after_days": data.draw(st.sampled_from([10, 60])),
            "write_off.small_balance_value": data.draw(st.sampled_from([0, 1_000])),
            "write_off.agency_share": data.draw(share),
            "billing.tax_share": data.draw(st.sampled_from([0, 0.19])),
            "demand.orders_per_week": 60,
        },
        "test",
    )
    run = simulate(model, seed=data.draw(st.integers(1, 5)), window=Window(0, 120, 0))
    assert everything(run, model) == []
