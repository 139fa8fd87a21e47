"""Judgements on the disk: nothing acknowledged is lost, nothing counts twice, whoever is killed."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import jsonschema_rs
import msgspec
import pytest

import imagesuggest_assets.server.judgements as written
from imagesuggest_assets.server.judgements import MINUTE_MOST, Judgements
from imagesuggest_assets.server.rating import REASONS, About, Rating
from resources import disk
from resources.sources.dumps import Dumps
from resources.sources.feedback import Feedback
from resources.sources.places import Folder
from resources.web.problems import Problem

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
SHOWN = datetime(2026, 11, 3, 12, tzinfo=UTC)
TEXT = {"type": "string", "minLength": 1}
EVENT = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("$schema", "meta", "dt", "wiki", "page_id", "filename", "origin_wiki"),
        *("user_id", "is_accepted", "is_rejected"),
    ],
    "properties": {
        "$schema": {"const": "/mediawiki/page/image-suggestions-feedback/2.1.0"},
        "meta": {
            "type": "object",
            "additionalProperties": False,
            "required": ["stream", "dt", "id", "domain"],
            "properties": {
                "stream": {"const": "mediawiki.image_suggestions_feedback"},
                "dt": {"$ref": "#/properties/dt"},
                "id": {"type": "string", "format": "uuid"},
                "domain": TEXT,
            },
        },
        "dt": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "wiki": TEXT,
        "page_id": {"type": "integer", "minimum": 1},
        "filename": TEXT,
        "origin_wiki": TEXT,
        "user_id": {"type": "integer", "minimum": 0},
        "is_accepted": {"type": "boolean"},
        "is_rejected": {"type": "boolean"},
        "rejection_reasons": {"type": "array", "minItems": 1, "items": {"enum": [*REASONS]}},
    },
}
"""Schema 2.1.0, as SPEC.md section 13 tells its fields."""


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = SHOWN + timedelta(seconds=1)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now


def rating(page: int = 1, verdict: Any = "rejected", judge: int = 7, **more: Any) -> Rating:
    reasons = ["notrelevant"] if verdict == "rejected" else []
    told: dict[str, Any] = {
        "wiki": "ptwiki",
        "page_id": page,
        "item_id": "Q1",
        "file_name": 'Ä "quoted".jpg',
        "kinds": ["istype-depicts"],
        "confidence": 70.0,
        "snapshot": "2026-11-02",
        "mode": "browse",
        "dt": "",
        "event_id": None,
    }
    return Rating(**{**told, "verdict": verdict, "reasons": reasons, "judge": judge, **more})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def judgements(tmp_path: Path, clock: Clock) -> Judgements:
    return Judgements(tmp_path / "judgements", 60, clock)


def events(folder: Path) -> list[dict[str, Any]]:
    """Give the events where the pipeline's reader finds them, which reads each without a fault."""
    dumps = Dumps(Folder(folder))
    files = {path: folder / path for path in dumps.feedback()}
    reader = Feedback(files)
    rows = sum(len(batch) for batch in reader)
    assert (reader.damaged, reader.counts.dropped) == ({}, {})
    found = [json.loads(line) for file in files.values() for line in file.read_text().splitlines()]
    assert rows == len(found)
    return found


def ratings(folder: Path) -> list[Rating]:
    """Give the ratings that are sealed."""
    lines = [
        line
        for file in sorted((folder / "ratings").glob("*.ndjson"))
        for line in file.read_bytes().splitlines()
    ]
    return [msgspec.json.decode(line, type=Rating) for line in lines]


