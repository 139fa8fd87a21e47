"""Materializes a snapshot in this process. What is shown of it: display.py."""

import errno
import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

import dagster as dg

from asset_checks.publication import read_result
from imagesuggest_assets.alerts.pages import (
    CANNOT_LOOK,
    open_pager,
    report_files,
    report_freshness,
    report_run,
    tell,
)
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.partition import SNAPSHOTS, day_of, newest_finished
from imagesuggest_assets.catalog.sinks import FRESHNESS, STORE_TABLES
from imagesuggest_assets.command.display import Display
from imagesuggest_assets.datasets.wiki_tables import NAMES
from imagesuggest_assets.definitions import build_definitions, build_dumps, build_rules
from imagesuggest_assets.publication.back import if_held, now_published
from imagesuggest_assets.publication.deciding import GateConfig, refuse
from imagesuggest_assets.publication.gate import faults_of
from imagesuggest_assets.publication.history import read_gate
from imagesuggest_assets.publication.old_data import remove_old_data, told
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.choice import choose_inputs, newest_snapshot
from imagesuggest_assets.snapshots.green_lights import Looker
from imagesuggest_assets.snapshots.jobs import ALL, DECIDE
from imagesuggest_assets.snapshots.manifest import (
    MANIFEST,
    inputs_of,
    known_inputs,
    refused,
    unreadable,
)
from imagesuggest_assets.snapshots.old_runs import forget_old_runs
from resources.addresses import is_address
from resources.errors import RefusedError, UserError
from resources.instance import add_partition, history_told, open_instance, process_tag
from resources.lake import Lake
from resources.sources.dumps import COMMONS
from resources.storage import storage_at
from resources.turns import worker

_OURS = ("InputError", "UserError", "RefusedError", "RunFailedError", "UnreachableError")
"""Errors whose text is all that people need."""
Operations = dict[str, dict[str, dict[str, object]]]
"""The configuration of assets, by their name."""


class RunFailedError(UserError):
    """An asset or a blocking check failed; the text says which and why."""


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
    instance = open_instance()
    definitions = build_definitions(
        settings, {"progress": display}, {"console": display.dagster_logger()}
    )
    if busy := worker(storage_at(settings.lake), snapshot):
        display.note(f"waits: {busy}")
    with history_told(), instance:
        add_partition(instance, str(SNAPSHOTS.name), snapshot)
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=snapshot,
            run_config={"loggers": {"console": {}}, "ops": operations},
            tags=process_tag(),
            asset_selection=[dg.AssetKey(name) for name in selection] or None,
            raise_on_error=False,
        )
        _page(settings, instance, result.run_id, display)
        # Where no daemon runs, nobody else does.
        finished = newest_finished(Lake(settings.lake))
        forget_old_runs(instance, settings.history_snapshots, finished)
        _remove_old(settings, instance, display)
    if not result.success:
        raise RunFailedError(_reason(result, settings.lake))


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
    """Write the pages of a run, show them, and send them where there is anybody to send them to."""
    rules = build_rules(settings)
    pager = open_pager(settings, rules)
    record = instance.get_run_record_by_id(run_id)
    before = {page.key for page in pager.pages()}
    now = datetime.now(UTC)
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        try:
            if record is not None:
                report_run(pager, instance, record, lake, settings.ui)
        except CANNOT_LOOK as error:
            display.note(f"nobody can be told of the run {run_id[:8]}: {error}")
        tell(
            pager,
            {
                "files": partial(report_files, pager, lake),
                FRESHNESS.name: partial(
                    report_freshness, pager, instance, lake, rules, settings, now
                ),
            },
        )
    for page in pager.pages():
        if page.key not in before:
            display.page(page.title, page.body)
    if settings.pages:
        done = pager.deliver()
        display.note(f"pages: {done.delivered} delivered, {done.failed} not taken yet")


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


def _reason(result: dg.ExecuteInProcessResult, lake: str) -> str:
    """Say in one line what failed first, and why."""
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if check.blocking and not check.passed and check.severity.value == "ERROR":
                return f"{check.asset_key.path[-1]}: the check {check.check_name} failed: " + (
                    check.description or "see the UI"
                )
        if event.is_step_failure:
            return f"{event.step_key}: {_told(event.step_failure_data.error, lake)}"
        if event.is_run_failure and event.job_failure_data.error:
            return _told(event.job_failure_data.error, lake)
    return "the run failed before any asset was started; see it in the UI"


def _told(error: object, lake: str) -> str:
    """Give the text of an error; disk and memory run out in the words of whoever asked for more."""
    text = _innermost(error)
    if "DagsterExecutionInterruptedError" in text:
        return "interrupted"
    # DuckDB calls it this when there is no more room to spill to.
    if os.strerror(errno.ENOSPC) in text or "max_temp_directory_size" in text:
        where, another = f"{lake}: no space is left on the disk of the lake", "--lake"
        if is_address(lake):
            where, another = "no space is left for scratch", "IMAGESUGGEST_SCRATCH"
        return f"{where}; make room there, or choose another folder with {another}"
    if "Out of Memory Error: " in text:
        problem = text.split("Out of Memory Error: ", 1)[1].split(" Possible solutions", 1)[0]
        return f"not enough memory for the engine: {problem}; give it more with --memory"
    return text


def _innermost(error: object) -> str:
    """Give the text of the error at the start of a chain of errors, on one line."""
    chain = []
    while error is not None:
        chain.append(error)
        error = error.cause  # type: ignore[attr-defined]
    first = chain[-1]
    for each in chain:
        if each.cls_name in _OURS:  # type: ignore[attr-defined]
            first = each
    text = " ".join(str(first.message).split())  # type: ignore[attr-defined]
    name, _, rest = text.partition(": ")
    # Dagster puts the name of the class before the text; ours say it all without.
    return rest if name.endswith(_OURS) else text
