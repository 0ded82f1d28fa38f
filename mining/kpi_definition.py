"""What a KPI is: formula, population, clock, weighting, censoring and source, beside the number."""

from __future__ import annotations

from dataclasses import dataclass

from o2c_sim import vocabulary as v

INVOICES = (
    "invoices issued in the period and cleared; those that are open, written off, cancelled or "
    "credited in full (they bring no cash) are left out"
)
RECEIVED = "orders received in the period"
RECEIVED_UNCANCELLED = (
    "orders received in the period; those cancelled, or past that step without it, are left out"
)
ISSUED = "invoices issued in the period"
BRINGING_CASH = (
    "invoices issued in the period; those written off, cancelled or credited in full (they bring "
    "no cash) are left out"
)
DAYS = "days of the period"
AT_THE_END = "open invoices at the end of the period"
CREDIT_HOLD = (v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
TRADE = "common usage in the trade; no standard opened"
CRF = "Credit Research Foundation, KPI definitions"

CALENDAR = "calendar"
COUNT = "count"
VALUE = "value"

# What happens to cases that are open when the log ends.
AS_IT_STANDS = "open cases count as they stand when the log ends"
ENDED = "open cases are left out: too low while many are open"
KAPLAN_MEIER = (
    "Kaplan-Meier: a case open when the log ends counts as longer than so far; no number if too "
    "many are open"
)
NO_CASES = "none: a balance or flow, which looks back only"


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """What a KPI means.

    Parameters
    ----------
    key
        Identifier, for example ``order_to_cash_mean_days``.
    label
        Name for people.
    unit
        ``days``, ``hours``, ``share`` (0 to 1), ``currency`` or ``count``.
    formula
        The formula in words.
    population
        Which orders, invoices or days.
    source
        Where the definition comes from.
    better
        ``lower``, ``higher`` or ``neither``.
    needs
        Activities of the reference vocabulary, one of which the log must record; without it the
        KPI would be a number about nothing and is left out.
    clock
        ``calendar``, or the business hours that count.
    weighting
        ``count`` (each case, document or day counts once) or ``value`` (each by its amount).
    censoring
        What happens to cases that are open when the log ends.
    object_types
        Types that the log must have.
    attributes
        What it must have besides, such as ``due_date of invoice`` or ``cost of event``.
    """

    key: str
    label: str
    unit: str
    formula: str
    population: str
    source: str
    better: str
    needs: tuple[str, ...] = ()
    clock: str = CALENDAR
    weighting: str = COUNT
    censoring: str = AS_IT_STANDS
    object_types: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


def spread_of(
    stem: str,
    unit: str,
    label: str,
    formula: str,
    population: str,
    source: str,
    needs: str,
    clock: str = CALENDAR,
    object_types: tuple[str, ...] = (),
) -> list[KpiDefinition]:
    """Return the definitions of mean, median and 90th percentile of a time; less is better."""
    return [
        KpiDefinition(
            f"{stem}_{statistic}_{unit}",
            f"{label}, {word}",
            unit,
            formula,
            population,
            source,
            "lower",
            (needs,),
            clock,
            censoring=censoring,
            object_types=object_types,
        )
        for statistic, word, censoring in (
            ("mean", "mean", ENDED),
            ("median", "median", KAPLAN_MEIER),
            ("p90", "90th percentile", KAPLAN_MEIER),
        )
    ]
