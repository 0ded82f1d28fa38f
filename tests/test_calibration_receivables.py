"""Payment behaviour of lists of invoices: fitted, simulated, judged on what was not seen."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
import polars as pl
import pytest

from mining.calibration.estimate import Source
from mining.calibration.intended_days import ANY_DAY
from mining.calibration.observations import observations
from mining.calibration.payment import (
    HABIT,
    NOISE,
    SEGMENTS,
    WEEKLY,
    estimate_lateness,
)
from mining.calibration.receivables import invoice_rows
from mining.calibration.source import source_of
from mining.calibration.stitching import seam
from mining.read import read_log
from mining.validation.payment_behaviour import Invoices, days_late
from mining.validation.receivables import (
    DISTANCES,
    MEASURES,
    by_customer,
    by_time,
    fitted_company,
    validate_receivables,
    words,
)
from o2c_sim import CompanyModel, EventLog, LogError, load_company, override
from o2c_sim.model.distribution import Empirical, Normal, StudentT
from tests.real_logs import folder

pytestmark = pytest.mark.slow

SAMPLE = "ar_invoices_2012.csv"
GROCERY = "ar_days_late_grocery_supplier.csv"
MONDAY = dt.date(2024, 1, 1)


def nothing() -> EventLog:
    """Return a log without events."""
    events = pl.DataFrame(
        schema={
            "event": pl.UInt32, "activity": pl.String, "start": pl.Datetime("us"),
            "time": pl.Datetime("us"), "resource": pl.String, "role": pl.String,
            "automated": pl.Boolean, "amount": pl.Float64,
        }
    )  # fmt: skip
    objects = pl.DataFrame(schema={"object": pl.UInt32, "object_id": pl.String, "type": pl.String})
    pairs = pl.DataFrame(schema={"event": pl.UInt32, "object": pl.UInt32, "qualifier": pl.String})
    return EventLog(events, objects, pairs)


def listed(table: pl.DataFrame) -> Source:
    """Return a list of invoices as what customers are calibrated from."""
    return Source(nothing(), "invoice", "UTC", "list", table, "list")


def paid_days_late(late: list[int], customers: int = 8) -> pl.DataFrame:
    """Return a list of invoices, due on the days of a year in turn, paid so many days late."""
    due = [MONDAY + dt.timedelta(days=30 + i % 365) for i in range(len(late))]
    return pl.DataFrame(
        {
            "customer": [f"C{i % customers}" for i in range(len(late))],
            "amount": [100.0 + i for i in range(len(late))],
            "invoice_date": [day - dt.timedelta(days=30) for day in due],
            "due_date": due,
            "settled_date": [
                day + dt.timedelta(days=days) for day, days in zip(due, late, strict=True)
            ],
        }
    )


@lru_cache(maxsize=2)
def real(name: str) -> Source:
    """Return a public list of invoices, or skip."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    return source_of(read_log(path), "invoice")


@lru_cache(maxsize=1)
def fitted() -> CompanyModel:
    """Return a company whose customers pay like those of the sample list."""
    return fitted_company(real(SAMPLE), 1)[0]


class TestInvoices:
    """What is read from a list."""

    def test_dates_become_days(self) -> None:
        rows = invoice_rows(listed(paid_days_late([3, -2])))
        assert (rows["paid"] - rows["due"]).to_list() == [3, -2]
        assert rows["terms_days"].to_list() == [30, 30]
        assert rows["seen_until"].unique().len() == 1

    def test_days_late_alone_are_enough(self) -> None:
        table = pl.DataFrame({"customer": ["A", "B"], "amount": [1.0, 2.0], "days_late": [4.0, -1]})
        rows = invoice_rows(listed(table))
        assert (rows["paid"] - rows["due"]).to_list() == [4, -1]
        assert rows["issued"].null_count() == 2

    def test_an_open_invoice_is_known_to_be_later(self) -> None:
        table = paid_days_late([0] * 40)
        cut = pl.col("settled_date") > MONDAY + dt.timedelta(days=60)
        table = table.with_columns(pl.when(~cut).then("settled_date").alias("settled_date"))
        seen = observations(listed(table), 1)
        assert seen is not None
        assert seen.paid < 40
        assert seen.data.invoices == 40

    def test_a_list_without_two_payments_tells_nothing(self) -> None:
        table = paid_days_late([0, 0]).with_columns(settled_date=pl.lit(None, pl.Date))
        assert estimate_lateness(listed(table), 1) == ()


