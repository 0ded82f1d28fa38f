"""What is published of payment, disputes, receivables, cash application and costs."""

from __future__ import annotations

from math import inf

from mining.published_figure import (
    AR,
    CRF,
    DEDUCTIONS,
    DISTRIBUTOR,
    HR,
    MANUFACTURER,
    Figure,
    Published,
    for_all,
    of,
    one,
    where_published,
)

_LEGACY = Published(
    0.30, 0.70, "transformance (vendor): by hand 30 to 50 %, older rules 60 to 70 %"
)

CASH: tuple[Figure, ...] = (
    # Payment
    *(
        where_published(
            key,
            label,
            unit,
            of(one(value, HR), None, one(value, HR)),
        )
        for key, label, unit, value in (
            ("days_late_mean_days", "Days late, mean", "days", 0.1),
            ("days_late_median_days", "Days late, median", "days", 0.0),
            ("days_late_sd_days", "Days late, standard deviation", "days", 9.6),
            ("days_late_p5_days", "Days late, p5", "days", -8.0),
            ("days_late_p95_days", "Days late, p95", "days", 8.0),
            ("late_over_5_share", "Invoices more than 5 days late", "share", 0.077),
            ("late_over_15_share", "Invoices more than 15 days late", "share", 0.027),
            ("late_over_30_share", "Invoices more than 30 days late", "share", 0.016),
            ("late_over_60_share", "Invoices more than 60 days late", "share", 0.003),
        )
    ),
    where_published(
        "early_share",
        "Invoices settled before the due date",
        "share",
        of(
            Published(0.36, 0.40, f"{HR}: 40 %, full set 36 %"),
            None,
            Published(0.36, 0.40, f"{HR}: 40 %, full set 36 %"),
        ),
    ),
    where_published(
        "on_the_day_share",
        "Invoices settled on the due date",
        "share",
        of(one(0.21, HR), None, one(0.21, HR)),
    ),
    Figure(
        "settled_late_share",
        "Invoices settled late",
        "share",
        of(one(0.39, HR), one(0.356, AR), one(0.39, HR)),
    ),
    *(
        where_published(key, label, unit, of(manufacturer=one(value, AR)))
        for key, label, unit, value in (
            ("settle_mean_days", "Invoice to settlement, mean", "days", 26.4),
            ("settle_sd_days", "Invoice to settlement, standard deviation", "days", 12.3),
            ("settle_p90_days", "Invoice to settlement, p90", "days", 43.0),
            ("settle_undisputed_mean_days", "Undisputed invoices, mean", "days", 23.5),
            ("settle_undisputed_sd_days", "Undisputed invoices, standard deviation", "days", 10.9),
            ("settle_undisputed_late_share", "Undisputed invoices settled late", "share", 0.259),
            ("settle_disputed_mean_days", "Disputed invoices, mean", "days", 36.4),
            ("settle_disputed_sd_days", "Disputed invoices, standard deviation", "days", 11.6),
            ("settle_disputed_late_share", "Disputed invoices settled late", "share", 0.683),
            ("dispute_effect_days", "Disputed less undisputed, mean", "days", 12.9),
            ("late_over_30_share", "Invoices more than 30 days late", "share", 0.003),
        )
    ),
    Figure(
        "customer_lateness_sd_days",
        "Customers' mean days late, standard deviation",
        "days",
        of(one(5.5, HR), one(10.1, AR), one(5.5, HR)),
    ),
    where_published(
        "within_customer_sd_days",
        "Days late within a customer, standard deviation",
        "days",
        of(None, one(7.3, AR)),
    ),
    # Disputes
    Figure("dispute_share", "Invoices disputed", "share", of(manufacturer=one(0.227, AR))),
    Figure(
        "dispute_resolution_mean_days",
        "Dispute until its resolution, mean",
        "days",
        of(
            Published(4, 30, "APQC 2009: top and bottom performers"),
            Published(4, 30, "APQC 2009: top and bottom performers"),
        ),
    ),
    where_published(
        "disputed_days",
        "Deductions outstanding, days",
        "days",
        of(consumer=one(105, f"{DEDUCTIONS}: median")),
    ),
    where_published(
        "deduction_share",
        "Deductions, of what is invoiced",
        "share",
        of(consumer=Published(0.05, 0.20, DEDUCTIONS)),
    ),
    # Receivables
    Figure(
        "dso_simple_days",
        "DSO",
        "days",
        dict.fromkeys(
            (DISTRIBUTOR, MANUFACTURER),
            Published(28, 46, "Hackett (quoted by a vendor): top 28, median 46; CRF median 38.0"),
        ),
    ),
    Figure(
        "best_possible_dso_days",
        "Best possible DSO",
        "days",
        dict.fromkeys((DISTRIBUTOR, MANUFACTURER), one(32.0, CRF)),
    ),
    Figure(
        "average_days_delinquent_days",
        "Average days delinquent",
        "days",
        dict.fromkeys((DISTRIBUTOR, MANUFACTURER), one(3.0, CRF)),
    ),
    Figure(
        "past_due_share",
        "Receivables past due",
        "share",
        dict.fromkeys(
            (DISTRIBUTOR, MANUFACTURER),
            Published(0.09, 0.12, "CRF medians: 88 to 91 % current"),
        ),
    ),
    Figure(
        "overdue_90_share",
        "Receivables more than 90 days past due",
        "share",
        dict.fromkeys((DISTRIBUTOR, MANUFACTURER), Published(0.0056, 0.0124, "CRF medians")),
    ),
    Figure(
        "bad_debt_share",
        "Written off, of sales",
        "share",
        for_all(Published(-inf, 0.013, "Atradius survey, W. Europe 2018: an upper bound")),
    ),
    # Cash application
    Figure("payments_per_invoice", "Payments per invoice", "count", {}),
    Figure("invoices_per_payment", "Invoices per payment", "count", {}),
    Figure(
        "automatic_match_share",
        "Invoices cleared without a person",
        "share",
        of(
            _LEGACY,
            _LEGACY,
            Published(0.80, 0.98, "transformance (vendor): learning software"),
        ),
    ),
    Figure("unapplied_share", "Unapplied cash, of receivables", "share", {}),
    # Costs
    Figure(
        "cost_per_order",
        "Cost per order",
        "currency",
        for_all(Published(1.26, 50.70, "IntelliChief (vendor): 1.26 to 50.70; APQC mean 24.21")),
    ),
    Figure(
        "cost_per_invoice",
        "Cost per invoice",
        "currency",
        for_all(Published(1.17, 39.61, "APQC/OB10 2012: top and bottom performers")),
    ),
)
