"""Every mistake in a model file is named with its line, what is allowed, and a suggestion."""

import datetime as dt
from importlib import resources

import pytest
from run_checks import varied

from o2c_sim import (
    CompanyModel,
    ModelError,
    fingerprint,
    load_company,
    parameters,
    reference_names,
)
from o2c_sim.model.loading import parse
from o2c_sim.model.yaml_tree import MAX_BYTES

TEXT = (resources.files("o2c_sim.model.reference") / "distributor.yaml").read_text("utf-8")


def problems(text):
    """Return the problems of a model text, or none."""
    try:
        parse(text, CompanyModel, "model.yaml", ModelError)
    except ModelError as error:
        return list(error.problems)
    return []


def line_of(text, part):
    """Return the number of the first line that has a part."""
    return next(i for i, line in enumerate(text.splitlines(), 1) if part in line)


# what: (old text, new text, part of the message, part of what helps, text on the named line)
MISTAKES = {
    "a misspelt key": (
        "orders_per_week:", "orders_per_wek:", "unknown key 'orders_per_wek' in 'demand'",
        "did you mean 'orders_per_week'?", "orders_per_wek",
    ),
    "a misspelt section": (
        "\ndemand:", "\ndemands:", "unknown key 'demands' in the file", "did you mean 'demand'?",
        "demands:",
    ),
    "a misspelt field of a distribution": (
        "shape: 0.48", "shap: 0.65", "unknown key 'shap'", "did you mean 'shape'?", "shap: 0.65",
    ),
    "an unknown role": (
        "  warehouse:\n    headcount", "  ware_house:\n    headcount",
        "should be 'order_desk', 'credit', 'warehouse', 'billing', 'collections', 'disputes' or",
        "",
        "ware_house:",
    ),
    "a missing section": ("\nwrite_off:", "\n#", "write_off is missing", "", None),
    "a missing field": (
        "  promise_days:", "  #", "collections.promise_days is missing", "", None,
    ),
    "words for a number": (
        "{value: 250,", "{value: plenty,", "should be a valid number", "'plenty'",
        "value: plenty",
    ),
    "half a person": (
        '{value: 2, provenance: assumed, source: "about', '{value: 1.5, source: "about',
        "should be a valid integer", "1.5", "value: 1.5",
    ),
    "nobody": (
        '{value: 2, provenance: assumed, source: "about', '{value: 0, source: "about',
        "greater than or equal to 1", "'0'", '{value: 0, source: "about',
    ),
    "a negative amount": (
        "{value: 28, provenance: assumed, source: loaded rate}", "{value: -28}",
        "greater than or equal to 0", "-28", "value: -28",
    ),
    "a share above one": (
        "value: 0.044\n", "value: 44\n", "less than or equal to 1", "'44'", "value: 44",
    ),
    "a number that is none": (
        "  hazard_ratio: {value: 2.0,", "  hazard_ratio: {value: .nan,",
        "should be", "'nan'", "value: .nan",
    ),
    "shares that do not sum": (
        "edi: 0.35", "edi: 0.45", "channel_shares: the shares sum to 1.1, not to 1", "", "demand:",
    ),
    "shares of values that do not sum": (
        "{1: 0.56,", "{1: 0.50,", "lines_per_order.value: the shares sum to 0.94, not to 1", "",
        None,
    ),
    "overlapping shifts": (
        '"13:00-17:00"', '"11:00-17:00"', "'11:00-17:00' overlaps the one before it", "", "shifts:",
    ),
    "a shift that ends before it starts": (
        '"13:00-17:00"', '"13:00-09:00"', "does not end after it starts", "", "shifts:",
    ),
    "a shift without an end": (
        '"13:00-17:00"', '"13:00"', "'13:00' is not a shift; write 'HH:MM-HH:MM'", "", "shifts:",
    ),
    "an hour that does not exist": (
        '"13:00-17:00"', '"13:00-25:00"', "'25:00' is not a time of day", "", "shifts:",
    ),
    "a run at 24:00": (
        'times: ["03:00"]', 'times: ["24:00"]', "write '00:00' of the next day", "", "times: [\"24",
    ),
    "a time without quotes, read as a number": (
        'times: ["03:00"]', "times: [3]", "should be a valid string", "'3'", "times: [3]",
    ),
    "an unknown calendar": (
        "calendar: warehouse", "calendar: warehose", "'warehose' is not one of the calendars",
        "office, warehouse", None,
    ),
    "an unknown zone": (
        "America/New_York", "America/Newark", "'America/Newark' is not an IANA time zone", "",
        "zone:",
    ),
    "an unknown weekday": ("[mon, tue,", "[mon, tues,", "should be 'mon', 'tue'", "'tues'", "tues"),
    "no working day": (
        "days: [mon, tue, wed, thu, fri]\n    shifts", "days: []\n    shifts", "at least 1 item",
        "", "days: []",
    ),
    "an unknown distribution": (
        "{distribution: lognormal, median: 7", "{distribution: logarithmic, median: 7",
        "'logarithmic'", "lognormal", "logarithmic",
    ),
    "floor above cap": (
        "floor: -15, cap: 45", "floor: 50, cap: 45", "floor 50.0 is above cap 45.0", "",
        "floor: 50",
    ),
    "orders without a line": (
        "{1: 0.56,", "{0: 0.56,", "lines_per_order: can be 0; an order has at least 1 line", "",
        "demand:",
    ),
    "negative values of lines": (
        "{distribution: lognormal, median: 5314, sigma: 1.40, floor: 1, cap: 500000}",
        "{distribution: normal, mean: 10, sd: 9}", "line_value: can be negative", "floor of 0",
        "demand:",
    ),
    "a claim without a source": (
        "{value: 300, provenance: data, source: \"IBM SAP manufacturing log: 301 customers\"}",
        "{value: 300, provenance: data}", "customers.count: provenance 'data' needs a source", "",
        "  count:",
    ),
    "a provenance that is none": (
        "provenance: published", "provenance: rumour", "'data', 'published' or 'assumed'",
        "'rumour'", "rumour",
    ),
    "a method without its float": (
        "      wire: 0\n", "", "payment_float_days: nothing for wire", "", "customers:",
    ),
    "an hour of the day that does not exist": (
        "17: 0.02}", "24: 0.02}", "hours go from 0 to 23", "", "demand:",
    ),
    "a currency that is none": (
        "currency: USD", "currency: dollars", "should match pattern", "'dollars'", "currency:",
    ),
    "a date that is none": (
        "start_date: 2025-01-06", "start_date: 2025-13-06", "month must be in 1..12", "",
        "start_date:",
    ),
    "another schema": (
        "schema_version: 1", "schema_version: 2", "should be 1", "'2'", "schema_version:",
    ),
    "a key twice": (
        "currency: USD\n", "currency: USD\ncurrency: EUR\n", 'found duplicate key "currency"', "",
        "currency: EUR",
    ),
    "tabs": ("  promise_days", "\tpromise_days", "not valid YAML: ", "", "\tpromise_days"),
    "an open bracket": ("[mon, tue, wed", "[[mon, tue, wed", "not valid YAML: ", "", None),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_named_with_its_line(what):
    """The message says what is wrong, the place where, and what would have been right."""
    old, new, message, help_, place = MISTAKES[what]
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    found = problems(text)
    shown = "\n".join(map(str, found))
    assert any(message in problem.message for problem in found), shown
    assert help_ in shown
    if place is not None:
        assert f"model.yaml:{line_of(text, place)}:" in shown, shown


def test_all_mistakes_are_reported_at_once():
    """Three mistakes, three problems, each with its line."""
    text = TEXT.replace("currency: USD", "currency: usd").replace("promise_days", "promise_day")
    text = text.replace("{value: 28,", "{value: -28,", 1)
    found = [str(problem) for problem in problems(text)]
    assert len(found) == 4, "the misspelt field is unknown and the right one is missing"
    for part in ("'usd'", "unknown key 'promise_day'", "promise_days is missing", "-28"):
        assert any(part in problem for problem in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("- a\n- b\n", "the file is a list"),
        ("just words", "the file is plain text"),
        ("a: &a [*a]", "is missing"),
        ("a: [" * 5_000, "not valid YAML"),
        ("? [1, 2]\n: 3\n", "is missing"),
        ("headcount: 0x" + "f" * 6_000, "unknown key 'headcount'"),
        ("schema_version: 0x" + "f" * 6_000, "should be 1"),
        ("schema_version: " + "9" * 6_000, ""),
        ("base: &b {name: x}\n<<: *b\nname: 5\n", "unknown key 'base'"),
        ("base: &b {nome: x}\n<<: *b\n", "unknown key 'nome'"),
        ("name: !!python/object/apply:os.system [ls]", "is missing"),
        ("!!set {a, b}", ""),
        ("%YAML 1.1\n---\nname: 12:30:45\n", "is missing"),
        ("null: 3\n1.5: 4\ntrue: 5\n2025-01-01: 6\n", ""),
        ("zone: \"a\\0b\"", "IANA"),
        ("zone: ''", "IANA"),
        ("zone: ../../etc/passwd", "IANA"),
        ("zone: Factory", "IANA"),
        ("zone: right/UTC", "IANA"),
        ("zone: America", "IANA"),
        ("start_date: 2025-01-06T10:00:00", "start_date"),
        ("name: \x07", "not valid YAML"),
    ],
)  # fmt: skip
def test_what_is_no_model_at_all(text, message):
    """Strange files give a ModelError and no other exception."""
    found = problems(text)
    assert found
    assert any(message in problem.message for problem in found)


