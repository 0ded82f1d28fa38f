"""Rules read from YAML, with the file and line of everything that is wrong."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

from mining.compliance.rule import RuleFile
from o2c_sim.errors import UsageError
from o2c_sim.model.loading import parse
from o2c_sim.model.yaml_tree import read_text


def load_rules(path: Path | str) -> RuleFile:
    """Read rules from a YAML file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    RuleFile
        The rules.

    Raises
    ------
    UsageError
        With every problem found, each with its line.
    """
    path = Path(path)
    return parse(read_text(path, UsageError), RuleFile, str(path), UsageError)


@lru_cache(maxsize=1)
def shipped_rules() -> RuleFile:
    """Return the rules that ship with the toolkit."""
    text = (resources.files("mining.compliance") / "shipped.yaml").read_text("utf-8")
    return parse(text, RuleFile, "shipped.yaml", UsageError)
