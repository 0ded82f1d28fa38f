"""Effort: how many minutes of a person's time each task takes.

With starts in the log, a task takes the working time between its start and its end: a night in
between is not work. Without them, it takes the time since the same person ended the task before,
if that was a short while ago (user tracking; domain reference, section 4.6).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration import families
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.human_work import HumanWork, human_work
from mining.calibration.proportions import generator, interval
from mining.calibration.task_minutes import (
    SESSION_MINUTES,
    lines_of_deliveries,
    of_orders,
    task_minutes,
)
from o2c_sim import vocabulary as v

# Fewer tasks tell no distribution.
LEAST_TASKS = 10

IDENTIFIABLE = (
    "capture.touch_minutes",
    "capture.quotation_minutes",
    "capture.clarification_touch_minutes",
    "capture.correction_minutes",
    "credit.review_touch_minutes",
    "changes.touch_minutes",
    "fulfilment.date_change_touch_minutes",
    "fulfilment.pick_minutes_per_order",
    "fulfilment.pick_minutes_per_line",
    "billing.block_touch_minutes",
    "billing.correction_touch_minutes",
    "collections.touch_minutes",
    "disputes.touch_minutes",
    "returns.authorise_touch_minutes",
    "returns.inspect_touch_minutes",
    "cash_application.touch_minutes",
)
NOT_IDENTIFIABLE = {
    "disputes.touch_minutes": "where reasons have minutes of their own, all are mixed here: the "
    "log does not say why an invoice was disputed",
    "fulfilment.pick_minutes_per_line": "without starts, or without lines, it is in the minutes "
    "per order",
}

_GAP = (
    f"no starts: minutes since the same person's task before, if at most {SESSION_MINUTES:.0f}; too"
    " long by waiting for work within a session, too short for what is closed together"
)
_WORKING = "working time of the people's calendar between start and end"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Touch:
    """A parameter that is the minutes of some activities; *factor* of what is seen of each."""

    path: str
    activities: tuple[str, ...]
    factor: float = 1.0


_TOUCHES = (
    _Touch("capture.quotation_minutes", (v.CREATE_QUOTATION,)),
    _Touch("capture.correction_minutes", (v.CORRECT_ORDER,)),
    _Touch("credit.review_touch_minutes", (v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)),
    _Touch("changes.touch_minutes", (v.CHANGE_ORDER, v.REJECT_ORDER_LINE, v.CANCEL_ORDER)),
    _Touch("fulfilment.date_change_touch_minutes", (v.CHANGE_DELIVERY_DATE,)),
    _Touch("billing.block_touch_minutes", (v.REMOVE_BILLING_BLOCK,)),
    _Touch("billing.correction_touch_minutes", (v.SEND_INVOICE, v.CANCEL_INVOICE)),
    _Touch("collections.touch_minutes", (v.CALL_CUSTOMER,)),
    _Touch("disputes.touch_minutes", (v.RESOLVE_DISPUTE,)),
    _Touch("returns.authorise_touch_minutes", (v.AUTHORISE_RETURN,)),
    _Touch("returns.inspect_touch_minutes", (v.INSPECT_RETURN,)),
    _Touch("cash_application.touch_minutes", (v.CLEAR_INVOICE, v.APPLY_PAYMENT, v.REFUND_CUSTOMER)),
)


def estimate_effort(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Estimate the minutes of a person's time for each kind of task that the log shows."""
    work = human_work(source)
    if work is None:
        return ()
    tasks = task_minutes(work, source)
    note = _WORKING if work.has_starts else _GAP
    said = f"{source.name}: {{}} tasks of people"

    def of(path: str, minutes: Floats) -> list[Estimate]:
        return _distribution(path, minutes, said.format(minutes.size), note, seed)

    found = _entries(tasks, source, of)
    found += _clarifications(tasks, work, source, of)
    for touch in _TOUCHES:
        rows = tasks.filter(pl.col("activity").is_in(list(touch.activities)))
        found += of(touch.path, rows["minutes"].to_numpy() * touch.factor)
    return (*found, *_picking(tasks, work, source, seed))


def _distribution(path: str, minutes: Floats, said: str, note: str, seed: int) -> list[Estimate]:
    """Return the distribution of minutes as an estimate, if there are enough."""
    if minutes.size < LEAST_TASKS:
        return []
    fitted = families.fit(minutes)
    # Each parameter is resampled for itself: else those with as many tasks would move together.
    drawn = families.refits(fitted, minutes, seed=zlib.crc32(f"{seed} {path}".encode()))
    return [
        Estimate(path, fitted.value, said, minutes.size, None, None, tuple(drawn), fitted.ks, note)
    ]


