"""A model file that is damaged at random is a model or a list of mistakes, never a traceback."""

from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from o2c_sim import CompanyModel, ModelError, Window, simulate
from o2c_sim.model.loading import parse

TEXT = (resources.files("o2c_sim.model.reference") / "distributor.yaml").read_text("utf-8")


damage = st.tuples(
    st.sampled_from(["drop", "double", "swap", "replace", "indent", "cut"]),
    st.integers(0, len(TEXT.splitlines()) - 1),
    st.sampled_from(
        ["null", "-1", "1e999", ".nan", "[]", "{}", "x", "''", "!!binary eA==", "&a", "*a", "true",
         "2025-01-06", "08:00", "1_000", "{distribution: weibull}", "- 1", "0", "1e300", "|", "? x"]
    ),
    st.integers(0, 200),
)  # fmt: skip


def damaged(hits):
    """Return the distributor's text with lines dropped, doubled, swapped or scribbled on."""
    lines = TEXT.splitlines()
    for kind, number, scribble, place in hits:
        number %= len(lines)
        line = lines[number]
        if kind == "drop" and len(lines) > 1:
            del lines[number]
        elif kind == "double":
            lines.insert(number, line)
        elif kind == "swap":
            lines[number], lines[-1 - number] = lines[-1 - number], line
        elif kind == "replace":
            key, colon, _ = line.partition(":")
            lines[number] = f"{key}{colon} {scribble}"
        elif kind == "indent":
            lines[number] = "  " + line
        else:
            lines[number] = (
                line[: place % (len(line) + 1)] + scribble + line[place % (len(line) + 1) :]
            )
    return "\n".join(lines)


def check_damage(hits):
    """Anything but a ModelError fails; what still loads can be simulated for a day."""
    try:
        model = parse(damaged(hits), CompanyModel, "model.yaml", ModelError)
    except ModelError as error:
        messages = [problem.message for problem in error.problems]
    else:
        messages = ["it loads"]
        run_a_day(model)
    assert messages
    assert all(messages)


def run_a_day(model):
    """Simulate two days of a model that is not too large."""
    if model.demand.orders_per_week.value <= 1_000 and model.customers.count.value <= 1_000:
        simulate(model, window=Window(0, 2, 0))


@pytest.mark.slow
@settings(max_examples=60)
@given(hits=st.lists(damage, min_size=1, max_size=4))
def test_random_damage_never_gives_anything_but_a_model_error(hits):
    """A file scribbled on at random is a model or a ModelError, never a traceback."""
    check_damage(hits)


@pytest.mark.slow
@settings(max_examples=40)
@given(hits=st.lists(damage, min_size=1, max_size=6))
def test_random_damage_at_length(hits):
    """The same with more files."""
    check_damage(hits)
