"""How far a model lies from data that it has not seen, as a document: the verdict first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import (
    Answer,
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Kind,
    Listing,
    Reproduction,
    Section,
    Table,
    Text,
)
from reports.figures.clock_profile import clock_profile_picture
from reports.figures.distances import distances_picture
from reports.figures.lag_curves import (
    lag_curves_of,
    lag_distribution_picture,
    lag_quantile_picture,
)
from reports.figures.observed_against_simulated import (
    Judged,
    kpi_bands_picture,
    prevalence_picture,
)
from reports.number_text import count_text, share_text, significant_text

FORMAT = "o2c-validation/1"
_KINDS: dict[str, Kind] = {"yes": "better", "with care": "changed", "no": "worse"}
_PREVALENCE_POINTS = 3.0
_PROTOCOL_POINTS = 10.0


def validation_document(found: Mapping[str, Any]) -> Document:
    """Return the document of a validation.

    Parameters
    ----------
    found
        What ``o2c validate-model`` writes as ``validation.json``: of a model of any process by
        the protocol of the literature, of a company by months that it has not seen, or of its
        customers by a list of invoices.

    Raises
    ------
    KeyError, TypeError, ValueError
        If entries are missing or of another kind.
    """
    if "model" in found:
        name, basis, sections = str(found["log"]), _protocol_basis(found), _protocol(found)
    elif "lags" in found:
        name, basis, sections = str(found["company"]), _company_basis(found), _company(found)
    else:
        name, basis, sections = str(found["company"]), _customers_basis(found), _customers(found)
    return Document(
        kind="validation",
        title=f"{name}: validation",
        heading="What may the model be used for?",
        kicker=name,
        basis=basis,
        sections=sections,
        reproduction=Reproduction(
            command=str(found.get("command", "")),
            seed=found.get("seed"),
            versions=dict(found.get("versions", {})),
        ),
        result=lambda: found,
    )


def _company_basis(found: Mapping[str, Any]) -> str:
    cases = found["cases"]
    return (
        f"{str(found['case_type']).replace('_', ' ').capitalize()}s of {found['log']} that begin "
        f"from {found['from']} and before {found['until']}: {count_text(cases['test'])} observed, "
        f"{count_text(cases['simulated'])} simulated (mean of {found['runs']} runs), each followed "
        f"for {found['follow_up_days']} days; {count_text(cases['train'])} before them, from "
        f"{found['train_from']} on, for comparison."
    )


def _company(found: Mapping[str, Any]) -> list[Section]:
    curves = lag_curves_of(found["curves"])
    kpis = [
        Judged(
            str(row["label"]), str(row["unit"]), row["test"], row["train"], row["simulated"],
            row["low"], row["high"], bool(row["within"]),
        )
        for row in found["kpis"]
    ]  # fmt: skip
    activities = [_prevalence(row) for row in found["prevalence"]]
    uses = [
        (
            text_cell(str(use["purpose"])),
            Cell(str(use["answer"]), kind=_KINDS.get(str(use["answer"]), "none")),
            text_cell(str(use["reason"])),
        )
        for use in found["verdict"]
    ]
    heads = [Column("Purpose"), Column("Answer"), Column("Why")]
    summary: list[Block] = [
        Answer([("", _uses_in_words(found["verdict"]))]),
        Table("uses", "What the model may be used for", heads, uses),
        Text([str(found["thresholds"])], small=True),
    ]
    lags: list[Block] = [_lag_table(found["lags"])]
    if curves:
        lags = [lag_distribution_picture(curves), *lags, lag_quantile_picture(curves)]
    clock: list[Block] = [clock_profile_picture(found["clock"])]
    clock.append(_profile_table(found["profiles"]))
    sections = [
        Section("answer", "Verdict", summary),
        Section("lags", "Lags", lags, new_page=True),
        Section("kpis", "KPIs", [kpi_bands_picture(kpis)] if kpis else []),
        Section("activities", "Activities", [prevalence_picture(activities, _PREVALENCE_POINTS)]),
        Section("clock", "Weekdays and hours", clock),
        Section("variants", "Variants", [_variants(found["variant_coverage"])]),
    ]
    if found["cash"]:
        sections.insert(3, Section("cash", "Cash", [_cash_table(found["cash"])]))
    if found["not_compared"] or found["day_stamped"]:
        sections.append(Section("left-out", "Not compared", _left_out(found)))
    return [section for section in sections if section.blocks]


def _uses_in_words(verdict: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for answer, words in (
        ("yes", "It may be used for"), ("with care", "With care for"), ("no", "Not for"),
        ("not judged", "Not judged"),
    ):  # fmt: skip
        purposes = [str(use["purpose"]) for use in verdict if use["answer"] == answer]
        if purposes:
            told = "; ".join(text[:1].lower() + text[1:] for text in purposes)
            parts.append(f"{words}{':' if answer == 'not judged' else ''} {told}.")
    return " ".join(parts)


def _lag_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    heads = [
        Column("Lag"),
        Column("Observed, mean", True, "days"), Column("Simulated, mean", True, "days"),
        Column("Training part from it", True, "days"), Column("Simulated from it", True, "days"),
        Column("Ratio", right=True), Column("Within"),
    ]  # fmt: skip
    cells = [
        (
            text_cell(
                f"{row['source']} → {row['target']}",
                "" if row["milestone"] else "not a milestone: for information",
            ),
            *(
                value_cell(row[name], "days")
                for name in ("test_days", "simulated_days", "floor_days", "distance_days")
            ),
            value_cell(row["ratio"], ""),
            text_cell("yes" if row["within"] else "no"),
        )
        for row in rows
    ]
    caption = (
        "Lags: means, and Wasserstein distances from the unseen part (how many days the lags "
        "differ by on average, case for case in order of length)"
    )
    return Table("lags", caption, heads, cells)


def _profile_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    names = ("weekday_floor", "weekday_off", "hour_floor", "hour_off")
    heads = [
        "Weekday, training part",
        "Weekday, simulated",
        "Hour, training part",
        "Hour, simulated",
    ]
    cells = [
        (text_cell(str(row["activity"])), *(value_cell(row[name], "share") for name in names))
        for row in rows
    ]
    return Table(
        "profiles",
        "Share of an activity's events that would have to move to be as in the unseen part",
        [Column("Activity"), *(Column(head, True, "share") for head in heads)],
        cells,
        folded=True,
    )


def _variants(coverage: Mapping[str, float]) -> Text:
    return Text(
        [
            f"Of the observed cases, {share_text(coverage['simulated'], 1)} follow a variant that "
            f"the simulation shows, {share_text(coverage['train'], 1)} one that the training part "
            "shows."
        ]
    )


def _cash_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    heads = [Column("Figure"), *(Column(n, right=True) for n in ("Observed", "Simulated", "Band"))]
    cells = [
        (
            text_cell(str(row["key"]).replace("_", " ")),
            value_cell(row["test"], ""),
            value_cell(row["simulated"], ""),
            text_cell(f"{_plain(row['low'])} to {_plain(row['high'])}"),
            text_cell("yes" if row["within"] else "no"),
        )
        for row in rows
    ]
    return Table("cash", "Cash, with the 95 % band of one simulated period",
                 [*heads, Column("Within")], cells)  # fmt: skip


def _left_out(found: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    if found["not_compared"]:
        cells = [
            (
                text_cell(str(row["activity"])),
                value_cell(row["test_percent"] / 100, "share"),
                text_cell(str(row["reason"])),
            )
            for row in found["not_compared"]
        ]
        heads = [Column("Activity"), Column("Share of cases", True, "share"), Column("Why")]
        blocks.append(Table("not-compared", "Activities that are left out", heads, cells))
    if found["day_stamped"]:
        names = ", ".join(str(name) for name in found["day_stamped"])
        blocks.append(
            Text([f"Only the day is recorded of {names}; simulated stamps are cut to it as well."])
        )
    return blocks


def _protocol_basis(found: Mapping[str, Any]) -> str:
    train, test = found["train"], found["test"]
    return (
        f"The first 80 % of the events ({count_text(train['cases'])} cases) teach a model, the "
        f"last 20 % ({count_text(test['cases'])} cases) judge it; {count_text(found['cut_cases'])} "
        f"cases that the border cuts are in neither. {found['runs']} simulated logs."
    )


def _protocol(found: Mapping[str, Any]) -> list[Section]:
    measures = found["measures"]
    activities = sorted(measures["prevalence"], key=lambda row: (-row["test"], row["activity"]))
    rows = [
        Judged(
            str(row["activity"]), "share", row["test"], row["train"], row["simulated"], None, None,
            100 * abs(row["simulated"] - row["test"]) <= _PROTOCOL_POINTS,
        )
        for row in activities
    ]  # fmt: skip
    kpis = [
        Judged(
            str(row["name"]).replace("_", " "), _unit(str(row["name"])), row["test"], row["train"],
            row["simulated"], row["low"], row["high"], row["low"] <= row["test"] <= row["high"],
        )
        for row in measures["kpis"]
    ]  # fmt: skip
    curves = lag_curves_of(found["curves"])
    following = found["next_activity"]
    sections = [
        Section(
            "answer",
            "Verdict",
            [
                Answer([("", str(found["verdict"][0]))]),
                Listing("What that means", [str(text) for text in found["verdict"][1:]]),
                distances_picture(found),
            ],
        ),
        Section(
            "lags",
            "Durations",
            [lag_distribution_picture(curves), lag_quantile_picture(curves)] if curves else [],
            new_page=True,
        ),
        Section("kpis", "KPIs", [kpi_bands_picture(kpis)]),
        Section("activities", "Activities", [prevalence_picture(rows, _PROTOCOL_POINTS)]),
        Section("clock", "Weekdays and hours (UTC)", [clock_profile_picture(found["clock"])]),
        Section(
            "order",
            "Order of activities",
            [
                _variants(measures["variants"]),
                Facts(
                    [
                        (
                            "Next step foreseen after learning from the training part",
                            value_cell(following["train"], "share"),
                        ),
                        (
                            "Next step foreseen after learning from simulated logs",
                            value_cell(following["simulated"], "share"),
                        ),
                    ]
                ),
            ],
        ),
    ]
    return [section for section in sections if section.blocks]


def _unit(name: str) -> str:
    return "hours" if name.endswith("hours") else "count"


def _customers_basis(found: Mapping[str, Any]) -> str:
    return f"The customers pay the invoices of {found['invoices']} {found['runs']} times."


def _customers(found: Mapping[str, Any]) -> list[Section]:
    names = [name for name in found["measures"][0] if name != "holds"] if found["measures"] else []
    rows = [
        (
            *(
                _plain_cell(row[name]) if isinstance(row[name], int | float) else
                text_cell(str("" if row[name] is None else row[name]).replace("_", " "))
                for name in names
            ),
            text_cell("yes" if row["holds"] else "no"),
        )
        for row in found["measures"]
    ]  # fmt: skip
    heads = [
        *(Column(name.replace("_", " ").capitalize(), right=place > 0)
          for place, name in enumerate(names)),
        Column("Holds"),
    ]  # fmt: skip
    blocks: list[Block] = [
        Answer([("", " ".join(str(text) for text in found["verdict"]))]),
        Heading("Measures"),
        Table("measures", "Observed and simulated payment behaviour", heads, rows),
    ]
    return [Section("answer", "Verdict", blocks)]


def _plain_cell(value: float) -> Cell:
    return count_cell(value) if isinstance(value, int) else Cell(significant_text(value), value)


def _prevalence(row: Mapping[str, Any]) -> Judged:
    test, train, simulated = (
        None if row[f"{part}_percent"] is None else row[f"{part}_percent"] / 100
        for part in ("test", "train", "simulated")
    )
    return Judged(
        str(row["activity"]), "share", float(test or 0.0), train, simulated, None, None,
        bool(row["within"]),
    )  # fmt: skip


def _plain(value: float | None) -> str:
    return "n/a" if value is None else significant_text(value)
