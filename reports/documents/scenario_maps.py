"""The maps of all scenarios on one layout, and what each scenario changes on its map."""

from __future__ import annotations

from reports.documents.document import Block, Text
from reports.figures.map_difference_picture import DIFFERENCE_LABEL_WIDTH, difference_picture
from reports.figures.process_map_picture import map_picture
from reports.map_levels import map_levels
from reports.process_map import LABEL_WIDTH
from scenarios.comparison import Comparison


def map_blocks(comparison: Comparison) -> list[Block]:
    """Return one map a scenario, and for each but the baseline its difference map."""
    base, *scenarios = comparison.outcomes
    graphs = [outcome.process_map for outcome in comparison.outcomes]
    # One layout with room for the longer numbers of the differences.
    levels = map_levels(graphs, label_width=DIFFERENCE_LABEL_WIDTH if scenarios else LABEL_WIDTH)
    what = "Orders received in the measured period of the first replication."
    if scenarios:
        what += (
            " Every activity is in the same place on all of these maps; dashed on a scenario's own "
            "map is what happens in another scenario only."
        )
    blocks: list[Block] = [
        Text((what,)),
        map_picture(base.process_map, key="map-0", title=base.title, levels=levels),
    ]
    for number, outcome in enumerate(scenarios, start=1):
        graph, title = outcome.process_map, outcome.title
        blocks.append(map_picture(graph, key=f"map-{number}", title=title, levels=levels))
        blocks.append(
            difference_picture(
                base.process_map,
                graph,
                levels=levels,
                names=(base.title, title),
                key=f"change-{number}",
                title=f"{title}: what changes on the map",
            )
        )
    return blocks
