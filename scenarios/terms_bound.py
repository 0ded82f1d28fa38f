"""What payment terms leave to be had: no work on the process collects before the due date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.estimate import Estimate
from scenarios.statistics import t_interval

_CYCLE = "invoice_to_cash_mean_days"
_ALL = "order_to_cash_mean_days"
_WITHIN = "terms_share"
# What :func:`terms_bound` needs.
BOUND_KPIS = (_CYCLE, _ALL, _WITHIN)


@dataclass(frozen=True, slots=True)
class TermsBound:
    """How short the time to cash could be with the terms as they are.

    Parameters
    ----------
    within_terms
        Share (0 to 1) of the time from invoice to cash that lies before the due date.
    invoice_to_cash, order_to_cash
        Means as they are, days.
    shortest
        What is left of both if nobody paid late, nothing were disputed and every step took no
        time, days: of each invoice the terms, or less where its customer pays sooner by itself.
    cycle_pct, all_pct
        The most that can be had of both, in percent, negative.
    """

    within_terms: Estimate
    invoice_to_cash: Estimate
    order_to_cash: Estimate
    shortest: Estimate
    cycle_pct: Estimate
    all_pct: Estimate


def terms_bound(kpis: Sequence[Mapping[str, float]], confidence: float = 0.95) -> TermsBound:
    """Return what payment terms leave to be had.

    Parameters
    ----------
    kpis
        KPIs of the baseline, by replication.
    confidence
        Of the intervals.
    """
    cycle, whole, within = (
        np.array([run[key] for run in kpis], dtype=float) for key in (_CYCLE, _ALL, _WITHIN)
    )
    shortest = cycle * within
    return TermsBound(
        *(
            t_interval(values, confidence)
            for values in (
                within,
                cycle,
                whole,
                shortest,
                100 * (within - 1),
                100 * (shortest / whole - 1),
            )
        )
    )


def bound_lines(bound: TermsBound) -> list[str]:
    """Return a bound in words."""
    cycle, whole = bound.invoice_to_cash.mean, bound.order_to_cash.mean
    return [
        f"Payment terms: {100 * bound.within_terms.mean:.0f} % of the time from invoice to cash "
        "lie before the due date.",
        "If nobody paid late, nothing were disputed and every step took no time, "
        f"{bound.shortest.mean:.1f} days would be left of the {cycle:.1f} from invoice to cash "
        f"and the {whole:.1f} from order to cash.",
        f"At most {bound.cycle_pct.mean:.0f} % (invoice to cash) and {bound.all_pct.mean:.0f} % "
        "(order to cash) can be had without shorter terms or payment before the due date "
        "(discounts, cards, prepayment).",
    ]
