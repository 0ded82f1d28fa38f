"""Measures of order to cash that no event log carries, and where else they are found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeyondLogs:
    """A measure that needs more than a log.

    Parameters
    ----------
    key, label
        Identifier and name for people.
    formula
        The formula in words.
    missing
        What a log lacks for it.
    source
        Where the definition comes from.
    elsewhere
        What gives it in this toolkit; empty if nothing does.
    """

    key: str
    label: str
    formula: str
    missing: str
    source: str
    elsewhere: str = ""


_COMPARE = "o2c compare"
_PAYMENTS_AHEAD = "many replications or a forecast; one log is one history"
_REFERENCE = "domain reference, section 2; no standard opened"

BEYOND = {
    measure.key: measure
    for measure in (
        BeyondLogs(
            "cash_conversion_cycle_days",
            "Cash conversion cycle",
            "days inventory outstanding + DSO - days payables outstanding",
            "inventory and payables",
            "Hackett working capital survey",
        ),
        BeyondLogs(
            "cash_flow_curve",
            "Cash flow curve",
            "receipts - refunds - fees, cumulated by day; 5th, 50th and 95th percentile",
            _PAYMENTS_AHEAD,
            _REFERENCE,
            _COMPARE,
        ),
        BeyondLogs(
            "cash_flow_at_risk",
            "Cash flow at risk",
            "mean of the cash flow of 30 or 90 days - its 5th percentile",
            _PAYMENTS_AHEAD,
            _REFERENCE,
        ),
        BeyondLogs(
            "shortfall_probability",
            "Probability of a cash shortfall",
            "share of the futures in which the lowest balance falls under a floor",
            f"bank balance; {_PAYMENTS_AHEAD}",
            _REFERENCE,
        ),
        BeyondLogs(
            "forecast_accuracy_share",
            "Cash forecast accuracy",
            "1 - sum of |forecast - actual| / sum of actual, by week",
            "the forecast",
            _REFERENCE,
        ),
        BeyondLogs(
            "utilisation_share",
            "Use of people",
            "time busy / time available",
            "shifts of the people",
            _REFERENCE,
            "o2c simulate",
        ),
    )
}
