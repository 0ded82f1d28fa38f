"""Ranking and selection: which of a few points is best, with a stated probability to be right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import Problem, ScenarioError
from scenarios.search.evaluation import Evaluate, Point

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which point was chosen.

    Parameters
    ----------
    method
        ``kn``, ``ocba`` or ``subset``.
    best
        Index of the point with the best mean among those kept.
    kept
        Indices that may be the best; only *best* where the procedure ran to its end.
    means
        Of each point, over its replications.
    replications
        Of each point.
    confidence
        Probability that the best point is kept. KN: provided it leads by the indifference zone.
        OCBA: a cautious estimate, not a guarantee.
    """

    method: str
    best: int
    kept: tuple[int, ...]
    means: tuple[float, ...]
    replications: tuple[int, ...]
    confidence: float

    @property
    def runs(self) -> int:
        """Runs made."""
        return sum(self.replications)


def kn(
    evaluate: Evaluate,
    points: Sequence[Point],
    *,
    indifference: float,
    first_stage: int = 10,
    batch: int = 1,
    confidence: float = 0.95,
    max_runs: int = 10_000,
    maximise: bool = False,
    response: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Selection:
    """Select the best of some points with the fully sequential procedure KN.

    Variances are those of paired differences, so common random numbers make it stop sooner. With
    probability *confidence* the best is selected if it leads by *indifference*; otherwise one
    that is within it, in most cases.

    Parameters
    ----------
    evaluate, points
        What is asked, and where.
    indifference
        Smallest difference worth telling apart, in the response's unit.
    first_stage
        Replications before the first comparison; variances come from these.
    batch
        Replications between comparisons; more keep several workers busy.
    confidence
        Probability of a correct selection.
    max_runs
        Budget; where it ends, several points are kept.
    maximise
        Whether more is better.
    response
        Index among the evaluation's responses.
    progress
        Called with the runs made and the budget.

    References
    ----------
    Kim and Nelson, "A fully sequential procedure for indifference-zone selection in simulation",
    ACM TOMACS 11, 2001 (c = 1).
    """
    _require(len(points), first_stage, confidence)
    if indifference <= 0:
        raise ScenarioError(Problem(f"an indifference zone of {indifference:g}", allowed="above 0"))
    k, n0, sign = len(points), first_stage, 1.0 if maximise else -1.0
    found = sign * evaluate(points, range(n0))[:, :, response]
    runs = k * n0
    eta = 0.5 * ((2 * (1 - confidence) / (k - 1)) ** (-2 / (n0 - 1)) - 1)
    variance = _difference_variances(found)
    scale = 2 * eta * (n0 - 1) * variance
    last = floor(float(scale.max()) / indifference**2) + 1
    sums, counts = found.sum(axis=1), np.full(k, n0)
    kept, r = list(range(k)), n0
    while True:
        slack = np.maximum(0.0, (scale / indifference - indifference * r) / 2)
        worst = {i for i in kept if any(sums[i] < sums[j] - slack[i, j] for j in kept if j != i)}
        kept = [i for i in kept if i not in worst]
        more = min(batch, max(1, last - r))
        progress(runs, max_runs)
        if len(kept) == 1 or r > last or runs + more * len(kept) > max_runs:
            break
        new = sign * evaluate([points[i] for i in kept], range(r, r + more))[:, :, response]
        for i, values in zip(kept, new, strict=True):
            sums[i] += values.sum()
            counts[i] += more
        runs += more * len(kept)
        r += more
    means = sums / counts
    best = max(kept, key=lambda i: (means[i], -i))
    if r > last:
        kept = [best]
    return Selection(
        "kn",
        best,
        tuple(kept),
        tuple(float(sign * m) for m in means),
        tuple(int(c) for c in counts),
        confidence,
    )


def subset(
    evaluate: Evaluate,
    points: Sequence[Point],
    *,
    replications: int,
    confidence: float = 0.95,
    maximise: bool = False,
    response: int = 0,
) -> Selection:
    """Keep all points that may be the best; the best is among them with the confidence.

    References
    ----------
    Nelson, Swann, Goldsman and Song, "Simple procedures for selecting the best simulated system
    when the number of alternatives is large", Operations Research 49, 2001; with variances of
    paired differences and Bonferroni's inequality.
    """
    _require(len(points), replications, confidence)
    sign = 1.0 if maximise else -1.0
    found = sign * evaluate(points, range(replications))[:, :, response]
    means = found.mean(axis=1)
    k = len(points)
    t = float(special.stdtrit(replications - 1, 1 - (1 - confidence) / (k - 1)))
    slack = t * np.sqrt(_difference_variances(found) / replications)
    kept = [i for i in range(k) if all(means[i] >= means[j] - slack[i, j] for j in range(k))]
    best = max(kept, key=lambda i: (means[i], -i))
    return Selection(
        "subset",
        best,
        tuple(kept),
        tuple(float(sign * m) for m in means),
        (replications,) * k,
        confidence,
    )


def ocba(
    evaluate: Evaluate,
    points: Sequence[Point],
    *,
    max_runs: int,
    first_stage: int = 5,
    step: int = 0,
    maximise: bool = False,
    response: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Selection:
    """Spend a budget where it helps most to tell the best point from the others.

    Parameters
    ----------
    evaluate, points
        What is asked, and where.
    max_runs
        Budget, all of which is spent.
    first_stage
        Replications of each point before the allocation begins.
    step
        Runs between new allocations; 0 takes the number of points.
    maximise
        Whether more is better.
    response
        Index among the evaluation's responses.
    progress
        Called with the runs made and the budget.

    Notes
    -----
    The confidence returned is the Bonferroni estimate of a correct selection from paired
    differences.

    References
    ----------
    Chen, Lin, Yucesan and Chick, "Simulation budget allocation for further enhancing the
    efficiency of ordinal optimization", Discrete Event Dynamic Systems 10, 2000.
    """
    _require(len(points), first_stage, 0.95)
    k, sign = len(points), 1.0 if maximise else -1.0
    if max_runs < k * first_stage:
        raise ScenarioError(
            Problem(f"a budget of {max_runs} runs", allowed=f"{k * first_stage} or more")
        )
    values = list(sign * evaluate(points, range(first_stage))[:, :, response])
    while (runs := sum(map(len, values))) < max_runs:
        progress(runs, max_runs)
        goal = min(max_runs, runs + (step or k))
        for i, number in enumerate(_shares(values, goal)):
            if number:
                new = evaluate([points[i]], range(len(values[i]), len(values[i]) + number))
                values[i] = np.append(values[i], sign * new[0, :, response])
    means = np.array([own.mean() for own in values])
    best = int(np.argmax(means))
    return Selection(
        "ocba",
        best,
        (best,),
        tuple(float(sign * m) for m in means),
        tuple(len(own) for own in values),
        correct_share(values, best),
    )


def _shares(values: Sequence[Array], goal: int) -> list[int]:
    """Return how many more replications each point gets on the way to *goal* runs."""
    means = np.array([own.mean() for own in values])
    deviations = np.array([own.std(ddof=1) for own in values])
    counts = np.array([len(own) for own in values])
    best = int(np.argmax(means))
    gaps = means[best] - means
    # Equal means would ask for everything; the smallest gap that can be told is enough.
    least = np.maximum(deviations.max() * 1e-3, 1e-12)
    weights = (np.maximum(deviations, least) / np.maximum(gaps, least)) ** 2
    weights[best] = 0.0
    spread = np.maximum(deviations, least)
    weights[best] = spread[best] * np.sqrt(np.sum(weights**2 / spread**2))
    return shared_out(weights, counts, goal)


def shared_out(weights: Array, counts: npt.NDArray[np.int_], goal: int) -> list[int]:
    """Return how many more runs each point gets on the way to *goal* runs in proportion.

    Parameters
    ----------
    weights
        What each point should have of the goal, in proportion; above 0.
    counts
        Runs that it has.
    goal
        Runs of all points, their sum or more.
    """
    wanted = goal * weights / weights.sum()
    short = np.maximum(0.0, wanted - counts)
    left = goal - int(counts.sum())
    share = (
        short / short.sum() * left if short.sum() > 0 else np.full(len(counts), left / len(counts))
    )
    number = np.floor(share).astype(int)
    for i in np.argsort(-(share - number), kind="stable")[: left - int(number.sum())]:
        number[i] += 1
    return [int(n) for n in number]


def correct_share(values: Sequence[Array], best: int) -> float:
    """Return Bonferroni's cautious estimate of the probability that the best is the best.

    Parameters
    ----------
    values
        Of each point by replication, more being better; pairs meet the same luck.
    best
        Index of the point that was chosen.
    """
    wrong = 0.0
    for i, own in enumerate(values):
        if i == best:
            continue
        n = min(len(own), len(values[best]))
        difference = values[best][:n] - own[:n]
        deviation = float(difference.std(ddof=1)) / np.sqrt(n)
        lead = float(difference.mean())
        wrong += float(special.ndtr(-lead / deviation)) if deviation > 0 else float(lead <= 0)
    return max(0.0, 1 - wrong)


def _difference_variances(found: Array) -> Array:
    """Return the variance of each pair's differences, shape (points, points)."""
    covariance = np.cov(found)
    own = np.diag(covariance)
    return np.asarray(np.maximum(0.0, own[:, None] + own[None, :] - 2 * covariance))


def _require(points: int, replications: int, confidence: float) -> None:
    problems = []
    if points < 2:
        problems.append(Problem(f"{points} points to choose from", allowed="2 or more"))
    if replications < 3:
        problems.append(Problem(f"{replications} replications at first", allowed="3 or more"))
    if not 0.5 <= confidence < 1:
        problems.append(Problem(f"a confidence of {confidence:g}", allowed="0.5 to below 1"))
    if problems:
        raise ScenarioError(problems)
