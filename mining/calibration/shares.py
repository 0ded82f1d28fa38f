"""Shares: how many of so many, with an interval and draws; and which group's share stands apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np
from scipy import stats

from mining.calibration.estimate import DRAWS, Estimate

# A group has a share of its own if it differs from the others so surely.
_APART = 0.01
# From so many on a group is told alone.
_ENOUGH = 20


def share(
    path: str, hits: int, total: int, source: str, seed: int, assumption: str = ""
) -> Estimate | None:
    """Return a share as an estimate; None of nothing.

    The interval is that of Jeffreys: the 2.5 and 97.5 % points of a beta distribution with half
    an observation added to either side (Brown, Cai and DasGupta, "Interval Estimation for a
    Binomial Proportion", 2001), with 0 or 1 where none or all are hits. The draws come from it.

    Parameters
    ----------
    path
        Of the parameter.
    hits, total
        Independent trials, such as customers or invoices.
    source
        Where they come from.
    seed
        Of the draws.
    assumption
        As in :class:`Estimate`.
    """
    if total < 1:
        return None
    posterior = stats.beta(hits + 0.5, total - hits + 0.5)
    low = 0.0 if hits == 0 else float(posterior.ppf(0.025))
    high = 1.0 if hits == total else float(posterior.ppf(0.975))
    rng = np.random.default_rng([seed, crc32(path.encode())])
    draws = posterior.ppf(rng.uniform(size=DRAWS)).tolist()
    return Estimate(path, hits / total, source, total, low, high, tuple(draws), None, assumption)


def shares(
    path: str, counts: Mapping[str, int], source: str, seed: int, assumption: str = ""
) -> Estimate | None:
    """Return the shares of several kinds, which add up to 1; None of nothing.

    The draws come from a Dirichlet distribution with half an observation added to each kind that
    was seen.
    """
    total = sum(counts.values())
    if total < 1:
        return None
    seen = {name: count for name, count in counts.items() if count}
    rng = np.random.default_rng([seed, crc32(path.encode())])
    draws = rng.dirichlet(np.array(list(seen.values())) + 0.5, size=DRAWS)
    value = _summing_to_one(dict(zip(seen, (np.array(list(seen.values())) / total), strict=True)))
    drawn = tuple(_summing_to_one(dict(zip(seen, row, strict=True))) for row in draws)
    return Estimate(path, value, source, total, draws=drawn, assumption=assumption)


def standing_apart(
    counts: Mapping[str, tuple[int, int]], base: str = ""
) -> tuple[tuple[int, int], dict[str, tuple[int, int]]]:
    """Return the counts of what is alike, and those of the groups that stand apart.

    Where the base is large enough to be told alone, it is, and so is each group that is; smaller
    groups then say nothing. Otherwise a group stands apart if its share differs from that of the
    others at the 1 % level (Fisher's exact test); the surest one first.

    Parameters
    ----------
    counts
        Hits and total by group.
    base
        The group that never stands apart.
    """
    if counts.get(base, (0, 0))[1] >= _ENOUGH:
        own = {name: pair for name, pair in counts.items() if name != base and pair[1] >= _ENOUGH}
        return counts[base], own
    rest, apart = dict(counts), {}
    while len(rest) > 1:
        tests = {
            name: stats.fisher_exact(_table(rest, name)).pvalue for name in rest if name != base
        }
        if not tests or min(tests.values()) >= _APART:
            break
        surest = min(tests, key=lambda name: (tests[name], name))
        apart[surest] = rest.pop(surest)
    return (sum(h for h, _ in rest.values()), sum(t for _, t in rest.values())), apart


def _table(counts: Mapping[str, tuple[int, int]], name: str) -> list[list[int]]:
    hits, total = counts[name]
    others = [pair for key, pair in counts.items() if key != name]
    other_hits, other_total = sum(h for h, _ in others), sum(t for _, t in others)
    return [[hits, total - hits], [other_hits, other_total - other_hits]]


def _summing_to_one(values: Mapping[str, float]) -> dict[str, float]:
    rounded = {name: round(float(value), 6) for name, value in values.items()}
    largest = max(rounded, key=lambda name: rounded[name])
    rounded[largest] = round(rounded[largest] + 1 - sum(rounded.values()), 6)
    return rounded


def counted(names: Sequence[str], flags: Sequence[bool]) -> dict[str, tuple[int, int]]:
    """Return hits and total by group."""
    found: dict[str, tuple[int, int]] = {}
    for name, flag in zip(names, flags, strict=True):
        hits, total = found.get(name, (0, 0))
        found[name] = hits + bool(flag), total + 1
    return found
