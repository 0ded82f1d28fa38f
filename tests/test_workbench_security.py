"""The workbench answers only whom it was opened for, and gives nothing else away."""

from __future__ import annotations

import io
import re
import socket
import stat
import time
import zipfile
from pathlib import Path

import pytest
from command_line import o2c, refused
from starlette.requests import HTTPConnection
from workbench_client import (
    ADDRESS,
    TestClient,
    another,
    app_of,
    enter,
    form_token,
    inside,
    outside,
    post,
)

from reports.workbench.access import COOKIE_SECONDS, Access, Session
from reports.workbench.security import HEADERS, form_action
from reports.workbench.server import link, open_socket
from reports.workbench.settings import DEFAULT_PORT, Settings
from reports.workbench.workspace import Workspace, is_id, new_id

TOKEN = "correct horse battery"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    """Yield a browser that came in."""
    with inside(tmp_path_factory.mktemp("inside")) as browser:
        yield browser


@pytest.fixture
def stranger(client: TestClient) -> TestClient:
    """Return a browser that was not let in."""
    return another(client)


def routes(app) -> list[str]:
    """Return all addresses of an application, with an identifier in place of parameters."""
    paths = app.openapi()["paths"]
    return [re.sub(r"\{\w+\}", new_id(), path) for path in paths]


# The door


@pytest.mark.parametrize("path", ["/", "/results", "/openapi.json", "/jobs/x", "/nothing"])
def test_without_a_session_there_is_only_a_page_that_says_what_to_do(stranger, path):
    """403 with the way in, for every address, there or not."""
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "link where it was started" in answer.text
    assert "/results" not in answer.text


def test_every_page_is_behind_the_door(client, stranger):
    """No page, whoever adds it, is open; only the door, the style and the source are."""
    found = routes(app_of(client))
    assert len(found) > 3
    for path in found:
        if path not in ("/login", "/static/palette.css", "/source.zip"):
            assert stranger.get(path).status_code == 403, path
            assert stranger.post(path).status_code == 403, path


def test_the_link_lets_one_browser_in_and_the_next_needs_the_next_link(tmp_path):
    """A code is used up; a link in somebody's history opens nothing."""
    with outside(tmp_path) as first:
        code = app_of(first).state.access.link_code
        enter(first)
        assert first.get("/static/icon.svg").status_code == 200
        assert first.get("/jobs/x").status_code == 404
        other = another(first)
        answer = other.get("/login", params={"code": code})
        assert answer.status_code == 403
        assert "used already" in answer.text
        enter(other)
        assert other.get("/jobs/x").status_code == 404
        # Who is in already is taken to the start, and uses up no code.
        again = app_of(first).state.access.link_code
        assert other.get("/login", params={"code": again}).headers["location"] == "/"
        assert app_of(first).state.access.link_code == again


@pytest.mark.parametrize("code", ["", "x", "ü" * 40, "\x00"])
def test_a_wrong_code_sets_no_cookie(stranger, code):
    """Whatever it is, also what cannot be compared as ASCII."""
    answer = stranger.get("/login", params={"code": code})
    assert "set-cookie" not in answer.headers
    assert answer.status_code == (403 if code else 200)


def test_the_cookie_is_for_this_server_only(tmp_path):
    """HttpOnly and SameSite=Strict, and no script or other site has it."""
    with outside(tmp_path) as browser:
        code = app_of(browser).state.access.link_code
        cookie = browser.get("/login", params={"code": code}).headers["set-cookie"].casefold()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "domain=" not in cookie
    assert cookie.startswith("o2c_8765=")


def test_a_link_from_another_site_leads_on_by_a_page_of_ours(tmp_path):
    """A strict cookie does not travel with a redirect that another site began."""
    with outside(tmp_path) as browser:
        code = app_of(browser).state.access.link_code
        answer = browser.get(
            "/login", params={"code": code}, headers={"sec-fetch-site": "cross-site"}
        )
    assert answer.status_code == 200
    assert 'content="0;url=/"' in answer.text
    assert "set-cookie" in answer.headers


@pytest.mark.parametrize("change", ["{}x", "x{}", "{}.{}", "", ".", "..", "a.b.c", "é.1.2"])
def test_a_forged_cookie_is_no_cookie(client, change):
    """Not a byte of it may change."""
    cookie = client.cookies["o2c_8765"]
    forged = change.format(cookie, cookie)
    answer = another(client).get("/jobs/x", headers={b"cookie": f"o2c_8765={forged}".encode()})
    assert answer.status_code == 403


