"""What becomes of unpaid invoices: small rests, agency, insurer, allowance; to the cent."""

import datetime as dt

import polars as pl
import pytest
from by_invoice import by_invoice, total
from ideal import ideal
from run_checks import activity_name, everything

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Streams
from o2c_sim.process.recovery import recovery_policy

# Nobody ever pays; due at once; given up in the first Monday run after 30 days.
UNPAID = {
    "customers.default_share": 1,
    "customers.payment_terms_days": 0,
    "write_off.after_days": 30,
    "credit.insured_share": 0,
}


def given_up(distributor, changes, days=120):
    """Return a run of an ideal company that gives up invoices, and its events by invoice."""
    model = ideal(distributor, {**UNPAID, **changes})
    run = simulate(model, window=Window(0, days, 0))
    assert everything(run, model) == []
    return run, by_invoice(run)


def booked(run):
    """Return the sums of the journal by kind, cents."""
    kinds = run.postings.group_by("kind").agg(pl.col("amount_minor").sum())
    return dict(kinds.select(pl.col("kind").cast(pl.String), "amount_minor").iter_rows())


def early(run, events, name, days):
    """Return the events of a name that are at least so many days before the end."""
    last = run.log.events["time"].max() - dt.timedelta(days=days)
    return events.filter((pl.col("name") == name) & (pl.col("time") < last))


def test_an_agency_recovers_all_less_its_fee(distributor):
    """All can be collected: 20 days after the referral the money is there, less a quarter."""
    run, events = given_up(
        distributor,
        {
            "write_off.agency_share": 1,
            "write_off.agency_days": 20,
            "write_off.agency_fee_share": 0.25,
            "write_off.collectability_shares": {0: 1},
        },
    )
    lost = early(run, events, v.WRITE_OFF_INVOICE, 21)
    recovered = events.filter(pl.col("name") == v.RECORD_RECOVERY)
    assert lost.height > 200
    both = lost.join(recovered, on="case", suffix="_back")
    assert both.height == lost.height
    assert both["cents"].to_list() == both["cents_back"].to_list()
    assert (both["time_back"] - both["time"]).unique().to_list() == [dt.timedelta(days=20)]
    sums = booked(run)
    assert sums["recovery"] == recovered["cents"].sum()
    assert sums["agency_fee"] == pytest.approx(sums["recovery"] / 4, abs=recovered.height / 2)
    assert run.receivables["closing_cash_minor"][-1] == sums["recovery"] - sums["agency_fee"]


def test_the_agency_recovers_by_age(distributor):
    """Referred 31 to 37 days overdue: 81 % of the invoices, between 90 % at 0 and 60 % at 100."""
    table = {0: 0.9, 100: 0.6}
    run, events = given_up(
        distributor,
        {
            "write_off.agency_share": 0.5,
            "write_off.agency_days": 1,
            "write_off.collectability_shares": table,
        },
        days=200,
    )
    lost = early(run, events, v.WRITE_OFF_INVOICE, 2).height
    referred = early(run, events, v.REFER_TO_AGENCY, 2)
    recovered = events.filter(pl.col("name") == v.RECORD_RECOVERY)
    assert referred.height / lost == pytest.approx(0.5, abs=3 * (0.25 / lost) ** 0.5)
    error = 3 * (0.8 * 0.2 / referred.height) ** 0.5
    assert recovered.height / referred.height == pytest.approx(0.8, abs=error)


def test_collectability_lies_on_straight_lines(distributor):
    """Half-way between 90 and 180 days: half-way between 69.6 and 52.1 %; level at the ends."""
    policy = recovery_policy(distributor, Streams(1, 0))
    assert policy.collectable_share(135) == pytest.approx((0.696 + 0.521) / 2)
    assert policy.collectable_share(-5) == pytest.approx(0.949)
    assert policy.collectable_share(2_000) == pytest.approx(0.093)


