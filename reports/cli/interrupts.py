"""Ctrl-C stops a command once: what cleans up after it is not stopped as well."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType


def stop_once() -> None:
    """From now on an interrupt that is already being dealt with is not raised a second time.

    The library of data frames notices Ctrl-C by itself and raises ``KeyboardInterrupt`` from the
    call it was in; Python, which noticed it too, would raise another one from the first line of
    whatever cleans up. One such second one is dropped, so that an impatient user's next Ctrl-C
    still ends a clean-up that hangs.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        # Started deaf to interrupts, or by a program that deals with them.
        return
    dropped = False

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal dropped
        if not dropped and _is_stopping():
            dropped = True
            return
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)


def _is_stopping() -> bool:
    error = sys.exc_info()[1]
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False
