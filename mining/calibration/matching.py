"""Matching by simulation: what a flat log mixes is set so that a simulated log shows the same.

A log of order lines with completion stamps does not part the wait for a decision, for goods, for
people and for a run, nor tell the orders whose lines it shows. Whole distributions are therefore
corrected, not factors: a simulated log is laid beside the training log, and each quantile of a lead
time is moved by what its lag differs there; each share by the ratio of what it makes happen. A few
rounds with the same random draws suffice. What the goods, picking and customers' own billing runs
make a delivery wait is then part of the lead times, and said so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.adoption import Value, adopt, rounded
from mining.calibration.company import Calibration
from mining.calibration.correction import (
    GIVEN_UP,
    KNOTS,
    LAGS,
    LARGE_ORDER,
    LONGEST_DAYS,
    corrected_shares,
    moved,
    parameter,
    share,
    written,
)
from mining.calibration.estimate import Estimate, Source
from mining.calibration.incidence import Incidence
from mining.calibration.lag_curve import lag_curve, plain_curve
from mining.calibration.uncertainty import uncertainty_of
from mining.validation.case_events import (
    OPENING,
    begun,
    case_events,
    day_stamps,
    in_terms_of,
    renamed,
    stamped_by_day,
)
from o2c_sim import CompanyModel, ModelChange, Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.model.section import WEEKDAYS

Floats = npt.NDArray[np.float64]

_ORDER = (v.CREATE_DELIVERY, v.POST_GOODS_ISSUE, v.CREATE_INVOICE)

_WARM_UP_DAYS, _FEWEST_DAYS = 120, 42
_CASES = 12_000
_FEWEST = 100
_SAME_HOURS = 1 / 3
_LARGE = 0.95
# Nothing comes after the measured orders; a model without demand is none.
_LITTLE = 0.01
_MICROSECONDS_PER_DAY = 86_400e6


@dataclass(frozen=True, slots=True)
class Matched:
    """What matching did.

    Parameters
    ----------
    rows
        ``what``, ``unit``, ``observed``, ``before``, ``after``: mean lags in days (``lag``) and
        shares of the cases in percent.
    runs
        Simulated runs.
    why
        Why nothing was matched; empty if something was.
    """

    rows: tuple[Mapping[str, Any], ...] = ()
    runs: int = 0
    why: str = ""


def match(
    found: Calibration,
    *,
    seed: int = 1,
    rounds: int = 4,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Calibration, Matched]:
    """Return a calibration whose simulated log has the lags and shares of a flat training log.

    Parameters
    ----------
    found
        What the estimators left.
    seed
        Of the runs.
    rounds
        How often to simulate and correct.
    progress
        Called with the number of runs done, and of all.
    """
    source = found.source
    if len(source.log.object_types) != 1 or source.case_type not in (v.ORDER, v.ORDER_LINE):
        return found, Matched(why="the log parts its documents: nothing is mixed")
    real = case_events(source.log, source.case_type)
    if real["case"].n_unique() < _FEWEST:
        return found, Matched(why=f"fewer than {_FEWEST} cases")
    stamps = day_stamps(real)
    company, _, _ = adopt(found.company, _mixed(found.company, real, stamps, source))
    observed: dict[str, Incidence] = {}
    first: dict[str, Incidence] = {}
    latest: dict[str, Incidence] = {}
    changed: dict[str, Any] = {}
    held: list[tuple[float, float]] = []
    measured = _measured_days(real)
    whole_days = _is_by_date(real)
    at = np.minimum(KNOTS, 1 - 1e-9)
    leads = {path: parameter(company, path).quantile(at) for *_, path in LAGS}
    for done in range(rounds + 1):
        shown = _simulated(company, source.case_type, seed, measured)
        progress(done + 1, rounds + 1)
        of_real, of_simulated, left_out = in_terms_of(real, set(shown["activity"].unique()))
        kept = {of_real.get(n, n) for n in real["activity"].unique()}.difference(left_out)
        past = renamed(real, of_real, kept)
        shown = stamped_by_day(renamed(shown, of_simulated, kept), stamps)
        observed, latest = _curves(past, expected=True), _curves(shown)
        first = first or latest
        if large := parameter(company, LARGE_ORDER):
            held.append((large, share(latest, v.RELEASE_CREDIT_BLOCK)))
        if done == rounds:
            break
        values = corrected_shares(company, observed, latest, held)
        for path, lead in leads.items():
            if path in observed and path in latest and len(observed[path].ages) >= _FEWEST:
                leads[path] = moved(lead, observed[path], latest[path])
                dated = whole_days and path == LAGS[0][2]
                values[path] = written(leads[path], observed[path], dated=dated)
        company, taken, _ = adopt(company, [_value(path, x, source) for path, x in values.items()])
        changed |= {one.path: one.value for one in taken}
    estimates = {one.path: one for one in found.estimates}
    count = real["case"].n_unique()
    for path, value in changed.items():
        estimates[path] = Estimate(path, value, _said(source), count, assumption=_ASSUMED)
    kept_estimates = tuple(estimates[path] for path in sorted(estimates))
    return (
        replace(
            found,
            company=company,
            estimates=kept_estimates,
            uncertainty=uncertainty_of(company, kept_estimates),
        ),
        Matched(_rows(observed, first, latest), rounds + 1),
    )


_ASSUMED = "what goods, picking and billing runs add is in the lead times"


def _said(source: Source) -> str:
    return f"{source.name}: set so that a simulated log has the lag or share of the log"


def _value(path: str, value: Any, source: Source) -> Value:
    return Value(path, rounded(value), "data", _said(source))


def _mixed(
    company: CompanyModel, real: pl.DataFrame, stamps: Mapping[str, dt.time], source: Source
) -> list[Value]:
    """Return what is told by the lead times or by the size of orders, as the log does not."""
    names = set(real["activity"].unique())
    why = f"{source.name} does not tell it apart: it is in the lead times, or in the order values"
    off: dict[str, Any] = {}
    if v.CREATE_DELIVERY in names and v.PRODUCE_GOODS not in names:
        off |= {"fulfilment.availability_check": False, "fulfilment.rescheduling_run": None}
    if v.POST_GOODS_ISSUE in names and v.PICK_AND_PACK not in names:
        always = {"days": list(WEEKDAYS), "shifts": ["00:00-24:00"]}
        off |= {
            "calendars.always": always,
            "staff.warehouse.calendar": "always",
            "fulfilment.pick_minutes_per_order": 0,
            "fulfilment.pick_minutes_per_line": 0,
            "fulfilment.short_pick_share": 0,
            "fulfilment.pickup_run": None,
        }
        if v.POST_GOODS_ISSUE in stamps:
            days = _weekdays(real, v.POST_GOODS_ISSUE)
            off["fulfilment.pickup_run"] = {"days": days, "times": ["23:59"]}
    if v.RELEASE_CREDIT_BLOCK in names:
        large = company.demand.line_value.value.quantile(np.array([_LARGE]))
        off |= {
            "credit.limit_share": 1_000,
            "credit.overdue_tolerance_days": 36_500,
            "credit.large_order_value": float(large[0]),
        }
    if v.CREATE_INVOICE in names:
        shares = ("weekly_invoice_share", "monthly_invoice_share", "collective_invoice_share")
        off |= {f"customers.{share}": 0 for share in shares}
        off |= {"customers.segments": {}, "billing.trigger": "goods_issue"}
    return [Value(path, value, "assumed", why) for path, value in off.items()]


def _weekdays(real: pl.DataFrame, activity: str) -> list[str]:
    """Return the weekdays on which something is done, but for a few times."""
    left = real.filter(pl.col("activity") == activity)
    counts = dict(left.group_by(pl.col("time").dt.weekday()).len().iter_rows())
    return [
        day for number, day in enumerate(WEEKDAYS, 1) if counts.get(number, 0) >= 0.05 * left.height
    ]


def _measured_days(real: pl.DataFrame) -> int:
    """Return in how many days about as many cases come as make the run's own chance small."""
    begins = _days(real.group_by("case").agg(pl.col("begin").first())["begin"])
    # The middle half of the cases: a log may begin with a few of long before.
    low, high = np.quantile(begins, [0.25, 0.75])
    wanted = _CASES * float(high - low) / (len(begins) / 2)
    return int(np.clip(wanted, _FEWEST_DAYS, LONGEST_DAYS))


