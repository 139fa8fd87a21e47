"""A wiki is read whole, or no row of it: what one broken table costs, and what it does not."""

import gzip
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.datasets.wiki_tables import NAMES, mediawiki_tables
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import inputs_of, manifest, unreadable
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.errors import InputError
from resources.io_manager import LakeIOManager, LakeResource
from resources.lake import Lake
from resources.progress import Progress
from resources.sample import make_sample
from resources.sources import reading
from resources.sources.dumps import COMMONS
from resources.sources.mediawiki import TABLES
from resources.spark import spark_resource
from tests.acceptance.command import rows_of

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)
KEY, DAY = "2026-11-02", "20261102"
WIKIS = {"arwiki", "kawiki", "ptwiki"}
CUT = r"byte \d+: cut off: gzip goes on; fetch the file again"


class World:
    """Dumps of three wikis, and a lake that their tables are read into."""

    def __init__(self, folder: Path, dumps: Path, instance: dg.DagsterInstance) -> None:
        self.dumps = dumps
        self.lake = Lake(folder / "lake")
        self._instance = instance

    def file(self, wiki: str, table: str) -> Path:
        """Give the file of a table."""
        return self.dumps / f"{wiki}/{DAY}/{wiki}-{DAY}-{table}.sql.gz"

    def cut(self, wiki: str, table: str) -> str:
        """Cut a file off; give what is to be said of it, as a pattern."""
        self._write(wiki, table, lambda data: data[:-9])
        return f"{re.escape(str(self.file(wiki, table)))}, {CUT}"

    def put_in(self, wiki: str, table: str, row: bytes) -> None:
        """Put one more row before the others."""
        self._write(
            wiki,
            table,
            lambda data: gzip.compress(
                gzip.decompress(data).replace(b" VALUES ", b" VALUES " + row + b",", 1)
            ),
        )

    def _write(self, wiki: str, table: str, change: Callable[[bytes], bytes]) -> None:
        file = self.file(wiki, table)
        data = change(file.read_bytes())
        # Not in place: it is a link to the one that is whole.
        file.unlink()
        file.write_bytes(data)

    def mend(self, wiki: str, table: str, whole: Path) -> None:
        """Put the whole file back."""
        self.file(wiki, table).unlink()
        shutil.copy(whole / self.file(wiki, table).relative_to(self.dumps), self.file(wiki, table))

    def read(self, *names: str, choose: bool = True) -> dict[str, dict[str, Any]]:
        """Read tables (all, if none is named); give the metadata of each."""
        lake = LakeResource(path=str(self.lake.path))
        engine = EngineResource(kind="duckdb", memory="1GB", spark=spark_resource("1GB", {}))
        self._instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
        chosen = dg.AssetSelection.assets(*(names or NAMES))
        result = dg.materialize(
            [manifest, mediawiki_tables],
            selection=chosen | dg.AssetSelection.assets("manifest") if choose else chosen,
            instance=self._instance,
            partition_key=KEY,
            resources={
                "dumps": DumpsResource(path=str(self.dumps)),
                "lake": lake,
                "engine": engine,
                "io_manager": LakeIOManager(lake=lake, engine=engine),
                "rules": Rules(),
                "progress": Progress(),
            },
        )
        made = result.asset_materializations_for_node("mediawiki_tables")
        return {
            each.asset_key.path[-1]: {name: value.value for name, value in each.metadata.items()}
            for each in made
        }

    def wikis(self, names: Iterable[str] = NAMES) -> dict[str, set[str]]:
        """Give the wikis of which a table has rows."""
        return {
            name: {row["wiki_db"] for row in rows_of(self.lake.path, name, KEY)} for name in names
        }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole dumps, without what they say of their files: what reads them is to look closely."""
    folder = tmp_path_factory.mktemp("whole")
    make_sample(folder, articles=40, wikis=3)
    for paper in (*folder.rglob("dumpstatus.json"), *folder.rglob("*-sha1sums.txt")):
        paper.unlink()
    return folder


@pytest.fixture
def world(whole: Path, tmp_path: Path, instance: dg.DagsterInstance) -> Iterator[World]:
    shutil.copytree(whole, tmp_path / "dumps", copy_function=os.link)
    made = World(tmp_path, tmp_path / "dumps", instance)
    yield made
    made.lake.close()


def those_with(world: World, name: str) -> set[str]:
    """Give the wikis that a table is read of."""
    wikis = {wiki for wiki in (*WIKIS, COMMONS) if world.file(wiki, NAMES[name]).exists()}
    return {
        wiki
        for wiki in wikis
        if gzip.decompress(world.file(wiki, NAMES[name]).read_bytes()).count(b"INSERT")
    }


@pytest.mark.parametrize("table", ["page", "image"])
def test_a_wiki_of_which_one_table_can_not_be_read_is_in_none_and_the_others_are_whole(
    world: World, table: str
) -> None:
    expected = {name: those_with(world, name) - {"ptwiki"} for name in NAMES}
    said = world.cut("ptwiki", table)
    told = world.read()
    assert world.wikis() == expected
    assert told.keys() == NAMES.keys()
    for name, metadata in told.items():
        (why,) = metadata["can not be read"].values()
        assert re.fullmatch(said, why)
        assert metadata["wikis left out"] == "ptwiki"
        assert "ptwiki" not in metadata["read"]
        assert "ptwiki" not in world.lake.statistics(name, KEY).rows_by_wiki
    inputs = inputs_of(world.lake, KEY)
    assert inputs.wikis == ("arwiki", "kawiki")
    assert inputs.left_out == unreadable(world.lake, KEY)
    assert re.fullmatch(said, inputs.left_out["ptwiki"])


def test_a_wiki_is_read_again_when_its_file_is_another_one(world: World, whole: Path) -> None:
    said = world.cut("ptwiki", "pagelinks")
    world.read()
    # The same file is told of again.
    world.read()
    assert re.fullmatch(said, unreadable(world.lake, KEY)["ptwiki"])
    world.mend("ptwiki", "pagelinks", whole)
    told = world.read()
    assert unreadable(world.lake, KEY) == {}
    assert inputs_of(world.lake, KEY).wikis == tuple(sorted(WIKIS))
    assert world.wikis()["mediawiki_pagelinks"] == WIKIS
    assert not any("can not be read" in metadata for metadata in told.values())


def test_of_two_that_can_not_be_read_each_has_its_reason_and_the_third_goes_on(
    world: World,
) -> None:
    said = {"arwiki": world.cut("arwiki", "image")}
    said["ptwiki"] = f"{world.cut('ptwiki', 'linktarget')}; {world.cut('ptwiki', 'page')}"
    world.read()
    found = unreadable(world.lake, KEY)
    assert found.keys() == said.keys()
    assert re.fullmatch(said["arwiki"], found["arwiki"])
    assert re.fullmatch(said["ptwiki"], found["ptwiki"])
    assert world.wikis()["mediawiki_page"] == {"kawiki", COMMONS}


@pytest.mark.parametrize("wikis", [sorted(WIKIS), [COMMONS]])
def test_where_no_wiki_would_be_left_or_it_is_commons_nothing_is_touched(
    world: World, wikis: list[str]
) -> None:
    said = {wiki: world.cut(wiki, "page") for wiki in wikis}
    with pytest.raises(InputError) as told:
        world.read()
    assert any(re.fullmatch(each, str(told.value)) for each in said.values())
    assert not any(world.lake.has(name, KEY) for name in NAMES)


def test_where_it_is_the_only_wiki_the_reading_stops(world: World) -> None:
    shutil.rmtree(world.dumps / "arwiki")
    shutil.rmtree(world.dumps / "kawiki")
    said = world.cut("ptwiki", "page_props")
    with pytest.raises(InputError, match=said):
        world.read()
    assert not any(world.lake.has(name, KEY) for name in NAMES)


def test_a_table_that_is_read_without_the_others_can_leave_nobody_out_of_them(
    world: World, whole: Path
) -> None:
    world.read()
    before = world.wikis()
    said = world.cut("ptwiki", "pagelinks")
    with pytest.raises(InputError, match="changed since the manifest"):
        world.read("mediawiki_pagelinks", choose=False)
    assert world.wikis() == before
    shutil.rmtree(world.lake.partition("manifest", KEY))
    with pytest.raises(InputError, match=said):
        world.read("mediawiki_pagelinks")
    assert world.wikis() == before


def test_a_table_that_is_read_without_the_others_brings_nobody_back(world: World) -> None:
    said = world.cut("ptwiki", "image")
    world.read()
    told = world.read("mediawiki_page", "mediawiki_pagelinks", choose=False)
    assert told.keys() == {"mediawiki_page", "mediawiki_pagelinks"}
    assert world.wikis()["mediawiki_page"] == {*WIKIS, COMMONS} - {"ptwiki"}
    assert re.fullmatch(said, unreadable(world.lake, KEY)["ptwiki"])


def test_the_largest_wiki_and_many_processes_make_no_difference(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PROCESSES_FROM_BYTES", 0)
    sizes = {wiki: world.file(wiki, "pagelinks").stat().st_size for wiki in WIKIS}
    largest = max(sizes, key=lambda wiki: sizes[wiki])
    said = world.cut(largest, "pagelinks")
    world.read()
    assert re.fullmatch(said, unreadable(world.lake, KEY)[largest])
    assert world.wikis()["mediawiki_page"] == {*WIKIS, COMMONS} - {largest}


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("linktarget", b"(-7,0,'Seven')", "row 1: lt_id: -7 is below 0, the least there can be"),
        ("linktarget", b"(7,0,NULL)", "row 1: lt_title: it is NULL, where every row has a value"),
        (
            "linktarget",
            b"(9223372036854775808,0,'Seven')",
            "row 1: lt_id: '9223372036854775808' is beyond 64 bits",
        ),
    ],
)
def test_a_number_that_no_row_can_have_costs_its_own_wiki(
    world: World, table: str, row: bytes, said: str
) -> None:
    world.put_in("ptwiki", table, row)
    world.read()
    assert unreadable(world.lake, KEY) == {"ptwiki": f"{world.file('ptwiki', table)}, {said}"}
    assert world.wikis()["mediawiki_linktarget"] == {*WIKIS, COMMONS} - {"ptwiki"}


@pytest.mark.parametrize("name", NAMES)
def test_the_reader_lets_nothing_through_that_the_contract_would_stop_the_run_for(
    name: str,
) -> None:
    read = {column.name: column for column in TABLES[NAMES[name]].columns}
    for column in DATASETS[name].columns:
        if column.name != "wiki_db":
            assert read[column.name].never_null != column.nullable, column.name
            assert read[column.name].minimum == column.minimum, column.name