def _entries(
    tasks: pl.DataFrame, source: Source, of: Callable[[str, Floats], list[Estimate]]
) -> list[Estimate]:
    """Return the minutes of an order entry by channel: one for all, where there are none."""
    entries = tasks.filter(pl.col("activity") == v.CREATE_SALES_ORDER)
    by_order = of_orders(entries, source)
    parts = {}
    for channel in ("email", "phone"):
        own = by_order.filter(pl.col("channel") == channel)["minutes"].to_numpy()
        if own.size < LEAST_TASKS:
            own = entries["minutes"].to_numpy()
        estimates = of("capture.touch_minutes", own)
        if not estimates:
            return []
        parts[channel] = estimates[0]
    first = parts["email"]
    return [
        Estimate(
            first.path,
            {channel: one.value for channel, one in parts.items()},
            f"{source.name}: {entries.height} orders entered by people",
            entries.height,
            draws=tuple(
                dict(zip(parts, values, strict=True))
                for values in zip(*(one.draws for one in parts.values()), strict=True)
            ),
            misfit=max(one.misfit or 0.0 for one in parts.values()),
            assumption=first.assumption,
        )
    ]


def _clarifications(
    tasks: pl.DataFrame,
    work: HumanWork,
    source: Source,
    of: Callable[[str, Floats], list[Estimate]],
) -> list[Estimate]:
    """Return the minutes of a clarification: half of it to ask, half to amend the order.

    Where only the removal of the block is in the log, all of it is there.
    """
    asked = tasks.filter(pl.col("activity") == v.CLARIFY_ORDER)["minutes"].to_numpy()
    if asked.size:
        return of("capture.clarification_touch_minutes", 2 * asked)
    removed = tasks.filter(pl.col("activity") == v.REMOVE_ORDER_BLOCK)["minutes"].to_numpy()
    return of("capture.clarification_touch_minutes", removed)


def _picking(tasks: pl.DataFrame, work: HumanWork, source: Source, seed: int) -> list[Estimate]:
    """Return the minutes of a pick: by the line, and what is left for the order.

    Least squares on the number of lines, so that no family need be assumed; what is left of no
    pick is below 0.
    """
    picks = tasks.filter(pl.col("activity") == v.PICK_AND_PACK)
    note = _WORKING if work.has_starts else _GAP
    if picks.height < LEAST_TASKS:
        return []
    counted = picks.join(
        lines_of_deliveries(source), on="event", how="inner", maintain_order="left"
    )
    minutes, lines = counted["minutes"].to_numpy(), counted["lines"].to_numpy().astype(np.float64)
    said = f"{source.name}: {picks.height} picks"
    path = "fulfilment.pick_minutes_per_order"
    if minutes.size < 3 * LEAST_TASKS or np.unique(lines).size < 2 or not work.has_starts:
        return _distribution(path, picks["minutes"].to_numpy(), said, note, seed)
    per_line = _slope(minutes, lines)
    rest = _least(minutes - per_line * lines)
    rng = generator(seed, "fulfilment.pick_minutes_per_line")
    slopes = []
    for _ in range(_RESAMPLES):
        drawn = rng.integers(minutes.size, size=minutes.size)
        slopes.append(_slope(minutes[drawn], lines[drawn]))
    low, high = interval(slopes)
    fitted = families.fit(rest)
    orders = [
        families.refits(fitted, _least(minutes - slope * lines), seed=seed + i, draws=1)[0]
        for i, slope in enumerate(slopes[:DRAWS])
    ]
    return [
        Estimate("fulfilment.pick_minutes_per_line", per_line, said, minutes.size, low, high,
                 tuple(slopes[: DRAWS]), assumption=note),
        Estimate(path, fitted.value, said, minutes.size, None, None, tuple(orders), fitted.ks,
                 note),
    ]  # fmt: skip


_RESAMPLES = 200
_SHORTEST_MINUTES = 0.01


def _slope(minutes: Floats, lines: Floats) -> float:
    """Return the minutes a line, such that no pick takes less than nothing."""
    spread = lines - lines.mean()
    variance = float((spread**2).sum())
    slope = float((spread * minutes).sum()) / variance if variance else 0.0
    return min(max(slope, 0.0), float((minutes / lines).min()))


def _least(minutes: Floats) -> Floats:
    return np.maximum(minutes, _SHORTEST_MINUTES)


ESTIMATORS = (estimate_effort,)
