"""The workbench answers only whom it was opened for, and gives nothing else away."""

from __future__ import annotations

import io
import re
import socket
import stat
import zipfile
from pathlib import Path

import pytest
from command_line import o2c, refused
from starlette.requests import HTTPConnection
from workbench_client import (
    TOKEN,
    TestClient,
    another,
    app_of,
    form_token,
    inside,
    routes,
)

from reports.workbench.access import Session
from reports.workbench.security import HEADERS, form_action
from reports.workbench.server import link, open_socket
from reports.workbench.settings import DEFAULT_PORT, Settings
from reports.workbench.workspace import Workspace, is_id, new_id


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    """Yield a browser that came in."""
    with inside(tmp_path_factory.mktemp("inside")) as browser:
        yield browser


@pytest.fixture
def stranger(client: TestClient) -> TestClient:
    """Return a browser that was not let in."""
    return another(client)


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