class TestLists:
    """What a list tells of a company."""

    def test_money_comes_at_once_and_the_list_says_so(self) -> None:
        rng = np.random.default_rng(1)
        late = np.rint(rng.normal(2, 4, 400)).astype(int).tolist()
        found = {e.path: e for e in estimate_lateness(listed(paid_days_late(late)), 1)}
        floats = found["customers.payment_float_days"]
        assert floats.value["wire"] == {"distribution": "constant", "value": 0.0}
        assert floats.assumption
        assert found[SEGMENTS].value == {}
        noise = found[NOISE].value
        middle = noise["mean"] if noise["distribution"] == "normal" else noise["location"]
        # No money is sent at a weekend: three sevenths of a day on average.
        assert middle == pytest.approx(2 - 3 / 7, abs=0.8)

    def test_payment_runs_show_in_a_dated_list(self) -> None:
        rng = np.random.default_rng(2)
        table = paid_days_late(np.rint(rng.normal(2, 4, 600)).astype(int).tolist(), customers=12)
        thursday = 4
        # Half of the customers pay on Thursdays only, the others on working days.
        day = pl.col("settled_date")
        on_run = day + pl.duration(days=(thursday - day.dt.weekday()) % 7)
        working = day + pl.duration(
            days=pl.when(day.dt.weekday() > 5).then(8 - day.dt.weekday()).otherwise(0)
        )
        weekly = pl.col("customer").is_in(["C0", "C1", "C2", "C3", "C4", "C5"])
        table = table.with_columns(pl.when(weekly).then(on_run).otherwise(working))
        source = listed(table.rename({table.columns[-1]: "settled_date"}))
        seen = observations(source, 1)
        assert seen is not None
        run = dict(zip(seen.names, seen.rules.run.tolist(), strict=True))
        assert [run[f"C{i}"] for i in range(6)] == [1 << 3] * 6
        assert [run[f"C{i}"] for i in range(6, 12)] == [ANY_DAY] * 6
        found = {e.path: e for e in estimate_lateness(source, 1)}
        assert found[WEEKLY].value == pytest.approx(0.5)

    def test_a_list_of_its_own_is_no_second_half(self) -> None:
        assert seam(listed(paid_days_late([0, 1]))) is None

    def test_a_stitched_company_says_so(self) -> None:
        log = nothing()
        objects = pl.DataFrame(
            {"object": [0, 1], "object_id": ["a", "b"], "type": ["order", "order"],
             "value": [50_000.0, 70_000.0]},
            schema_overrides={"object": pl.UInt32},
        )  # fmt: skip
        front = EventLog(log.events, objects, log.event_objects)
        table = paid_days_late([0] * 20)
        found = seam(Source(front, "order", "UTC", "orders.csv", table, "invoices.csv"))
        assert found is not None
        said = " ".join(found.words)
        assert "orders.csv" in said
        assert "invoices.csv" in said
        assert "linked by size" in said
        # Orders of 60,000 beside invoices of 110 are no one company.
        assert "another kind" in said


