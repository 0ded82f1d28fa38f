"""Names beside pictures: cut to their room, and never two alike."""

from hypothesis import given
from hypothesis import strategies as st

from reports.figures.text_fit import ELLIPSIS, wrapped
from reports.figures.title_labels import title_labels
from reports.figures.value_axis import one_line


def cut(text: str) -> str:
    """Return the first twelve characters, with an ellipsis for the rest."""
    return text if len(text) <= 12 else text[:11] + ELLIPSIS


def test_what_tells_titles_apart_is_kept() -> None:
    """The common words go first, as few as can; short titles stay as they are."""
    titles = ["As it is", "Automation in step 1", "Automation in step 2"]
    assert title_labels(titles, cut) == ["As it is", "\u2026in step 1", "\u2026in step 2"]
    assert title_labels(["one", "two"], cut) == ["one", "two"]


def test_the_same_title_twice_gets_a_number() -> None:
    """Nothing else tells them apart; neither do ends that are both too long."""
    assert title_labels(["same", "same"], cut) == ["(1) same", "(2) same"]
    long = ["Automationplan", "Automationplan with more"]
    assert len(set(title_labels(long, cut))) == 2


@given(st.lists(st.text("ab -", max_size=40), min_size=1, max_size=6))
def test_no_two_labels_are_alike(titles: list[str]) -> None:
    """Whatever scenarios are called, and however little room there is."""
    labels = title_labels(titles, lambda title: one_line(title, 90.0))
    assert len(labels) == len(titles)
    assert len(set(labels)) == len(labels)


def test_compounds_are_broken_at_their_hyphen() -> None:
    """A word that does not fit its line ends it at a hyphen where it has one."""
    assert wrapped("Order-management", 9.5, 80.0, 3) == ("Order-", "management")
