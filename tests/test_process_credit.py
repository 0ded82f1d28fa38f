"""When an order is held, and how a hold ends: the limit, old debts, reviews and runs."""

import datetime as dt

import pytest
from ideal import ideal
from one_order import DAY, HOUR, company_of, happened, place, recorded
from run_checks import activity_name, everything

from mining.kpis import Period, measure
from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process import open_items
from o2c_sim.process.credit import reason_to_hold
from o2c_sim.process.invoice import Invoice

NIGHTLY = {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["02:00"]}
CREDIT = (v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)


@pytest.fixture
def company(distributor):
    """Return a company on its 51st day, whose first customer has a limit of 100.00."""
    return limited(distributor, {"credit.overdue_tolerance_days": 30}, day=50)


def limited(distributor, changes, day=0):
    """Return an ideal company whose first customer has a limit of 100.00."""
    company = company_of(ideal(distributor, changes), day)
    company.customers[0].limit_minor = 10_000
    return company


def owe(company, amount_minor, due_day=1_000, number=7):
    """Let the first customer owe something; return the invoice."""
    invoice = Invoice(number, company.customers[0], (0, 0), amount_minor, due_day)
    open_items.add(invoice, 0)
    return invoice


@pytest.mark.parametrize(
    ("exposure", "value", "reason"),
    [(0, 10_000, None), (0, 10_001, "limit"), (6_000, 4_000, None), (6_000, 4_001, "limit")],
)
def test_exposure_and_the_order_together_count_against_the_limit(company, exposure, value, reason):
    """60.00 open and 40.00 ordered are within 100.00; a cent more is not."""
    owe(company, exposure)
    assert reason_to_hold(company, company.customers[0], value) == reason


def test_some_excess_may_be_tolerated(distributor):
    """With a limit share of 1.2, 120.00 are within a limit of 100.00."""
    company = limited(distributor, {"credit.limit_share": 1.2})
    assert reason_to_hold(company, company.customers[0], 12_000) is None
    assert reason_to_hold(company, company.customers[0], 12_001) == "limit"


@pytest.mark.parametrize(
    ("due_day", "reason"), [(50, None), (20, None), (19, "overdue"), (0, "overdue")]
)
def test_an_invoice_overdue_by_more_than_the_tolerance_holds(company, due_day, reason):
    """On day 50 with 30 days of tolerance: due on day 20 is just tolerated, on day 19 not.

    However small it is, and whatever else is not due yet.
    """
    owe(company, 1, due_day)
    owe(company, 10, 49, number=8)
    assert reason_to_hold(company, company.customers[0], 1) == reason


@pytest.mark.parametrize(("overdue", "reason"), [(2_000, None), (2_001, "overdue")])
def test_small_debts_may_be_tolerated(distributor, overdue, reason):
    """With a share of 0.2, up to 20.00 of a limit of 100.00 may be overdue.

    What is not overdue by more than the tolerance does not count.
    """
    company = limited(
        distributor, {"credit.overdue_tolerance_days": 30, "credit.overdue_share": 0.2}, day=50
    )
    owe(company, overdue, 19)
    owe(company, 3_000, 20, number=8)
    assert reason_to_hold(company, company.customers[0], 1) == reason


def test_a_reminded_customer_is_held_until_it_has_paid(distributor):
    """Held at level 2: neither by the first reminder nor after the invoice is paid."""
    company = limited(distributor, {"credit.hold_at_dunning_level": 2})
    customer, invoice = company.customers[0], owe(company, 100)
    seen = [reason_to_hold(company, customer, 1)]
    for _ in range(2):
        open_items.raise_dunning_level(invoice)
        seen.append(reason_to_hold(company, customer, 1))
    open_items.reduce(invoice, 99)
    seen.append(reason_to_hold(company, customer, 1))
    open_items.reduce(invoice, 1)
    seen.append(reason_to_hold(company, customer, 1))
    open_items.reopen(invoice, 50)
    seen.append(reason_to_hold(company, customer, 1))
    assert seen == [None, None, "dunned", "dunned", None, "dunned"]


def test_a_large_order_is_reviewed_once(distributor):
    """Above 50.00 it is held whatever is owed; once it counts as exposure it is not new."""
    company = limited(distributor, {"credit.large_order_value": 50})
    assert reason_to_hold(company, company.customers[0], 5_000) is None
    assert reason_to_hold(company, company.customers[0], 5_001) == "large"
    assert reason_to_hold(company, company.customers[0]) is None


def test_the_debts_of_another_customer_do_not_count(company):
    """Each customer has a limit and arrears of its own."""
    company.customers[1].exposure_minor = 10**9
    company.customers[1].open_minor_by_due_day = {0: 10**9}
    assert reason_to_hold(company, company.customers[0], 100) is None


def test_who_pays_in_advance_is_held_only_when_insolvent(company):
    """No credit is given, so none is checked."""
    customer = company.customers[0]
    customer.prepays, customer.exposure_minor = True, 10**9
    assert reason_to_hold(company, customer, 1) is None
    customer.insolvent = True
    assert reason_to_hold(company, customer, 1) == "insolvent"


