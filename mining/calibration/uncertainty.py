"""How well a company is known: draws of its parameters, as one file beside the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mining.calibration.adoption import Value, adopt, rounded
from mining.calibration.estimate import DRAWS, Estimate
from o2c_sim import CompanyModel, ModelError, Problem, fingerprint

FORMAT = "o2c-uncertainty/1"
_MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Values that the parameters of a company might as well have.

    Parameters
    ----------
    model_sha256
        Fingerprint of the company that they belong to.
    draws
        Path to its value in each draw; draw number i of all paths makes one company.
    """

    model_sha256: str
    draws: Mapping[str, tuple[Any, ...]]

    @property
    def count(self) -> int:
        """Number of companies that can be drawn; 0 if nothing is uncertain."""
        return min((len(values) for values in self.draws.values()), default=0)


def uncertainty_of(company: CompanyModel, estimates: Sequence[Estimate]) -> Uncertainty:
    """Return the draws of estimates, without those that the model does not allow.

    A draw that is not allowed has the company's own value instead.
    """
    drawn = [one for one in estimates if len(one.draws) >= DRAWS]
    kept: dict[str, list[Any]] = {one.path: [] for one in drawn}
    for number in range(DRAWS):
        values = [Value(one.path, rounded(one.draws[number]), "data", one.source) for one in drawn]
        _, taken, _ = adopt(company, values)
        allowed = {value.path: value.value for value in taken}
        for one in drawn:
            kept[one.path].append(allowed.get(one.path, rounded(one.value)))
    return Uncertainty(
        fingerprint(company), {path: tuple(values) for path, values in kept.items() if values}
    )


def drawn_company(company: CompanyModel, uncertainty: Uncertainty, number: int) -> CompanyModel:
    """Return the company of one draw; *number* is taken modulo the number of draws.

    Raises
    ------
    ModelError
        If the draw does not fit the company.
    """
    if not uncertainty.count:
        return company
    number %= uncertainty.count
    source = f"draw {number} of what the data allow"
    values = [
        Value(path, values[number], "data", source) for path, values in uncertainty.draws.items()
    ]
    model, _, refused = adopt(company, values)
    if refused:
        raise ModelError(
            Problem(
                f"draw {number} of {one.path} does not fit the company: {one.reason}",
                suggestion="the uncertainty file of this very company",
            )
            for one in refused
        )
    return model


def uncertainty_text(uncertainty: Uncertainty) -> str:
    """Return the draws as the text of a JSON file."""
    document = {
        "format": FORMAT,
        "model_sha256": uncertainty.model_sha256,
        "draws": [{"path": path, "values": values} for path, values in uncertainty.draws.items()],
    }
    return json.dumps(_json_ready(document), allow_nan=False) + "\n"


def read_uncertainty(path: Path, company: CompanyModel) -> Uncertainty:
    """Read a file of :func:`uncertainty_text` for a company.

    Raises
    ------
    ModelError
        If the file cannot be read, is damaged, or belongs to another company.
    """

    def fault(message: str, suggestion: str = "run o2c calibrate again") -> ModelError:
        return ModelError(Problem(message, where=str(path), suggestion=suggestion))

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise fault("is too large for a file of parameter draws")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise fault(f"cannot be read as draws of parameters: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise fault(f"is no file of parameter draws (format {FORMAT})")
    try:
        draws = {
            str(item["path"]): tuple(_plain(value) for value in item["values"])
            for item in document["draws"]
        }
        known = str(document["model_sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise fault(f"is damaged ({type(error).__name__}: {error})") from error
    if len({len(values) for values in draws.values()}) > 1:
        raise fault("is damaged: its parameters have different numbers of draws")
    if len(draws) < len(document["draws"]):
        raise fault("is damaged: a parameter is there twice")
    if not any(draws.values()):
        raise fault("holds no draws: the log told nothing with an uncertainty")
    if known != fingerprint(company):
        raise fault(
            f"belongs to another company than {company.name!r}, or the company was changed since",
            "the model.uncertainty.json that was written with this model.yaml",
        )
    return Uncertainty(known, draws)


def _json_ready(value: Any) -> Any:
    """Return a value as JSON can hold it; a mapping with keys that are no text as pairs."""
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: _json_ready(item) for key, item in value.items()}
        return {"pairs": [[key, _json_ready(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_json_ready(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"pairs"}:
            return {key: _plain(item) for key, item in value["pairs"]}
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
