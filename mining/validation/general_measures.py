"""How far simulated logs lie from a real one in what people ask of a process.

The published distances say in one number that something is off; these say what: which activities
occur too often, at which hours, in which sequences, after which waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from mining.validation.log_profile import FEWEST_LAGS, LogProfile, Reals


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Share of cases in which an activity occurs.

    Parameters
    ----------
    activity
        Its name.
    test, simulated, train
        In the test log, in the mean of the runs, in the training log; shares of cases.
    """

    activity: str
    test: float
    simulated: float
    train: float


@dataclass(frozen=True, slots=True)
class Lag:
    """The distribution of the hours that a step takes.

    Parameters
    ----------
    source, target
        From the end of one activity to the start of the next; without a target, from the start
        to the end of the activity itself.
    count
        Occurrences in the test log.
    wasserstein_hours, ks
        Of the distribution in all runs together from that in the test log: earth mover's distance
        and largest gap between the distribution functions.
    train_wasserstein_hours, train_ks
        The same of the training log, which no faithful model can be expected to undercut.
    """

    source: str
    target: str
    count: int
    wasserstein_hours: float
    ks: float
    train_wasserstein_hours: float
    train_ks: float


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of the test log beside its 95 % band over runs.

    Parameters
    ----------
    name
        Key.
    test, simulated, train
        The figure in the test log, the mean of the runs, in the training log.
    low, high
        Limits within which 95 % of runs fall, from the t distribution; equal with one run.
    """

    name: str
    test: float
    simulated: float
    train: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the test log could be one of the runs."""
        return self.low <= self.test <= self.high


@dataclass(frozen=True, slots=True)
class GeneralMeasures:
    """All of them.

    Parameters
    ----------
    prevalence
        Of each activity, by name.
    weekday, hour
        Share of events that would have to move to another weekday, or hour of the day (UTC), to
        make the simulated log like the test log; ``simulated`` and ``train``.
    variants
        Share of test cases whose sequence of activities occurs in a ``simulated`` log (of as many
        cases as the test log), and in the whole ``train`` log.
    lags
        Steps with at least 20 occurrences in every log, the most frequent first.
    kpis
        Cycle times, cases a week and events a case.
    """

    prevalence: tuple[Prevalence, ...]
    weekday: dict[str, float]
    hour: dict[str, float]
    variants: dict[str, float]
    lags: tuple[Lag, ...]
    kpis: tuple[Kpi, ...]

    @property
    def prevalence_gap(self) -> float:
        """Largest difference of a prevalence from the test log's, as a share of cases."""
        return max(abs(one.simulated - one.test) for one in self.prevalence)

    @property
    def lag_ratio(self) -> float:
        """Earth mover's distance of the lags over that of the training log; NaN without lags.

        Both are means over the steps, weighted by their occurrences.
        """
        simulated = sum(one.count * one.wasserstein_hours for one in self.lags)
        train = sum(one.count * one.train_wasserstein_hours for one in self.lags)
        return simulated / train if train else float("nan")


def general_measures(
    runs: Sequence[LogProfile], test: LogProfile, train: LogProfile
) -> GeneralMeasures:
    """Compare simulated logs with the test log, and the training log beside them.

    Parameters
    ----------
    runs
        Profiles of the simulated logs, at least one.
    test, train
        Profiles of the real logs.
    """
    days = (7, 24)
    return GeneralMeasures(
        prevalence=_prevalence(runs, test, train),
        weekday={
            "simulated": fmean(_apart(_by(run, 1, days), _by(test, 1, days)) for run in runs),
            "train": _apart(_by(train, 1, days), _by(test, 1, days)),
        },
        hour={
            "simulated": fmean(_apart(_by(run, 0, days), _by(test, 0, days)) for run in runs),
            "train": _apart(_by(train, 0, days), _by(test, 0, days)),
        },
        variants={
            "simulated": fmean(covered(run, test) for run in runs),
            "train": covered(train, test),
        },
        lags=_lags(runs, test, train),
        kpis=_kpis(runs, test, train),
    )


