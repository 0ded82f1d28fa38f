"""A web of documents, many to many, and its KPIs by hand."""

import datetime as dt

from hand_log import moment

from o2c_sim import vocabulary as v


def _day(text):
    return moment(f"{text} 00:00")


# Orders A (two deliveries, one of them late), B, C (denied) and E (a line rejected, goods
# returned); Q is a quotation that came to nothing. Invoice 1 bills A and B together; payment 1
# settles invoices 1 and 2; invoice 3 takes payments 2 and 3, of which the bank returns the latter.
OBJECTS = {
    **{name: (v.ORDER, {}) for name in "CQ"},
    "A": (v.ORDER, {"promised_date": _day("03-10"), "requested_date": _day("03-11")}),
    "B": (v.ORDER, {"promised_date": _day("03-12"), "requested_date": _day("03-12")}),
    "E": (v.ORDER, {"promised_date": _day("03-14"), "requested_date": _day("03-12")}),
    **{
        name: (v.ORDER_LINE, {"quantity": quantity})
        for name, quantity in (
            ("a1", 10),
            ("a2", 30),
            ("b1", 5),
            ("c1", 100),
            ("e1", 5),
            ("e2", 50),
        )
    },
    "DA1": (v.DELIVERY, {"promised_date": _day("03-10")}),
    "DA2": (v.DELIVERY, {"promised_date": _day("03-10")}),
    "DB": (v.DELIVERY, {"promised_date": _day("03-12")}),
    "DE": (v.DELIVERY, {"promised_date": _day("03-14")}),
    "I0": (v.INVOICE, {"amount": 50, "due_date": dt.datetime(2024, 12, 1)}),
    "I1": (v.INVOICE, {"amount": 300, "due_date": _day("03-31")}),
    "I2": (v.INVOICE, {"amount": 100, "due_date": _day("03-20")}),
    "I3": (v.INVOICE, {"amount": 200, "due_date": _day("04-11")}),
    "I9": (v.INVOICE, {"amount": 40, "due_date": _day("02-21")}),
    "P1": (v.PAYMENT, {"amount": 420}),
    "P2": (v.PAYMENT, {"amount": 100}),
    "P3": (v.PAYMENT, {"amount": 80}),
    "M": (v.CREDIT_MEMO, {"amount": 20}),
    "R": (v.RETURN, {}),
}


STEPS = [
    ("02-20 18:00", v.CREATE_INVOICE, "I0", 50),
    ("02-20 18:00", v.CREATE_INVOICE, "I9", 40),
    ("02-25 12:00", v.OPEN_DISPUTE, "I0"),
    ("03-01 09:00", v.CREATE_QUOTATION, "A"),
    ("03-01 09:00", v.CREATE_QUOTATION, "Q"),
    ("03-03 09:00", v.RECEIVE_ORDER, "A", 400),
    ("03-03 09:00", v.CREATE_SALES_ORDER, "A a1 a2", None, 5),
    ("03-03 10:00", v.CONFIRM_ORDER, "A a1 a2"),
    ("03-04 09:00", v.RECEIVE_ORDER, "B", 100),
    ("03-04 09:00", v.CREATE_SALES_ORDER, "B b1", None, 5),
    ("03-04 10:00", v.CONFIRM_ORDER, "B b1"),
    ("03-05 09:00", v.RECEIVE_ORDER, "C", 70),
    ("03-05 09:00", v.CREATE_SALES_ORDER, "C c1", None, 5),
    ("03-05 10:00", v.SET_CREDIT_BLOCK, "C"),
    ("03-06 10:00", v.DENY_CREDIT, "C"),
    ("03-06 10:00", v.CANCEL_ORDER, "C", 70),
    ("03-05 09:00", v.RECEIVE_ORDER, "E", 250),
    ("03-05 09:00", v.CREATE_SALES_ORDER, "E e1 e2", None, 5),
    ("03-05 10:00", v.CONFIRM_ORDER, "E e1 e2"),
    ("03-06 12:00", v.REJECT_ORDER_LINE, "E e2", 50),
    ("03-06 12:00", v.CHANGE_DELIVERY_DATE, "A a2"),
    ("03-05 12:00", v.POST_GOODS_ISSUE, "A a1 DA1"),
    ("03-07 12:00", v.CONFIRM_DELIVERY, "A DA1"),
    ("03-11 12:00", v.POST_GOODS_ISSUE, "A a2 DA2"),
    ("03-12 12:00", v.CONFIRM_DELIVERY, "A DA2"),
    ("03-11 12:00", v.POST_GOODS_ISSUE, "B b1 DB"),
    ("03-12 12:00", v.CONFIRM_DELIVERY, "B DB"),
    ("03-12 12:00", v.POST_GOODS_ISSUE, "E e1 DE"),
    ("03-13 12:00", v.CONFIRM_DELIVERY, "E DE"),
    ("03-11 18:00", v.CREATE_INVOICE, "A B a1 b1 DA1 DB I1", 300, 1),
    ("03-12 18:00", v.CREATE_INVOICE, "A a2 DA2 I2", 100, 1),
    ("03-12 18:00", v.CREATE_INVOICE, "E e1 DE I3", 200, 1),
    ("03-13 12:00", v.REJECT_INVOICE, "A I2"),
    ("03-15 12:00", v.OPEN_DISPUTE, "E I3"),
    ("03-18 12:00", v.RESOLVE_DISPUTE, "E I3"),
    ("03-18 12:00", v.CREATE_CREDIT_MEMO, "E I3 M", 20),
    ("03-20 12:00", v.AUTHORISE_RETURN, "E e1 DE R"),
    ("03-10 05:00", v.WRITE_OFF_INVOICE, "I9", 40),
    ("03-20 12:00", v.RECORD_RECOVERY, "I9", 10),
    ("03-20 12:00", v.RECORD_PROMISE, "A B I1"),
    ("03-22 12:00", v.BREAK_PROMISE, "A B I1"),
    ("03-21 12:00", v.RECORD_PROMISE, "A I2"),
    ("03-25 07:00", v.RECEIVE_PAYMENT, "A B I1 I2 P1", 420, 0.5),
    ("03-25 08:00", v.CLEAR_INVOICE, "A B I1 P1", 300),
    ("03-25 08:00", v.ALLOW_DISCOUNT, "A I2", 10),
    ("03-25 08:00", v.CLEAR_INVOICE, "A I2 P1", 90),
    ("03-30 12:00", v.REFUND_CUSTOMER, "A B P1", 30),
    ("03-28 07:00", v.RECEIVE_PAYMENT, "E I3 P2", 100, 0.5),
    ("03-28 07:00", v.APPLY_PAYMENT, "E I3 P2", 100),
    ("03-29 07:00", v.RECEIVE_PAYMENT, "E I3 P3", 80, 0.5),
    ("03-29 07:00", v.CLEAR_INVOICE, "E I3 P3", 80),
    ("03-31 07:00", v.RETURN_PAYMENT, "E I3 P3", 80),
]  # fmt: skip


