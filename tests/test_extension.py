"""Extensions: own stages, policies and activities from a user's Python file."""

import datetime as dt
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest
from command_line import o2c, refused
from ideal import ideal
from run_checks import everything

from mining.normative import check
from o2c_sim import ExtensionError, Window, load_extension, override, simulate
from o2c_sim.process import payment
from o2c_sim.process.company import Company
from o2c_sim.process.cycle import found
from o2c_sim.process.stages import Stages
from scenarios.experiment import run_replications

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
SHORT = Window(0, 30, 90)


@pytest.fixture
def written(tmp_path):
    """Return a function that writes an extension's text into a file and returns its path."""

    def write(text, name="own.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def refusal(action, *arguments, **options):
    """Return the text of the refusal."""
    with pytest.raises(ExtensionError) as caught:
        action(*arguments, **options)
    return str(caught.value)


def times(run, activity):
    """Return the times of an activity's events."""
    return run.log.events.filter(pl.col("activity").cast(pl.String) == activity)["time"]


def test_an_extension_that_changes_nothing_changes_nothing(distributor, written):
    """The same stages by another way give the same log, to the byte."""
    same = written("def extend(stages):\n    return stages\n")
    plain = simulate(distributor, window=SHORT)
    extended = simulate(distributor, window=SHORT, extension=same)
    assert extended.log.events.equals(plain.log.events)
    assert extended.postings.equals(plain.postings)
    assert set(extended.manifest) - set(plain.manifest) == {"extension"}
    assert extended.manifest["extension"]["sha256"] == load_extension(same).sha256


def test_everybody_pays_on_the_15th(distributor):
    """Invoices of January are paid on Saturday 15 February 2025, money on Monday's statement.

    February's are paid on Saturday 15 March, March's on Tuesday 15 April (statement on
    Wednesday). Nobody disputes, nobody is reminded, so nothing comes at another time.
    """
    never = [{"overdue_days": 300, "hazard_ratio": 1}]
    model = ideal(
        distributor, {"customers.payment_float_days": {"wire": 0}, "dunning.levels": never}
    )
    run = simulate(model, window=Window(0, 60, 60), extension=EXAMPLES / "pay_on_the_15th.py")
    received = {moment.date() for moment in times(run, "Receive Payment")}
    assert received == {dt.date(2025, 2, 17), dt.date(2025, 3, 17), dt.date(2025, 4, 16)}
    assert everything(run, model) == []


@pytest.mark.slow
def test_small_invoices_are_not_reminded(distributor):
    """No reminder is about an open amount below 1,000; without the extension some are."""
    window = Window(0, 90, 60)

    def reminded_below(run, amount):
        reminders = run.log.events.filter(
            pl.col("activity").cast(pl.String).str.contains("Dunning")
        )
        invoices = (
            run.log.event_objects.join(reminders.select("event"), on="event", how="semi")
            .join(run.log.objects, on="object")
            .filter(pl.col("type").cast(pl.String) == "invoice", pl.col("amount") < amount)
        )
        return invoices.height

    extended = simulate(distributor, window=window, extension=EXAMPLES / "small_amounts.py")
    assert reminded_below(simulate(distributor, window=window), 1_000) > 0
    assert reminded_below(extended, 1_000) == 0
    assert everything(extended, distributor) == []


def test_a_policy_of_the_file_is_gone_by(distributor):
    """The worklist ranks customers by what they owe: who owes most has the lowest rank."""
    extension = load_extension(EXAMPLES / "small_amounts.py")
    company = found(distributor, 1, 0, extension)
    assert company.collections.priority.__name__ == "largest_debtor_first"
    assert found(distributor, 1, 0).collections.priority is not company.collections.priority


def test_a_stage_of_ones_own_is_in_the_log_and_takes_time(distributor):
    """A fifth of the customers wait for a licence before picking, so their goods leave later."""
    model = ideal(distributor)
    run = simulate(model, window=SHORT, extension=EXAMPLES / "export_licence.py")
    assert run.log.events["activity"].dtype.categories[-1] == "Check Export Licence"
    cases = (
        run.log.flatten("delivery")
        .with_columns(pl.col("activity").cast(pl.String))
        .group_by("case")
        .agg(
            pl.col("time").filter(pl.col("activity") == "Create Delivery").first().alias("made"),
            pl.col("time").filter(pl.col("activity") == "Check Export Licence").first(),
            pl.col("time").filter(pl.col("activity") == "Pick and Pack").first().alias("picked"),
            pl.col("resource").filter(pl.col("activity") == "Check Export Licence").first(),
        )
        .drop_nulls(["made", "picked"])
    )
    abroad, home = cases.drop_nulls("time"), cases.filter(pl.col("time").is_null())
    assert 0.1 < abroad.height / cases.height < 0.35
    assert (abroad["made"] < abroad["time"]).all()
    assert (abroad["time"] < abroad["picked"]).all()
    assert abroad["resource"].cast(pl.String).str.starts_with("Order desk").all()
    later = (abroad["picked"] - abroad["made"]).mean() - (home["picked"] - home["made"]).mean()
    assert dt.timedelta(days=2) < later < dt.timedelta(days=5)
    assert (run.costs["hours"] > 0).any()


@pytest.mark.slow
def test_the_normative_check_names_what_it_does_not_know(distributor):
    """An activity of one's own is left out of the check, which says so."""
    run = simulate(distributor, window=SHORT, extension=EXAMPLES / "export_licence.py")
    found = check(run.log.flatten("order"))
    assert found.not_checked["activity"].to_list() == ["Check Export Licence"]
    assert "Check Export Licence" in found.coverage


@pytest.mark.slow
def test_draws_of_an_extension_leave_all_others_alone(distributor, written):
    """Orders and their credit checks are the same with a stage that draws."""
    drawing = written(
        "from dataclasses import replace\n"
        "def extend(stages):\n"
        "    def confirm(company, order):\n"
        "        company.own['last'] = company.draws('own.any')(order.number)\n"
        "        stages.confirm(company, order)\n"
        "    return replace(stages, confirm=confirm)\n"
    )
    plain, own = (simulate(distributor, window=SHORT, extension=e) for e in (None, drawing))
    assert own.log.events.equals(plain.log.events)


@pytest.mark.slow
def test_workers_load_the_same_file(distributor):
    """Two processes give what one gives, and not what the company gives without the file."""
    options = {"seed": 3, "replications": 2, "window": Window(0, 20, 20)}
    example = EXAMPLES / "pay_on_the_15th.py"
    alone, shared = (
        run_replications([distributor], workers=workers, extension=example, **options)
        for workers in (1, 2)
    )
    plain = run_replications([distributor], workers=1, **options)
    for one, two, without in zip(alone[0], shared[0], plain[0], strict=True):
        assert (one.receivables == two.receivables).all()
        assert (one.receivables != without.receivables).any()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def extend(stages)\n    return stages\n", ["own.py:1", "SyntaxError"]),
        ("x = 1\n\nraise RuntimeError('no disk')\n", ["own.py:3", "RuntimeError: no disk"]),
        ("import nowhere_at_all\n", ["own.py:1", "nowhere_at_all"]),
        ("x = 1\n", ["neither extend nor adapt"]),
        ("def extends(stages):\n    return stages\n", ["did you mean 'extend'"]),
        ("extend = 3\n", ["extend is no function"]),
        ("\0", ["is no text"]),
        (
            "from o2c_sim.extension import Activity\nA = Activity('Create Invoice', 'order')\n"
            "B = Activity('Smile', 'nobody')\ndef extend(s):\n    return s\n",
            ["'Create Invoice' exists already", "about 'nobody', not one of customer"],
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(text, said, written):
    """The message names the file, the line if there is one, and what is wrong."""
    message = refusal(load_extension, written(text))
    for words in said:
        assert words in message


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """Neither a missing file nor a folder is code."""
    assert "there is no such file" in refusal(load_extension, tmp_path / "own.py")
    assert "is a folder" in refusal(load_extension, tmp_path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return None", "extend returns NoneType"),
        ("return replace(stages, enter=3)", "the stage enter is 3"),
        ("return replace(stages, enter=lambda c, o: None)", "enter takes time"),
        ("return replace(stages, confirm=stages.enter)", "confirm acts at once"),
        ("return replace(stages, confirm=lambda company: None)", "called with (company, order)"),
        ("return replace(stages, confirmed=None)", "own.py:3: TypeError"),
    ],
)
def test_stages_that_do_not_fit_are_refused_before_the_run(body, said, written, distributor):
    """What would go wrong in the middle of a run is found at its start."""
    path = written(f"from dataclasses import replace\ndef extend(stages):\n    {body}\n")
    assert said in refusal(simulate, distributor, extension=path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return policies.credit", "adapt returns CreditPolicy"),
        (
            "return replace(policies, credit=policies.dunning)",
            "adapt, credit returns DunningPolicy",
        ),
        ("return 1 / 0", "own.py:3: ZeroDivisionError"),
    ],
)
def test_policies_that_do_not_fit_are_refused(body, said, written, distributor):
    """A policy of the wrong stage would fail far from its cause."""
    path = written(f"from dataclasses import replace\ndef adapt(policies, model):\n    {body}\n")
    assert said in refusal(simulate, distributor, extension=path)


