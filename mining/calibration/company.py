"""A company from a log: a reference company with all that the log tells of another one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from mining.calibration.adoption import Refused, Value, adopt, value_of
from mining.calibration.estimate import Estimate, Source
from mining.calibration.gathering import Estimator, Gathered, gather
from mining.calibration.reference import choose, lent, scaled
from mining.calibration.refusal import missing, require_calibratable
from mining.calibration.uncertainty import Uncertainty, uncertainty_of
from o2c_sim import CompanyModel, parameters
from o2c_sim import vocabulary as v

ORDERS = "demand.orders_per_week"


@dataclass(frozen=True, slots=True)
class Calibration:
    """A calibrated company, with the evidence and the gaps.

    Parameters
    ----------
    company
        The company; every value with its provenance.
    source
        What it was calibrated from.
    extends, because
        The reference company that it began with, and why that one.
    estimates
        What the data told and the company now has.
    scaled
        What follows the number of orders.
    refused
        Estimates that the model does not allow, each with the reason, and those of a path that
        one of more observations stands before.
    failures
        Estimators that found nothing, and why.
    missing
        What the data do not hold, in words.
    uncertainty
        Draws of the estimates.
    """

    company: CompanyModel
    source: Source
    extends: str
    because: str
    estimates: tuple[Estimate, ...]
    scaled: tuple[Value, ...]
    refused: tuple[Refused, ...]
    failures: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    uncertainty: Uncertainty

    @property
    def assumed(self) -> tuple[str, ...]:
        """Paths of the values that no data stand behind."""
        return tuple(p for p, one in parameters(self.company) if one.provenance == "assumed")


def calibrate(
    source: Source,
    *,
    extends: str | None = None,
    seed: int = 1,
    estimators: Sequence[Estimator] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Calibration:
    """Return the company that a log tells of.

    Parameters
    ----------
    source
        The data; see :func:`mining.calibration.source.source_of`.
    extends
        Reference company for what the data do not tell; chosen by the log by default.
    seed
        Of the bootstraps.
    estimators, progress
        See :func:`mining.calibration.gathering.gather`.

    Raises
    ------
    LogError
        If the data tell too little; see :func:`mining.calibration.refusal.require_calibratable`.
    ModelError
        If *extends* is no reference company.
    """
    require_calibratable(source)
    name, why = choose(source, extends)
    found = gather(source, seed, estimators, progress)
    return assembled(source, name, why, found)


def assembled(source: Source, extends: str, because: str, found: Gathered) -> Calibration:
    """Return the company of a reference company and what was found in the data."""
    base = lent(extends)
    estimates = sorted(found.estimates, key=lambda one: one.path)
    own, _, _ = adopt(base, _identity(source, extends))
    company, taken, refused = adopt(own, [value_of(one) for one in estimates])
    adopted = {one.path for one in taken}
    follows: tuple[Value, ...] = ()
    if ORDERS in adopted:
        wanted = scaled(base, extends, company.demand.orders_per_week.value)
        # A headcount may be tied to teams that the data told.
        company, follows, _ = adopt(company, [one for one in wanted if one.path not in adopted])
    kept = tuple(one for one in estimates if one.path in adopted)
    return Calibration(
        company=company,
        source=source,
        extends=extends,
        because=because,
        estimates=kept,
        scaled=follows,
        refused=(
            *refused,
            *(
                Refused(one.path, one.value, "another estimate has more observations")
                for one in found.second
            ),
        ),
        failures=found.failures,
        missing=missing(source),
        uncertainty=uncertainty_of(company, kept),
    )


def _identity(source: Source, extends: str) -> tuple[Value, ...]:
    return (
        Value("name", f"Calibrated: {source.name}"[:200], "", ""),
        Value("description", description(source, extends), "", ""),
        Value("zone", source.zone, "", ""),
        Value("start_date", first_date(source), "", ""),
    )


def first_date(source: Source) -> dt.date:
    """Return the local date of the first event; of an empty log the date of the first invoice."""
    if source.log.events.is_empty():
        dates = None if source.receivables is None else source.receivables.to_dict()
        known = dates.get("invoice_date") if dates else None
        first = None if known is None else known.min()
        return first if isinstance(first, dt.date) else dt.date(2025, 1, 6)
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(source.zone).dt.date()
    found = source.log.events.select(local.min()).item()
    assert isinstance(found, dt.date)
    return found


def description(source: Source, extends: str) -> str:
    """Return what a calibrated company is, for every report: above all where it was stitched."""
    parts = [f"Calibrated from {source.name}"]
    if source.receivables is not None and source.case_type != v.INVOICE:
        parts = [
            f"Stitched of two sources: up to the invoice calibrated from {source.name}, payment "
            f"from {source.receivables_name}, which need not be the same company"
        ]
    parts.append(f"what these do not tell is as in the reference company {extends}, and assumed")
    return "; ".join(parts) + "."
