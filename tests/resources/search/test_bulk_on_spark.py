"""Bulk files that Spark's tasks write say what those say that are written here."""

import pickle
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.engine import Engine
from resources.errors import UserError
from resources.search.bulk import BulkFile, Manifest, read_manifest, read_pairs, write_bulk_files
from resources.search.bulk_on_spark import write_bulk_files_on_spark
from resources.search.places import Place
from resources.search.shipped import SCHEMA

TASKS = "4"
MOST = 7
KEPT = BulkFile(
    "kept/000000-ptwiki-0.ndjson.gz", "c", "ptwiki", 0, "ptwiki_content", 1, 1, 1, 9, ""
)


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """Rows of three wikis in no order; each page has two tags, one of them what JSON escapes."""
    rows = [
        (wiki, page, 6 if wiki == "commonswiki" else 0, tag, [f'"{page}"|1', "Q2|7"])
        for page in range(40, 0, -1)
        for tag in ("y", "x")
        for wiki in ("ptwiki", "arwiki", "commonswiki")
    ]
    file = tmp_path / "delta.parquet"
    records = [dict(zip(SCHEMA.names, row, strict=True)) for row in rows]
    pq.write_table(pa.Table.from_pylist(records, SCHEMA), file, row_group_size=11)
    return file


@pytest.fixture
def spark(spark_engine: Engine) -> Iterator[Engine]:
    """Spark that sorts by several tasks."""
    conf = spark_engine._session.conf  # type: ignore[attr-defined]
    before = conf.get("spark.sql.shuffle.partitions")
    conf.set("spark.sql.shuffle.partitions", TASKS)
    yield spark_engine
    conf.set("spark.sql.shuffle.partitions", before)


def on_spark(spark: Engine, delta: Path, place: Place, aside: Path) -> Manifest:
    """Write with few pairs a file."""
    return write_bulk_files_on_spark(
        [delta],
        place,
        engine=spark,
        aside=aside,
        snapshot="2026-11-02",
        delta_id="d",
        indexes={"ptwiki_content": "pt"},
        before=[KEPT],
        most_pairs=MOST,
    )


def test_tasks_write_what_one_machine_writes(spark: Engine, delta: Path, tmp_path: Path) -> None:
    left = tmp_path / "out" / "left-by-a-task-that-was-lost"
    left.mkdir(parents=True)
    (tmp_path / "out" / "kept").mkdir()
    place = Place(str(tmp_path / "out"))
    manifest = on_spark(spark, delta, place, tmp_path / "told")
    here = Place(str(tmp_path / "here"))
    alone = write_bulk_files(
        [delta],
        here,
        snapshot="2026-11-02",
        delta_id="d",
        indexes={"ptwiki_content": "pt"},
        memory="256MB",
        spill=tmp_path,
        most_pairs=MOST,
    )
    assert read_manifest(place) == manifest
    kept, *files = manifest.files
    assert kept == KEPT
    assert len({file.name.partition("/")[0] for file in files}) > 1, "one task wrote all"
    text = b"".join(read_pairs(place, file) for file in files)
    assert text == b"".join(read_pairs(here, file) for file in alone.files)
    assert {file.index for file in files} == {"pt", "arwiki_content", "commonswiki_file"}
    assert sum(file.pairs for file in files) == alone.pairs == 120
    assert max(file.pairs for file in files) == MOST
    for one, other in pairwise(files):
        assert one.wiki < other.wiki or one.last_page < other.first_page
    assert not left.exists()


def test_nothing_to_write_is_a_manifest_without_files_of_it(spark: Engine, tmp_path: Path) -> None:
    file = tmp_path / "delta.parquet"
    pq.write_table(SCHEMA.empty_table(), file)
    (tmp_path / "out" / "kept").mkdir(parents=True)
    manifest = on_spark(spark, file, Place(str(tmp_path / "out")), tmp_path / "told")
    assert manifest.files == (KEPT,)


def test_what_workers_can_not_write_to_is_told(spark: Engine, delta: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(UserError, match=r"workers can not write bulk files to .*/out: "):
        on_spark(spark, delta, Place(str(tmp_path / "out")), tmp_path / "told")


def test_a_place_that_is_sent_elsewhere_has_a_folder_of_its_own(tmp_path: Path) -> None:
    place = Place(str(tmp_path))
    there = pickle.loads(pickle.dumps(place))
    assert there.shown == place.shown
    assert there.new("a") != place.new("a")
