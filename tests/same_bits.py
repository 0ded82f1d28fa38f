"""Equality to the last bit."""

import dataclasses
import struct

import numpy as np
import polars as pl


def bits(value):
    """Return a value so that equality is of bits, types and order."""
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.tobytes())
    if isinstance(value, float):
        return struct.pack("d", value)
    if isinstance(value, pl.DataFrame):
        return [(c.name, str(c.dtype), [bits(item) for item in c]) for c in value]
    if isinstance(value, dict):
        return [(name, bits(item)) for name, item in value.items()]
    if dataclasses.is_dataclass(value):
        return [bits(getattr(value, f.name)) for f in dataclasses.fields(value)]
    return (type(value).__name__, value)
