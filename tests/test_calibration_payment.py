"""Calibration of how customers pay: theory and hand-computed cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse, stats

from mining.calibration.estimate import DRAWS
from mining.calibration.intended_days import (
    ANY_DAY,
    DAYS,
    FIRST_DAY,
    Statement,
    later_than,
    observed,
    on_due_date,
    undated,
    weekday,
)
from mining.calibration.lateness import (
    Ints,
    Lateness,
    bootstrap,
    fit,
    gradient,
    habit_weights,
    log_likelihood,
    misfit,
    noise_line,
    noise_shares,
    payments,
    reading,
)
from mining.calibration.segments import latent_groups
from mining.calibration.shares import share, shares, standing_apart

WORKDAYS = (0, 1, 2, 3, 4)
MORNING = Statement(WORKDAYS, 7.0)
MONDAY = 4  # 1970-01-05
FAR = -10_000


def days_of(row: sparse.csr_matrix) -> dict[int, float]:
    """Return the intended days of an observation with their weights."""
    return {int(DAYS[at]): float(w) for at, w in zip(row.indices, row.data, strict=True)}


def one(
    paid: int, due: int, method: str = "wire", run: int = ANY_DAY, arrived: int = FAR
) -> dict[int, float]:
    """Return what one payment tells, seen on a statement at 7 in the morning."""
    return days_of(
        observed(
            np.array([paid]), np.array([due]), np.array([arrived]), [method], np.array([run]),
            MORNING,
        )
    )  # fmt: skip


class TestIntendedDays:
    def test_money_on_a_wednesday_statement_was_sent_on_tuesday(self) -> None:
        assert one(MONDAY + 2, due=MONDAY) == {1: 1.0}

    def test_money_on_a_tuesday_statement_was_meant_for_monday_or_the_weekend_before(self) -> None:
        assert one(MONDAY + 8, due=MONDAY) == {5: 1.0, 6: 1.0, 7: 1.0}

    def test_a_run_stands_for_the_week_around_it(self) -> None:
        tuesday_run = 1 << 1
        assert one(MONDAY + 9, due=MONDAY, run=tuesday_run) == dict.fromkeys(range(5, 12), 1.0)

    def test_what_no_weekday_of_the_run_explains_is_a_slip_on_any_day(self) -> None:
        friday_run = 1 << 4
        found = one(MONDAY + 9, due=MONDAY, run=friday_run)
        assert len(found) == len(DAYS)
        assert max(found.values()) < 0.001

    def test_what_was_paid_on_arrival_may_have_been_meant_for_any_day_before(self) -> None:
        found = one(MONDAY + 3, due=MONDAY + 2, arrived=MONDAY + 2)
        assert min(found) == FIRST_DAY
        assert max(found) == 0

    def test_what_is_open_is_known_to_be_later(self) -> None:
        assert min(days_of(later_than(np.array([3])))) == 3

    def test_without_a_weekday_two_of_seven_days_are_put_off(self) -> None:
        assert days_of(undated(np.array([4]))) == {4: 5 / 7, 3: 1 / 7, 2: 1 / 7}

    def test_money_timed_for_a_due_date_on_a_saturday_comes_on_the_friday_before(self) -> None:
        friday, saturday = MONDAY + 4, MONDAY + 5
        weights, exact, early = on_due_date(
            np.array([friday, friday - 1]), np.array([saturday] * 2), ["wire"] * 2, MORNING
        )
        assert exact.tolist() == [True, False]
        assert early.tolist() == [False, True]
        # Meant for Sunday it would come on the Friday, too.
        assert max(days_of(weights[0])) == 1

    @settings(max_examples=30, deadline=None)
    @given(
        st.sampled_from(["wire", "ach", "check", "other"]),
        st.sampled_from([ANY_DAY, 1, 2, 8, 16]),
        st.integers(0, 6),
        st.integers(-20, 40),
        st.floats(0, 23),
    )
    def test_some_statement_shows_what_is_meant_for_a_day_and_only_one(
        self, method: str, run: int, due: int, meant: int, hour: float
    ) -> None:
        statement = Statement(WORKDAYS, hour)
        paid = np.arange(due + meant - 12, due + meant + 25)
        paid = paid[[weekday(int(day)) in WORKDAYS for day in paid]]
        size = len(paid)
        weights = observed(
            paid,
            np.full(size, due),
            np.full(size, FAR),
            [method] * size,
            np.full(size, run),
            statement,
        )
        rows = weights.toarray()[np.diff(weights.indptr) < len(DAYS)]
        assert rows[:, meant - FIRST_DAY].sum() == pytest.approx(1.0)


def sampled(lateness: Lateness, customers: int, each: int, seed: int) -> tuple[Ints, Ints]:
    """Return customer and days late of payments with a known lateness."""
    rng = np.random.default_rng(seed)
    if lateness.habit_family == "normal":
        habit = lateness.habit * rng.standard_normal(customers)
    else:
        habit = lateness.habit * rng.standard_t(3, customers)
    number = np.repeat(np.arange(customers), each)
    noise = lateness.location + lateness.scale * rng.standard_t(lateness.df, len(number))
    return number, np.rint(habit[number] + noise).astype(np.int64)


def exactly(late: Ints) -> sparse.csr_matrix:
    """Return the weights of days that are the intended ones."""
    places = np.clip(late - FIRST_DAY, 0, len(DAYS) - 1)
    return sparse.csr_matrix(
        (np.ones(len(late)), (np.arange(len(late)), places)), shape=(len(late), len(DAYS))
    )


TRUE = Lateness(-3.0, 1.5, 3.0, 4.0, "normal")


class TestRandomEffects:
    def test_habits_and_residuals_are_probabilities(self) -> None:
        for family in ("normal", "student_t"):
            assert habit_weights(Lateness(0, 1, 3, 5, family)).sum() == pytest.approx(1.0)
        # Two half steps to a day.
        assert noise_line(TRUE).sum() == pytest.approx(2.0, abs=0.01)

    def test_the_gradient_is_that_of_the_likelihood(self) -> None:
        number, late = sampled(TRUE, 20, 6, seed=1)
        data = payments(number, exactly(late), 20)
        weight = np.linspace(0.2, 1.0, 20)
        at = Lateness(-1.0, 2.0, 4.0, 3.0, "student_t")
        numeric = optimize.approx_fprime(
            at.theta,
            lambda theta: weight @ log_likelihood(data, Lateness.of(theta, "student_t")),
            1e-5,
        )
        assert gradient(data, reading(data, at), weight) == pytest.approx(
            numeric, rel=1e-3, abs=1e-2
        )

    def test_known_habits_and_noise_are_found_again(self) -> None:
        number, late = sampled(TRUE, 150, 12, seed=2)
        data = payments(number, exactly(late), 150)
        found = fit(data)
        assert found.habit_family == "normal"
        times = np.random.default_rng(3).multinomial(150, np.full(150, 1 / 150), size=200)
        drawn = bootstrap(data, found, np.ones(150), times.astype(float))
        for name in ("location", "scale", "df", "habit"):
            low, high = np.quantile([getattr(d, name) for d in drawn], [0.005, 0.995])
            assert low < getattr(TRUE, name) < high, name

    def test_open_invoices_count_as_later_and_not_as_missing(self) -> None:
        number, late = sampled(TRUE, 150, 12, seed=4)
        seen = late <= -2
        weights = sparse.vstack(
            [exactly(late[seen]), later_than(np.full((~seen).sum(), -1))]
        ).tocsr()
        everybody = np.concatenate([number[seen], number[~seen]])
        censored = fit(payments(everybody, weights, 150))
        dropped = fit(payments(number[seen], exactly(late[seen]), 150))
        assert censored.location == pytest.approx(TRUE.location, abs=0.8)
        assert dropped.location < TRUE.location - 1.0

    def test_a_customer_with_half_of_the_invoices_does_not_make_the_noise_of_all(self) -> None:
        number, late = sampled(TRUE, 60, 10, seed=5)
        giant = np.rint(np.random.default_rng(6).normal(0, 12, 5_000)).astype(np.int64)
        together = payments(
            np.concatenate([number, np.full(len(giant), 60)]),
            exactly(np.concatenate([late, giant])),
            61,
        )
        assert together.counts[60].sum() == pytest.approx(100.0)
        assert fit(together).scale < 3.0

    def test_noise_without_a_family_is_close_to_the_right_one_and_far_from_a_wrong_one(
        self,
    ) -> None:
        number, late = sampled(TRUE, 100, 15, seed=7)
        data = payments(number, exactly(late), 100)
        found = fit(data)
        shares_found = noise_shares(data, found, np.ones(100), 8)
        assert shares_found.sum() == pytest.approx(1.0)
        assert misfit(found, shares_found) < 0.06
        wrong = Lateness(found.location + 4, found.scale, found.df, found.habit, found.habit_family)
        assert misfit(wrong, shares_found) > 0.3

    def test_one_kind_of_customer_is_one_group_and_two_are_two(self) -> None:
        number, late = sampled(TRUE, 80, 10, seed=8)
        assert len(latent_groups(payments(number, exactly(late), 80))) == 1
        slow = Lateness(25.0, 6.0, 5.0, 5.0, "normal")
        other, later = sampled(slow, 20, 10, seed=9)
        both = payments(
            np.concatenate([number, other + 80]), exactly(np.concatenate([late, later])), 100
        )
        groups = latent_groups(both)
        assert [group.name for group in groups] == ["", "slow_payer"]
        assert groups[1].share == pytest.approx(0.2, abs=0.05)
        assert groups[1].weight[80:].min() > 0.5 > groups[1].weight[:80].max()


class TestShares:
    def test_the_interval_of_a_share_is_that_of_jeffreys(self) -> None:
        found = share("x", 7, 20, "by hand", seed=1)
        assert found is not None
        assert found.value == 0.35
        # Brown, Cai and DasGupta: beta(7.5, 13.5).
        assert (found.low, found.high) == pytest.approx(stats.beta(7.5, 13.5).interval(0.95))
        assert len(found.draws) == DRAWS
        assert share("x", 0, 0, "nothing", seed=1) is None

    def test_shares_of_kinds_add_up_to_one_and_leave_out_what_was_never_seen(self) -> None:
        found = shares("x", {"a": 1, "b": 2, "c": 0}, "by hand", seed=1)
        assert found is not None
        assert set(found.value) == {"a", "b"}
        for value in (found.value, *found.draws):
            assert sum(value.values()) == pytest.approx(1.0, abs=1e-9)

    def test_a_small_group_is_told_apart_only_if_it_differs(self) -> None:
        alike = standing_apart({"": (5, 15), "shop": (4, 12)})
        assert alike == ((9, 27), {})
        rest, apart = standing_apart({"": (1, 15), "shop": (12, 12)})
        assert rest == (1, 15)
        assert apart == {"shop": (12, 12)}
