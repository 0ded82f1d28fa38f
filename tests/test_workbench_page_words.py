"""What verbs say reaches people without options and places of the server."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mining
from reports.workbench.page_words import INSTEAD, in_words, with_fields

LOG = "/home/ann/o2c work/logs/0123456789abcdef/file/orders.csv"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (
            f"error: {LOG.replace(' ', '_')}: there is a header but no event",
            "orders.csv: there is a header but no event",
        ),
        (
            "error: too short\n  allowed: 5 cases\n  try: a longer log",
            "too short\nNeeded: 5 cases\nWhat to do: a longer log",
        ),
        (
            "name the delimiter with --delimiter",
            "say what separates the columns, if it is another character",
        ),
        ("give --zone, or --case-type", "give “Time zone”, or “One case is one”"),
        # No option: a minus twice within a name, and one that no page has a field for.
        ("pre--zone and --frobnicate", "pre--zone and --frobnicate"),
        # A case or activity that looks like a folder stays as it is.
        ("none of 'A/B/logs/C' is known", "none of 'A/B/logs/C' is known"),
    ],
)
def test_words_of_verbs_become_words_of_pages(told, shown):
    """Error, allowed and try are words of a terminal, as options and folders are."""
    assert in_words(told) == shown


def test_what_a_verb_advises_is_still_what_it_says():
    """The texts that are replaced as a whole are those that the verbs have."""
    root = Path(mining.__file__).parents[1]
    files = [*root.glob("mining/**/*.py"), *root.glob("reports/cli/*.py")]
    told = {
        node.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "--" in node.value
    }
    for text in INSTEAD:
        assert any(text in one for one in told), text


def test_a_report_names_fields_in_brackets_only():
    """Text beside them, and options that pages lack, stay."""
    markup = "<li>no role (--role): x</li><code>--role</code> (--seed)"
    assert with_fields(markup) == "<li>no role (“Role”): x</li><code>--role</code> (--seed)"
