"""``--parameter-uncertainty``: which draws belong to a company, and what they did, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reports.cli.console import plain

if TYPE_CHECKING:
    from mining.calibration.uncertainty import Uncertainty
    from o2c_sim import CompanyModel
    from scenarios.parameter_uncertainty import UncertainComparison
    from scenarios.scenario import Scenario

_FEW = 20


def known_draws(
    company: str | None, scenarios: Sequence[Scenario], file: Path | None
) -> tuple[CompanyModel, Uncertainty]:
    """Return a company as it was calibrated, and the draws of its parameters.

    Parameters
    ----------
    company
        As ``--company`` names it; None for the company of the scenarios.
    scenarios
        All of one company.
    file
        The draws; None for the file beside the company's.

    Raises
    ------
    UsageError
        If there are no draws of that company.
    ModelError
        If the file does not belong to it.
    """
    from mining.calibration.uncertainty import read_uncertainty
    from o2c_sim import Problem, UsageError, load_company, reference_names

    named = company if company is not None else scenarios[0].file.extends
    if file is None:
        if named in reference_names():
            raise UsageError(
                Problem(
                    f"--parameter-uncertainty: {named!r} is a reference company, whose values are "
                    "no estimates",
                    allowed="a company made by o2c calibrate",
                    suggestion="--company calibration/model.yaml",
                )
            )
        path = Path(named)
        file = path.with_name(f"{path.stem}.uncertainty.json")
        if not file.is_file():
            raise UsageError(
                Problem(
                    f"--parameter-uncertainty: there is no {file}",
                    suggestion="--uncertainty-file FILE, or o2c calibrate once more",
                )
            )
    model = load_company(named)
    return model, read_uncertainty(file, model)


def uncertain_lines(found: UncertainComparison, currency: str) -> list[str]:
    """Return the effects with and without knowing the company, as a table for each scenario."""
    from reports.answer import definition_of, signed_text
    from reports.cli.tables import text_table, wrapped

    lines = ["", "Not knowing the company exactly"]
    for name in dict.fromkeys(one.scenario for one in found.effects):
        rows = []
        for one in found.effects:
            if one.scenario != name:
                continue
            definition = definition_of(one.metric)
            known, known_span = signed_text(one.known, definition.unit, currency)
            change, span = signed_text(one.uncertain, definition.unit, currency)
            share = one.parameter_share
            rows.append(
                (
                    definition.label,
                    known,
                    known_span,
                    change,
                    span,
                    "" if share != share else f"{share:.0%}",
                )
            )
        head = ("KPI", "as calibrated", "interval", "as it may be", "interval", "unknown")
        lines += [name, text_table(head, rows, "lrrrrr")]
    lines.append(
        wrapped(
            f"as it may be: {found.replications} replications of {found.companies} companies that "
            f"the data allow, {len(found.parameters)} parameters drawn; its interval includes that "
            "the company is not known, and more runs do not narrow that part; unknown: the part of "
            "its variance that is due to the parameters"
        )
    )
    if found.replications < _FEW:
        lines.append(
            wrapped(
                f"warning: {found.replications} replications tell little about the spread of "
                f"companies; use --replications {_FEW} or more",
                2,
            )
        )
    return lines


def write_uncertain(found: UncertainComparison, folder: Path) -> None:
    """Write the effects as JSON."""
    text = json.dumps(plain(found.document()), indent=1, allow_nan=False)
    (folder / "parameter-uncertainty.json").write_text(text + "\n", encoding="utf-8")
