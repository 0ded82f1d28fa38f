"""Calibration of what happens to orders before delivery, against known answers."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from mining.calibration.agreed_dates import cases_behind, would_be_seen
from mining.calibration.credit_holds import estimate_credit_holds, held_share
from mining.calibration.date_changes import estimate_date_changes
from mining.calibration.desk import desk, local_hours
from mining.calibration.estimate import Source
from mining.calibration.order_changes import estimate_changes
from mining.calibration.order_exceptions import estimate_entry, estimate_exceptions
from mining.calibration.order_life import order_life
from mining.calibration.order_view import order_view
from mining.calibration.quotations import estimate_quotations
from mining.calibration.source import source_of
from mining.read import read_log
from o2c_sim import Window, load_company, override, simulate
from o2c_sim import vocabulary as v

MONDAY = dt.datetime(2024, 1, 1)
TRUE = {
    "demand.orders_per_week": 200,
    "customers.count": 80,
    "staff.order_desk.headcount": 3,
    "capture.exception_share": 0.2,
    "capture.exception_kinds": {"other": {"share": 1}},
    "capture.quotation_share": 0.2,
    "capture.email_auto_capture_share": 0.6,
    "capture.manual_error_share": 0.2,
    "capture.automatic_error_share": 0.05,
    "capture.error_found_shares": {"confirmation": 0.6, "picking": 0.4},
    "changes.share": 0.2,
    "changes.price_share": 0.4,
    "changes.rejection_share": 0.1,
    "changes.cancellation_share": 0.05,
    "credit.denial_share": 0.1,
    "credit.auto_release_share": 0.4,
    "fulfilment.date_change_share": 0.25,
    "fulfilment.date_change_again_share": 0.3,
}


def company(**values):
    """Return a company with true values, some of them others."""
    return override(load_company("distributor"), {**TRUE, **values}, "known")


def log_of(model, days=180, seed=8):
    """Return the log of a company's first months."""
    log = simulate(model, seed=seed, replication=0, window=Window(5, days, 5)).log
    return Source(log, "order", log.zone, "known")


@pytest.fixture(scope="module")
def source():
    """Return the log of a company of which everything is known."""
    return log_of(company())


def found(estimator, source):
    """Return an estimator's estimates by their paths."""
    return {estimate.path: estimate for estimate in estimator(source, 1)}


