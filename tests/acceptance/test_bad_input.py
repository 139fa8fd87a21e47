"""Input that cannot be used ends a run with one line that says where. A target wiki's costs that
wiki alone; anything else stops the run, and changes no partition.
"""

import bz2
import gzip
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from graph.declared import MANIFEST
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.datasets.dump_tables import read_depicts, read_item_claims
from imagesuggest_assets.datasets.wiki_files import read_table
from imagesuggest_assets.datasets.wiki_tables import NAMES
from resources.errors import InputError
from resources.sources.reading import Job
from tests.acceptance import broken_dumps as broken
from tests.acceptance.broken_dumps import (
    CATEGORYLINKS,
    FEEDBACK,
    IMAGE,
    ITEMS,
    LINKTARGET,
    MEDIAINFO,
    PAGE,
    PAGELINKS,
    SNAPSHOT,
    Break,
    first_row,
    left_in_scratch,
    line,
    run_here,
    state,
    stored,
    text,
    with_all_after,
    without_papers,
)
from tests.acceptance.command import imagesuggest, rows_of
from tests.imagesuggest_assets.snapshots.small_dumps import sha1_of


@dataclass(frozen=True)
class Case:
    """A file, what is done to it, the dataset that is read from it, and what must be said.

    ``said`` is a regular expression for what follows the name of the file.
    """

    file: str
    do: Break
    dataset: str
    said: str


def cut(share: float) -> Callable[[bytes], bytes]:
    """Keep a share of the bytes."""
    return lambda data: data[: int(len(data) * share)]


def replaced(data: bytes) -> Break:
    """Put something else in the place of a file."""
    return stored(lambda _: data)


def as_folder(file: Path) -> None:
    """Put a folder in the place of a file."""
    file.unlink()
    file.mkdir()


def of_pages(file: Path) -> None:
    """Put the page table in the place of another."""
    file.unlink()
    shutil.copy(file.with_name(Path(PAGE).name), file)


