"""Whatever is sent to any address of the workbench, no answer is a fault of ours."""

from __future__ import annotations

import warnings
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from workbench_client import ADDRESS, form_token, inside

from reports.workbench.access import Session
from reports.workbench.app import create_app
from reports.workbench.jobs import JobQueue
from reports.workbench.security import HEADER, HEADERS
from reports.workbench.settings import Settings

with warnings.catch_warnings():
    # Its own use of other packages is not ours to mend.
    warnings.simplefilter("ignore")
    import schemathesis

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


EXAMPLES = 20


def test_no_answer_is_a_fault_of_ours(tmp_path, monkeypatch):
    """Generated values for every parameter, field and file of every address."""
    # Jobs are taken and wait for ever: what they run is tested elsewhere.
    monkeypatch.setattr(JobQueue, "start", lambda self: None)
    monkeypatch.setattr(JobQueue, "wait", lambda self, job_id, seconds: self.get(job_id))
    app = create_app(Settings(tmp_path, max_waiting=50))
    access = app.state.access
    session = Session("0" * 16, 2_000_000_000)
    headers = {
        "host": ADDRESS.removeprefix("http://"),
        "cookie": f"o2c_8765={access.cookie(session)}",
        HEADER: access.form_token(session),
    }
    api = schemathesis.openapi.from_asgi("/openapi.json", app, headers=headers)
    faults, answered = [], 0
    for found in api.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def sent(case):
            nonlocal answered
            answer = case.call(headers=headers)
            answered += answer.status_code not in (400, 403)
            if answer.status_code >= 500:
                faults.append((case.operation.label, answer.text))
            assert {name.casefold() for name in HEADERS} <= {k.casefold() for k in answer.headers}

        sent()
    crashes = [path.read_text("utf-8") for path in (tmp_path / "crashes").iterdir()]
    assert not faults, crashes[:3]
    assert not crashes
    assert answered > EXAMPLES, "all was refused at the door: nothing has been tried"


HOSTILE = (
    "", "<script>alert(1)</script>", "=1+1", "-1", "1e999", "nan", "\x00", "\ud7ff\u202e",
    "é" * 600, "../../secret", "{output}", "--force", "credit.auto_release_share", "0",
    "9" * 400, "[1, {a: b}]",
)  # fmt: skip


class Page(HTMLParser):
    """The links of a page, and its forms with the names of their fields and a value of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a link, a form or a field."""
        has = {name: value or "" for name, value in attrs}
        if tag == "a" and has.get("href", "").startswith("/"):
            self.links.append(has["href"].partition("#")[0])
        elif tag == "form":
            self.forms.append((has.get("method", "get").casefold(), has.get("action", ""), {}))
        elif tag in ("input", "select", "textarea", "button") and self.forms and has.get("name"):
            self.forms[-1][2].setdefault(has["name"], has.get("value", ""))


def test_hostile_fields_in_every_form(tmp_path, monkeypatch):
    """Each form that the pages lead to, each field in turn with values nobody should send."""
    monkeypatch.setattr(JobQueue, "start", lambda self: None)
    monkeypatch.setattr(JobQueue, "wait", lambda self, job_id, seconds: self.get(job_id))
    with inside(tmp_path, max_waiting=10_000, max_jobs_per_session=10_000) as client:
        token = form_token(client)
        todo, seen, forms = ["/"], set(), {}
        while todo and len(seen) < 60:
            path = todo.pop(0)
            if path in seen or path == "/source.zip":
                continue
            seen.add(path)
            answer = client.get(path)
            assert answer.status_code < 500, path
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            page = Page(answer.text)
            todo += page.links
            for method, action, fields in page.forms:
                forms.setdefault((method, (action or path).partition("?")[0]), fields)
        assert len(forms) >= 2, (seen, forms)
        for (method, action), fields in forms.items():
            names = [name for name in fields if name != "form_token"]
            # Forms of a hundred levers: some of each kind will do.
            for i, value in enumerate(HOSTILE * 2):
                name = names[i * 7 % len(names)] if names else "x"
                sent = {**fields, name: value, "form_token": token}
                if method == "post":
                    answer = client.post(action, data=sent)
                    parts = client.post(
                        f"{action}?form_token={token}", data=sent, files={"file": (value, b"x")}
                    )
                else:
                    answer = parts = client.get(action, params=sent)
                assert max(answer.status_code, parts.status_code) < 500, (action, name, value)
                assert "<script>alert" not in answer.text + parts.text, (action, name)
        assert list((tmp_path / "crashes").iterdir()) == []
