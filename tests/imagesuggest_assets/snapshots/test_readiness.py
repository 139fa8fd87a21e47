"""When a snapshot is complete, and when its run is due."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from graph.due import Step, next_step
from graph.past_runs import Past
from graph.watch import Seen
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.readiness import (
    WAITED_FOR,
    Readiness,
    keys_of,
    readiness,
)
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO

KEY, DAY = "2026-11-02", "20261102"
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
RULES = Rules()
OTHERS = (COMMONS, ITEMS.source, MEDIAINFO.source)


def green(source: str, date: str = DAY, *, since: datetime = NOW, files: str = "") -> Seen:
    """A dump that is whole."""
    at = since.isoformat()
    return Seen(source, date, (), at, files or f"{source} {date}")


def late(source: str, date: str = DAY, why: str = "page is not there") -> Seen:
    """A dump that is not."""
    return Seen(source, date, (why,), NOW.isoformat())


def lights(*seen: Seen) -> Mapping[str, Mapping[str, Seen]]:
    """What was seen, by source and date."""
    found: dict[str, dict[str, Seen]] = {}
    for each in seen:
        found.setdefault(each.source, {})[each.date] = each
    return found


WHOLE_OTHERS = lights(*(green(source) for source in OTHERS))


def ready(
    *wikis: Seen,
    others: Mapping[str, Mapping[str, Seen]] = WHOLE_OTHERS,
    expected: tuple[str, ...] = ("arwiki", "ptwiki"),
    now: datetime = NOW,
    rules: Rules = RULES,
) -> Readiness:
    """Judge the snapshot."""
    return readiness(KEY, lights(*wikis), others, expected, rules, now)


def test_a_snapshot_is_complete_when_every_source_is_green() -> None:
    found = ready(green("ptwiki"), green("arwiki"))
    assert found.complete
    assert found.waiting == ""
    assert found.wikis == ("arwiki", "ptwiki")
    assert found.left_out == {}


def test_a_snapshot_that_no_wiki_has_whole_says_so_however_long_it_takes() -> None:
    for now in (NOW, NOW + timedelta(days=400)):
        found = ready(late("ptwiki"), now=now)
        expected = "wikis: arwiki (no dump of 2026-11-02), ptwiki (page is not there)"
        assert found.waiting == expected
    assert ready(expected=()).waiting == "wikis: none has a dump"


def test_a_late_wiki_is_waited_for_for_seven_days_since_the_first_one_was_green() -> None:
    first, second = NOW - timedelta(days=7), NOW - timedelta(days=1)
    seen = (green("ptwiki", since=first), green("kawiki", since=second), late("arwiki"))
    expected = ("arwiki", "kawiki", "ptwiki")
    before = ready(*seen, expected=expected, now=NOW - timedelta(seconds=1))
    assert before.waiting == "wikis: arwiki (page is not there); until 2026-11-05 12:00 UTC"
    after = ready(*seen, expected=expected, now=NOW)
    assert after.complete
    assert after.wikis == ("kawiki", "ptwiki")
    assert after.left_out == {"arwiki": "page is not there"}


def test_how_long_a_late_wiki_is_waited_for_is_a_rule() -> None:
    seen = (green("ptwiki", since=NOW - timedelta(hours=12)),)
    assert not ready(*seen).complete
    assert ready(*seen, rules=Rules(patience_days=0.5)).left_out == {
        "arwiki": "no dump of 2026-11-02"
    }


@pytest.mark.parametrize("source", OTHERS)
@pytest.mark.parametrize("there", [True, False])
def test_commons_and_entities_are_never_left_out(source: str, there: bool) -> None:
    seen = [green(each) for each in OTHERS if each != source]
    others = lights(*seen, late(source)) if there else lights(*seen)
    long_after = NOW + timedelta(days=400)
    found = ready(green("ptwiki"), green("arwiki"), others=others, now=long_after)
    assert not found.complete
    why = f"page is not there, since {NOW.isoformat()}" if there else "no dump of the 35 days up to"
    assert found.waiting.startswith(f"{source}: {why}")


@pytest.mark.parametrize("source", OTHERS)
@pytest.mark.parametrize(
    ("date", "complete"),
    [
        ("20261102", True),
        ("20260928", True),
        ("20260927", False),
        ("20261103", False),
    ],
    ids=["of the day", "35 days old", "36 days old", "from the future"],
)
def test_other_sources_may_be_35_days_old_and_not_newer(
    source: str, date: str, complete: bool
) -> None:
    others = lights(*(green(each, date if each == source else DAY) for each in OTHERS))
    found = ready(green("ptwiki"), green("arwiki"), others=others)
    assert found.complete == complete
    if not complete:
        assert found.waiting == f"{source}: no dump of the 35 days up to {KEY}"


def test_the_newest_whole_dump_of_other_sources_is_the_one_that_counts() -> None:
    older = green(COMMONS, "20261020", files="older")
    newer = green(COMMONS, "20261101", files="newer")
    rest = (green(ITEMS.source), green(MEDIAINFO.source))
    wikis = (green("ptwiki"), green("arwiki"))
    both = ready(*wikis, others=lights(older, newer, *rest))
    alone = ready(*wikis, others=lights(newer, *rest))
    half = ready(*wikis, others=lights(older, late(COMMONS, "20261101"), *rest))
    assert both.files == alone.files
    assert half.complete
    assert half.files != alone.files


def test_only_wikis_that_are_expected_count() -> None:
    found = ready(green("ptwiki"), green("arwiki"), late("kawiki"), expected=("ptwiki",))
    assert found.complete
    assert found.wikis == ("ptwiki",)
    # A named wiki of which nothing was ever seen is waited for.
    named = ready(green("ptwiki"), expected=("ptwiki", "xxwiki"))
    assert "xxwiki (no dump of 2026-11-02)" in named.waiting


def test_a_wiki_of_another_date_is_no_part_of_a_snapshot() -> None:
    found = ready(green("ptwiki"), green("arwiki", "20261101"))
    assert found.waiting.startswith("wikis: arwiki (no dump of 2026-11-02); until")


def test_what_is_waited_for_is_named_all_at_once_and_not_without_end() -> None:
    wikis = tuple(f"w{number}wiki" for number in range(8))
    others = lights(green(COMMONS), green(ITEMS.source))
    told = ready(green("w0wiki"), others=others, expected=wikis).waiting
    assert told.count("no dump of 2026-11-02") == WAITED_FOR
    assert " and 2 more; until " in told
    assert told.endswith(f"; {MEDIAINFO.source}: no dump of the 35 days up to {KEY}")


def test_files_are_another_text_when_any_file_is_another() -> None:
    one = ready(green("ptwiki"), green("arwiki"))
    assert ready(green("arwiki"), green("ptwiki")).files == one.files
    assert ready(green("ptwiki"), green("arwiki", files="again")).files != one.files
    # When it came, or that more is waited for, changes no file.
    later = NOW + timedelta(hours=1)
    assert ready(green("ptwiki", since=later), green("arwiki")).files == one.files


def test_snapshots_are_all_dates_of_which_any_wiki_has_a_dump() -> None:
    seen = lights(green("ptwiki"), late("arwiki", "20261019"), green("arwiki"))
    assert keys_of(seen) == ["2026-10-19", "2026-11-02"]


COMPLETE = Readiness(KEY, ("arwiki", "ptwiki"), {}, "", "files")


def step(
    *runs: Past,
    inputs: Readiness = COMPLETE,
    there: bool = True,
    finished: bool = False,
    published: bool = True,
    part: tuple[str, ...] = (),
    now: datetime = NOW,
    rules: Rules = RULES,
) -> Step:
    """Decide about a run; ``runs`` are the newest first."""
    return next_step(
        inputs,
        runs,
        there=there,
        finished=finished,
        published=published,
        part=part,
        rules=rules,
        now=now,
    )


def failed(minutes_ago: float, *, passing: bool = True, inputs: str = "files") -> Past:
    """A run that failed so long ago."""
    ended = NOW - timedelta(minutes=minutes_ago)
    return Past("0123456789", "failed", ended, passing, inputs, "disk full")


def test_a_complete_snapshot_is_run_with_its_wikis() -> None:
    found = step(there=False)
    assert found == Step(True, f"{KEY} is complete", ("arwiki", "ptwiki"))
    # Somebody may have added its partition by hand.
    assert step().start


def test_a_run_that_goes_on_is_not_requested_twice() -> None:
    found = step(Past("0123456789", "active"), failed(1000))
    assert not found.start
    assert found.why == f"the run 01234567 of {KEY} goes on"


def test_a_finished_snapshot_does_nothing() -> None:
    done = Past("0123456789", "success", inputs="files")
    for runs in ((done,), ()):
        found = step(*runs, finished=True, part=("arwiki", "ptwiki"))
        assert found == Step(False, f"{KEY} is done")
    # Other files under the same names are no reason either: the manifest fixed its inputs.
    other = replace(COMPLETE, files="others")
    assert not step(done, inputs=other, finished=True, part=("arwiki", "ptwiki")).start


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 10), (2, 20), (3, 40)])
def test_what_failed_in_passing_is_tried_again_with_doubled_waits(
    attempts: int, minutes: float
) -> None:
    older = [failed(1000)] * (attempts - 1)
    early = step(failed(minutes - 0.1), *older)
    assert not early.start
    assert early.why == f"{KEY} is tried again at 12:00 UTC; it failed: disk full"
    due = step(failed(minutes), *older)
    assert due.start
    assert due.why == f"{KEY} is tried again, attempt {attempts + 1}"


def test_what_failed_too_often_is_left_to_people() -> None:
    found = step(*[failed(100_000)] * 4)
    assert not found.start
    assert found.why == f"{KEY} failed 4 times, last: disk full; run it again by hand"
    assert step(*[failed(100_000)] * 4, rules=Rules(run_attempts=5)).start


def test_a_failure_that_stays_is_not_tried_again_until_the_files_are_others() -> None:
    stays = failed(100_000, passing=False)
    found = step(stays)
    assert not found.start
    assert "failed for a reason that stays: disk full" in found.why
    assert step(stays, inputs=replace(COMPLETE, files="others")).start


def test_attempts_are_counted_anew_for_other_files_and_after_a_success() -> None:
    others = [failed(100_000, inputs="others")] * 4
    assert step(*others).start
    assert step(failed(11), *others).start
    good = Past("0123456789", "success", inputs="files")
    assert step(failed(11), good, *[failed(100_000)] * 4).start


def test_a_deleted_partition_comes_back_by_hand_alone() -> None:
    good = Past("0123456789", "success", inputs="files")
    for runs in ((good,), (failed(100_000),)):
        found = step(*runs, there=False)
        assert not found.start
        assert found.why == f"{KEY} was deleted; add it under Partitions to have it again"
    assert not step(there=False, finished=True, part=("ptwiki",)).start


def test_a_late_wiki_joins_a_finished_snapshot_by_a_run_of_its_own() -> None:
    good = Past("0123456789", "success", inputs="without it")
    found = step(good, finished=True, part=("kawiki", "ptwiki"))
    assert found.start
    assert found.why == f"arwiki of {KEY} is complete"
    # What is part of it already stays, though its dump may be gone by now.
    assert found.wikis == ("arwiki", "kawiki", "ptwiki")


def test_a_run_for_a_late_wiki_that_fails_is_bounded_too() -> None:
    good = Past("0123456789", "success", inputs="without it")
    runs = [*[failed(100_000)] * 4, good]
    found = step(*runs, finished=True, part=("ptwiki",))
    assert not found.start
    assert found.why.startswith(f"arwiki of {KEY} failed 4 times")


def test_a_snapshot_that_could_not_be_published_is_published_again_and_not_computed_again() -> None:
    part = ("arwiki", "ptwiki")
    others = failed(10, inputs="others")
    found = step(failed(20), others, finished=True, published=False, part=part)
    assert found == Step(
        True, f"the publication of {KEY} is tried again, attempt 3", publication=True
    )
    early = step(failed(19), others, finished=True, published=False, part=part)
    assert not early.start
    assert (
        early.why == f"the publication of {KEY} is tried again at 12:01 UTC; it failed: disk full"
    )
    often = step(*[failed(100_000)] * 4, finished=True, published=False, part=part)
    assert not often.start
    assert not step(failed(100), finished=True, published=False, part=part, there=False).start


def test_a_wiki_that_joins_is_published_by_the_run_that_computes_it() -> None:
    found = step(failed(100), finished=True, published=False, part=("ptwiki",))
    assert found.start
    assert not found.publication
