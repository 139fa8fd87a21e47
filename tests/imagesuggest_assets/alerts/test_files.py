"""One small file that can not be read silences nothing: people are told of it, and of the rest."""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from asset_checks.runbook import RUNBOOK
from graph import paging
from graph.decisions import Decision, decide
from graph.paging import open_pager
from imagesuggest_assets.alerts import pages
from imagesuggest_assets.alerts.files import unreadable
from imagesuggest_assets.alerts.health import SENSOR_DAEMON
from imagesuggest_assets.command.main import main
from imagesuggest_assets.rules import Rules
from resources.dagster_internals import DaemonHeartbeat
from resources.lake import Lake
from resources.paging.pager import Pager
from resources.paging.problems import Judgement, Problem
from resources.storage import storage_at
from resources.versions import CURRENT
from tests.acceptance.command import current_of, files_of
from tests.asset_checks.partitions import keep_shipped
from tests.imagesuggest_assets.published import publish
from tests.imagesuggest_assets.snapshots.sensors import Sensors
from tests.resources.paging.receivers import HttpReceiver, http_receiver

OLD, NEW = "2026-10-26", "2026-11-02"
AT = "2026-11-03T10:00:00+00:00"
Spoil = Callable[[Path], object]


def gate(lake: Path, snapshot: str = OLD) -> Path:
    return lake / "publishable" / f"snapshot={snapshot}"


def rows(lake: Path) -> Path:
    (file,) = files_of(lake, "publishable", OLD)
    return file


def ledger(lake: Path) -> Path:
    return lake / "ledger" / "sqlite-here" / "ptwiki" / "shipped.json"


def cut(file: Path, keep: int = 20) -> None:
    file.write_bytes(file.read_bytes()[:keep])


