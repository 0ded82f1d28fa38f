"""Pools of people, slow and obvious: stepped by the minute, and audited minute by minute.

A task is (pool, arrival, minutes of work, priority). ``people`` lists for each pool, for each
person, whether each minute is worked; ``helps`` lists for each pool the pools that it helps.
"""

import simpy

from o2c_sim.engine import StaffPool


def serve_linked(tasks, calendars, helps, patience=None):
    """Run tasks through real pools; return (start, end, worker) of each in minutes, and the pools.

    Parameters
    ----------
    tasks
        (pool, arrival, minutes of work, priority).
    calendars
        The engine's calendar of each person, by pool.
    helps
        The pools that each pool helps.
    patience
        Minutes after which each task is withdrawn if nobody has begun it; such a task's row is
        (None, time withdrawn, None). None: never.
    """
    env = simpy.Environment()
    pools, number = [], 1
    for people in calendars:
        pools.append(StaffPool(env, len(people), people, number))
        number += len(people)
    for pool, others in zip(pools, helps, strict=True):
        for other in others:
            pool.help(pools[other])
    rows = [None] * len(tasks)

    def case(i, pool, arrival, minutes, priority):
        yield env.timeout(arrival * 60)
        task = pools[pool].work(minutes * 60.0, priority)
        if patience is not None:
            yield task | env.timeout(patience[i] * 60)
            if not task.begun():
                pools[pool].withdraw(task)
                rows[i] = (None, env.now / 60, None)
                return
        start, worker = yield task
        rows[i] = (start / 60, env.now / 60, worker)

    for i, task in enumerate(tasks):
        env.process(case(i, *task))
    env.run()
    return rows, pools


def numbers(people):
    """Return the numbers of the people of each pool, from 1 on across the pools."""
    first, found = 1, []
    for pool in people:
        found.append(list(range(first, first + len(pool))))
        first += len(pool)
    return found


def pools_by_the_minute(tasks, people, helps):
    """Return (start, end, worker) of each task, and whether two things ever happen at once.

    Where two of an arrival, an end and an opening fall on one minute, who comes first is a matter
    of taste; callers leave such cases out.
    """
    staff = numbers(people)
    is_open = {n: hours for pool, ns in zip(people, staff, strict=True)
               for n, hours in zip(ns, pool, strict=True)}  # fmt: skip
    idle = {n: n for n in is_open}  # turn of each idle person
    left, doing, queue = {}, {}, [[] for _ in people]
    rows = [None] * len(tasks)
    turn, minute, tie = len(idle) + 1, 0, False

    def take(pool):
        able = [n for n in staff[pool] if n in idle and is_open[n][minute]]
        return min(able, key=idle.get, default=None)

    def begin(pool, person):
        task = min(queue[pool])
        queue[pool].remove(task)
        del idle[person]
        doing[person], left[person] = task[-1], tasks[task[-1]][2]
        rows[task[-1]] = (minute, None, person)

    def settle():
        for pool in range(len(people)):
            while queue[pool] and (person := take(pool)):
                begin(pool, person)
        for pool in range(len(people)):
            for helper in range(len(people)):
                if pool in helps[helper]:
                    while queue[pool] and not queue[helper] and (person := take(helper)):
                        begin(pool, person)

    while any(row is None or row[1] is None for row in rows):
        done = [n for n, minutes in left.items() if minutes == 0]
        arrived = [i for i, task in enumerate(tasks) if task[1] == minute]
        opening = any(h[minute] and not h[minute - 1] for h in is_open.values()) and minute > 0
        tie |= len(done) + len(arrived) + opening > 1
        for person in done:
            rows[doing[person]] = (rows[doing[person]][0], minute, person)
            del left[person], doing[person]
            idle[person], turn = turn, turn + 1
        for i in arrived:
            queue[tasks[i][0]].append((tasks[i][3], tasks[i][1], i))
        settle()
        for person in left:
            left[person] -= is_open[person][minute]
        minute += 1
    return rows, tie


def audit(tasks, rows, people, helps):
    """Return in words what is wrong with (start, end, worker) rows; nothing if all is well.

    It asks of each minute: does everybody do one task at a time, only in their own hours; is a
    task waiting although somebody able is free; is a helper lent whom the own queue wants, or
    borrowed although somebody of the pool is free; is the first of the queue served first.
    """
    faults = []
    staff = numbers(people)
    home = {n: pool for pool, ns in enumerate(staff) for n in ns}
    is_open = {n: people[home[n]][i] for ns in staff for i, n in enumerate(ns)}
    busy = {n: set() for n in home}
    for i, ((pool, arrival, minutes, _), (start, end, worker)) in enumerate(
        zip(tasks, rows, strict=True)
    ):
        if start is None:
            continue
        start, end = int(start), int(end)
        spell = set(range(start, end))
        if start < arrival:
            faults.append(f"task {i} begun before it came")
        if home[worker] != pool and pool not in helps[home[worker]]:
            faults.append(f"task {i} done by {worker}, who may not")
        if busy[worker] & spell:
            faults.append(f"{worker} does two tasks at once")
        if not is_open[worker][start]:
            faults.append(f"task {i} begun at {start}, when {worker} is off duty")
        if sum(is_open[worker][m] for m in spell) != minutes:
            faults.append(f"task {i} took other than {minutes} minutes of {worker}'s hours")
        busy[worker] |= spell

    def free(pool, minute):
        return [n for n in staff[pool] if is_open[n][minute] and minute not in busy[n]]

    # Until when each task waits.
    until = [int(end if start is None else start) for start, end, _ in rows]
    last = max(until, default=0)
    for minute in range(last + 1):
        waiting = [
            {i for i, t in enumerate(tasks) if t[0] == pool and t[1] <= minute < until[i]}
            for pool in range(len(people))
        ]
        for pool, tasks_waiting in enumerate(waiting):
            if tasks_waiting and free(pool, minute):
                faults.append(f"at {minute} a task of pool {pool} waits for nothing")
            for helper in range(len(people)):
                able = pool in helps[helper] and not waiting[helper] and free(helper, minute)
                if tasks_waiting and able:
                    faults.append(f"at {minute} a task of pool {pool} waits beside a free helper")
        for i, (start, _, worker) in enumerate(rows):
            if start != minute:
                continue
            pool, arrival, _, priority = tasks[i]
            before = [tasks[j] for j in waiting[pool] if until[j] > minute and tasks[j][1] < minute]
            if any((p, a) < (priority, arrival) for _, a, _, p in before):
                faults.append(f"task {i} overtook another")
            if home[worker] != pool:
                if any(tasks[j][1] < minute for j in waiting[home[worker]]):
                    faults.append(f"at {minute} {worker} helps although the own queue waits")
                if any(minute - 1 not in busy[n] for n in free(pool, minute)):
                    faults.append(f"at {minute} {worker} helps although somebody was free")
    return faults
