"""Validation of an order-to-cash model: simulated months beside months it has not seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mining.calibration.estimate import Source
from mining.validation.activity_patterns import (
    prevalence_table,
    profile_table,
    variant_coverage,
)
from mining.validation.case_events import (
    NO_COUNTERPART,
    OPENING,
    begun,
    case_events,
    day_stamps,
    followed,
    in_terms_of,
    renamed,
    stamped_by_day,
)
from mining.validation.cash_path import cash_path, cash_table, has_cash
from mining.validation.curves import clock_shares, week_shares
from mining.validation.fitness_for_use import THRESHOLDS, Use, uses
from mining.validation.kpi_bands import case_kpis, kpi_table
from mining.validation.lag_distances import lag_curves, lag_table
from o2c_sim import CompanyModel, Window, simulate
from o2c_sim.errors import LogError, Problem, UsageError
from o2c_sim.model.demand import DAYS_PER_YEAR
from o2c_sim.model.override import override
from o2c_sim.vocabulary import ACTIVITIES, ORDER, ORDER_LINE

# An empty company needs so long until its receivables and queues have settled (domain reference,
# section 4.6).
WARM_UP_DAYS = 120
# Most that a case is followed, however long the log goes on: half a year.
LONGEST_FOLLOW_UP_DAYS = 183
_FEWEST_CASES = 50


@dataclass(frozen=True, slots=True)
class CompanyValidation:
    """How far a model lies from a part of a log that it has not seen.

    Parameters
    ----------
    company, log
        Names, for people.
    case_type
        ``order`` or ``order_line``.
    first, until
        The cases judged begin on the first local date or later, and before the other one.
    train_first
        The cases that they are compared with begin on it or later, and before ``first``.
    follow_up_days
        How long each case is followed from its begin, on both sides.
    seed, runs
        Of the simulation.
    train_cases, test_cases, simulated_cases
        How many; the last one a mean.
    lags, prevalence, profiles, kpis
        See :mod:`mining.validation.lag_distances`, :mod:`mining.validation.activity_patterns`
        and :mod:`mining.validation.kpi_bands`.
    variants
        Share of the test cases whose variant the simulation shows (``simulated``), and the
        training log (``train``).
    cash
        See :func:`mining.validation.cash_path.cash_table`; None where the log tells no cash.
    not_compared
        ``activity``, ``reason``, ``test_percent``: what the real log shows and is left out.
    day_stamped
        Activities of which the log records only the day; simulated ones are cut to it as well.
    uses
        What the model may be used for.
    curves, clock
        Quantiles of the lags, and shares of weekdays and hours, for pictures; see
        :mod:`mining.validation.curves`.
    """

    company: str
    log: str
    case_type: str
    first: dt.date
    until: dt.date
    train_first: dt.date
    follow_up_days: int
    seed: int
    runs: int
    train_cases: int
    test_cases: int
    simulated_cases: float
    lags: pl.DataFrame = field(repr=False)
    prevalence: pl.DataFrame = field(repr=False)
    profiles: pl.DataFrame = field(repr=False)
    kpis: pl.DataFrame = field(repr=False)
    variants: dict[str, float]
    cash: pl.DataFrame | None = field(repr=False)
    not_compared: pl.DataFrame = field(repr=False)
    day_stamped: tuple[str, ...]
    uses: tuple[Use, ...]
    curves: pl.DataFrame = field(repr=False)
    clock: pl.DataFrame = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether all milestone lags, activities and KPIs lie within their limits."""
        tables = [self.lags.filter("milestone"), self.prevalence, self.kpis]
        return all(bool(table["within"].all()) for table in tables)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        tables = {
            name: getattr(self, name).to_dicts()
            for name in (
                "lags",
                "prevalence",
                "profiles",
                "kpis",
                "not_compared",
                "curves",
                "clock",
            )
        }
        return {
            "company": self.company,
            "log": self.log,
            "case_type": self.case_type,
            "from": self.first.isoformat(),
            "until": self.until.isoformat(),
            "train_from": self.train_first.isoformat(),
            "follow_up_days": self.follow_up_days,
            "seed": self.seed,
            "runs": self.runs,
            "cases": {
                "train": self.train_cases,
                "test": self.test_cases,
                "simulated": self.simulated_cases,
            },
            **tables,
            "variant_coverage": self.variants,
            "cash": None if self.cash is None else self.cash.to_dicts(),
            "day_stamped": list(self.day_stamped),
            "thresholds": THRESHOLDS,
            "verdict": [
                {"purpose": use.purpose, "answer": use.answer, "reason": use.reason}
                for use in self.uses
            ],
            "passed": self.passed,
        }


