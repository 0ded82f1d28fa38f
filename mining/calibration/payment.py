"""When customers pay: habits, noise, segments, payment runs, and payment on the due date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from mining.calibration.customer_terms import own_shares
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.intended_days import ANY_DAY
from mining.calibration.lateness import (
    HABIT_DF,
    Lateness,
    bootstrap,
    misfit,
    noise_shares,
    residuals,
)
from mining.calibration.observations import Observations, observations
from mining.calibration.receivables import is_list, name_of
from mining.calibration.segment_models import Described, segment_models
from mining.calibration.segments import Group, latent_groups, named_groups
from mining.calibration.shares import counted, share, standing_apart

# Beyond this distance no family fits, and the values themselves are used (domain reference, 4.6).
WORST_FIT = 0.1
_EM_ROUNDS = 12
# Beyond so many degrees of freedom a Student's t is a normal distribution.
_NORMAL_DF = 40.0
# A log shows a late payment only up to the first reminder; the reference companies' bounds.
_LOG_CAP_DAYS, _LOG_FLOOR_DAYS = 180.0, -60.0
_SMALLEST_SHARE = 0.004

HABIT, NOISE = "customers.lateness_effect_days", "customers.lateness_noise_days"
WEEKLY, WHEN_DUE = "customers.weekly_pay_run_share", "customers.pays_on_due_date_share"
SEGMENTS = "customers.segments"

IDENTIFIABLE = (WEEKLY, WHEN_DUE)
NOT_IDENTIFIABLE = {
    "customers.lateness_effect_days": "its location: only that of habit plus noise shows",
    "customers.payment_float_days": "the bank's time is not apart from the customer's",
    "customers.lateness_noise_days": "beyond the first reminder, which moves the payment",
}


def estimate_lateness(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return when customers pay, from invoices and payments.

    Parameters
    ----------
    source
        A log with invoices and payments, or a list of invoices with dates or days late.
    seed
        Of the bootstrap draws.

    Returns
    -------
    tuple of Estimate
        Habit and noise, segments if customers differ by more than a habit, payment runs and
        payment on the due date; of a list, whose days include all that happens until the money is
        there, also no float. Empty without payments.
    """
    seen = observations(source, seed)
    if seen is None:
        return ()
    named = any(name is not None for name in seen.segments)
    groups = named_groups(seen.data, seen.segments) if named else latent_groups(seen.data)
    where = f"{name_of(source)}: {seen.paid:,} payments of {len(seen.names):,} customers"
    listed = is_list(source)
    of_groups = [_distributions(seen, group, listed) for group in groups]
    habit, noise, apart = of_groups[0]
    times = _times(len(seen.names), seed)
    drawn = [bootstrap(seen.data, g.lateness, g.weight, times) for g in groups]
    drawn_pairs = [_pair(lateness, seen, listed) for lateness in drawn[0]]
    method = "random-effects likelihood, open and reminded invoices censored"
    found: list[Estimate | None] = [
        Estimate(
            HABIT, habit, f"{where}; {method}", len(seen.names),
            draws=tuple(pair[0] for pair in drawn_pairs),
            assumption="habits lie around 0: where they lie is in the noise",
        ),
        Estimate(
            NOISE, noise, f"{where}; {method}", seen.paid,
            draws=tuple(pair[1] for pair in drawn_pairs),
            misfit=apart,
            assumption=_assumed(listed),
        ),
    ]  # fmt: skip
    rules, own = _rules(seen, where, seed)
    found += rules
    for name, shares in own_shares(source).items():
        own.setdefault(name, {}).update(shares)
    described = [
        Described(
            group,
            (pair[0], pair[1]),
            tuple(_pair(lateness, seen, listed) for lateness in lateness_drawn),
        )
        for group, pair, lateness_drawn in zip(groups, of_groups, drawn, strict=True)
    ]
    value, draws = segment_models(source, seen, described, own, named, times)
    how = "named in the data" if named else f"{len(groups)} groups by how late they pay (BIC)"
    found.append(Estimate(SEGMENTS, value, f"{where}; {how}", len(seen.names), draws=draws))
    if listed:
        found += _money_at_once(where, seen.paid)
    return tuple(estimate for estimate in found if estimate is not None)


ESTIMATORS: tuple[Callable[[Source, int], tuple[Estimate, ...]], ...] = (estimate_lateness,)


def _assumed(listed: bool) -> str:
    if listed:
        return "reminders act as they did: their effect is in the days late"
    return (
        "the float of each way to pay is the usual one; beyond the first reminder the tail is "
        "that of the family"
    )