CASES = {
    "gzip cut off": Case(
        PAGELINKS, stored(cut(0.6)), "mediawiki_pagelinks", r", byte \d+: cut off: gzip .*again"
    ),
    "gzip cut off in its last bytes": Case(
        PAGE, stored(lambda data: data[:-3]), "mediawiki_page", r", byte \d+: cut off: gzip .*again"
    ),
    "gzip cut off in its header": Case(
        PAGE, stored(lambda data: data[:7]), "mediawiki_page", r", byte 7: cut off: gzip .*again"
    ),
    "bzip2 cut off": Case(
        PAGE, broken.as_bzip2(cut(0.6)), "mediawiki_page", r", byte \d+: cut off: bzip2 .*again"
    ),
    "a byte of gzip damaged": Case(
        PAGELINKS,
        stored(lambda data: data[:3000] + bytes([data[3000] ^ 0xFF]) + data[3001:]),
        "mediawiki_pagelinks",
        r", (before byte|after row|row) \d+: .*",
    ),
    "text cut off within an INSERT": Case(
        PAGE,
        text(lambda sql: sql[: sql.index(b" VALUES ") + 999]),
        "mediawiki_page",
        r", after row \d+: cut off within an INSERT.*again",
    ),
    "text cut off behind an INSERT": Case(
        PAGE,
        text(lambda sql: sql[: sql.index(b"/*!40000 ALTER TABLE `page` ENABLE")]),
        "mediawiki_page",
        r": cut off: .*again",
    ),
    "text cut off before the CREATE TABLE": Case(
        PAGE, text(lambda sql: sql[:100]), "mediawiki_page", r": .*CREATE TABLE.*"
    ),
    "gzip of an entity dump cut off": Case(
        ITEMS, stored(cut(0.5)), "item_claims", r", byte \d+: cut off: gzip .*again"
    ),
    "cut off within an entity": Case(
        ITEMS,
        text(lambda lines: lines[: lines.index(b"\n", 9999) + 200]),
        "item_claims",
        r", line \d+: not one whole JSON object: .*",
    ),
    "cut off within a MediaInfo entity": Case(
        MEDIAINFO,
        text(lambda lines: lines[: lines.index(b"\n", 9999) + 100]),
        "depicts",
        r", line \d+: not one whole JSON object: .*",
    ),
    "not gzip": Case(
        PAGE, replaced(b"<html>Not found</html>"), "mediawiki_page", r": not gzip.*again"
    ),
    "entities that are not gzip": Case(
        ITEMS, replaced(b"[\n]\n"), "item_claims", r": not gzip.*again"
    ),
    "bzip2 with the ending of gzip": Case(
        PAGE, replaced(b"BZh91AY&SY"), "mediawiki_page", r": not gzip.*again"
    ),
    "zero bytes": Case(PAGE, replaced(b""), "mediawiki_page", r": .*zero bytes.*again"),
    "entities of zero bytes": Case(MEDIAINFO, replaced(b""), "depicts", r": .*zero bytes.*again"),
    "another table in the file": Case(
        LINKTARGET,
        of_pages,
        "mediawiki_linktarget",
        r": the table `page`, but `linktarget` is expected",
    ),
    "a renamed column": Case(
        PAGE,
        broken.renamed("page_latest"),
        "mediawiki_page",
        r": there is no column page_latest; its columns are page_id, .*renamed.*",
    ),
    "a missing column": Case(
        PAGE,
        broken.without_column("page_is_redirect"),
        "mediawiki_page",
        r": there is no column page_is_redirect; its columns are page_id, .*",
    ),
    "both spellings of a link's target missing": Case(
        PAGELINKS,
        text(lambda sql: re.sub(rb"`pl_(target_id|title)`", rb"`x_\1`", sql)),
        "mediawiki_pagelinks",
        r": there is no column pl_target_id, nor pl_title with pl_namespace; its columns are .*",
    ),
    "a row with a value too few": Case(
        PAGE, first_row(rb"\(\d+,", b"("), "mediawiki_page", r", row 1: .*"
    ),
    "an id that is no number": Case(
        PAGE,
        first_row(rb"\((\d+),", rb"('x\1',"),
        "mediawiki_page",
        r", row 1: page_id: .*is not a whole number",
    ),
    "an id that is a fraction": Case(
        PAGE, first_row(rb"\((\d+),", rb"(\1.5,"), "mediawiki_page", r", row 1: page_id: .*number"
    ),
    "a width that is no number": Case(
        IMAGE,
        first_row(rb"(\('[^']*',\d+,)\d+", rb"\1'wide'"),
        "mediawiki_image",
        r", row 1: img_width: .*is not a whole number",
    ),
    "an entity that is no JSON": Case(
        ITEMS,
        line(4, lambda _: b'{"id": oops},'),
        "item_claims",
        r", line 4: not one whole JSON object: .*",
    ),
    "entities of another make": Case(
        ITEMS,
        text(lambda lines: lines.replace(b'"mainsnak":', b'"snak":')),
        "item_claims",
        r": [\d,]+ of [\d,]+ entities are not understood, expected at most 10 or 0\.10%; the first "
        r"are line \d+: Q\d+: .*mainsnak.*; look at these lines; .*",
    ),
    "a MediaInfo entity that is no JSON": Case(
        MEDIAINFO,
        line(2, lambda line: line.replace(b'"', b"'")),
        "depicts",
        r", line 2: not one whole JSON object: .*",
    ),
}


