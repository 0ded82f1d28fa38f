"""Process models: discovered from the variants of a case view, written to and read from files."""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mining.model_file import require_readable
from mining.variants import counted
from o2c_sim.atomic import new_file
from o2c_sim.errors import (
    LogError,
    MissingDependencyError,
    ModelError,
    Problem,
    UsageError,
)


@dataclass(frozen=True, slots=True)
class Model:
    """A process model: an accepting Petri net, and its process tree where it has one.

    Parameters
    ----------
    name
        Where the model comes from, for people.
    net
        A ``pm4py`` Petri net; transitions without a label are silent.
    initial, final
        Its ``pm4py`` markings.
    tree
        The ``pm4py`` process tree with the same language, or None.
    """

    name: str
    net: Any
    initial: Any
    final: Any
    tree: Any = None

    @property
    def activities(self) -> tuple[str, ...]:
        """Names of the visible transitions, sorted."""
        return tuple(sorted({t.label for t in self.net.transitions if t.label is not None}))


@contextlib.contextmanager
def quiet_pm4py() -> Iterator[Any]:
    """Yield the ``pm4py`` package, without its banner, progress bars and warnings.

    Raises
    ------
    MissingDependencyError
        If pm4py is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pm4py
            import pm4py.util.constants
        except ImportError as error:
            raise MissingDependencyError("pm4py", "mining") from error
        pm4py.util.constants.SHOW_PROGRESS_BAR = False
        yield pm4py


def discover_tree(cases: pl.DataFrame, noise: float = 0.2) -> Any:
    """Return the process tree that the inductive miner finds.

    Parameters
    ----------
    cases
        A case view, in any row order.
    noise
        Share (0 to 1) of the most frequent successor below which a successor counts as noise; 0
        keeps every observed behaviour.

    Returns
    -------
    pm4py.objects.process_tree.obj.ProcessTree
        Always sound.

    Raises
    ------
    LogError
        If the case view has no cases or lacks a column.
    UsageError
        If *noise* is not between 0 and 1.

    References
    ----------
    Leemans, Fahland, van der Aalst, "Discovering block-structured process models from event logs
    containing infrequent behaviour", BPM Workshops 2013.
    """
    if not 0.0 <= noise <= 1.0:
        raise UsageError(Problem(f"noise {noise} is not a share", allowed="0 to 1"))
    variants = Counter(counted(cases))
    if not variants:
        raise LogError(Problem("a model cannot be discovered from a log without cases"))
    with quiet_pm4py():
        from pm4py.algo.discovery.inductive.dtypes.im_ds import IMDataStructureUVCL
        from pm4py.algo.discovery.inductive.variants.im import IMUVCL
        from pm4py.algo.discovery.inductive.variants.imf import IMFUVCL
        from pm4py.objects.process_tree.utils import generic

        # The miner proper takes variants with counts; the public function wants every event.
        parameters = {"noise_threshold": noise}
        miner = IMFUVCL(parameters) if noise > 0 else IMUVCL(parameters)
        tree = generic.fold(miner.apply(IMDataStructureUVCL(variants), parameters))
        generic.tree_sort(tree)
        return tree


def discover_petri_net(cases: pl.DataFrame, noise: float = 0.2) -> Model:
    """Return the Petri net of the process tree that the inductive miner finds.

    Parameters and exceptions are those of :func:`discover_tree`.

    Returns
    -------
    Model
        With its process tree.
    """
    return from_tree(discover_tree(cases, noise), f"inductive miner, noise {noise:g}")


def discover_bpmn(cases: pl.DataFrame, noise: float = 0.2) -> Any:
    """Return the BPMN diagram of the process tree that the inductive miner finds.

    Parameters and exceptions are those of :func:`discover_tree`.

    Returns
    -------
    pm4py.objects.bpmn.obj.BPMN
        Without a layout; :func:`write_bpmn` adds one.
    """
    return to_bpmn(discover_petri_net(cases, noise))


def from_tree(tree: Any, name: str) -> Model:
    """Return the accepting Petri net of a ``pm4py`` process tree."""
    with quiet_pm4py() as pm4py:
        net, initial, final = pm4py.convert_to_petri_net(tree)
    return Model(name, net, initial, final, tree)


def to_bpmn(model: Model) -> Any:
    """Return a model as a ``pm4py`` BPMN diagram."""
    with quiet_pm4py() as pm4py:
        if model.tree is not None:
            return pm4py.convert_to_bpmn(model.tree)
        return pm4py.convert_to_bpmn(model.net, model.initial, model.final)


def write_pnml(model: Model, path: Path | str, *, replace: bool = False) -> Path:
    """Write a model as a Petri net in PNML.

    Parameters
    ----------
    model
        The model.
    path
        The file to make; ends in ``.pnml``.
    replace
        Replace an existing file.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        If *path* exists and *replace* is false, or has another ending.
    """
    path = _with_suffix(path, ".pnml")
    with new_file(path, replace=replace) as aside, quiet_pm4py() as pm4py:
        pm4py.write_pnml(model.net, model.initial, model.final, str(aside))
    return path


def write_bpmn(model: Model, path: Path | str, *, replace: bool = False) -> Path:
    """Write a model as a BPMN 2.0 diagram with a layout, which needs no Graphviz.

    Parameters
    ----------
    model
        The model.
    path
        The file to make; ends in ``.bpmn``.
    replace
        Replace an existing file.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        If *path* exists and *replace* is false, or has another ending.
    """
    from mining.bpmn import to_xml

    path = _with_suffix(path, ".bpmn")
    text = to_xml(to_bpmn(model), model.name)
    with new_file(path, replace=replace) as aside:
        aside.write_text(text, encoding="utf-8")
    return path


def read_model(path: Path | str) -> Model:
    """Read a process model from a PNML or BPMN file.

    Parameters
    ----------
    path
        A file that ends in ``.pnml`` or ``.bpmn``.

    Returns
    -------
    Model
        Named after the file; without a process tree. A net without markings starts in its only
        place without a way in and ends in its only place without a way out.

    Raises
    ------
    ModelError
        If the file cannot be read, has no visible activity, no final marking or end event, or
        holds what has no translation, see :func:`mining.model_file.require_readable`.

    References
    ----------
    Workflow nets: van der Aalst, "The application of Petri nets to workflow management", Journal
    of Circuits, Systems and Computers 8, 1998.
    """
    path = Path(path)
    readers = {".pnml": _read_pnml, ".bpmn": _read_bpmn}
    if path.suffix.lower() not in readers:
        raise ModelError(
            Problem(f"{path.suffix or 'no ending'!r} is not a model", str(path), ".pnml, .bpmn")
        )
    if not path.is_file():
        raise ModelError(Problem("there is no such file", str(path)))
    require_readable(path)
    with quiet_pm4py() as pm4py:
        try:
            net, initial, final = readers[path.suffix.lower()](pm4py, path)
        except Exception as error:  # a foreign parser: whatever it raises is about the file
            reason = str(error) or type(error).__name__
            raise ModelError(Problem(f"cannot be read: {reason}", str(path))) from error
    model = Model(path.name, net, initial, final)
    if not model.activities:
        raise ModelError(Problem("the model has no visible activity", str(path)))
    if not initial:
        raise ModelError(Problem("the model has no initial marking or start event", str(path)))
    if not final:
        raise ModelError(Problem("the model has no final marking or end event", str(path)))
    return model


def _read_pnml(pm4py: Any, path: Path) -> tuple[Any, Any, Any]:
    from pm4py.objects.petri_net.obj import Marking

    net, initial, final = pm4py.read_pnml(str(path))
    # Many tools write no markings: in a workflow net the one source and the one sink are meant.
    sources = [place for place in net.places if not place.in_arcs]
    sinks = [place for place in net.places if not place.out_arcs]
    if not initial and len(sources) == 1:
        initial = Marking({sources[0]: 1})
    if not final and len(sinks) == 1:
        final = Marking({sinks[0]: 1})
    return net, initial, final


def _read_bpmn(pm4py: Any, path: Path) -> tuple[Any, Any, Any]:
    net, initial, final = pm4py.convert_to_petri_net(pm4py.read_bpmn(str(path)))
    return net, initial, final


def _with_suffix(path: Path | str, suffix: str) -> Path:
    path = Path(path)
    if path.suffix.lower() != suffix:
        raise UsageError(
            Problem(
                f"{path.name!r} does not end in {suffix}",
                str(path),
                suggestion=str(path.with_suffix(suffix)),
            )
        )
    return path
