"""The same Wikimedia gives the same rows as dumps on DuckDB and as the Data Lake's tables on Spark.

That tables and entities are read as dumps are, table by table, is tested in tests/resources.
"""

from collections import Counter
from pathlib import Path

import pytest

from imagesuggest_assets.catalog.datasets import DATASETS
from resources.engine import Engine
from resources.sample import make_sample
from resources.sample.hive import write_tables
from tests.acceptance.broken_dumps import run_here, with_all_before
from tests.acceptance.command import imagesuggest, rows_of, run
from tests.acceptance.rules_alone import rules_alone
from tests.acceptance.test_traps import DATASETS as COMPARED
from tests.acceptance.test_traps import comparable
from tests.conftest import need_java
from tests.resources.sources.hive.catalogs import Session, names_of_its_own

pytestmark = pytest.mark.cluster
READ = {"manifest", "mediawiki_page_props"}
"""What is of the dumps' or the tables' own: paths, and the items of pages that are no articles."""


def test_tables_on_spark_give_the_rows_of_dumps_on_duckdb(
    spark_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (snapshot,) = make_sample(tmp_path / "dumps", articles=300, wikis=3).snapshots
    names, some = names_of_its_own(), with_all_before(*COMPARED)
    write_tables(
        tmp_path / "dumps", tmp_path / "tables", Session(spark_engine).spark_session, names
    )
    lakes = tmp_path / "of_dumps", tmp_path / "of_tables"
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    of_dumps = run_here(tmp_path / "dumps", lakes[0], some, snapshot=snapshot)
    with rules_alone():
        of_tables = run_here(
            Path("hive"), lakes[1], some, snapshot=snapshot, engine="spark", hive=names
        )
    assert (of_dumps.error, of_tables.error) == ("", "")
    for dataset in {*some} & {*DATASETS} - READ:
        expected, found = (
            Counter(map(comparable, rows_of(lake, dataset, snapshot))) for lake in lakes
        )
        assert not list((expected - found).elements())[:5], f"{dataset}: rows that are missing"
        assert not list((found - expected).elements())[:5], f"{dataset}: rows too many"


def test_a_sample_of_tables_is_run_with_what_the_command_says_is_to_be_set(tmp_path: Path) -> None:
    need_java()
    sample = ("sample", tmp_path / "dumps", "--articles", "60", "--wikis", "2", "--tables")
    made = imagesuggest(*sample, home=tmp_path)
    assert made.code == 0, made.err
    told = made.out.splitlines()[-1].removeprefix("Next: IMAGESUGGEST_SPARK='")
    spark = {"IMAGESUGGEST_SPARK": told.partition("'")[0] + " spark.sql.shuffle.partitions=2"}
    ended = run(Path("hive"), tmp_path / "lake", "spark", **spark)
    assert ended.code == 0, ended.err
    assert rows_of(tmp_path / "lake", "filtered_suggestions", "2026-11-02")
    listed = imagesuggest(
        "snapshots",
        *("--dumps", "hive", "--lake", tmp_path / "lake"),
        home=tmp_path,
        IMAGESUGGEST_ENGINE="spark",
        **spark,
    )
    assert "2026-11-02" in listed.out
    assert (
        "wmf.wikidata_item_page_link/snapshot=2026-11-09/wiki_db=arwiki is not there"
        in " ".join(listed.out.split())
    )
