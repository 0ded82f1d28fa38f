"""Who may come in: a link for one use, a cookie that is signed, a token in every form."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_DAYS = 30
_SECONDS = _DAYS * 86_400
_PURPOSE_COOKIE, _PURPOSE_FORM = b"cookie", b"form"


@dataclass(frozen=True, slots=True)
class Session:
    """One browser: a random identifier and when it came in, in seconds since 1970."""

    id: str
    since: int


class Access:
    """Cookies and form tokens, signed with the key of the workspace.

    Parameters
    ----------
    secret
        Key of the workspace; who comes in stays in over a restart.
    auth_token
        Secret that people may type; a changed one ends all sessions. Empty: only links.
    link_code
        Code of the first link.
    announce
        Called with a new code once one has been used, since each lets one browser in.
    """

    def __init__(
        self,
        secret: bytes,
        auth_token: str,
        link_code: str,
        announce: Callable[[str], None] = lambda code: None,
    ) -> None:
        self._key = hmac.digest(secret, auth_token.encode("utf-8"), "sha256")
        self._auth_token = auth_token
        self._link_code = link_code
        self._announce = announce
        self._used = threading.Lock()

    @property
    def link_code(self) -> str:
        """The code that lets the next browser in."""
        return self._link_code

    def by_link(self, code: str) -> Session | None:
        """Return a new session for the code of a link, which is then used up; None if wrong."""
        # Two browsers that come at the same moment are not both let in.
        with self._used:
            if not _same(code, self._link_code):
                return None
            self._link_code = secrets.token_urlsafe(24)
            self._announce(self._link_code)
        return _new()

    def by_token(self, token: str) -> Session | None:
        """Return a new session for the secret that people type; None if wrong or none is set."""
        return _new() if self._auth_token and _same(token, self._auth_token) else None

    def cookie(self, session: Session) -> str:
        """Return the value of a session's cookie."""
        text = f"{session.id}.{session.since}"
        return f"{text}.{self._sign(_PURPOSE_COOKIE, text)}"

    def read(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None if it is not ours, changed or too old."""
        text, _, signature = cookie.rpartition(".")
        if not _same(signature, self._sign(_PURPOSE_COOKIE, text)):
            return None
        session_id, _, since = text.partition(".")
        session = Session(session_id, int(since))
        return session if time.time() - session.since < _SECONDS else None

    def form_token(self, session: Session) -> str:
        """Return what every form of a session must bring along."""
        return self._sign(_PURPOSE_FORM, f"{session.id}.{session.since}")

    def is_form_token(self, session: Session, token: str) -> bool:
        """Tell whether a form's token is the session's."""
        return _same(token, self.form_token(session))

    def _sign(self, purpose: bytes, text: str) -> str:
        data = purpose + b":" + text.encode("utf-8", "replace")
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()


COOKIE_SECONDS = _SECONDS


def _new() -> Session:
    return Session(secrets.token_hex(8), int(time.time()))


def _same(one: str, other: str) -> bool:
    """Compare in a time that tells nothing about where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
