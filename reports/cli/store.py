"""``o2c store``: what is kept of finished runs, and how it is cleared."""

from __future__ import annotations

from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, say
from reports.cli.faults import verb

_MEGABYTE = 1_000_000
_SECONDS_PER_DAY = 86_400


@verb
def store(
    folder: options.StoreFolder = None,
    unused_days: Annotated[
        float | None,
        typer.Option("--remove-unused-days", min=0, help="Remove runs not used for so many days."),
    ] = None,
    keep_megabytes: Annotated[
        float | None,
        typer.Option(
            "--keep-megabytes", min=0, help="Remove runs, those used longest ago first, down to it."
        ),
    ] = None,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Tell how much is kept of finished runs, and clear it.

    A run that is not kept is made again when it is needed; nothing else is lost.

    o2c store

    o2c store --remove-unused-days 30 --keep-megabytes 500
    """
    import time

    from scenarios.store import Store

    kept = Store(folder)
    removed = None
    if unused_days is not None or keep_megabytes is not None:
        removed = kept.prune(
            unused_since=None
            if unused_days is None
            else time.time() - unused_days * _SECONDS_PER_DAY,
            keep_bytes=None if keep_megabytes is None else int(keep_megabytes * _MEGABYTE),
        )
    left = kept.contents()
    if json_output:
        result = {
            "folder": str(kept.folder),
            "replications": left.replications,
            "size_bytes": left.size_bytes,
            "removed": 0 if removed is None else removed.replications,
            "removed_bytes": 0 if removed is None else removed.size_bytes,
        }
        emit("store", result)
        return
    if removed is not None:
        say(f"removed: {_text(removed.replications, removed.size_bytes)}", quiet=quiet)
    say(f"{kept.folder}: {_text(left.replications, left.size_bytes)}", quiet=quiet)


def _text(replications: int, size_bytes: int) -> str:
    from reports.cli.tables import counted

    return f"{counted(replications, 'replication')}, {size_bytes / _MEGABYTE:,.1f} MB"