def test_the_insurer_pays_its_part(distributor):
    """All customers are insured at 90 %: 15 days after the write-off the claim is paid."""
    run, events = given_up(
        distributor,
        {
            "credit.insured_share": 1,
            "credit.insurance_cover_share": 0.9,
            "write_off.insurance_days": 15,
            "write_off.agency_share": 1,
        },
    )
    lost = early(run, events, v.WRITE_OFF_INVOICE, 16)
    paid = lost.join(events.filter(pl.col("name") == v.RECORD_RECOVERY), on="case", suffix="_back")
    assert paid.height == lost.height > 200
    assert (paid["cents_back"] - paid["cents"] * 0.9).abs().max() <= 0.5
    assert (paid["time_back"] - paid["time"]).unique().to_list() == [dt.timedelta(days=15)]
    # The insurer has the claim, so no agency gets it; the money is in the cash.
    assert events.filter(pl.col("name") == v.REFER_TO_AGENCY).is_empty()
    assert run.receivables["closing_cash_minor"][-1] == booked(run)["insurance_claim"]


def test_without_agency_and_insurance_nothing_comes_back(distributor):
    """The limiting case: all that is written off is lost."""
    run, _ = given_up(distributor, {})
    assert total(run, v.WRITE_OFF_INVOICE) > 0
    assert total(run, v.RECORD_RECOVERY) == 0
    assert run.receivables["closing_cash_minor"][-1] == 0


# Everybody pays 40 days late; given up in the first Monday run after 30 days.
LATE = {
    **UNPAID,
    "customers.default_share": 0,
    "customers.lateness_effect_days": 0,
    "customers.lateness_noise_days": 40,
    "dunning.levels": [{"overdue_days": 7, "hazard_ratio": 1}],
}


def test_who_pays_after_the_write_off_pays_all_the_same(distributor):
    """The money comes as a recovery: sent 40 days after the due date, on the next statement."""
    run, events = given_up(distributor, LATE)
    lost = early(run, events, v.WRITE_OFF_INVOICE, 20)
    assert lost.height > 200
    paid = lost.join(events.filter(pl.col("name") == v.RECORD_RECOVERY), on="case", suffix="_back")
    assert paid.height == lost.height
    assert paid["cents"].to_list() == paid["cents_back"].to_list()
    late_days = (paid["time_back"].dt.date() - paid["due"]).dt.total_days()
    # Sent at noon, on Monday if that is a weekend; booked on the next working day at 07:00.
    assert set(late_days) == {41, 42, 43}
    assert run.receivables["closing_cash_minor"][-1] == booked(run)["recovery"]
    assert "agency_fee" not in booked(run)


def test_the_agency_has_its_fee_only_of_what_it_brings(distributor):
    """It brings the money after 5 days; the customer would have paid by itself, later."""
    agency = {
        "write_off.agency_share": 1,
        "write_off.agency_fee_share": 0.25,
        "write_off.collectability_shares": {0: 1},
    }
    for days, first in ((1, True), (50, False)):
        run, events = given_up(distributor, {**LATE, **agency, "write_off.agency_days": days})
        lost = early(run, events, v.WRITE_OFF_INVOICE, 60)
        back = events.filter(pl.col("name") == v.RECORD_RECOVERY)
        paid = lost.join(back, on="case", suffix="_back")
        assert paid.height == lost.height > 100
        assert paid["case"].is_unique().all()
        assert ("agency_fee" in booked(run)) == first


def test_the_insurer_and_a_late_customer_pay_the_loss_once(distributor):
    """90 % from the insurer; of what the customer pays, that part goes on to the insurer."""
    insured = {"credit.insured_share": 1, "credit.insurance_cover_share": 0.9}
    run, events = given_up(distributor, {**LATE, **insured, "write_off.insurance_days": 15})
    lost = early(run, events, v.WRITE_OFF_INVOICE, 30)
    back = events.filter(pl.col("name") == v.RECORD_RECOVERY)
    sums = lost.join(back.group_by("case").agg(pl.col("cents").sum()), on="case", suffix="_back")
    assert sums.height == lost.height > 150
    assert sums["cents"].to_list() == sums["cents_back"].to_list()


