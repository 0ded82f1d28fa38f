"""What a log told of a company, as a document: evidence, intervals, assumptions, what matters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import (
    Answer,
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Listing,
    Reproduction,
    Section,
    Table,
    Text,
    Warnings,
)
from reports.figures.parameter_evidence import evidence_picture, influence_picture
from reports.number_text import Scale, count_text, share_text, significant_text

FORMAT = "o2c-calibration/1"
# A distribution that lies farther from the data than this is replaced by an empirical one.
_MISFIT = 0.1
_LONGEST = 90


def calibration_document(found: Mapping[str, Any]) -> Document:
    """Return the document of a calibration.

    Parameters
    ----------
    found
        What ``o2c calibrate`` writes as ``calibration.json``.

    Raises
    ------
    KeyError, TypeError, ValueError
        If entries are missing or of another kind.
    """
    name = str(found["company"]).removeprefix("Calibrated: ")
    sections = [
        Section("answer", "Summary", _summary(found)),
        Section("data", "From the data", _from_data(found), new_page=True),
        *_matters(found),
        *_tuned(found),
        *_not_used(found),
        Section("assumed", "Assumed", _assumed(found), new_page=True),
    ]
    return Document(
        kind="calibration",
        title=f"{name}: calibration",
        heading="What do the data say of this company, and what is assumed?",
        kicker=name,
        basis=_basis(found),
        sections=sections,
        reproduction=Reproduction(
            command=str(found.get("command", "")),
            seed=found.get("seed"),
            versions=dict(found.get("versions", {})),
        ),
        result=lambda: found,
    )


def _basis(found: Mapping[str, Any]) -> str:
    told = f"Calibrated from {found['source']}"
    if found.get("receivables"):
        told += f" up to the invoice, and from {found['receivables']} from the invoice on"
    return f"{told}. What they do not tell is as in the reference company {found['extends']}."


def _summary(found: Mapping[str, Any]) -> list[Block]:
    known, assumed = len(found["parameters"]), len(found["assumed"])
    share = known / max(1, known + assumed + len(found["scaled"]))
    with_interval = sum(one["low"] is not None for one in found["parameters"])
    sentences = (
        f"{count_text(known)} values come from the data ({share_text(share)} of all), "
        f"{count_text(with_interval)} of them with a 95 % interval; {count_text(assumed)} are "
        f"assumed. The rest of the company is that of the reference company {found['extends']}, "
        f"because {found['because']}."
    )
    blocks: list[Block] = [Answer([("", sentences)])]
    missing = [("Missing", str(text)) for text in found["missing"]]
    failed = [(str(one["estimator"]), str(one["reason"])) for one in found["failures"]]
    if missing or failed:
        blocks.append(Warnings([*missing, *failed]))
    blocks.append(evidence_picture(found))
    return blocks


def _from_data(found: Mapping[str, Any]) -> list[Block]:
    rows = [
        (
            text_cell(str(one["path"]), code=True),
            _value(one["value"]),
            _number(one["low"]),
            _number(one["high"]),
            count_cell(one["observations"]),
            _misfit(one["misfit"]),
            text_cell(str(one["method"]), note=str(one["assumption"])),
        )
        for one in found["parameters"]
    ]
    heads = [
        Column("Value of"), Column("Found"), Column("95 % from", right=True),
        Column("95 % to", right=True), Column("Observations", right=True),
        Column("Misfit", right=True), Column("Method, and what is assumed"),
    ]  # fmt: skip
    blocks: list[Block] = [
        Text(
            [
                "Intervals hold the value with a confidence of 95 %, where the method gives one. "
                "Misfit is the Kolmogorov-Smirnov distance of a fitted distribution from the data; "
                f"above {_MISFIT:g} an empirical distribution takes its place."
            ],
            small=True,
        ),
        Table("from-data", "Values from the data", heads, rows),
    ]
    if found["scaled"]:
        rows_scaled = [
            (text_cell(str(o["path"]), code=True), _value(o["value"]), text_cell(str(o["source"])))
            for o in found["scaled"]
        ]
        heads = [Column("Value of"), Column("Taken"), Column("Why")]
        blocks.append(Table("scaled", "In proportion to the orders", heads, rows_scaled))
    return blocks


def _matters(found: Mapping[str, Any]) -> list[Section]:
    picture = influence_picture(found)
    if picture is None:
        return []
    ranking = found["ranking"]
    blocks: list[Block] = [picture]
    if ranking["without_effect"]:
        blocks.append(
            Listing(
                f"{len(ranking['without_effect'])} assumed values moved no main KPI",
                [str(path) for path in ranking["without_effect"]],
                folded=True,
            )
        )
    return [Section("matters", "Which assumptions matter", blocks)]


def _tuned(found: Mapping[str, Any]) -> list[Section]:
    tuned = found.get("tuning")
    if not tuned:
        return []
    blocks: list[Block] = []
    if tuned["why"]:
        blocks.append(Text([f"Nothing was tuned: {tuned['why']}."]))
    else:
        loss, held = tuned["loss"], tuned["held_out_loss"]
        blocks.append(
            Facts(
                [
                    ("Simulated runs", count_cell(tuned["runs"])),
                    ("Loss before", value_cell(loss["before"], "")),
                    ("Loss after", value_cell(loss["after"], "")),
                    ("Loss on held-out data, before", value_cell(held["before"], "")),
                    ("Loss on held-out data, after", value_cell(held["after"], "")),
                    ("Taken over", text_cell("yes" if tuned["kept"] else "no")),
                ]
            )
        )
    changed = [*tuned["changes"], *tuned["staff"]]
    if changed:
        rows = [
            (text_cell(str(o["path"]), code=True), _value(o["before"]), _value(o["after"]))
            for o in changed
        ]
        heads = [Column("Value of"), Column("Before"), Column("After")]
        blocks.append(Table("tuned", "Found by simulation", heads, rows))
    return [Section("tuning", "Tuned by simulation", blocks)] if blocks else []


def _not_used(found: Mapping[str, Any]) -> list[Section]:
    if not found["refused"]:
        return []
    rows = [
        (text_cell(str(o["path"]), code=True), _value(o["value"]), text_cell(str(o["reason"])))
        for o in found["refused"]
    ]
    heads = [Column("Value of"), Column("Found"), Column("Why it is not used")]
    table = Table("refused", "Found, and not used", heads, rows)
    return [Section("refused", "Found, and not used", [table])]


def _assumed(found: Mapping[str, Any]) -> list[Block]:
    rows = [
        (text_cell(str(o["path"]), code=True), _value(o["value"]), text_cell(str(o["source"])))
        for o in found["assumed"]
    ]
    heads = [Column("Value of"), Column("Taken"), Column("Source")]
    return [
        Text(["No data stand behind these. Replace those first that matter most."]),
        Table("assumed", "Assumed values", heads, rows, folded=True),
    ]


def _value(value: Any) -> Cell:
    """Return a value of a company file: a number stays one, all else is text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(significant_text(value, 6), value)
    return text_cell(value if isinstance(value, str) else _told(value))


def _told(value: Any) -> str:
    """Return a nested value on one line, cut where it gets long; the JSON holds all of it."""
    text = json.dumps(_rounded(value), ensure_ascii=False).replace('"', "").strip("{}")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip(" ,:") + "…"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def _number(value: float | None) -> Cell:
    return text_cell("") if value is None else Cell(significant_text(value), value)


def _misfit(value: float | None) -> Cell:
    return text_cell("") if value is None else Cell(Scale(1.0, 3).number(value), value)