def test_an_alias_bomb_is_refused_quickly():
    """Nine levels of nine aliases are 387 million values in 400 bytes."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    (found,) = problems("\n".join(lines))
    assert "too many values" in found.message


def test_files_that_cannot_be_read(tmp_path):
    """Absent, a folder, not UTF-8, too large: a ModelError that names the file."""
    with pytest.raises(ModelError, match="did you mean 'distributor'"):
        load_company("distributer")
    with pytest.raises(ModelError, match="cannot be read"):
        load_company(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: Müller".encode("latin-1"))
    with pytest.raises(ModelError, match="byte 7 is not UTF-8 text"):
        load_company(latin)
    large = tmp_path / "large.yaml"
    large.write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(ModelError, match="1,000,001 bytes"):
        load_company(large)


def test_a_file_gives_the_same_model_as_the_reference(tmp_path, distributor):
    """Read from disk, with Windows line ends and a byte-order mark, it has the same fingerprint."""
    path = tmp_path / "company.yaml"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode("utf-8-sig"))
    assert fingerprint(load_company(path)) == fingerprint(distributor)
    assert reference_names() == (
        "consumer_supplier",
        "distributor",
        "distributor_poor",
        "manufacturer",
    )


def test_the_fingerprint_sees_values_and_not_the_layout(distributor):
    """Comments and order of keys do not count; a value does."""
    commented = "# a comment\n" + TEXT.replace("currency: USD\n", "").replace(
        "zone:", "currency: USD\nzone:"
    )
    same = parse(commented, CompanyModel, "x", ModelError)
    assert fingerprint(same) == fingerprint(distributor)
    assert fingerprint(varied(distributor, {"write_off.after_days": 8})) != fingerprint(distributor)


def test_a_model_survives_json(distributor):
    """Models travel between processes as text: equal, and with the same fingerprint."""
    back = CompanyModel.model_validate_json(distributor.model_dump_json(by_alias=True))
    assert back == distributor
    assert fingerprint(back) == fingerprint(distributor)


def test_every_parameter_of_the_reference_company_has_a_source(distributor):
    """Nothing is a bare number: provenance and a few words on where it comes from."""
    found = dict(parameters(distributor))
    assert len(found) > 50
    assert [path for path, p in found.items() if not p.source.strip()] == []
    assert {p.provenance for p in found.values()} == {"data", "published", "assumed"}
    assert "staff.order_desk.headcount" in found
    written = TEXT.count("provenance: ")
    stated = [p for p in found.values() if not p.source.startswith("default: ")]
    assert len(stated) == written, "a parameter of the file is written without its provenance"


@pytest.mark.parametrize("date", [dt.date(1, 1, 1), dt.date(1900, 1, 1), dt.date(9999, 12, 31)])
def test_a_start_date_that_no_calendar_reaches_is_refused(distributor, date):
    """Time stamps are microseconds since 1970, and no calendar goes past the year 9999."""
    with pytest.raises(ValueError, match="start_date"):
        varied(distributor, start_date=date)


def test_a_company_may_say_only_what_is_different(tmp_path, distributor):
    """Whole parameters are replaced, sections are kept; one file may extend another beside it."""
    (tmp_path / "ours.yaml").write_text(
        "extends: distributor\nname: Ours\nwrite_off:\n  after_days: 90\n"
        "customers:\n  payment_method_shares: {wire: 1}\n"
    )
    (tmp_path / "theirs.yaml").write_text("extends: ours.yaml\nstaff: {credit: {headcount: 2}}\n")
    found = load_company(tmp_path / "theirs.yaml")
    assert (found.name, found.write_off.after_days.value) == ("Ours", 90)
    assert found.customers.payment_method_shares.value == {"wire": 1}
    assert found.staff["credit"].headcount.value == 2
    assert found.staff["credit"].cost_per_hour == distributor.staff["credit"].cost_per_hour
    before, after = dict(parameters(distributor)), dict(parameters(found))
    assert {path for path in before if before[path] != after[path]} == {
        "write_off.after_days",
        "customers.payment_method_shares",
        "staff.credit.headcount",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: distribtor\n", "did you mean 'distributor'"),
        ("name: Loop\nextends: x.yaml\n", r"x\.yaml:2: extends: .* more than 8 times"),
        ("extends: [distributor]\n", "is no company"),
        ("extends: distributor\nstaff: 3\n", r"x\.yaml:2: staff"),
        ("extends: distributor\n\nwrite_off: {after_day: 3}\n", r"x\.yaml:3: unknown key"),
        ("extends: distributor\nwrite_off: {after_days: -3}\n", r"x\.yaml:2: write_off.after_days"),
    ],
)
def test_what_is_wrong_with_a_company_that_extends_another(tmp_path, text, message):
    """A name, a circle, no text, and values that are wrong on their line."""
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(ModelError, match=message):
        load_company(path)
