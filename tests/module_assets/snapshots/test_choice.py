"""Which files make up a snapshot of modules: of each wiki its dump of the date, with what else is
there and not too old.
"""

import os
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from graph.choice import newest_snapshot, targets_of
from graph.inputs import SnapshotInputs
from module_assets.sample import make_modules
from module_assets.snapshots.choice import (
    ModuleLooker,
    choose_inputs,
)
from resources.errors import UserError
from resources.sources.module_dumps import MONTH_DAYS, ModuleDumps
from resources.sources.places import Folder

KEY, DAY = "2026-11-02", "20261102"
WIKIS = ("arwiki", "bgwiki", "enwiki")
HISTORY = "other/mediawiki_history"
VIEWS = "other/pageview_complete/monthly/2026"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("choice") / "dumps"
    make_modules(folder, len(WIKIS), 1, versions=1)
    return folder


@pytest.fixture
def dumps(made: Path, tmp_path: Path) -> Path:
    """A copy, of which files can be moved and removed."""
    shutil.copytree(made, tmp_path / "dumps", copy_function=os.link)
    return tmp_path / "dumps"


def looker(
    dumps: Path, refused: dict[str, tuple[str, str]] | None = None, month_days: int = MONTH_DAYS
) -> ModuleLooker:
    return ModuleLooker(ModuleDumps(Folder(dumps)), None, refused, month_days)


def chosen(
    dumps: Path,
    *wikis: str,
    key: str = KEY,
    month_days: int = MONTH_DAYS,
    known: SnapshotInputs | None = None,
) -> SnapshotInputs:
    return choose_inputs(looker(dumps, month_days=month_days), key, wikis, known)


def error(dumps: Path, *wikis: str, key: str = KEY) -> str:
    """Why nothing can be chosen, in which the dumps are `DUMPS`."""
    with pytest.raises(UserError) as found:
        chosen(dumps, *wikis, key=key)
    return str(found.value).replace(str(dumps), "DUMPS")


def tables(found: SnapshotInputs, source: str) -> set[str]:
    return {file.table for file in found.of(source)}


def file_of(dumps: Path, wiki: str, what: str) -> Path:
    (found,) = (dumps / wiki / DAY).glob(f"*{what}*")
    return found


def test_a_snapshot_is_every_wiki_with_all_that_is_read_of_it(dumps: Path) -> None:
    found = chosen(dumps)
    assert (found.key, found.wikis, found.left_out) == (KEY, WIKIS, {})
    assert tables(found, "enwiki") == {
        *("text 1", "index 1", "linktarget", "templatelinks", "site_stats", "siteinfo-namespaces"),
        *("langlinks", "page_props", "page_restrictions", "history all-time"),
    }
    assert {"text 1", "text 2", "index 1", "index 2", "history 2025", "history 2026"} <= tables(
        found, "bgwiki"
    )
    (views,) = found.of("pageviews")
    assert views.path == f"{VIEWS}/2026-10/pageviews-202610-user.bz2"
    # A whole multistream dump and its parts are the same pages.
    assert [name for name in tables(found, "arwiki") if name.startswith("text")] == ["text 1"]


def test_each_file_is_described_as_it_was_found(dumps: Path) -> None:
    found = chosen(dumps)
    by_table = {file.table: file for file in found.of("enwiki")}
    links, history = by_table["templatelinks"], by_table["history all-time"]
    assert links.path == f"enwiki/{DAY}/enwiki-{DAY}-templatelinks.sql.gz"
    assert links.bytes == (dumps / links.path).stat().st_size
    assert (links.dump_date, len(str(links.sha1))) == (DAY, 40)
    assert (history.dump_date, history.sha1) == ("20261001", None)


def test_only_wikis_that_are_named_are_read_each_once(dumps: Path) -> None:
    found = chosen(dumps, "enwiki", "arwiki", "enwiki")
    assert (found.wikis, found.left_out) == (("arwiki", "enwiki"), {})
    assert error(dumps, "enwiki", "nowiki") == (
        "DUMPS/nowiki: no dump of the wiki nowiki; there are arwiki, bgwiki, enwiki"
    )


def test_a_wiki_without_a_dump_of_the_date_is_left_out_unless_it_was_named(dumps: Path) -> None:
    (dumps / "bgwiki" / DAY).rename(dumps / "bgwiki/20261020")
    found = chosen(dumps)
    assert (found.wikis, found.left_out) == (
        ("arwiki", "enwiki"),
        {"bgwiki": f"no dump for the snapshot {KEY}"},
    )
    assert error(dumps, "bgwiki") == f"DUMPS/bgwiki: no dump of {KEY}"
    assert error(dumps, key="2026-01-01") == "DUMPS: no wiki has a dump for the snapshot 2026-01-01"


@pytest.mark.parametrize("what", ["templatelinks", "linktarget", "site_stats"])
def test_a_wiki_that_is_not_whole_stops_who_asks_for_all_and_not_who_names_others(
    dumps: Path, what: str
) -> None:
    file = file_of(dumps, "bgwiki", what)
    file.unlink()
    assert error(dumps) == (
        f"DUMPS/bgwiki/{DAY}/{file.name} is not there; fetch it whole, or name the other wikis "
        "with --wikis"
    )
    assert chosen(dumps, "arwiki", "enwiki").wikis == ("arwiki", "enwiki")


@pytest.mark.parametrize("what", ["langlinks", "page_props", "page_restrictions"])
def test_what_a_wiki_can_be_without_is_waited_for_as_long_as_its_dump_promises_it(
    dumps: Path, what: str
) -> None:
    file_of(dumps, "bgwiki", what).unlink()
    assert f"{what}.sql.gz is not there" in error(dumps)
    file_of(dumps, "bgwiki", "dumpstatus").unlink()
    found = chosen(dumps)
    assert what not in tables(found, "bgwiki")
    assert what in tables(found, "enwiki")