def test_what_is_used_or_rejected_becomes_an_event_and_what_fits_does_not(
    judgements: Judgements,
) -> None:
    for page, verdict in enumerate(("fits", "used", "rejected"), 1):
        judgements.add(rating(page, verdict), SHOWN)
    # The reader of feedback takes nothing before it is sealed.
    assert events(judgements.folder) == []
    judgements.seal(all_of_them=True)
    used, rejected = events(judgements.folder)
    valid = jsonschema_rs.validator_for(EVENT, validate_formats=True)
    for event in (used, rejected):
        assert [*valid.iter_errors(event)] == []
    assert (used["is_accepted"], used["is_rejected"]) == (True, False)
    assert "rejection_reasons" not in used
    assert (rejected["is_accepted"], rejected["is_rejected"]) == (False, True)
    assert rejected["rejection_reasons"] == ["notrelevant"]
    assert rejected["meta"]["domain"] == "pt.wikipedia.org"
    kept = ratings(judgements.folder)
    assert [each.verdict for each in kept] == ["fits", "used", "rejected"]
    assert [each.event_id for each in kept] == [None, used["meta"]["id"], rejected["meta"]["id"]]


def test_a_rating_is_kept_with_these_fields_and_no_other(judgements: Judgements) -> None:
    judgements.add(rating(), SHOWN)
    (file,) = judgements.open.iterdir()
    assert [*json.loads(file.read_text())] == [
        *("wiki", "page_id", "item_id", "file_name", "kinds", "confidence", "snapshot", "verdict"),
        *("reasons", "judge", "mode", "dt", "event_id"),
    ]


def test_files_are_sealed_when_they_are_old_enough(judgements: Judgements, clock: Clock) -> None:
    judgements.add(rating(1), SHOWN)
    judgements.seal(all_of_them=False)
    assert ratings(judgements.folder) == []
    clock.wait(minutes=60)
    judgements.add(rating(2), SHOWN)
    judgements.seal(all_of_them=False)
    assert [each.page_id for each in ratings(judgements.folder)] == [1]
    judgements.seal(all_of_them=True)
    assert [each.page_id for each in ratings(judgements.folder)] == [1, 2]


def test_a_form_that_comes_twice_counts_once_also_after_a_restart(
    judgements: Judgements, clock: Clock
) -> None:
    other = Judgements(judgements.folder, 60, clock)
    for each in (judgements, judgements, other):
        each.add(rating(verdict="fits"), SHOWN)
        clock.wait(seconds=1)
    judgements.seal(all_of_them=True)
    Judgements(judgements.folder, 60, clock).add(rating(verdict="fits"), SHOWN)
    with pytest.raises(Problem, match="since the page was shown") as told:
        other.add(rating(), SHOWN)
    assert told.value.status_code == 409
    assert len(ratings(judgements.folder)) == 1


def test_who_thinks_better_of_it_says_so_on_a_page_that_is_shown_again(
    judgements: Judgements, clock: Clock
) -> None:
    judgements.add(rating(verdict="fits"), SHOWN)
    judgements.add(rating(), clock.wait(seconds=1))
    judgements.add(rating(judge=8), SHOWN)
    newest = judgements.newest(About(7, "ptwiki", 1, rating().file_name))
    assert newest is not None
    assert newest.verdict == "rejected"
    assert judgements.numbers() == {
        ("ptwiki", "fits", 7): 1,
        ("ptwiki", "rejected", 7): 1,
        ("ptwiki", "rejected", 8): 1,
    }


def test_more_than_sixty_a_minute_are_refused_of_a_judge_by_all_processes_together(
    judgements: Judgements, clock: Clock
) -> None:
    others = [judgements, Judgements(judgements.folder, 60, clock)]
    for page in range(MINUTE_MOST):
        others[page % 2].add(rating(page + 1), SHOWN)
        clock.wait(milliseconds=100)
    for each in others:
        with pytest.raises(Problem, match="go on in 54 seconds") as told:
            each.add(rating(99), SHOWN)
        assert (told.value.status_code, told.value.headers) == (429, {"Retry-After": "54"})
    judgements.add(rating(99, judge=8), SHOWN)
    clock.wait(seconds=54.1)
    judgements.add(rating(99), SHOWN)


