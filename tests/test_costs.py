"""What events cost: hours on the person's calendar, transactions, fees, money tied up."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from ideal import ideal
from pydantic import ValidationError
from run_checks import activity_name

from o2c_sim import Window, costs, simulate
from o2c_sim import vocabulary as v
from o2c_sim.model.costs import CostModel
from o2c_sim.process import activity
from o2c_sim.process.cycle import found

HOUR, DAY = 3_600.0, 86_400.0
MONTH = Window(0, 60, 0)


def cost_of(run, name):
    """Return the cost column of an activity's events."""
    return run.log.events.filter(activity_name == name)["cost"]


def stage(run, name):
    """Return a row of the run's costs."""
    return run.costs.row(by_predicate=pl.col("stage") == name, named=True)


def test_every_activity_belongs_to_one_stage():
    """None is counted twice and none is left out."""
    found_ = [kind for kinds in costs.STAGES.values() for kind in kinds]
    assert sorted(found_) == list(range(len(v.ACTIVITIES)))


def test_people_are_paid_for_the_hours_of_their_calendar(distributor):
    """Office 8 to 12 and 13 to 17, Monday to Friday; order desk 30 an hour, warehouse 24.

    Friday 16:30 to Monday 8:30 is an hour: 30. Monday 11:30 to 13:30 is an hour: 30. Nobody's
    work costs nothing, however long it takes; the warehouse works from 6: Tuesday 6 to 8 is two
    hours: 48.
    """
    model = ideal(
        distributor,
        {
            "staff.order_desk.cost_per_hour": 30,
            "staff.warehouse.cost_per_hour": 24,
            "staff.order_desk.headcount": 2,
            "staff.credit.headcount": 1,
            "staff.warehouse.headcount": 1,
        },
    )
    company = found(model, 1, 0)
    desk, warehouse = 2, 4
    rows = np.array(
        [
            [activity.CLARIFY_ORDER, 0, 4 * DAY + 16.5 * HOUR, 7 * DAY + 8.5 * HOUR, desk, 0],
            [activity.CLARIFY_ORDER, 0, 11.5 * HOUR, 13.5 * HOUR, desk, 0],
            [activity.CHECK_CREDIT, 0, 0, 9 * HOUR, 0, 0],
            [activity.PICK_AND_PACK, 0, DAY + 6 * HOUR, DAY + 8 * HOUR, warehouse, 0],
        ]
    )
    rates = costs.tariff(company)
    assert costs.hours_worked(rates, rows).tolist() == pytest.approx([1, 1, 0, 2])
    assert costs.of_events(rates, rows).tolist() == pytest.approx([30, 30, 0, 48])


@pytest.mark.parametrize(
    ("channel", "price"), [("paper", 2.5), ("pdf", 0.3), ("portal", 0.0), ("e_invoice", 0.2)]
)
def test_sending_an_invoice_costs_what_its_channel_costs(distributor, channel, price):
    """A channel that is left out costs nothing: its events have no cost."""
    run = simulate(
        ideal(
            distributor,
            {
                "customers.invoice_channel_shares": {channel: 1},
                "costs.invoice_sending": {"paper": 2.5, "pdf": 0.3, "e_invoice": 0.2},
            },
        ),
        window=MONTH,
    )
    found_ = cost_of(run, v.SEND_INVOICE)
    assert found_.len() > 200
    if price:
        assert set(found_) == {price}
        assert stage(run, "billing")["unit_cost"] == pytest.approx(
            price * found_.len() / stage(run, "billing")["documents"]
        )
    else:
        assert found_.null_count() == found_.len()


