"""Ctrl-C is one interrupt, also where a library and Python both report it."""

import operator
import signal
from _thread import interrupt_main
from functools import partial

import pytest

from o2c_sim import Window, load_company
from reports.cli.interrupts import stop_once
from scenarios.executors import Serial
from scenarios.experiment import run_replications

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "pthread_sigmask"), reason="signals reach the main thread otherwise"
)


@pytest.fixture
def stopping_once():
    """Drop second interrupts for one test."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stop_once()
    yield
    signal.signal(signal.SIGINT, before)


def twice():
    """Raise an interrupt, and have Python raise another one right after, as data frames do."""
    raising = (None for _ in ())
    # All in one call from C, so that Python gets no chance to raise its own one first.
    list(map(operator.call, (interrupt_main, partial(raising.throw, KeyboardInterrupt))))


def tidied(left):
    """Do something that Python would interrupt."""
    left.append("tidied")


def work(left, *more):
    """Be interrupted, and clean up."""
    try:
        twice()
    finally:
        tidied(left)
        for step in more:
            step()
            left.append("went on")


@pytest.mark.usefixtures("stopping_once")
def test_a_second_report_does_not_stop_the_clean_up():
    """What cleans up goes to its end."""
    left = []
    with pytest.raises(KeyboardInterrupt):
        work(left)
    assert left == ["tidied"]


@pytest.mark.usefixtures("stopping_once")
def test_an_impatient_user_ends_a_clean_up():
    """The next Ctrl-C counts, and so does the first one of all."""
    left = []
    with pytest.raises(KeyboardInterrupt) as stop:
        work(left, partial(signal.raise_signal, signal.SIGINT))
    assert isinstance(stop.value.__context__, KeyboardInterrupt)
    assert left == ["tidied"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_without_it_the_clean_up_is_stopped():
    """The way these tests interrupt is the one that hurts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    left = []
    try:
        with pytest.raises(KeyboardInterrupt):
            work(left)
    finally:
        signal.signal(signal.SIGINT, before)
    assert left == []


class Watched(Serial):
    """Notes what is ended, and in which order."""

    def __init__(self):
        self.ended = []

    def run(self, function, tasks):
        """Yield results; end the tasks."""
        try:
            yield from super().run(function, tasks)
        finally:
            tidied(self.ended)

    def close(self):
        """End the executor."""
        self.ended.append("closed")


@pytest.mark.usefixtures("stopping_once")
def test_interrupted_runs_end_their_tasks():
    """Tasks under way are ended, then the executor, and one interrupt arrives."""
    watched = Watched()
    with pytest.raises(KeyboardInterrupt):
        run_replications(
            [load_company("consumer_supplier")],
            window=Window(0, 1, 0),
            replications=2,
            seed=1,
            executor=watched,
            progress=lambda done, total: twice(),
        )
    assert watched.ended == ["tidied"]