def test_a_line_that_was_not_written_to_its_end_is_cut_off(judgements: Judgements) -> None:
    judgements.add(rating(1), SHOWN)
    (file,) = judgements.open.iterdir()
    with file.open("ab") as opened:
        opened.write(b'{"wiki":"ptwiki","page_id":2,')
    judgements.look()
    judgements.add(rating(3), SHOWN)
    with file.open("ab") as opened:
        opened.write(b'{"wiki"')
    judgements.seal(all_of_them=True)
    assert [each.page_id for each in ratings(judgements.folder)] == [1, 3]
    assert [each["page_id"] for each in events(judgements.folder)] == [1, 3]


def test_a_line_that_nobody_can_read_costs_itself_alone_and_is_told(
    judgements: Judgements, caplog: pytest.LogCaptureFixture
) -> None:
    judgements.add(rating(1), SHOWN)
    (file,) = judgements.open.iterdir()
    file.write_bytes(b"\x00\x00\n" + file.read_bytes())
    again = Judgements(judgements.folder, 60)
    again.look()
    assert again.numbers().total() == 1
    again.seal(all_of_them=True)
    assert [each["page_id"] for each in events(judgements.folder)] == [1]
    assert "a line of judgements can not be read" in caplog.text


def test_a_judgement_that_the_disk_does_not_take_is_not_kept_half(
    judgements: Judgements, monkeypatch: pytest.MonkeyPatch
) -> None:
    judgements.add(rating(1), SHOWN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            judgements.add(rating(2), SHOWN)
    judgements.add(rating(3), SHOWN)
    judgements.seal(all_of_them=True)
    assert [each.page_id for each in ratings(judgements.folder)] == [1, 3]


def killed_at(step: int) -> Callable[[FrameType, str, Any], Any]:
    """Give what kills this process at the so-manieth line of what changes files."""
    writes = {Judgements._append, Judgements._seal, written._cut, disk.put, disk.sync}
    codes = {each.__code__ for each in writes}
    steps = 0

    def traced(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        if frame.f_code not in codes:
            return None
        steps += event == "line"
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return traced

    return traced


PAGES = (1, 2)


def judge_and_seal(folder: Path, said: Path, step: int) -> None:
    """Judge two pages, write down what was acknowledged, and end; killed somewhere in between."""
    judgements = Judgements(folder, 60)
    sys.settrace(killed_at(step))
    for page in PAGES:
        judgements.add(rating(page), SHOWN)
        with said.open("a") as opened:
            opened.write(f"{page}\n")
    judgements.seal(all_of_them=True)


def test_kill_9_between_any_two_steps_loses_and_doubles_nothing(tmp_path: Path) -> None:
    step, ended = 0, False
    while not ended:
        step += 1
        folder, said = tmp_path / f"{step}", tmp_path / f"{step}.txt"
        said.touch()
        process = FORKS.Process(target=judge_and_seal, args=(folder, said, step))
        process.start()
        process.join()
        ended = process.exitcode == 0
        assert ended or process.exitcode == -signal.SIGKILL
        # What the reader finds now is whole.
        found = events(folder) if folder.is_dir() else []
        assert len({event["meta"]["id"] for event in found}) == len(found)
        acknowledged = {*map(int, said.read_text().split())}
        again = Judgements(folder, 60)
        again.seal(all_of_them=True)
        kept = [each.page_id for each in ratings(folder)] if acknowledged else []
        assert acknowledged <= {*kept}, step
        # Browsers send again what was not acknowledged.
        for page in PAGES:
            again.add(rating(page), SHOWN)
        again.seal(all_of_them=True)
        again.seal(all_of_them=True)
        assert sorted(each.page_id for each in ratings(folder)) == [*PAGES], step
        assert sorted(event["page_id"] for event in events(folder)) == [*PAGES], step
        assert {event["meta"]["id"] for event in found} <= {
            event["meta"]["id"] for event in events(folder)
        }
    assert step > 40, "nothing was traced"