def test_orders_and_payments_cost_what_their_way_in_costs(distributor):
    """EDI 0.50 an order, portal 0.25; checks 1.50, wires nothing; each as often as it came."""
    run = simulate(
        ideal(
            distributor,
            {
                "demand.channel_shares": {"edi": 0.5, "portal": 0.5},
                "customers.payment_method_shares": {"check": 0.5, "wire": 0.5},
                "costs.order_entry": {"edi": 0.5, "portal": 0.25},
                "costs.payment_receipt": {"check": 1.5},
            },
        ),
        window=Window(0, 90, 0),
    )
    for name, object_type, attribute, prices in (
        (v.CREATE_SALES_ORDER, v.ORDER, "channel", {"edi": 0.5, "portal": 0.25}),
        (v.RECEIVE_PAYMENT, v.PAYMENT, "payment_method", {"check": 1.5, "wire": None}),
    ):
        kinds = run.log.objects_of(object_type).select(
            pl.col("object").alias("case"), pl.col(attribute).cast(pl.String)
        )
        events = run.log.flatten(object_type).filter(activity_name == name)
        pairs = events.join(kinds, on="case").select(attribute, "cost").unique()
        assert dict(pairs.iter_rows()) == prices


def test_an_activity_may_cost_something_each_time(distributor):
    """Reminders at 1.25: the collections stage costs that much for each."""
    run = simulate(
        ideal(
            distributor,
            {
                "customers.lateness_noise_days": 20,
                "costs.transaction": {v.SEND_DUNNING_LEVEL_1: 1.25},
            },
        ),
        window=Window(0, 120, 0),
    )
    reminders = cost_of(run, v.SEND_DUNNING_LEVEL_1)
    assert reminders.len() > 100
    assert set(reminders) == {1.25}
    assert stage(run, "collections")["transaction"] == 1.25 * reminders.len()


def test_the_stages_add_up_to_the_events_of_the_measured_days(distributor):
    """Labour and transactions of the table are the cost column of those days, to the cent."""
    window = Window(40, 50, 30)
    run = simulate(distributor, window=window)
    first = distributor.start_date + dt.timedelta(days=40)
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(distributor.zone)
    days = local.dt.date().is_between(first, first + dt.timedelta(days=50), closed="left")
    in_log = run.log.events.filter(days)["cost"].sum()
    in_table = run.costs.select(pl.col("labour").sum() + pl.col("transaction").sum()).item()
    assert in_table == pytest.approx(in_log, abs=0.5)
    assert in_log > 10_000
    whole = run.costs.select(
        pl.sum_horizontal("labour", "transaction", "fees", "financing") == pl.col("total")
    )
    assert whole.to_series().all()


def test_all_hours_that_people_worked_are_in_the_log(distributor):
    """Without duplicates, whose research is no event: hours by stage are the pools' busy hours.

    A task counts in the pools while it lasts and in the log when it ends, so the window is one
    in which nobody is at work at its end, a Sunday.
    """
    changes = {
        "capture.exception_share": 0.3,
        "disputes.share": 0.2,
        "billing.block_share": 0.2,
        "billing.block_touch_minutes": 20,
        "cash_application.auto_match_share": 0.5,
    }
    run = simulate(ideal(distributor, changes), window=Window(0, 83, 0))
    assert stage(run, "billing")["hours"] > 5
    assert run.costs["hours"].sum() == pytest.approx(run.utilisation["busy_hours"].sum(), rel=1e-3)


def test_the_money_tied_up_costs_capital(distributor):
    """Average receivables x 10 % x 73 / 365; fees of the books are in their stage."""
    run = simulate(
        ideal(
            distributor,
            {
                "costs.capital_cost_share_per_year": 0.1,
                "customers.payment_method_shares": {"card": 1},
                "customers.card_fee_share": 0.02,
            },
        ),
        window=Window(30, 73, 0),
    )
    average = run.receivables["closing_minor"][30:103].mean() / 100
    assert average > 0
    assert run.receivables["closing_unapplied_minor"].sum() == 0
    assert stage(run, "financing")["financing"] == pytest.approx(average * 0.1 * 0.2)
    booked = run.postings.filter(
        (pl.col("kind").cast(pl.String) == "bank_fee")
        & (pl.col("date") >= dt.date(2025, 1, 6) + dt.timedelta(days=30))
    )["amount_minor"].sum()
    assert booked > 0
    assert stage(run, "cash_application")["fees"] == pytest.approx(booked / 100)
    # A fee goes with the amount and does not make a payment dearer to handle.
    assert stage(run, "cash_application")["unit_cost"] == 0


