"""What a calibration found, as Markdown for people and as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mining.calibration.company import Calibration
from mining.calibration.estimate import Estimate
from o2c_sim import Problem, parameters
from o2c_sim.model.value_text import brief_text


def document(found: Calibration) -> dict[str, Any]:
    """Return a calibration as JSON-ready data, without the draws."""
    values = dict(parameters(found.company))
    return {
        "company": found.company.name,
        "source": found.source.name,
        "receivables": found.source.receivables_name or None,
        "extends": found.extends,
        "because": found.because,
        "parameters": [
            {
                "path": one.path,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "observations": one.sample,
                "method": one.source,
                "assumption": one.assumption,
                "misfit": one.misfit,
            }
            for one in found.estimates
        ],
        "scaled": [{"path": o.path, "value": o.value, "source": o.source} for o in found.scaled],
        "refused": [{"path": o.path, "value": o.value, "reason": o.reason} for o in found.refused],
        "failures": [{"estimator": name, "reason": why} for name, why in found.failures],
        "missing": list(found.missing),
        "assumed": [
            {"path": path, "value": brief_text(values[path].value), "source": values[path].source}
            for path in found.assumed
        ],
    }


def markdown(found: Calibration, more: Sequence[str] = (), command: str = "") -> str:
    """Return the calibration report.

    Parameters
    ----------
    found
        The calibration.
    more
        Further sections, each from its heading on: tuning, ranking.
    command
        The command line that made it.
    """
    company = found.company
    share = len(found.estimates) / max(1, len(found.estimates) + len(found.assumed))
    lines = [
        f"# Calibration of {company.name.removeprefix('Calibrated: ')}",
        "",
        company.description,
        "",
        f"- {len(found.estimates)} values from data, {len(found.assumed)} assumed "
        f"({share:.0%} from data).",
        f"- Begun from the reference company `{found.extends}`, because {found.because}.",
        *(f"- Missing: {text}." for text in found.missing),
        "",
        "## From the data",
        "",
        *table(
            ("parameter", "value", "95 % interval", "n", "misfit", "method and assumption"),
            [_row(one, found) for one in found.estimates],
        ),
    ]
    if found.scaled:
        lines += [
            "",
            "## In proportion to the orders",
            "",
            *table(
                ("parameter", "value", "why"),
                [(f"`{o.path}`", str(o.value), o.source) for o in found.scaled],
            ),
        ]
    if found.refused:
        lines += [
            "",
            "## Found, and not used",
            "",
            *table(
                ("parameter", "value", "why not"),
                [(f"`{o.path}`", _short(o.value), o.reason) for o in found.refused],
            ),
        ]
    if found.failures:
        lines += [
            "",
            "## Estimators that failed",
            "",
            *(f"- {name}: {why}" for name, why in found.failures),
        ]
    for section in more:
        lines += ["", section.rstrip()]
    values = dict(parameters(company))
    lines += [
        "",
        "## Assumed",
        "",
        "No data stand behind these. Replace those first that matter most.",
        "",
        *table(
            ("parameter", "value", "source"),
            [(f"`{p}`", brief_text(values[p].value), values[p].source) for p in found.assumed],
        ),
    ]
    if command:
        lines += ["", f"Made by `{command}`."]
    return "\n".join(lines) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    if not rows:
        return ["none"]

    def line(cells: Sequence[str]) -> str:
        plain = (" ".join(str(cell).split()).replace("|", "\\|") for cell in cells)
        return "| " + " | ".join(plain) + " |"

    return [line(head), line(["---"] * len(head)), *map(line, rows)]


def problems_of(found: Calibration) -> tuple[Problem, ...]:
    """Return what went wrong on the way without stopping the calibration."""
    return tuple(
        Problem(f"{name} could not be estimated: {why}", where=found.source.name)
        for name, why in found.failures
    )


def value_text(one: Estimate, found: Calibration) -> str:
    """Return an estimate's value in a few words, as the company has it."""
    values = dict(parameters(found.company))
    return brief_text(values[one.path].value) if one.path in values else _short(one.value)


def _row(one: Estimate, found: Calibration) -> tuple[str, ...]:
    value = value_text(one, found)
    span = "" if one.low is None or one.high is None else f"{one.low:.4g} to {one.high:.4g}"
    misfit = "" if one.misfit is None else f"{one.misfit:.3f}"
    said = "; ".join(part for part in (one.source, one.assumption) if part)
    return (f"`{one.path}`", value, span, f"{one.sample:,}", misfit, said)


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        value = ", ".join(f"{key}: {_short(item)}" for key, item in value.items())
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
