"""What editors said is for good, whatever becomes of files and in whatever order snapshots run."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.inputs import (
    FEEDBACK_DAMAGED,
    FEEDBACK_DROPPED,
    FEEDBACK_FILES,
    FEEDBACK_GONE,
)
from imagesuggest_assets.datasets.feedback import DATASET, feedback, fetched, known_before
from imagesuggest_assets.snapshots.event_files import FeedbackConfig
from resources.dumps import DumpsResource
from resources.engine import Engine, EngineResource
from resources.io_manager import LakeIOManager
from resources.lake import Lake
from resources.sources.dumps import FEEDBACK
from resources.sources.places import Folder
from resources.spark import spark_resource
from tests.acceptance.command import rows_of
from tests.asset_checks.declared import as_table
from tests.asset_checks.partitions import keep
from tests.imagesuggest_assets.publication.search.searching import OpenLake
from tests.tables import NOW

ONE, TWO, THREE = "2026-11-02", "2026-11-09", "2026-11-16"


class Events:
    """Files of events, and the lake that they are read into."""

    def __init__(self, folder: Path) -> None:
        self.dumps = folder / "dumps"
        self.judgements = folder / "judgements"
        self.lake = OpenLake(path=str(folder / "lake"))
        self.settling_minutes = 0.0
        self.redirects: list[tuple[str, str]] = []
        self.local_files: list[tuple[str, str]] = []
        self._folder = self.dumps / FEEDBACK
        self._folder.mkdir(parents=True)
        self._engine = EngineResource(
            kind="duckdb", memory="512MB", spark=spark_resource("1GB", {})
        )
        self._io = LakeIOManager(lake=self.lake, engine=self._engine)

    def close(self) -> None:
        self.here.close()
        OpenLake.opened.pop(self.lake.path)

    @property
    def here(self) -> Lake:
        return self.lake.get()

    def say(self, name: str, *pages: int, judged: bool = False, **fields: object) -> Path:
        """Write a file in which somebody rejects a file for these pages; ``judged`` it is at the
        other place.
        """
        events = [
            {"wiki": "ptwiki", "page_id": page, "filename": "A.jpg", "is_rejected": True}
            | {"dt": "2026-11-01T00:00:00Z", **fields}
            for page in pages
        ]
        folder = self.judgements / FEEDBACK if judged else self._folder
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / name
        text = "".join(json.dumps(event) + "\n" for event in events)
        file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return file

    def purge(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def pages(self, snapshot: str) -> list[int]:
        """Materialize a snapshot; give the pages that it knows feedback of."""
        here = self.here
        keep(here, "file_redirects", self.redirects, snapshot=snapshot)
        keep(here, "local_files", self.local_files, snapshot=snapshot)
        read = self._engine.get(here.scratch.path).read
        kept = feedback(
            dg.build_asset_context(partition_key=snapshot),
            FeedbackConfig(settling_minutes=self.settling_minutes),
            file_redirects=read(here.files("file_redirects", snapshot)),
            local_files=read(here.files("local_files", snapshot)),
            dumps=DumpsResource(path=str(self.dumps), judgements=str(self.judgements)),
            lake=self.lake,
            engine=self._engine,
        )
        output = dg.build_output_context(asset_key=dg.AssetKey(DATASET), partition_key=snapshot)
        self._io.handle_output(output, kept)
        return sorted(row["page_id"] for row in self.rows(snapshot))

    def rows(self, snapshot: str) -> list[dict[str, Any]]:
        return rows_of(self.here.path, DATASET, snapshot)

    def details(self, snapshot: str) -> dict[str, Any]:
        return self.here.statistics(DATASET, snapshot).details

    def gone(self, snapshot: str) -> list[str]:
        paths: list[str] = self.details(snapshot).get(FEEDBACK_GONE, [])
        return [path.removeprefix(f"{FEEDBACK}/") for path in paths]


@pytest.fixture
def events(tmp_path: Path) -> Iterator[Events]:
    made = Events(tmp_path)
    yield made
    made.close()


@pytest.fixture
def on_engine(events: Events, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Events:
    """Events that each engine in turn keeps."""
    monkeypatch.setattr(EngineResource, "get", lambda *_: engine)
    return events


def test_what_was_said_stays_known_when_its_file_is_purged(on_engine: Events) -> None:
    on_engine.say("1.json", 1, 2)
    on_engine.say("2.json.gz", 3, dt="yesterday", section_title="History")
    assert on_engine.pages(ONE) == [1, 2, 3]
    before = on_engine.rows(ONE)
    on_engine.purge("1.json")
    on_engine.purge("2.json.gz")
    on_engine.say("3.json", 4, filename="")
    assert on_engine.pages(TWO) == [1, 2, 3, 4]
    assert all(row in on_engine.rows(TWO) for row in before)
    # So does that of the snapshot itself, when it is materialized again.
    on_engine.purge("3.json")
    assert on_engine.pages(TWO) == [1, 2, 3, 4]


def test_what_is_judged_at_the_other_place_is_read_like_all_else(on_engine: Events) -> None:
    on_engine.say("1.json", 1)
    on_engine.say("2.json", 2, judged=True)
    on_engine.say("3.json", 3, judged=True, wiki=None)
    assert on_engine.pages(ONE) == [1, 2]
    details = on_engine.details(ONE)
    assert {*details[FEEDBACK_FILES]} == {f"{FEEDBACK}/{name}.json" for name in (1, 2, 3)}
    assert (details["read"]["rows"], details["read"]["events"]) == (2, 3)
    assert details[FEEDBACK_DROPPED] == {f"{FEEDBACK}/3.json": [1, 1]}


def names(rows: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    return sorted((row["wiki_db"], row["page_id"], row["file_name"]) for row in rows)


def test_of_a_redirect_the_target_is_meant_where_no_wiki_hides_it(on_engine: Events) -> None:
    on_engine.redirects = [("A.jpg", "B.jpg"), ("Twice.jpg", "A.jpg")]
    on_engine.local_files = [("arwiki", "A.jpg"), ("ptwiki", "B.jpg")]
    on_engine.say("1.json", 1, filename="File:a.jpg")
    on_engine.say("2.json", 2, wiki="arwiki")
    on_engine.say("3.json", 3, filename="Twice.jpg", section_title="History")
    expected = [("arwiki", 2, "A.jpg"), ("ptwiki", 1, "B.jpg"), ("ptwiki", 3, "A.jpg")]
    for snapshot in (ONE, ONE, TWO):
        on_engine.pages(snapshot)
        assert names(on_engine.rows(snapshot)) == expected, "it is followed once"


def test_what_was_known_follows_a_file_that_is_moved_later(on_engine: Events) -> None:
    on_engine.say("1.json", 1)
    on_engine.say("2.json", 2)
    on_engine.pages(ONE)
    on_engine.purge("1.json")
    on_engine.redirects = [("A.jpg", "B.jpg")]
    on_engine.pages(TWO)
    assert names(on_engine.rows(TWO)) == [("ptwiki", 1, "B.jpg"), ("ptwiki", 2, "B.jpg")]


def test_what_is_read_again_or_came_twice_is_one_row(on_engine: Events) -> None:
    on_engine.say("1.json", 1, 1, dt=None)
    on_engine.say("2.json", 1, dt=None)
    for snapshot in (ONE, ONE, TWO):
        assert on_engine.pages(snapshot) == [1]


def test_lakes_of_before_there_was_an_about_speak_of_articles(on_engine: Events) -> None:
    """Their partitions hold only what was there at the time: none of them holds another."""
    for page, snapshot in enumerate((ONE, TWO), 1):
        table = as_table_of_before(page)
        keep(on_engine.here, DATASET, table=table, snapshot=snapshot)
    on_engine.say("3.json", 3)
    assert on_engine.pages(THREE) == [1, 2, 3]
    assert {row["about"] for row in on_engine.rows(THREE)} == {"article"}
    on_engine.purge("3.json")
    assert on_engine.pages(TWO) == [1, 2, 3]


def as_table_of_before(page: int) -> pa.Table:
    row = ("ptwiki", page, "A.jpg", "rejected", "article", NOW)
    return as_table(DATASETS[DATASET], [row]).drop_columns(["about"])


def test_snapshots_may_run_in_any_order(events: Events) -> None:
    events.say("1.json", 1)
    assert events.pages(TWO) == [1]
    events.purge("1.json")
    events.say("2.json", 2)
    # An older one that comes after a newer one, and is then what knows most.
    assert events.pages(ONE) == [1, 2]
    events.purge("2.json")
    assert events.pages(THREE) == [1, 2]
    assert events.pages(TWO) == [1, 2]


def test_of_the_partitions_only_those_are_read_that_no_other_holds(events: Events) -> None:
    for page, snapshot in enumerate((ONE, TWO, THREE), 1):
        events.say("1.json", page)
        events.pages(snapshot)
        assert [each.snapshot for each in known_before(events.here)] == [snapshot]
    events.say("1.json", 4)
    events.pages(ONE)
    assert [each.snapshot for each in known_before(events.here)] == [ONE]
    # What ran beside the others and has not seen them is read beside them.
    keep(events.here, DATASET, [("ptwiki", 5, "A.jpg", "rejected", "article", NOW)], snapshot=TWO)
    assert [each.snapshot for each in known_before(events.here)] == [ONE, TWO]
    assert events.pages(THREE) == [1, 2, 3, 4, 5]


def test_a_partition_that_is_removed_takes_away_only_what_no_other_holds(events: Events) -> None:
    events.say("1.json", 1)
    events.pages(ONE)
    events.say("1.json", 2)
    events.pages(TWO)
    shutil.rmtree(events.here.partition(DATASET, TWO))
    events.purge("1.json")
    assert events.pages(THREE) == [1]


steps = st.lists(
    st.tuples(st.just("say"), st.sampled_from("ab"), st.integers(1, 9))
    | st.tuples(st.just("purge"), st.sampled_from("ab"), st.just(0))
    | st.tuples(st.just("run"), st.sampled_from((ONE, TWO, THREE)), st.just(0)),
    max_size=9,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
def test_whatever_happens_a_run_knows_all_that_any_run_before_it_read(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    events = Events(tmp_path_factory.mktemp("events"))
    there: dict[str, int] = {}
    known: set[int] = set()
    for what, which, page in steps:
        if what == "say":
            events.say(f"{which}.json", page)
            there[which] = page
        elif what == "purge":
            events.purge(f"{which}.json")
            there.pop(which, None)
        else:
            known |= {*there.values()}
            assert events.pages(which) == sorted(known)
    events.close()


def test_a_file_that_is_gone_is_named_by_the_snapshot_that_misses_it(events: Events) -> None:
    for name in ("1.json", "2.json", "3.json"):
        events.say(name, 1)
    events.pages(ONE)
    assert events.gone(ONE) == []
    events.purge("1.json")
    for _ in range(2):
        events.pages(TWO)
        assert events.gone(TWO) == ["1.json"]
    # It was told; what is purged later is told by a later one.
    events.purge("2.json")
    events.pages(THREE)
    assert events.gone(THREE) == ["2.json"]
    events.say("2.json", 1)
    events.pages(THREE)
    assert events.gone(THREE) == []


def test_a_file_that_was_compressed_meanwhile_is_not_gone(events: Events) -> None:
    events.say("1.json", 1)
    events.pages(ONE)
    events.purge("1.json")
    events.say("1.json.gz", 1)
    events.pages(TWO)
    assert events.gone(TWO) == []


def test_a_folder_that_is_gone_is_told_until_something_is_there_again(events: Events) -> None:
    events.say("1.json", 1)
    events.say("2.json", 2)
    events.pages(ONE)
    shutil.rmtree(events.dumps / "event")
    for snapshot in (TWO, THREE):
        assert events.pages(snapshot) == [1, 2]
        assert events.gone(snapshot) == ["1.json", "2.json"]
        assert events.details(snapshot)["absent"] == "feedback events"
    (events.dumps / FEEDBACK).mkdir(parents=True)
    events.say("2.json", 2)
    events.pages("2026-11-23")
    assert events.gone("2026-11-23") == ["1.json"]


def test_of_a_damaged_file_the_beginning_is_read_and_all_when_it_is_whole(events: Events) -> None:
    file = events.say("1.json", 1, 2)
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])
    events.say("2.json", 3)
    assert events.pages(ONE) == [1, 3]
    path = f"{FEEDBACK}/1.json"
    assert events.details(ONE)[FEEDBACK_DAMAGED][path].startswith("line 2: ")
    version = events.details(ONE)[FEEDBACK_FILES][path]
    file.write_bytes(whole)
    assert events.pages(ONE) == [1, 2, 3]
    assert FEEDBACK_DAMAGED not in events.details(ONE)
    # By that a sensor sees that there is something to read.
    assert events.details(ONE)[FEEDBACK_FILES][path] != version


def test_a_file_that_has_not_settled_is_waited_for_and_neither_read_nor_gone(
    events: Events,
) -> None:
    events.say("1.json", 1)
    events.pages(ONE)
    events.say("1.json", 1, 2)
    events.settling_minutes = 10
    assert events.pages(TWO) == [1]
    assert events.gone(TWO) == []
    path = f"{FEEDBACK}/1.json"
    assert "expected 10 minutes without a change" in events.details(TWO)["waited for"][path]
    assert events.details(TWO)[FEEDBACK_FILES] == {}


def test_what_was_dropped_is_counted_and_shown_with_its_line(events: Events) -> None:
    events.say("1.json", 1, 0, 2)
    events.say("2.json", 3, meta={"domain": "canary"})
    assert events.pages(ONE) == [1, 2]
    details = events.details(ONE)
    why, path = "page_id: no id of a page", f"{FEEDBACK}/1.json"
    assert details["read"]["events"] == 3
    assert details["read"]["canaries"] == 1
    assert details["read"]["dropped"] == {why: 1}
    assert details["such as"] == [{"file": path, "line": 2, "why": why}]
    assert details[FEEDBACK_DROPPED] == {path: [1, 3]}


def test_a_file_that_changed_since_it_was_seen_costs_itself(events: Events) -> None:
    for name in ("1.json", "2.json"):
        events.say(name, 1)
    place = Folder(events.dumps)
    there = [found for name in ("1.json", "2.json") if (found := place.find(f"{FEEDBACK}/{name}"))]
    events.say("1.json", 1, 2)
    files, missing = fetched(place, there)
    assert files == {f"{FEEDBACK}/2.json": events.dumps / FEEDBACK / "2.json"}
    assert missing.keys() == {f"{FEEDBACK}/1.json"}
    assert "bytes, expected" in missing[f"{FEEDBACK}/1.json"]
