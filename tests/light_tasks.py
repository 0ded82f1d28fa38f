"""Functions that worker processes run: importable, and quick to import."""

import os
import signal
import time
from pathlib import Path


def square(number):
    """Return the square."""
    return number * number


def square_slowly(number):
    """Return the square; smaller numbers take longer, so that results come out of order."""
    time.sleep(0.3 / (1 + number))
    return number * number


def square_or_die_once(task):
    """Return the square; kill the process with SIGKILL when *marker* names a file not yet there."""
    number, marker = task
    if marker and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die(_):
    """Kill the process."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(number):
    """Raise an exception of the task's own."""
    raise ArithmeticError(f"task {number}")


def polars_threads(_):
    """Return the number of threads that data frames use in this process."""
    import polars

    return polars.thread_pool_size()


def memory_settings(_):
    """Return what the C library is told in this process."""
    return os.environ["MALLOC_TRIM_THRESHOLD_"], os.environ["MALLOC_MMAP_THRESHOLD_"]


def report_problems(_):
    """Raise one of the toolkit's errors."""
    from o2c_sim.errors import ModelError, Problem

    raise ModelError([Problem("one", where="x:1"), Problem("two", suggestion="three")])


def square_unless_13(number):
    """Return the square; 13 kills the process each time."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def tell_process(_):
    """Return the number of this process."""
    time.sleep(0.02)
    return os.getpid()


def tell_process_slowly(_):
    """Return the number of this process after half a second."""
    time.sleep(0.5)
    return os.getpid()
