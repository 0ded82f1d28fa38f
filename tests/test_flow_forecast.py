"""Forecasts of flow: throughput, the drawn future, the back-test, and their pictures."""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.flow.backtest import Coverage, coverage
from mining.flow.burn_up import burn_up
from mining.flow.forecast import MOST_DAYS, SHARES, forecast, forecast_of_replications
from mining.flow.throughput import Pattern, Throughput, daily_throughput, pattern_of, sampled
from o2c_sim.errors import UsageError
from reports.figures.canvas import figure_svg
from reports.figures.forecast_chart import forecast_chart_picture
from reports.figures.forecast_words import basis_text, coverage_text
from reports.figures.monte_carlo import monte_carlo_how_many_picture, monte_carlo_when_picture

MONDAY = dt.date(2024, 1, 1)

MONDAY_NOON = dt.datetime.combine(MONDAY, dt.time(12))


def made(*finished):
    """Return a throughput that begins on a Monday."""
    return Throughput(MONDAY, np.array(finished, np.int64))


def test_days_are_local_and_those_without_work_count():
    """23:30 in UTC is 00:30 the next day in Berlin; the third day has nothing."""
    done = pl.Series([dt.datetime(2024, 1, 1, 10), dt.datetime(2024, 1, 1, 23, 30), None])
    last = dt.date(2024, 1, 3)
    assert daily_throughput(done, MONDAY, last).finished.tolist() == [2, 0, 0]
    assert daily_throughput(done, MONDAY, last, "Europe/Berlin").finished.tolist() == [1, 1, 0]
    assert daily_throughput(done, last, MONDAY).days == 0


def test_a_window_is_the_last_days():
    """The last three of five days; more than there are gives all."""
    five = made(1, 2, 3, 4, 5)
    assert five.window(3).finished.tolist() == [3, 4, 5]
    assert five.window(3).first == dt.date(2024, 1, 3)
    assert five.window(60).days == 5
    with pytest.raises(UsageError, match="window of 0 days"):
        five.window(0)


def test_one_item_a_day_is_certain():
    """Seven remaining at one a day: the seventh day; until day five, five."""
    found = forecast(pattern_of(made(*[1] * 30)), 7, until=dt.date(2024, 2, 4))
    assert found.as_of == dt.date(2024, 1, 30)
    assert {found.when(share) for share in SHARES} == {dt.date(2024, 2, 6)}
    assert {found.at_least(share) for share in SHARES} == {5}
    assert found.likelihood_by(dt.date(2024, 2, 5)) == 0.0
    assert found.likelihood_by(dt.date(2024, 2, 6)) == 1.0


def test_one_open_item_is_one_and_trials_end_at_all_of_them():
    """Singular words; no tick above 100 % of the trials, and no mark without its room."""
    found = forecast(pattern_of(made(*[1] * 60)), 1)
    created = pl.Series([MONDAY_NOON])
    history = burn_up(created, created.clear().extend_constant(None, 1), MONDAY, found.as_of)
    assert forecast_chart_picture(history, found, "orders").title.startswith("The 1 open order is")
    picture = monte_carlo_when_picture(found, "orders")
    assert picture.title.startswith("1 order: ")
    axes = picture.figure().axes[0]
    assert max(axes.get_yticks()) == 100
    assert axes.get_ylim()[1] > 100


def test_one_item_on_every_second_day_is_geometric():
    """P(not done after n days) = 1/2 ** n: 50 % on day 1, 85 % on day 3, 95 % on day 5."""
    found = forecast(Pattern(made(*[0, 1] * 30), "days"), 1, trials=40_000)
    days = [(found.when(share) - found.as_of).days for share in (0.49, 0.70, 0.85, 0.95)]
    assert days == [1, 2, 3, 5]
    # The sum of 30 fair coins: mean 15, standard deviation 2.74.
    assert found.at_least(0.5) == 15
    assert found.at_least(0.85) == 12
    assert found.finished.mean() == pytest.approx(15, abs=0.1)


def test_weekdays_are_drawn_from_their_own():
    """Work on weekdays only: found by the test, and nothing is finished on a weekend."""
    window = made(*([5, 4, 6, 5, 5, 0, 0] * 8))
    pattern = pattern_of(window)
    assert pattern.sampling == "weekdays"
    for sampling in ("weekdays", "weeks"):
        drawn = sampled(Pattern(window, sampling), np.random.default_rng(1), 50, window.last, 21)
        assert drawn.reshape(50, 3, 7)[:, :, 5:].sum() == 0
        assert (drawn.reshape(50, 3, 7)[:, :, :5] > 0).all()
    later = window.last + dt.timedelta(days=3)
    for sampling in ("weekdays", "weeks"):
        drawn = sampled(Pattern(window, sampling), np.random.default_rng(1), 50, later, 14)
        assert (drawn.sum(axis=0) == 0).nonzero()[0].tolist() == [2, 3, 9, 10]