def test_only_what_review_would_release_is_released_by_rule(distributor):
    """Half denied, the rest released by rule: every denial is a person's, no release is."""
    changes = {
        "customers.credit_limit_days": 0,
        "credit.denial_share": 0.5,
        "credit.auto_release_share": 1,
        "credit.review_wait_days": 0,
    }
    log = simulate(ideal(distributor, changes), window=Window(0, 40, 0)).log
    for activity, automated in ((v.RELEASE_CREDIT_BLOCK, True), (v.DENY_CREDIT, False)):
        found = log.events.filter(activity_name == activity)["automated"]
        assert found.len() > 100
        assert set(found) == {automated}


REVIEW = {
    "credit.denial_share": 0,
    "credit.auto_release_share": 0,
    "credit.review_touch_minutes": 60,
}


def paid_at(company, invoice, time):
    """Let an invoice be paid at a time."""

    def pay():
        yield company.until(time)
        open_items.reduce(invoice, invoice.open_minor)

    company.start(pay())


@pytest.mark.parametrize("run", [None, NIGHTLY])
def test_a_hold_whose_reason_has_gone_ends_in_the_next_run(distributor, run):
    """Ordered on Monday at 09:00, the debt paid on Tuesday at 12:00, the review due after 3 days.

    A run at 02:00 releases on Wednesday; without one the analyst does on Thursday at 10:06.
    """
    company = limited(
        distributor, {**REVIEW, "credit.review_wait_days": 3, "credit.recheck_run": run}
    )
    paid_at(company, owe(company, 9_000), DAY + 12 * HOUR)
    place(company, 2_000)
    company.env.run(until=10 * DAY)
    end = (3, 10.1) if run is None else (2, 2.0)
    assert happened(company)[2:6] == [
        (v.CHECK_CREDIT, 0, 9.1),
        (v.SET_CREDIT_BLOCK, 0, 9.1),
        (v.RELEASE_CREDIT_BLOCK, *end),
        (v.CONFIRM_ORDER, *end),
    ]


def test_a_run_takes_an_order_out_of_the_analysts_queue(distributor):
    """One analyst is busy with another order for two days; the night's run comes first."""
    company = limited(
        distributor,
        {
            **REVIEW,
            "credit.review_wait_days": 0,
            "credit.recheck_run": NIGHTLY,
            "staff.credit.headcount": 1,
        },
    )
    company.credit_desk.work(16 * HOUR)
    paid_at(company, owe(company, 9_000), 12 * HOUR)
    place(company, 2_000)
    company.env.run(until=10 * DAY)
    assert (v.RELEASE_CREDIT_BLOCK, 1, 2.0) in happened(company)
    assert company.credit_desk.waiting == 0


PARTIAL = {
    **REVIEW,
    "credit.review_wait_days": 0,
    "credit.partial_release_share": 1,
    "credit.recheck_run": NIGHTLY,
    "credit.withheld_days": 5,
}


def test_a_partial_release_delivers_what_the_limit_has_room_for(distributor):
    """Limit 100.00, 40.00 open: of lines of 50.00, 30.00 and 10.00 the first and the last go.

    The second follows in the night's run after the debt is paid, on Thursday at 12:00.
    """
    company = limited(distributor, PARTIAL)
    paid_at(company, owe(company, 4_000), 3 * DAY + 12 * HOUR)
    order = place(company, 5_000, 3_000, 1_000)
    company.env.run(until=3 * DAY)
    assert order.withheld == [1]
    assert order.open_lines == [1]
    assert order.customer.exposure_minor == 4_000 + 9_000
    company.env.run(until=8 * DAY)
    done = [row for row in recorded(company) if row[0] in (*CREDIT, v.CREATE_DELIVERY)]
    assert [(name, round(end / HOUR, 1), amount) for name, _, _, end, _, amount in done] == [
        (v.CHECK_CREDIT, 9.1, 0),
        (v.SET_CREDIT_BLOCK, 9.1, 0),
        (v.RELEASE_CREDIT_BLOCK, 10.1, 6_000),
        (v.CREATE_DELIVERY, 24 * 2 + 3.0, 0),
        (v.CHECK_CREDIT, 24 * 4 + 2.0, 0),
        (v.CREATE_DELIVERY, 24 * 4 + 3.0, 0),
    ] or done[3][3] == 2 * DAY + 3 * HOUR
    assert order.open_lines == order.withheld == []


def test_what_stays_withheld_too_long_is_rejected(distributor):
    """Nothing is paid: in the first run after five days the line is rejected by nobody."""
    company = limited(distributor, PARTIAL)
    owe(company, 4_000)
    order = place(company, 5_000, 3_000)
    company.env.run(until=12 * DAY)
    rejected = [row for row in recorded(company) if row[0] == v.REJECT_ORDER_LINE]
    # Monday 10:06 and five days are Saturday; the next run is a week after the order, at 02:00.
    assert [(row[3], row[4], row[5]) for row in rejected] == [(7 * DAY + 2 * HOUR, 0, 3_000)]
    assert order.value_minor == 5_000
    assert order.customer.exposure_minor == 4_000 + 5_000


