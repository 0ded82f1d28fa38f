"""A warm start: what is open on the first day goes on as if the company had lived before."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from ideal import ideal
from run_checks import everything
from warm_state import START, days, invoice

from o2c_sim import Opening, Window, read_opening, simulate, write_opening
from o2c_sim.engine import Clock
from o2c_sim.opening import OpenOrder, StockLevel
from o2c_sim.process.cycle import found
from scenarios.experiment import run_replications

DAY = 86_400


# What a run from nothing never shows: receivables on the first morning, and orders and invoices of
# which only the end is in the log.
OF_THE_PAST = {
    "a day does not open where the day before closed",
    "Check Credit without Create Sales Order before it, order",
    "Confirm Order without Check Credit before it, order",
    "Confirm Order starts before Check Credit is done, order",
    "Create Invoice happened outside its runs",
    "an event without an order",
}


def story(run, source_id):
    """Return (activity, date, hour) of what happened to an invoice or order with that number."""
    wanted = run.log.objects.filter(pl.col("source_id") == source_id).select("object")
    events = run.log.event_objects.join(wanted, on="object", how="semi").join(
        run.log.events, on="event"
    )
    return [
        (name, time.date(), round(time.hour + time.minute / 60, 2))
        for name, time in events.sort("time", "event").select("activity", "time").iter_rows()
    ]


def wrong(run, model):
    """Return what a run breaks of the rules that hold with a past as well."""
    return set(everything(run, model)) - OF_THE_PAST


def test_an_open_invoice_is_paid_when_it_is_due(distributor):
    """Issued on 17 December, due on Thursday 16 January: paid that noon, booked on Friday at 7."""
    model = ideal(distributor, {"customers.payment_float_days": {"wire": 0}})
    opening = Opening(invoices=(invoice(1, issued=-20, due=10),))
    run = simulate(model, opening=opening, window=Window(0, 20, 0))
    assert story(run, "R1") == [
        ("Create Invoice", dt.date(2024, 12, 17), 12),
        ("Send Invoice", dt.date(2024, 12, 17), 12),
        ("Receive Payment", dt.date(2025, 1, 17), 7),
        ("Clear Invoice", dt.date(2025, 1, 17), 7),
    ]
    assert wrong(run, model) == set()


def test_an_open_order_is_delivered_when_it_is_wanted(distributor):
    """Wanted on Wednesday 8 January: delivered in Monday's run, invoiced and paid like any other.

    Promised is 5.55 days after the run (6 hours to dispatch, 5.3 days allowed), so it is late
    already: Monday's run at 03:00, picked from 09:00 for half an hour. One that is wanted at noon
    on the 22nd goes into the first run after the 16th, 22:48: Friday the 17th at 03:00.
    """
    model = ideal(distributor)
    order = OpenOrder("A7", "K1", 900_01, days(-3), days(2), lines=2)
    later = OpenOrder("A8", "K1", 50_00, days(-3), days(16))
    run = simulate(model, opening=Opening(orders=(order, later)), window=Window(0, 60, 0))
    happened = story(run, "A7")
    assert [name for name, _, _ in happened] == [
        "Receive Order",
        "Confirm Order",
        "Create Delivery",
        "Pick and Pack",
        "Post Goods Issue",
        "Create Invoice",
        "Send Invoice",
        "Receive Payment",
        "Clear Invoice",
    ]
    assert happened[:2] == [(name, days(-3), 12) for name in ("Receive Order", "Confirm Order")]
    assert happened[2:5] == [
        ("Create Delivery", START, 3),
        ("Pick and Pack", START, 9.5),
        ("Post Goods Issue", START, 9.5),
    ]
    assert story(run, "A8")[2] == ("Create Delivery", days(11), 3)
    objects = run.log.objects.filter(pl.col("source_id") == "A7")
    assert objects["value"].to_list() == [900.01]
    assert objects["requested_date"].dt.date().to_list() == [days(2)]
    assert wrong(run, model) == set()


def test_the_books_open_with_what_is_open(distributor):
    """The first opening balance is the sum of the invoices, and their postings are of the past."""
    opening = Opening(invoices=tuple(invoice(n, f"K{n % 7}", 1000 + n) for n in range(50)))
    run = simulate(distributor, opening=opening, window=Window(0, 10, 0))
    assert run.receivables["opening_minor"][0] == opening.receivables_minor
    past = run.postings.filter(pl.col("date") < START)
    assert past["amount_minor"].sum() == opening.receivables_minor
    assert past["date"].unique().to_list() == [days(-20)]
    closing = run.receivables["closing_minor"].to_list()
    assert run.receivables["opening_minor"].to_list()[1:] == closing[:-1]


def test_nobody_works_before_the_first_midnight(distributor):
    """All that is dated before is what the files say, and nobody has done it."""
    orders = tuple(OpenOrder(f"A{n}", "K1", 500_00, days(-9), days(-2)) for n in range(20))
    opening = Opening((invoice(1, due=-5), invoice(2, disputed=True)), orders)
    run = simulate(distributor, opening=opening, window=Window(0, 30, 0))
    clock = Clock(distributor.start_date, distributor.zone)
    first = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=clock.epoch_microseconds)
    early = run.log.events.filter(pl.col("time") < first)
    counts = dict(early["activity"].cast(pl.String).value_counts().iter_rows())
    assert counts == {
        "Receive Order": 20,
        "Confirm Order": 20,
        "Create Invoice": 2,
        "Send Invoice": 2,
    }
    assert (early["start"] == early["time"]).all()
    assert wrong(run, distributor) == set()


def test_orders_to_come_have_the_luck_of_a_cold_start(distributor):
    """A past changes neither which orders arrive nor what is in them."""
    orders = tuple(OpenOrder(f"A{n}", "K1", 500_00, days(-1), days(1), 3) for n in range(9))
    window = Window(0, 30, 0)
    warm = simulate(distributor, opening=Opening((invoice(1),), orders), window=window)
    cold = simulate(distributor, window=window)
    same = [
        run.log.objects.filter(pl.col("type").cast(pl.String) == "order").select(
            "object_id", "value", "channel"
        )
        for run in (warm, cold)
    ]
    assert same[0].height == same[1].height + 9
    assert same[0].head(same[1].height).equals(same[1])


def overdue_plans(distributor, changes):
    """Return when 600 invoices, 20 days overdue on the first day, are going to be paid, in days."""
    model = ideal(
        distributor,
        {"customers.lateness_noise_days": {"distribution": "exponential", "mean": 10}, **changes},
    )
    opening = Opening(
        invoices=tuple(invoice(n, f"K{n % 50}", 1000, issued=-50, due=-20) for n in range(600))
    )
    company = found(model, 1, 0, opening=opening)
    return np.array([own.sends_at for own in company.past.invoices]) / DAY


def test_a_plan_is_drawn_given_that_it_is_still_to_come(distributor):
    """Exponential lateness has no memory: from the first day on it is as it was at the due day.

    Who means to pay on Saturday or Sunday, days -2 and -1, pays on Monday, day 0. So the day that
    is meant is -2 + G, with P(G = k) falling as exp(-k / 10): a mean of 9.51. A Saturday (share
    0.189) waits two days, a Sunday (0.171) one, and noon is half a day:
    -2 + 9.51 + 0.55 + 0.5 = 8.56, with a standard error of 0.41 for 600 draws.
    """
    plans = overdue_plans(distributor, {})
    assert (plans >= 0).all()
    assert plans.mean() == pytest.approx(8.56, abs=3 * 0.41)


def test_who_never_pays_is_more_common_among_the_overdue(distributor):
    """Bayes: of 20 % who never pay and 80 % x exp(-1.75) who have yet to, 59 % never pay.

    Late by 17.5 days or more is paid on day 0 or later: see above.
    """
    plans = overdue_plans(distributor, {"customers.default_share": 0.2})
    expected = 0.2 / (0.2 + 0.8 * np.exp(-1.75))
    assert np.isinf(plans).mean() == pytest.approx(expected, abs=3 * 0.02)


@pytest.mark.slow
def test_one_that_nobody_like_the_customer_would_owe_is_planned_anew(distributor):
    """Everybody pays on the due day: what is 20 days overdue is planned as if due on the first."""
    changes = {"customers.lateness_noise_days": 0}
    assert set(overdue_plans(distributor, changes).tolist()) == {0.5}


def test_disputes_and_reminders_go_on(distributor):
    """A disputed invoice is with its analyst from the first day; an overdue one is reminded."""
    model = ideal(distributor, {"customers.default_share": 1})
    opening = Opening(invoices=(invoice(1, disputed=True), invoice(2, issued=-40, due=-10)))
    run = simulate(model, opening=opening, window=Window(0, 30, 0))
    assert story(run, "R1")[2][:2] == ("Open Dispute", START)
    assert story(run, "R2")[2] == ("Send Dunning Level 1", START, 6)


def test_customers_are_matched_by_rank_and_by_name(distributor):
    """Who has most open is who orders most; an identifier of the model is that customer."""
    opening = Opening(
        (invoice(1, "small", 10_00), invoice(2, "CU-0000003", 1_00)),
        (OpenOrder("A1", "large", 99_00, days(-1), days(1)),),
    )
    company = found(distributor, 1, 0, opening=opening)
    names = company.past.customer_ids
    ranked = sorted(company.customers, key=lambda customer: -customer.weight)
    ranked = [customer.number for customer in ranked if customer.number != 2]
    assert names == {2: "CU-0000003", ranked[0]: "large", ranked[1]: "small"}
    exposures = {names[c.number]: c.exposure_minor for c in company.customers if c.exposure_minor}
    assert exposures == {"large": 99_00, "small": 10_00, "CU-0000003": 1_00}


def test_stock_is_what_the_file_says(distributor):
    """Products are matched alike; those that are not named stay at the model's level."""
    opening = Opening(stock=(StockLevel("PR-0000002", 7), StockLevel("bolt", 10**6)))
    company, cold = found(distributor, 1, 0, opening=opening), found(distributor, 1, 0)
    levels = cold.stock.on_hand
    most = max((n for n in range(len(levels)) if n != 1), key=lambda n: (levels[n], -n))
    expected = list(levels)
    expected[1], expected[most] = 7, 10**6
    assert list(company.stock.on_hand) == expected


