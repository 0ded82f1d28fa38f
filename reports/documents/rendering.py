"""Fill a document's template: one self-contained file, everything escaped unless marked safe."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from o2c_sim.errors import MissingDependencyError
from reports.figures.palette import css_variables

_TEMPLATES = Path(__file__).parent / "templates"


# Control characters, and those that turn the direction of all text that follows them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HYPHEN_AS_MINUS = re.compile(r"(?<![\w.])-(?=\d|[A-Z]{3} \d)")


def typeset(text: str) -> str:
    """Return *text* with a minus sign in place of each hyphen that stands before a number."""
    return _HYPHEN_AS_MINUS.sub("\u2212", text)


def rendered(template: str, context: Mapping[str, object], drawings: Mapping[str, str]) -> str:
    """Return a filled template.

    Parameters
    ----------
    template
        File name in the folder of templates.
    context
        Values for the template; strings in it are escaped.
    drawings
        Identifier to markup made by this package's figures, which goes in as it is; templates
        see it as ``drawings``.

    Raises
    ------
    MissingDependencyError
        If Jinja2 is not installed.
    """
    try:
        import jinja2
        from markupsafe import Markup
    except ImportError as missing:
        raise MissingDependencyError("jinja2", "reports") from missing
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["typeset"] = typeset
    # A key may break after its joints, not anywhere.
    environment.filters["breakable"] = lambda key: Markup("<wbr>").join(
        re.split(r"(?<=[_.])(?=.)", key)
    )
    environment.filters["percent"] = _percent
    environment.tests["number"] = _holds_number
    page = environment.get_template(template).render(
        {
            **context,
            "drawings": {name: Markup(text) for name, text in drawings.items()},
            "light": Markup(css_variables()),
            "dark": Markup(css_variables(dark=True)),
        }
    )
    # Surrogates from badly decoded logs cannot be written as UTF-8.
    return _UNSEEN.sub("", page).encode("utf-8", "replace").decode("utf-8")


def _percent(share: float) -> str:
    """Return the length of a bar, which ends at its frame whatever the share."""
    return "0" if math.isnan(share) else f"{100 * min(max(share, 0.0), 1.0):.1f}"


def _holds_number(cell: Any) -> bool:
    return isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
