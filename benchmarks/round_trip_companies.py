"""Companies that are known, for calibration to recover: references with parameters moved."""

from __future__ import annotations

from typing import Any

import numpy as np

from mining.calibration.estimate import Source
from o2c_sim import CompanyModel, Window, load_company, override, parameters, simulate

SEEDS = range(1001, 1021)
REFERENCES = ("distributor", "manufacturer", "consumer_supplier")
WINDOW = Window(10, 180, 5)


def varied_company(seed: int) -> tuple[str, CompanyModel]:
    """Return a reference company with parameters moved by the draws of a seed, and its name."""
    rng = np.random.default_rng(seed)
    name = REFERENCES[seed % len(REFERENCES)]
    base = load_company(name)
    known = dict(parameters(base))

    def factor(spread: float = 0.25) -> float:
        return float(np.exp(rng.normal(0, spread)))

    def between(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 4)

    changes: dict[str, Any] = {
        "customers.count": int(rng.integers(80, 160)),
        "demand.orders_per_week": between(120, 250),
        "demand.day_factor_cv": between(0.0, 0.5),
        "customers.volume_sigma": between(0.6, 1.4),
        "customers.weekly_pay_run_share": between(0.1, 0.5),
        "customers.good_remittance_share": between(0.4, 0.9),
        "customers.short_payment_share": between(0.02, 0.1),
        "customers.partial_payment_share": between(0.01, 0.06),
        "customers.weekly_invoice_share": between(0.05, 0.4),
        "capture.quotation_share": between(0.05, 0.3),
        "capture.exception_share": between(0.05, 0.25),
        # A log gives no reasons: with several, what it tells is the mixture of all.
        "capture.exception_kinds": {"other": {"share": 1}},
        "disputes.cause_share": 0.0,
        "disputes.reasons": {"other": {"share": 1}},
        "capture.email_auto_capture_share": between(0.0, 0.7),
        "changes.share": between(0.02, 0.15),
        "changes.rejection_share": between(0.02, 0.1),
        "changes.cancellation_share": between(0.01, 0.06),
        "credit.denial_share": between(0.02, 0.15),
        "credit.auto_release_share": between(0.0, 0.5),
        "fulfilment.date_change_share": between(0.05, 0.3),
        "fulfilment.date_change_again_share": between(0.05, 0.4),
        "fulfilment.short_pick_share": between(0.003, 0.03),
        "fulfilment.pick_minutes_per_line": between(1, 4),
        "fulfilment.dispatch_lead_days": {
            "distribution": "lognormal",
            "median": between(0.6, 1.5),
            "sigma": between(0.5, 1.2),
            "cap": 30,
        },
        "fulfilment.carrier_days": {
            "distribution": "gamma",
            "shape": between(1.5, 5),
            "scale": between(0.3, 0.8),
            "cap": 30,
        },
        "fulfilment.delivery_run": {
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "times": [f"{int(rng.integers(2, 6)):02}:{int(rng.choice([0, 15, 30])):02}"],
        },
        "billing.block_share": between(0.01, 0.06),
        "billing.rejection_share": between(0.02, 0.12),
        "cash_application.auto_match_share": between(0.5, 0.9),
        "cash_application.statement_run": {
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "times": [str(rng.choice(["06:00", "07:00", "09:30"]))],
        },
        "collections.call_after_days": float(rng.integers(30, 50)),
        "disputes.credited_share": between(0.3, 0.7),
        "write_off.after_days": 90.0,
    }
    for path in (
        "capture.clarification_touch_minutes",
        "capture.correction_minutes",
        "credit.review_touch_minutes",
        "changes.touch_minutes",
        "billing.correction_touch_minutes",
        "capture.quotation_minutes",
    ):
        changes[path] = known[path].value.scaled(factor())
    changes["demand.line_value"] = known["demand.line_value"].value.scaled(factor())
    for role, of_role in base.staff.items():
        more = int(rng.integers(0, 2))
        changes[f"staff.{role}.headcount"] = int(of_role.headcount.value) + more
        changes[f"staff.{role}.absence_share"] = float(rng.choice([0, 0.03, 0.06]))
    return name, override(base, changes, "round trip")


def source_of_company(model: CompanyModel, seed: int) -> Source:
    """Return the log of one run of a company as what it is calibrated from."""
    run = simulate(model, seed=seed, window=WINDOW)
    return Source(run.log, "order", run.log.zone, f"company {seed}")
