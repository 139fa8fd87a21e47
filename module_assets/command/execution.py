"""Materializes a snapshot of the module finder in this process."""

from collections.abc import Sequence
from contextlib import closing

import dagster as dg

from graph.choice import newest_snapshot
from graph.declared import MANIFEST
from graph.history import newest_finished
from graph.manifest import done_but, refused
from graph.old_runs import forget_old_runs
from graph.partition import day_of
from graph.terminal.display import Display
from graph.terminal.execution import Operations, RunFailedError, page_run, run_job
from module_assets.assets.code import FINISHED
from module_assets.assets.dumps import NAMES
from module_assets.catalog.asset import CATALOG
from module_assets.catalog.datasets import DATASETS
from module_assets.definitions import build_definitions, build_dumps
from module_assets.paging import PAGED, pager_of
from module_assets.publication.old_data import remove_old
from module_assets.rules import Rules
from module_assets.settings import Settings
from module_assets.snapshots.choice import ModuleLooker, choose_inputs
from module_assets.snapshots.jobs import ALL
from module_assets.snapshots.manifest import known_inputs, unreadable
from resources.lake import Lake

TOGETHER = (NAMES, tuple(FINISHED))
"""Datasets that come of one pass: who asks for one of them gets all."""


def run_snapshot(
    settings: Settings,
    snapshot: str | None,
    selection: Sequence[str],
    display: Display,
    *,
    choose_again: bool = False,
) -> str:
    """Materialize the selected datasets (all, if none) for one snapshot; give its key.

    Without ``snapshot`` it is the newest in the dumps. Which files it is made of is known after its
    first run; ``choose_again`` chooses them anew. Raises UserError for inputs that are not there,
    RunFailedError when an asset or a blocking check fails, and when all is done but for a wiki that
    can not be read.
    """
    snapshot = _choose(settings, snapshot, choose_again, display)
    manifest_is_there = Lake(settings.lake, settings.scratch).has(MANIFEST, snapshot)
    selection = list(selection)
    if selection and (choose_again or not manifest_is_there):
        selection.append(MANIFEST)
    for names in TOGETHER:
        if {*selection} & {*names}:
            selection += names
    operations: Operations = {}
    if choose_again:
        operations[CATALOG.key(MANIFEST).to_python_identifier()] = {
            "config": {"choose_again": True}
        }
    definitions = build_definitions(
        settings, {"progress": display}, {"console": display.dagster_logger()}
    )

    def afterwards(instance: dg.DagsterInstance, run: str) -> None:
        _page(settings, instance, run, display)
        # Where no daemon runs, nobody else does.
        with closing(Lake(settings.lake)) as lake:
            finished = newest_finished(lake)
        forget_old_runs(instance, CATALOG, settings.keep_snapshots, finished)

    display.begin(snapshot, len({*selection}) or len(DATASETS))
    try:
        run_job(
            definitions.resolve_job_def(ALL.name),
            CATALOG,
            settings.lake,
            snapshot,
            display,
            operations=operations,
            selection=sorted({*selection}),
            afterwards=afterwards,
        )
    finally:
        display.end()
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        if gone := remove_old(lake, settings.keep_snapshots):
            display.note(f"old snapshots are removed: {', '.join(gone)}")
        if says := done_but(unreadable(lake, snapshot)):
            raise RunFailedError(says)
    return snapshot


def _choose(settings: Settings, snapshot: str | None, choose_again: bool, display: Display) -> str:
    """Find out before anything starts whether the snapshot's inputs are there."""
    if snapshot is not None:
        day_of(snapshot)
    dumps, lake = build_dumps(settings), Lake(settings.lake, settings.scratch)
    try:
        wikis = dumps.target_wikis()
        rules = Rules.named(settings.rules)
        looker = ModuleLooker(dumps.modules(), None, refused(lake), rules.month_days)
        snapshot = snapshot or newest_snapshot(looker, wikis)
        known = None if choose_again else known_inputs(lake, snapshot)
        inputs = choose_inputs(looker, snapshot, wikis, known)
    finally:
        lake.close()
    for wiki, why in inputs.left_out.items():
        display.note(f"{wiki} is left out: {why}")
    return snapshot


def _page(settings: Settings, instance: dg.DagsterInstance, run: str, display: Display) -> None:
    """Tell people of a run."""
    pager = pager_of(settings, Rules.named(settings.rules))
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        page_run(
            PAGED,
            pager,
            instance,
            run,
            lake,
            display,
            ui=settings.ui,
            sends=bool(settings.pages),
        )
