"""The group of verbs: a wrong option ends like any other fault, as text or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from typer.core import TyperGroup

from o2c_sim.errors import Problem
from reports.cli.faults import INTERRUPTED, report_problems
from reports.cli.interrupts import stop_once

USAGE = 2


class Verbs(TyperGroup):
    """Runs a verb; says what is wrong with the options in the words of all other messages."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line and exit with a code."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # A name that the terminal's encoding lacks is no reason to fail.
                stream.reconfigure(errors="replace")

        def run() -> Any:
            return super(Verbs, self).main(
                args, prog_name, complete_var, False, windows_expand_args, **extra
            )

        if not standalone_mode:
            return run()
        stop_once()
        sys.exit(_exit_code(run, "--json" in (sys.argv[1:] if args is None else args)))


def _exit_code(run: Callable[[], Any], as_json: bool) -> int:
    try:
        code = run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as error:
        # Typer ends so when the reader of a pipe has gone.
        return 0 if error.code == 1 else int(error.code or 0)
    except Exception as error:
        # Typer's own faults; which package they come from depends on its version.
        if not hasattr(error, "format_message"):
            raise
        context = getattr(error, "ctx", None)
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()  # type: ignore[attr-defined]
            return USAGE
        problem = Problem(
            error.format_message().rstrip("."),
            suggestion=f"{context.command_path} --help" if context else "o2c --help",
        )
        report_problems("usage", (problem,), as_json)
        return int(getattr(error, "exit_code", USAGE))
    return code if isinstance(code, int) else 0
