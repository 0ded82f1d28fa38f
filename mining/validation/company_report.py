"""The report on a validated company: tables and a verdict, for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from mining.validation.fitness_for_use import THRESHOLDS
from mining.validation.order_to_cash import CompanyValidation


def markdown(found: CompanyValidation) -> str:
    """Return the report in Markdown: verdict, lags, activities, KPIs, profiles, cash."""
    what = found.case_type.replace("_", " ")
    parts = [
        f"## {found.company} against {found.log}\n\n"
        f"{what.capitalize()}s that begin from {found.first} until {found.until}: "
        f"{found.test_cases:,} observed, {found.simulated_cases:,.0f} simulated (mean of "
        f"{found.runs} runs, seed {found.seed}). Training part: {found.train_cases:,} from "
        f"{found.train_first}. Each case is followed for {found.follow_up_days} days.",
        "### What the model may be used for\n\n"
        + _table(
            ("purpose", "answer", "reason"), ((u.purpose, u.answer, u.reason) for u in found.uses)
        )
        + f"\n\n{THRESHOLDS}",
        "### Lags\n\n" + _lags(found.lags),
        "### Activities, percent of the cases\n\n" + _prevalence(found.prevalence),
        "### KPIs\n\n" + _band(found.kpis, "label"),
        "### Weekdays and hours\n\nShare of the events that would have to move.\n\n"
        + _profiles(found.profiles),
        f"### Variants\n\nOf the observed cases, {found.variants['simulated']:.1%} follow a "
        f"variant that the simulation shows, {found.variants['train']:.1%} one that the training "
        "part shows.",
    ]
    if found.cash is not None:
        parts.append("### Cash\n\n" + _band(found.cash, "key"))
    if found.not_compared.height:
        rows = found.not_compared.iter_rows(named=True)
        parts.append(
            "### Not compared\n\n"
            + _table(
                ("activity", "percent of the cases", "why"),
                ((r["activity"], _number(r["test_percent"], 1), r["reason"]) for r in rows),
            )
        )
    if found.day_stamped:
        parts.append(
            f"Only the day is recorded of: {', '.join(found.day_stamped)}; simulated stamps of "
            "these are cut to the day as well."
        )
    return "\n\n".join(parts) + "\n"


def _lags(lags: pl.DataFrame) -> str:
    return _table(
        (
            "lag",
            "train, days",
            "test, days",
            "simulated, days",
            "train to test",
            "train as known then",
            "simulated to test",
            "ratio",
            "KS train",
            "KS simulated",
            "within",
        ),
        (
            (
                f"{row['source']} to {row['target']}" + ("" if row["milestone"] else " (further)"),
                *(_number(row[f"{part}_days"], 2) for part in ("train", "test", "simulated")),
                *(_number(row[f"{part}_days"], 3) for part in ("floor", "known", "distance")),
                _number(row["ratio"], 2),
                *(_number(row[part], 3) for part in ("ks_floor", "ks")),
                _yes(row["within"]),
            )
            for row in lags.iter_rows(named=True)
        ),
    )


def _prevalence(prevalence: pl.DataFrame) -> str:
    return _table(
        ("activity", "train", "test", "simulated", "off, points", "within"),
        (
            (
                row["activity"],
                *(_number(row[f"{part}_percent"], 1) for part in ("train", "test", "simulated")),
                _number(row["off_points"], 1),
                _yes(row["within"]),
            )
            for row in prevalence.iter_rows(named=True)
        ),
    )


def _band(table: pl.DataFrame, name: str) -> str:
    return _table(
        ("figure", "test", "simulated", "95 % band", "within"),
        (
            (
                row[name],
                _number(row["test"], 3),
                _number(row["simulated"], 3),
                f"{_number(row['low'], 3)} to {_number(row['high'], 3)}",
                _yes(row["within"]),
            )
            for row in table.iter_rows(named=True)
        ),
    )


def _profiles(profiles: pl.DataFrame) -> str:
    columns = ("weekday_floor", "weekday_off", "hour_floor", "hour_off")
    return _table(
        (
            "activity",
            "weekday, train to test",
            "weekday, simulated to test",
            "hour, train to test",
            "hour, simulated to test",
        ),
        (
            (row["activity"], *(_number(row[column], 2) for column in columns))
            for row in profiles.iter_rows(named=True)
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _yes(within: bool) -> str:
    return "yes" if within else "**no**"
