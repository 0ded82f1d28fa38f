"""Connections: what is slow, endless or no HTTP is ended, and others get their turn."""

from __future__ import annotations

import time

from workbench_client import app_of, form_token, inside
from workbench_sockets import heard, serving, until

from reports.workbench.security import HEADERS

FORM = {"content-type": "application/x-www-form-urlencoded"}
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


def test_a_request_that_is_never_complete_ends_its_connection():
    """Nothing, half a head, a head with a byte now and then, half a body."""
    with serving(HEAD_SECONDS=0.5, BODY_SECONDS=0.5) as connect:
        waiting = [
            connect(), connect(HEAD), connect(HEAD + b"Content-Length: 9\r\n\r\nabc"),
            connect(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n"),
        ]  # fmt: skip
        dripping = connect(HEAD)

        def refused() -> bool:
            try:
                dripping.sendall(b"a")
            except OSError:
                return True
            return False

        assert until(refused, 5)
        assert [heard(one) for one in waiting] == [b""] * 4
        # Who is in time is answered.
        assert b"200 OK" in heard(connect(HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n"))


def test_a_body_that_comes_steadily_is_waited_for():
    """However long it takes."""
    with serving(BODY_SECONDS=0.2, BODY_BYTES=5) as connect:
        one = connect(HEAD + b"Content-Length: 100\r\nConnection: close\r\n\r\n")
        for _ in range(10):
            time.sleep(0.1)
            one.sendall(b"x" * 10)
        assert b"200 OK" in heard(one)


def test_an_answer_that_nobody_reads_ends():
    """Its connection does not stay for ever."""
    with serving(ANSWER_SECONDS=0.3, answer_bytes=30_000_000) as connect:
        whole = HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        one = connect(whole)
        time.sleep(1.5)
        assert len(heard(one)) < 30_000_000
        # Who reads, also slowly, gets all of it.
        slow, read = connect(whole), 0
        began = time.monotonic()
        while part := slow.recv(1 << 20):
            read += len(part)
            time.sleep(0.02)
        assert time.monotonic() - began > 0.6
        assert read > 30_000_000


def test_too_many_connections_end_the_oldest_that_ask_for_nothing():
    """A crowd that only holds them does not shut others out."""
    with serving(MOST_CONNECTIONS=10) as connect:
        held = [connect(HEAD) for _ in range(30)]
        asked = connect(HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in heard(asked)
        for one in held:
            one.settimeout(0.02)
        assert sum(heard(one) == b"open" for one in held) <= 10


def test_what_is_no_http_is_answered_with_all_headers():
    """TLS, doubled lengths, endless heads."""
    with serving() as connect:
        for data in (
            b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
            HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
            HEAD + b"Host: y\r\n\r\n",
            HEAD + b"X: " + b"a" * 70_000,
        ):
            said = heard(connect(data)).decode().casefold()
            assert said.startswith("http/1.1 400")
            for name, value in HEADERS.items():
                assert f"{name}: {value}\r\n".casefold() in said


def test_who_goes_away_while_sending_leaves_no_report_of_a_fault(tmp_path):
    """It is nobody's fault."""
    with inside(tmp_path) as browser:
        app = app_of(browser)
        head = [
            f"POST /what-if?form_token={form_token(browser)} HTTP/1.1", "Host: 127.0.0.1:8765",
            f"Cookie: o2c_8765={browser.cookies['o2c_8765']}", "Content-Length: 5000",
        ]  # fmt: skip
        with serving(app) as connect:
            for kind in ("multipart/form-data; boundary=B", FORM["content-type"]):
                text = "\r\n".join([*head, f"Content-Type: {kind}", "", "--B\r\n"])
                one = connect(text.encode())
                time.sleep(0.2)
                one.close()
            time.sleep(0.3)
            answer = connect(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in heard(answer)
        assert not list((tmp_path / "crashes").iterdir())
