"""Incidence: how many cases have come to something by an age, though many are still under way.

References
----------
Kaplan and Meier, "Nonparametric estimation from incomplete observations", Journal of the American
Statistical Association 53, 1958. Where some cases never come to it, the curve ends above zero:
Maller and Zhou, "Survival analysis with long-term survivors", 1996.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# The curve ends at the age that fewer cases than this, or one in a hundred, could have reached.
_FEWEST_FOLLOWED = 30


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share of cases that have come to something by each age.

    Parameters
    ----------
    ages
        Rising; the ages at which it happened, in the unit of the data.
    shares
        Share of all cases by each of them.
    longest
        Age up to which the data tell.
    """

    ages: Floats
    shares: Floats
    longest: float

    @property
    def ever(self) -> float:
        """Share of the cases that come to it within the longest age."""
        return float(self.shares[-1]) if self.shares.size else 0.0

    def by(self, age: float) -> float:
        """Return the share by an age."""
        place = int(np.searchsorted(self.ages, age, side="right")) - 1
        return float(self.shares[place]) if place >= 0 else 0.0

    def quantile(self, probability: Floats) -> Floats:
        """Return the ages by which shares of those that come to it have."""
        wanted = np.asarray(probability) * self.ever
        places = np.searchsorted(self.shares, wanted - 1e-12).clip(max=len(self.ages) - 1)
        found: Floats = self.ages[places]
        return found


def incidence(ages: Floats, happened: Flags, followed: Floats) -> Incidence:
    """Return the incidence by the Kaplan-Meier estimator.

    Parameters
    ----------
    ages
        Shape (n,): of each case, when it happened, or how long the case has been followed.
    happened
        Shape (n,): whether it did.
    followed
        Shape (n,): how long the case could be followed, whether or not it happened; the curve
        ends at the age that 30 cases, and one in a hundred, could reach.
    """
    count = min(max(_FEWEST_FOLLOWED, len(followed) // 100), len(followed))
    longest = float(np.sort(followed)[-count]) if count else 0.0
    order = np.argsort(ages, kind="stable")
    ages, happened = ages[order], happened[order]
    at_risk = len(ages) - np.arange(len(ages))
    survival: Floats = np.cumprod(1.0 - happened / at_risk).astype(np.float64)
    seen = happened & (ages <= longest)
    shares: Floats = 1.0 - survival[seen]
    return Incidence(ages[seen], shares, longest)
