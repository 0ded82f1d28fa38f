"""Every field of a model is described, and what is said of it is true."""

import math
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from o2c_sim import ModelError, UsageError, load_company
from o2c_sim.model import CompanyModel, override, parameters, reference_names
from o2c_sim.model.allowed_text import allowed_text, unit_of
from o2c_sim.model.distribution import Beta, Constant, Empirical, LogNormal, StudentT
from o2c_sim.model.explanation import explanations
from o2c_sim.model.glossary import look_up, members
from o2c_sim.model.value_text import brief_text, statistics, value_lines


@pytest.fixture(scope="module")
def found(distributor):
    """Return the explanations of the reference company."""
    return explanations(distributor)


def undescribed(model):
    """Return the fields of a model and of all that it holds which have no description."""
    schema = model.model_json_schema()
    return [
        f"{name}.{field}"
        for name, part in {"": schema, **schema.get("$defs", {})}.items()
        for field, content in part.get("properties", {}).items()
        if not content.get("description", "").strip()
    ]


def test_every_field_is_described():
    """Process leads read the descriptions: a field without one cannot ship."""
    assert undescribed(CompanyModel) == []


def test_the_check_of_descriptions_can_fail():
    """It looks into nested models, and blanks do not count."""

    class Inner(BaseModel):
        bare: int

    class Outer(BaseModel):
        inner: Inner = Field(description="what it holds")
        blank: int = Field(description=" ")

    assert undescribed(Outer) == [".blank", "Inner.bare"]


def test_descriptions_read_as_parts_of_a_sentence(found):
    """They are printed after a name or as a sentence: no full stop, no line break."""
    for item in found:
        for text in (item.meaning, *(part.meaning for part in item.parts)):
            assert text == text.strip() != "", item.path
            assert not text.endswith("."), item.path
            assert "\n" not in text, item.path


@pytest.mark.parametrize("name", reference_names())
def test_every_parameter_is_explained(name):
    """Explanations hold each parameter once, with the value and evidence that the model has."""
    model = load_company(name)
    explained = {x.path: x for x in explanations(model) if x.kind == "parameter"}
    held = dict(parameters(model))
    assert list(explained) == list(held)
    for path, parameter in held.items():
        item = explained[path]
        assert item.value == parameter.value
        assert (item.provenance, item.source) == (parameter.provenance, parameter.source)
        assert item.allowed
        assert item.lines()


def test_the_ranges_are_those_that_the_model_keeps(distributor, found):
    """A number beyond a stated limit is refused; there are limits enough to try."""
    tried = 0
    for item in found:
        if item.kind != "parameter" or not isinstance(item.value, int | float):
            continue
        words = (
            item.allowed.replace(",", "")
            .replace(";", "")
            .replace("number 0 or", "number from 0 or")
            .split()
        )
        outside = [float(words[words.index("to") + 1]) + 1] if "to" in words else []
        outside += [float(words[words.index("from") + 1]) - 1] if "from" in words else []
        for value in outside:
            tried += 1
            with pytest.raises(ModelError):
                override(distributor, {item.path: value}, "test")
    assert tried > 30


def test_negative_durations_are_refused_where_it_is_said(distributor, found):
    """``0 or more`` holds for durations that may be distributions; habits may be early."""
    durations = [x for x in found if "distribution" in x.allowed and x.unit == "days"]
    said = {x.path: "0 or more" in x.allowed for x in durations}
    assert said["credit.review_wait_days"]
    assert not said["customers.lateness_effect_days"]
    for item in durations:
        if said[item.path] and not isinstance(item.value, dict):
            with pytest.raises(ModelError, match="floor of 0"):
                override(distributor, {item.path: -1}, "test")
    early = override(distributor, {"customers.lateness_effect_days": -1}, "test")
    assert early.customers.lateness_effect_days.value == Constant(value=-1)


@pytest.mark.parametrize(
    ("name", "annotation", "meaning", "unit"),
    [
        ("review_wait_days", float, "", "days"),
        ("pick_minutes_per_line", float, "", "minutes per line"),
        ("cost_per_hour", float, "", "EUR per hour"),
        ("orders_per_week", float, "", "orders per week"),
        ("growth_per_year", float, "", "share per year"),
        ("denial_share", float, "", "share"),
        ("hour_shares", dict[int, float], "", "shares"),
        ("floor", float, "smallest amount, currency", "EUR"),
        ("sigma", float, "spread of the order rates", ""),
        ("days", tuple[str, ...], "working weekdays", ""),
        ("headcount", int, "", "people"),
        ("insolvencies_per_year", float, "", "insolvencies per year"),
    ],
)
def test_the_unit_is_in_the_name(name, annotation, meaning, unit):
    """The last word tells, or the one before ``per``; money also by description."""
    assert unit_of(name, annotation, meaning, "EUR") == unit


class Level(BaseModel):
    """A part of a list."""

    days: int


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (float, "number"),
        (Annotated[int, Field(ge=1, le=100_000)], "whole number from 1 to 100,000"),
        (Annotated[float, Field(gt=0, le=5)], "number above 0, to 5"),
        (Annotated[float, Field(ge=0, lt=1)], "number from 0 below 1"),
        (Annotated[float, Field(ge=0)], "number, 0 or more"),
        (Literal["oldest", "largest"], "one of oldest, largest"),
        (Literal[1], "1"),
        (bool, "true or false"),
        (dict[Literal["a", "b"], float], "for any of a, b: number"),
        (Annotated[tuple[Level, ...], Field(min_length=1, max_length=3)], "list of 1 to 3: (days)"),
        (Annotated[tuple[float, ...], Field(min_length=12, max_length=12)], "list of 12: number"),
        (float | None, "number; may be left out"),
        (dict[str, Level], "for any name: (days)"),
        (Annotated[tuple[int, ...], Field(max_length=1000)], "list of at most 1,000: whole number"),
        (Annotated[str, Field(min_length=1, max_length=9)], "text of 1 to 9 characters"),
    ],
)
def test_what_is_allowed_in_words(annotation, text):
    """Types and constraints become words."""
    assert allowed_text(annotation) == text


