"""Probability distributions as they are written in a model, with their quantile functions.

Every family is sampled by inversion, so that one uniform number gives the same quantile of
whatever distribution a scenario puts in its place: that is what keeps common random numbers
common when a parameter changes.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from scipy import special

Array = npt.NDArray[np.float64]
# Uniform draws are kept at or above this, so that no quantile is infinite.
SMALLEST_PROBABILITY = 2.0**-54

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Family(BaseModel):
    """What all families share: optional limits, applied to the quantiles.

    The unit is that of the field that holds the distribution (``_minutes``, ``_days``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    scale_fields: ClassVar[tuple[str, ...]] = ()
    location_fields: ClassVar[tuple[str, ...]] = ()

    floor: Finite | None = Field(default=None, description="values below are raised to this")
    cap: Finite | None = Field(default=None, description="values above are lowered to this")

    @model_validator(mode="after")
    def _limits_in_order(self) -> Family:
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            raise ValueError(f"floor {self.floor} is above cap {self.cap}")
        return self

    def quantile(self, probability: Array) -> Array:
        """Return the quantiles of *probability* (0 to 1), within floor and cap."""
        values = self._quantile(np.asarray(probability, dtype=np.float64))
        if self.floor is not None:
            values = np.maximum(values, self.floor)
        if self.cap is not None:
            values = np.minimum(values, self.cap)
        return values

    def _quantile(self, probability: Array) -> Array:
        raise NotImplementedError

    def scaled(self, factor: float) -> Self:
        """Return the distribution of *factor* times a value, floor and cap scaled as well.

        Raises
        ------
        ValueError
            If the family has no scale (beta), or the factor is not positive.
        """
        if not self.scale_fields:
            raise ValueError(f"a {type(self).__name__} distribution has no scale")
        if not factor > 0:
            raise ValueError(f"a factor of {factor:g}")
        limits = [name for name in ("floor", "cap") if getattr(self, name) is not None]
        return self.model_copy(
            update={name: getattr(self, name) * factor for name in (*self.scale_fields, *limits)}
        )

    def shifted(self, by: float) -> Self:
        """Return the distribution of a value plus *by*, floor and cap shifted as well.

        Raises
        ------
        ValueError
            If the family has no location: it begins at 0, or lies between 0 and 1.
        """
        if not self.location_fields:
            raise ValueError(f"a {type(self).__name__} distribution cannot be shifted")
        limits = [name for name in ("floor", "cap") if getattr(self, name) is not None]
        return self.model_copy(
            update={name: getattr(self, name) + by for name in (*self.location_fields, *limits)}
        )

    def lowest(self) -> float:
        """Return the smallest value that can be drawn in practice."""
        return float(self.quantile(np.array([SMALLEST_PROBABILITY]))[0])

    def highest(self) -> float:
        """Return the value that one draw in a thousand million exceeds."""
        return float(self.quantile(np.array([1 - 1e-9]))[0])

    def mean(self) -> float:
        """Return the mean, floor and cap included, by the midpoint rule on 20,000 quantiles."""
        return _mean(self)


# Every run of a company asks for the same ones.
@functools.lru_cache(maxsize=64)
def _mean(family: Family) -> float:
    return float(family.quantile((np.arange(20_000) + 0.5) / 20_000).mean())


class Constant(Family):
    """Always the same value."""

    scale_fields: ClassVar[tuple[str, ...]] = ("value",)
    location_fields: ClassVar[tuple[str, ...]] = ("value",)
    distribution: Literal["constant"] = Field(default="constant", description="name of the family")
    value: Finite = Field(description="the value")

    def _quantile(self, probability: Array) -> Array:
        return np.full_like(probability, self.value)


class Uniform(Family):
    """Equally likely between two limits."""

    scale_fields: ClassVar[tuple[str, ...]] = ("low", "high")
    location_fields: ClassVar[tuple[str, ...]] = ("low", "high")
    distribution: Literal["uniform"] = Field(description="name of the family")
    low: Finite = Field(description="smallest value")
    high: Finite = Field(description="largest value")

    @model_validator(mode="after")
    def _low_below_high(self) -> Uniform:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self

    def _quantile(self, probability: Array) -> Array:
        return self.low + probability * (self.high - self.low)


class Exponential(Family):
    """Memoryless, with a mean."""

    scale_fields: ClassVar[tuple[str, ...]] = ("mean_value",)
    distribution: Literal["exponential"] = Field(description="name of the family")
    mean_value: Positive = Field(alias="mean", description="mean")

    def _quantile(self, probability: Array) -> Array:
        return -self.mean_value * np.log1p(-probability)


class LogNormal(Family):
    """Log-normal by its median and the standard deviation of the logarithm."""

    scale_fields: ClassVar[tuple[str, ...]] = ("median",)
    distribution: Literal["lognormal"] = Field(description="name of the family")
    median: Positive = Field(description="half of all values lie below it")
    sigma: Positive = Field(
        description="standard deviation of the logarithm: the larger, the longer the tail"
    )

    def _quantile(self, probability: Array) -> Array:
        values: Array = self.median * np.exp(self.sigma * special.ndtri(probability))
        return values


class Normal(Family):
    """Normal by mean and standard deviation."""

    scale_fields: ClassVar[tuple[str, ...]] = ("mean_value", "sd")
    location_fields: ClassVar[tuple[str, ...]] = ("mean_value",)
    distribution: Literal["normal"] = Field(description="name of the family")
    mean_value: Finite = Field(alias="mean", description="mean")
    sd: Positive = Field(description="standard deviation")

    def _quantile(self, probability: Array) -> Array:
        values: Array = self.mean_value + self.sd * special.ndtri(probability)
        return values


class Gamma(Family):
    """Gamma by shape and scale."""

    scale_fields: ClassVar[tuple[str, ...]] = ("scale",)
    distribution: Literal["gamma"] = Field(description="name of the family")
    shape: Positive = Field(description="below 1: many values near 0; large: nearly normal")
    scale: Positive = Field(description="the mean is shape times scale")

    def _quantile(self, probability: Array) -> Array:
        values: Array = self.scale * special.gammaincinv(self.shape, probability)
        return values


class Weibull(Family):
    """Weibull by shape and scale."""

    scale_fields: ClassVar[tuple[str, ...]] = ("scale",)
    distribution: Literal["weibull"] = Field(description="name of the family")
    shape: Positive = Field(description="below 1: a long tail; 1: exponential; above: a hump")
    scale: Positive = Field(description="63 % of all values lie below it")

    def _quantile(self, probability: Array) -> Array:
        values: Array = self.scale * (-np.log1p(-probability)) ** (1.0 / self.shape)
        return values


class Beta(Family):
    """Beta by its two shape parameters, between 0 and 1."""

    distribution: Literal["beta"] = Field(description="name of the family")
    alpha: Positive = Field(description="pulls towards 1 as it grows; mean alpha / (alpha + beta)")
    beta: Positive = Field(description="pulls towards 0 as it grows")

    def _quantile(self, probability: Array) -> Array:
        values: Array = special.betaincinv(self.alpha, self.beta, probability)
        return values

    def mean(self) -> float:
        """Return the mean; see :meth:`Family.mean`."""
        # Every validation of a company asks, and 20,000 of these quantiles take long.
        return _beta_mean(self)


@functools.lru_cache(maxsize=256)
def _beta_mean(distribution: Beta) -> float:
    return super(Beta, distribution).mean()


class StudentT(Family):
    """Student's t by degrees of freedom, location and scale."""

    scale_fields: ClassVar[tuple[str, ...]] = ("location", "scale")
    location_fields: ClassVar[tuple[str, ...]] = ("location",)
    distribution: Literal["student_t"] = Field(description="name of the family")
    df: Positive = Field(description="degrees of freedom: the smaller, the longer the tails")
    location: Finite = Field(default=0.0, description="the median")
    scale: Positive = Field(default=1.0, description="width of the spread")

    def _quantile(self, probability: Array) -> Array:
        values: Array = self.location + self.scale * special.stdtrit(self.df, probability)
        return values


class Empirical(Family):
    """Values with their shares, for what no family fits."""

    distribution: Literal["empirical"] = Field(description="name of the family")
    shares: dict[Finite, Annotated[float, Field(ge=0)]] = Field(
        min_length=1, description="value to share; the shares sum to 1"
    )

    def __hash__(self) -> int:
        """Return a hash, which the dictionary alone does not have."""
        return hash((frozenset(self.shares.items()), self.floor, self.cap))

    def scaled(self, factor: float) -> Self:
        """Return the distribution of *factor* times a value."""
        shares = {value * factor: share for value, share in self.shares.items()}
        limits = {name: getattr(self, name) for name in ("floor", "cap")}
        scaled = {name: limit * factor for name, limit in limits.items() if limit is not None}
        return self.model_copy(update={"shares": shares, **scaled})

    def shifted(self, by: float) -> Self:
        """Return the distribution of a value plus *by*."""
        shares = {value + by: share for value, share in self.shares.items()}
        limits = {name: getattr(self, name) for name in ("floor", "cap")}
        shifted = {name: limit + by for name, limit in limits.items() if limit is not None}
        return self.model_copy(update={"shares": shares, **shifted})

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Empirical:
        total = sum(self.shares.values())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the shares sum to {total:.6g}, not to 1")
        return self

    def _quantile(self, probability: Array) -> Array:
        values = np.array(sorted(self.shares), dtype=np.float64)
        edges = np.cumsum([self.shares[value] for value in values.tolist()])
        edges[-1] = 1.0
        places = np.searchsorted(edges, probability, side="right").clip(max=len(values) - 1)
        chosen: Array = values[places]
        return chosen


class Quantiles(Family):
    """Values at stated probabilities, linear in between, with an exponential tail above."""

    distribution: Literal["quantiles"] = Field(description="name of the family")
    quantiles: dict[Annotated[float, Field(ge=0, le=1)], Finite] = Field(
        min_length=2, description="probability to value; neither may fall"
    )
    tail_mean: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=0.0,
        description="by how much values above the last quantile exceed it on average; 0: none does",
    )

    def __hash__(self) -> int:
        """Return a hash, which the dictionary alone does not have."""
        return hash((frozenset(self.quantiles.items()), self.tail_mean, self.floor, self.cap))

    def scaled(self, factor: float) -> Self:
        """Return the distribution of *factor* times a value."""
        if not factor > 0:
            raise ValueError(f"a factor of {factor:g}")
        return self._moved(lambda value: value * factor, self.tail_mean * factor)

    def shifted(self, by: float) -> Self:
        """Return the distribution of a value plus *by*."""
        return self._moved(lambda value: value + by, self.tail_mean)

    def _moved(self, move: Callable[[float], float], tail_mean: float) -> Self:
        quantiles = {share: move(value) for share, value in self.quantiles.items()}
        limits = {name: getattr(self, name) for name in ("floor", "cap")}
        moved = {name: move(limit) for name, limit in limits.items() if limit is not None}
        return self.model_copy(update={"quantiles": quantiles, "tail_mean": tail_mean, **moved})

    @model_validator(mode="after")
    def _values_rise(self) -> Quantiles:
        values = [self.quantiles[share] for share in sorted(self.quantiles)]
        if any(later < before for before, later in itertools.pairwise(values)):
            raise ValueError("quantiles: a value falls where the probability rises")
        return self

    def _quantile(self, probability: Array) -> Array:
        shares = np.array(sorted(self.quantiles), dtype=np.float64)
        values = np.array([self.quantiles[share] for share in shares.tolist()])
        found: Array = np.interp(probability, shares, values)
        beyond = probability > shares[-1]
        if self.tail_mean > 0 and beyond.any():
            # 1 - 2^-53 is the largest number below 1: the tail ends there, as in other families.
            left = np.maximum(1.0 - probability[beyond], SMALLEST_PROBABILITY)
            found[beyond] += self.tail_mean * np.log((1.0 - shares[-1]) / left)
        return found


def _number_is_constant(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"distribution": "constant", "value": value}
    return value


Distribution = Annotated[
    Constant
    | Uniform
    | Exponential
    | LogNormal
    | Normal
    | Gamma
    | Weibull
    | StudentT
    | Beta
    | Empirical
    | Quantiles,
    Field(discriminator="distribution"),
    BeforeValidator(_number_is_constant),
]