def covered(log: LogProfile, test: LogProfile) -> float:
    """Return the share of test cases whose sequence of activities the other log shows."""
    shown = sum(count for variant, count in test.variants.items() if variant in log.variants)
    return shown / sum(test.variants.values())


def _by(profile: LogProfile, axis: int, shape: tuple[int, int]) -> Reals:
    return np.asarray(profile.week.reshape(shape).sum(axis=axis))


def _apart(shares: Reals, others: Reals) -> float:
    return float(np.abs(shares - others).sum() / 2)


def _prevalence(
    runs: Sequence[LogProfile], test: LogProfile, train: LogProfile
) -> tuple[Prevalence, ...]:
    names = sorted({*test.prevalence, *train.prevalence, *(n for r in runs for n in r.prevalence)})
    return tuple(
        Prevalence(
            activity=name,
            test=test.prevalence.get(name, 0.0),
            simulated=fmean(run.prevalence.get(name, 0.0) for run in runs),
            train=train.prevalence.get(name, 0.0),
        )
        for name in names
    )


def _lags(runs: Sequence[LogProfile], test: LogProfile, train: LogProfile) -> tuple[Lag, ...]:
    everywhere = [
        step
        for step in test.lags_hours
        if all(
            log.lags_hours.get(step, np.empty(0)).size >= FEWEST_LAGS
            for log in (test, train, *runs)
        )
    ]
    found = []
    for source, target in everywhere:
        real = test.lags_hours[source, target]
        together = np.concatenate([run.lags_hours[source, target] for run in runs])
        wasserstein, ks = _distances(together, real)
        train_wasserstein, train_ks = _distances(train.lags_hours[source, target], real)
        found.append(
            Lag(
                source=source,
                target=target,
                count=real.size,
                wasserstein_hours=wasserstein,
                ks=ks,
                train_wasserstein_hours=train_wasserstein,
                train_ks=train_ks,
            )
        )
    return tuple(sorted(found, key=lambda lag: (-lag.count, lag.source, lag.target)))


def _distances(values: Reals, others: Reals) -> tuple[float, float]:
    from scipy.stats import wasserstein_distance

    values, others = np.sort(values), np.sort(others)
    at = np.concatenate([values, others])
    gaps = np.searchsorted(values, at, "right") / values.size
    gaps = gaps - np.searchsorted(others, at, "right") / others.size
    return float(wasserstein_distance(values, others)), float(np.abs(gaps).max())


def _figures(profile: LogProfile) -> dict[str, float]:
    cycle = profile.cycle_hours
    span = float(profile.arrivals_hours.sum())
    return {
        "mean_cycle_hours": float(cycle.mean()),
        "median_cycle_hours": float(np.median(cycle)),
        "p90_cycle_hours": float(np.quantile(cycle, 0.9)),
        "cases_per_week": profile.arrivals_hours.size / span * 168 if span else float("nan"),
        "events_per_case": profile.events_per_case,
    }


def _kpis(runs: Sequence[LogProfile], test: LogProfile, train: LogProfile) -> tuple[Kpi, ...]:
    real, past = _figures(test), _figures(train)
    made = [_figures(run) for run in runs]
    found = []
    for name, value in real.items():
        values = np.array([figures[name] for figures in made])
        half = _half_width(values)
        middle = float(values.mean())
        found.append(Kpi(name, value, middle, past[name], middle - half, middle + half))
    return tuple(found)


def _half_width(values: Reals) -> float:
    """Return the half width of the interval for one more run like those at hand."""
    if values.size < 2:
        return 0.0
    from scipy.stats import t

    spread = float(values.std(ddof=1)) * (1 + 1 / values.size) ** 0.5
    return float(t.ppf(0.975, values.size - 1) * spread)
