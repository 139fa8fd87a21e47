"""Weeks of a made-up Wikimedia, run one after another, and ways to spoil the last one."""

import gzip
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console

from graph.declared import MANIFEST
from graph.terminal.display import Display
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.definitions import build_definitions
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.jobs import ALL
from tests.acceptance.broken_dumps import text
from tests.acceptance.command import current_of, rows_of
from tests.imagesuggest_assets.snapshots.small_dumps import sha1_of

ARTICLES, WIKIS, WEEKS = 9_000, ("ptwiki", "arwiki", "kawiki"), 20
RUN = int(os.environ.get("IMAGESUGGEST_TEST_WEEKS", "3"))
"""How many of the weeks are run, the last ones: one more than a count needs to be compared with.
More tell more of false alarms, and take longer."""
LINKS = 10.0
"""Links an article; they take most of the time, and more of them change nothing here."""
LAST, LAST_DAY = "2026-11-02", "20261102"
"""The week after them."""
ITEMS = "other/wikibase/wikidatawiki/20261030/wikidata-20261030-all.json.gz"
EVENTS = "event/mediawiki_image_suggestions_feedback"
_ROW = re.compile(rb"\((?:[^'()]|'(?:[^'\\]|\\.)*')*\)", re.DOTALL)

Fired = tuple[str, str, str, str]
"""A dataset, its check, how bad it is, and of which wiki."""
Row = Callable[[int, bytes], Sequence[bytes]]
"""Gives what is to stand in the place of a row of SQL; it is told how many were before."""


@dataclass(frozen=True)
class Ran:
    """How a run ended: its error, and of what its checks say that it is not as it should be."""

    error: str
    checks: int
    fired: frozenset[Fired]


def run_week(
    instance: dg.DagsterInstance,
    dumps: Path,
    lake: Path,
    snapshot: str,
    selection: Sequence[str] = (),
) -> Ran:
    """Run everything (or a selection) of a snapshot, with files that are chosen anew."""
    display = Display(Console(file=io.StringIO()))
    settings = Settings(dumps=str(dumps), lake=str(lake), memory="1GB")
    definitions = build_definitions(
        settings, {"progress": display}, {"console": display.dagster_logger()}
    )
    again = {} if selection else {MANIFEST: {"config": {"choose_again": True}}}
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [snapshot])
    result = definitions.resolve_job_def(ALL.name).execute_in_process(
        instance=instance,
        partition_key=snapshot,
        run_config={"loggers": {"console": {}}, "ops": again},
        asset_selection=[dg.AssetKey(name) for name in selection] or None,
        raise_on_error=False,
    )
    evaluations = result.get_asset_check_evaluations()
    fired = frozenset(each for evaluation in evaluations for each in _fired(evaluation))
    return Ran(_error(result), len(evaluations), fired)


def _fired(evaluation: dg.AssetCheckEvaluation) -> list[Fired]:
    """Tell what failed, wiki by wiki, where a check says of which."""
    if evaluation.passed:
        return []
    check = (evaluation.asset_key.path[-1], evaluation.check_name)
    told = evaluation.metadata.get("problems")
    problems: Any = told.value if told else []
    if not problems:
        return [(*check, evaluation.severity.value, "")]
    return [(*check, each["severity"], each["wiki"]) for each in problems]


def _error(result: dg.ExecuteInProcessResult) -> str:
    """Give the text of the first failed step; a blocking check's is its name."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error and error.cause:
                error = error.cause
            return f"{event.step_key}: {error.message if error else ''}".strip()
    return "" if result.success else "the run failed"


def states(lake: Path, snapshot: str = LAST) -> dict[str, str]:
    """Give what became of each wiki of a snapshot; nothing where no gate was reached."""
    if not current_of(lake, "publishable", snapshot):
        return {}
    return {row["wiki_db"]: row["state"] for row in rows_of(lake, "publishable", snapshot)}


def linked(source: Path, target: Path) -> Path:
    """Copy a tree, with hard links for what is never written in place: dumps and partitions."""

    def copy(file: str, there: str) -> None:
        whole = Path(file).suffix in {".gz", ".bz2", ".parquet"}
        (os.link if whole else shutil.copy2)(file, there)

    shutil.copytree(source, target, copy_function=copy)
    return target


def table(wiki: str, name: str) -> str:
    """Give where a wiki's table of the last week is."""
    return f"{wiki}/{LAST_DAY}/{wiki}-{LAST_DAY}-{name}.sql.gz"


def change_rows(dumps: Path, file: str, change: Row) -> None:
    """Put other rows in the place of those of a SQL file; its dump says of itself what is there."""
    number = -1

    def rows(values: bytes) -> bytes:
        nonlocal number
        kept: list[bytes] = []
        for row in _ROW.findall(values):
            number += 1
            kept += change(number, row)
        return b",".join(kept)

    def lines(sql: bytes) -> bytes:
        changed = []
        for line in sql.split(b"\n"):
            head, found, values = line.partition(b" VALUES ")
            if not found or not head.startswith(b"INSERT INTO"):
                changed.append(line)
            elif kept := rows(values):
                changed.append(head + found + kept + b";")
        return b"\n".join(changed)

    change_text(dumps, file, lines)


def change_text(dumps: Path, file: str, change: Callable[[bytes], bytes]) -> None:
    """Change what is in a file; its dump says of itself what is there then."""
    path = dumps / file
    before = sha1_of(path)
    text(change)(path)
    for paper in (*path.parent.glob("dumpstatus.json"), *path.parent.glob("*-sha1sums.txt")):
        said = paper.read_text().replace(before, sha1_of(path))
        if paper.suffix == ".json":
            status = json.loads(said)
            for job in status["jobs"].values():
                if path.name in job.get("files", {}):
                    job["files"][path.name]["size"] = path.stat().st_size
            said = json.dumps(status)
        paper.unlink()
        paper.write_text(said)


def reject(dumps: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Let somebody find that suggestions are wrong."""
    when = "2026-11-03T12:00:00Z"
    events = [
        {
            "$schema": "/mediawiki/image_suggestions_feedback/2.1.0",
            "meta": {"stream": "mediawiki.image_suggestions_feedback", "dt": when},
            "dt": when,
            "wiki": row["wiki_db"],
            "page_id": row["page_id"],
            "filename": row["image"],
            "user_id": 1,
            "origin_wiki": "commonswiki",
            "is_accepted": False,
            "is_rejected": True,
            "rejection_reasons": [],
            "section_title": None,
        }
        for row in rows
    ]
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (dumps / EVENTS / "20261103.json.gz").write_bytes(gzip.compress(lines.encode()))
