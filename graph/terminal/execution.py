"""Runs a job for a snapshot in this process, and says why it failed. What is shown: display.py."""

import errno
import os
from collections.abc import Callable, Sequence

import dagster as dg

from graph.catalog import Catalog
from graph.paging import CANNOT_LOOK, Paged, Steps, report_run, tell
from graph.terminal.display import Display
from resources.addresses import is_address
from resources.errors import UserError
from resources.instance import add_partition, history_told, open_instance, process_tag
from resources.lake import Lake
from resources.paging.pager import Pager
from resources.storage import storage_at
from resources.turns import worker

_OURS = ("InputError", "UserError", "RefusedError", "RunFailedError", "UnreachableError")
"""Errors whose text is all that people need."""
Operations = dict[str, dict[str, dict[str, object]]]
"""The configuration of assets, by their name."""


class RunFailedError(UserError):
    """An asset or a blocking check failed; the text says which and why."""


def run_job(
    job: dg.JobDefinition,
    catalog: Catalog,
    lake: str,
    snapshot: str,
    display: Display,
    *,
    operations: Operations | None = None,
    selection: Sequence[str] = (),
    afterwards: Callable[[dg.DagsterInstance, str], None] = lambda *_: None,
) -> None:
    """Run a job, or some of its datasets, and then, whatever came of it, do what comes afterwards.

    Waits while another run works on the snapshot. Raises RunFailedError when an asset or a blocking
    check fails.
    """
    instance = open_instance()
    if busy := worker(storage_at(lake), snapshot):
        display.note(f"waits: {busy}")
    with history_told(), instance:
        add_partition(instance, str(catalog.snapshots.name), snapshot)
        result = job.execute_in_process(
            instance=instance,
            partition_key=snapshot,
            run_config={"loggers": {"console": {}}, "ops": operations or {}},
            tags=process_tag(),
            asset_selection=catalog.keys(selection) or None,
            raise_on_error=False,
        )
        afterwards(instance, result.run_id)
    if not result.success:
        raise RunFailedError(reason(result, lake))


def page_run(
    paged: Paged,
    pager: Pager,
    instance: dg.DagsterInstance,
    run_id: str,
    lake: Lake,
    display: Display,
    *,
    ui: str,
    sends: bool,
    steps: Steps | None = None,
) -> None:
    """Write the pages of a run and of what ``steps`` tell, and show them; send them where there is
    anybody to send them to.
    """
    record = instance.get_run_record_by_id(run_id)
    before = {page.key for page in pager.pages()}
    try:
        if record is not None:
            report_run(paged, pager, instance, record, lake, ui)
    except CANNOT_LOOK as error:
        # Of this run alone, and whoever reads this is here.
        display.note(f"nobody can be told of the run {run_id[:8]}: {error}")
    tell(pager, steps or {})
    for page in pager.pages():
        if page.key not in before:
            display.page(page.title, page.body)
    if sends:
        done = pager.deliver()
        display.note(f"pages: {done.delivered} delivered, {done.failed} not taken yet")


def reason(result: dg.ExecuteInProcessResult, lake: str) -> str:
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
