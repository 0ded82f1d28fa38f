"""What a validation's pictures are drawn from: quantiles of lags, shares of weekdays and hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

Reals = npt.NDArray[np.float64]
# (source, target) to the lags of the training log, of the test log and of each simulated one.
Lags = Mapping[tuple[str, str], tuple[Reals, Reals, Sequence[Reals]]]

# The lowest and highest percent are left out: a single case would draw them.
SHARES = tuple(round(0.01 + 0.02 * step, 2) for step in range(50))
_NUMBERS = ("train", "test", "simulated", "low", "high")


def quantile_curves(lags: Lags) -> pl.DataFrame:
    """Return the quantiles of lags in training, test and simulated logs.

    Parameters
    ----------
    lags
        In days.

    Returns
    -------
    polars.DataFrame
        For each lag one row a share of :data:`SHARES`: ``source``, ``target``, ``share`` (0 to 1),
        ``train``, ``test``, ``simulated`` (all runs together), ``low`` and ``high`` (the range of
        the runs), days, by linear interpolation between order statistics (Hyndman and Fan 1996,
        type 7). Null where a log has no such lag.
    """
    rows: list[dict[str, object]] = []
    for (source, target), (train, test, runs) in lags.items():
        shown = [run for run in runs if run.size]
        parts = {"train": _quantiles(train), "test": _quantiles(test)}
        parts["simulated"] = _quantiles(np.concatenate(shown) if shown else np.empty(0))
        single = np.array([_quantiles(run) for run in shown])
        parts["low"] = single.min(axis=0) if shown else _quantiles(np.empty(0))
        parts["high"] = single.max(axis=0) if shown else _quantiles(np.empty(0))
        for place, share in enumerate(SHARES):
            values = {name: float(part[place]) for name, part in parts.items()}
            rows.append({"source": source, "target": target, "share": share, **values})
    schema = {"source": pl.String, "target": pl.String, "share": pl.Float64}
    table = pl.DataFrame(rows, schema=schema | dict.fromkeys(_NUMBERS, pl.Float64))
    return table.with_columns(pl.col(_NUMBERS).fill_nan(None))


def clock_shares(train: Reals, test: Reals, runs: Sequence[Reals]) -> pl.DataFrame:
    """Return on which weekdays and in which hours events happen.

    Parameters
    ----------
    train, test, runs
        Share of the events in each of the 168 hours of the week, Monday 0:00 first.

    Returns
    -------
    polars.DataFrame
        ``part`` (``weekday`` or ``hour``), ``step`` (1 is Monday; 0 to 23), ``train``, ``test``,
        ``simulated`` (mean of the runs), ``low`` and ``high`` (their range), shares 0 to 1.
    """
    rows: list[dict[str, object]] = []
    for part, axis, first in (("weekday", 1, 1), ("hour", 0, 0)):
        past, real = _by(train, axis), _by(test, axis)
        made = np.array([_by(run, axis) for run in runs])
        rows += [
            {
                "part": part,
                "step": place + first,
                "train": float(past[place]),
                "test": float(real[place]),
                "simulated": float(made[:, place].mean()),
                "low": float(made[:, place].min()),
                "high": float(made[:, place].max()),
            }
            for place in range(past.size)
        ]
    schema = {"part": pl.String, "step": pl.Int64}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(_NUMBERS, pl.Float64))


def week_shares(times: pl.Series) -> Reals:
    """Return the share of times in each hour of the week, Monday 0:00 first; 168 shares."""
    hour = (times.dt.weekday().cast(pl.Int64) - 1) * 24 + times.dt.hour()
    counts = np.bincount(hour.drop_nulls().to_numpy(), minlength=168)
    return np.asarray(counts / max(int(counts.sum()), 1), np.float64)


def _by(week: Reals, axis: int) -> Reals:
    return np.asarray(week.reshape(7, 24).sum(axis=axis), np.float64)


def _quantiles(values: Reals) -> Reals:
    if not values.size:
        return np.full(len(SHARES), np.nan)
    return np.asarray(np.quantile(values, SHARES), np.float64)
