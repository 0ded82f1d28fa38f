"""Slow, obvious versions of the simulator's fast algorithms, for tests to compare with."""

import datetime as dt
import functools
import heapq
import zoneinfo

import numpy as np


def kiefer_wolfowitz(arrivals, durations, servers):
    """Return the waits of a first-come-first-served queue that never closes.

    The vector of Kiefer and Wolfowitz (1955): when each server is free again, smallest first.
    """
    free = [0] * servers
    heapq.heapify(free)
    waits = []
    for arrival, duration in zip(arrivals, durations, strict=True):
        start = max(arrival, heapq.heappop(free))
        waits.append(start - arrival)
        heapq.heappush(free, start + duration)
    return waits


@functools.cache
def _wall_clock(start_date, zone, days):
    """Return weekday, minute of the day and day number of each minute since the first midnight.

    Steps in physical time (UTC), one minute at a time.
    """
    local = zoneinfo.ZoneInfo(zone)
    first = dt.datetime.combine(start_date, dt.time(0), local).astimezone(dt.UTC)
    walls = [(first + dt.timedelta(minutes=i)).astimezone(local) for i in range(days * 1_440)]
    return np.array(
        [(w.weekday(), w.hour * 60 + w.minute, (w.date() - start_date).days) for w in walls]
    ).T


def open_minutes(start_date, zone, days, weekdays, shifts, closed_days=()):
    """Return for each minute since the first midnight whether its wall clock is in a shift."""
    weekday, minute, day = _wall_clock(start_date, zone, days)
    in_shift = np.zeros(minute.size, dtype=bool)
    for first, last in shifts:
        in_shift |= (first <= minute) & (minute < last)
    working = np.isin(weekday, list(weekdays)) & ~np.isin(day, list(closed_days))
    return (in_shift & working).tolist()


def add_minutes(is_open, start, work):
    """Return the minute at which *work* minutes begun at minute *start* are done, by stepping."""
    minute = start
    while not is_open[minute]:
        minute += 1
    while work > 0:
        work -= is_open[minute]
        minute += 1
    return minute


def pool_by_the_minute(tasks, servers, is_open):
    """Return (start, end) in minutes of each task of a pool of people with a calendar.

    Parameters
    ----------
    tasks
        (arrival, minutes of work, priority), in order of arrival.
    servers
        Number of people.
    is_open
        Whether each minute is worked.
    """
    queue, running = [], {}
    started, ended = {}, {}
    arrivals = sorted(range(len(tasks)), key=lambda i: (tasks[i][0], i))
    minute = 0
    while len(ended) < len(tasks):
        for i in [i for i, left in running.items() if left == 0]:
            del running[i]
            ended[i] = minute
        while arrivals and tasks[arrivals[0]][0] == minute:
            i = arrivals.pop(0)
            queue.append((tasks[i][2], i))
        while is_open[minute] and queue and len(running) < servers:
            _, i = best = min(queue)
            queue.remove(best)
            started[i], running[i] = minute, tasks[i][1]
        if is_open[minute]:
            running = {i: left - 1 for i, left in running.items()}
        minute += 1
    return [(started[i], ended[i]) for i in range(len(tasks))]


class PlainLedger:
    """Open items from nothing but the list of postings, added up again at each question."""

    def __init__(self):
        self.postings = []

    def total(self, kind, invoice=None):
        """Return the sum of one kind of posting, of one invoice or of all."""
        return sum(a for k, i, a in self.postings if k == kind and invoice in (None, i))

    def open(self, invoice=None):
        """Return what is open."""
        less = self.total("cash_application", invoice) + self.total("write_off", invoice)
        return self.total("invoice", invoice) - less

    def unapplied(self, invoice=None):
        """Return the cash received and not applied."""
        return self.total("cash_receipt", invoice) - self.total("cash_application", invoice)
