"""What `imagesuggest health` tells an outside monitor, cheaply: no definitions are loaded.

Exit codes as monitors know them: 0 all is well, 1 somebody should look, 2 readers get old data or
nothing happens any more.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

import dagster as dg
from dagster import DagsterRunStatus

from asset_checks.freshness import publications, stale, summary
from asset_checks.runbook import RUNBOOK
from graph.paging import CANNOT_LOOK, open_pager, tell
from imagesuggest_assets.alerts.files import unreadable
from imagesuggest_assets.alerts.pages import report_files, report_freshness
from imagesuggest_assets.catalog.sinks import FRESHNESS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from resources.instance import history_told, open_instance
from resources.lake import Lake
from resources.paging.pager import Pager
from resources.paging.problems import Judgement, Problem

Level = Literal[0, 1, 2]
LATE_PAGES = timedelta(hours=1)
"""A page that waits longer for its receiver is a matter for somebody."""
SENSOR_DAEMON = "SENSOR"
STANDS_STILL = timedelta(minutes=15)
"""A daemon reports every half minute."""
_LISTED = 10
"""Lines of one kind, at most."""


@dataclass(frozen=True)
class Finding:
    """One line of the answer."""

    level: Level
    what: str
    says: str


def health(settings: Settings, rules: Rules, *, page: bool) -> list[Finding]:
    """Look at everything that should go on by itself, the worst first.

    With ``page`` people are told of old data, of files that can not be read and of a daemon that
    stands still, through the same destinations as the daemon's own pages, so that nobody is told
    twice. What can not be looked at is critical itself.
    """
    instance = open_instance()
    now = datetime.now(UTC)
    pager = open_pager(settings.pages, rules, RUNBOOK)
    with history_told(), instance, closing(Lake(settings.lake, settings.scratch)) as lake:
        daemon = _daemon(instance, now)
        fresh = partial(_fresh, lake, rules, now, search=settings.search.ships)
        found = [
            daemon,
            *_looked(FRESHNESS.name, fresh),
            *_looked("files", partial(_files, lake)),
            *_looked("runs", partial(_run, instance)),
            *_pages(pager, now),
        ]
        if page:
            report = partial(report_freshness, pager, instance, lake, rules, settings, now)
            try:
                tell(pager, {"files": partial(report_files, pager, lake), FRESHNESS.name: report})
                _report_daemon(pager, daemon, settings.ui, now)
            finally:
                done = pager.deliver()
            if done.failed:
                found.append(Finding(1, "pages", f"{done.failed} were not taken"))
    return sorted(found, key=lambda each: -each.level)


def _looked(what: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except CANNOT_LOOK as error:
        return [Finding(2, what, f"can not be looked at: {' '.join(str(error).split())}")]


def _daemon(instance: dg.DagsterInstance, now: datetime) -> Finding:
    beat = instance.get_daemon_heartbeats().get(SENSOR_DAEMON)
    if beat is None:
        return Finding(2, "daemon", "never ran: start it with `make ui` or `dagster-daemon run`")
    at = datetime.fromtimestamp(beat.timestamp, UTC)
    says = f"last sign of life at {at:%Y-%m-%d %H:%M:%S} UTC"
    if now - at > STANDS_STILL:
        return Finding(2, "daemon", f"stands still, {says}; no sensor looks and no page is sent")
    return Finding(0, "daemon", says)


def _fresh(lake: Lake, rules: Rules, now: datetime, *, search: bool) -> Iterator[Finding]:
    known = publications(lake, search=search)
    old = [each.sentence(rules, now) for each, _ in stale(known, rules, now)]
    for says in old[:_LISTED]:
        yield Finding(2, "freshness", says)
    if len(old) > _LISTED:
        yield Finding(2, "freshness", f"and {len(old) - _LISTED} more wikis")
    if not old:
        ever = any(each.at for each in known)
        says = summary(known, rules) + ("" if ever else f" in {lake.path}")
        yield Finding(0 if ever else 1, "freshness", says)


def _files(lake: Lake) -> Iterator[Finding]:
    found = list(unreadable(lake).values())
    for says in found[:_LISTED]:
        yield Finding(2, "file", " ".join(says.split()))
    if len(found) > _LISTED:
        yield Finding(2, "file", f"and {len(found) - _LISTED} more files")


def _run(instance: dg.DagsterInstance) -> Iterator[Finding]:
    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
    runs = instance.get_run_records(dg.RunsFilter(statuses=ended), limit=1)
    for record in runs:
        run = record.dagster_run
        told = f"the last run, {run.run_id[:8]} of {run.job_name}, ended with {run.status.value}"
        yield Finding(int(run.status == DagsterRunStatus.FAILURE), "runs", told)  # type: ignore[arg-type]


def _pages(pager: Pager, now: datetime) -> Iterator[Finding]:
    incidents = pager.open_incidents()
    if incidents:
        worst = f"{incidents[0].check} of {incidents[0].dataset}"
        yield Finding(1, "incidents", f"{len(incidents)} are open, the oldest: {worst}")
    for waiting in pager.pending():
        if waiting.pages and waiting.oldest:
            level: Level = 2 if now - waiting.oldest > LATE_PAGES else 1
            says = f"{waiting.pages} wait since {waiting.oldest:%Y-%m-%d %H:%M} UTC"
            why = f": {waiting.error}" if waiting.error else ""
            yield Finding(level, f"pages to {waiting.destination}", says + why)


def _report_daemon(pager: Pager, daemon: Finding, ui: str, now: datetime) -> None:
    already = any(each.check == "daemon" for each in pager.open_incidents())
    if already == bool(daemon.level):
        return
    says = f"the daemon {daemon.says}"
    problems = (Problem("daemon", "daemon", "", "", "ERROR", says, 10.0),) if daemon.level else ()
    pager.report(
        f"daemon {now.isoformat()}", [Judgement("daemon", "daemon", "", problems, f"{ui}/health")]
    )
