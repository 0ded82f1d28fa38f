"""A company without exceptions, holds, noise or queues: every date can be worked out by hand."""

import datetime as dt

from run_checks import varied

from o2c_sim.model.section import ROLES

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
NEVER = {
    "capture.exception_share": 0,
    "credit.overdue_tolerance_days": 36_000,
    "customers.credit_limit_days": 10_000_000,
    "customers.default_share": 0,
    "disputes.share": 0,
    "collections.call_after_days": 10_000,
}
ELECTRONIC = {
    "demand.channel_shares": {"edi": 1},
    "customers.invoice_channel_shares": {"e_invoice": 1},
    "customers.payment_method_shares": {"wire": 1},
    "cash_application.auto_match_share": 1,
}
CERTAIN = {
    "capture.system_minutes": 6,
    "fulfilment.confirmed_lead_days": 1,
    "fulfilment.dispatch_lead_days": 0.25,
    "fulfilment.pick_minutes_per_order": 30,
    "fulfilment.pick_minutes_per_line": 0,
    "fulfilment.delivery_run": {"days": WEEKDAYS, "times": ["03:00"]},
    "billing.daily_run": {"days": WEEKDAYS, "times": ["10:00"]},
    "customers.weekly_invoice_share": 0,
    "customers.payment_terms_days": 30,
    "customers.lateness_effect_days": 0,
    "customers.lateness_noise_days": 0,
    "customers.weekly_pay_run_share": 0,
    "dunning.run": {"days": ["mon"], "times": ["06:00"]},
    "dunning.levels": [{"overdue_days": 7, "hazard_ratio": 1.3}],
    "write_off.run": {"days": ["mon"], "times": ["05:00"]},
    "cash_application.statement_run": {"days": WEEKDAYS, "times": ["07:00"]},
}
PEOPLE = {f"staff.{role}.headcount": 1_000 for role in ROLES}


def ideal(model, changes=None):
    """Return the company; 60 orders a week, in UTC, from Monday 6 January 2025."""
    settings = {**NEVER, **ELECTRONIC, **CERTAIN, **PEOPLE, "demand.orders_per_week": 60}
    return varied(
        model, {**settings, **(changes or {})}, zone="UTC", start_date=dt.date(2025, 1, 6)
    )