def validate_company(
    model: CompanyModel | Sequence[CompanyModel],
    source: Source,
    first: dt.date,
    until: dt.date,
    *,
    train_first: dt.date | None = None,
    runs: int = 5,
    seed: int = 1,
    warm_up_days: int = WARM_UP_DAYS,
    follow_up_days: int | None = None,
) -> CompanyValidation:
    """Judge a model by a part of a log that it has not seen.

    The company is simulated over the judged dates, after a warm-up and with as long a follow-up
    as the real cases have. Every log is cut by the same rules: a case counts if it begins in the
    period, and what happens more than ``follow_up_days`` later is not seen.

    Parameters
    ----------
    model
        The company. Several, such as draws from the uncertainty of a calibration, take turns
        from run to run, so that the bands include not knowing the company.
    source
        The whole log, the training part included: it shows how far the company itself has moved.
    first, until
        Cases that begin from one local date on and before the other are judged.
    train_first
        Cases that begin before it do not serve as training part; all by default.
    runs, seed
        How often to simulate, and the seed of the draws.
    warm_up_days
        Simulated before ``first`` and dropped.
    follow_up_days
        How long a case is followed; as long as the log lets follow every judged case by default,
        at most half a year.

    Raises
    ------
    LogError
        If the log's cases are neither orders nor lines, or fewer than 50 lie in either part.
    UsageError
        If the dates are the wrong way round, or there is no run.
    """
    models = [model] if isinstance(model, CompanyModel) else list(model)
    _check_request(models, source, first, until, runs)
    real = case_events(source.log, source.case_type)
    if real.is_empty():
        raise LogError(
            Problem(
                f"no case has {OPENING!r}",
                where=source.name,
                suggestion="map the log's own name of it",
            )
        )
    if follow_up_days is None:
        follow_up_days = _follow_up(real, until)
    train = begun(followed(real, follow_up_days), train_first, first)
    test = begun(followed(real, follow_up_days), first, until)
    _require_cases(train, test, source, first, until)
    window = Window(warm_up_days, (until - first).days, follow_up_days)
    raw, cash = [], []
    tells_cash = has_cash(source.log)
    for run in range(runs):
        company = _starting(models[run % len(models)], first - dt.timedelta(days=warm_up_days))
        log = simulate(company, seed=seed, replication=run, window=window).log
        cases = case_events(log, source.case_type)
        raw.append(begun(followed(cases, follow_up_days), first, until))
        if tells_cash:
            cash.append(cash_path(log, first, until))
    shown = {name for run in raw for name in run["activity"].unique()}
    of_real, of_simulated, left_out = in_terms_of(train, shown)
    names = {*train["activity"].unique(), *test["activity"].unique()}
    possible = {of_simulated.get(name, name) for name in {*shown, *ACTIVITIES}}
    for name in sorted(names.difference(left_out)):
        if of_real.get(name, name) not in possible:
            left_out[name] = NO_COUNTERPART
    kept = {of_real.get(name, name) for name in names.difference(left_out)}.difference(left_out)
    stamps = day_stamps(train)
    past, unseen = (renamed(part, of_real, kept) for part in (train, test))
    simulated = [stamped_by_day(renamed(run, of_simulated, kept), stamps) for run in raw]
    known = past.filter(pl.col("time") < dt.datetime.combine(first, dt.time()))
    lags = lag_table(past, unseen, simulated, known)
    prevalence = prevalence_table(past, unseen, simulated)
    kpis = kpi_table(
        case_kpis(past, source.case_type, _first_day(train), first),
        case_kpis(unseen, source.case_type, first, until),
        [case_kpis(run, source.case_type, first, until) for run in simulated],
    )
    path = cash_table(cash_path(source.log, first, until), cash) if tells_cash else None
    weeks = [week_shares(log["time"]) for log in simulated]
    return CompanyValidation(
        company=models[0].name,
        log=source.name,
        case_type=source.case_type,
        first=first,
        until=until,
        train_first=_first_day(train),
        follow_up_days=follow_up_days,
        seed=seed,
        runs=runs,
        train_cases=train["case"].n_unique(),
        test_cases=test["case"].n_unique(),
        simulated_cases=sum(run["case"].n_unique() for run in raw) / runs,
        lags=lags,
        prevalence=prevalence,
        profiles=profile_table(past, unseen, simulated),
        kpis=kpis,
        variants={
            "simulated": variant_coverage(unseen, simulated),
            "train": variant_coverage(unseen, [past]),
        },
        cash=path,
        not_compared=_not_compared(left_out, test),
        day_stamped=tuple(sorted(stamps)),
        uses=uses(lags, prevalence, kpis, path),
        curves=lag_curves(lags, past, unseen, simulated),
        clock=clock_shares(week_shares(past["time"]), week_shares(unseen["time"]), weeks),
    )


