"""Who is let in: by the link, by the token, from which names and by which forms."""

from __future__ import annotations

import stat
import time

import pytest
from workbench_client import (
    ADDRESS,
    TOKEN,
    TestClient,
    another,
    app_of,
    enter,
    form_token,
    inside,
    outside,
    post,
    routes,
)

from reports.workbench.access import COOKIE_SECONDS, Access, Session
from reports.workbench.workspace import new_id


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    """Yield a browser that came in."""
    with inside(tmp_path_factory.mktemp("inside")) as browser:
        yield browser


@pytest.fixture
def stranger(client: TestClient) -> TestClient:
    """Return a browser that was not let in."""
    return another(client)


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
