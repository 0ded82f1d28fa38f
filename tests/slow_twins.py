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


class PlainStock:
    """One product's stock, with the position added up and the queue sorted anew each time.

    Time goes on by ``until``; ``given`` lists (time, claim, quantity) of lines that waited.
    """

    def __init__(self, reorder_point, order_up_to, leads, rank_of_units, on_hand):
        self.reorder_point, self.order_up_to = reorder_point, order_up_to
        self.leads, self.rank_of_units = leads, rank_of_units
        self.on_hand, self.allocated = on_hand, 0
        self.waiting, self.coming, self.given = [], [], []
        self.now, self.claims, self.orders, self.received = 0.0, 0, 0, 0
        self.review()

    def position(self):
        """Return what is on hand and on order, less allocated and waited for."""
        on_order = sum(quantity for _, quantity in self.coming)
        return self.on_hand + on_order - self.allocated - sum(q for _, _, q, _ in self.waiting)

    def review(self):
        """Serve who can be served, then order up to the level if need be."""
        self.waiting.sort(key=lambda line: line[:2])
        while self.waiting and self.waiting[0][2] <= self.on_hand - self.allocated:
            _, _, quantity, claim = self.waiting.pop(0)
            self.allocated += quantity
            self.given.append((self.now, claim, quantity))
        if self.position() <= self.reorder_point:
            arrival = self.now + self.leads[self.orders]
            self.coming.append((arrival, self.order_up_to - self.position()))
            self.orders += 1

    def until(self, time):
        """Let everything arrive that comes before *time*."""
        while self.coming and min(self.coming)[0] <= time:
            arrival = min(self.coming)
            self.coming.remove(arrival)
            self.now = arrival[0]
            self.on_hand += arrival[1]
            self.received += arrival[1]
            self.review()
        self.now = time

    def allocate(self, quantity, claim):
        """Return whether a line is given its units at once."""
        self.claims += 1
        self.waiting.append((self.rank_of_units * quantity, self.claims, quantity, claim))
        self.review()
        if any(turn == self.claims for _, turn, _, _ in self.waiting):
            return False
        self.given.pop()
        return True

    def withdraw(self, claim):
        """Drop a claim's waiting lines."""
        self.waiting = [line for line in self.waiting if line[3] != claim]
        self.review()

    def move(self, on_hand=0, allocated=0):
        """Change what is on hand and what is allocated."""
        self.on_hand += on_hand
        self.allocated += allocated
        self.review()