def test_a_fault_in_the_middle_of_a_run_is_told_with_its_line(written, distributor):
    """The line is the user's, in a stage that takes time and in one that does not."""
    start = "from dataclasses import replace\ndef extend(stages):\n"
    at_once = "    def confirm(company, order):\n        order.nothing\n"
    text = f"{start}{at_once}    return replace(stages, confirm=confirm)\n"
    assert "own.py:4: AttributeError" in refusal(
        simulate, distributor, window=SHORT, extension=written(text)
    )
    slow = "    def enter(company, order):\n        yield 'soon'\n"
    text = f"{start}{slow}    return replace(stages, enter=enter)\n"
    message = refusal(simulate, distributor, window=SHORT, extension=written(text))
    assert "own.py:4: TypeError: a process yields a time" in message
    books = "    def write_off(company, invoice):\n        company.ledger.credit(0.0, 10**9, 1)\n"
    text = f"{start}{books}    return replace(stages, plan_payment=write_off)\n"
    message = refusal(simulate, distributor, window=SHORT, extension=written(text))
    assert "own.py:4: LedgerError" in message


def test_every_stage_is_called_by_its_field(distributor, written):
    """Each field counts its calls: none is passed over, so a replacement always takes effect."""
    text = (
        "from dataclasses import fields, replace\n"
        "import inspect\n"
        "CALLED = set()\n"
        "def counted(name, stage):\n"
        "    def at_once(*given):\n"
        "        CALLED.add(name)\n"
        "        return stage(*given)\n"
        "    def taking_time(*given):\n"
        "        CALLED.add(name)\n"
        "        return (yield from stage(*given))\n"
        "    return taking_time if inspect.isgeneratorfunction(stage) else at_once\n"
        "def extend(stages):\n"
        "    own = {f.name: counted(f.name, getattr(stages, f.name)) for f in fields(stages)}\n"
        "    return replace(stages, **own)\n"
    )
    extension = load_extension(written(text))
    model, window = override(distributor, {"write_off.after_days": 60}, "test"), Window(0, 120, 60)
    run = simulate(model, window=window, extension=extension)
    assert extension.extend.__globals__["CALLED"] == {field.name for field in fields(Stages)}
    assert run.log.events.equals(simulate(model, window=window).log.events)


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_the_page_shows_the_examples_as_they_are(example):
    """What a reader copies is what is tested here."""
    page = (EXAMPLES.parent / "extension.md").read_text()
    assert f"```python\n{example.read_text()}```" in page