def _simulated(
    company: CompanyModel, case_type: str, seed: int, measured_days: int
) -> pl.DataFrame:
    """Return the cases of the measured days, each followed for half a year."""
    stop = _WARM_UP_DAYS + measured_days
    few = company.demand.orders_per_week.value * _LITTLE
    quiet = override(company, {"demand.orders_per_week": few}, "after the measured days")
    window = Window(_WARM_UP_DAYS, measured_days, LONGEST_DAYS)
    changes = [ModelChange(stop, quiet)]
    log = simulate(company, seed=seed, window=window, changes=changes).log
    start = company.start_date + dt.timedelta(days=_WARM_UP_DAYS)
    return begun(case_events(log, case_type), start, start + dt.timedelta(days=measured_days))


def _curves(events: pl.DataFrame, *, expected: bool = False) -> dict[str, Incidence]:
    """Return the incidence of each lag by its path, and of each activity from the opening.

    Parameters
    ----------
    events
        Case events.
    expected
        Whether as it is to be expected from now on, rather than as it was.
    """
    firsts = events.group_by("case", "activity").agg(pl.col("time").min())
    wide = firsts.pivot(on="activity", index="case", values="time")
    wide = wide.join(events.group_by("case").agg(pl.col("begin").first()), on="case")
    end = _days(events["time"]).max()
    curves: dict[str, Incidence] = {}
    for one, other, path in LAGS:
        if {one, other} <= set(wide.columns):
            both = _still_to_come(wide.drop_nulls(one), other)
            curve = lag_curve if expected else plain_curve
            curves[path] = curve(_days(both[one]), _days(both[other]), end)
    for name in sorted(set(wide.columns) - {"case", "begin"}):
        curves[name] = plain_curve(_days(wide["begin"]), _days(wide[name]), end)
    return curves