def a_folder(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.mkdir()


def make_old(folder: Path) -> None:
    """Let a folder not have changed for an hour."""
    hour_ago = time.time() - 3600
    os.utime(folder, (hour_ago, hour_ago))


def record(lake: Path, name: str, value: object) -> None:
    """Let something else be recorded with a version."""
    current = current_of(lake, "publishable", OLD)
    current["statistics"]["details"][name] = value
    (gate(lake) / CURRENT).write_text(json.dumps(current))


def half_a_decision(lake: Path) -> None:
    decide(storage_at(lake), [Decision(NEW, "ptwiki", "released", "Ana", AT, "it is well")])
    file = lake / "decisions.jsonl"
    file.write_bytes(file.read_bytes() + file.read_bytes()[:40])


SPOILED: dict[str, tuple[str, Spoil]] = {
    "half a decision": ("decisions.jsonl, line 2", half_a_decision),
    "decisions that are none": (
        "decisions.jsonl, line 1",
        lambda lake: (lake / "decisions.jsonl").write_bytes(b"\xff\xfe\n"),
    ),
    "decisions that are a folder": (
        "decisions.jsonl",
        lambda lake: a_folder(lake / "decisions.jsonl"),
    ),
    "an empty file of what counts": (
        f"publishable/snapshot={OLD}/{CURRENT}",
        lambda lake: (gate(lake) / CURRENT).write_text(""),
    ),
    "half of the file of what counts": (
        f"publishable/snapshot={OLD}/{CURRENT}",
        lambda lake: cut(gate(lake) / CURRENT),
    ),
    "a file of what counts that is no UTF-8": (
        f"publishable/snapshot={OLD}/{CURRENT}",
        lambda lake: (gate(lake) / CURRENT).write_bytes(b'{"rows": "\xff"}'),
    ),
    "a file of what counts of another kind": (
        f"publishable/snapshot={OLD}/{CURRENT}",
        lambda lake: record(lake, "published at", ["yesterday"]),
    ),
    "no file of what counts": (
        f"publishable/snapshot={OLD}",
        lambda lake: ((gate(lake) / CURRENT).unlink(), make_old(gate(lake))),
    ),
    "a file of what counts that is a folder": (
        f"publishable/snapshot={OLD}/{CURRENT}",
        lambda lake: a_folder(gate(lake) / CURRENT),
    ),
    "half of the rows": (f"publishable/snapshot={OLD}", lambda lake: cut(rows(lake), 200)),
    "rows of nothing": (f"publishable/snapshot={OLD}", lambda lake: cut(rows(lake), 0)),
    "no rows": (f"publishable/snapshot={OLD}", lambda lake: rows(lake).unlink()),
    "an empty folder": (
        "publishable/snapshot=2026-10-19",
        lambda lake: (gate(lake, "2026-10-19").mkdir(), make_old(gate(lake, "2026-10-19"))),
    ),
    "a copy of a partition": (
        "publishable/snapshot=2026-11-02.bak",
        lambda lake: shutil.copytree(gate(lake, NEW), gate(lake, "2026-11-02.bak")),
    ),
    "a partition of no day": (
        "publishable/snapshot=2026-11-31",
        lambda lake: gate(lake, "2026-11-31").mkdir(),
    ),
    "a file in the place of a partition": (
        "pages/snapshot=2026-11-09",
        lambda lake: (
            (lake / "pages").mkdir(),
            (lake / "pages" / "snapshot=2026-11-09").write_text(""),
        ),
    ),
    "half of a ledger": (
        "ledger/sqlite-here/ptwiki/shipped.json",
        lambda lake: cut(ledger(lake)),
    ),
    "a ledger that is no UTF-8": (
        "ledger/sqlite-here/ptwiki/shipped.json",
        lambda lake: ledger(lake).write_bytes(b"\xff\xfe"),
    ),
    "a ledger that is a folder": (
        "ledger/sqlite-here/ptwiki/shipped.json",
        lambda lake: a_folder(ledger(lake)),
    ),
    "a ledger without a time": (
        "ledger/sqlite-here/ptwiki/shipped.json",
        lambda lake: ledger(lake).write_text(
            '{"snapshot": "2026-11-02", "shipped_at": "now", "files": []}'
        ),
    ),
}
"""By what is wrong: the file that is named, and how it comes to be so."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of two snapshots of two wikis, all of them published just now."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    for name in ("IMAGESUGGEST_PAGES", "IMAGESUGGEST_LAKE", "IMAGESUGGEST_RULES"):
        monkeypatch.delenv(name, raising=False)
    found = tmp_path / "lake"
    for snapshot in (OLD, NEW):
        publish(found, snapshot, ptwiki="published", arwiki="published")
    keep_shipped(found, datetime.now(UTC).isoformat(timespec="seconds"), "ptwiki", "arwiki")
    return found


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with http_receiver() as found:
        yield found


def beat(instance: dg.DagsterInstance) -> None:
    """Let the daemon have given a sign of life."""
    now = datetime.now(UTC).timestamp()
    instance.add_daemon_heartbeat(DaemonHeartbeat(now, SENSOR_DAEMON, "a daemon", []))


def health(lake: Path, *options: str, pages: str = "") -> tuple[int, list[str]]:
    """Ask; give the exit code, and what it says."""
    environment = {"IMAGESUGGEST_PAGES": pages}
    done = CliRunner().invoke(main, ["health", "--lake", str(lake), *options], env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output.splitlines()


def write_a_page(url: str = "") -> Pager:
    """Let a page have been written that nobody has yet."""
    pager = open_pager(url, Rules(), RUNBOOK)
    problem = Problem("anomaly", "wiki_flags", NEW, "ptwiki", "ERROR", "ptwiki: 1 flag")
    pager.report("a run", [Judgement("anomaly", "wiki_flags", NEW, (problem,))])
    return pager


def test_a_partition_that_is_just_being_written_is_nothing_to_tell(here: Path) -> None:
    gate(here, "2026-10-19").mkdir()
    (gate(here) / CURRENT).unlink()
    with closing(Lake(here)) as lake:
        assert unreadable(lake) == {}


def test_a_lake_in_order_has_nothing_to_tell(here: Path) -> None:
    with closing(Lake(here)) as lake:
        assert unreadable(lake) == {}


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_file_is_named_and_the_rest_is_known(
    here: Path, instance: dg.DagsterInstance, what: str
) -> None:
    name, spoil = SPOILED[what]
    spoil(here)
    with closing(Lake(here)) as lake:
        (says,) = unreadable(lake).items()
    assert says[0] == name
    assert says[1].startswith(str(here / name.partition(",")[0]))
    beat(instance)
    code, lines = health(here)
    assert code == 2
    assert [line for line in lines if not line.startswith("ok")] == [f"critical  file: {says[1]}"]


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_file_pages_once_and_what_was_written_before_is_delivered(
    here: Path, instance: dg.DagsterInstance, hook: HttpReceiver, what: str, tmp_path: Path
) -> None:
    shutil.copytree(here, tmp_path / "before")
    name, spoil = SPOILED[what]
    write_a_page(hook.url)
    spoil(here)
    sensors = Sensors(instance, "", here, Rules(), pages=hook.url)
    assert sensors.says("pages") == "2 delivered, 0 not taken, 0 wait; 2 things are wrong"
    first, second = hook.got
    assert "ptwiki: 1 flag" in first.title
    assert name.partition(",")[0] in second.body
    assert "What to do (file):" in second.body
    for _ in range(2):
        sensors.tick("pages")
    assert health(here, "--page", pages=hook.url)[0] == 2
    # Telling it a second time is left to the daemon, which beats as it does.
    assert [each.title[:7] for each in hook.got[:2]] == ["[ERROR]", "[ERROR]"]
    told = len(hook.got)
    shutil.rmtree(here)
    shutil.copytree(tmp_path / "before", here)
    sensors.tick("pages")
    assert [each.title[:6] for each in hook.got[told:]] == ["[OVER]"]
    assert name.partition(",")[0] in hook.got[-1].body


def test_a_second_spoiled_file_has_a_page_of_its_own(
    here: Path, instance: dg.DagsterInstance, hook: HttpReceiver
) -> None:
    sensors = Sensors(instance, "", here, Rules(), pages=hook.url)
    spoiled = ("an empty file of what counts", "half of a ledger", "half a decision")
    for what in spoiled:
        SPOILED[what][1](here)
        sensors.tick("pages")
    assert [
        SPOILED[what][0].partition(",")[0] in page.body
        for what, page in zip(spoiled, hook.got, strict=True)
    ] == [True] * 3


def test_what_can_not_be_told_of_is_a_page_itself_and_over_when_it_is_over(
    here: Path,
    instance: dg.DagsterInstance,
    hook: HttpReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(here))

    sensors = Sensors(instance, "", here, Rules(), pages=hook.url)
    with monkeypatch.context() as patch:
        # As where the lake's disk has no room for what is kept aside.
        patch.setattr(pages, "fresh_result", full)
        for _ in range(2):
            assert "; nobody can be told of freshness: [Errno 28] No space left" in sensors.says(
                "pages"
            )
        patch.setattr("imagesuggest_assets.alerts.health.publications", full)
        beat(instance)
        code, lines = health(here)
        assert code == 2
        assert lines[0].startswith("critical  freshness: can not be looked at: [Errno 28] No space")
    sensors.tick("pages")
    assert [each.title[:6] for each in hook.got] == ["[ERROR", "[OVER]"]
    assert "nobody can be told of freshness" in hook.got[0].body
    assert "What to do (paging):" in hook.got[0].body


def test_what_nobody_has_foreseen_holds_up_no_page_that_was_written(
    here: Path,
    instance: dg.DagsterInstance,
    hook: HttpReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    write_a_page(hook.url)
    sensors = Sensors(instance, "", here, Rules(), pages=hook.url)
    monkeypatch.setattr(pages, "report_sensors", break_down)
    with pytest.raises(ZeroDivisionError):
        sensors.tick("pages")
    assert len(hook.got) == 1


def test_a_run_that_can_not_be_read_is_looked_at_until_it_can(
    here: Path,
    instance: dg.DagsterInstance,
    hook: HttpReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @dg.asset
    def flags(context: dg.AssetExecutionContext) -> None:
        raise OSError("disk full")

    for _ in range(2):
        dg.materialize([flags], instance=instance, raise_on_error=False)
    unlucky = instance.get_runs()[1].run_id
    read = instance.all_logs

    def all_logs(run_id: str, **more: object) -> object:
        if run_id == unlucky:
            raise sqlite3.DatabaseError("database disk image is malformed")
        return read(run_id, **more)  # type: ignore[arg-type]

    sensors = Sensors(instance, "", here, Rules(), pages=hook.url)
    with monkeypatch.context() as patch:
        patch.setattr(instance, "all_logs", all_logs)
        said = sensors.says("pages")
        assert f"nobody can be told of runs: the run {unlucky[:8]}: database disk" in said
    # The other one was told of.
    assert ["nobody can be told of runs" in each.body for each in hook.got] == [False, True]
    pager = open_pager("", Rules(), RUNBOOK)
    assert not pager.knows(f"run {unlucky}")
    # However long that takes: what is looked from is not what was looked at last.
    monkeypatch.setattr(paging, "OVERLAP", timedelta(0))
    sensors.tick("pages")
    assert pager.knows(f"run {unlucky}")
    assert [each.title[:6] for each in hook.got[2:]] == ["[OVER]"]
    assert "nobody can be told of runs" in hook.got[2].body


def test_a_pager_that_can_not_remember_is_critical_in_one_line(
    here: Path, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    beat(instance)
    (tmp_path / "pages.sqlite").write_bytes(b"no database, but longer than its header is" * 9)
    code, (line,) = health(here)
    assert code == 2
    assert line.startswith(f"critical  health: {tmp_path / 'pages.sqlite'}: the pager's memory can")


@pytest.mark.parametrize("text", ["{{{: none", "storage: 3", "- a list", "\0"])
def test_a_configuration_of_dagster_that_is_none_is_critical_in_one_line(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    home = tmp_path / "other"
    home.mkdir()
    (home / "dagster.yaml").write_text(text)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    code, (line,) = health(here)
    assert code == 2
    assert line.startswith(f"critical  health: {home / 'dagster.yaml'}: Dagster can not be set up")


def test_settings_that_are_wrong_are_critical_in_one_line(
    here: Path, instance: dg.DagsterInstance
) -> None:
    beat(instance)
    code, (line,) = health(here, "--rules", "/nowhere/rules.toml")
    assert code == 2
    assert line.startswith("critical  health: ")
