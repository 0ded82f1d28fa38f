"""Other values by path: what changes, what does not, and what is refused."""

import pytest

from o2c_sim import ModelError, override, parameters


@pytest.mark.parametrize("path", ["staff.credit.headcount", "capture.exception_share"])
def test_true_is_not_a_number(distributor, path):
    """Though Python takes it for 1."""
    with pytest.raises(ModelError, match="true and false"):
        override(distributor, {path: True}, "test")
    on = override(distributor, {"fulfilment.availability_check": True}, "test")
    assert on.fulfilment.availability_check.value is True


def test_one_value_changes_and_its_provenance_says_by_whom(distributor):
    """Every other parameter is as it was; the original model too."""
    changed = override(distributor, {"write_off.after_days": 3}, "scenario x")
    before, after = dict(parameters(distributor)), dict(parameters(changed))
    assert {path for path in before if before[path] != after[path]} == {"write_off.after_days"}
    parameter = after["write_off.after_days"]
    assert (parameter.value, parameter.provenance, parameter.source) == (3, "assumed", "scenario x")
    assert distributor.write_off.after_days.value == 180


def test_distributions_and_mappings_can_be_changed(distributor):
    """By what a model file would say."""
    changed = override(
        distributor,
        {
            "staff.order_desk.headcount": 4,
            "credit.review_wait_days": {"distribution": "exponential", "mean": 2},
            "billing.delivery_days": {"paper": 3, "pdf": 0, "e_invoice": 0},
        },
        "test",
    )
    assert changed.staff["order_desk"].headcount.value == 4
    assert changed.credit.review_wait_days.value.mean() == pytest.approx(2, rel=1e-3)
    assert changed.billing.delivery_days.value["paper"].mean() == 3


def test_every_parameter_can_be_set_to_what_it_is(distributor):
    """Overriding all parameters with their own values gives the same values."""
    own = {path: parameter.value for path, parameter in parameters(distributor)}
    changed = override(distributor, own, "test")
    assert {path: p.value for path, p in parameters(changed)} == own


def test_unknown_paths_are_all_named(distributor):
    """With a suggestion each; a section or a plain field is not a parameter."""
    wrong = ["write_off.after_day", "staff.warehous.headcount", "demand", "zone", ""]
    with pytest.raises(ModelError) as caught:
        override(distributor, dict.fromkeys(wrong, 1), "scenario x")
    assert len(caught.value.problems) == 5
    assert "did you mean 'write_off.after_days'?" in str(caught.value)
    assert "did you mean 'staff.warehouse.headcount'?" in str(caught.value)
    assert all(problem.where == "scenario x" for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("staff.credit.headcount", 0, "greater than or equal to 1"),
        ("staff.credit.headcount", 1.5, "valid integer"),
        ("credit.denial_share", 1.01, "less than or equal to 1"),
        ("credit.denial_share", float("nan"), ""),
        ("customers.lateness_noise_days", 1e9, "longer than a century; give it a cap"),
        ("customers.lateness_noise_days", -1e9, "floor of 0"),
        ("customers.payment_terms_days", 1e7, "longer than a century"),
        ("fulfilment.confirmed_lead_days", 1e9, "longer than a century"),
        ("write_off.after_days", 1e7, "longer than a century"),
        ("capture.system_minutes", -5, "system_minutes: can be -5; give it a floor of 0"),
        ("capture.touch_minutes", {"email": -1, "phone": 5}, "touch_minutes: can be -1"),
        ("cash_application.touch_minutes", -1, "can be -1"),
        ("credit.review_wait_days", {"distribution": "normal", "mean": 9, "sd": 9}, "floor of 0"),
        ("demand.line_value", 1e300, "give it a cap"),
        ("demand.lines_per_order", 1e300, "give it a cap"),
        ("demand.day_factor_cv", 1e200, "less than or equal to 100"),
        ("demand.channel_shares", {"edi": 0.5}, "sum to 0.5"),
        ("demand.channel_shares", {"fax": 1}, "'edi'"),
        ("dunning.run", {"days": ["mon"], "times": ["25:00"]}, "not a time of day"),
        (
            "customers.payment_terms_days",
            {"distribution": "normal", "mean": 1, "sd": 9},
            "payment_terms_days: can be -73",
        ),
        ("customers.payment_terms_days", None, ""),
    ],
)
def test_values_that_the_model_does_not_allow(distributor, path, value, message):
    """The same rules as in a file."""
    with pytest.raises(ModelError) as caught:
        override(distributor, {path: value}, "test")
    assert message in str(caught.value)


def test_two_bad_values_are_both_named(distributor):
    """All at once."""
    with pytest.raises(ModelError) as caught:
        override(distributor, {"credit.denial_share": 2, "collections.hazard_ratio": 0}, "test")
    assert len(caught.value.problems) == 2
