"""A lock on a file, which ends with the process that holds it, however that ends."""

from __future__ import annotations

import sys
from typing import IO


def locked(file: IO[str]) -> bool:
    """Lock an open file for this process; return False if another one holds it.

    The lock is held until the file is closed.

    Raises
    ------
    OSError
        If the file system knows no locks.
    """
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
