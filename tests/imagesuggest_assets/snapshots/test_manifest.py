"""A snapshot's files are chosen once, verified, and read again the same, or the run stops."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.declared import MANIFEST
from graph.fixed import at_gate
from graph.manifest import CHANGED, ManifestConfig, local_files, refused
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.datasets.search_index import wiki_flags
from imagesuggest_assets.publication.gate import publishable
from imagesuggest_assets.publication.store.tables import cassandra_tables
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import NO_WIKIS
from imagesuggest_assets.snapshots.manifest import inputs_of, known_inputs, manifest, unreadable
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.errors import InputError, UserError
from resources.io_manager import MADE_OF, LakeIOManager, LakeResource
from resources.lake import Lake
from resources.progress import Progress
from resources.sources.dumps import COMMONS, ITEMS, Dumps
from resources.sources.places import Folder, fingerprint
from resources.spark import spark_resource
from resources.stores.resource import StoreResource
from resources.versions import Statistics
from tests.acceptance.command import rows_of
from tests.imagesuggest_assets.published import publish
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
AGAIN = "fetch it again from where it came from"
CHANGED_FILE = (
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

    def damage(self, wiki: str, table: str = "page") -> str:
        """Turn a file around; give what is to be said of it."""
        file = self.file(table, wiki)
        expected = sha1_of(file)
        write_again(file, file.read_bytes()[::-1])
        path = file.relative_to(self.dumps)
        return f"DUMPS/{path}: its sha1 is {sha1_of(file)}, expected {expected}; {AGAIN}"

    def left_out(self) -> dict[str, str]:
        """Give why wikis are left out, in which the dumps are `DUMPS`."""
        found = inputs_of(self.lake, KEY).left_out
        return {wiki: why.replace(str(self.dumps), "DUMPS") for wiki, why in found.items()}

    def choose(self, rules: Rules | None = None, **config: Any) -> dict[str, Any]:
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
                "rules": rules or Rules(),
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
def test_a_file_that_changed_after_the_gate_is_refused_and_the_manifest_stays(
    world: World, content: bytes
) -> None:
    world.choose()
    before = world.rows()
    publish(world.lake.path, KEY, arwiki="published", ptwiki="held", commonswiki="published")
    # Its dump says so too, as when the dump was made anew.
    write_again(world.file(), content)
    say(world.dumps, "ptwiki", DAY)
    assert world.error() == f"DUMPS/ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz: {CHANGED_FILE}"
    assert refused(world.lake) == {}
    assert world.rows() == before
    world.choose(choose_again=True)
    after = world.rows()
    assert after["ptwiki", "page"]["sha1"] == sha1_of(world.file())
    assert {key for key in after if after[key] != before[key]} == {("ptwiki", "page")}


@pytest.mark.parametrize("content", [b"something else", b"x" * len("page of ptwiki on 20261102")])
def test_until_the_gate_a_file_that_changed_makes_a_new_manifest_that_says_so(
    world: World, content: bytes
) -> None:
    """A dump that was damaged, and is published again."""
    assert CHANGED not in world.choose()
    before = world.rows()
    write_again(world.file(), content)
    say(world.dumps, "ptwiki", DAY)
    # What did not change stays as it was chosen.
    add_entities(world.dumps, "20261101")
    told = world.choose()
    assert told[CHANGED] == {
        f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz": f"had 26 bytes, is another now, of {len(content)}"
    }
    after = world.rows()
    assert after["ptwiki", "page"]["sha1"] == sha1_of(world.file())
    assert {key for key in after if after[key] != before[key]} == {("ptwiki", "page")}
    assert CHANGED not in world.choose()


def test_a_file_of_commons_that_changed_before_the_gate_may_be_of_an_older_dump(
    world: World,
) -> None:
    world.choose()
    add_dump(world.dumps, COMMONS, "20261020")
    say(world.dumps, COMMONS, "20261020")
    write_again(world.file("page", COMMONS), b"half")
    told = world.choose()[CHANGED]
    assert told[f"{COMMONS}/{DAY}/{COMMONS}-{DAY}-page.sql.gz"] == "is not read any more"
    assert told[f"{COMMONS}/20261020/{COMMONS}-20261020-page.sql.gz"] == "is read now"
    assert world.rows()[COMMONS, "page"]["dump_date"] == "2026-10-20"


def test_a_wiki_that_was_left_out_at_the_gate_may_change_and_the_others_may_not(
    world: World,
) -> None:
    """It joined, and its run ended before the gate because its dump was damaged."""
    world.choose()
    publish(world.lake.path, KEY, arwiki="published", ptwiki="left out", commonswiki="held")
    assert at_gate(world.lake, KEY, NO_WIKIS) == {"arwiki", *NO_WIKIS}
    write_again(world.file(), b"published again")
    say(world.dumps, "ptwiki", DAY)
    assert list(world.choose()[CHANGED]) == [f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz"]
    for wiki in ("arwiki", COMMONS):
        content = world.file("page", wiki).read_bytes()
        write_again(world.file("page", wiki), b"published again")
        assert CHANGED_FILE in world.error()
        write_again(world.file("page", wiki), content)


def test_what_was_made_of_the_old_files_is_not_read_with_the_new_ones(
    world: World, instance: dg.DagsterInstance
) -> None:
    upstream = dg.AssetSpec("filtered_suggestions", partitions_def=SNAPSHOTS)

    def make(asset: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
        lake = LakeResource(path=str(world.lake.path))
        engine = EngineResource(kind="duckdb", memory="1GB", spark=spark_resource("1GB", {}))
        store = StoreResource(world.lake.path / "suggestions.sqlite", None)
        return dg.materialize(
            [upstream.with_io_manager_key("io_manager"), asset],
            instance=instance,
            partition_key=KEY,
            resources={
                "io_manager": LakeIOManager(lake=lake, engine=engine, inputs=MANIFEST),
                "lake": lake,
                "engine": engine,
                "store": store,
                "progress": Progress(),
                "rules": Rules(),
                "dumps": DumpsResource(path=str(world.dumps)),
            },
            raise_on_error=False,
        )

    def suggest(made_of: object) -> None:
        details = {MADE_OF: made_of} if made_of else {}
        statistics = Statistics(1, 0, 0.0, details=details)
        with world.lake.replacing("filtered_suggestions", KEY, statistics) as folder:
            folder.mkdir()
            rows = pa.table({"wiki_db": ["ptwiki"], "page_id": [1]})
            pq.write_table(rows, folder / "part.parquet")

    first = world.choose()[MADE_OF]
    assert world.choose()[MADE_OF] == first
    suggest(first)
    assert make(wiki_flags).success
    assert world.lake.statistics("wiki_flags", KEY).details[MADE_OF] == first
    write_again(world.file(), b"published again")
    say(world.dumps, "ptwiki", DAY)
    second = world.choose()[MADE_OF]
    assert second != first
    publish(world.lake.path, KEY, ptwiki="published")
    # Nor is it let through, or published, by whatever way.
    for asset in (wiki_flags, publishable, cassandra_tables):
        failed = make(asset)
        assert not failed.success
        told = str(failed.failure_data_for_node(asset.node_def.name))
        assert f"filtered_suggestions of {KEY} was made of other files than its manifest" in told
        assert f"run --snapshot {KEY}" in told
    # What was computed anew is read, and what is from before anybody wrote down of what it is.
    for made_of in (second, None):
        suggest(made_of)
        assert make(wiki_flags).success


def test_another_file_of_the_same_size_without_a_sum_is_refused_by_its_content(
    world: World,
) -> None:
    (world.dumps / "ptwiki" / DAY / "dumpstatus.json").unlink()
    world.choose()
    assert world.rows()["ptwiki", "page"]["sha1"] is None
    publish(world.lake.path, KEY, ptwiki="published")
    write_again(world.file(), b"x" * world.file().stat().st_size)
    assert world.error() == f"DUMPS/ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz: {CHANGED_FILE}"


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


def test_a_damaged_file_costs_its_own_wiki_until_it_is_another(world: World) -> None:
    whole = world.file().read_bytes()
    says = world.damage("ptwiki")
    told = world.choose()
    assert told["can not be read"]["ptwiki"].replace(str(world.dumps), "DUMPS") == says
    assert {source for source, _ in world.rows()} == {
        "arwiki",
        COMMONS,
        "wikidata entities",
        "mediainfo entities",
    }
    assert inputs_of(world.lake, KEY).wikis == ("arwiki",)
    assert world.left_out() == unread(world) == {"ptwiki": says}
    # By hand it is looked at again, and the others are read from the same files.
    before = world.rows()
    world.choose()
    assert world.rows() == before
    assert world.left_out() == {"ptwiki": says}
    write_again(world.file(), whole)
    world.choose()
    assert inputs_of(world.lake, KEY).wikis == ("arwiki", "ptwiki")
    assert world.left_out() == unread(world) == {}
    assert before.items() <= world.rows().items()


def unread(world: World) -> dict[str, str]:
    """Give why wikis can not be read, in which the dumps are `DUMPS`."""
    found = unreadable(world.lake, KEY)
    return {wiki: why.replace(str(world.dumps), "DUMPS") for wiki, why in found.items()}


def test_of_several_damaged_wikis_each_is_left_out_with_its_own_reason(world: World) -> None:
    add_dump(world.dumps, "dewiki", DAY)
    say(world.dumps, "dewiki", DAY)
    says = {"dewiki": world.damage("dewiki", "image"), "ptwiki": world.damage("ptwiki")}
    world.damage("ptwiki", "pagelinks")
    world.choose()
    assert world.left_out() == says
    assert inputs_of(world.lake, KEY).wikis == ("arwiki",)


@pytest.mark.parametrize("wiki", ["ptwiki", COMMONS])
def test_a_damaged_file_that_no_snapshot_can_do_without_is_refused_until_it_changes(
    world: World, wiki: str
) -> None:
    if wiki == "ptwiki":
        shutil.rmtree(world.dumps / "arwiki")
    whole = world.file(wiki=wiki).read_bytes()
    says = world.damage(wiki)
    assert world.error() == says
    assert known_inputs(world.lake, KEY) is None
    problem = says.partition(": ")[2].removesuffix(f"; {AGAIN}")
    path = f"{wiki}/{DAY}/{wiki}-{DAY}-page.sql.gz"
    version = str(world.file(wiki=wiki).stat().st_mtime_ns)
    assert refused(world.lake) == {path: (version, problem)}
    assert (
        f"{path} is damaged: {problem}"
        in looker(world.dumps, None, refused(world.lake)).wiki(wiki, DAY).waiting
    )
    assert f"{path} is damaged: {problem}" in world.error()
    write_again(world.file(wiki=wiki), whole)
    world.choose()
    assert world.left_out() == {}


def test_a_file_that_the_disk_does_not_give_costs_its_own_wiki(world: World) -> None:
    add_dump(world.dumps, "dewiki", DAY)
    bad = world.file(wiki="dewiki")
    bad.unlink()
    # It is there, can be opened, and can not be read, not even by root.
    bad.symlink_to("/proc/self/clear_refs")
    world.choose()
    path = bad.relative_to(world.dumps)
    why = os.strerror(errno.EINVAL)
    assert world.left_out() == {"dewiki": f"DUMPS/{path}: can not be read: {why}"}


def test_what_is_no_file_is_named_by_whoever_starts_a_run_by_hand(world: World) -> None:
    add_dump(world.dumps, "dewiki", DAY)
    pipe = world.file(wiki="dewiki")
    pipe.unlink()
    os.mkfifo(pipe)
    path = pipe.relative_to(world.dumps)
    assert world.error() == f"DUMPS/{path}: is no file, expected one"


def test_rules_of_a_wiki_that_is_not_there_are_refused_before_anything_is_read(
    world: World,
) -> None:
    assert world.error(rules=Rules(wikis={"arwki": {"least_confidence": 80}})) == (
        "the rules have wikis.arwki, and no target wiki is called so; there are arwiki, ptwiki; "
        "write the name of one of them, or take that out"
    )
    assert known_inputs(world.lake, KEY) is None
    # One that is there need not be in each run.
    world.choose(rules=Rules(wikis={"arwiki": {"least_confidence": 80}}), wikis=["ptwiki"])


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
    world.damage(COMMONS)
    world.error()
    kept = json.loads((world.lake.path / ".sources" / "refused.json").read_text())
    assert list(kept) == [f"commonswiki/{DAY}/commonswiki-{DAY}-page.sql.gz"]
    assert [file.name for file in (world.lake.path / ".sources").iterdir()] == ["refused.json"]