class TestPaymentBehaviour:
    """The model's own draws, without orders."""

    def company(self, habit: float, **customers: object) -> CompanyModel:
        """Return a company whose customers are late by one number of days."""
        values = {
            "customers.segments": {},
            "customers.lateness_effect_days": habit,
            "customers.lateness_noise_days": 0,
            "customers.weekly_pay_run_share": 0,
            "customers.pays_on_due_date_share": 0,
            "customers.payment_method_shares": {"wire": 1},
            "customers.payment_float_days": {"wire": 0},
            "cash_application.statement_run": {
                "days": ["mon", "tue", "wed", "thu", "fri"], "times": ["18:00"],
            },
            **{f"customers.{name}": value for name, value in customers.items()},
        }  # fmt: skip
        return override(load_company("distributor"), values, "by hand")

    def asked(self, terms_days: int = 30) -> Invoices:
        """Return one invoice due on each weekday, Monday first."""
        due = np.arange(4, 11)
        return Invoices(np.zeros(7, np.int64), due, np.full(7, terms_days), dated=True)

    def test_only_the_weekend_is_put_off(self) -> None:
        late = days_late(self.company(2.0), self.asked(), 1, 0)
        # Meant for Wednesday to Friday, then Saturday, Sunday, Monday, Tuesday.
        assert late.tolist() == [2, 2, 2, 4, 3, 2, 2]

    def test_who_times_the_payment_is_never_late_for_a_habit_of_being_early(self) -> None:
        late = days_late(self.company(-8.0, pays_on_due_date_share=1), self.asked(), 1, 0)
        # Due on Saturday and Sunday it comes on the Friday before.
        assert late.tolist() == [0, 0, 0, 0, 0, -1, -2]

    def test_nobody_pays_before_the_invoice_has_arrived(self) -> None:
        late = days_late(self.company(-60.0), self.asked(terms_days=14), 1, 0)
        assert late.min() == -14

    def test_the_same_replication_is_the_same_and_another_one_is_not(self) -> None:
        model = load_company("distributor")
        asked = Invoices(np.repeat(np.arange(20), 5), np.arange(100), np.full(100, 30), dated=True)
        first = days_late(model, asked, 3, 0)
        assert (first == days_late(model, asked, 3, 0)).all()
        assert (first != days_late(model, asked, 3, 1)).any()


class TestSplits:
    """How the seen and the unseen are divided."""

    def test_what_was_open_then_is_open_in_the_first_part(self) -> None:
        source = listed(paid_days_late([5] * 200))
        split = by_time(source, 0.5)
        seen, unseen = split.seen.receivables, split.unseen.receivables
        assert seen is not None
        assert unseen is not None
        day = seen["invoice_date"].max()
        assert seen["settled_date"].drop_nulls().max() <= day  # type: ignore[operator]
        assert seen["settled_date"].null_count() > 0
        assert unseen["invoice_date"].min() > day  # type: ignore[operator]
        assert seen.height + unseen.height == 200

    def test_no_customer_is_on_both_sides(self) -> None:
        split = by_customer(listed(paid_days_late([0] * 100, customers=10)), seed=3)
        assert split.seen.receivables is not None
        assert split.unseen.receivables is not None
        one = set(split.seen.receivables["customer"])
        other = set(split.unseen.receivables["customer"])
        assert len(one) == len(other) == 5
        assert not one & other

    def test_a_list_without_dates_cannot_be_divided_by_time(self) -> None:
        table = pl.DataFrame({"customer": ["A"], "amount": [1.0], "days_late": [4.0]})
        with pytest.raises(LogError, match="divide it by customer"):
            by_time(listed(table))

    def test_too_few_invoices_are_refused(self) -> None:
        with pytest.raises(LogError, match="too few to judge"):
            validate_receivables(load_company("distributor"), listed(paid_days_late([1] * 5)))


