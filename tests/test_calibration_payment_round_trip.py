"""What a company says of payment is found again in its log."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl
import pytest

from mining.calibration import (
    cash_matching,
    customer_terms,
    disputes,
    goods_returned,
    overdue,
    payment,
    remittances,
)
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.intended_days import (
    ANY_DAY,
)
from mining.calibration.observations import observations
from o2c_sim import CompanyModel, EventLog, Window, load_company, override, simulate
from o2c_sim.engine import Streams
from o2c_sim.model.section import PAYMENT_METHODS
from o2c_sim.process.customers import ANY_DAY as NO_RUN
from o2c_sim.process.customers import create_customers

NOISE = {"distribution": "student_t", "df": 3, "location": -2, "scale": 1.5, "floor": -25}


def company(**customers: object) -> CompanyModel:
    """Return a small company whose customers pay in a known way."""
    values = {f"customers.{name}": value for name, value in customers.items()}
    changes = {
        "customers.count": 90,
        "customers.segments": {},
        "demand.orders_per_week": 220,
        "customers.weekly_pay_run_share": 0.35,
        "customers.pays_on_due_date_share": 0.3,
        "customers.lateness_noise_days": {**NOISE, "cap": 120},
        "customers.short_payment_share": 0.06,
        "customers.partial_payment_share": 0.08,
        "customers.prepayment_share": 0.08,
        "dunning.levels": [
            {"overdue_days": 9, "hazard_ratio": 1.3},
            {"overdue_days": 24, "hazard_ratio": 1.5},
        ],
        "collections.call_after_days": 30,
        **values,
    }
    return override(load_company("distributor"), changes, "round trip")


@lru_cache(maxsize=1)
def round_trip() -> tuple[CompanyModel, Source, dict[str, Estimate]]:
    """Return a company, its log, and what all estimators of payment find in it."""
    model = company()
    log = simulate(model, seed=6, window=Window(0, 250, 0)).log
    source = Source(log, "order", log.zone, "round trip")
    modules = (
        payment, customer_terms, remittances, overdue, disputes, cash_matching, goods_returned,
    )  # fmt: skip
    found: dict[str, Estimate] = {}
    for module in modules:
        for estimator in module.ESTIMATORS:
            for estimate in estimator(source, 1):
                assert estimate.path not in found
                found[estimate.path] = estimate
    return model, source, found


class TestRoundTrip:
    @pytest.mark.parametrize(
        "path",
        [
            "customers.weekly_pay_run_share",
            "customers.pays_on_due_date_share",
            "customers.prepayment_share",
            "customers.bundling_share",
            "customers.discount_rate",
            "customers.short_payment_share",
            "customers.partial_payment_share",
            "customers.good_remittance_share",
            "cash_application.auto_match_share",
            "cash_application.poor_remittance_odds_ratio",
            "cash_application.further_invoice_odds_ratio",
            "collections.call_after_days",
            "customers.insolvencies_per_year",
        ],
    )
    def test_a_number_lies_in_the_interval_that_its_log_gives(self, path: str) -> None:
        model, _, found = round_trip()
        section, name = path.split(".")
        true = getattr(getattr(model, section), name).value
        estimate = found[path]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= true <= estimate.high
        assert len(estimate.draws) == DRAWS

    def test_habit_and_noise_are_those_of_the_company(self) -> None:
        _, _, found = round_trip()
        noise, habit = (
            found[f"customers.lateness_{name}_days"].value for name in ("noise", "effect")
        )
        assert noise["location"] == pytest.approx(-2.0, abs=0.6)
        assert noise["scale"] == pytest.approx(1.5, rel=0.35)
        assert noise["df"] == pytest.approx(3.0, rel=0.6)
        # The upper quartile of the habits: 0.765 of the true scale, whatever family is likelier.
        quartile = 0.674 * habit["sd"] if "sd" in habit else 0.765 * habit["scale"]
        assert quartile == pytest.approx(0.765, rel=0.5)
        assert found["customers.segments"].value == {}
        draws = [draw["location"] for draw in found["customers.lateness_noise_days"].draws]
        assert np.quantile(draws, 0.01) <= -2.0 <= np.quantile(draws, 0.99)

    def test_each_customer_pays_by_the_rule_that_its_payments_show(self) -> None:
        model, source, _ = round_trip()
        seen = observations(source, 1)
        assert seen is not None
        true = create_customers(model, Streams(6, 0))
        payers = [true[int(name.split("-")[1]) - 1] for name in seen.names]
        # A whole share of them, and the same customers: the run that each has is among those found.
        often = np.flatnonzero(seen.data.sizes >= 20)
        right = [
            (
                (seen.rules.run[i] == ANY_DAY) == (payers[i].pay_weekday == NO_RUN)
                and bool(seen.rules.when_due[i]) == payers[i].pays_on_due_date
                and (
                    payers[i].pay_weekday == NO_RUN
                    or bool(seen.rules.run[i] >> payers[i].pay_weekday & 1)
                )
            )
            for i in often
        ]
        assert np.mean(right) >= 0.95

    def test_what_customers_are_is_read_off_their_documents(self) -> None:
        model, _, found = round_trip()
        true = create_customers(model, Streams(6, 0))
        terms = found[customer_terms.TERMS].value["shares"]
        assert set(terms) == {15.0, 30.0, 45.0, 60.0}
        usual = np.array([c.terms_days for c in true if c.terms_days])
        for days, chance in terms.items():
            assert chance == pytest.approx((usual == days).mean(), abs=0.04)
        methods = found["customers.payment_method_shares"].value
        for place, name in enumerate(PAYMENT_METHODS):
            real = np.mean([c.method == place for c in true])
            assert methods.get(name, 0.0) == pytest.approx(real, abs=0.05)

    def test_the_days_of_reminders_are_exact(self) -> None:
        _, _, found = round_trip()
        days = [level["overdue_days"] for level in found["dunning.levels"].value]
        assert days == [9.0, 24.0]
        assert found["dunning.levels"].assumption

    def test_what_was_assumed_is_said(self) -> None:
        _, _, found = round_trip()
        for path in (payment.NOISE, "disputes.share", "customers.discount_offered_share"):
            assert found[path].assumption, path

    def test_every_value_is_allowed_in_a_model(self) -> None:
        _, _, found = round_trip()
        model = override(
            load_company("distributor"), {path: e.value for path, e in found.items()}, "found"
        )
        assert model.customers.weekly_pay_run_share.value == (
            found["customers.weekly_pay_run_share"].value
        )
        first = {path: e.draws[0] for path, e in found.items() if e.draws}
        override(load_company("distributor"), first, "drawn")

    def test_the_same_log_and_seed_give_the_same_estimates(self) -> None:
        _, source, found = round_trip()
        for estimate in payment.estimate_lateness(source, 1):
            assert estimate == found[estimate.path]

    def test_a_log_without_payments_tells_nothing(self) -> None:
        _, source, _ = round_trip()
        kept = pl.col("activity").cast(pl.String).is_in(["Receive Order", "Confirm Order"])
        events = source.log.events.filter(kept)
        links = source.log.event_objects.join(events.select("event"), on="event", how="semi")
        wanted = source.log.objects.filter(pl.col("type").cast(pl.String) == "order")
        log = EventLog(events, wanted, links.join(wanted.select("object"), on="object", how="semi"))
        bare = Source(log, "order", "UTC", "orders only")
        for module in (payment, customer_terms, remittances, overdue, disputes, cash_matching):
            for estimator in module.ESTIMATORS:
                assert estimator(bare, 1) == ()
