"""``o2c plausibility``: a company's figures beside published ones, for people and for machines."""

from command_line import FEW, o2c, refused, refused_as_json

from mining.published_figures import FIGURES


def test_the_command_prints_and_writes(here):
    """Text, file and document tell of the same figures."""
    outcome = o2c("plausibility", *FEW, "-o", "figures.md")
    assert outcome.code == 0
    text = (here / "figures.md").read_text("utf-8")
    labels = [figure.label for figure in FIGURES if "distributor" in figure.kinds]
    assert [line.split(" | ")[0][2:] for line in text.splitlines() if line.startswith("| ")][
        2:
    ] == (labels)
    result = o2c("plausibility", *FEW, "--json").document["result"]
    (company,) = result["companies"]
    assert [row["label"] for row in company["figures"]] == labels
    assert company["kind"] == "distributor"


def test_what_is_refused(here):
    """An unknown kind, an unknown company, a file that exists."""
    refused(o2c("plausibility", "--against", "retailer"), 2, "'retailer'", "distributor")
    refused(o2c("plausibility", "nobody"), 2, "nobody")
    (here / "figures.md").write_text("mine")
    refused(o2c("plausibility", *FEW, "-o", "figures.md"), 2, "already exists", "--force")
    refused_as_json(o2c("plausibility", "--against", "x", "--json"), 2, "usage")
    assert (here / "figures.md").read_text() == "mine"