@pytest.mark.slow
def test_a_run_in_two_parts_goes_on_where_it_ended(distributor, tmp_path):
    """The second part opens with the first one's closing balance to the cent, and stays near it.

    It is not the same run: its orders are those of its own first day, and what is under way (money
    not applied, reminders, goods on order) is not handed over. So receivables stay near those of
    the whole run at first and come near those of a cold start with the same orders at the end.
    """
    first = simulate(distributor, window=Window(0, 120, 0), keep_closing=True)
    folder = write_opening(first.closing, tmp_path / "state")
    model = distributor.model_copy(update={"start_date": START + dt.timedelta(120)})
    opening = read_opening(folder, model)
    assert opening == first.closing
    assert opening.receivables_minor == first.receivables["closing_minor"][-1]
    window = Window(0, 120, 0)
    whole = simulate(distributor, window=Window(0, 240, 0)).receivables["closing_minor"][120:]
    second = simulate(model, opening=opening, window=window)
    cold = simulate(model, window=window).receivables["closing_minor"]
    assert second.receivables["opening_minor"][0] == opening.receivables_minor
    closing = second.receivables["closing_minor"]
    assert closing[:20].mean() == pytest.approx(whole[:20].mean(), rel=0.15)
    assert closing[-10:].mean() == pytest.approx(cold[-10:].mean(), rel=0.05)
    assert wrong(second, model) == set()


@pytest.mark.slow
def test_workers_start_from_the_same_state(distributor):
    """Two processes give what one gives."""
    opening = Opening((invoice(1),), (OpenOrder("A1", "K1", 99_00, days(-1), days(1)),))
    options = {"seed": 3, "replications": 2, "window": Window(0, 20, 20), "opening": opening}
    alone, shared = (run_replications([distributor], workers=n, **options) for n in (1, 2))
    for one, two in zip(alone[0], shared[0], strict=True):
        assert (one.receivables == two.receivables).all()
        assert one.receivables[0] > 0
