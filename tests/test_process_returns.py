"""Returns: goods come back, what is open is credited, what was paid is refunded."""

import datetime as dt

import polars as pl
import pytest
from by_invoice import by_invoice, total
from ideal import ideal
from run_checks import activity_name, everything

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process.cycle import found, run

ALL = {
    "returns.share": 1,
    "returns.whole_share": 1,
    "returns.request_days": 2,
    "returns.authorise_touch_minutes": 10,
    "returns.travel_days": 3,
    "returns.inspect_touch_minutes": 20,
    "cash_application.refund_days": 4,
}


def returned(distributor, changes, days=100):
    """Return a run of an ideal company that gets goods back, and its events by invoice."""
    model = ideal(distributor, {**ALL, **changes})
    done = simulate(model, window=Window(0, days, 0))
    assert everything(done, model) == []
    return done, by_invoice(done)


def steps(done):
    """Return the times of the steps of each return, with the goods issue."""
    rows = done.log.flatten(v.RETURN).select("case", activity_name.alias("name"), "time", "start")
    issued = done.log.flatten(v.DELIVERY).filter(activity_name == v.POST_GOODS_ISSUE)
    deliveries = done.log.object_relations.filter(
        pl.col("qualifier").cast(pl.String) == "returns"
    ).select(pl.col("source").alias("case"), pl.col("target").alias("delivery"))
    left = issued.select(pl.col("case").alias("delivery"), pl.col("time").alias("issued"))
    wide = rows.group_by("case").agg(
        pl.col("start").filter(pl.col("name") == v.AUTHORISE_RETURN).first().alias("asked"),
        pl.col("time").filter(pl.col("name") == v.AUTHORISE_RETURN).first().alias("authorised"),
        pl.col("time").filter(pl.col("name") == v.RECEIVE_RETURN).first().alias("received"),
        pl.col("time").filter(pl.col("name") == v.INSPECT_RETURN).first().alias("inspected"),
    )
    return wide.join(deliveries, on="case").join(left, on="delivery")


def test_goods_come_back_on_the_days_worked_out_by_hand(distributor):
    """Two days after goods issue, ten minutes' work, three days' travel, twenty minutes' work."""
    done, _ = returned(distributor, {})
    rows = steps(done).drop_nulls("inspected")
    assert rows.height > 300
    # Goods leave early in the morning: the order desk, which opens at eight, sees to it that day,
    # or on Monday; what goes out later in the day waits for nothing.
    asked = rows["issued"] + dt.timedelta(days=2)
    assert (rows["asked"] >= asked).all()
    assert (rows["asked"] - asked).max() < dt.timedelta(days=3)
    assert (rows["authorised"] - rows["asked"]).min() == dt.timedelta(minutes=10)
    travelled = (rows["received"] - rows["authorised"]).unique()
    assert travelled.to_list() == [dt.timedelta(days=3)]
    assert (rows["inspected"] - rows["received"]).min() == dt.timedelta(minutes=20)


def test_what_is_not_paid_yet_is_credited_and_never_paid(distributor):
    """All goods come back within the terms of 30 days: no money moves."""
    done, events = returned(distributor, {})
    memos = events.filter(pl.col("name") == v.CREATE_CREDIT_MEMO)
    assert memos.height > 300
    assert memos["cents"].to_list() == memos["billed"].to_list()
    assert total(done, v.RECEIVE_PAYMENT) == total(done, v.REFUND_CUSTOMER) == 0


def test_what_was_paid_is_refunded(distributor):
    """Due at once, back after a month: each invoice is paid whole and refunded whole."""
    done, events = returned(
        distributor,
        {"customers.payment_terms_days": 0, "returns.request_days": 30},
        days=120,
    )
    memos = events.filter(pl.col("name") == v.CREATE_CREDIT_MEMO)
    refunds = done.log.events.filter(activity_name == v.REFUND_CUSTOMER)
    assert memos.height > 300
    assert memos["cents"].to_list() == memos["billed"].to_list()
    last = done.log.events["time"].max() - dt.timedelta(days=8)
    settled = memos.filter(pl.col("time") < last)["cents"].sum()
    assert settled <= total(done, v.REFUND_CUSTOMER) <= memos["cents"].sum()
    assert refunds.height > 200
    kinds = done.postings.group_by("kind").agg(pl.col("amount_minor").sum())
    booked = dict(kinds.select(pl.col("kind").cast(pl.String), "amount_minor").iter_rows())
    assert booked["credit_to_account"] == memos["cents"].sum()
    assert "credit_memo" not in booked