A_MONTH = 365 / 12


# Receivables: 90 for 9 days, 50, 350, 650 for 6, 630 for 7, 230 for 3, 130, 50 for 2, 130.
RECEIVABLES = 90 * 9 + 50 + 350 + 650 * 6 + 630 * 7 + 230 * 3 + 130 + 50 * 2 + 130


WEB_BY_HAND = {
    "quotation_won_share": 1 / 2,
    "first_time_right_share": 1 / 4,  # B
    "credit_hold_mean_hours": 24.0,
    "order_change_share": 1 / 3,  # E, of the confirmed A, B and E
    "date_change_share": 1 / 5,  # a2, of the five confirmed lines
    "line_rejection_share": 1 / 6,
    "cancellation_share": 1 / 4,
    "line_fill_share": 3 / 4,  # all but a2, of the lines not rejected
    "unit_fill_share": (10 + 5 + 5) / (10 + 30 + 5 + 5),
    "backorder_share": 1 / 3,
    "on_time_delivery_share": 3 / 4,
    "otif_share": 2 / 3,
    "otif_requested_share": 1 / 3,  # B
    # 9, 8 and 8 days, and 3 hours each
    "order_to_delivery_mean_days": 25 / 3 + 1 / 8,
    "order_to_delivery_median_days": 8 + 1 / 8,
    "order_to_delivery_p90_days": 8 + 1 / 8 + 0.8,
    "perfect_order_share": 1 / 3,  # B
    # On time B and E; complete at once B; without a return A and B; papers right B
    "perfect_order_product": 2 / 3 * 1 / 3 * 2 / 3 * 1 / 3,
    "return_share": 1 / 3,
    # 6.25, 0.25, 1.25 and 0.25 days
    "billing_lag_mean_days": 2.0,
    "billing_lag_median_days": 0.75,
    "billing_lag_p90_days": 1.25 + 0.7 * 5,
    "same_day_billing_share": 1 / 2,
    "open_share": 1 / 4,  # E, whose payment was returned
    # Open at the end: 50 of invoice 0, four months overdue, and 80 of invoice 3, not due
    "average_days_delinquent_days": 50 * 31 / 600,
    "collection_effectiveness": (90 + 600 * A_MONTH / 31 - 130) / (90 + 600 * A_MONTH / 31 - 80),
    # Of February's 90 and March's 600
    "true_dso_days": 39 * 50 / 90 + 19 * 80 / 600,
    "current_share": 80 / 130,
    "past_due_share": 50 / 130,
    "receivables_turnover_ending": 600 * 365 / 31 / 130,
    "receivables_turnover_mean": 600 * 365 / RECEIVABLES,
    "credit_sales_per_day": 600 / 31,
    "carrying_cost": 0.09 * RECEIVABLES / 365,
    "bad_debt_net_share": (40 - 10) / 600,
    "overdue_90_share": 50 / 130,
    "disputed_days": 50 / (200 / 31),
    "invoice_accuracy_share": 1 / 3,
    "invoice_rejection_share": 1 / 3,
    "promise_kept_share": 1 / 2,
    "invoices_per_payment": 4 / 3,
    "payments_per_invoice": 4 / 3,
    "payment_return_share": 1 / 3,
    "receivables_mean": RECEIVABLES / 31,
    "unapplied_share": 30 * 5 / RECEIVABLES,  # 30 from the 25th to the 29th
    "unapplied_days": 30 * 5 / 600,
    "discount_share": 10 / 600,
    "credited_share": 20 / 600,
    "recovery_share": 10 / 40,
    "cost_per_order": 5.0,
    "cost_per_invoice": 1.0,
    "cost_per_payment": 0.5,
    "cost_to_serve_share": (4 * 5 + 3 * 1 + 3 * 0.5) / (600 - 20),
}