def test_an_order_of_which_no_line_fits_is_released_as_a_whole(distributor):
    """A partial release of nothing would be none."""
    company = limited(distributor, PARTIAL)
    owe(company, 9_000)
    order = place(company, 5_000, 3_000)
    company.env.run(until=4 * DAY)
    assert order.withheld == order.open_lines == []


def test_an_old_check_is_repeated_before_delivery(distributor):
    """Confirmed for three weeks later; by then the customer is in arrears and the rest is denied.

    Nothing is delivered, nothing counts against the limit, and the order is cancelled once.
    """
    company = limited(
        distributor,
        {
            **REVIEW,
            "credit.denial_share": 1,
            "credit.review_wait_days": 0,
            "credit.recheck_after_days": 7,
            "credit.overdue_tolerance_days": 1,
            "fulfilment.confirmed_lead_days": 21,
        },
    )
    order = place(company, 2_000)
    company.env.run(until=2 * DAY)
    owe(company, 1, due_day=5)
    company.env.run(until=40 * DAY)
    assert happened(company)[4:] == [
        (v.CHECK_CREDIT, 22, 3.0),
        (v.SET_CREDIT_BLOCK, 22, 3.0),
        (v.DENY_CREDIT, 22, 9.0),
        (v.CANCEL_ORDER, 22, 9.0),
    ]
    assert order.customer.exposure_minor == 1
    assert order.value_minor == 0


def test_what_is_released_leaves_with_the_next_run(distributor):
    """However soon checks age: stopped in the run of day 2, released that day, gone on day 3."""
    changes = {**REVIEW, "credit.recheck_after_days": 0, "credit.overdue_tolerance_days": 1}
    company = limited(distributor, {**changes, "credit.review_wait_days": 0})
    place(company, 2_000)
    company.env.run(until=1 * DAY)
    owe(company, 1, due_day=-5)
    company.env.run(until=10 * DAY)
    names = [name for name, *_ in happened(company)]
    assert names.count(v.SET_CREDIT_BLOCK) == names.count(v.RELEASE_CREDIT_BLOCK) == 1
    assert (v.CREATE_DELIVERY, 3, 3.0) in happened(company)


def test_a_fresh_check_is_not_repeated(distributor):
    """Delivered a day after the check, with a check valid for two days."""
    company = limited(distributor, {"credit.recheck_after_days": 2})
    place(company, 2_000)
    company.env.run(until=5 * DAY)
    assert [name for name, *_ in happened(company)].count(v.CHECK_CREDIT) == 1


def test_insured_customers_have_a_higher_limit(distributor):
    """Twice the limit for those who are insured, and the same for the others."""
    changes = {"customers.credit_limit_days": 100, "credit.insured_limit_factor": 2}
    none, some = (
        company_of(ideal(distributor, {**changes, "credit.insured_share": share})).customers
        for share in (0, 0.4)
    )
    insured = [customer.insured for customer in some]
    assert 0.25 < sum(insured) / len(insured) < 0.55
    for before, after in zip(none, some, strict=True):
        assert after.limit_minor == pytest.approx((1 + after.insured) * before.limit_minor, abs=1)


def test_the_distributor_holds_as_many_orders_as_real_companies(distributor):
    """The distributor with all its rules keeps every check, and holds as many as real logs."""
    run = simulate(distributor, window=Window(120, 90, 0))
    assert everything(run, distributor) == []
    # From an empty company nobody is held at first: exposure has to build up.
    first = distributor.start_date + dt.timedelta(days=120)
    held = measure(run.log, Period(first, first + dt.timedelta(days=90)))["credit_hold_share"]
    assert 0.085 <= held <= 0.16


def test_rules_let_each_other_be(distributor):
    """A lower tolerance of debts holds more orders, and no order less."""
    held = []
    for share in (0.0, 0.05):
        changes = {"credit.overdue_share": share, "credit.recheck_run": NIGHTLY}
        log = simulate(override(distributor, changes, "test"), window=Window(60, 60, 0)).log
        held.append(measure(log)["credit_hold_share"])
    assert held[0] > held[1]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"credit.limit_share": -0.1}, "limit_share"),
        ({"credit.overdue_share": -1}, "overdue_share"),
        ({"credit.hold_at_dunning_level": 4}, "hold_at_dunning_level"),
        ({"credit.large_order_value": -1}, "large_order_value"),
        ({"credit.insurance_cover_share": 1.5}, "insurance_cover_share"),
        ({"credit.recheck_run": None, "credit.partial_release_share": 0.5}, "recheck_run"),
        ({"credit.recheck_after_days": -1}, "recheck_after_days"),
    ],
)
def test_bad_values_are_refused(distributor, changes, part):
    """Each with its name."""
    with pytest.raises(ModelError, match=part):
        override(distributor, changes, "test")