def _pair(
    lateness: Lateness, seen: Observations, listed: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return habit and noise in the form of a model file."""
    low = seen.earliest_days - 1.0 if listed else min(_LOG_FLOOR_DAYS, seen.earliest_days)
    high = max(seen.latest_days + 1.0, 30.0) if listed else _LOG_CAP_DAYS
    width = round(lateness.habit, 4)
    most = round(6 * width + 1, 1)
    bounds = {"floor": -most, "cap": most}
    if lateness.habit_family == "normal":
        habit = {"distribution": "normal", "mean": 0.0, "sd": width, **bounds}
    else:
        habit = {"distribution": "student_t", "df": HABIT_DF, "location": 0.0, "scale": width}
        habit |= {"floor": -2 * most, "cap": 2 * most}
    centre, scale = round(lateness.location, 4), round(lateness.scale, 4)
    limits = {"floor": low, "cap": high}
    if lateness.df > _NORMAL_DF:
        return habit, {"distribution": "normal", "mean": centre, "sd": scale, **limits}
    noise = {
        "distribution": "student_t", "df": round(lateness.df, 4),
        "location": centre, "scale": scale, **limits,
    }  # fmt: skip
    return habit, noise


def _distributions(
    seen: Observations, group: Group, listed: bool
) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Return habit and noise of a group, and how far the family of the noise is from the data."""
    habit, noise = _pair(group.lateness, seen, listed)
    found = noise_shares(seen.data, group.lateness, group.weight, _EM_ROUNDS)
    apart = misfit(group.lateness, found)
    if listed and apart > WORST_FIT:
        noise = {"distribution": "empirical", "shares": _merged(residuals(), found)}
    return habit, noise, apart


def _merged(
    values: npt.NDArray[np.float64], chances: npt.NDArray[np.float64]
) -> dict[float, float]:
    """Return values with their shares, neighbours together until they weigh enough."""
    found: dict[float, float] = {}
    weight = product = 0.0
    for value, chance in zip(values.tolist(), chances.tolist(), strict=True):
        weight, product = weight + chance, product + chance * value
        if weight >= _SMALLEST_SHARE:
            found[round(product / weight, 2)] = round(weight, 6)
            weight = product = 0.0
    if weight > 0:
        at = round(product / weight, 2)
        found[at] = found.get(at, 0.0) + round(weight, 6)
    largest = max(found, key=lambda value: found[value])
    found[largest] = round(found[largest] + 1 - sum(found.values()), 6)
    return found


def _times(customers: int, seed: int) -> npt.NDArray[np.float64]:
    """Return how often each customer is drawn in each bootstrap draw; (draws, customers)."""
    rng = np.random.default_rng([seed, crc32(b"lateness")])
    chances = np.full(customers, 1 / customers)
    return rng.multinomial(customers, chances, size=DRAWS).astype(np.float64)


def _rules(
    seen: Observations, where: str, seed: int
) -> tuple[list[Estimate | None], dict[str, dict[str, float]]]:
    """Return the shares of the payment rules, and those of the segments that stand apart."""
    if not seen.dated:
        return [_none_seen(WEEKLY, where, seen), _none_seen(WHEN_DUE, where, seen)], {}
    rules = seen.rules
    own: dict[str, dict[str, float]] = {}
    weekly = rules.run != ANY_DAY
    found: list[Estimate | None] = []
    names = np.array([name or "" for name in seen.segments])
    for path, flags, asked in (
        (WEEKLY, weekly, rules.known),
        (WHEN_DUE, rules.when_due, rules.known & ~weekly),
    ):
        counts = counted(names[asked].tolist(), flags[asked].tolist())
        (hits, total), apart = standing_apart(counts)
        found.append(share(path, hits, total, f"{where}; by their weekdays", seed))
        for name, (own_hits, own_total) in apart.items():
            key = path.removeprefix("customers.")
            own.setdefault(name, {})[key] = round(own_hits / own_total, 4)
    return found, own


def _none_seen(path: str, where: str, seen: Observations) -> Estimate:
    return Estimate(
        path, 0.0, f"{where}; no weekdays", seen.paid, draws=(0.0,) * DRAWS,
        assumption="the file tells no weekday: what payment runs do is in the noise",
    )  # fmt: skip


def _money_at_once(where: str, paid: int) -> list[Estimate | None]:
    """Return what makes the model's money arrive on the days of a list, which say no more."""
    told = "the list has one date for the money: float and statement are in the days late"
    run = {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["18:00"]}
    values = {
        "customers.payment_method_shares": {"wire": 1.0},
        "customers.payment_float_days": {"wire": {"distribution": "constant", "value": 0.0}},
        "cash_application.statement_run": run,
    }
    return [Estimate(path, v, where, paid, assumption=told) for path, v in values.items()]
