"""A log in two parts, one used and one held out, and the runs that are compared with them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mining.calibration.estimate import Source
from mining.calibration.log_statistics import LEAST, LogStatistics, log_statistics, loss
from mining.calibration.order_view import order_view
from o2c_sim import CompanyModel, Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.assembly import ROLE_TITLES

HELD_OUT_SHARE = 0.2
WARM_UP_DAYS = 56
MOST_DAYS = 90
_LEAST_DAYS = 14
_MOST_ORDERS = 2_500


@dataclass(frozen=True, slots=True)
class TrialRun:
    """What a run shows, over as many days as each part of the log, and how busy each role is."""

    used: LogStatistics
    held_out: LogStatistics
    utilisation: dict[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """The log, in a part that is used and one that is held out, and the runs to compare it with."""

    real: LogStatistics
    held_out: LogStatistics
    days: int
    held_out_days: int
    seed: int

    @classmethod
    def of(cls, source: Source, seed: int) -> Trial | None:
        """Return the parts of a log; None if it is too short for two, or has too few orders."""
        view = order_view(source)
        if view is None or view.events.is_empty():
            return None
        events = view.events.select("order", "activity", "time")
        last = events["time"].max()
        # The quotation of an order may be far older than the log.
        first = events["time"].min() if source.since is None else view.orders["received"].min()
        assert isinstance(first, dt.datetime)
        assert isinstance(last, dt.datetime)
        whole = (last - first).total_seconds() / 86_400
        held_out = min(MOST_DAYS, int(whole * HELD_OUT_SHARE))
        orders_a_day = events["order"].n_unique() / max(whole, 1.0)
        most = min(MOST_DAYS, int(_MOST_ORDERS / max(orders_a_day, 1e-9)))
        days = min(most, int(whole) - held_out)
        if days < _LEAST_DAYS or held_out < 1:
            return None
        split = last - dt.timedelta(days=held_out)
        begin = split - dt.timedelta(days=days)
        used = log_statistics(events, begin, split)
        left = log_statistics(events, split, last + dt.timedelta(microseconds=1))
        if min(used.orders, left.orders) < LEAST:
            return None
        return cls(used, left, days, held_out, seed)

    def run(self, company: CompanyModel) -> TrialRun:
        """Simulate as many days as the log's part has, and look at them in the same way."""
        whole = max(self.days, self.held_out_days)
        run = simulate(company, seed=self.seed, window=Window(WARM_UP_DAYS, whole, 0))
        view = order_view(Source(run.log, v.ORDER, company.zone, "simulated"))
        assert view is not None
        events = view.events.select("order", "activity", "time")
        midnight = dt.datetime.combine(company.start_date, dt.time())
        begin = midnight + dt.timedelta(days=WARM_UP_DAYS)
        parts = (
            log_statistics(events, begin, begin + dt.timedelta(days=days), real.lag_hours)
            for days, real in (
                (self.days, self.real),
                (self.held_out_days, self.held_out),
            )
        )
        used, held_out = parts
        labels = {label: role for role, label in ROLE_TITLES.items()}
        rows = zip(run.utilisation["role"], run.utilisation["utilisation"], strict=True)
        return TrialRun(used, held_out, {labels[str(label)]: float(share) for label, share in rows})

    def loss(self, run: TrialRun) -> float:
        """Return how far a run is from the part of the log that is used."""
        return loss(self.real, run.used)

    def held_out_loss(self, run: TrialRun) -> float:
        """Return how far it is from the part that is held out."""
        return loss(self.held_out, run.held_out)