def test_a_session_ends_after_thirty_days_and_with_the_token():
    """The time it began is signed; who changes the token ends all sessions."""
    access = Access(b"key", TOKEN, "code")
    now = int(time.time())
    fresh = Session("a", now)
    assert access.read(access.cookie(fresh)) == fresh
    assert access.read(access.cookie(Session("a", now - COOKIE_SECONDS - 1))) is None
    assert Access(b"key", TOKEN + "2", "code").read(access.cookie(fresh)) is None
    assert Access(b"other", TOKEN, "code").read(access.cookie(fresh)) is None
    # The signature of a cookie is no form token, nor the other way round.
    assert not access.is_form_token(fresh, access.cookie(fresh).rpartition(".")[2])


def test_a_session_survives_a_restart(tmp_path):
    """A page that is open goes on working: the key is kept, for its owner only."""
    with inside(tmp_path) as browser:
        cookie = browser.cookies["o2c_8765"]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    with outside(tmp_path) as browser:
        browser.cookies.set("o2c_8765", cookie)
        assert browser.get("/jobs/x").status_code == 404


def test_the_token_that_is_typed(tmp_path):
    """With --auth-token there is a form; a wrong token and a foreign form let nobody in."""
    with outside(tmp_path, auth_token=TOKEN) as browser:
        assert 'type="password"' in browser.get("/login").text
        wrong = browser.post("/login", data={"token": TOKEN[:-1]})
        assert wrong.status_code == 403
        assert "set-cookie" not in wrong.headers
        foreign = {"origin": "http://evil.example"}
        assert browser.post("/login", data={"token": TOKEN}, headers=foreign).status_code == 403
        assert browser.post("/login", data={"token": TOKEN}).status_code == 303
        assert browser.get("/jobs/x").status_code == 404


def test_without_a_token_an_empty_one_lets_nobody_in(stranger):
    """The form is not shown, and sending it anyway is of no use."""
    assert 'type="password"' not in stranger.get("/login").text
    assert stranger.post("/login", data={"token": ""}).status_code == 403


# Host and origin


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:8765", "localhost@evil.example", "",
     "127.0.0.1:8765:1", "[::1", "127.0.0.1 evil.example"],
)  # fmt: skip
def test_a_foreign_host_is_refused(client, host):
    """DNS rebinding: a foreign name that leads here is not answered, cookie or not."""
    for path in ("/", "/login", "/static/workbench.css"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 400
        assert "--allowed-host" in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]:8765"])
def test_this_machine_is_answered_under_its_own_names(client, host):
    """Any port: a tunnel may bring another one."""
    assert client.get("/static/workbench.css", headers={"host": host}).status_code == 200


