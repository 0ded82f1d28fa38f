"""What tests ask of a page: its text, tags and structure, and that nothing is fetched or run."""

from __future__ import annotations

import itertools
import re
from functools import cached_property
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}
EVIL = "<script>alert('x')</script> \U0001f4b6"
HOSTILE = (
    EVIL,
    "'\"><img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    "{{ 7 * 7 }} {% for %}",
    "=1+1",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eabc",
    "x" * 500,
    "$a_b$ 100 % \\ # & ~ ^",
)


class Page(HTMLParser):
    """Collects what a test asks about, and fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @cached_property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.texts))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def assert_self_contained(html: str) -> None:
    """Assert that nothing in the page is fetched or run, whatever its text says."""
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "embed", "form", "base"} & {
        tag for tag, _ in page.tags
    }
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "xlink:href", "data", "action", "background", "srcset"):
            assert str(attributes.get(name) or "#").startswith(("#", "data:image/")), tag
        assert "url(" not in str(attributes.get("style")).replace("url(#", "")
    style = " ".join(re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL))
    assert "@import" not in style
    assert "url(" not in style.replace("url(#", "")


def assert_accessible(page: Page) -> None:
    """Assert language, skip link, outline, captions, scopes, named pictures and unique ids."""
    assert page.named("html")[0]["lang"] == "en"
    assert page.named("a")[0] == {"class": "skip", "href": "#main"}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))
    assert len(page.named("caption")) == len(page.named("table"))
    assert all("scope" in header for header in page.named("th"))
    assert len(page.named("figure")) == len(page.named("figcaption"))
    ids = [str(attributes["id"]) for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for picture in page.named("svg"):
        # A map whose parts are links is a group, as an image would hide them.
        assert picture["role"] in ("img", "group")
        assert picture["aria-labelledby"] in ids
        assert picture.get("aria-describedby", picture["aria-labelledby"]) in ids
    for link in page.named("a"):
        assert str(link["href"]).removeprefix("#") in ids
    for scrolled in (a for _, a in page.tags if "scroll" in str(a.get("class"))):
        assert scrolled["tabindex"] == "0"
        assert scrolled["aria-label"]