def test_money_in_the_bank_is_not_financed(distributor):
    """Payments wait ten days for their posting: the invoices are open, and the money is there."""
    run = simulate(
        ideal(
            distributor,
            {
                "costs.capital_cost_share_per_year": 0.1,
                "cash_application.auto_match_share": 0,
                "cash_application.research_wait_days": 10,
            },
        ),
        window=Window(60, 73, 0),
    )
    days = run.receivables[60:133]
    gross, unapplied = (days[f"closing{of}_minor"].mean() / 100 for of in ("", "_unapplied"))
    assert unapplied > 0.2 * gross
    financed = stage(run, "financing")["financing"]
    assert financed == pytest.approx((gross - unapplied) * 0.1 * 0.2)


def test_stock_and_insurance_cost_what_the_model_says(distributor):
    """Between half the full stock and all of it, at 10 % a year, for a fifth of a year.

    The insurer takes a hundredth of what is billed to the insured, and of nobody else.
    """
    changes = {
        "products.count": 1,
        "products.unit_price": 100,
        "products.unit_cost_share": 0.75,
        "inventory.carrying_cost_share_per_year": 0.1,
        "fulfilment.availability_check": True,
        "credit.insurance_premium_share": 0.01,
        "credit.insured_share": 1,
    }
    model = ideal(distributor, changes)
    quiet = found(model, 1, 0)
    quiet.env.run(until=73 * DAY)
    held = quiet.stock.on_hand[0] * 75.0
    run = simulate(model, window=Window(10, 73, 0))
    carried = stage(run, "inventory")["financing"]
    assert 0.2 * held * 0.1 / 2 < carried < 0.2 * held * 0.1
    billed = run.postings.filter(
        pl.col("kind").cast(pl.String) == "invoice",
        pl.col("date") >= dt.date(2025, 1, 6) + dt.timedelta(days=10),
    )["amount_minor"].sum()
    assert stage(run, "credit")["fees"] == pytest.approx(billed / 100 * 0.01)
    nobody = simulate(ideal(distributor, {**changes, "credit.insured_share": 0}), window=MONTH)
    assert stage(nobody, "credit")["fees"] == 0
    always = {**changes, "fulfilment.availability_check": False}
    assert stage(simulate(ideal(distributor, always), window=MONTH), "inventory")["total"] == 0


def test_unit_costs_by_hand():
    """Orders (300 + 100) / 100, invoices 180 / 90, payments 80 / 40; 720 in all, 7.20 an order."""
    rows = [
        ("order", 300.0, "order", 100),
        ("credit", 100.0, "order", 100),
        ("fulfilment", 30.0, "order", 100),
        ("billing", 180.0, "invoice", 90),
        ("collections", 20.0, "invoice", 90),
        ("disputes", 10.0, "invoice", 90),
        ("cash_application", 80.0, "payment", 40),
        ("financing", 0.0, None, None),
    ]
    table = pl.DataFrame(rows, schema=["stage", "labour", "per", "documents"], orient="row")
    table = table.with_columns(transaction=pl.lit(0.0), total=pl.col("labour"))
    assert costs.unit_costs(table) == {
        "cost_per_order": 4,
        "cost_per_invoice": 2,
        "cost_per_payment": 2,
        "cost_to_serve": 720,
        "cost_to_serve_per_order": pytest.approx(7.2),
    }


def test_without_documents_there_is_no_unit_cost(distributor):
    """In the first day nothing is paid yet."""
    run = simulate(ideal(distributor), window=Window(0, 1, 0))
    assert stage(run, "cash_application")["unit_cost"] is None
    assert np.isnan(costs.unit_costs(run.costs)["cost_per_payment"])


def test_an_unknown_activity_is_refused():
    """With the one that was meant."""
    with pytest.raises(ValidationError, match="did you mean 'Send Invoice'"):
        CostModel.model_validate({"transaction": {"Send Invoces": 1}})
    with pytest.raises(ValidationError):
        CostModel.model_validate({"capital_cost_share_per_year": -0.1})


def test_costs_are_written_with_the_run(distributor, tmp_path):
    """One Parquet file more."""
    run = simulate(ideal(distributor), window=Window(0, 5, 0))
    run.write(tmp_path / "run")
    assert pl.read_parquet(tmp_path / "run" / "costs.parquet").equals(run.costs)
