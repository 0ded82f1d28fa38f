"""Results of ``o2c calibrate`` and ``o2c validate-model`` as their files hold them, made up."""

from __future__ import annotations

from typing import Any

from mining.validation.curves import SHARES

HOSTILE = '<script>alert("x")</script> =1+1 $a_b$ & \u05e9\u05dc\u05d5\u05dd \U0001f600'


def calibration() -> dict[str, Any]:
    """Return a calibration with every kind of entry."""
    return {
        "format": "o2c-calibration/1",
        "company": f"Calibrated: {HOSTILE}",
        "source": "log.csv",
        "receivables": "invoices.csv",
        "extends": "distributor",
        "because": "half of the goods leave within 3 days",
        "parameters": [
            {
                "path": "demand.orders_per_week", "value": 412.25, "low": 401.5, "high": 423.75,
                "observations": 3_298, "method": "weekly counts", "assumption": "no trend",
                "misfit": None,
            },
            {
                "path": "credit.review_wait_days",
                "value": {"distribution": "lognormal", "median": 0.123456, "sigma": 1.5},
                "low": None, "high": None, "observations": 77, "method": HOSTILE,
                "assumption": "", "misfit": 0.0625,
            },
        ],
        "scaled": [{"path": "staff.billing.headcount", "value": 3, "source": "1.1 times as many"}],
        "refused": [{"path": "products.count", "value": 9, "reason": "too few"}],
        "failures": [{"estimator": "terms", "reason": "no due dates"}],
        "missing": ["no start stamps (--start)"],
        "assumed": [
            {"path": "customers.terms_days", "value": "30", "source": "as the reference company"},
            {"path": "credit.denial_share", "value": "0.01", "source": HOSTILE},
        ],
        "tuning": {
            "changes": [{"path": "credit.review_wait_days.median", "before": 0.1, "after": 0.2}],
            "staff": [], "loss": {"before": 1.5, "after": 0.75},
            "held_out_loss": {"before": 1.25, "after": 0.875}, "runs": 30, "kept": True, "why": "",
        },
        "ranking": {
            "influences": [
                {
                    "path": "customers.terms_days", "now": "30", "tried": "33",
                    "kpi": "order_to_cash_mean_days", "change_pct": 6.5,
                },
                {
                    "path": "credit.denial_share", "now": "0.01", "tried": "0.011",
                    "kpi": "cash_tied_up_mean", "change_pct": -0.25,
                },
            ],
            "without_effect": ["returns.share"], "not_moved": [], "replications": 2, "runs": 40,
            "orders_per_week": 100.0,
        },
        "seed": 7,
        "command": "o2c calibrate log.csv --ar invoices.csv",
        "versions": {"o2c-toolkit": "0.1"},
    }  # fmt: skip


def curves(*lags: tuple[str, str]) -> list[dict[str, Any]]:
    """Return quantiles of lags that grow evenly: 10 days at most, simulated 11."""
    return [
        {
            "source": source, "target": target, "share": share, "train": 9 * share,
            "test": 10 * share, "simulated": 11 * share, "low": 10.5 * share, "high": 12 * share,
        }
        for source, target in lags
        for share in SHARES
    ]  # fmt: skip


def clock() -> list[dict[str, Any]]:
    """Return a week of five equal days and a day of eight equal hours."""
    rows = []
    for part, steps, busy in (
        ("weekday", range(1, 8), range(1, 6)),
        ("hour", range(24), range(8, 16)),
    ):
        for step in steps:
            share = 1 / len(busy) if step in busy else 0.0
            rows.append(
                {"part": part, "step": step, "train": share, "test": share, "simulated": share,
                 "low": share, "high": share}
            )  # fmt: skip
    return rows


