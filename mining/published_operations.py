"""What is published of orders, deliveries and billing."""

from __future__ import annotations

from mining.published_figure import (
    DISTRIBUTOR,
    HR,
    IBM,
    SAP,
    Figure,
    Published,
    for_all,
    of,
    one,
    where_published,
)

_BOTH_DATES = Published(0.188, 0.203, f"{SAP} 18.8 %, {IBM} 20.3 %, of the lines")
_LATE = Published(0.056, 0.071, f"{IBM} 5.6 % delayed, Olist 7.1 %")
_OTIF = Published(0.79, 0.92, "APQC: without and with a global process owner")
_CANCELLED = Published(0.0015, 0.0018, f"SAP demo system 0.15 %, {SAP} 0.18 % of the cases")

OPERATIONS: tuple[Figure, ...] = (
    # Orders
    where_published(
        "lines_per_order_mean",
        "Lines per order, mean",
        "count",
        of(
            one(3.12, IBM),
            one(3.12, IBM),
            Published(1.99, 4.1, "SAP demo system, OCEL example"),
        ),
    ),
    where_published(
        "single_line_share",
        "Orders with one line",
        "share",
        of(one(0.56, IBM), one(0.56, IBM)),
    ),
    Figure(
        "lines_a_day_dispersion",
        "Lines entered on a weekday, variance / mean",
        "count",
        of(manufacturer=one(34, f"{IBM}, at 105 lines a day; 1 if independent")),
    ),
    Figure(
        "quotation_share",
        "Orders that follow a quotation",
        "share",
        of(one(0.047, f"{SAP}, of the cases")),
        (DISTRIBUTOR,),
    ),
    Figure("touchless_share", "Orders entered and confirmed without a person", "share", {}),
    Figure(
        "no_change_or_block_share",
        "Lines without change, block, cancellation or credit memo",
        "share",
        of(Published(0.65, 0.665, f"{SAP}: 65 % run touch-free, 33.5 % changed or blocked")),
    ),
    where_published(
        "order_block_share",
        "Lines of orders blocked for clarification",
        "share",
        of(manufacturer=Published(0.515, 0.537, f"{IBM}: header block 51.5 %, address 2.2 %")),
    ),
    where_published(
        "order_block_median_days",
        "Block for clarification, median",
        "days",
        of(manufacturer=one(0.05, f"{IBM}, header block")),
    ),
    Figure(
        "credit_hold_share",
        "Orders held for credit",
        "share",
        of(
            Published(0.085, 0.167, f"{IBM} 8.5 % released; {SAP} 16.0 % and 0.7 % denied"),
            Published(0.085, 0.096, f"{IBM}: 8.5 % released, 1.1 % blocked"),
        ),
    ),
    Figure(
        "credit_release_median_days",
        "Credit hold until release, median",
        "days",
        of(
            Published(0.049, 0.12, f"{SAP} LN(0.049 d, 2.12), {IBM} LN(0.12 d, 2.27)"),
            one(0.12, f"{IBM} LN(0.12 d, 2.27)"),
        ),
    ),
    Figure(
        "credit_release_p90_days",
        "Credit hold until release, p90",
        "days",
        of(Published(0.92, 2.9, f"{SAP} 0.92, {IBM} 2.9"), one(2.9, IBM)),
    ),
    where_published(
        "credit_release_p99_days",
        "Credit hold until release, p99",
        "days",
        of(one(12.4, SAP)),
    ),
    Figure(
        "line_date_change_share",
        "Lines with a change of delivery date",
        "share",
        of(_BOTH_DATES, one(0.203, IBM), _BOTH_DATES),
    ),
    Figure(
        "line_given_up_share",
        "Lines rejected or cancelled",
        "share",
        of(
            Published(0.021, 0.075, f"{SAP} 2.1 %, {IBM} 7.5 %"),
            one(0.075, IBM),
            Published(0.021, 0.075, f"{SAP} 2.1 %, {IBM} 7.5 %"),
        ),
    ),
    where_published(
        "line_given_up_median_days",
        "Line rejected or cancelled after, median",
        "days",
        of(None, one(2.2, IBM)),
    ),
    where_published(
        "line_given_up_p90_days",
        "Line rejected or cancelled after, p90",
        "days",
        of(None, one(26, IBM)),
    ),
    # Deliveries
    *(
        where_published(
            f"order_to_delivery_{name}_days",
            f"Order to delivery document, {name}",
            "days",
            of(
                None if sap is None else one(sap, f"{SAP}, from stock"),
                None if ibm is None else one(ibm, IBM),
            ),
        )
        for name, sap, ibm in (("median", 3.7, 25.5), ("mean", 8.4, 35.0))
    ),
    *(
        where_published(
            f"order_to_issue_{name}_days",
            f"Order to goods issue, {name}",
            "days",
            of(None, one(value, f"{IBM}, Gam(1.23, 30.5 d)")),
        )
        for name, value in (("median", 28.1), ("mean", 37.5), ("p90", 77.0), ("p95", 100.0))
    ),
    *(
        where_published(
            f"order_to_invoice_{name}_days",
            f"Order to invoice, {name}",
            "days",
            of(one(value, f"{SAP}, Wei(0.787, 8.17 d)")),
        )
        for name, value in (("median", 5.3), ("p90", 23.0))
    ),
    *(
        where_published(
            f"delivery_to_issue_{name}_days",
            f"Delivery document to goods issue, {name}",
            "days",
            of(one(value, IBM), one(value, IBM)),
        )
        for name, value in (("mean", 2.6), ("p90", 5.4))
    ),
    Figure("late_delivery_share", "Deliveries later than promised", "share", of(_LATE, _LATE)),
    Figure("otif_share", "On time and in full", "share", for_all(_OTIF)),
    Figure(
        "perfect_order_share",
        "Perfect orders",
        "share",
        for_all(Published(0.772, 0.90, "APQC: median 90 %, worked example 77.2 %")),
    ),
    # Billing
    Figure(
        "same_day_billing_share",
        "Billed on the day of goods issue",
        "share",
        of(one(0.41, SAP), Published(0.33, 0.41, f"survey (aro2c) one third, {SAP} 41 %")),
    ),
    Figure(
        "billing_wait_mean_days",
        "Goods issue to invoice, mean",
        "days",
        of(one(3.3, SAP), one(3.3, SAP)),
    ),
    Figure(
        "billing_wait_p95_days",
        "Goods issue to invoice, p95",
        "days",
        of(one(11, SAP), one(11, SAP)),
    ),
    Figure(
        "billing_block_share",
        "Deliveries blocked for billing",
        "share",
        for_all(Published(0.003, 0.007, f"{SAP}, of the cases")),
    ),
    Figure("invoice_cancellation_share", "Invoices cancelled", "share", for_all(_CANCELLED)),
    *(
        where_published(
            f"invoice_amount_{name}",
            f"Invoice amount, {name}",
            "currency",
            of(consumer=one(value, f"{HR}, Gam(0.64, 51.6 thousand)")),
        )
        for name, value in (("mean", 32_800.0), ("median", 17_800.0))
    ),
    where_published(
        "largest_customer_share",
        "Invoices of the largest customer",
        "share",
        of(consumer=one(0.26, HR)),
    ),
)
