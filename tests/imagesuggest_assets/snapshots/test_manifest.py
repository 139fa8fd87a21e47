"""A snapshot's files are chosen once, verified, and read again the same, or the run stops."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import (
    ManifestConfig,
    fingerprint,
    inputs_of,
    known_inputs,
    local_files,
    manifest,
    refused,
)
from resources.dumps import DumpsResource
from resources.engine import EngineResource, spark_resource
from resources.errors import InputError, UserError
from resources.io_manager import LakeIOManager, LakeResource
from resources.lake import Lake
from resources.progress import Progress
from resources.sources.dumps import COMMONS, ITEMS, Dumps
from resources.sources.places import Folder
from tests.acceptance.command import rows_of
from tests.imagesuggest_assets.snapshots.small_dumps import (
    add_dump,
    add_entities,
    looker,
    say,
    sha1_of,
    table_file,
)

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)
KEY, DAY = "2026-11-02", "20261102"
CHANGED = (
    "is another file than the one that the manifest of the snapshot names; "
    "put back what was there, or choose the inputs anew with --choose-again"
)


class World:
    """Dumps and a lake, and a Dagster instance in which the manifest is materialized."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.dumps = folder / "dumps"
        self.lake = Lake(folder / "lake")
        self._instance = instance
        for wiki in ("arwiki", "ptwiki", COMMONS):
            add_dump(self.dumps, wiki, DAY)
            say(self.dumps, wiki, DAY)
        add_entities(self.dumps, DAY)

    def choose(self, **config: Any) -> dict[str, Any]:
        """Materialize the manifest; give its metadata."""
        lake = LakeResource(path=str(self.lake.path))
        engine = EngineResource(kind="duckdb", memory="1GB", spark=spark_resource("1GB", {}))
        self._instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
        result = dg.materialize(
            [manifest],
            instance=self._instance,
            partition_key=KEY,
            run_config=dg.RunConfig(ops={"manifest": ManifestConfig(**config)}),
            resources={
                "dumps": DumpsResource(path=str(self.dumps)),
                "lake": lake,
                "io_manager": LakeIOManager(lake=lake, engine=engine),
                "rules": Rules(),
                "progress": Progress(),
            },
        )
        (made,) = result.asset_materializations_for_node("manifest")
        return {name: each.value for name, each in made.metadata.items()}

    def error(self, **config: Any) -> str:
        """Give the error of materializing the manifest, in which the dumps are `DUMPS`."""
        with pytest.raises(UserError) as found:
            self.choose(**config)
        return str(found.value).replace(str(self.dumps), "DUMPS")

    def rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Give the manifest, by source and table."""
        rows = rows_of(self.lake.path, "manifest", KEY)
        return {(row["source"], row["table"]): row for row in rows}

    def file(self, table: str = "page", wiki: str = "ptwiki") -> Path:
        """Give the file of a table."""
        return table_file(self.dumps, wiki, DAY, table)


@pytest.fixture
def world(tmp_path: Path, instance: dg.DagsterInstance) -> Iterator[World]:
    made = World(tmp_path, instance)
    yield made
    made.lake.close()


def write_again(file: Path, content: bytes | None = None) -> None:
    """Put another file in the place of one, with the same content unless it is given."""
    content = file.read_bytes() if content is None else content
    file.unlink()
    file.write_bytes(content)


def test_all_files_of_a_snapshot_are_written_down_as_they_are(world: World) -> None:
    assert known_inputs(world.lake, KEY) is None
    world.choose()
    rows = world.rows()
    assert len(rows) == 6 + 6 + 6 + 2
    row = rows["ptwiki", "page_props"]
    file = world.file("page_props")
    assert row == {
        "source": "ptwiki",
        "table": "page_props",
        "dump_date": KEY,
        "path": str(file.relative_to(world.dumps)),
        "bytes": file.stat().st_size,
        "version": str(file.stat().st_mtime_ns),
        "sha1": sha1_of(file),
        "fingerprint": fingerprint(file),
    }
    assert rows[ITEMS.source, ""]["sha1"] is None
    found = inputs_of(world.lake, KEY)
    assert found.wikis == ("arwiki", "ptwiki")
    light = looker(world.dumps).wiki("ptwiki", DAY)
    assert sorted(found.of("ptwiki"), key=str) == sorted(light.files, key=str)


def test_what_was_chosen_once_is_read_again_though_something_newer_is_there(world: World) -> None:
    add_dump(world.dumps, COMMONS, "20261020")
    old = world.dumps / COMMONS / DAY
    shutil.move(old, world.dumps.parent / "aside")
    world.choose()
    first = world.rows()
    assert first[COMMONS, "page"]["dump_date"] == "2026-10-20"
    shutil.move(world.dumps.parent / "aside", old)
    add_entities(world.dumps, "20261101")
    world.choose()
    assert world.rows() == first
    world.choose(choose_again=True)
    assert world.rows()[COMMONS, "page"]["dump_date"] == KEY


@pytest.mark.parametrize("content", [b"something else", b"x" * len("page of ptwiki on 20261102")])
def test_a_file_that_is_another_than_was_chosen_is_refused_and_the_manifest_stays(
    world: World, content: bytes
) -> None:
    world.choose()
    before = world.rows()
    # Its dump says so too, as when the dump was made anew.
    write_again(world.file(), content)
    say(world.dumps, "ptwiki", DAY)
    assert world.error() == f"DUMPS/ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz: {CHANGED}"
    assert refused(world.lake) == {}
    assert world.rows() == before
    world.choose(choose_again=True)
    after = world.rows()
    assert after["ptwiki", "page"]["sha1"] == sha1_of(world.file())
    assert {key for key in after if after[key] != before[key]} == {("ptwiki", "page")}


def test_another_file_of_the_same_size_without_a_sum_is_refused_by_its_content(
    world: World,
) -> None:
    (world.dumps / "ptwiki" / DAY / "dumpstatus.json").unlink()
    world.choose()
    assert world.rows()["ptwiki", "page"]["sha1"] is None
    write_again(world.file(), b"x" * world.file().stat().st_size)
    assert world.error() == f"DUMPS/ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz: {CHANGED}"


def test_a_file_that_is_gone_is_named(world: World) -> None:
    world.choose()
    world.file().unlink()
    assert world.error().startswith(f"DUMPS/ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz: no such file")


def test_the_same_content_written_again_is_the_same_file(world: World) -> None:
    world.choose()
    before = world.rows()["ptwiki", "page"]
    write_again(world.file())
    world.choose()
    after = world.rows()["ptwiki", "page"]
    assert after.pop("version") != before.pop("version")
    assert after == before
    # What reads it agrees.
    found = inputs_of(world.lake, KEY).file("ptwiki", "page")
    assert found
    assert local_files(Dumps(Folder(world.dumps)), [found], lambda _: None) == [world.file()]


def test_who_reads_a_file_that_changed_is_told_to_materialize_the_manifest(world: World) -> None:
    world.choose()
    write_again(world.file())
    found = inputs_of(world.lake, KEY).file("ptwiki", "page")
    assert found
    with pytest.raises(InputError) as told:
        local_files(Dumps(Folder(world.dumps)), [found], lambda _: None)
    assert str(told.value) == (
        f"{world.file()}: changed since the manifest of its snapshot was written; "
        "materialize manifest, which says whether that is well"
    )


def test_a_wiki_that_joins_later_keeps_the_files_of_the_others(world: World) -> None:
    shutil.move(world.dumps / "ptwiki", world.dumps.parent / "aside")
    world.choose(left_out={"ptwiki": "not whole after 7 days"})
    first = world.rows()
    assert inputs_of(world.lake, KEY).left_out == {"ptwiki": "not whole after 7 days"}
    shutil.move(world.dumps.parent / "aside", world.dumps / "ptwiki")
    add_entities(world.dumps, "20261101")
    world.choose()
    joined = world.rows()
    assert {source for source, _ in joined.keys() - first.keys()} == {"ptwiki"}
    assert {key: joined[key] for key in first} == first
    assert inputs_of(world.lake, KEY).wikis == ("arwiki", "ptwiki")
    assert inputs_of(world.lake, KEY).left_out == {}


def test_a_wiki_that_is_left_out_is_kept_with_the_reason_and_shown(world: World) -> None:
    add_dump(world.dumps, "dewiki", "20261026")
    told = world.choose(wikis=["ptwiki"], left_out={"arwiki": "not whole after 7 days"})
    found = inputs_of(world.lake, KEY)
    assert found.wikis == ("ptwiki",)
    assert found.left_out == {"arwiki": "not whole after 7 days"} == told["left out"]
    world.choose(choose_again=True)
    assert inputs_of(world.lake, KEY).left_out == {"dewiki": f"no dump for the snapshot {KEY}"}


def test_a_damaged_file_is_remembered_as_refused_until_it_changes(world: World) -> None:
    whole = world.file().read_bytes()
    expected = sha1_of(world.file())
    write_again(world.file(), whole[::-1])
    problem = f"its sha1 is {sha1_of(world.file())}, expected {expected}"
    path = f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz"
    assert world.error() == f"DUMPS/{path}: {problem}; fetch it again from where it came from"
    assert known_inputs(world.lake, KEY) is None
    assert refused(world.lake) == {path: (str(world.file().stat().st_mtime_ns), problem)}
    assert (
        f"{path} is damaged: {problem}"
        in looker(world.dumps, None, refused(world.lake)).wiki("ptwiki", DAY).waiting
    )
    assert f"{path} is damaged: {problem}" in world.error()
    # The others can go on without it.
    world.choose(wikis=["arwiki"])
    write_again(world.file(), whole)
    world.choose()
    assert inputs_of(world.lake, KEY).wikis == ("arwiki", "ptwiki")


def test_files_that_settle_are_waited_for_when_asked(world: World) -> None:
    add_entities(world.dumps, "20261030")
    for file in (world.dumps / ITEMS.folder / DAY).iterdir():
        file.unlink()
    assert "expected 10 minutes without a change" in world.error(settling_minutes=10)
    world.choose(settling_minutes=0)


def test_a_manifest_that_is_not_there_is_told(world: World) -> None:
    with pytest.raises(UserError, match=f"manifest has no partition {KEY} in .*; materialize it"):
        inputs_of(world.lake, KEY)


def test_a_fingerprint_tells_files_apart_by_their_size_and_by_their_parts(tmp_path: Path) -> None:
    size = 20 * 2**20
    content = bytearray(size)
    prints = []
    for at in (None, 0, size // 2 - 1, size - 1):
        if at is not None:
            content[at] = 1
        (tmp_path / "file").write_bytes(content)
        prints.append(fingerprint(tmp_path / "file"))
    (tmp_path / "file").write_bytes(content[:-1])
    prints.append(fingerprint(tmp_path / "file"))
    (tmp_path / "file").write_bytes(b"")
    prints.append(fingerprint(tmp_path / "file"))
    assert len({*prints}) >= len(prints) - 1
    assert prints[0] != prints[1]
    assert prints[-3] != prints[-4]
    assert prints[-1] == fingerprint(tmp_path / "file")


def test_what_is_known_of_damaged_files_is_kept_beside_the_lake_and_survives(world: World) -> None:
    assert refused(world.lake) == {}
    write_again(world.file(), world.file().read_bytes()[::-1])
    world.error()
    kept = json.loads((world.lake.path / ".sources" / "refused.json").read_text())
    assert list(kept) == [f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz"]
    assert [file.name for file in (world.lake.path / ".sources").iterdir()] == ["refused.json"]
