"""Corrections: how values change so that a simulated log shows a real one's lags and shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mining import activity_names as a
from mining.calibration.incidence import Incidence
from o2c_sim import CompanyModel
from o2c_sim import vocabulary as v
from o2c_sim.model.distribution import Quantiles

Floats = npt.NDArray[np.float64]

LAGS = (
    (v.CREATE_SALES_ORDER, v.CREATE_DELIVERY, "fulfilment.confirmed_lead_days"),
    (v.CREATE_DELIVERY, v.POST_GOODS_ISSUE, "fulfilment.dispatch_lead_days"),
    (v.POST_GOODS_ISSUE, v.CREATE_INVOICE, "billing.ready_days"),
)
"""Which lag sets which lead time."""
SHARES = (
    ("capture.exception_share", v.REMOVE_ORDER_BLOCK),
    ("capture.quotation_share", v.CREATE_QUOTATION),
    ("fulfilment.date_change_share", v.CHANGE_DELIVERY_DATE),
    ("changes.share", v.CHANGE_ORDER),
    ("changes.rejection_share", a.SET_REJECTION_REASON),
    ("changes.cancellation_share", a.SET_REJECTION_REASON),
)
"""Which activity sets which share."""
GIVEN_UP = (a.SET_REJECTION_REASON, v.REJECT_ORDER_LINE, v.CANCEL_ORDER)
# How long a case is followed, days.
LONGEST_DAYS = 200
LARGE_ORDER = "credit.large_order_value"
_LEAST_HELD = 1e-4
_NEVER = "fulfilment.never_delivered_share"
KNOTS = np.concatenate(
    ([0.0, 0.01, 0.02], np.arange(0.05, 0.951, 0.05), [0.97, 0.98, 0.99, 0.995, 0.998, 0.999])
)
# Beyond it a simulated log has too few cases, and those that take longer than they are followed
# are not in it: what goes before and after the lead time is taken to be what it is below.
_TOLD, _TOLD_FROM = 0.99, 0.95
_DAMPED = 0.9
_DATES = 1_000
# Order values are so widely spread that a value must change by more than the share above it.
_VALUE_POWER = 1.3


def corrected_shares(
    company: CompanyModel,
    observed: Mapping[str, Incidence],
    shown: Mapping[str, Incidence],
    held: Sequence[tuple[float, float]],
) -> dict[str, Any]:
    """Return the values that bring the simulated curves nearer to the observed ones.

    Parameters
    ----------
    company
        As it was simulated.
    observed, shown
        Curves of the log, and of the simulated one.
    held
        The order values tried above which an order is held, each with the share of cases that
        were; the last of them is that of the company.
    """
    values: dict[str, Any] = {}
    for path, name in SHARES:
        if name in observed:
            wanted, seen = share(observed, name), share(shown, name)
            now = parameter(company, path)
            values[path] = min(now * wanted / seen if seen else wanted, 1.0)
    if v.RELEASE_CREDIT_BLOCK in observed and held:
        values[LARGE_ORDER] = order_value_held(held, share(observed, v.RELEASE_CREDIT_BLOCK))
    values |= _losses(company, observed, shown)
    return values


def order_value_held(held: Sequence[tuple[float, float]], wanted: float) -> float:
    """Return the order value above which the wanted share of the cases is held.

    Orders are held by their size, as the log does not tell the reason. Few orders are so large,
    and have many lines: a step by the ratio of the shares goes too far, so that between two values
    tried, one that holds too many and one that holds too few, the value is interpolated.

    Parameters
    ----------
    held
        Values tried, each with the share of cases that were held; the last one is the present one.
    wanted
        Share that was held in the log.
    """
    aim = np.log(max(wanted, _LEAST_HELD))
    tried = [(np.log(value), np.log(max(seen, _LEAST_HELD))) for value, seen in held]
    too_low = max((one for one in tried if one[1] >= aim), default=None)
    too_high = min((one for one in tried if one[1] <= aim), default=None)
    if too_low and too_high and too_low[0] < too_high[0] and too_low[1] > too_high[1]:
        part = (too_low[1] - aim) / (too_low[1] - too_high[1])
        return float(np.exp(too_low[0] + part * (too_high[0] - too_low[0])))
    now, seen = tried[-1]
    return float(np.exp(now) * np.clip(np.exp(_VALUE_POWER * (seen - aim)), 0.2, 5.0))


def _losses(
    company: CompanyModel, observed: Mapping[str, Incidence], shown: Mapping[str, Incidence]
) -> dict[str, Any]:
    """Let as many lines come to their end as did: fewer are forgotten, or given up, or more."""
    lead = LAGS[0][2]
    if v.CREATE_INVOICE in observed:
        name, wanted = v.CREATE_INVOICE, share(observed, v.CREATE_INVOICE)
    elif lead in observed:
        given_up = sum(share(observed, name) for name in GIVEN_UP)
        name, wanted = v.CREATE_DELIVERY, share(observed, lead) * (1 - given_up)
    else:
        return {}
    more = share(shown, name) - wanted
    never = parameter(company, _NEVER) + more
    if never >= 0 or a.SET_REJECTION_REASON in observed:
        return {_NEVER: max(never, 0.0)}
    lost = max(1 - share(shown, name), 1e-3)
    fewer = max(1 + never / lost, 0.0)
    paths = ("changes.rejection_share", "changes.cancellation_share", "credit.denial_share")
    return {_NEVER: 0.0} | {path: parameter(company, path) * fewer for path in paths}


def moved(lead: Floats, observed: Incidence, shown: Incidence) -> Floats:
    """Return quantiles of a lead time, each moved by what the lag differs there.

    The longest ones become those of the lag less what the others have besides the lead time.
    """
    wanted, seen = observed.quantile(KNOTS), shown.quantile(KNOTS)
    moved = lead + _DAMPED * (wanted - seen)
    longest = KNOTS > _TOLD
    besides = float((seen - lead)[(KNOTS >= _TOLD_FROM) & ~longest].mean())
    moved[longest] = wanted[longest] - besides
    rising: Floats = np.maximum.accumulate(np.maximum(moved, 0.0))
    return rising


def written(lead: Floats, observed: Incidence, *, dated: bool) -> dict[str, Any]:
    """Return a lead time as a model file has it: in whole days if it is a matter of dates."""
    last = float(observed.quantile(KNOTS[-1:])[0])
    later = observed.ages > last
    steps = np.diff(observed.shares, prepend=0.0)[later]
    tail = float(np.average(observed.ages[later] - last, weights=steps)) if steps.sum() else 0.0
    value = {
        "distribution": "quantiles",
        "quantiles": {round(float(p), 3): float(x) for p, x in zip(KNOTS, lead, strict=True)},
        "tail_mean": tail,
        "cap": float(lead[-1] + 20 * tail + 1),
    }
    if not dated:
        return value
    days = Quantiles.model_validate(value).quantile((np.arange(_DATES) + 0.5) / _DATES)
    days = np.where(days < 1, np.round(days * 24) / 24, np.round(days))
    values, counts = np.unique(days, return_counts=True)
    shares = {float(x): float(n / _DATES) for x, n in zip(values, counts, strict=True)}
    return {"distribution": "empirical", "shares": shares}


def share(curves: Mapping[str, Incidence], name: str) -> float:
    """Return the share of the cases that come to something while they are followed."""
    return curves[name].by(LONGEST_DAYS) if name in curves else 0.0


def parameter(company: CompanyModel, path: str) -> Any:
    """Return the value at a path of a company."""
    node: Any = company
    for part in path.split("."):
        node = getattr(node, part)
    return node.value