def test_an_insolvent_customer_pays_nothing_after_the_write_off(distributor):
    """It fails between the write-off and the day on which it would have paid."""
    run, events = given_up(distributor, {**LATE, "customers.insolvencies_per_year": 3})
    name = pl.col("activity").cast(pl.String)
    gone = run.log.events.filter(name == v.DECLARE_INSOLVENCY)
    assert gone.height > 5
    lost = early(run, events, v.WRITE_OFF_INVOICE, 20)
    back = events.filter(pl.col("name") == v.RECORD_RECOVERY)
    never = lost.join(back, on="case", how="anti")
    assert 0 < never.height < lost.height
    failed = run.log.flatten(v.CUSTOMER).filter(name == v.DECLARE_INSOLVENCY)
    assert failed["time"].max() < run.log.events["time"].max()


def test_the_allowance_follows_the_age_of_what_is_open(distributor):
    """At the end of each month: 1 % of what is not overdue by 8 days, 40 % of the rest."""
    run, events = given_up(
        distributor,
        {"write_off.allowance_shares": {0: 0.01, 8: 0.4}, "write_off.after_days": 60},
    )
    rows = run.receivables
    ends = rows.filter(pl.col("date").dt.month_end() == pl.col("date"))
    assert ends.height >= 3
    moves = events.filter(pl.col("name").is_in([v.CREATE_INVOICE, v.WRITE_OFF_INVOICE]))
    signed = moves.with_columns(
        pl.when(pl.col("name") == v.CREATE_INVOICE)
        .then(pl.col("cents"))
        .otherwise(-pl.col("cents"))
        .alias("change")
    )
    for day, allowance in ends.select("date", "closing_allowance_minor").iter_rows():
        open_then = signed.filter(pl.col("time").dt.date() <= day)
        old = (pl.lit(day) - pl.col("due")).dt.total_days() >= 8
        required = open_then.select(
            pl.col("change").filter(~old).sum() * 0.01 + pl.col("change").filter(old).sum() * 0.4
        ).item()
        assert allowance == pytest.approx(required, abs=1)
    # What the allowance bears is no expense of the day.
    sides = run.postings.filter(pl.col("kind").cast(pl.String) == "write_off")
    assert "allowance" in set(sides["debit"].cast(pl.String))


def test_a_small_rest_is_written_off_without_a_dispute(distributor):
    """A tenth is deducted: where that is 300 at most, the next Monday run writes it off."""
    model = ideal(
        distributor,
        {
            "customers.short_payment_share": 1,
            "customers.short_payment_fraction": 0.1,
            "customers.payment_terms_days": 7,
            "write_off.small_balance_value": 300,
            "write_off.agency_share": 1,
            "disputes.reasons": {"deduction": {"credited_fraction": 1}},
        },
    )
    run = simulate(model, window=Window(0, 90, 0))
    assert everything(run, model) == []
    events = by_invoice(run)
    small = early(run, events, v.APPLY_PAYMENT, 8).filter(
        pl.col("billed") - pl.col("cents") <= 30_000
    )
    lost = events.filter(pl.col("name") == v.WRITE_OFF_INVOICE)
    disputed = events.filter(pl.col("name") == v.OPEN_DISPUTE)
    assert small.height > 50
    assert set(small["case"]) <= set(lost["case"])
    assert not set(lost["case"]) & set(disputed["case"])
    assert disputed.height > 50
    assert lost["cents"].max() <= 30_000
    waits = small.join(lost, on="case", suffix="_lost")
    assert (waits["time_lost"] - waits["time"]).max() < dt.timedelta(days=7)
    assert run.log.events.filter(activity_name == v.REFER_TO_AGENCY).is_empty()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"write_off.agency_share": 2}, "agency_share"),
        ({"write_off.small_balance_value": -1}, "small_balance_value"),
        ({"write_off.collectability_shares": {30: 1.2}}, "collectability_shares"),
        ({"write_off.allowance_shares": {-1: 0.5}}, "allowance_shares"),
        (
            {"write_off.agency_share": 1, "write_off.collectability_shares": {}},
            "what an agency recovers",
        ),
    ],
)
def test_bad_values_are_refused(distributor, changes, said):
    """With the name of the parameter or with what is missing."""
    with pytest.raises(ModelError, match=said):
        override(distributor, changes, "test")
