"""The validation of a model as plain-text tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reports.cli.tables import counted, text_table, wrapped

if TYPE_CHECKING:
    import polars as pl

    from mining.validation.general_measures import GeneralMeasures
    from mining.validation.order_to_cash import CompanyValidation
    from mining.validation.protocol import ProtocolResult

_TOP = 5
_LABELS = {
    "ngd": "N-grams (NGD)",
    "aedd": "events by date (AEDD), h",
    "cedd": "hours of the week (CEDD), h",
    "redd": "since case start (REDD), h",
    "ctdd": "cycle times (CTDD), h",
}
_KPIS = {
    "mean_cycle_hours": "cycle time, mean, h",
    "median_cycle_hours": "cycle time, median, h",
    "p90_cycle_hours": "cycle time, 90th percentile, h",
    "cases_per_week": "cases a week",
    "events_per_case": "events a case",
}


def protocol_lines(result: ProtocolResult) -> list[str]:
    """Return the outcome of the protocol as lines of text."""
    cpu = result.cpu_seconds
    said = [
        _part("train", result.train),
        _part("test ", result.test),
        f"cases cut by the border and dropped: {result.cut_cases:,}",
        _ending(result.follow_up_hours),
        "",
        _distances(result),
    ]
    if result.published is not None:
        said.append(f"published: {result.published.log}, best and median of its methods")
    said += ["", *_measures(result.measures), ""]
    nxt = result.next_activity
    said += [
        wrapped(
            f"next activity foreseen in the test log: {nxt['simulated']:.1%} of steps after "
            f"learning from simulated logs, {nxt['train']:.1%} after learning from the training log"
        ),
        f"CPU seconds: discovery {cpu['discovery']:.1f}, {counted(result.runs, 'run')} "
        f"{cpu['simulation']:.1f}",
        "",
        *(wrapped(sentence, 2) for sentence in result.verdict),
    ]
    return said


def company_lines(found: CompanyValidation) -> list[str]:
    """Return the validation of a company by a log as lines of text."""
    what = found.case_type.replace("_", " ") + "s"
    said = [
        wrapped(
            f"{what} that begin from {found.first} and before {found.until}: "
            f"{found.test_cases:,} observed, {found.simulated_cases:,.0f} simulated (mean of "
            f"{counted(found.runs, 'run')}), each followed for {found.follow_up_days} days; "
            f"{found.train_cases:,} before them for comparison, from {found.train_first} on",
        ),
        "",
        text_table(
            ("use", "answer", "reason"),
            [(use.purpose, use.answer, use.reason) for use in found.uses],
            "lll",
        ),
        "",
        text_table(
            ("lag, Wasserstein distance from the test part, days", "train", "model", "ratio", ""),
            [
                (
                    f"{row['source']} -> {row['target']}",
                    _figure(row["floor_days"]),
                    _figure(row["distance_days"]),
                    _figure(row["ratio"]),
                    _within(row),
                )
                for row in found.lags.iter_rows(named=True)
            ],
            "lrrrl",
        ),
        "",
        text_table(
            ("activity, percent of cases", "train", "test", "model", ""),
            [
                (
                    row["activity"],
                    *(f"{row[f'{part}_percent']:.1f}" for part in ("train", "test", "simulated")),
                    _within(row),
                )
                for row in found.prevalence.iter_rows(named=True)
            ],
            "lrrrl",
        ),
        "",
        text_table(("figure", "test", "model", "95% of runs", ""), _banded(found.kpis), "lrrrl"),
    ]
    if found.cash is not None:
        cash = found.cash.rename({"key": "label"})
        said += [
            "",
            text_table(("cash", "test", "model", "95% of runs", ""), _banded(cash), "lrrrl"),
        ]
    shares = found.variants
    said += [
        "",
        f"test cases whose variant is simulated: {shares['simulated']:.1%} (in the training part "
        f"{shares['train']:.1%})",
    ]
    if found.not_compared.height:
        names = ", ".join(found.not_compared["activity"])
        said.append(wrapped(f"not compared, as the model has no counterpart: {names}", 2))
    return said


def _banded(table: pl.DataFrame) -> list[tuple[str, ...]]:
    return [
        (
            row["label"],
            _figure(row["test"]),
            _figure(row["simulated"]),
            f"{_figure(row['low'])} to {_figure(row['high'])}",
            _within(row),
        )
        for row in table.iter_rows(named=True)
    ]


def _within(row: dict[str, Any]) -> str:
    return "" if row["within"] else "outside"


def receivables_lines(table: pl.DataFrame, verdict: str) -> list[str]:
    """Return the validation of a company's customers as lines of text."""
    rows = [
        (
            row["measure"],
            _figure(row["unseen"]),
            _figure(row["simulated"]),
            f"{_figure(row['low'])} to {_figure(row['high'])}",
            "" if row["holds"] else "outside",
        )
        for row in table.iter_rows(named=True)
    ]
    head = ("invoices, days late", "invoices", "model", "95% of runs", "")
    return [text_table(head, rows, "lrrrl"), "", wrapped(verdict)]