OF_ONE_WIKI = [name for name, case in CASES.items() if case.file.startswith("ptwiki/")]
OFTEN = (
    "gzip cut off",
    "text cut off within an INSERT",
    "a row with a value too few",
    "a renamed column",
)
"""Of each kind one: the readers have tests of all. The others are tried by `make test-cluster`."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in OFTEN else pytest.mark.cluster)
        for name in OF_ONE_WIKI
    ],
)
def test_a_broken_table_of_a_wiki_is_named_and_costs_that_wiki_alone(
    dumps: Path, lake: Path, name: str
) -> None:
    case = CASES[name]
    case.do(dumps / case.file)
    without_papers(dumps / case.file)
    before = {name: rows_of(lake, name, SNAPSHOT) for name in NAMES}
    ended = run_here(dumps, lake, [*NAMES], choose_again=True)
    file = re.escape(str(dumps / case.file).removesuffix(".gz"))
    said = rf"ptwiki is left out: {file}\.(gz|bz2){case.said}; all else is done"
    assert re.fullmatch(said, ended.error)
    for table, rows in before.items():
        others = [row for row in rows if row["wiki_db"] != "ptwiki"]
        assert sorted_rows(rows_of(lake, table, SNAPSHOT)) == sorted_rows(others)
    assert not left_in_scratch(lake)


def sorted_rows(rows: list[dict[str, Any]]) -> list[str]:
    """Give rows in some order."""
    return sorted(map(repr, rows))


@pytest.mark.parametrize("name", [name for name in CASES if name not in OF_ONE_WIKI])
def test_a_broken_file_that_is_of_no_target_wiki_is_named_and_no_partition_is_touched(
    dumps: Path, lake: Path, name: str
) -> None:
    case = CASES[name]
    case.do(dumps / case.file)
    without_papers(dumps / case.file)
    before = partitions(lake)
    ended = run_here(dumps, lake, with_all_after(case.dataset), choose_again=True)
    file = re.escape(str(dumps / case.file).removesuffix(".gz"))
    step = "mediawiki_tables" if case.dataset in NAMES else case.dataset
    assert re.fullmatch(rf"{step}: {file}\.(gz|bz2){case.said}", ended.error)
    assert partitions(lake) == before
    assert not left_in_scratch(lake)


def partitions(lake: Path) -> dict[str, tuple[int, int, int]]:
    """Tell the files of all partitions apart but that of the manifest, which is written first."""
    return {
        name: told
        for name, told in state(lake).items()
        if not name.startswith((f"{MANIFEST}/", ".sources/"))
    }


ABSENT: dict[str, tuple[str, Break]] = {
    "a table": (PAGELINKS, Path.unlink),
    "a table of Commons": (CATEGORYLINKS, Path.unlink),
    "entities": (ITEMS, Path.unlink),
    "a folder in the place of a file": (PAGE, as_folder),
}


@pytest.mark.parametrize("papers", [True, False])
@pytest.mark.parametrize("name", ABSENT)
def test_a_file_that_is_absent_is_named_before_anything_starts(
    dumps: Path, lake: Path, name: str, papers: bool
) -> None:
    file, do = ABSENT[name]
    do(dumps / file)
    if not papers:
        without_papers(dumps / file)
    before = state(lake)
    ended = run_here(dumps, lake, choose_again=True)
    said = re.escape(str(dumps / file)) + ":? is not there; fetch it whole, or .*"
    if file == ITEMS:
        # No date of them is there any more at all.
        folder = re.escape(str(dumps / Path(ITEMS).parent.parent))
        said = f"{folder}/YYYYMMDD/.*-all.json.gz: none dated .*"
    assert re.fullmatch(said, ended.error)
    assert state(lake) == before
    assert ended.lines == []


@pytest.mark.parametrize("file", [PAGELINKS, IMAGE])
def test_a_file_of_another_size_than_its_dump_names_is_told_before_anything_starts(
    dumps: Path, lake: Path, file: str
) -> None:
    whole = (dumps / file).stat().st_size
    stored(cut(0.6))(dumps / file)
    before = state(lake)
    ended = run_here(dumps, lake, choose_again=True)
    assert ended.error == (
        f"{dumps / file} has {int(whole * 0.6):,} of the {whole:,} bytes that dumpstatus.json "
        "names; fetch it whole, or name the other wikis with --wikis"
    )
    assert state(lake) == before


@pytest.mark.parametrize("file", [IMAGE, ITEMS, MEDIAINFO])
def test_a_damaged_file_of_the_right_size_is_told_with_its_sums_and_refused_until_it_changes(
    good: Path, dumps: Path, lake: Path, file: str
) -> None:
    whole, damaged = good / "dumps" / file, dumps / file
    stored(lambda data: data[:3000] + bytes([data[3000] ^ 0xFF]) + data[3001:])(damaged)
    problem = f"its sha1 is {sha1_of(damaged)}, expected {sha1_of(whole)}"
    before = state(lake)
    ended = run_here(dumps, lake, choose_again=True)
    assert ended.error == f"manifest: {damaged}: {problem}; fetch it again from where it came from"
    assert {name: told for name, told in state(lake).items() if ".sources" not in name} == before
    assert not left_in_scratch(lake)
    # It is known now: nothing has to be read to say so again.
    ended = run_here(dumps, lake, ["manifest"], choose_again=True)
    assert f"{damaged} is damaged: {problem}" in ended.error
    assert not ended.lines
    damaged.unlink()
    shutil.copyfile(whole, damaged)
    assert not run_here(dumps, lake, ["manifest"], choose_again=True).error


@pytest.mark.parametrize("file", [PAGELINKS, ITEMS])
def test_a_file_that_changed_after_it_was_chosen_is_not_read(
    dumps: Path, lake: Path, file: str
) -> None:
    text(lambda data: data + b"\n")(dumps / file)
    dataset = "item_claims" if file == ITEMS else "mediawiki_pagelinks"
    before = state(lake)
    ended = run_here(dumps, lake, [dataset])
    step = "mediawiki_tables" if dataset in NAMES else dataset
    assert ended.error == (
        f"{step}: {dumps / file}: changed since the manifest of its snapshot was written; "
        "materialize manifest, which says whether that is well"
    )
    ended = run_here(dumps, lake, ["manifest", dataset])
    assert ended.error == (
        f"manifest: {dumps / file}: is another file than the one that the manifest of the snapshot "
        "names; put back what was there, or choose the inputs anew with --choose-again"
    )
    assert state(lake) == before


def read(file: Path, target: Path) -> None:
    """Read one file as its asset does."""
    if ".json" in file.name:
        reader = read_depicts if "mediainfo" in file.name else read_item_claims
        reader(Job(file, target), ignore)
    else:
        table = file.name.split("-")[2].partition(".")[0]
        read_table(Job(file, target, table, (("wiki_db", "ptwiki"),)), ignore)


def ignore(count: int) -> None:
    """Hear of bytes."""


@pytest.mark.parametrize("file", [PAGE, PAGELINKS, IMAGE, CATEGORYLINKS, ITEMS, MEDIAINFO])
def test_a_file_cut_off_anywhere_is_never_read_as_if_it_were_whole(dumps: Path, file: str) -> None:
    choose = random.Random(file)
    whole = dumps / file
    stored_bytes = whole.read_bytes()
    inside = gzip.decompress(stored_bytes)
    target = dumps / "read.parquet"
    read(whole, target)
    assert target.is_file()
    target.unlink()
    for ending, data in ((".gz", stored_bytes), (".bz2", bz2.compress(inside))):
        broken_file = whole.with_suffix(ending)
        for at in [0, 1, 5, len(data) - 1, *(choose.randrange(len(data)) for _ in range(8))]:
            broken_file.unlink(missing_ok=True)
            broken_file.write_bytes(data[:at])
            with pytest.raises(InputError, match=re.escape(str(broken_file))):
                read(broken_file, target)
            assert not target.exists()
    for _ in range(8):
        # A SQL dump has told all when it takes back what it did before the rows.
        at = choose.randrange(max(inside.find(b" ENABLE KEYS "), 0) or len(inside) - 1)
        # Lines of JSON that end where a line ends are as good as whole.
        while inside[at - 1 : at] in b"\n,]}" or inside[at : at + 1] in b"\n,]":
            at -= 1
        whole.unlink(missing_ok=True)
        whole.write_bytes(gzip.compress(inside[:at], 1))
        with pytest.raises(InputError, match=re.escape(str(whole))):
            read(whole, target)
        assert not target.exists()


ODD_EVENTS: dict[str, tuple[Break, str]] = {
    "cut off": (stored(cut(0.5)), r"byte \d+: cut off: .*; what follows is left out"),
    "zero bytes": (replaced(b""), "the file is empty"),
    "an event that is no JSON": (line(2, lambda _: b"yes"), "line 2: not one whole JSON object"),
    "events about no page": (
        text(lambda lines: lines.replace(b'"page_id"', b'"page"')),
        "events can not be understood, expected at most 10.00%",
    ),
    "gone": (Path.unlink, "files of feedback are gone, .*, expected all that were read before"),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("cut off", "gone") else pytest.mark.cluster)
        for name in ODD_EVENTS
    ],
)
def test_a_broken_file_of_events_warns_and_the_run_goes_on_with_what_was_known(
    good: Path, dumps: Path, lake: Path, name: str
) -> None:
    do, said = ODD_EVENTS[name]
    do(dumps / FEEDBACK)
    before = rows_of(lake, "feedback", broken.SNAPSHOT)
    ended = run_here(dumps, lake, with_all_after("feedback"))
    assert not ended.error
    assert rows_of(lake, "feedback", broken.SNAPSHOT) == before
    with dg.DagsterInstance.get() as instance:
        record = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(dg.AssetKey("feedback"), "inputs"), limit=1
        )[0]
    assert record.event is not None
    evaluation = record.event.get_dagster_event().asset_check_evaluation_data
    assert evaluation.severity == dg.AssetCheckSeverity.WARN
    assert re.search(said, str(evaluation.description)), evaluation.description
    if name != "gone":
        assert Path(FEEDBACK).name in str(evaluation.description)


def test_the_command_ends_in_1_and_computes_what_does_not_depend_on_the_broken_file(
    dumps: Path, tmp_path: Path
) -> None:
    stored(cut(0.6))(dumps / CATEGORYLINKS)
    without_papers(dumps / CATEGORYLINKS)
    lake = tmp_path / "new"
    ended = imagesuggest("run", "--dumps", dumps, "--lake", lake, home=tmp_path)
    assert ended.code == 1
    assert re.fullmatch(
        rf"imagesuggest: error: mediawiki_tables: {dumps / CATEGORYLINKS}, byte \d+: cut off: .*",
        ended.last_line,
    )
    assert "Traceback" not in ended.err
    there = {folder.name for folder in lake.iterdir()} - {".scratch", ".sources", ".runs"}
    after = {dataset for name in NAMES for dataset in with_all_after(name)}
    assert there == DATASETS.keys() - after
    assert not left_in_scratch(lake)
