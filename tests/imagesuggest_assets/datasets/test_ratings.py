"""What people rated is for good, with the kinds that their files had, and is measured."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.confidence import run_confidence
from imagesuggest_assets.datasets.confidence import measured_confidence
from imagesuggest_assets.datasets.ratings import DATASET, KNOWN, Events, measured_now, ratings
from imagesuggest_assets.rules import Rules
from resources.dumps import DumpsResource
from resources.engine import DuckDBEngine, Engine, EngineResource
from resources.io_manager import LakeIOManager
from resources.lake import Lake
from resources.sources.parquet import write_parquet
from resources.sources.ratings import FOLDER, Ratings
from resources.spark import spark_resource
from resources.stores.kinds import DEPICTS, LEAD_IMAGE
from tests.acceptance.command import rows_of
from tests.asset_checks.partitions import keep
from tests.imagesuggest_assets.publication.search.searching import OpenLake
from tests.resources.places import lake_place
from tests.resources.sources.test_ratings import LINE

pytest_plugins = ["tests.servers.fixtures"]

ONE, TWO, THREE = "2026-11-02", "2026-11-09", "2026-11-16"


class Rated:
    """A folder of judgements, and the lake that they are read into."""

    def __init__(self, folder: Path) -> None:
        self.judgements = folder / "judgements"
        self.lake = OpenLake(path=str(folder / "lake"))
        self.events: list[tuple[Any, ...]] = []
        self.engine = EngineResource(kind="duckdb", memory="512MB", spark=spark_resource("1GB", {}))
        self._io = LakeIOManager(lake=self.lake, engine=self.engine)

    @property
    def here(self) -> Lake:
        return self.lake.get()

    def close(self) -> None:
        self.here.close()
        OpenLake.opened.pop(self.lake.path)

    def rate(self, name: str, *lines: dict[str, Any] | str) -> None:
        """Write a file of ratings."""
        folder = self.judgements / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        texts = [each if isinstance(each, str) else json.dumps(LINE | each) for each in lines]
        (folder / name).write_text("".join(f"{text}\n" for text in texts))

    def suggest(self, snapshot: str, kinds: list[str], pages: range = range(1, 9)) -> None:
        """Suggest A.jpg for pages of chwiki."""
        articles = [("chwiki", page, 7, f"T{page}", f"Q{page}") for page in pages]
        files = [(f"Q{page}", "A.jpg", kinds, 80, None) for page in pages]
        keep(self.here, "unillustrated_articles", articles, snapshot=snapshot)
        keep(self.here, "candidate_images", files, snapshot=snapshot)

    def say(self, page: int, outcome: str, day: str, about: str = "article") -> None:
        """Let an event come in."""
        when = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
        self.events.append(("chwiki", page, "A.jpg", outcome, about, when))

    def run(self, snapshot: str) -> list[dict[str, Any]]:
        """Materialize a snapshot; give its ratings."""
        here = self.here
        keep(here, "feedback", self.events, snapshot=snapshot)
        kept = ratings(
            dg.build_asset_context(partition_key=snapshot),
            dumps=DumpsResource(path="", judgements=str(self.judgements)),
            lake=self.lake,
            engine=self.engine,
        )
        self._keep(DATASET, snapshot, kept)
        return sorted(
            rows_of(here.path, DATASET, snapshot),
            key=lambda row: (row["page_id"] or 0, row["dt"]),
        )

    def measure(self, snapshot: str) -> dict[str, Any]:
        """Measure by the ratings of a snapshot; give what Dagster shows of it."""
        here = self.here
        rows = self.engine.get(here.scratch.path).read(here.files(DATASET, snapshot))
        measured = measured_confidence(ratings=rows, rules=Rules())
        return self._keep("measured_confidence", snapshot, measured)

    def _keep(self, dataset: str, snapshot: str, kept: Any) -> dict[str, Any]:
        output = dg.build_output_context(asset_key=dg.AssetKey(dataset), partition_key=snapshot)
        self._io.handle_output(output, kept)
        return dict(output.get_logged_metadata())

    def details(self, snapshot: str) -> dict[str, Any]:
        return self.here.statistics(DATASET, snapshot).details


@pytest.fixture
def rated(tmp_path: Path) -> Iterator[Rated]:
    made = Rated(tmp_path)
    yield made
    made.close()


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["page_id"], row["mode"], row["outcome"], *row["kinds"]) for row in rows]


def test_ratings_and_events_stay_known_with_their_kinds_when_all_they_came_from_is_gone(
    rated: Rated, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EngineResource, "get", lambda *_: engine)
    rated.suggest(ONE, [DEPICTS])
    rated.rate("a.ndjson", {"page_id": 1}, {"page_id": 2, "verdict": "rejected"}, "no line")
    rated.rate("copy.ndjson", {"page_id": 1})
    rated.say(3, "accepted", "2026-11-04")
    rated.say(4, "undecided", "2026-11-04")
    # Of a section nothing was suggested; nor of a page that had a picture, nor before all.
    rated.say(5, "rejected", "2026-11-04", about="section")
    rated.say(99, "rejected", "2026-11-04")
    rated.say(5, "rejected", "2026-11-01")
    first = rated.run(ONE)
    assert told(first) == [
        (1, "measure", "good", DEPICTS, LEAD_IMAGE),
        (2, "measure", "bad", DEPICTS, LEAD_IMAGE),
        (3, "use", "good", DEPICTS),
        (4, "use", "undecided", DEPICTS),
    ]
    assert rated.details(ONE)["events without kinds"] == 2
    assert sum(rated.details(ONE)["read"]["dropped"].values()) == 1

    # In the next week the file is of another kind, and what was judged is no suggestion any more.
    for file in (rated.judgements / FOLDER).iterdir():
        file.unlink()
    rated.suggest(TWO, [LEAD_IMAGE])
    rated.say(5, "rejected", "2026-11-08")
    rated.say(6, "rejected", "2026-11-09")
    expected = [
        *told(first),
        (5, "use", "bad", DEPICTS),
        (6, "use", "bad", LEAD_IMAGE),
    ]
    assert told(rated.run(TWO)) == expected
    # Also without the snapshots that kinds were of.
    for dataset in ("unillustrated_articles", "candidate_images"):
        rated.here.remove(dataset, ONE)
        rated.here.remove(dataset, TWO)
    rated.events.clear()
    rated.suggest(THREE, [DEPICTS])
    assert told(rated.run(THREE)) == expected
    assert "plot" in rated.measure(THREE)
    assert rated.here.statistics("measured_confidence", THREE).rows_by_wiki.keys() == {"chwiki"}


def test_an_absent_folder_is_no_ratings_and_is_shown_as_such(rated: Rated) -> None:
    assert rated.run(ONE) == []
    assert rated.details(ONE)["absent"] == "ratings"
    rated.measure(ONE)
    result = run_confidence(rated.here, ONE)
    assert result.passed
    assert result.description == "nothing is measured: there are no ratings of a random sample"


def test_what_is_rated_since_the_last_run_is_measured_at_once(rated: Rated) -> None:
    rated.rate("a.ndjson", {"page_id": 1})
    assert rated.run(ONE) == rated.run(ONE)
    rated.rate("b.ndjson", {"page_id": 2, "verdict": "rejected"}, {"page_id": 3}, "no line")
    rows, read = measured_now(rated.here, rated.judgements, Rules())
    assert (rows[0]["wiki_db"], rows[0]["exact"]) == (None, True)
    assert (rows[0]["good"], rows[0]["bad"]) == (2, 1)
    assert [each.line for each in read.reader.examples] == [3]


def test_lines_that_can_not_be_read_are_told_by_the_check(rated: Rated) -> None:
    rated.rate("a.ndjson", {"page_id": 1}, "{}")
    rated.run(ONE)
    rated.measure(ONE)
    result = run_confidence(rated.here, ONE)
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert (result.description or "").startswith(
        "1 of 2 lines of ratings can not be read, such as a.ndjson, line 2: "
    )


def test_what_is_of_this_machine_alone_is_brought_to_a_lake_elsewhere_once(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a cluster, where it is read to find out what is new, and again to keep it."""

    class Elsewhere(DuckDBEngine):
        far = True

    place = lake_place("s3", request, tmp_path, monkeypatch)
    with closing(Lake(place.address)) as lake, closing(Elsewhere("256MB", tmp_path)) as engine:
        when = datetime(2026, 11, 2, tzinfo=UTC)
        keep(lake, "feedback", [("chwiki", 1, "A.jpg", "accepted", "article", when)], snapshot=ONE)
        file = lake.scratch.new(DATASET).with_suffix(".parquet")
        write_parquet([], Ratings.schema, file, {})
        events = Events(lake, engine, lake.files("feedback", ONE), [file])
        assert events.without_kinds == 1
        known = events.files[KNOWN]
        with closing(Lake(place.address)) as other:
            assert other.reachable(known, far=True) == known
        assert engine.read(known).count().execute() == 0