def test_alike_days_are_drawn_from_all():
    """Noise that does not know the weekday is not taken for a pattern."""
    noise = np.random.default_rng(3).poisson(5, 60)
    assert pattern_of(made(*noise)).sampling == "days"
    assert pattern_of(made(*noise)).changing == ""


def test_a_trend_is_said():
    """A throughput that falls through the window makes the forecast too early."""
    falling = pattern_of(made(*np.repeat(np.arange(20, 8, -1), 5)))
    assert falling.changing == "falling"
    assert "too early" in basis_text(forecast(falling, 10))


def test_nothing_finished_cannot_be_forecast():
    """Words, no numbers and no error, in each picture too."""
    found = forecast(pattern_of(made(*[0] * 60)), 5)
    assert "cannot be said" in found.problem
    assert found.when(0.85) is None
    assert found.at_least(0.85) is None
    empty = pl.Series([], dtype=pl.Datetime("us"))
    history = burn_up(empty, empty, MONDAY, found.as_of)
    for picture in (
        monte_carlo_when_picture(found),
        monte_carlo_how_many_picture(found),
        forecast_chart_picture(history, found),
    ):
        assert "cannot be said" in picture.title
        assert "<svg" in figure_svg(picture.figure(), title="", identifier="x")


def test_nothing_remaining_is_finished_today():
    """No open item: the as-of date itself."""
    found = forecast(pattern_of(made(1, 2, 3)), 0)
    assert found.when(0.95) == found.as_of


def test_what_takes_longer_than_ten_years_has_no_date():
    """One item in 60 days and 10 000 remaining."""
    found = forecast(pattern_of(made(1, *[0] * 59)), 10_000, trials=20)
    assert found.when(0.5) is None
    assert (found.days_needed == MOST_DAYS + 1).all()
    assert "more than ten years" in monte_carlo_when_picture(found).title


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40).filter(any),
    st.integers(0, 60),
    st.integers(0, 5),
)
def test_percentiles_are_in_order_and_true(finished, remaining, seed):
    """More likely is later and fewer; the fan meets the remaining items on the named day."""
    found = forecast(pattern_of(made(*finished)), remaining, trials=200, seed=seed)
    when = [found.when(share) for share in SHARES]
    assert when == sorted(when)
    least = [found.at_least(share) for share in SHARES]
    assert least == sorted(least, reverse=True)
    for share, day, number in zip(SHARES, when, least, strict=True):
        assert found.likelihood_by(day) >= share
        assert found.likelihood_of(number) >= share
        assert found.likelihood_of(number + 1) < share
        if day > found.as_of:
            assert found.likelihood_by(day - dt.timedelta(days=1)) < share
    assert (np.diff(found.fan, axis=1) >= 0).all()
    assert (np.diff(found.fan, axis=0) >= 0).all()
    if remaining:
        needed = (found.when(0.5) - found.as_of).days
        assert found.fan[1, needed - 1] >= remaining
        assert needed == 1 or found.fan[1, needed - 2] < remaining


def test_the_same_seed_gives_the_same_forecast():
    """And another seed another."""
    pattern = pattern_of(made(*range(10)))
    one, two, other = (forecast(pattern, 40, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(one.days_needed, two.days_needed)
    assert not np.array_equal(one.days_needed, other.days_needed)


def test_replications_take_the_place_of_trials():
    """Two runs of three days finish 4 items on day 2 and never."""
    runs = np.array([[2, 2, 0], [1, 1, 1]])
    found = forecast_of_replications(runs, MONDAY, 4, until=dt.date(2024, 1, 3))
    assert found.when(0.5) == dt.date(2024, 1, 3)
    assert found.when(0.95) is None
    assert found.at_least(0.95) == 2
    assert "replications" in basis_text(found)
    with pytest.raises(UsageError, match="behind the end"):
        forecast_of_replications(runs, MONDAY, 4, until=dt.date(2024, 1, 9))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"remaining": -1}, "-1 remaining"),
        ({"remaining": 1, "trials": 0}, "0 trials"),
        ({"remaining": 1, "until": MONDAY}, "a later day"),
    ],
)
def test_bad_numbers_are_refused(options, message):
    """With what is allowed."""
    with pytest.raises(UsageError, match=message):
        forecast(pattern_of(made(1, 1)), **options)
    with pytest.raises(UsageError, match="no way to draw"):
        pattern_of(made(1), "months")
    with pytest.raises(UsageError, match="every weekday"):
        pattern_of(made(1), "weekdays")


