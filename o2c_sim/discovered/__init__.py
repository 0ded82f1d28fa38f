"""A process of any kind, discovered from a log, on the engine of the order-to-cash cycle."""