def flat(tmp_path, rows, head="Key,Date,Activity,User_Type"):
    """Return the source of a flat log by order line."""
    path = tmp_path / "log.csv"
    path.write_text(head + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
    read = read_log(path)
    return source_of(read, read.case_type)


def assert_inside(estimates, *paths):
    """Check that the interval of each estimate holds the true value."""
    for path in paths:
        estimate = estimates[path]
        true = TRUE[path]
        assert estimate.low <= true <= estimate.high, (path, true, estimate.value)


class TestDesk:
    def desk(self, *, known=True):
        """Return a desk of two, open from 8 to 17 UTC: most days 31 tasks from 8:15 on.

        Each task comes as it begins and takes 10 minutes. On the tenth day both are busy from
        8:00 to 9:00, one of them with something that came at 7:30.
        """
        rows = []
        for day in range(15):
            if day % 7 > 4:
                continue
            midnight = MONDAY + dt.timedelta(days=day)
            if day == 9:
                for name, came in (("A", 7.5), ("B", 8.0)):
                    rows.append((midnight, 8.0, 60, name, came))
            for task in range(31):
                start = 8.25 + task * 0.28
                if day != 9 or start > 9:
                    rows.append((midnight, start, 10, "AB"[task % 2], start))
        at = [day + dt.timedelta(hours=hour) for day, hour, *_ in rows]
        events = pl.DataFrame(
            {
                "event": range(len(rows)),
                "start": at,
                "time": [a + dt.timedelta(minutes=row[2]) for a, row in zip(at, rows, strict=True)],
                "resource": [row[3] for row in rows],
                "role": ["Order desk"] * len(rows),
                "automated": [False] * len(rows),
                "arrived": [row[0] + dt.timedelta(hours=row[4]) for row in rows],
            }
        ).cast(
            {"start": pl.Datetime("us"), "time": pl.Datetime("us"), "arrived": pl.Datetime("us")}
        )
        arrivals = events.select("event", "arrived") if known else None
        return desk(events, "UTC", "Order desk", arrivals)

    def at(self, day, hour):
        moment = pl.Series([MONDAY + dt.timedelta(days=day, hours=hour)], dtype=pl.Datetime("us"))
        return local_hours(moment, "UTC")

    def test_who_begins_while_others_are_idle_was_ready_then(self):
        people = self.desk()
        begun = self.at(3, 8.25 + 10 * 0.28)
        assert people.last_idle(begun) == pytest.approx(begun)

    def test_who_begins_as_the_desk_opens_became_ready_since_it_closed(self):
        """On the tenth day the first task begins at 8:00, and the desk was idle till 17:00."""
        people = self.desk(known=False)
        last = people.last_idle(self.at(9, 8.0))
        assert self.at(8, 16.5)[0] <= last[0] <= self.at(8, 17.25)[0]

    def test_first_come_is_first_served(self):
        """Nothing that begins after 8:00 on the tenth day was ready before 7:30 or 8:00 did."""
        people = self.desk()
        assert people.last_idle(self.at(9, 8.5))[0] == pytest.approx(self.at(9, 8.0)[0])

    def test_what_comes_while_both_are_busy_waits(self):
        people = self.desk(known=False)
        assert people.next_begin(self.at(9, 8.5))[0] == pytest.approx(self.at(9, 9.0)[0])
        assert people.next_begin(self.at(3, 20.0))[0] == pytest.approx(self.at(4, 8.25)[0], abs=0.3)

    def test_a_log_without_working_times_has_no_desk(self, tmp_path):
        rows = [(f"{n}", MONDAY, "Line Creation", "Human") for n in range(40)]
        view = order_view(flat(tmp_path, rows))
        assert desk(view.events, "UTC", "Human") is None


class TestOfAKnownCompany:
    def test_entry_and_errors(self, source):
        estimates = found(estimate_entry, source)
        assert_inside(
            estimates,
            "capture.email_auto_capture_share",
            "capture.manual_error_share",
            "capture.automatic_error_share",
        )
        places = estimates["capture.error_found_shares"].value
        assert places == pytest.approx(TRUE["capture.error_found_shares"], abs=0.08)

    def test_exceptions_and_the_wait_without_that_for_a_person(self, source):
        """The wait is log-normal, median 3 working hours, sigma 1."""
        estimates = found(estimate_exceptions, source)
        assert_inside(estimates, "capture.exception_share")
        wait = estimates["capture.clarification_wait_hours"].value
        assert wait["median"] == pytest.approx(3, rel=0.12)
        assert wait["sigma"] == pytest.approx(1, rel=0.12)
        assert estimates["capture.exception_kinds"].value == {"other": {"share": 1.0}}

    def test_quotations_of_which_many_are_not_decided_yet(self, source):
        """Half of all are won in the end, but few of those of the last two months are so far."""
        estimates = found(estimate_quotations, source)
        assert_inside(estimates, "capture.quotation_share")
        won = estimates["capture.quotation_won_share"]
        quoted = order_view(source).orders.drop_nulls("quoted")
        assert quoted["received"].is_not_null().mean() < 0.4
        assert won.low <= 0.5 <= won.high

    def test_changes_rejections_and_cancellations(self, source):
        estimates = found(estimate_changes, source)
        assert_inside(
            estimates,
            "changes.share",
            "changes.price_share",
            "changes.rejection_share",
            "changes.cancellation_share",
        )
        assert estimates["changes.price_factor"].value["distribution"] == "uniform"
        drawn = [draw.get("median") for draw in estimates["changes.request_days"].draws]
        assert min(drawn) <= 1 <= max(drawn)

    def test_most_changes_that_customers_wanted_are_never_seen(self, source):
        """So the share of the orders that show one is far below the true one."""
        view = order_view(source)
        seen = view.of(v.CHANGE_ORDER)["order"].n_unique() / order_life(view).height
        assert seen < 0.75 * TRUE["changes.share"]

    def test_credit_holds(self, source):
        """The facts take 0.06 days (median), sigma 2.27; closed hours are longer than that."""
        estimates = found(estimate_credit_holds, source)
        assert_inside(estimates, "credit.denial_share", "credit.auto_release_share")
        wait = estimates["credit.review_wait_days"].value
        assert wait["median"] == pytest.approx(0.06, rel=0.5)
        assert wait["sigma"] == pytest.approx(2.27, rel=0.2)
        held, orders = held_share(source)
        assert 0 < held < orders

    def test_deliveries_put_off(self, source):
        estimates = found(estimate_date_changes, source)
        assert_inside(
            estimates, "fulfilment.date_change_share", "fulfilment.date_change_again_share"
        )
        assert estimates["fulfilment.date_change_days"].value["median"] == pytest.approx(5, rel=0.3)

    @pytest.mark.parametrize(
        ("estimator", "path", "other"),
        [
            (estimate_exceptions, "capture.exception_share", 0.1),
            (estimate_changes, "changes.share", 0.1),
            (estimate_credit_holds, "credit.denial_share", 0.3),
            (estimate_date_changes, "fulfilment.date_change_share", 0.12),
        ],
    )
    def test_another_company_is_told_from_it(self, estimator, path, other):
        estimate = found(estimator, log_of(company(**{path: other}), seed=9))[path]
        assert not estimate.low <= TRUE[path] <= estimate.high
        assert estimate.low <= other <= estimate.high


class TestOrderLife:
    def rows(self, *events):
        return [(key, MONDAY + dt.timedelta(days=day), name, "Human") for key, day, name in events]

    def test_an_order_is_closed_with_its_last_line_and_open_without(self, tmp_path):
        source = flat(
            tmp_path,
            self.rows(
                ("1_10", 0, "Line Creation"),
                ("1_20", 0, "Line Creation"),
                ("1_10", 3, "Delivery"),
                ("1_20", 5, "Schedule Line Rejected"),
                ("2_10", 1, "Line Creation"),
                ("2_20", 1, "Line Creation"),
                ("2_10", 9, "Delivery"),
            ),
        )
        life = order_life(order_view(source))
        assert life["is_open"].to_list() == [False, True]
        closed = [MONDAY + dt.timedelta(days=days) for days in (5, 9)]
        assert life["closed"].to_list() == closed


class TestFlatLogs:
    def made(self, count, *events, start=0):
        """Return orders of two lines each; *events* are (line, hours later, name, who)."""
        for number in range(start, start + count):
            came = MONDAY + dt.timedelta(hours=9 + 24 * (number % 5) + 168 * (number // 5))
            for line in (10, 20):
                yield f"{number:04}_{line}", came, "Line Creation", "Human"
            for line, hours, name, who in events:
                yield f"{number:04}_{line}", came + dt.timedelta(hours=hours), name, who

    def test_a_block_that_came_with_the_order_counts_and_by_lines(self, tmp_path):
        """20 of 60 orders have a block, on one of two lines: a sixth of the lines."""
        rows = [
            *self.made(20, (10, 2, "Header Block Removed", "Human"), (10, 90, "Delivery", "Robot")),
            *self.made(40, (10, 90, "Delivery", "Robot"), start=20),
        ]
        share = found(estimate_exceptions, flat(tmp_path, rows))["capture.exception_share"]
        assert share.value == pytest.approx(1 / 6)
        assert "lines" in share.assumption

    def test_kinds_are_told_by_the_names_of_their_blocks(self, tmp_path):
        rows = [
            *self.made(30, (10, 2, "Header Block Removed", "Human")),
            *self.made(10, (10, 5, "Address missing Block Removed", "Human"), start=30),
        ]
        kinds = found(estimate_exceptions, flat(tmp_path, rows))["capture.exception_kinds"].value
        assert kinds["other"]["share"] == 0.75
        assert kinds["master_data"]["share"] == 0.25
        assert "wait_hours" in kinds["master_data"]

    def test_an_order_of_which_all_lines_are_rejected_is_cancelled(self, tmp_path):
        rows = [
            *self.made(15, (10, 30, "Schedule Line Rejected", ""), (20, 50, "Delivery", "Robot")),
            *self.made(
                12, (10, 30, "Schedule Line Rejected", ""), (20, 30, "Schedule Line Rejected", ""),
                start=15,
            ),
            *self.made(100, (10, 1_000, "Delivery", "R"), (20, 1_000, "Delivery", "R"), start=27),
        ]  # fmt: skip
        rows = [(*row[:3], "Human") for row in rows]
        estimates = found(estimate_changes, flat(tmp_path, rows))
        assert estimates["changes.rejection_share"].value == pytest.approx(15 / 127, rel=0.1)
        assert estimates["changes.cancellation_share"].value == pytest.approx(12 / 127, rel=0.1)
        assert "changes.share" not in estimates

    def test_a_rejection_that_is_withdrawn_is_none(self, tmp_path):
        rows = self.made(
            60, (10, 20, "Set Reason for rejection", "Human"),
            (10, 30, "Remove Reason for rejection", "Human"), (10, 90, "Delivery", "Human"),
        )  # fmt: skip
        assert "changes.rejection_share" not in found(estimate_changes, flat(tmp_path, rows))

    def test_holds_of_which_only_the_end_is_logged(self, tmp_path):
        """30 releases by people an hour after the order, 10 at once by a machine, 10 denials."""
        release = "Document released for credit"
        rows = [
            *self.made(30, (10, 1, release, "Human")),
            *self.made(10, (10, 0.01, release, "Robot"), start=30),
            *self.made(10, (10, 3, "Deny Credit", "Human"), start=40),
            *self.made(5, (10, 3, "Deny Credit", "Human"), (10, 9, release, "Human"), start=50),
        ]
        estimates = found(estimate_credit_holds, flat(tmp_path, rows))
        assert estimates["credit.denial_share"].value == pytest.approx(10 / 55)
        assert estimates["credit.auto_release_share"].value == pytest.approx(10 / 45)
        assert "if no release follows" in estimates["credit.denial_share"].assumption

    def test_quotations_of_which_none_was_lost(self, tmp_path):
        rows = [
            *self.made(20, (10, -200, "Create Quotation", "Human")),
            *self.made(60, start=20),
        ]
        estimates = found(estimate_quotations, flat(tmp_path, rows))
        assert estimates["capture.quotation_share"].value == 0.25
        assert estimates["capture.quotation_won_share"].value == 1
        assert "became orders only" in estimates["capture.quotation_won_share"].assumption

    def test_dates_changed_together_are_one_change(self, tmp_path):
        """Both lines of 20 of 50 orders, once; ten of these again two days later."""
        change = "Sched.Line Changed Delivery Date"
        once = [(line, 24, change, "Human") for line in (10, 20)]
        again = [(line, 72, change, "Human") for line in (10, 20)]
        by_night = [(10, 48, change, "Robot")]
        done = [(line, 200, "Delivery", "Human") for line in (10, 20)]
        rows = [
            *self.made(10, *once, *done),
            *self.made(10, *once, *again, *done, start=10),
            *self.made(30, *by_night, *done, start=20),
        ]
        estimates = found(estimate_date_changes, flat(tmp_path, rows))
        # The machine's changes are not the customer's.
        assert estimates["fulfilment.date_change_again_share"].value == pytest.approx(1 / 3)
        assert estimates["fulfilment.date_change_share"].value == pytest.approx(0.4, abs=0.02)

    def test_a_log_that_shows_none_of_it_tells_none_of_it(self, tmp_path):
        source = flat(tmp_path, self.made(60, (10, 90, "Delivery", "Human")))
        for estimator in (
            estimate_entry,
            estimate_exceptions,
            estimate_quotations,
            estimate_credit_holds,
            estimate_date_changes,
        ):
            assert estimator(source, 1) == ()


class TestWishesForAnotherDate:
    def test_all_are_seen_where_the_desk_always_comes_in_time(self):
        left = np.full((4, 3), 10.0)
        assert would_be_seen(np.zeros(4), left, np.full(4, 11.0), None).tolist() == [1] * 4

    def test_nobody_asks_where_there_is_no_time_to(self):
        assert would_be_seen(np.zeros(1), np.zeros((1, 3)), np.ones(1), None).tolist() == [0]

    def test_the_cases_are_those_in_which_it_would_have_been_seen(self):
        """Half are never seen: 100 of 1,000, of whom 50 in the 500 that show it.

        So 450 that would have shown it and do not, 500 that could not, and 50 that do.
        """
        chance = np.concatenate([np.ones(450), np.zeros(500)])
        assert cases_behind(chance, 50) == pytest.approx(500, rel=1e-3)