def test_forecasts_of_a_steady_process_hold_as_often_as_they_claim():
    """Poisson throughput: 85 % forecasts made each week hold about 85 % of the time."""
    steady = made(*np.random.default_rng(11).poisson(4, 420))
    for options in ({}, {"remaining": 100}):
        found = coverage(steady, **options)
        assert found.enough
        assert 0.65 <= found.held / found.made <= 1.0


def test_a_process_that_stops_breaks_its_forecasts():
    """Whoever looked back on busy days promised what never came."""
    stopped = made(*[5] * 100, *[0] * 60)
    found = coverage(stopped, window_days=60, ahead_days=30)
    # The last 30 days cannot be judged; before day 100 less 30 everything holds.
    assert found.held < found.made
    assert "too sure" in coverage_text(Coverage(0.85, 20, 10, 7))
    assert coverage(made(*[1] * 20)).made == 0
    assert "Too few" in coverage_text(coverage(made(*[1] * 20)))


def test_scope_less_finished_is_what_is_open():
    """One item open before the stretch; one comes each day of two; one goes on the second."""
    at = [dt.datetime(2023, 12, 30), dt.datetime(2024, 1, 1, 9), dt.datetime(2024, 1, 2, 9)]
    done = pl.Series([dt.datetime(2024, 1, 2, 12), None, None])
    history = burn_up(pl.Series(at), done, MONDAY, dt.date(2024, 1, 2))
    assert history.scope.tolist() == [2, 3]
    assert history.finished.tolist() == [0, 1]
    assert history.open_now == 2


def test_bars_hold_every_trial_and_at_most_forty():
    """Shares of the drawn bars add up to all trials; each number is that of the result."""
    finished = np.random.default_rng(2).poisson(3, 60)
    found = forecast(pattern_of(made(*finished)), 150)
    for picture, values in (
        (monte_carlo_when_picture(found), found.days_needed),
        (monte_carlo_how_many_picture(found), found.finished),
    ):
        rows = picture.data.rows
        assert len(rows) <= 40
        assert sum(row[2].value for row in rows) == found.trials == values.size
        assert sum(row[3].value for row in rows) == pytest.approx(1)
        likely = [row[4].value for row in rows]
        assert likely == sorted(likely) or likely == sorted(likely, reverse=True)
        assert "seed 1" in picture.caption
        assert "not a causal forecast" in picture.caption
    for row in monte_carlo_when_picture(found).data.rows:
        assert row[4].value == found.likelihood_by(row[0].value)
    for row in monte_carlo_how_many_picture(found).data.rows:
        assert row[4].value == found.likelihood_of(row[1].value)


def test_the_chart_ends_where_the_result_does():
    """The last past row is today's state, and the fan reaches scope on the pessimistic day."""
    done = [dt.datetime(2024, 1, 1) + dt.timedelta(days=day % 50, hours=9) for day in range(200)]
    created = pl.Series([moment - dt.timedelta(hours=5) for moment in done] + [done[0]] * 60)
    past = pl.Series([*done, *[None] * 60], dtype=pl.Datetime("us"))
    as_of = dt.date(2024, 2, 19)
    history = burn_up(created, past, MONDAY, as_of)
    found = forecast(pattern_of(daily_throughput(past, MONDAY, as_of)), history.open_now)
    picture = forecast_chart_picture(history, found, "order lines $x^2$")
    rows = {row[0].value: row for row in picture.data.rows}
    assert rows[as_of][1].value - rows[as_of][2].value == found.remaining == 60
    assert rows[found.when(0.85)][3].value == rows[as_of][1].value
    before = found.when(0.85) - dt.timedelta(days=1)
    assert rows[before][3].value < rows[as_of][1].value
    assert str(found.when(0.5)) in picture.title
    texts = [text.get_text() for text in picture.figure().axes[0].texts]
    assert any(str(found.when(0.85)) in text for text in texts)


def test_labels_of_a_certain_forecast_do_not_lie_on_each_other():
    """Four percentiles on one day stand in four rows."""
    picture = monte_carlo_when_picture(forecast(pattern_of(made(*[1] * 30)), 7))
    figure = picture.figure()
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 4
    assert not any(one.overlaps(two) for one, two in itertools.combinations(boxes, 2))