def test_an_allowed_host_is_answered(tmp_path):
    """``--allowed-host`` adds a name; an address that means all interfaces is no name."""
    with outside(
        tmp_path, host="0.0.0.0", auth_token=TOKEN, allowed_hosts=("O2C.example",)
    ) as browser:
        assert browser.get("/login", headers={"host": "o2c.example:80"}).status_code == 200
        assert browser.get("/login", headers={"host": "0.0.0.0:8765"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1.evil.example:8765"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(client, headers):
    """Even with the right token: the browser says where it comes from."""
    answer = post(client, f"/jobs/{new_id()}/cancel", headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_post_needs_the_token_of_its_session(client):
    """In the header, the hidden field or the address; none, a wrong one and another's are 403."""
    path, token = f"/jobs/{new_id()}/cancel", form_token(client)
    assert client.post(path).status_code == 403
    assert client.post(path, data={"form_token": "0" * 64}).status_code == 403
    assert client.post(path, headers={"x-form-token": ""}).status_code == 403
    other = another(client)
    enter(other)
    assert client.post(path, data={"form_token": form_token(other)}).status_code == 403
    good = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
    assert client.post(path, data={"form_token": token}, headers=good).status_code == 404
    assert client.post(path, headers={"x-form-token": token}).status_code == 404
    assert client.post(f"{path}?form_token={token}", files={"a": b"b"}).status_code == 404
    # A field of a form with files would be read after the files.
    assert client.post(path, data={"form_token": token}, files={"a": b"b"}).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "FOO"])
def test_other_methods_need_the_token_too(client, method):
    """All that is not GET, HEAD or OPTIONS."""
    assert client.request(method, "/results").status_code == 403


# Sizes


def test_too_large_is_refused_before_it_is_read(tmp_path):
    """By what the browser says, and by what it sends."""
    with inside(tmp_path, max_form_bytes=1_000, max_upload_bytes=5_000) as browser:
        path = f"/jobs/{new_id()}/cancel"
        headers = {"x-form-token": form_token(browser)}
        assert browser.post(path, data={"a": "x" * 900}, headers=headers).status_code == 404
        answer = browser.post(path, data={"a": "x" * 1_100}, headers=headers)
        assert answer.status_code == 413
        assert "--max-upload" in answer.text
        parts = browser.post(f"{path}?form_token={form_token(browser)}", files={"a": b"x" * 6_000})
        assert parts.status_code == 413

        def unsaid():
            yield from [b"form_token=" + b"x" * 500] * 3

        kind = {"content-type": "application/x-www-form-urlencoded"}
        assert browser.post(path, content=unsaid(), headers=kind).status_code == 413
        lies = {**headers, "content-length": "-5"}
        assert browser.post(path, content=b"", headers=lies).status_code == 413


def test_a_form_of_endless_fields_is_refused(client):
    """Parsing does not take for ever."""
    body = "&".join(f"a{i}=1" for i in range(20_000))
    answer = client.post(
        f"/jobs/{new_id()}/cancel",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


# What answers say


def test_the_headers_stand_on_every_answer(client, stranger):
    """Pages, files, refusals, redirects and faults alike."""
    answers = [
        client.get("/jobs/x"),
        client.get("/static/workbench.css"),
        client.get("/static/nothing"),
        client.get("/login"),
        client.get("/openapi.json"),
        client.get("/", headers={"host": "evil.example"}),
        client.post("/jobs/x/cancel"),
        client.get("/jobs/x/cancel"),
        stranger.get("/"),
        *(client.get(path) for path in routes(app_of(client))),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "cache-control" in answer.headers
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy


def test_no_page_holds_a_script_or_an_address_elsewhere(client, stranger):
    """Scripts come from files of ours; handlers in attributes would not run and are not there."""
    for answer in (client.get("/jobs/x"), stranger.get("/login"), client.get("/")):
        assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", answer.text)
        assert not re.search(r"\son\w+\s*=", answer.text)
        assert not re.search(r"(src|href|action)=\"(https?:)?//", answer.text)


def test_a_fault_of_ours_shows_no_traceback(tmp_path):
    """A page with what to do; the details are in a file of the workspace."""
    with inside(tmp_path) as browser:

        @app_of(browser).get("/broken")
        def broken() -> None:
            raise RuntimeError("secret detail")

        answer = browser.get("/broken")
        assert answer.status_code == 500
        assert "Traceback" not in answer.text
        assert "secret detail" not in answer.text
        assert all(answer.headers[name] == value for name, value in HEADERS.items())
        name = re.search(r"crashes/([\w-]+\.txt)", answer.text)
        assert name is not None
        assert "secret detail" in (tmp_path / "crashes" / name[1]).read_text("utf-8")


def test_no_telemetry_whatever_the_environment_says(tmp_path, monkeypatch):
    """The framework can report to a collector that the environment names; here it does not."""
    trace = pytest.importorskip("opentelemetry.trace")

    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    begun = []
    monkeypatch.setattr(trace, "get_tracer", lambda *names, **options: begun.append(names))
    with inside(tmp_path) as browser:
        config = vars(app_of(browser)).get("_telemetry", {})
        assert not any(config.get(name) for name in ("tracing", "metrics", "logs"))
        assert not config.get("auto_configure")
        browser.get("/jobs/x")
    assert begun == []


def test_what_comes_from_a_user_is_escaped(client):
    """Also in messages about it."""
    answer = client.get("/login/<script>alert(1)</script>")
    assert "<script>alert" not in answer.text
    assert "\u202e" not in client.get("/jobs/%E2%80%AEx").text


# Files


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static", "/static/%2e%2e", "/static/../app.py", "/static/..%2fapp.py",
        "/static/%2e%2e/app.py", "/static/....//app.py", "/static//etc/passwd",
        "/static/..%5capp.py", "/static/%00", "/jobs/..%2f..%2fsecret", "/jobs/../secret",
        "/secret", "/lock", "/results/../secret", "/logs/%2e%2e",
    ],
)  # fmt: skip
def test_no_path_leads_out_and_no_folder_is_listed(client, path):
    """What is not a file of ours is not there."""
    answer = client.get(path)
    assert answer.status_code in (404, 405, 307, 303)
    assert "def " not in answer.text
    assert "workbench.css</a>" not in answer.text


@pytest.mark.parametrize("name", ["..", "../secret", "", "a/b", "a\\b", ".hidden", "x" * 65, "ä"])
def test_no_name_becomes_a_path(tmp_path, name):
    """Names are checked before a path is built of them."""
    from o2c_sim.errors import UsageError

    own = Workspace(tmp_path)
    assert own.scenario(name) is None
    assert own.company(name) is None
    assert own.log(name) is None
    assert not is_id(name)
    with pytest.raises(UsageError, match="cannot be a name"):
        own.save_scenario(name, "")
    with pytest.raises(UsageError, match="cannot be a name"):
        own.save_company(name, tmp_path)
    assert is_id(own.new_log(name).id)


def test_a_file_keeps_its_name_as_text_only(tmp_path):
    """The folder of a log is named by us, whatever the file is called."""
    own = Workspace(tmp_path)
    place = own.new_log("../../<b>x\ud800.csv")
    assert place.name == "<b>x?.csv"
    assert place.folder.parent == tmp_path.resolve() / "logs"
    assert [path.name for path in place.folder.iterdir()] == ["log.json"]
    noted = own.describe_log(place.id, columns={"case": "a"})
    assert own.log(place.id) == noted
    own.remove_log(place.id)
    assert own.logs() == []


def test_the_workspace_is_its_owners(tmp_path):
    """Logs are confidential."""
    Workspace(tmp_path / "own")
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700


def test_the_source_is_offered_with_the_version(stranger):
    """Section 13 of the licence: on every page, also to those who only see the door."""
    assert 'href="/source.zip"' in stranger.get("/login").text
    with zipfile.ZipFile(io.BytesIO(stranger.get("/source.zip").content)) as file:
        names = {name.partition("/")[2] for name in file.namelist()}
    assert {"o2c_sim/_version.py", "reports/workbench/app.py", "LICENSE"} <= names
    assert not any("__pycache__" in name for name in names)


# The command line


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_not_served_without_a_token(host, monkeypatch):
    """Exit code 2, and what to do."""
    monkeypatch.delenv("O2C_AUTH_TOKEN", raising=False)
    refused(o2c("serve", "--host", host, "--no-browser"), 2, "--auth-token", "O2C_AUTH_TOKEN")


def test_a_short_token_and_a_wrong_name_are_refused():
    """Both at once."""
    said = ("--auth-token has 3 characters", "12 or more", "--allowed-host 'http://x'")
    refused(o2c("serve", "--auth-token", "abc", "--allowed-host", "http://x"), 2, *said)


def test_a_taken_port_is_said(tmp_path):
    """A given port is not changed silently; the usual one gives way to the next."""
    with open_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        outcome = o2c("serve", "--no-browser", "--port", port, "--workspace", tmp_path / "w")
        refused(outcome, 2, f"port {port} is taken")
    with open_socket("127.0.0.1", None) as first, open_socket("127.0.0.1", None) as second:
        ports = [item.getsockname()[1] for item in (first, second)]
        assert DEFAULT_PORT <= ports[0] < ports[1]


def test_an_address_of_another_machine_is_refused():
    """TEST-NET-1 is nobody's."""
    outcome = o2c("serve", "--no-browser", "--host", "192.0.2.1", "--auth-token", TOKEN)
    refused(outcome, 2, "cannot listen on 192.0.2.1")


def test_the_link_is_one_that_a_browser_can_open():
    """An address that means all interfaces is replaced by a name; IPv6 gets brackets."""

    def shown(host: str, *allowed: str) -> str:
        return link(Settings(Path(), host=host, port=1, allowed_hosts=allowed), "c")

    assert shown("127.0.0.1") == "http://127.0.0.1:1/login?code=c"
    assert shown("0.0.0.0") == "http://127.0.0.1:1/login?code=c"
    assert shown("0.0.0.0", "o2c.example") == "http://o2c.example:1/login?code=c"
    assert shown("::1") == "http://[::1]:1/login?code=c"


def test_secrets_are_not_shown_with_the_settings():
    """A log of the settings gives nothing away."""
    settings = Settings(Path(), auth_token=TOKEN)
    assert TOKEN not in repr(settings)
    assert settings.link_code not in repr(settings)


def test_the_address_of_an_upload_holds_the_token(client):
    """Checked before a byte of the file is read."""
    scope = {"type": "http", "app": app_of(client), "o2c_session": Session("a", 1)}
    token = app_of(client).state.access.form_token(Session("a", 1))
    assert form_action(HTTPConnection(scope), "/logs") == f"/logs?form_token={token}"


def test_only_loopback_is_listened_on_by_default():
    """The default address of the settings."""
    assert Settings(Path()).host == "127.0.0.1"
    with open_socket(Settings(Path()).host, 0) as made:
        assert made.family == socket.AF_INET
        assert made.getsockname()[0] == "127.0.0.1"