def test_a_return_while_the_payment_is_on_its_way_is_refunded_too(distributor):
    """Ten days of float: the invoice is credited first, and the money finds nothing open."""
    done, events = returned(
        distributor,
        {
            "customers.payment_terms_days": 0,
            "customers.payment_method_shares": {"check": 1},
            "customers.payment_float_days": {"check": 12},
        },
        days=120,
    )
    memos = events.filter(pl.col("name") == v.CREATE_CREDIT_MEMO)
    assert memos.height > 300
    assert total(done, v.CLEAR_INVOICE) == 0
    assert total(done, v.REFUND_CUSTOMER) > 0.8 * total(done, v.RECEIVE_PAYMENT) > 0


def test_one_line_is_returned_where_not_all_is(distributor):
    """The memo is that line's value, and the rest is paid."""
    done, events = returned(distributor, {"returns.whole_share": 0}, days=120)
    lines = done.log.flatten(v.ORDER_LINE).filter(activity_name == v.AUTHORISE_RETURN)
    assert lines["event"].is_unique().all()
    memos = events.filter(pl.col("name") == v.CREATE_CREDIT_MEMO)
    partial = memos.filter(pl.col("cents") < pl.col("billed"))
    cleared = events.filter(pl.col("name") == v.CLEAR_INVOICE).join(
        partial.select("case", pl.col("cents").alias("credited")), on="case"
    )
    assert cleared.height > 50
    assert (cleared["cents"] + cleared["credited"]).to_list() == cleared["billed"].to_list()


@pytest.mark.parametrize(("share", "some"), [(0, False), (1, True)])
def test_only_what_can_be_sold_again_goes_back_to_stock(distributor, share, some):
    """The lines that came back, or none of them."""
    model = ideal(
        distributor,
        {**ALL, "fulfilment.availability_check": True, "returns.restocked_share": share},
    )
    company = found(model, 1, 0)
    back = []
    take_back = company.stock.take_back

    def counted(product, quantity):
        back.append(quantity)
        take_back(product, quantity)

    company.stock.take_back = counted
    run(company, 60)
    assert bool(back) is some
    if some:
        # A few are on their way when the run ends.
        assert 0.5 * len(company.documents.return_line) < len(back)
        assert len(back) <= len(company.documents.return_line)


def test_damaged_goods_are_sent_back_or_disputed(distributor):
    """All arrive damaged: those that come back are no dispute, and the others are."""
    for share, disputes in ((1, 0), (0, 1)):
        done, _ = returned(
            distributor,
            {
                "returns.share": 0,
                "returns.damaged_share": share,
                "fulfilment.damage_share": 1,
                "disputes.cause_share": 1,
            },
            days=60,
        )
        names = set(done.log.events.select(activity_name)["activity"])
        assert (v.AUTHORISE_RETURN in names) == bool(share)
        assert (v.OPEN_DISPUTE in names) == bool(disputes)


def test_more_returns_leave_the_others_as_they_are(distributor):
    """Common random numbers: every return of 10 % is among those of 20 %, and 0 is none."""
    found_in = []
    for share in (0, 0.1, 0.2):
        done, _ = returned(distributor, {"returns.share": share}, days=60)
        rows = done.log.flatten(v.ORDER).filter(activity_name == v.AUTHORISE_RETURN)
        found_in.append(set(rows["case"]))
    assert not found_in[0]
    assert found_in[1] < found_in[2]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("returns.share", 1.1),
        ("returns.travel_days", -1),
        ("returns.restocked_share", -0.1),
    ],
)
def test_bad_values_are_refused(distributor, path, value):
    """With the name of the parameter."""
    with pytest.raises(ModelError, match=path.rpartition(".")[2]):
        override(distributor, {path: value}, "test")
