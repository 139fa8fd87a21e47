"""Materializes a snapshot in this process. What is shown of it: display.py."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

import dagster as dg

from asset_checks.publication import read_result
from asset_checks.runbook import RUNBOOK
from graph.choice import newest_snapshot
from graph.declared import MANIFEST
from graph.green_lights import Looker
from graph.history import newest_finished, read_gate
from graph.manifest import refused
from graph.old_runs import forget_old_runs
from graph.paging import open_pager
from graph.partition import day_of
from graph.terminal.display import Display
from graph.terminal.execution import Operations, RunFailedError, page_run, run_job
from imagesuggest_assets.alerts.pages import PAGED, report_files, report_freshness
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.sinks import FRESHNESS, STORE_TABLES
from imagesuggest_assets.datasets.wiki_tables import NAMES
from imagesuggest_assets.definitions import build_definitions, build_dumps, build_rules
from imagesuggest_assets.publication.back import if_held, now_published
from imagesuggest_assets.publication.deciding import GateConfig, refuse
from imagesuggest_assets.publication.gate import faults_of
from imagesuggest_assets.publication.old_data import remove_old_data, told
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.choice import choose_inputs
from imagesuggest_assets.snapshots.jobs import ALL, DECIDE
from imagesuggest_assets.snapshots.manifest import inputs_of, known_inputs, unreadable
from resources.errors import RefusedError, UserError
from resources.lake import Lake
from resources.sources.dumps import COMMONS


def run_snapshot(
    settings: Settings,
    snapshot: str | None,
    selection: Sequence[str],
    display: Display,
    *,
    choose_again: bool = False,
) -> str:
    """Materialize the selected datasets (all, if none) for one snapshot; give its key.

    Without ``snapshot`` it is the newest in the dumps. Which files it is made of is known after
    its first run; ``choose_again`` chooses them anew. Raises UserError for inputs that are not
    there, RunFailedError when an asset or a blocking check fails, and when all is done but for a
    wiki that can not be read.
    """
    snapshot = _choose(settings, snapshot, choose_again, display)
    if selection and (
        choose_again or not Lake(settings.lake, settings.scratch).has(MANIFEST, snapshot)
    ):
        selection = [MANIFEST, *selection]
    operations: Operations = {MANIFEST: {"config": {"choose_again": True}}} if choose_again else {}
    display.begin(snapshot, len(selection) or len(DATASETS))
    try:
        execute(settings, ALL.name, snapshot, operations, selection, display)
    finally:
        display.end()
    if {*selection} & {MANIFEST, *NAMES}:
        # The check by which a whole run ends as failed is no part of a selection.
        told = read_result(unreadable(Lake(settings.lake, settings.scratch), snapshot))
        if not told.passed:
            raise RunFailedError(told.description)
    return snapshot


def decide(settings: Settings, snapshot: str, config: dict[str, Any], display: Display) -> None:
    """Materialize `publishable` with what a person decided (GateConfig), and publish accordingly.

    What becomes of what was published is told before and after. Raises UserError, before any run
    begins, where that can not be decided, or the snapshot is not there.
    """
    lake = _finished(settings, snapshot)
    asked = GateConfig(**config)
    faults = faults_of(lake, snapshot, build_rules(settings))
    refuse(lake, inputs_of(lake, snapshot), asked, faults)
    for wiki in asked.hold:
        for says in if_held(lake, wiki, snapshot):
            display.note(says)
    execute(settings, DECIDE.name, snapshot, {"publishable": {"config": config}}, [], display)
    for wiki in (*asked.hold, *asked.retire):
        for says in now_published(lake, wiki):
            display.note(says)


def retire(settings: Settings, config: dict[str, Any], display: Display) -> None:
    """Withdraw what is published of wikis (GateConfig), as a run of the newest snapshot.

    Raises UserError, before any run begins, where that can not be decided, or no snapshot has come
    to its gate.
    """
    newest = newest_finished(Lake(settings.lake))
    if not newest:
        raise UserError(f"{settings.lake}: no snapshot has come to its gate yet")
    decide(settings, newest, config, display)


def _finished(settings: Settings, snapshot: str) -> Lake:
    """Open the lake. Raises UserError where the snapshot has not come to its gate yet."""
    day_of(snapshot)
    lake = Lake(settings.lake, settings.scratch)
    if not lake.has("publishable", snapshot):
        raise UserError(
            f"{settings.lake}: the snapshot {snapshot} has not come to its gate yet; "
            "`imagesuggest snapshots` lists those that have"
        )
    return lake


def load_store(settings: Settings, snapshot: str, config: dict[str, Any], display: Display) -> None:
    """Load the readers' store with a snapshot (StoreConfig), and read it back.

    Raises UserError where the snapshot has not come to its gate yet, did not let a wiki through
    that is named, or can not be loaded.
    """
    gate = read_gate(_finished(settings, snapshot), snapshot)
    for wiki in config.get("wikis", ()):
        if wiki not in gate.published - {COMMONS}:
            state = gate.states.get(wiki, "not part of it")
            if wiki == COMMONS:
                state = "not in the readers' store"
            raise RefusedError(
                f"{wiki} can not be loaded from the snapshot {snapshot}: it is {state}"
            )
    operations: Operations = {"cassandra_tables": {"config": config}}
    execute(settings, ALL.name, snapshot, operations, list(STORE_TABLES), display)


def execute(
    settings: Settings,
    job: str,
    snapshot: str,
    operations: Operations,
    selection: Sequence[str],
    display: Display,
) -> None:
    """Run a job for a snapshot in this process, and tell people of what its checks found.

    Waits while another run works on the snapshot. Raises RunFailedError when an asset or a blocking
    check fails.
    """
    definitions = build_definitions(
        settings, {"progress": display}, {"console": display.dagster_logger()}
    )

    def afterwards(instance: dg.DagsterInstance, run_id: str) -> None:
        _page(settings, instance, run_id, display)
        # Where no daemon runs, nobody else does.
        with closing(Lake(settings.lake)) as lake:
            finished = newest_finished(lake)
        forget_old_runs(instance, CATALOG, settings.history_snapshots, finished)
        _remove_old(settings, instance, display)

    run_job(
        definitions.resolve_job_def(job),
        CATALOG,
        settings.lake,
        snapshot,
        display,
        operations=operations,
        selection=selection,
        afterwards=afterwards,
    )


def _remove_old(settings: Settings, instance: dg.DagsterInstance, display: Display) -> None:
    """Remove what is old from the lake, and say what went or why nothing can."""
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        try:
            removed = remove_old_data(instance, lake, build_rules(settings), settings, float("inf"))
        except UserError as error:
            display.note(f"nothing old is removed: {error}")
        else:
            if says := told(removed):
                display.note(says)


def _page(settings: Settings, instance: dg.DagsterInstance, run_id: str, display: Display) -> None:
    """Tell people of a run, of files that can not be read, and of freshness."""
    rules = build_rules(settings)
    pager = open_pager(settings.pages, rules, RUNBOOK)
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        fresh = partial(report_freshness, pager, instance, lake, rules, settings, datetime.now(UTC))
        page_run(
            PAGED,
            pager,
            instance,
            run_id,
            lake,
            display,
            ui=settings.ui,
            sends=bool(settings.pages),
            steps={"files": partial(report_files, pager, lake), FRESHNESS.name: fresh},
        )


def _choose(settings: Settings, snapshot: str | None, choose_again: bool, display: Display) -> str:
    """Find out before anything starts whether the snapshot's inputs are there."""
    if snapshot is not None:
        day_of(snapshot)
    resource = build_dumps(settings)
    rules = build_rules(settings)
    lake = Lake(settings.lake, settings.scratch)
    lake.refuse_old_layout()
    try:
        wikis = resource.target_wikis()
        looker = Looker(resource.provider(), None, refused(lake))
        snapshot = snapshot or newest_snapshot(looker, wikis)
        known = None if choose_again else known_inputs(lake, snapshot)
        inputs = choose_inputs(looker, snapshot, wikis, rules, known)
    finally:
        lake.close()
    for wiki, why in inputs.left_out.items():
        display.note(f"{wiki} is left out: {why}")
    return snapshot
