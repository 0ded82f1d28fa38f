"""Shared by all tests: the reference company, one small run of it, reproducible hypothesis."""

import os
import tempfile

import pytest
import simpy
from hypothesis import HealthCheck, settings

# Tests look into the simulator and replace parts of it, which machine code does not allow; that
# the compiled simulator gives the same logs is a test of its own.
os.environ["O2C_NOT_COMPILED"] = "1"

from o2c_sim import Window, load_company, simulate

# Finished runs of the tests are not for the user's own store, nor are those of the user for tests.
_STORE = tempfile.TemporaryDirectory(prefix="o2c-store-")
os.environ["O2C_STORE"] = _STORE.name

# The default profile tries the same examples on every run, so that a red test is a change in the
# code; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("explore", deadline=None, max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture
def env():
    """Return a fresh SimPy environment."""
    return simpy.Environment()


@pytest.fixture
def log():
    """Return a plain list for exact expected logs."""
    return []


@pytest.fixture(scope="session")
def distributor():
    """Return the reference company as it ships."""
    return load_company("distributor")


@pytest.fixture(scope="session")
def window():
    """Long enough that invoices are paid, written off and held; short enough to run at once."""
    return Window(60, 60, 60)


@pytest.fixture(scope="session")
def run(distributor, window):
    """One run of the reference company."""
    return simulate(distributor, seed=7, window=window)
