"""When a dump is taken for whole, and what is said of one that is not."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from graph.green_lights import Light
from resources.sources.dumps import (
    COMMONS,
    ITEMS,
    MEDIAINFO,
    OPTIONAL_COMMONS_TABLES,
    WIKI_TABLES,
    Entities,
)
from tests.imagesuggest_assets.snapshots.small_dumps import (
    add_dump,
    add_entities,
    looker,
    say,
    sha1_of,
    status_file,
    table_file,
    tables_of,
)

DAY = "20261102"
SETTLING = timedelta(minutes=10)
STATUS = f"ptwiki/{DAY}/dumpstatus.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Dumps of a wiki, of Commons and of entities that say nothing of themselves."""
    for wiki in ("ptwiki", COMMONS):
        add_dump(tmp_path, wiki, DAY)
    add_entities(tmp_path, DAY)
    return tmp_path


def waiting(root: Path, wiki: str = "ptwiki", settling: timedelta | None = None) -> list[str]:
    """Give what a dump waits for."""
    return list(looker(root, settling).wiki(wiki, DAY).waiting)


def tables(light: Light) -> set[str]:
    """Name the tables of the files that were found."""
    return {file.table for file in light.files}


@pytest.mark.parametrize("wiki", ["ptwiki", COMMONS])
def test_a_dump_that_says_it_is_done_and_has_its_sizes_is_green_at_once(
    root: Path, wiki: str
) -> None:
    say(root, wiki, DAY)
    light = looker(root, SETTLING).wiki(wiki, DAY)
    assert light.green
    assert (light.source, light.date) == (wiki, DAY)
    assert tables(light) == set(tables_of(wiki))
    for found in light.files:
        file = root / found.path
        assert found.bytes == file.stat().st_size
        assert found.sha1 == sha1_of(file)


@pytest.mark.parametrize("table", WIKI_TABLES)
@pytest.mark.parametrize("state", ["in-progress", "waiting", "failed", "skipped"])
def test_a_job_that_is_not_done_keeps_a_dump_waiting_though_its_file_is_there(
    root: Path, table: str, state: str
) -> None:
    say(root, "ptwiki", DAY, {table: state})
    job = {"page_props": "pagepropstable"}.get(table, f"{table}table")
    assert waiting(root) == [f"{STATUS}: the job {job} is {state}"]


def test_a_job_that_is_not_named_keeps_a_dump_waiting(root: Path) -> None:
    say(root, "ptwiki", DAY, {"linktarget": None, "image": None})
    assert waiting(root) == [
        f"{STATUS}: the job linktargettable is not named",
        f"{STATUS}: the job imagetable is not named",
    ]


def test_a_file_that_is_done_elsewhere_and_not_here_yet_is_waited_for(root: Path) -> None:
    say(root, "ptwiki", DAY)
    file = table_file(root, "ptwiki", DAY, "pagelinks")
    file.rename(file.with_suffix(".part"))
    assert waiting(root) == [f"ptwiki/{DAY}/{file.name} is not there"]


