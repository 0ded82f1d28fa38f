"""A company without exceptions, holds, noise or queues: every date can be worked out by hand."""

import datetime as dt

from run_checks import varied

from o2c_sim.model.section import ROLES

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
NEVER = {
    "capture.quotation_share": 0,
    "capture.exception_share": 0,
    "capture.manual_error_share": 0,
    "capture.automatic_error_share": 0,
    "changes.share": 0,
    "changes.rejection_share": 0,
    "changes.cancellation_share": 0,
    "credit.overdue_share": 0,
    "credit.hold_at_dunning_level": 0,
    "credit.large_order_value": 0,
    "credit.partial_release_share": 0,
    "credit.recheck_run": None,
    "credit.recheck_after_days": 36_500,
    "credit.insured_share": 0,
    "credit.overdue_tolerance_days": 36_000,
    "customers.credit_limit_days": 10_000_000,
    "customers.default_share": 0,
    "customers.segments": {},
    "customers.bundling_share": 0,
    "customers.prepayment_share": 0,
    "customers.discount_offered_share": 0,
    "customers.short_payment_share": 0,
    "customers.partial_payment_share": 0,
    "customers.duplicate_payment_share": 0,
    "customers.direct_debit_return_share": 0,
    "customers.insolvencies_per_year": 0,
    "disputes.share": 0,
    "disputes.cause_share": 0,
    "disputes.reasons": {},
    "disputes.automatic_credit_value": 0,
    "dunning.minimum_value": 0,
    "collections.promise_grace_days": 0,
    "collections.broken_recall_days": None,
    "collections.hold_after_broken_promises": 0,
    "returns.share": 0,
    "returns.damaged_share": 0,
    "write_off.small_balance_value": 0,
    "write_off.agency_share": 0,
    "write_off.allowance_shares": {},
    "customers.monthly_invoice_share": 0,
    "customers.collective_invoice_share": 0,
    "billing.block_share": 0,
    "billing.error_share": 0,
    "billing.rejection_share": 0,
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
    "fulfilment.availability_check": False,
    "fulfilment.complete_delivery_share": 0,
    "fulfilment.consolidation_share": 0,
    "fulfilment.rescheduling_run": None,
    "fulfilment.date_change_share": 0,
    "fulfilment.pick_priority": "first_come",
    "fulfilment.short_pick_share": 0,
    "fulfilment.pickup_run": None,
    "fulfilment.carrier_days": 0,
    "fulfilment.carrier_round": None,
    "fulfilment.damage_share": 0,
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
    "customers.pays_on_due_date_share": 0,
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
