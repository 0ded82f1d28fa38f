"""Flow of work items: when they came, were begun and were done, where they wait, what holds them.

An item is an order, an invoice or any other case. The measures are those of Kanban boards: cycle
time, age, work in progress, cumulative flow.
"""
