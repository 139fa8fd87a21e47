"""Which files of the public dumps the module finder reads, and what it waits for."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from resources.errors import InputError
from resources.sources.dumps import Dumps, Status, Told
from resources.sources.module_dumps import (
    NEEDED_TABLES,
    OPTIONAL_TABLES,
    ModuleDumps,
    months_before,
)
from resources.sources.places import Folder

WIKI, DAY = "bgwiki", "20261102"
STEM = f"{WIKI}-{DAY}"
MULTI = f"{STEM}-pages-articles-multistream"
WHOLE = (f"{MULTI}.xml.bz2", f"{MULTI}-index.txt.bz2")
PARTS = tuple(
    f"{MULTI}{kind}-{pages}.bz2"
    for number, pages in ((1, "p1p9"), (2, "p10p30"))
    for kind in (f"{number}.xml", f"-index{number}.txt")
)
CURRENT = tuple(f"{WIKI}-2026-11-02-{pages}.xml.bz2" for pages in ("p2p9", "p12p30"))
ARTICLES = f"{STEM}-pages-articles.xml.bz2"
TABLES = [f"{STEM}-{table}.sql.gz" for table in (*NEEDED_TABLES, *OPTIONAL_TABLES)]
NAMESPACES = f"{STEM}-siteinfo-namespaces.json.gz"
JOBS = {
    WHOLE: "articlesmultistreamdumprecombine",
    PARTS: "articlesmultistreamdump",
    (ARTICLES,): "articlesdump",
    (NAMESPACES,): "namespaces",
    **{
        (name,): Status.job(table)
        for name, table in zip(TABLES, (*NEEDED_TABLES, *OPTIONAL_TABLES), strict=True)
    },
}


def put(root: Path, names: Sequence[str], folder: str = f"{WIKI}/{DAY}") -> None:
    (root / folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        (root / folder / name).write_text(name)


def put_current(root: Path, names: Sequence[str]) -> None:
    folder = f"other/mediawiki_content_current/{WIKI}/2026-11-02/xml/bzip2"
    put(root, [*names, "_SUCCESS", "SHA256SUMS"], folder)
    sums = "".join(f"{'0' * 64}  {name}\n" for name in CURRENT)
    (root / folder / "SHA256SUMS").write_text(sums)


def put_status(
    root: Path, states: Mapping[str, str] | None = None, *, without: str = "", sha1: bool = True
) -> None:
    """Say of all files that are there that they are done, but for what the states say."""
    jobs: dict[str, Any] = {}
    for names, job in JOBS.items():
        there = [name for name in names if (root / WIKI / DAY / name).exists()]
        if there and job != without:
            told = {name: {"size": 7, **({"sha1": "AB" * 20} if sha1 else {})} for name in there}
            jobs[job] = {"status": "done", "files": told}
    for job, state in (states or {}).items():
        jobs.setdefault(job, {})["status"] = state
    (root / WIKI / DAY / "dumpstatus.json").write_text(json.dumps({"jobs": jobs}))


def texts(root: Path) -> list[tuple[str, str]]:
    found = ModuleDumps(Folder(root)).text_files(WIKI, DAY)
    return [(file.what, file.path.rpartition("/")[2]) for file in found]


def waiting(root: Path) -> tuple[str, ...]:
    return ModuleDumps(Folder(root)).wiki_files(WIKI, DAY).waiting


def test_every_wiki_counts_and_other_folders_do_not(tmp_path: Path) -> None:
    wikis = ["bgwiki", "commonswiki", "enwiktionary", "wikidatawiki"]
    for wiki in wikis:
        put(tmp_path, [f"{wiki}-{DAY}-templatelinks.sql.gz"], f"{wiki}/{DAY}")
    put(tmp_path, [], "other/mediawiki_history/2026-10/bgwiki")
    put(tmp_path, ["readme"], f"ptwiki/{DAY}")
    dumps = ModuleDumps(Folder(tmp_path))
    assert dumps.wikis() == wikis
    assert [*dumps.dumps_of("wikidatawiki")] == [DAY]
    # Those of whom suggestions are made do not have them all.
    assert Dumps(Folder(tmp_path)).wikis() == []


def test_the_whole_goes_before_parts_and_the_indexed_before_the_current_and_that_before_the_plain(
    tmp_path: Path,
) -> None:
    assert texts(tmp_path) == []
    put(tmp_path, [ARTICLES])
    assert texts(tmp_path) == [("text 1", ARTICLES)]
    put_current(tmp_path, CURRENT)
    assert texts(tmp_path) == [("text 1", CURRENT[0]), ("text 2", CURRENT[1])]
    put(tmp_path, PARTS)
    assert texts(tmp_path) == [
        *(("text 1", PARTS[0]), ("text 2", PARTS[2])),
        *(("index 1", PARTS[1]), ("index 2", PARTS[3])),
    ]
    put(tmp_path, WHOLE)
    assert texts(tmp_path) == [("text 1", WHOLE[0]), ("index 1", WHOLE[1])]


def test_the_current_content_of_another_date_is_none_of_this_dump(tmp_path: Path) -> None:
    put_current(tmp_path, CURRENT)
    assert ModuleDumps(Folder(tmp_path)).text_files(WIKI, "20261101") == []


def test_a_missing_file_of_an_export_is_named_with_its_folder(tmp_path: Path) -> None:
    put_current(tmp_path, CURRENT[:1])
    with pytest.raises(InputError, match="it is not there, though SHA256SUMS names it") as raised:
        texts(tmp_path)
    assert str(raised.value.path).endswith(f"/2026-11-02/xml/bzip2/{CURRENT[1]}")
    put(tmp_path, PARTS[:3])
    with pytest.raises(InputError) as raised:
        texts(tmp_path)
    assert raised.value.path == f"{WIKI}/{DAY}/{PARTS[3]}"
    assert f"{raised.value}" in waiting(tmp_path)


def test_a_dump_that_says_all_is_done_waits_for_nothing_and_tells_its_sums(tmp_path: Path) -> None:
    put(tmp_path, [*WHOLE, *PARTS, *TABLES, NAMESPACES])
    put_status(tmp_path)
    found = ModuleDumps(Folder(tmp_path)).wiki_files(WIKI, DAY)
    assert found.waiting == ()
    assert [file.what for file in found.files] == [
        *("text 1", "index 1", *NEEDED_TABLES, *OPTIONAL_TABLES, "siteinfo-namespaces")
    ]
    assert all(
        file.told and (file.told.bytes, file.told.sha1) == (7, "ab" * 20) for file in found.files
    )


def test_what_is_not_needed_may_be_missing_where_the_dump_does_not_name_it(tmp_path: Path) -> None:
    put(tmp_path, [*WHOLE, *TABLES[:3]])
    assert waiting(tmp_path) == ()
    put_status(tmp_path, {"namespaces": "done"})
    assert waiting(tmp_path) == ()


@pytest.mark.parametrize("table", NEEDED_TABLES)
def test_what_is_needed_is_waited_for(tmp_path: Path, table: str) -> None:
    put(tmp_path, [*WHOLE, *(name for name in TABLES if f"-{table}." not in name)])
    assert waiting(tmp_path) == (f"{WIKI}/{DAY}/{STEM}-{table}.sql.gz is not there",)


def test_a_wiki_without_any_text_waits_for_it(tmp_path: Path) -> None:
    put(tmp_path, TABLES)
    assert waiting(tmp_path) == (f"{WIKI}/{DAY}: no export of the pages' texts is there",)


@pytest.mark.parametrize(
    ("job", "state"),
    [
        ("articlesmultistreamdumprecombine", "in-progress"),
        ("linktargettable", "waiting"),
        ("templatelinkstable", "in-progress"),
        ("sitestatstable", "failed"),
        ("langlinkstable", "in-progress"),
        ("pagepropstable", "waiting"),
        ("pagerestrictionstable", "waiting"),
        ("namespaces", "in-progress"),
    ],
)
def test_a_job_that_is_not_done_is_waited_for(tmp_path: Path, job: str, state: str) -> None:
    put(tmp_path, [*WHOLE, *TABLES, NAMESPACES])
    put_status(tmp_path, {job: state})
    assert waiting(tmp_path) == (f"{WIKI}/{DAY}/dumpstatus.json: the job {job} is {state}",)


def test_a_needed_job_that_is_not_named_is_waited_for_and_another_not(tmp_path: Path) -> None:
    put(tmp_path, [*PARTS, *TABLES, NAMESPACES])
    for without in ("articlesmultistreamdump", "templatelinkstable"):
        put_status(tmp_path, without=without)
        told = f"{WIKI}/{DAY}/dumpstatus.json: the job {without} is not named"
        assert waiting(tmp_path) == (told,)
    put_status(tmp_path, without="langlinkstable")
    assert waiting(tmp_path) == ()


def test_a_part_that_the_dump_names_is_waited_for_and_none_of_an_export_that_is_not_read(
    tmp_path: Path,
) -> None:
    put(tmp_path, [*PARTS, *TABLES, NAMESPACES])
    put_status(tmp_path)
    assert waiting(tmp_path) == ()
    last = [f"{WIKI}/{DAY}/{name}" for name in sorted(PARTS[2:])]
    for path in last:
        (tmp_path / path).unlink()
    assert [*waiting(tmp_path)] == [f"{path} is not there" for path in last]
    # A list of sums says so, too.
    (tmp_path / WIKI / DAY / "dumpstatus.json").unlink()
    assert waiting(tmp_path) == ()
    sums = "".join(f"{'0' * 40}  {name}\n" for name in PARTS)
    (tmp_path / WIKI / DAY / f"{STEM}-sha1sums.txt").write_text(sums)
    assert [*waiting(tmp_path)] == [f"{path} is not there" for path in last]
    put(tmp_path, WHOLE)
    assert waiting(tmp_path) == ()


def test_current_content_is_read_however_its_files_are_called(tmp_path: Path) -> None:
    put_current(tmp_path, [*CURRENT, "more.xml.bz2"])
    assert [name for _, name in texts(tmp_path)] == ["more.xml.bz2", *CURRENT]


def test_an_export_that_is_to_come_is_waited_for_where_another_would_be_read(
    tmp_path: Path,
) -> None:
    put(tmp_path, [ARTICLES, *TABLES])
    job = "articlesmultistreamdump"
    for state, told in (("in-progress", [state_of(job, "in-progress")]), ("skipped", [])):
        put_status(tmp_path, {job: state})
        assert [*waiting(tmp_path)] == told
    put_current(tmp_path, CURRENT)
    put_status(tmp_path, {job: "waiting", "articlesdump": "in-progress"})
    assert [*waiting(tmp_path)] == [state_of(job, "waiting")]


def state_of(job: str, state: str) -> str:
    return f"{WIKI}/{DAY}/dumpstatus.json: the job {job} is {state}"


def test_an_optional_file_that_the_dump_names_is_waited_for(tmp_path: Path) -> None:
    put(tmp_path, [*WHOLE, *TABLES])
    put_status(tmp_path)
    (tmp_path / WIKI / DAY / f"{STEM}-langlinks.sql.gz").unlink()
    assert waiting(tmp_path) == (
        f"{WIKI}/{DAY}/dumpstatus.json: {STEM}-langlinks.sql.gz is not there",
    )


def test_a_list_of_sums_stands_in_where_the_status_has_none(tmp_path: Path) -> None:
    put(tmp_path, [*WHOLE, *TABLES])
    put_status(tmp_path, sha1=False)
    listed = tmp_path / WIKI / DAY / f"{STEM}-sha1sums.txt"
    listed.write_text(f"{'c' * 40}  {WHOLE[1]}\n")
    files = ModuleDumps(Folder(tmp_path)).wiki_files(WIKI, DAY).files
    told = {file.what: file.told for file in files if file.told}
    index, text = told["index 1"], told["text 1"]
    assert (index.bytes, index.sha1) == (7, "c" * 40)
    assert (text.bytes, text.sha1) == (7, None)
    (tmp_path / WIKI / DAY / "dumpstatus.json").unlink()
    files = ModuleDumps(Folder(tmp_path)).wiki_files(WIKI, DAY).files
    told = {file.what: file.told for file in files if file.told}
    assert told == {"index 1": Told(WHOLE[1], None, "c" * 40)}


def test_a_status_that_can_not_be_read_is_waited_for(tmp_path: Path) -> None:
    put(tmp_path, [*WHOLE, *TABLES])
    (tmp_path / WIKI / DAY / "dumpstatus.json").write_text('{"jobs": {"namespaces": 1}}')
    (told,) = waiting(tmp_path)
    assert told.startswith(f"{WIKI}/{DAY}/dumpstatus.json can not be read: namespaces is not as")


@pytest.mark.parametrize(
    ("key", "months"),
    [
        (date(2026, 11, 2), ["2026-10", "2026-09"]),
        # By its last day a month is over.
        (date(2026, 10, 31), ["2026-10", "2026-09", "2026-08"]),
        (date(2026, 10, 30), ["2026-09", "2026-08"]),
        (date(2026, 3, 1), ["2026-02", "2026-01", "2025-12"]),
        (date(2026, 3, 3), ["2026-02", "2026-01", "2025-12"]),
        (date(2026, 3, 4), ["2026-02", "2026-01"]),
    ],
)
def test_a_month_is_taken_when_it_is_over_and_for_62_days_from_then_on(
    key: date, months: list[str]
) -> None:
    assert months_before(key) == months


def test_how_old_a_month_may_be_is_a_setting() -> None:
    assert months_before(date(2026, 11, 2), 2) == ["2026-10"]
    assert months_before(date(2026, 11, 2), 1) == []


def test_the_newest_history_is_that_of_each_wiki(tmp_path: Path) -> None:
    for month, wiki in (("2026-09", "bgwiki"), ("2026-10", "ptwiki"), ("2026-11", "bgwiki")):
        names = [f"{month}.{wiki}.{year}.tsv.bz2" for year in (2026, 2025)]
        put(tmp_path, names, f"other/mediawiki_history/{month}/{wiki}")
    # A folder alone is no history yet.
    put(tmp_path, [], "other/mediawiki_history/2026-10/bgwiki")
    dumps = ModuleDumps(Folder(tmp_path))
    key = date(2026, 11, 20)
    newest = [dumps.history_of(wiki, key) for wiki in ("bgwiki", "ptwiki", "arwiki")]
    found = [each and each[0] for each in newest]
    assert found == ["2026-09", "2026-10", None]
    assert dumps.history_of("bgwiki", key, 30) is None
    folder = "other/mediawiki_history/2026-10/ptwiki/2026-10.ptwiki"
    files = dumps.history_files("ptwiki", "2026-10")
    assert [(file.what, file.path) for file in files] == [
        ("history 2025", f"{folder}.2025.tsv.bz2"),
        ("history 2026", f"{folder}.2026.tsv.bz2"),
    ]
    assert dumps.history_files("arwiki", "2026-10") == []


def test_a_range_that_is_missing_is_named_with_its_folder(tmp_path: Path) -> None:
    folder = "other/mediawiki_history/2026-10/bgwiki"
    put(tmp_path, [f"2026-10.bgwiki.{year}.tsv.bz2" for year in (2024, 2026)], folder)
    with pytest.raises(InputError) as raised:
        ModuleDumps(Folder(tmp_path)).history_files("bgwiki", "2026-10")
    assert raised.value.path == f"{folder}/2026-10.bgwiki.2025.tsv.bz2"


def test_pageviews_are_never_those_of_another_month_or_of_machines(tmp_path: Path) -> None:
    place = "other/pageview_complete/monthly/2026"
    put(tmp_path, ["pageviews-202609-user.bz2"], f"{place}/2026-09")
    put(tmp_path, ["pageviews-202609-user.bz2", "pageviews-202610-spider.bz2"], f"{place}/2026-10")
    dumps = ModuleDumps(Folder(tmp_path))
    assert dumps.pageviews_file("2026-10") is None
    assert dumps.pageviews_of(date(2026, 11, 2), 30) is None
    newest = dumps.pageviews_of(date(2026, 11, 2))
    assert newest
    month, found = newest
    assert month == "2026-09"
    assert (found.what, found.path) == ("pageviews", f"{place}/2026-09/pageviews-202609-user.bz2")
