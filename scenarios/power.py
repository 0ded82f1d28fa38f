"""Power: what a number of replications can detect, and how many an effect takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from o2c_sim import Problem, ScenarioError

Array = npt.NDArray[np.float64]

# The customary chance of finding an effect that is there (Cohen, "Statistical Power Analysis for
# the Behavioral Sciences", 2nd ed., 1988, section 2.4).
POWER = 0.80
# Beyond this number "never" is the answer.
MOST_REPLICATIONS = 10_000_000

_POINTS, _WEIGHTS = (half / 2 for half in np.polynomial.legendre.leggauss(400))
_SHARES: Array = _POINTS + 0.5


@dataclass(frozen=True, slots=True)
class Detectability:
    """What a paired comparison could have found.

    Parameters
    ----------
    replications
        Number of pairs.
    standard_deviation
        Of the paired differences, in the metric's unit.
    detectable
        The smallest effect that would be found with the power, in the metric's unit; NaN if it
        cannot be said.
    effect
        The effect that was asked about; None if none was.
    needed
        Replications that would find *effect* with the power; None if none was asked about, or
        no number up to ten million would do.
    text
        The same in words.
    """

    replications: int
    standard_deviation: float
    detectable: float
    effect: float | None
    needed: int | None
    text: str


def power_of(
    effect: float, standard_deviation: float, replications: int, *, level: float = 0.05
) -> float:
    """Return the chance that the two-sided paired t test finds an effect.

    Parameters
    ----------
    effect
        True mean difference, in the metric's unit.
    standard_deviation
        Of the paired differences, same unit, above 0.
    replications
        Number of pairs, at least 2.
    level
        Of the test; with Holm's correction over several tests, :func:`strictest_level` is the
        level that every test passes at least.

    References
    ----------
    Noncentral t distribution with *n* - 1 degrees of freedom and noncentrality effect x sqrt(n) /
    sd: Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions", vol. 2, 2nd ed.,
    1995, chapter 31.
    """
    _require(standard_deviation, replications, level)
    return _power(abs(effect) / standard_deviation * sqrt(replications), replications, level)


def strictest_level(confidence: float, tests: int = 1) -> float:
    """Return the level of Holm's first step: what is found at it is found whatever the others."""
    return (1 - confidence) / max(tests, 1)


def detectable_difference(
    standard_deviation: float, replications: int, *, level: float = 0.05, power: float = POWER
) -> float:
    """Return the effect, in the metric's unit, that so many replications find with a power."""
    _require(standard_deviation, replications, level, power)

    def short(noncentrality: float) -> float:
        return _power(noncentrality, replications, level) - power

    highest = 1.0
    while short(highest) < 0:
        highest *= 2
    found = optimize.brentq(short, 0, highest, xtol=1e-10)
    return float(found) * standard_deviation / sqrt(replications)


def replications_to_detect(
    effect: float, standard_deviation: float, *, level: float = 0.05, power: float = POWER
) -> int | None:
    """Return the least number of replications that finds an effect with a power.

    None if it is more than ten million.
    """
    _require(standard_deviation, 2, level, power)

    def enough(n: int) -> bool:
        return power_of(effect, standard_deviation, n, level=level) >= power

    low, high = 1, 2
    while not enough(high):
        low, high = high, high * 2
        if low >= MOST_REPLICATIONS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def detectability(
    differences: Array,
    *,
    effect: float | None = None,
    unit: str = "",
    confidence: float = 0.95,
    tests: int = 1,
    power: float = POWER,
) -> Detectability:
    """Say what a paired comparison that found nothing could have found.

    Parameters
    ----------
    differences
        Paired differences, one per replication.
    effect
        An effect worth knowing about, in the metric's unit; the text then says how many
        replications would find it.
    unit
        Of the metric, for the text.
    confidence
        Of the comparison, 0 to 1.
    tests
        Number of tests that Holm's correction is made over: the strictest step is assumed, so
        the answer errs on the safe side.
    power
        Chance of finding the effect, 0 to 1.

    Notes
    -----
    The standard deviation is that of the replications at hand. With *n* of them it has an error of
    about 1/sqrt(2 (n - 1)): a quarter with ten, so the number needed is right to about a half.
    """
    n = len(differences)
    nan = float("nan")
    if n < 2 or not np.isfinite(differences).all():
        text = f"nothing can be said: {n} replications, or some without a value"
        return Detectability(n, nan, nan, effect, None, text)
    sd = float(np.std(differences, ddof=1))
    if np.ptp(differences) == 0:
        what = "no difference" if differences[0] == 0 else "the same difference"
        text = f"{what} in any of {n} replications: more of them would not change it"
        return Detectability(n, 0.0, 0.0, effect, None if effect is None else 2, text)
    level = strictest_level(confidence, tests)
    least = detectable_difference(sd, n, level=level, power=power)
    of = f" {unit}" if unit else ""
    text = (
        f"no detectable difference at this budget: {n} replications find an effect of "
        f"{least:.3g}{of} with {power:.0%} probability"
    )
    needed = None
    if effect is not None:
        needed = replications_to_detect(effect, sd, level=level, power=power) if effect else None
        count = f"about {needed:,}" if needed is not None else "more than ten million"
        text += f"; one of {abs(effect):.3g}{of} takes {count} replications"
    return Detectability(n, sd, least, effect, needed, text)


def _power(noncentrality: float, n: int, level: float) -> float:
    """Return P(|T| > critical value), T noncentral t: a normal variable over a chi.

    Given the chi the chance is the normal distribution's; it is averaged over the chi by Gauss and
    Legendre's rule. scipy's ``nctdtr`` has no value for some arguments that come up here.
    """
    critical = float(special.stdtrit(n - 1, 1 - level / 2))
    chi = np.sqrt(special.gammaincinv((n - 1) / 2, _SHARES) * 2 / (n - 1))
    found = special.ndtr(noncentrality - critical * chi)
    found += special.ndtr(-noncentrality - critical * chi)
    return float(found @ _WEIGHTS)


def _require(
    standard_deviation: float, replications: int, level: float, power: float = POWER
) -> None:
    problems = []
    if not 0 < standard_deviation < float("inf"):
        problems.append(
            Problem(f"a standard deviation of {standard_deviation:g}", allowed="above 0")
        )
    if replications < 2:
        problems.append(Problem(f"{replications} replications", allowed="2 or more"))
    if not 0 < level < 1:
        problems.append(Problem(f"a level of {level:g}", allowed="above 0, below 1"))
    if not level < power < 1:
        problems.append(
            Problem(f"a power of {power:g}", allowed=f"above the level, {level:g}, below 1")
        )
    if problems:
        raise ScenarioError(problems)
