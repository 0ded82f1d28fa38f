"""What the analysis of a log means, in a few sentences: where time goes, what to doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mining.views import Views
from reports.documents.log_report import LogReport
from reports.documents.view_sections import drift_text, way_text
from reports.number_text import count_text, duration_text, share_text, value_text

_NAME = 60
_MOST = 0.8


def answers(analysis: LogReport) -> list[tuple[str, str]]:
    """Return (title, sentences) of what a reader should know first."""
    found: list[tuple[str, str]] = []
    if analysis.views is not None:
        found += _waiting(analysis.views, analysis.currency)
    found += _regularity(analysis)
    if analysis.views is not None and not analysis.views.drift.changes.is_empty():
        found.append(("What changed", drift_text(analysis.views)))
    return [*found, ("What to doubt", _doubts(analysis))]


def shortened(name: str, most: int = _NAME) -> str:
    """Return a name that fits into a sentence."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _waiting(views: Views, currency: str) -> list[tuple[str, str]]:
    waits = views.bottlenecks.filter(pl.col("total_hours") > 0)
    if waits.is_empty():
        return []
    longest = waits.sort("total_hours", "source", "target", descending=[True, False, False])
    first = longest.row(0, named=True)
    told = (
        f"{share_text(first['share'])} of all waiting between steps lies on {_way(first)}: "
        f"{count_text(first['count'])} times, {_mean(first)} on average."
    )
    if longest.height > 1:
        second = longest.row(1, named=True)
        told += f" {share_text(second['share'])} lies on {_way(second)}, {_mean(second)} each time."
    found = [("Where time goes", told)]
    valued = waits.filter(pl.col("mean_value") > 0)
    if views.value_source and not valued.is_empty():
        dearest = valued.sort("value_days", "source", "target", descending=[True, False, False])
        row = dearest.row(0, named=True)
        found.append(
            (
                "Where cash waits",
                f"{value_text(row['mean_value'], 'currency', currency)}, "
                f"{share_text(row['value_share'])} of the value ({views.value_source}) of all "
                f"waiting cases, waits on {_way(row)} at any time on average"
                f"{'' if currency else '; the log does not name the currency'}.",
            )
        )
    return found


def _regularity(analysis: LogReport) -> list[tuple[str, str]]:
    variants = analysis.variants
    if variants.is_empty():
        return []
    if variants.height == 1:
        return [("How regular it is", "All cases take the same sequence of activities.")]
    ranked = variants.sort("variant")
    needed = ranked.filter(pl.col("cumulative_share").shift(1, fill_value=0.0) < _MOST).height
    cover = ranked["cumulative_share"][needed - 1]
    count = "it alone covers" if needed == 1 else f"{count_text(needed)} variants cover"
    told = (
        f"{share_text(ranked['share'][0])} of the cases take the most frequent of "
        f"{count_text(variants.height)} variants; {count} {share_text(cover)} of the cases."
    )
    if analysis.views is not None:
        path = analysis.views.happy_path
        if path.others_median_hours == path.others_median_hours:
            told += (
                f" The most frequent one takes {duration_text(path.median_hours)} in the median, "
                f"all others {duration_text(path.others_median_hours)}."
            )
    return [("How regular it is", told)]


def _doubts(analysis: LogReport) -> str:
    counts = {
        severity: sum(f.severity == severity for f in analysis.findings)
        for severity in ("serious", "warning")
    }
    if not any(counts.values()):
        return "The quality checks found nothing serious."
    if not counts["serious"]:
        return (
            f"The quality checks found nothing serious and {_number(counts['warning'], 'warning')}."
        )
    return (
        f"The quality checks found {_number(counts['serious'], 'serious fault')} in the data, by "
        f"which numbers are wrong, and {_number(counts['warning'], 'warning')}."
    )


def _number(count: int, word: str) -> str:
    return f"{count_text(count)} {word}{'' if count == 1 else 's'}"


def _way(row: Mapping[str, Any]) -> str:
    return way_text(shortened(row["source"]), shortened(row["target"]))


def _mean(row: Mapping[str, Any]) -> str:
    return duration_text(row["total_hours"] / row["count"])