def test_the_command_line_runs_the_file_and_blames_it(written, tmp_path):
    """``--extension`` reaches the manifest; a fault in the file is a message, exit code 2."""
    example = EXAMPLES / "pay_on_the_15th.py"
    short = ("--warm-up", 0, "--days", 5, "--cool-down", 0)
    done = o2c("simulate", *short, "--extension", example, "--json")
    assert done.document["result"]["manifest"]["extension"]["file"] == example.name
    few = ("--replications", 2, "--workers", 1)
    compared = o2c("compare", "case_b", *short, *few, "--extension", example, "--json")
    versions = compared.document["result"]["comparison"]["versions"]
    assert versions[f"extension {example.name}"] == load_extension(example).sha256
    bad = written("def extend(stages):\n    return stages.nothing\n")
    refused(o2c("simulate", *short, "--extension", bad), 2, "own.py:2: AttributeError")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("payment.pay_at = print", "payment.pay_at"),
        ("del payment.pay_at", "payment.pay_at"),
        ("Company.after = print", "company.Company.after"),
        ("def extend(stages):\n    payment.pay_at = print\n    return stages", "payment.pay_at"),
    ],
)
def test_what_a_compiled_simulator_would_not_heed_is_refused(written, monkeypatch, text, name):
    """Run as Python, a function that is replaced by assignment is gone by; results must agree."""
    for owner, own in ((payment, "pay_at"), (Company, "after")):
        monkeypatch.setattr(owner, own, getattr(owner, own))
    start = "from o2c_sim.process import payment\nfrom o2c_sim.process.company import Company\n"
    path = written(f"{start}def extend(stages):\n    return stages\n{text}\n")
    load_extension(path).stages()
    monkeypatch.undo()
    for owner, own in ((payment, "pay_at"), (Company, "after")):
        monkeypatch.setattr(owner, own, getattr(owner, own))
    monkeypatch.setattr("o2c_sim.compiled.in_use", lambda: True)
    said = refusal(lambda: load_extension(path).stages())
    assert f"o2c_sim.process.{name} is replaced" in said
    assert "O2C_NOT_COMPILED=1" in said


def test_a_fault_that_only_machine_code_has_leads_to_the_sources(written, monkeypatch):
    """Classes of the simulator have no subclasses when it is compiled, and types are checked."""
    path = written("def extend(stages):\n    raise TypeError('cannot inherit from compiled')\n")
    assert "O2C_NOT_COMPILED" not in refusal(load_extension(path).stages)
    monkeypatch.setattr("o2c_sim.compiled.in_use", lambda: True)
    assert "O2C_NOT_COMPILED=1" in refusal(load_extension(path).stages)
