"""The day agreed with the customer, and whether a wish for another one would have been seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.desk import Desk, local_hours
from mining.calibration.estimate import Source
from mining.calibration.onset import Seen, fit_onset, quantiles_between
from mining.calibration.order_life import order_life
from mining.calibration.order_view import OrderView
from mining.calibration.proportions import generator
from o2c_sim import vocabulary as v

Floats = npt.NDArray[np.float64]

_MIDPOINTS = (np.arange(6) + 0.5) / 6
_SHORTEST_HOURS = 1e-3
# A company delivers at least once a day, where nothing else is known.
_RUN_HOURS = 24.0
_ROUNDS = 50
# How far the date wanted may be from what it says of a delivery: the time to dispatch differs.
_DOUBT_HOURS = 72.0
# The share of the orders that are wanted sooner than any promise takes.
_AT_ONCE = 0.05
_LEAST_DATES = 30


@dataclass(frozen=True, slots=True)
class Agreed:
    """Orders with the day on which their delivery was to be made; times are local hours.

    Parameters
    ----------
    order
        Numbers of the orders.
    confirmed, closed
        From the confirmation until no line was open, or until the end of the log.
    due, due_from
        The delivery run in which the goods were wanted, and the run before it.
    is_open
        Whether a line is open at the end of the log.
    """

    order: npt.NDArray[np.int64]
    confirmed: Floats
    closed: Floats
    due: Floats
    due_from: Floats
    is_open: npt.NDArray[np.bool_]

    def of(self, kept: npt.NDArray[np.bool_]) -> Agreed:
        """Return some of them."""
        return Agreed(*(getattr(self, name)[kept] for name in self.__slots__))


def agreed_dates(source: Source, view: OrderView) -> Agreed:
    """Return when orders were wanted, by the last date agreed.

    A log with the date on which the customer wants the goods tells it, less what lies between a
    delivery's making and that date: the same for all orders, and what is left of it where the
    goods are wanted at once. Else, and where the delivery was sooner, the delivery tells it.
    """
    life = order_life(view)
    confirmed, closed = (local_hours(life[name], source.zone) for name in ("confirmed", "closed"))
    due = closed
    rows = source.log.objects
    if "requested_date" in rows.columns:
        dates = rows.select(pl.col("object").alias("order"), pl.col("requested_date").alias("on"))
        wanted = life.join(dates, on="order", how="left", maintain_order="left")["on"]
        hours = wanted.cast(pl.Datetime("us")).to_physical().cast(pl.Float64).to_numpy() / 3.6e9
        known = ~np.isnan(hours)
        if known.sum() >= _LEAST_DATES:
            ahead = hours - np.floor(confirmed / 24) * 24
            promise = np.quantile(ahead[known], _AT_ONCE)
            told = confirmed + np.maximum(ahead - promise, 0.0)
            is_open = life["is_open"].to_numpy()
            # A delivery that comes much later than it was wanted had to wait for its goods.
            waited = known & (is_open | (told < closed - _DOUBT_HOURS))
            due = np.where(waited, told + _DOUBT_HOURS / 2, closed)
    made = view.of(v.CREATE_DELIVERY)["time"].unique().sort()
    runs = local_hours(made, source.zone)
    place = np.searchsorted(runs, due - _SHORTEST_HOURS) - 1
    before = np.where(place >= 0, runs[place.clip(min=0)], -np.inf) if runs.size else due
    before = np.where(due < closed, np.minimum(before, due - _DOUBT_HOURS), before)
    due_from = np.maximum(np.maximum(before, due - 7 * _RUN_HOURS), confirmed)
    return Agreed(
        life["order"].cast(pl.Int64).to_numpy(),
        confirmed,
        closed,
        due,
        np.minimum(due_from, due),
        life["is_open"].to_numpy(),
    )


def leads_hours(orders: Agreed, seed: int) -> Floats:
    """Return from the confirmation until the goods are wanted, shape (orders, positions), hours.

    All that a run tells is that it was since the run before: how likely each moment between them
    is, the leads of all orders tell together.
    """
    latest = np.maximum(orders.due - orders.confirmed, _SHORTEST_HOURS)
    earliest = np.minimum(orders.due_from - orders.confirmed, latest)
    rng = generator(seed, "fulfilment.lead")
    onset = fit_onset(Seen(earliest, latest), rng, always=True)
    return quantiles_between(onset, earliest, latest, _MIDPOINTS)


def would_be_seen(begin: Floats, left: Floats, closed: Floats, people: Desk | None) -> Floats:
    """Return the probability that a wish for a later date would have been seen, shape (cases,).

    Parameters
    ----------
    begin
        From when the customer could have asked, local hours.
    left
        How long until the goods are wanted, shape (cases, positions), hours; it asks at any
        moment of that time, all equally likely.
    closed
        When the last line was delivered, or the log ended: too late for the desk.
    people
        The desk; None if it always comes in time.
    """
    asked = begin[:, None] + (left[:, :, None] * _MIDPOINTS).reshape(len(begin), -1)
    done = asked if people is None else people.next_begin(asked.ravel()).reshape(asked.shape)
    # Without a time to ask in, nobody asks.
    chance: Floats = np.where(left.mean(axis=1) > 0, (done < closed[:, None]).mean(axis=1), 0.0)
    return chance


def cases_behind(chance: Floats, asked: int) -> float:
    """Return of how many cases it would have been seen, those in which it was included.

    Parameters
    ----------
    chance
        Of the cases in which it was not, that it would have been; these stand for all cases, as
        whether a customer asks does not depend on how soon the goods are wanted.
    asked
        In how many it was seen.
    """
    if not asked:
        return float(chance.sum())
    # A case that would have shown it, and does not, stands for more than itself.
    share = asked / (asked + len(chance))
    for _ in range(_ROUNDS):
        cases = float((chance / (1 - share * chance).clip(1e-3)).sum())
        share = min(asked / max(cases, asked), 0.99)
    return asked / share