def _still_to_come(wide: pl.DataFrame, activity: str) -> pl.DataFrame:
    """Leave out the cases that will never come to it: given up, or past it without it."""
    after = _ORDER[_ORDER.index(activity) + 1 :]
    over = [name for name in (*after, *GIVEN_UP) if name in wide.columns]
    gone = pl.any_horizontal(pl.col(name).is_not_null() for name in over) if over else pl.lit(False)
    return wide.filter(pl.col(activity).is_not_null() | ~gone)


def _days(times: pl.Series) -> Floats:
    """Return times as days, NaN where there is none."""
    days = times.cast(pl.Int64).cast(pl.Float64) / _MICROSECONDS_PER_DAY
    found: Floats = days.fill_null(float("nan")).to_numpy()
    return found


def _is_by_date(real: pl.DataFrame) -> bool:
    """Return whether deliveries are created in the hours of the orders, some days later."""
    profiles = []
    for name in (OPENING, v.CREATE_DELIVERY):
        hours = real.filter(pl.col("activity") == name)["time"].dt.hour().to_numpy()
        profiles.append(np.bincount(hours, minlength=24) / max(len(hours), 1))
    return float(np.abs(profiles[0] - profiles[1]).sum() / 2) < _SAME_HOURS


def _rows(
    observed: Mapping[str, Incidence],
    before: Mapping[str, Incidence],
    after: Mapping[str, Incidence],
) -> tuple[Mapping[str, Any], ...]:
    grid = (np.arange(200) + 0.5) / 200
    rows: list[Mapping[str, Any]] = []
    for one, other, path in LAGS:
        if all(path in curves for curves in (observed, before, after)):
            means = [float(c[path].quantile(grid).mean()) for c in (observed, before, after)]
            rows.append(_row(f"{one} to {other}", "days", means))
    for name in sorted(set(observed) - {path for *_, path in LAGS}):
        shares = [100 * share(curves, name) for curves in (observed, before, after)]
        rows.append(_row(name, "percent", shares))
    return tuple(rows)


def _row(what: str, unit: str, three: list[float]) -> Mapping[str, Any]:
    return {"what": what, "unit": unit} | dict(
        zip(("observed", "before", "after"), three, strict=True)
    )