@pytest.mark.parametrize("change", [b"", b"half", b"more than it was, by far"])
def test_a_file_of_another_size_than_its_dump_names_is_waited_for(
    root: Path, change: bytes
) -> None:
    file = table_file(root, "ptwiki", DAY, "page")
    file.write_bytes(b"a whole file")
    say(root, "ptwiki", DAY)
    file.write_bytes(change)
    assert waiting(root) == [
        f"ptwiki/{DAY}/{file.name} has {len(change)} of the 12 bytes that dumpstatus.json names"
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"version": "0.8", "jobs": {"pagetable": {"sta',
        b"<html>503</html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"jobs": []}',
        b'{"jobs": {"pagetable": "done"}}',
        b'{"jobs": {"pagetable": {}}}',
        b'{"jobs": {"pagetable": {"status": "done", "files": {"a.gz": 12}}}}',
    ],
)
def test_a_status_that_can_not_be_read_keeps_its_dump_waiting_and_breaks_nothing(
    root: Path, text: bytes
) -> None:
    status_file(root, "ptwiki", DAY).write_bytes(text)
    (told,) = waiting(root)
    assert told.startswith(f"{STATUS} can not be read: ")
    assert "\n" not in told
    assert not looker(root).wiki("ptwiki", DAY).green


@pytest.mark.parametrize("table", OPTIONAL_COMMONS_TABLES)
def test_a_table_of_commons_whose_job_is_not_listed_is_not_waited_for(
    root: Path, table: str
) -> None:
    table_file(root, COMMONS, DAY, table).unlink()
    say(root, COMMONS, DAY, {table: None})
    light = looker(root, SETTLING).wiki(COMMONS, DAY)
    assert light.green
    assert tables(light) == {*tables_of(COMMONS)} - {table}


@pytest.mark.parametrize("table", OPTIONAL_COMMONS_TABLES)
@pytest.mark.parametrize("state", ["in-progress", "skipped", "failed"])
def test_a_table_of_commons_that_is_listed_and_not_done_is_waited_for(
    root: Path, table: str, state: str
) -> None:
    say(root, COMMONS, DAY, {table: state})
    assert waiting(root, COMMONS) == [
        f"{COMMONS}/{DAY}/dumpstatus.json: the job {table}table is {state}"
    ]


@pytest.mark.parametrize("table", OPTIONAL_COMMONS_TABLES)
def test_a_table_of_commons_that_is_done_elsewhere_and_not_here_yet_is_waited_for(
    root: Path, table: str
) -> None:
    say(root, COMMONS, DAY)
    file = table_file(root, COMMONS, DAY, table)
    file.unlink()
    assert waiting(root, COMMONS) == [f"{COMMONS}/{DAY}/{file.name} is not there"]


def test_optional_tables_of_commons_may_be_absent_where_a_dump_says_nothing(root: Path) -> None:
    for table in OPTIONAL_COMMONS_TABLES:
        table_file(root, COMMONS, DAY, table).unlink()
    assert looker(root).wiki(COMMONS, DAY).green
    table_file(root, COMMONS, DAY, "categorylinks").unlink()
    assert waiting(root, COMMONS) == [
        f"{COMMONS}/{DAY}/{COMMONS}-{DAY}-categorylinks.sql.gz is not there"
    ]


def test_bzip2_beside_a_status_that_names_gzip_is_a_file_of_which_nothing_is_said(
    root: Path,
) -> None:
    say(root, "ptwiki", DAY)
    file = table_file(root, "ptwiki", DAY, "page")
    other = file.with_suffix(".bz2")
    file.unlink()
    other.write_bytes(b"packed in another way")
    (told,) = waiting(root, settling=SETTLING)
    assert told.startswith(f"ptwiki/{DAY}/{other.name} changed ")
    later = looker(root, SETTLING, later=SETTLING).wiki("ptwiki", DAY)
    assert later.green
    (found,) = (each for each in later.files if each.table == "page")
    assert found.path.endswith(other.name)
    assert found.sha1 is None


@pytest.mark.parametrize("written", [str, str.upper])
def test_sums_stand_in_where_the_status_has_none(root: Path, written: Callable[[str], str]) -> None:
    file = table_file(root, "ptwiki", DAY, "page")
    sums = root / "ptwiki" / DAY / f"ptwiki-{DAY}-sha1sums.txt"
    sums.write_text(f"{written(sha1_of(file))}  {file.name}\nno sum at all\n")
    for said in (False, True):
        if said:
            jobs = say(root, "ptwiki", DAY)
            del jobs["pagetable"]["files"][file.name]["sha1"]  # type: ignore[index]
            status_file(root, "ptwiki", DAY).write_text(json.dumps({"jobs": jobs}))
        light = looker(root).wiki("ptwiki", DAY)
        assert light.green
        (found,) = (each for each in light.files if each.table == "page")
        assert found.sha1 == sha1_of(file)


def test_without_a_status_files_have_to_be_unchanged_for_the_settling_time(root: Path) -> None:
    told = waiting(root, settling=SETTLING)
    assert len(told) == len(WIKI_TABLES)
    assert all(each.endswith("expected 10 minutes without a change") for each in told)
    assert looker(root, SETTLING, later=timedelta(minutes=9)).wiki("ptwiki", DAY).waiting
    assert looker(root, SETTLING, later=SETTLING).wiki("ptwiki", DAY).green
    # Who vouches for the files does not wait.
    assert looker(root, None).wiki("ptwiki", DAY).green


def test_a_file_that_was_copied_with_its_old_time_settles_from_the_copy_on(root: Path) -> None:
    file = table_file(root, "ptwiki", DAY, "page")
    os.utime(file, (0, 0))
    told = waiting(root, settling=SETTLING)
    assert any(file.name in each for each in told)


@pytest.mark.parametrize("which", [ITEMS, MEDIAINFO])
def test_entities_have_to_settle_and_take_their_sum_from_the_list(
    root: Path, which: Entities
) -> None:
    light = looker(root, SETTLING).entities(which, DAY)
    (told,) = light.waiting
    assert told.endswith("expected 10 minutes without a change")
    (found,) = looker(root, SETTLING, later=SETTLING).entities(which, DAY).files
    assert found.sha1 is None
    file = root / found.path
    sums = which.sums.format(date=DAY)
    (file.parent / sums).write_text(f"{sha1_of(file)}  {file.name}\n")
    (found,) = looker(root).entities(which, DAY).files
    assert (found.source, found.table, found.sha1) == (which.source, "", sha1_of(file))
    file.unlink()
    light = looker(root).entities(which, DAY)
    assert light.waiting == (f"{found.path} is not there",)


def test_a_file_that_turned_out_to_be_damaged_is_refused_until_it_changes(root: Path) -> None:
    say(root, "ptwiki", DAY)
    found = next(
        each for each in looker(root).wiki("ptwiki", DAY).files if each.table == "pagelinks"
    )
    refused = {found.path: (found.version, "its sha1 is 12")}
    light = looker(root, None, refused).wiki("ptwiki", DAY)
    assert light.waiting == (f"{found.path} is damaged: its sha1 is 12",)
    assert "pagelinks" not in tables(light)
    file = root / found.path
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    assert looker(root, None, refused).wiki("ptwiki", DAY).green
