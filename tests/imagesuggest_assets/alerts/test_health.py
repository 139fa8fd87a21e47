"""What an outside monitor is told by `imagesuggest health`, and by which exit code."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from imagesuggest_assets.alerts.health import SENSOR_DAEMON
from imagesuggest_assets.command.main import main
from resources.dagster_internals import DaemonHeartbeat
from resources.instance import open_instance
from resources.paging.destinations import destinations_from
from resources.paging.pager import Pager
from resources.paging.problems import Judgement, Problem
from tests.acceptance.command import imagesuggest
from tests.asset_checks.partitions import keep_shipped
from tests.imagesuggest_assets.published import publish
from tests.resources.paging.receivers import HttpReceiver, http_receiver

KEY = "2026-11-02"
FRESH = "all 2 are younger than 20 days"
pytestmark = pytest.mark.usefixtures("nothing_is_set")


@pytest.fixture
def instance(finished: Path) -> Iterator[dg.DagsterInstance]:
    """The instance that the command opens."""
    with open_instance() as found:
        yield found


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with http_receiver() as found:
        yield found


def beat(instance: dg.DagsterInstance, ago: timedelta = timedelta(0)) -> None:
    """Let the daemon have given a sign of life."""
    at = (datetime.now(UTC) - ago).timestamp()
    instance.add_daemon_heartbeat(DaemonHeartbeat(at, SENSOR_DAEMON, "a daemon", []))


def health(finished: Path, *options: str, pages: str = "") -> tuple[int, list[str]]:
    """Ask; give the exit code, and what it says."""
    lake = str(finished / "lake")
    environment = {"IMAGESUGGEST_PAGES": pages}
    done = CliRunner().invoke(main, ["health", "--lake", lake, *options], env=environment)
    return done.exit_code, done.output.splitlines()


def make_old(finished: Path, days: int) -> None:
    """Let what was published of one wiki be so old."""
    old = datetime.now(UTC) - timedelta(days=days)
    keep_shipped(finished / "lake", old.isoformat(timespec="seconds"), "ptwiki")


def test_all_is_well(finished: Path, instance: dg.DagsterInstance) -> None:
    beat(instance)
    code, lines = health(finished)
    assert code == 0
    assert all(line.startswith("ok ") for line in lines)
    assert f"ok        freshness: {FRESH}" in lines


def test_a_daemon_that_never_ran_is_critical_and_says_how_to_start_it(finished: Path) -> None:
    code, lines = health(finished)
    assert code == 2
    assert lines[0].startswith("critical  daemon: never ran: start it with `make ui` or ")


def test_the_command_itself_ends_with_the_worst(
    finished: Path, instance: dg.DagsterInstance
) -> None:
    beat(instance, timedelta(minutes=16))
    done = imagesuggest("health", "--lake", finished / "lake", home=finished)
    assert done.code == 2
    assert done.out.startswith("critical  daemon: stands still, last sign of life at ")
    assert "no sensor looks and no page is sent" in done.out
    assert done.err == ""


def test_a_daemon_that_beat_a_while_ago_is_well(
    finished: Path, instance: dg.DagsterInstance
) -> None:
    beat(instance, timedelta(minutes=14))
    assert health(finished)[0] == 0


def test_old_data_is_critical_whatever_else_is_well(
    finished: Path, instance: dg.DagsterInstance
) -> None:
    beat(instance)
    make_old(finished, 20)
    code, lines = health(finished)
    assert code == 2
    assert lines[0].startswith("critical  freshness: ptwiki: nothing was published for 20 days")
    assert len([line for line in lines if "freshness" in line]) == 1


def test_what_no_store_took_for_four_weeks_is_critical_though_the_gate_let_it_through(
    finished: Path, instance: dg.DagsterInstance
) -> None:
    beat(instance)
    make_old(finished, 28)
    for days in (21, 14, 7, 0):
        at = datetime.now(UTC) - timedelta(days=days)
        publish(finished / "lake", f"{at:%Y-%m-%d}", at, ptwiki="published", arwiki="published")
    code, lines = health(finished)
    assert code == 2
    assert lines[0].startswith("critical  freshness: ptwiki: nothing was published for 28 days")
    assert lines[0].endswith(
        f"; the snapshot {at:%Y-%m-%d}, let through {at:%Y-%m-%d %H:%M}, is not in the readers' "
        "store"
    )


def test_how_old_is_too_old_is_a_rule(
    finished: Path, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    beat(instance)
    make_old(finished, 20)
    rules = tmp_path / "rules.toml"
    rules.write_text("fresh_days = 30\n")
    assert health(finished, "--rules", str(rules))[0] == 0


def test_a_lake_of_which_nothing_was_published_is_worth_a_look(
    finished: Path, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    beat(instance)
    code, lines = health(finished, "--lake", str(tmp_path / "new"))
    assert code == 1
    assert lines[0] == f"warning   freshness: nothing was ever published in {tmp_path / 'new'}"


def test_a_last_run_that_failed_is_worth_a_look_until_one_does_not(
    finished: Path, instance: dg.DagsterInstance
) -> None:
    beat(instance)

    @dg.asset
    def flags(context: dg.AssetExecutionContext) -> None:
        assert "well" in context.run.tags

    failed = dg.materialize([flags], instance=instance, raise_on_error=False)
    code, lines = health(finished)
    assert code == 1
    assert lines[0] == (
        f"warning   runs: the last run, {failed.run_id[:8]} of __ephemeral_asset_job__, "
        "ended with FAILURE"
    )
    dg.materialize([flags], instance=instance, tags={"well": "yes"})
    assert health(finished)[0] == 0


@pytest.mark.parametrize(("minutes", "expected"), [(59, 1), (61, 2)])
def test_pages_that_wait_are_worth_a_look_and_critical_after_an_hour(
    finished: Path,
    instance: dg.DagsterInstance,
    hook: HttpReceiver,
    minutes: int,
    expected: int,
) -> None:
    beat(instance)
    hook.down()
    before = datetime.now(UTC) - timedelta(minutes=minutes)
    store = finished / "dagster" / "pages.sqlite"
    pager = Pager(store, destinations_from(hook.url), clock=lambda: before)
    problem = Problem("anomaly", "wiki_flags", KEY, "ptwiki", "ERROR", "ptwiki: 1 flag")
    pager.report("a run", [Judgement("anomaly", "wiki_flags", KEY, (problem,))])
    pager.deliver()
    code, lines = health(finished, pages=hook.url)
    assert code == expected
    (told,) = (line for line in lines if "pages to" in line)
    assert told.startswith(f"{('', 'warning ', 'critical')[expected]}  pages to json://127.0.0.1")
    assert f"1 wait since {before:%Y-%m-%d %H:%M} UTC: " in told
    assert "warning   incidents: 1 are open, the oldest: anomaly of wiki_flags" in lines


def test_a_daemon_that_stands_still_pages_once_and_once_when_it_goes_on(
    finished: Path, instance: dg.DagsterInstance, hook: HttpReceiver
) -> None:
    beat(instance, timedelta(hours=3))
    assert health(finished, pages=hook.url)[0] == 2
    assert hook.got == []
    for _ in range(3):
        assert health(finished, "--page", pages=hook.url)[0] == 2
    (page,) = hook.got
    assert page.title.startswith("[ERROR] image suggestions: the daemon stands still, last sign of")
    assert "What to do (daemon):" in page.body
    beat(instance)
    health(finished, "--page", pages=hook.url)
    assert [each.title[:6] for each in hook.got] == ["[ERROR", "[OVER]"]
    assert health(finished, "--page", pages=hook.url)[0] == 0


def test_old_data_pages_though_every_sensor_is_dead(
    finished: Path, instance: dg.DagsterInstance, hook: HttpReceiver
) -> None:
    beat(instance)
    make_old(finished, 33)
    for _ in range(2):
        assert health(finished, "--page", pages=hook.url)[0] == 2
    (page,) = hook.got
    assert "ptwiki: nothing was published for 33 days" in page.body
    assert "What to do (freshness):" in page.body


def test_a_page_that_is_not_taken_is_told(
    finished: Path, instance: dg.DagsterInstance, hook: HttpReceiver
) -> None:
    beat(instance)
    make_old(finished, 33)
    hook.down()
    code, lines = health(finished, "--page", pages=hook.url)
    assert code == 2
    assert "warning   pages: 1 were not taken" in lines
