"""Random options: refused with one message or carried out, never an internal error."""

import random
import string

import pytest
from command_line import o2c, refused
from hypothesis import given
from hypothesis import strategies as st

from mining.kpis import DEFINITIONS
from o2c_sim import ModelError, UsageError, load_company, override, parameters
from reports.cli.compare import parse_condition
from reports.cli.settings import parse_settings

COMPANY = load_company("distributor")
PATHS = [path for path, _ in parameters(COMPANY)]
VALUES = st.one_of(
    st.text(max_size=40),
    st.floats().map(repr),
    st.integers().map(str),
    st.sampled_from(
        ["null", "~", "[]", "{}", "[1, [2]]", "{a: {b: c}}", "&a [*a]", "*a", "!!int x", "? :", "%",
         "---", "...", "'", '"', "1e999", "-.inf", "0x1F", "2024-13-45", "true", "- - -", "@", "`"]
    ),
)  # fmt: skip


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_as_a_setting(settings):
    """A ``--set`` gives paths with values or a usage error, whatever is typed."""
    try:
        found = parse_settings(settings)
    except UsageError as error:
        said = [problem.message for problem in error.problems]
    else:
        assert all(isinstance(path, str) and path for path in found)
        return
    assert all(text.startswith("--set ") and "\n" not in text for text in said)


@given(st.sampled_from(PATHS), VALUES)
def test_any_value_for_a_parameter(path, value):
    """A value for an existing parameter is taken or refused by the model, nothing else."""
    try:
        changes = parse_settings([f"{path}={value}"])
        changed = override(COMPANY, changes, "--set")
    except (UsageError, ModelError):
        return
    assert dict(parameters(changed))[path].provenance == "assumed"


CONDITIONS = st.builds(
    "{}{}{}".format, st.sampled_from(list(DEFINITIONS)), st.sampled_from(list("<>= ")), VALUES
)


@given(st.one_of(st.text(max_size=40), CONDITIONS))
def test_any_text_as_a_condition(text):
    """A ``--fail-if`` is a known KPI, a sign and a finite number, or a usage error."""
    try:
        key, sign, threshold = parse_condition(text)
    except UsageError:
        return
    assert key in DEFINITIONS
    assert sign in "<>"
    assert threshold == threshold


VERBS = ["mine", "check", "simulate", "compare", "report", "validate", "schema", "nothing", ""]
FLAGS = [
    "--days", "--seed", "--set", "--fail-if", "--case", "--json", "-q", "-r", "--workers", "--zone",
    "--model", "--format", "--confidence", "--noise", "--min-fitness", "--warm-up", "-x", "--", "-",
]  # fmt: skip


def test_random_command_lines(monkeypatch):
    """A hundred random command lines end with 0, 1, 2 or 3 and a message, never with 70."""
    # What would run for long is cut short: the options are what is tried here.
    monkeypatch.setattr("o2c_sim.simulate", broken, raising=False)
    monkeypatch.setattr("scenarios.compare.compare", broken)
    rng = random.Random(3)
    values = [
        "0",
        "-1",
        "1e99",
        "nan",
        "x",
        "case_a",
        "distributor",
        "a=b",
        "late_share>1",
        "\u00e4",
    ]
    for _ in range(100):
        words = [rng.choice(VERBS)]
        for _ in range(rng.randint(0, 5)):
            noise = "".join(rng.choices(string.printable, k=rng.randint(0, 8)))
            words.append(rng.choice([rng.choice(FLAGS), rng.choice(values), noise]))
        outcome = o2c(*words)
        assert outcome.code in (0, 1, 2, 3), (words, outcome)
        assert "Traceback" not in outcome.out + outcome.err


def broken(*_args, **_kwargs):
    """Stand in for work that is not wanted."""
    raise UsageError("not in this test")


@pytest.mark.parametrize(
    "line",
    [
        "simulate --days 36500 --set demand.orders_per_week=10000000",
        "simulate --warm-up 36501",
        "compare case_a -r 100001",
        "compare case_a --workers 1025",
        "simulate --seed 1.5",
        "compare case_a --confidence nan",
        "check x --min-fitness inf",
    ],
)
def test_absurd_numbers(line, here):
    """Numbers out of any range are refused at once, before memory or time are spent."""
    refused(o2c(*line.split(), *(() if line.startswith("check") else ("-o", "x"))), 2)
    assert list(here.iterdir()) == []
