"""Steps of the company's own, lines that are never delivered, papers that keep an invoice."""

import polars as pl
import pytest

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v

WINDOW = Window(10, 40, 40)
CHECK = {"after": "entry", "share": 0.4, "delay_days": 1.5}


@pytest.fixture(scope="module")
def plain(distributor):
    """Return a small company without steps of its own."""
    return override(distributor, {"demand.orders_per_week": 80, "customers.count": 50}, "test")


def lines_with(log, activity):
    """Return the moments of an activity by order line."""
    view = log.flatten(v.ORDER_LINE)
    return view.filter(pl.col("activity").cast(pl.String) == activity).select("case", "time")


def test_a_step_comes_to_its_share_of_the_lines_after_its_delay(plain):
    """Of some hundred lines 40 % have it, 1.5 days after entry, each at most once."""
    model = override(plain, {"own_steps.steps": {"Check Date": CHECK}}, "test")
    log = simulate(model, seed=4, window=WINDOW).log
    entered, checked = lines_with(log, v.CREATE_SALES_ORDER), lines_with(log, "Check Date")
    assert checked["case"].is_unique().all()
    waits = checked.join(entered, on="case", suffix="_entered").select(
        (pl.col("time") - pl.col("time_entered")).dt.total_seconds() / 86_400
    )["time"]
    assert waits.min() == pytest.approx(1.5, abs=1e-4)
    assert waits.max() == pytest.approx(1.5, abs=1e-4)
    assert checked.height / entered.height == pytest.approx(0.4, abs=0.04)


@pytest.mark.parametrize(
    ("after", "milestone"), [("delivery", v.CREATE_DELIVERY), ("goods_issue", v.POST_GOODS_ISSUE)]
)
def test_a_step_of_every_line_follows_its_milestone(plain, after, milestone):
    """With a share of 1 and no delay it is at every milestone, at the same moment."""
    step = {"after": after, "share": 1, "delay_days": 0}
    model = override(plain, {"own_steps.steps": {"Print Label": step}}, "test")
    log = simulate(model, seed=4, window=WINDOW).log
    first = lines_with(log, milestone).group_by("case").agg(pl.col("time").min())
    printed = lines_with(log, "Print Label").group_by("case").agg(pl.col("time").min())
    assert first.sort("case").equals(printed.sort("case"))


def test_a_step_leaves_everything_else_as_it_was(plain):
    """Without its events the log is that of the company without steps."""
    model = override(plain, {"own_steps.steps": {"Check Date": CHECK}}, "test")
    logs = [simulate(one, seed=4, window=WINDOW).log for one in (plain, model)]
    kept = [
        log.events.with_columns(pl.col("activity").cast(pl.String))
        .filter(pl.col("activity") != "Check Date")
        .drop("event")
        for log in logs
    ]
    assert kept[0].equals(kept[1])


def test_a_larger_share_only_adds_lines(plain):
    """The same lines keep their luck: common random numbers hold."""
    found = []
    for share in (0.2, 0.5):
        steps = {"own_steps.steps": {"Check Date": {**CHECK, "share": share}}}
        log = simulate(override(plain, steps, "test"), seed=4, window=WINDOW).log
        found.append(set(lines_with(log, "Check Date").iter_rows()))
    assert found[0] < found[1]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ({v.POST_GOODS_ISSUE: CHECK}, "has Post Goods Issue already"),
        ({"Check": {**CHECK, "share": 1.2}}, "less than or equal to 1"),
        ({"Check": {**CHECK, "after": "payment"}}, "entry"),
        ({"Check": {**CHECK, "delay_days": -1}}, "delay_days: can be -1"),
    ],
)
def test_impossible_steps_are_refused(plain, steps, words):
    """A name of the cycle's own, a share above 1, an unknown milestone, a negative delay."""
    with pytest.raises(ModelError, match=words):
        override(plain, {"own_steps.steps": steps}, "test")


def test_never_delivered_lines_get_nothing_and_owe_nothing(plain):
    """A quarter of the lines has no delivery and no rejection; the others go on as they did."""
    off = {"changes.rejection_share": 0, "changes.cancellation_share": 0, "changes.share": 0}
    model = override(plain, {**off, "fulfilment.confirmed_lead_days": 0}, "test")
    some = override(model, {"fulfilment.never_delivered_share": 0.25}, "test")
    logs = [simulate(one, seed=4, window=WINDOW).log for one in (model, some)]
    delivered = [set(lines_with(log, v.CREATE_DELIVERY)["case"]) for log in logs]
    entered = set(lines_with(logs[1], v.CREATE_SALES_ORDER)["case"])
    assert len(delivered[1]) / len(delivered[0]) == pytest.approx(0.75, abs=0.04)
    assert len(entered - delivered[1]) > 0.2 * len(entered)
    assert not lines_with(logs[1], v.REJECT_ORDER_LINE).height


def test_a_company_that_never_delivers_holds_no_credit_for_it(plain):
    """What is never delivered does not count as exposure: nobody comes to be held for it."""
    idle = {"fulfilment.never_delivered_share": 1, "credit.large_order_value": 0}
    log = simulate(override(plain, idle, "test"), seed=4, window=WINDOW).log
    assert not {v.CREATE_DELIVERY, v.CREATE_INVOICE} & set(
        log.events["activity"].cast(pl.String).unique()
    )
    held = log.events.filter(pl.col("activity").cast(pl.String) == v.SET_CREDIT_BLOCK).height
    received = log.events.filter(pl.col("activity").cast(pl.String) == v.RECEIVE_ORDER).height
    assert held < 0.05 * received


def test_an_invoice_waits_for_its_papers_and_then_for_the_run(plain):
    """With 10 days until the papers are there, no invoice is made sooner after goods issue."""
    daily = {"customers.weekly_invoice_share": 0, "customers.monthly_invoice_share": 0}
    late = override(plain, {**daily, "billing.ready_days": 10}, "test")
    log = simulate(late, seed=4, window=WINDOW).log
    issued = lines_with(log, v.POST_GOODS_ISSUE).group_by("case").agg(pl.col("time").min())
    billed = lines_with(log, v.CREATE_INVOICE).group_by("case").agg(pl.col("time").min())
    days = billed.join(issued, on="case", suffix="_issued").select(
        (pl.col("time") - pl.col("time_issued")).dt.total_seconds() / 86_400
    )["time"]
    assert days.len() > 100
    assert days.min() >= 10
    assert days.quantile(0.9) < 14