def test_without_an_export_a_wiki_is_not_whole(dumps: Path) -> None:
    for file in (dumps / "bgwiki" / DAY).glob("*pages*"):
        file.unlink()
    assert "no export of the pages' texts is there" in error(dumps)


def test_a_part_of_an_export_that_is_missing_is_named(dumps: Path) -> None:
    file_of(dumps, "bgwiki", "multistream2.xml").unlink()
    assert f"bgwiki/{DAY}/bgwiki-{DAY}-pages-articles-multistream2.xml" in error(dumps)


def test_months_of_edits_and_views_are_the_newest_that_are_over_and_not_too_old(
    dumps: Path,
) -> None:
    for month in ("2026-11", "2026-09"):
        shutil.copytree(dumps / HISTORY / "2026-10/enwiki", dumps / HISTORY / month / "enwiki")
        for file in (dumps / HISTORY / month / "enwiki").iterdir():
            file.rename(file.with_name(file.name.replace("2026-10", month)))
    found = chosen(dumps, "enwiki")
    assert {file.path.split("/")[2] for file in found.files if HISTORY in file.path} == {"2026-10"}
    shutil.rmtree(dumps / HISTORY / "2026-10")
    found = chosen(dumps, "enwiki")
    assert {file.path.split("/")[2] for file in found.files if HISTORY in file.path} == {"2026-09"}
    # September was over 33 days before, October two.
    few = chosen(dumps, "enwiki", month_days=32)
    assert not any(HISTORY in file.path for file in few.files)
    assert few.of("pageviews")
    assert not chosen(dumps, "enwiki", month_days=1).of("pageviews")


def test_without_edits_and_views_a_snapshot_is_whole(dumps: Path) -> None:
    shutil.rmtree(dumps / "other")
    found = chosen(dumps)
    assert found.wikis == WIKIS
    assert found.of("pageviews") == ()
    assert not any(name.startswith("history") for name in tables(found, "enwiki"))


def test_a_range_of_the_history_that_is_missing_is_an_error_with_its_folder(dumps: Path) -> None:
    folder = dumps / HISTORY / "2026-10/bgwiki"
    (folder / "2026-10.bgwiki.2025.tsv.bz2").rename(folder / "2026-10.bgwiki.2023.tsv.bz2")
    assert error(dumps).startswith("other/mediawiki_history/2026-10/bgwiki")


def test_files_that_were_chosen_before_stay_whatever_has_come_since(dumps: Path) -> None:
    before = chosen(dumps)
    shutil.rmtree(dumps / "bgwiki")
    shutil.rmtree(dumps / VIEWS)
    file_of(dumps, "enwiki", "templatelinks").unlink()
    again = chosen(dumps, known=before)
    assert again == before


def test_a_file_that_turned_out_to_be_damaged_is_waited_for_until_it_is_another(
    dumps: Path,
) -> None:
    (links,) = (file for file in chosen(dumps).of("enwiki") if file.table == "templatelinks")
    refused = {links.path: (links.version, "its sha1 is another")}
    light = looker(dumps, refused).light("enwiki", DAY)
    assert not light.green
    assert "its sha1 is another" in light.waiting[0]
    data = (dumps / links.path).read_bytes()
    (dumps / links.path).unlink()
    (dumps / links.path).write_bytes(data)
    light = looker(dumps, refused).light("enwiki", DAY)
    assert "its sha1 is another" not in "".join(light.waiting)


def newest(dumps: Path, wikis: Sequence[str] = ()) -> str:
    return newest_snapshot(looker(dumps), wikis)


def test_the_newest_snapshot_is_the_newest_date_of_which_all_that_are_there_are_whole(
    dumps: Path,
) -> None:
    assert newest(dumps) == KEY
    for wiki in ("arwiki", "enwiki"):
        shutil.copytree(dumps / wiki / DAY, dumps / wiki / "20261020")
        for file in (dumps / wiki / "20261020").iterdir():
            text = file.name.replace(DAY, "20261020")
            file.rename(file.with_name(text))
        (dumps / wiki / "20261020/dumpstatus.json").unlink()
    assert newest(dumps) == KEY
    file_of(dumps, "bgwiki", "templatelinks").unlink()
    assert newest(dumps) == "2026-10-20"
    assert newest(dumps, ["enwiki"]) == KEY
    # Where none is whole the newest date is tried, which then says what it lacks.
    for wiki in ("arwiki", "enwiki"):
        (dumps / wiki / f"20261020/{wiki}-20261020-linktarget.sql.gz").unlink()
    assert newest(dumps) == KEY


def test_the_dumps_of_one_date_are_looked_at_wiki_by_wiki(dumps: Path) -> None:
    file_of(dumps, "bgwiki", "templatelinks").unlink()
    green = {wiki: looker(dumps).light(wiki, DAY).green for wiki in WIKIS}
    assert green == {"arwiki": True, "bgwiki": False, "enwiki": True}


def test_a_folder_without_any_wiki_says_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "dumps").mkdir()
    with pytest.raises(UserError, match="no wiki's dump in it; expected folders such as"):
        targets_of(ModuleDumps(Folder(tmp_path / "dumps")), [])


def test_a_file_of_which_nothing_is_said_has_to_be_unchanged_for_a_while(dumps: Path) -> None:
    file_of(dumps, "enwiki", "dumpstatus").unlink()
    patient = ModuleLooker(ModuleDumps(Folder(dumps)), timedelta(days=36500))
    assert not patient.light("enwiki", DAY).green
    assert looker(dumps).light("enwiki", DAY).green
