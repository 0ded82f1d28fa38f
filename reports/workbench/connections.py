"""Connections: how many there may be, and how long each may keep the server waiting.

The server that this builds on waits for ever for the end of a request, so that a few programs
which send a byte now and then could hold all connections that a process may have.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reports.workbench.security import HEADERS

MOST_CONNECTIONS = 400
# Of a process' open files, jobs and uploads need some as well.
_SHARE_OF_FILES = 0.5
# A browser opens connections in advance, and opens others when these have ended.
HEAD_SECONDS = 30.0
# A line of 8 kbit/s has sent more by then; who sends less does not mean to come to an end.
BODY_SECONDS, BODY_BYTES = 30.0, 30_000
# Nothing taken of an answer for so long: nobody reads it. Checked once in so many seconds.
ANSWER_SECONDS = 60.0


class Connection(H11Protocol):
    """A connection that ends when its browser is too slow, or when there are too many.

    Parameters
    ----------
    *arguments, **options
        Of the class of uvicorn.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._since = self.loop.time()
        self._received = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection; with too many, the oldest that asks for nothing ends."""
        super().connection_made(transport)
        # Those that were ended a moment ago are still among them.
        open_ = [
            one
            for one in self.connections
            if isinstance(one, Connection) and not one.transport.is_closing()
        ]
        if len(open_) > most_connections():
            idle = [one for one in open_ if one is not self and one.between_requests]
            min(idle, key=lambda one: one._since, default=self).end()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection that has ended."""
        for timer in (self._waiting, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what a browser sends."""
        self._received += len(data)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request of a connection."""
        self._forget()
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Begin to wait for a browser that does not read its answer."""
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        """Go on with an answer that is read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, with the headers of all answers."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            # In the middle of an answer, which another one would only garble.
            self.end()
            return
        headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close", **HEADERS}
        encoded = [(k.encode("ascii"), v.encode("ascii")) for k, v in headers.items()]
        said = msg.encode("ascii")
        for event in (
            h11.Response(status_code=400, headers=encoded, reason=b"Bad Request"),
            h11.Data(data=said),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    @property
    def between_requests(self) -> bool:
        """Whether no request is complete that an answer is made for."""
        return self.cycle is None or self.cycle.response_complete

    def end(self) -> None:
        """End the connection now, whatever is under way."""
        self.transport.abort()

    def _watch(self) -> None:
        """Wait for the rest of a request, for no longer than is allowed."""
        if self._waiting is not None or self.transport.is_closing():
            return
        if self.between_requests:
            # Not begun anew by each byte.
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._late)
        elif self.conn.their_state is h11.SEND_BODY:
            check = partial(self._check_body, self._received)
            self._waiting = self.loop.call_later(BODY_SECONDS, check)

    def _watch_answer(self, before: int | None = None) -> None:
        """Wait for a browser that reads, for as long as it reads at all."""
        left = self.transport.get_write_buffer_size()
        if before is not None and left >= before:
            self.end()
        else:
            self._unread = self.loop.call_later(ANSWER_SECONDS, self._watch_answer, left)

    def _late(self) -> None:
        self._waiting = None
        if self.between_requests:
            self.end()
        else:
            self._watch()

    def _check_body(self, before: int) -> None:
        self._waiting = None
        # While the application is slow to take it, nothing is asked of the browser.
        asked = self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused
        if asked and self._received - before < BODY_BYTES:
            self.end()
        else:
            self._watch()

    def _forget(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def most_connections() -> int:
    """Return how many connections there may be, given how many files a process may open."""
    try:
        import resource
    except ImportError:  # not on Windows
        return MOST_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, int(files * _SHARE_OF_FILES))


# What is no form says so on every line of it; the answer says it once.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