def test_the_figures_of_a_lognormal():
    """Median m and sigma s: the mean is m exp(s^2 / 2), the 90th percentile m exp(1.2816 s)."""
    figures = statistics(LogNormal(distribution="lognormal", median=7, sigma=0.6))
    assert figures["mean"] == pytest.approx(7 * math.exp(0.18), rel=1e-3)
    assert figures["median"] == pytest.approx(7)
    assert figures["p90"] == pytest.approx(7 * math.exp(1.2815516 * 0.6), rel=1e-6)


def test_the_figures_of_a_beta():
    """The mean is alpha / (alpha + beta)."""
    figures = statistics(Beta(distribution="beta", alpha=0.32, beta=1.09))
    assert figures["mean"] == pytest.approx(0.32 / 1.41, rel=1e-3)


def test_no_mean_is_made_up():
    """Student's t with one degree of freedom has no mean, unless both tails are cut off."""
    wild = {"distribution": "student_t", "df": 1}
    assert set(statistics(StudentT(**wild))) == {"median", "p90"}
    assert "median" in statistics(StudentT(**wild, floor=-5))
    assert "mean" not in statistics(StudentT(**wild, floor=-5))
    assert statistics(StudentT(**wild, floor=-5, cap=5))["mean"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("value", "unit", "lines"),
    [
        (0.125, "share", ["0.125 (12.5 %)"]),
        (0.2, "share per year", ["0.2 (20 % per year)"]),
        (1, "days", ["1 day"]),
        (1, "people", ["1 person"]),
        (1_250_000, "USD", ["1,250,000 USD"]),
        (True, "", ["true"]),
        (None, "", ["none"]),
        ((), "", ["none"]),
        ({}, "", ["none"]),
        (Constant(value=2), "days", ["2 days"]),
        ({"a": 0.25, "b": 0.75}, "shares", ["a: 0.25 (25 %), b: 0.75 (75 %)"]),
        ({"a": Constant(value=2)}, "days", ["a: 2 days"]),
        ((Level(days=7), Level(days=21)), "", ["days: 7", "days: 21"]),
        (
            Empirical(distribution="empirical", shares={0: 0.5, 30: 0.5}, cap=20),
            "days",
            ["empirical (shares 0: 0.5, 30: 0.5, cap 20)", "mean 10, median 20, p90 20 days"],
        ),
    ],
)
def test_values_in_words(value, unit, lines):
    """Numbers have their unit, shares their percentage, distributions what they amount to."""
    assert value_lines(value, unit) == lines


def test_a_value_in_brief():
    """Of a distribution, the median is what fits in a column."""
    wide = LogNormal(distribution="lognormal", median=5314, sigma=1.4)
    assert brief_text(wide, "USD") == "median 5,314 USD"
    assert brief_text(Constant(value=2), "days") == "2 days"


def test_what_is_left_out_is_the_default(distributor, found):
    """A key that the file does not state is explained with its default, and marked."""
    holidays = look_up(found, "calendars.office.holidays")[0]
    assert (holidays.given, holidays.default) == (False, "none")
    assert distributor.calendars["office"].holidays == ()
    stated = look_up(found, "credit.denial_share")[0]
    assert (stated.given, stated.default) == (True, "")


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("credit.auto_release_share", "credit.auto_release_share"),
        ("auto_release_share", "credit.auto_release_share"),
        ("Auto-Release-Share", "credit.auto_release_share"),
        ("credit", "credit"),
        ("dunning.levels.overdue_days", "dunning.levels"),
        ("demand.channel_shares.edi", "demand.channel_shares"),
        ("lognormal", "distributions.lognormal"),
        ("staff.credit.headcount", "staff.credit.headcount"),
    ],
)
def test_a_key_that_names_one_path(found, key, path):
    """Paths, unique names and keys inside a value lead to one explanation."""
    assert [item.path for item in look_up(found, key)] == [path]


def test_words_lead_to_all_that_hold_them(found):
    """A name that several paths share, and words in a description, give a list."""
    shared = [item.path for item in look_up(found, "touch_minutes")]
    assert {"capture.touch_minutes", "disputes.touch_minutes"} < set(shared)
    assert "customers.credit_limit_days" in [x.path for x in look_up(found, "limit credit")]
    assert "dunning.levels" in [x.path for x in look_up(found, "hazard")]


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("credit.denial_shre", "credit.denial_share"),
        ("denial_shre", "denial_share"),
        ("qqq", "o2c explain"),
        ("credit.auto_release_share.qqq", "credit.auto_release_share"),
        (" ", "o2c explain"),
    ],
)
def test_an_unknown_key_is_refused(found, key, suggestion):
    """The message names the nearest key."""
    with pytest.raises(UsageError) as refusal:
        look_up(found, key)
    assert suggestion in refusal.value.problems[0].suggestion


def test_members_are_the_keys_of_a_section(found, distributor):
    """A section's members are its fields, in their order; at the top, those of the model."""
    credit = [item.name for item in members(found, "credit")]
    assert credit == list(type(distributor.credit).model_fields)
    top = [item.name for item in members(found)]
    assert top == [*CompanyModel.model_fields, "distributions"]
