"""How KPIs of order to cash mislead: what to know before one is compared or aimed at."""

from __future__ import annotations

from mining.kpi_definition import ENDED, KAPLAN_MEIER, KpiDefinition

_OF_SALES = (
    "dso_simple_days",
    "dso_conventional_days",
    "best_possible_dso_days",
    "average_days_delinquent_days",
    "receivables_turnover_ending",
)
_OF_BALANCES = (
    *_OF_SALES,
    "dso_countback_days",
    "true_dso_days",
    "current_share",
    "past_due_share",
    "overdue_90_share",
    "collection_effectiveness",
    "receivables_mean",
    "cash_tied_up_mean",
    "carrying_cost",
)

_TRAPS = (
    (
        _OF_SALES,
        "DSO falls when sales surge, though nobody pays faster, and rises when sales drop; with "
        "growth or seasons look at the countback form",
    ),
    (
        _OF_BALANCES,
        "a simulated company starts empty: drop a warm-up longer than payment terms and their "
        "tail, at least 120 days",
    ),
    (
        ("dso_simple_days", "best_possible_dso_days", "average_days_delinquent_days"),
        "published medians are taken one by one and do not add up: DSO 38.04 - best possible 32.02 "
        "is 6.02, but the median of average days delinquent is 3.00 (CRF)",
    ),
    (
        ("average_days_delinquent_days", "overdue_weighted_days", "days_late_weighted_days"),
        "days delinquent are told in three ways: DSO - best possible DSO, days past due of what is "
        "open, days late of what was cleared; they are not the same number",
    ),
    (
        ("true_dso_days",),
        "its scale is its own: with even sales and every invoice paid after T days it is about "
        "T x T / 60 and not T; compare it with itself only",
    ),
    (
        ("dso_conventional_days",),
        "one strong or weak month moves it, and receivables older than the 30 days have no sales "
        "to stand against",
    ),
    (
        ("dso_countback_days",),
        "sales before the period do not count: without enough days to exhaust the receivables it "
        "has no value",
    ),
    (
        ("receivables_turnover_ending", "receivables_turnover_mean"),
        "the Credit Research Foundation divides by receivables at the end, accounting texts by "
        "their mean: say which",
    ),
    (
        (
            "current_share",
            "past_due_share",
            "overdue_1_30_share",
            "overdue_31_60_share",
            "overdue_61_90_share",
            "overdue_90_share",
        ),
        "ageing is from the due date; many reports age from the invoice date, and longer terms "
        "make everything look younger here",
    ),
    (
        ("disputed_days", "disputed_by_resolution_days"),
        "the denominator is in dispute: raised a day, or decided a day; when disputes pile up the "
        "second is higher",
    ),
    (
        ("perfect_order_share", "perfect_order_product"),
        "the two forms differ when failures come together: the product takes them as independent",
    ),
    (
        ("otif_share", "otif_requested_share"),
        "a late promise makes the promised form good; say which date is meant",
    ),
    (
        ("line_fill_share", "unit_fill_share", "backorder_share"),
        "order, line and unit fill rates differ: one short line spoils its whole order",
    ),
    (
        (
            "automatic_match_share",
            "automatic_match_value_share",
            "automatic_match_payment_share",
        ),
        "by payment, invoice or value the share differs widely (vendors tell 60 % and 83 % of the "
        "same cash): state the denominator",
    ),
    (
        ("touchless_share", "touchless_to_goods_issue_share"),
        "a batch job under a person's name counts as a touch, a person under a system's name does "
        "not; picking by hand is a touch before goods issue",
    ),
    (
        ("credit_release_unchanged_share", "credit_hold_share"),
        "many holds released unchanged: the rule is too tight, or nobody looks",
    ),
    (
        ("promise_kept_share", "promise_met_share"),
        "broken promises are counted only if somebody records them; with promised dates look at "
        "promises met",
    ),
    (
        ("carrying_cost", "credit_sales_per_day"),
        "what a shorter DSO frees is cash, once; what it saves each year is only that cash x the "
        "cost of capital",
    ),
    (
        ("cash_tied_up_mean", "receivables_mean"),
        "it grows with sales: set it against what is sold before calling it worse",
    ),
    (
        ("bad_debt_share", "bad_debt_net_share"),
        "write-offs follow their sales by months: in growth the share is too low",
    ),
)
_CENSORED = {
    ENDED: "open cases are left out; the slow ones are open longest, so a log that ends early "
    "looks fast",
    KAPLAN_MEIER: "the open cases are taken to go on like the others: not so if the log ends "
    "where the process was changed",
}


def traps_of(definition: KpiDefinition) -> tuple[str, ...]:
    """Return what may mislead in a KPI, the particular before the general.

    Source: domain reference, section 2, its notes and its list of traps; the rest is arithmetic.
    """
    own = tuple(text for keys, text in _TRAPS if definition.key in keys)
    return (*own, *filter(None, [_CENSORED.get(definition.censoring)]))