def _part(which: str, size: dict[str, object]) -> str:
    return (
        f"{which}: {size['cases']:,} cases, {size['events']:,} events, "
        f"{size['first_start']:%Y-%m-%d} to {size['last_end']:%Y-%m-%d}"
    )


def _distances(result: ProtocolResult) -> str:
    """Return the distances; the floor is what the training log is apart from the test log."""
    head = ["distance from the test log", "model", "sd", "replay", "train, as long", "train, whole"]
    published = result.published
    if published is not None:
        head += ["best", "median"]
    rows = []
    for name, score in result.model.items():
        row = [
            _LABELS[name],
            _figure(score.mean),
            _figure(score.sd),
            _figure(result.replay[name].mean),
            _figure(result.floor[name].mean),
            _figure(result.train_to_test[name]),
        ]
        if published is not None:
            row += [_figure(published.best[name]), _figure(published.median[name])]
        rows.append(row)
    return text_table(head, rows)


def _measures(measures: GeneralMeasures) -> list[str]:
    kpis = [
        (
            _KPIS[kpi.name],
            _figure(kpi.test),
            _figure(kpi.simulated),
            f"{_figure(kpi.low)} to {_figure(kpi.high)}",
            "inside" if kpi.inside else "outside",
            _figure(kpi.train),
        )
        for kpi in measures.kpis
    ]
    head = ("figure", "test", "simulated", "95% of runs", "test is", "train")
    said = [text_table(head, kpis, "lrrrlr"), ""]
    worst = sorted(measures.prevalence, key=lambda one: -abs(one.simulated - one.test))[:_TOP]
    rows = [
        (one.activity, f"{one.test:.1%}", f"{one.simulated:.1%}", f"{one.train:.1%}")
        for one in worst
    ]
    said += [
        text_table(("activity, share of cases, farthest first", "test", "simulated", "train"), rows)
    ]
    if measures.lags:
        far = sorted(measures.lags, key=lambda lag: -lag.count * lag.wasserstein_hours)[:_TOP]
        times = [
            (
                f"{lag.source} -> {lag.target}" if lag.target else f"{lag.source}, itself",
                f"{lag.count:,}",
                _figure(lag.wasserstein_hours),
                _figure(lag.train_wasserstein_hours),
                f"{lag.ks:.2f}",
                f"{lag.train_ks:.2f}",
            )
            for lag in far
        ]
        head = ("lag, costliest first", "times", "Wasserstein, h", "train", "KS", "train")
        said += [
            "",
            text_table(head, times),
            f"all lags, Wasserstein distance over that of the training log: "
            f"{measures.lag_ratio:.2f}",
        ]
    said += [
        "",
        f"events at another weekday: {measures.weekday['simulated']:.1%} (training log "
        f"{measures.weekday['train']:.1%}); at another hour: {measures.hour['simulated']:.1%} "
        f"({measures.hour['train']:.1%})",
        f"test cases whose sequence of activities is simulated: "
        f"{measures.variants['simulated']:.1%} (in the whole training log "
        f"{measures.variants['train']:.1%})",
    ]
    return said


def _figure(value: float | None) -> str:
    if value is None or value != value:
        return "n/a"
    return f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}"


def _ending(follow_up_hours: float) -> str:
    """Return in words how the simulated logs end."""
    if follow_up_hours == 0:
        return "simulated logs hold the first cases to end, as the test part does"
    if math.isinf(follow_up_hours):
        return "simulated cases all run to their end, as those of the test part did"
    return f"simulated logs go on for {follow_up_hours:,.0f} hours after their last arrival"
