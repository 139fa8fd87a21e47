"""What the pager is told of runs, of sensors, and of how old the published data is."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.runbook import RUNBOOK
from graph.decisions import Decision, State, decide
from graph.paging import judgements_of, open_pager, report_run, report_sensors
from graph.past_runs import PARTITION_TAG
from graph.shown import problem, problems
from imagesuggest_assets.alerts.pages import FRESHNESS, PAGED, report_freshness, report_late
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from resources.dagster_internals import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
    SerializableErrorInfo,
    TickData,
    TickStatus,
)
from resources.errors import InputError, RefusedError, UserError
from resources.instance import process_tag
from resources.lake import Lake
from resources.paging.pager import Pager
from resources.paging.problems import Judgement
from tests.asset_checks.partitions import keep_shipped
from tests.imagesuggest_assets.published import publish
from tests.imagesuggest_assets.snapshots.sensors import Sensors
from tests.resources.paging.receivers import HttpReceiver, http_receiver

KEY = "2026-11-02"
UI = "http://ui.example"
FEWER = problem("ptwiki", "ptwiki: 4 suggestions, expected 9 to 12", error=True, weight=2.0)
MORE = problem("arwiki", "arwiki: 14 suggestions, expected 9 to 12", error=False, weight=1.0)
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    (tmp_path / "lake").mkdir()
    found = Lake(tmp_path / "lake")
    yield found
    found.close()


@pytest.fixture
def pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pager:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return open_pager("", Rules(), RUNBOOK)


def ran(
    instance: dg.DagsterInstance,
    *found: dict[str, Any],
    name: str = "anomaly",
    blocking: bool = False,
    severity: dg.AssetCheckSeverity = ERROR,
    error: BaseException | None = None,
    tags: Mapping[str, str] | None = None,
    selection: list[str] | None = None,
) -> dg.RunRecord:
    """Run a dataset whose check finds something, and one after it that may fail."""

    @dg.asset
    def filtered_suggestions() -> None:
        """Nothing."""

    @dg.asset_check(asset=filtered_suggestions, name=name, blocking=blocking)
    def check() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=not found, severity=severity, metadata=problems(list(found))
        )

    @dg.asset(deps=[filtered_suggestions])
    def wiki_flags() -> None:
        if error:
            raise error

    result = dg.materialize(
        [filtered_suggestions, check, wiki_flags],
        instance=instance,
        tags={PARTITION_TAG: KEY, **(tags or {})},
        selection=selection,
        raise_on_error=False,
    )
    record = instance.get_run_record_by_id(result.run_id)
    assert record is not None
    return record


def judged(instance: dg.DagsterInstance, record: dg.RunRecord, lake: Lake) -> list[Judgement]:
    """Give what a run found."""
    return list(judgements_of(PAGED, instance, record, lake, UI))


def let(lake: Lake, wiki: str, state: State) -> None:
    """Decide about a wiki."""
    at = datetime.now(UTC).isoformat()
    decide(lake.storage, [Decision(KEY, wiki, state, "somebody", at, "it is well")])


def kinds(pager: Pager) -> list[str]:
    """Give what was paged, oldest first."""
    return [page.kind for page in reversed(pager.pages())]


def test_what_a_check_found_is_told_wiki_by_wiki_with_its_link(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    record = ran(instance, FEWER, MORE)
    check, run = judged(instance, record, lake)
    assert (check.check, check.dataset, check.snapshot) == ("anomaly", "filtered_suggestions", KEY)
    told = [(each.wiki, each.severity, each.says, each.weight) for each in check.problems]
    assert told == [
        tuple(each[name] for name in ("wiki", "severity", "says", "weight"))
        for each in (FEWER, MORE)
    ]
    assert check.link == f"{UI}/assets/filtered_suggestions?view=checks&checkDetail=anomaly"
    # The run itself was well.
    link = f"{UI}/runs/{record.dagster_run.run_id}"
    assert run == Judgement("run", record.dagster_run.job_name, KEY, (), link)


def test_a_run_that_failed_for_a_wiki_that_can_not_be_read_alone_has_no_page_of_its_own(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    damaged = ran(instance, FEWER, name="wikis_read", blocking=True)
    assert damaged.dagster_run.status == dg.DagsterRunStatus.FAILURE
    *_, run = judged(instance, damaged, lake)
    # What was open of the run is over: all else was done.
    assert (run.check, run.problems) == ("run", ())
    stopped = ran(instance, FEWER, name="contract", blocking=True)
    assert [each.check for each in judged(instance, stopped, lake)] == ["contract"]


def test_what_inputs_lack_is_no_problem_of_a_wiki_that_was_released(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    report_run(PAGED, pager, instance, ran(instance, FEWER, MORE, name="inputs"), lake, UI)
    let(lake, "ptwiki", "released")
    found = judged(instance, ran(instance, FEWER, MORE, name="inputs"), lake)
    assert [each.wiki for each in found[0].problems] == ["arwiki"]
    # What was told of it before is over, whatever is run again.
    over = [each for each in found if each.check == "inputs" and each.wikis == {"ptwiki"}]
    assert "image_links" in {each.dataset for each in over}


def test_a_check_that_passes_ends_what_was_open(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    report_run(PAGED, pager, instance, ran(instance, FEWER), lake, UI)
    report_run(PAGED, pager, instance, ran(instance), lake, UI)
    assert kinds(pager) == ["open", "over"]
    assert pager.open_incidents() == []


def test_telling_of_a_run_twice_changes_nothing(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    first, second = ran(instance, FEWER), ran(instance)
    for record in (first, first, second, first, second):
        report_run(PAGED, pager, instance, record, lake, UI)
    assert kinds(pager) == ["open", "over"]


def test_a_run_that_was_told_of_is_not_read_again(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, untold = ran(instance, FEWER), ran(instance)
    report_run(PAGED, pager, instance, told, lake, UI)
    read: list[str] = []
    monkeypatch.setattr(instance, "all_logs", lambda run_id, **_: read.append(run_id) or [])
    for record in (told, untold):
        report_run(PAGED, pager, instance, record, lake, UI)
    assert read == [untold.dagster_run.run_id]


def test_what_a_person_has_released_is_no_problem_any_more(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    report_run(PAGED, pager, instance, ran(instance, FEWER, MORE), lake, UI)
    assert [each.wiki for each in pager.open_incidents()] == ["arwiki", "ptwiki"]
    let(lake, "ptwiki", "released")
    # The run that decides evaluates other checks than the one that found it.
    report_run(PAGED, pager, instance, ran(instance, name="gate"), lake, UI)
    assert [each.wiki for each in pager.open_incidents()] == ["arwiki"]
    assert kinds(pager) == ["open", "over"]
    # Running it all again does not bring it back.
    report_run(PAGED, pager, instance, ran(instance, FEWER, MORE), lake, UI)
    assert kinds(pager) == ["open", "over"]


def test_what_is_held_by_hand_or_released_in_another_snapshot_changes_no_page(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    let(lake, "ptwiki", "held")
    at = datetime.now(UTC).isoformat()
    decide(
        lake.storage,
        [Decision("2026-10-26", "arwiki", "released", "me", at, "it is well")],
    )
    check, _ = judged(instance, ran(instance, FEWER, MORE), lake)
    assert [each.wiki for each in check.problems] == ["ptwiki", "arwiki"]


def test_only_what_holds_a_wiki_back_can_be_released(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    let(lake, "ptwiki", "released")
    check = judged(instance, ran(instance, FEWER, name="published"), lake)[0]
    assert [each.wiki for each in check.problems] == ["ptwiki"]


def test_a_failed_run_is_told_with_its_reason(instance: dg.DagsterInstance, lake: Lake) -> None:
    record = ran(instance, error=InputError("page.sql.gz", "its sha1 is 12, expected 34"))
    *_, run = judged(instance, record, lake)
    (told,) = run.problems
    number, job = record.dagster_run.run_id[:8], record.dagster_run.job_name
    assert told.says == (
        f"the run {number} of {job} failed: wiki_flags: page.sql.gz: its sha1 is 12, expected 34"
    )
    assert (told.check, told.severity, told.snapshot) == ("run", "ERROR", KEY)


def test_a_failed_run_is_over_with_the_next_that_does_not(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    report_run(PAGED, pager, instance, ran(instance, error=OSError("disk full")), lake, UI)
    report_run(PAGED, pager, instance, ran(instance, error=OSError("disk full")), lake, UI)
    report_run(PAGED, pager, instance, ran(instance), lake, UI)
    assert kinds(pager) == ["open", "over"]


def test_a_failed_run_is_over_when_all_that_it_was_to_do_is_done_by_whatever_runs(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    report_run(PAGED, pager, instance, ran(instance, error=OSError("disk full")), lake, UI)
    report_run(PAGED, pager, instance, ran(instance, selection=["filtered_suggestions"]), lake, UI)
    assert kinds(pager) == ["open"]
    report_run(PAGED, pager, instance, ran(instance, selection=["wiki_flags"]), lake, UI)
    assert kinds(pager) == ["open", "over"]


def test_a_failed_run_is_over_when_another_job_has_done_the_same(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    done = ran(instance)

    @dg.asset
    def wiki_flags() -> None:
        raise OSError("disk full")

    decide = dg.define_asset_job("decide", tags={PARTITION_TAG: KEY})
    definitions = dg.Definitions([wiki_flags], jobs=[decide])
    failed = definitions.resolve_job_def("decide").execute_in_process(
        instance=instance, raise_on_error=False
    )
    record = instance.get_run_record_by_id(failed.run_id)
    assert record is not None
    report_run(PAGED, pager, instance, record, lake, UI)
    # What was done before it failed does not count.
    report_run(PAGED, pager, instance, done, lake, UI)
    assert kinds(pager) == ["open"]
    report_run(PAGED, pager, instance, ran(instance), lake, UI)
    assert kinds(pager) == ["open", "over"]


def test_what_a_person_asked_for_and_was_refused_pages_nobody(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    record = ran(instance, error=RefusedError("nowiki is not part of the snapshot"))
    report_run(PAGED, pager, instance, record, lake, UI)
    assert kinds(pager) == []
    # It ends no page of another run either.
    report_run(PAGED, pager, instance, ran(instance, error=UserError("no room")), lake, UI)
    report_run(PAGED, pager, instance, ran(instance, error=RefusedError("no such wiki")), lake, UI)
    assert kinds(pager) == ["open"]


def test_what_a_person_interrupts_pages_nobody_and_what_the_machine_does_is_told(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    for tags in (process_tag(), {}):
        record = ran(instance, error=dg.DagsterExecutionInterruptedError(), tags=tags)
        assert record.dagster_run.status == dg.DagsterRunStatus.FAILURE
        report_run(PAGED, pager, instance, record, lake, UI)
        assert kinds(pager) == ([] if tags else ["open"])


def test_what_a_person_interrupts_before_anything_is_computed_pages_nobody(
    instance: dg.DagsterInstance, lake: Lake, pager: Pager
) -> None:
    @dg.resource
    def slow() -> None:
        raise dg.DagsterExecutionInterruptedError

    @dg.asset(required_resource_keys={"slow"})
    def wiki_flags() -> None:
        """Nothing."""

    result = dg.materialize(
        [wiki_flags],
        instance=instance,
        resources={"slow": slow},
        tags=process_tag(),
        raise_on_error=False,
    )
    record = instance.get_run_record_by_id(result.run_id)
    assert record is not None
    assert record.dagster_run.status == dg.DagsterRunStatus.FAILURE
    report_run(PAGED, pager, instance, record, lake, UI)
    assert kinds(pager) == []


def test_a_run_that_a_blocking_check_stopped_is_told_by_the_check_alone(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    record = ran(instance, FEWER, name="contract", blocking=True)
    assert record.dagster_run.status == dg.DagsterRunStatus.FAILURE
    (check,) = judged(instance, record, lake)
    assert check.check == "contract"
    # One that only warned did not stop it.
    record = ran(instance, FEWER, blocking=True, severity=WARN, error=OSError("disk full"))
    assert [each.check for each in judged(instance, record, lake)] == ["anomaly", "run"]


def add_tick(instance: dg.DagsterInstance, name: str, status: TickStatus, why: str = "") -> None:
    """Let a sensor have ticked."""
    location = RegisteredCodeLocationOrigin("imagesuggest")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "all"), name)
    selector = origin.get_selector().get_id()
    if instance.get_instigator_state(origin.get_id(), selector) is None:
        instance.add_instigator_state(
            InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.DECLARED_IN_CODE)
        )
    inner = SerializableErrorInfo(f"UserError: {why}\n", [], "UserError")
    error = SerializableErrorInfo("Error occurred during the execution of", [], "Error", inner)
    failed = status == TickStatus.FAILURE
    instance.create_tick(
        TickData(
            origin.get_id(),
            name,
            InstigatorType.SENSOR,
            status,
            datetime.now(UTC).timestamp(),
            run_ids=[],
            run_keys=[],
            error=error if failed else None,
            selector_id=selector,
        )
    )


def test_a_sensor_that_fails_is_told_once_and_once_when_it_does_not_any_more(
    instance: dg.DagsterInstance, pager: Pager
) -> None:
    add_tick(instance, "commons_dumps_sensor", TickStatus.SUCCESS)
    for _ in range(2):
        add_tick(instance, "wiki_dumps_sensor", TickStatus.FAILURE, "the memory is spoiled")
        report_sensors(PAGED, pager, instance, UI)
        # A tick that goes on says nothing yet.
        add_tick(instance, "wiki_dumps_sensor", TickStatus.STARTED)
        report_sensors(PAGED, pager, instance, UI)
    (incident,) = pager.open_incidents()
    (told,) = incident.problems
    assert told.says == "the sensor wiki_dumps_sensor fails: UserError: the memory is spoiled"
    assert incident.link == f"{UI}/automation"
    add_tick(instance, "wiki_dumps_sensor", TickStatus.SKIPPED)
    for _ in range(2):
        report_sensors(PAGED, pager, instance, UI)
    assert kinds(pager) == ["open", "over"]


def test_a_sensor_that_can_look_at_nothing_for_long_is_told_once_and_once_when_it_can(
    instance: dg.DagsterInstance, pager: Pager
) -> None:
    add_tick(instance, "wiki_dumps_sensor", TickStatus.SKIPPED)
    blind = {"wiki_dumps_sensor": "could look at nothing since noon: the mirror answers 503"}
    report_sensors(PAGED, pager, instance, UI)
    for _ in range(2):
        report_sensors(PAGED, pager, instance, UI, blind)
    (incident,) = pager.open_incidents()
    (told,) = incident.problems
    assert told.says == f"the sensor wiki_dumps_sensor {blind['wiki_dumps_sensor']}"
    add_tick(instance, "wiki_dumps_sensor", TickStatus.SKIPPED)
    for _ in range(2):
        report_sensors(PAGED, pager, instance, UI, {})
    assert kinds(pager) == ["open", "over"]


def test_a_snapshot_that_does_not_come_is_told_once_and_once_when_it_does(pager: Pager) -> None:
    late = {"2026-11-09": "the snapshot 2026-11-09 waits since noon: a week is not there"}
    for _ in range(2):
        report_late(pager, late)
    (incident,) = pager.open_incidents()
    assert [each.says for each in incident.problems] == [late["2026-11-09"]]
    for _ in range(2):
        report_late(pager, {})
    assert kinds(pager) == ["open", "over"]


def fresh(
    pager: Pager,
    instance: dg.DagsterInstance,
    finished: Path,
    rules: Rules | None = None,
    *,
    later: timedelta = timedelta(0),
) -> dg.AssetCheckEvaluation:
    """Let the pager be told how fresh the data is; give what Dagster shows then."""
    with closing(Lake(finished / "lake")) as lake:
        now = datetime.now(UTC) + later
        report_freshness(pager, instance, lake, rules or Rules(), Settings(ui=UI), now)
    return history(instance)[0]


def history(instance: dg.DagsterInstance) -> list[dg.AssetCheckEvaluation]:
    """What Dagster was told of how fresh the data is, the newest first."""
    records = instance.event_log_storage.get_asset_check_execution_history(FRESHNESS, limit=10)
    events = [record.event for record in records]
    return [each.get_dagster_event().asset_check_evaluation_data for each in events if each]


def test_wikis_of_which_nothing_was_published_for_long_are_told_until_something_is(
    finished: Path, instance: dg.DagsterInstance, pager: Pager
) -> None:
    assert fresh(pager, instance, finished).passed
    old = datetime.now(UTC) - timedelta(days=21)
    keep_shipped(finished / "lake", old.isoformat(), "ptwiki")
    for _ in range(2):
        assert not fresh(pager, instance, finished).passed
    (incident,) = pager.open_incidents()
    assert (incident.check, incident.wiki, incident.snapshot) == ("freshness", "ptwiki", "")
    assert incident.problems[0].says.startswith(
        f"ptwiki: nothing was published for 21 days, since {old:%Y-%m-%d}, "
        "expected something at least every 20 days"
    )
    # The gate alone ends nothing.
    publish(finished / "lake", "2026-11-09", ptwiki="published", arwiki="published")
    assert not fresh(pager, instance, finished).passed
    assert kinds(pager) == ["open"]
    keep_shipped(finished / "lake", datetime.now(UTC).isoformat(), "ptwiki", "arwiki")
    for _ in range(2):
        assert fresh(pager, instance, finished).passed
    assert kinds(pager) == ["open", "over"]


def test_how_fresh_the_data_is_is_shown_anew_only_when_it_is_told_in_other_words(
    finished: Path, instance: dg.DagsterInstance, pager: Pager
) -> None:
    for _ in range(3):
        fresh(pager, instance, finished)
    assert len(history(instance)) == 1
    for _ in range(3):
        fresh(pager, instance, finished, later=timedelta(days=30))
    assert len(history(instance)) == 2


def test_how_old_the_published_data_may_be_is_a_rule(
    finished: Path, instance: dg.DagsterInstance, pager: Pager
) -> None:
    later = timedelta(days=3)
    assert fresh(pager, instance, finished, later=later).passed
    assert not fresh(pager, instance, finished, Rules(fresh_days=2), later=later).passed
    assert [each.wiki for each in pager.open_incidents()] == ["arwiki", "ptwiki"]


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with http_receiver() as found:
        yield found


def test_a_tick_tells_of_runs_that_ended_once_however_often_it_is_begun_anew(
    instance: dg.DagsterInstance,
    lake: Lake,
    tmp_path: Path,
    hook: HttpReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    ran(instance, FEWER)
    said = []
    for _ in range(2):
        # A daemon that was started anew, and the one that goes on.
        sensors = Sensors(instance, "", lake.path, Rules(), pages=hook.url, ui=UI)
        said += [sensors.says("pages"), sensors.says("pages")]
    assert said[0] == "1 delivered, 0 not taken, 0 wait; 1 things are wrong"
    assert set(said[1:]) == {"0 delivered, 0 not taken, 0 wait; 1 things are wrong"}
    (page,) = hook.got
    assert page.title == f"[ERROR] image suggestions {KEY}: {FEWER['says']}"
    assert f"{UI}/assets/filtered_suggestions?view=checks&checkDetail=anomaly" in page.body
    ran(instance)
    sensors.tick("pages")
    assert [each.title[:7] for each in hook.got] == ["[ERROR]", "[OVER] "]


def test_a_page_that_is_not_taken_waits_and_the_tick_says_so(
    instance: dg.DagsterInstance,
    lake: Lake,
    tmp_path: Path,
    hook: HttpReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    ran(instance, FEWER)
    hook.down()
    sensors = Sensors(instance, "", lake.path, Rules(), pages=hook.url, ui=UI)
    assert sensors.says("pages") == "0 delivered, 1 not taken, 1 wait; 1 things are wrong"
