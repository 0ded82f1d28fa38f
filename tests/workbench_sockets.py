"""A server of the workbench on a real socket, for tests that speak to it byte by byte."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager

import uvicorn

from reports.workbench import connections
from reports.workbench.connections import Connection


@contextmanager
def serving(app=None, **patches):
    """Serve an application from a thread, with other times; yield a function that connects."""

    async def plain(scope, receive, send):
        assert scope["type"] == "http"
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            if message["type"] == "http.disconnect":
                return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * big[0]})

    big = [patches.pop("answer_bytes", 1)]
    before = {name: getattr(connections, name) for name in patches}
    for name, value in patches.items():
        setattr(connections, name, value)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app or plain, http=Connection, log_level="critical", lifespan="off", ws="none",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    assert until(lambda: server.started)
    made: list[socket.socket] = []

    def connect(data: bytes = b"") -> socket.socket:
        made.append(socket.create_connection(listening.getsockname()))
        made[-1].settimeout(5)
        made[-1].sendall(data)
        return made[-1]

    try:
        yield connect
    finally:
        for one in made:
            one.close()
        server.should_exit = True
        thread.join(10)
        for name, value in before.items():
            setattr(connections, name, value)


def heard(one: socket.socket) -> bytes:
    """Return all that comes until the other side closes; b'open' if it does not."""
    out = b""
    try:
        while part := one.recv(1 << 16):
            out += part
    except TimeoutError:
        return b"open"
    except ConnectionError:
        pass
    return out


def until(question, seconds: float = 20.0) -> bool:
    """Wait until a question is answered with yes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.05)
    return False