def company_validation() -> dict[str, Any]:
    """Return the validation of a company."""
    return {
        "format": "o2c-validation/1",
        "company": HOSTILE, "log": "log.csv", "case_type": "order", "from": "2024-05-01",
        "until": "2024-06-01", "train_from": "2024-01-01", "follow_up_days": 90, "seed": 1,
        "runs": 5, "cases": {"train": 9_000, "test": 1_200, "simulated": 1_100.5},
        "lags": [
            {
                "source": "Create Sales Order", "target": HOSTILE, "milestone": True,
                "train_count": 8_000, "test_count": 1_000, "train_days": 4.5, "test_days": 5.0,
                "simulated_days": 5.5, "floor_days": 0.5, "distance_days": 0.55, "run_days": 0.6,
                "known_days": None, "ks_floor": 0.1, "ks": 0.11, "ratio": 1.1, "within": True,
            }
        ],
        "prevalence": [
            {
                "activity": "Create Invoice", "train_percent": 91.0, "test_percent": 92.0,
                "simulated_percent": 88.0, "drift_points": 1.0, "off_points": -4.0, "within": False,
            },
            {
                "activity": HOSTILE, "train_percent": None, "test_percent": 3.0,
                "simulated_percent": None, "drift_points": None, "off_points": None,
                "within": False,
            },
        ],
        "profiles": [
            {"activity": "Create Invoice", "weekday_floor": 0.1, "weekday_off": 0.2,
             "hour_floor": 0.05, "hour_off": None}
        ],
        "kpis": [
            {"key": "a", "label": "Order cycle time, mean", "unit": "days", "train": 10.0,
             "test": 12.5, "simulated": 13.0, "low": 11.0, "high": 15.0, "within": True},
            {"key": "b", "label": "Credit hold rate", "unit": "share", "train": 0.1,
             "test": 0.0, "simulated": 0.1, "low": 0.05, "high": 0.15, "within": False},
            {"key": "c", "label": HOSTILE, "unit": "count", "train": None, "test": 4.0,
             "simulated": None, "low": None, "high": None, "within": False},
        ],
        "not_compared": [{"activity": HOSTILE, "reason": "no counterpart", "test_percent": 1.5}],
        "curves": curves(("Create Sales Order", HOSTILE), ("Create Invoice", "Clear Invoice")),
        "clock": clock(),
        "variant_coverage": {"simulated": 0.625, "train": 0.75},
        "cash": [
            {"key": "dso_days", "test": 41.5, "simulated": 40.0, "low": 38.0, "high": 42.0,
             "within": True}
        ],
        "day_stamped": ["Create Invoice"],
        "thresholds": "Lags: at most 1.2 times.",
        "verdict": [
            {"purpose": "Time until the invoice", "answer": "yes", "reason": "1 of 1 lags"},
            {"purpose": "Exceptions", "answer": "no", "reason": HOSTILE},
            {"purpose": "Headcount", "answer": "not judged", "reason": "completions alone"},
        ],
        "passed": False,
        "command": "o2c validate-model model.yaml log.csv",
        "versions": {},
    }  # fmt: skip


def protocol_validation() -> dict[str, Any]:
    """Return the validation of a discovered model."""
    means = {"ngd": 0.0625, "aedd": 2.5, "cedd": 0.5, "redd": 0.75, "ctdd": 1.5}
    scores = {key: {"mean": mean, "sd": 0.25, "runs": [mean]} for key, mean in means.items()}
    past = {key: {**one, "mean": one["mean"] * 1.25} for key, one in scores.items()}
    past["ctdd"] = {"mean": 1.0, "sd": 0.1, "runs": [1.0]}
    part = {"cases": 800, "events": 6_000, "activities": 3, "resources": 2}
    return {
        "format": "o2c-validation/1",
        "log": HOSTILE, "protocol": "temporal-80-20", "runs": 3, "train": part,
        "test": {**part, "cases": 200}, "cut_cases": 3, "follow_up_hours": None, "model": scores,
        "replay": past, "train_to_test": {}, "floor": scores,
        "published": {"log": "Loan", "best": {"ngd": 0.07}, "median": {"ngd": 0.15, "ctdd": 9.0}},
        "next_activity": {"train": 0.65, "simulated": 0.625},
        "measures": {
            "prevalence": [
                {"activity": HOSTILE, "test": 0.5, "simulated": 0.55, "train": 0.4},
                {"activity": "Approve", "test": 1.0, "simulated": 0.75, "train": 1.0},
            ],
            "weekday": {"simulated": 0.1, "train": 0.2}, "hour": {"simulated": 0.1, "train": 0.2},
            "variants": {"simulated": 0.5, "train": 0.75},
            "lags": [],
            "kpis": [{"name": "mean_cycle_hours", "test": 11.0, "simulated": 10.0, "train": 10.5,
                      "low": 8.0, "high": 12.0}],
            "prevalence_gap": 0.25, "lag_ratio": None,
        },
        "curves": curves(("Approve", "")),
        "clock": clock(),
        "cpu_seconds": {}, "verdict": ["Nearer in 4 of 5 distances.", f"Not for {HOSTILE}."],
        "seed": 0, "command": "o2c validate-model log.csv", "versions": {},
    }  # fmt: skip


def customers_validation() -> dict[str, Any]:
    """Return the validation of the customers of a company."""
    return {
        "format": "o2c-validation/1", "company": "A company", "invoices": HOSTILE, "seed": 1,
        "runs": 200,
        "measures": [
            {"measure": "share_late", "observed": 0.5, "simulated": 0.25, "low": 0.125,
             "high": 0.75, "holds": True},
            {"measure": "wasserstein_days", "observed": None, "simulated": 2.5, "low": None,
             "high": 3.5, "holds": False},
        ],
        "passed": False, "verdict": ["It may be used with care."], "command": "", "versions": {},
    }  # fmt: skip