class TestJudgement:
    """A right model holds, a wrong one does not."""

    def unseen(self, seed: int = 5) -> Source:
        """Return invoices that customers with habits of 4 days and a noise of 3 have paid."""
        rng = np.random.default_rng(seed)
        habit = 4 * rng.standard_normal(60)
        number = np.repeat(np.arange(60), 8)
        late = np.rint(1 + habit[number] + 3 * rng.standard_normal(480)).astype(int)
        rows = {"customer": [f"C{i}" for i in number], "amount": 1.0, "days_late": late * 1.0}
        return listed(pl.DataFrame(rows))

    def model(self, location: float, habit: float) -> CompanyModel:
        """Return a company with such customers, paying on the day they mean to."""
        base = TestPaymentBehaviour().company(0.0)
        values = {
            "customers.lateness_effect_days": {
                "distribution": "normal", "mean": 0, "sd": habit, "floor": -50, "cap": 50,
            },
            "customers.lateness_noise_days": {
                # Weekends put payments off by three sevenths of a day.
                "distribution": "normal", "mean": location - 3 / 7, "sd": 3, "floor": -50,
            },
        }  # fmt: skip
        return override(base, values, "by hand")

    def test_the_right_model_holds_in_nineteen_of_twenty(self) -> None:
        model = self.model(1.0, 4.0)
        tables = [validate_receivables(model, self.unseen(seed), runs=60) for seed in range(6)]
        assert tables[0]["measure"].to_list() == [*MEASURES, *DISTANCES]
        assert np.mean([table["holds"].mean() for table in tables]) >= 0.85
        assert any("all measures" in words(table, "a test") for table in tables)

    def test_customers_who_are_too_alike_are_found_out(self) -> None:
        table = validate_receivables(self.model(1.0, 0.5), self.unseen(), runs=60)
        missed = table.filter(~pl.col("holds"))["measure"].to_list()
        assert "SD of customers' means, days" in missed
        assert "SD of customers' means" in words(table, "a test")

    def test_customers_who_pay_a_week_later_are_found_out(self) -> None:
        table = validate_receivables(self.model(8.0, 4.0), self.unseen(), runs=60)
        missed = set(table.filter(~pl.col("holds"))["measure"])
        assert {"share late", "median days late", *DISTANCES} <= missed


class TestRealLists:
    """The public lists, read in place."""

    def test_the_sample_is_one_of_gaussian_customers(self) -> None:
        customers = fitted().customers
        noise, habit = customers.lateness_noise_days.value, customers.lateness_effect_days.value
        # The domain reference: customer means SD 10.1, within customers 7.3.
        assert isinstance(noise, Normal | StudentT)
        assert isinstance(habit, Normal)
        assert 5 < habit.sd < 12

    def test_the_sample_holds_on_the_months_after(self) -> None:
        split = by_time(real(SAMPLE))
        model, uncertainty = fitted_company(split.seen, 1)
        table = validate_receivables(
            model, split.unseen, seen=split.seen, uncertainty=uncertainty, runs=60
        )
        assert table["holds"].all(), table

    def test_the_grocers_tail_is_heavy_and_their_customers_are_of_several_kinds(self) -> None:
        found = {e.path: e for e in estimate_lateness(real(GROCERY), 1)}
        noise = found[NOISE].value
        heavy = noise["distribution"] == "empirical" or noise["df"] < 3
        assert heavy
        assert found[SEGMENTS].value
        assert found[HABIT].value["distribution"] == "student_t"
        assert sum(one["share"] for one in found[SEGMENTS].value.values()) < 1
        for estimate in found.values():
            assert estimate.source.startswith(GROCERY)

    def test_the_grocers_customers_hold_on_customers_not_seen(self) -> None:
        split = by_customer(real(GROCERY), seed=2)
        model, uncertainty = fitted_company(split.seen, 1)
        table = validate_receivables(
            model, split.unseen, seen=split.seen, uncertainty=uncertainty, runs=40
        )
        held = dict(table.select("measure", "holds").iter_rows())
        assert held["customers' mean share late"], table
        assert held["SD of customers' means, days"], table
        noise = model.customers.lateness_noise_days.value
        assert isinstance(noise, StudentT | Empirical)