def _check_request(
    models: Sequence[CompanyModel], source: Source, first: dt.date, until: dt.date, runs: int
) -> None:
    if first >= until:
        raise UsageError(
            Problem(
                f"from {first} until {until - dt.timedelta(days=1)} there is no day",
                allowed="--from no later than --until",
            )
        )
    if runs < 1 or not models:
        raise UsageError(Problem(f"{runs} runs of {len(models)} models", allowed="at least one"))
    if source.case_type not in (ORDER, ORDER_LINE):
        raise LogError(
            Problem(
                f"the cases of the log are of type {source.case_type!r}",
                where=source.name,
                allowed=f"{ORDER} or {ORDER_LINE}",
                suggestion="--case-type, if the log has orders or lines as well",
            )
        )


def _require_cases(
    train: pl.DataFrame, test: pl.DataFrame, source: Source, first: dt.date, until: dt.date
) -> None:
    last = until - dt.timedelta(days=1)
    problems = [
        Problem(
            f"only {cases['case'].n_unique()} cases begin {span}",
            where=source.name,
            allowed=f"at least {_FEWEST_CASES}",
            suggestion="other dates with --from and --until",
        )
        for cases, span in ((train, f"before {first}"), (test, f"from {first} until {last}"))
        if cases["case"].n_unique() < _FEWEST_CASES
    ]
    if problems:
        raise LogError(problems)


def _follow_up(real: pl.DataFrame, until: dt.date) -> int:
    last = real["time"].max()
    assert isinstance(last, dt.datetime)
    return min(max((last.date() - until).days, 1), LONGEST_FOLLOW_UP_DAYS)


def _starting(model: CompanyModel, start: dt.date) -> CompanyModel:
    """Return the model from another first day on, its growth carried to that day."""
    growth = model.demand.growth_per_year.value
    if growth:
        years = (start - model.start_date).days / DAYS_PER_YEAR
        rate = model.demand.orders_per_week.value * (1 + growth) ** years
        model = override(model, {"demand.orders_per_week": rate}, "growth until the first day")
    return model.model_copy(update={"start_date": start})


def _first_day(events: pl.DataFrame) -> dt.date:
    first = events["begin"].min()
    assert isinstance(first, dt.datetime)
    return first.date()


def _not_compared(left_out: dict[str, str], test: pl.DataFrame) -> pl.DataFrame:
    cases = max(test["case"].n_unique(), 1)
    rows = [
        {
            "activity": name,
            "reason": reason,
            "test_percent": 100
            * test.filter(pl.col("activity") == name)["case"].n_unique()
            / cases,
        }
        for name, reason in sorted(left_out.items())
    ]
    return pl.DataFrame(
        rows, schema={"activity": pl.String, "reason": pl.String, "test_percent": pl.Float64}
    )
