"""Pages from templates: everything escaped, the same head and foot on each."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from o2c_sim._version import __version__
from reports.workbench.page_words import in_words
from reports.workbench.security import form_action, form_token

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"
# Control characters, and those that turn the direction of all text that follows them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NAVIGATION = (
    ("/", "Start"),
    ("/analyse", "Analyse"),
    ("/calibrate", "Calibrate"),
    ("/what-if", "What-if"),
    ("/results", "Results"),
)


def render(
    request: Request, template: str, *, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    request
        Of the page; templates see it, with ``form_token``, ``form_action(path)``, ``version``
        and ``navigation``.
    template
        File name in the folder of templates; it extends ``base.html.j2`` and fills the blocks
        ``title`` and ``main``.
    status_code
        Of the response.
    **context
        Values for the template; strings in them are escaped.
    """
    text = (
        _environment()
        .get_template(template)
        .render(
            {
                "request": request,
                "form_token": form_token(request),
                "form_action": functools.partial(form_action, request),
                "inside": "o2c_session" in request.scope,
                "navigation": NAVIGATION,
                "path": request.url.path,
                "version": __version__,
                **context,
            }
        )
    )
    # Surrogates from badly decoded names cannot be written as UTF-8.
    content = _UNSEEN.sub("", text).encode("utf-8", "replace")
    return HTMLResponse(content, status_code=status_code)


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["in_words"] = in_words
    return environment
