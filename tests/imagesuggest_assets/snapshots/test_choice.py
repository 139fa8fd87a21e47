"""Which files make up a snapshot: of each source the newest whole dump that is not too old."""

import re
import shutil
from pathlib import Path

import pytest

from graph.choice import newest_snapshot
from graph.inputs import SnapshotInputs
from graph.partition import day_of, dump_date_of, key_of
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import choose_inputs, refuse_unknown
from resources.errors import UserError
from resources.lake import Lake
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO, Dumps
from resources.sources.places import Folder
from tests.asset_checks.partitions import keep_gate
from tests.imagesuggest_assets.snapshots.small_dumps import (
    add_dump,
    add_entities,
    looker,
    say,
    status_file,
    table_file,
)

KEY, DAY = "2026-11-02", "20261102"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Dumps of two wikis and Commons on 2 November, entities of three days before."""
    for wiki in ("arwiki", "ptwiki", "commonswiki"):
        add_dump(tmp_path, wiki, DAY)
    add_dump(tmp_path, "ptwiki", "20261026")
    add_entities(tmp_path, "20261030")
    (tmp_path / "ptwiki" / "latest").mkdir()
    (tmp_path / "backup").mkdir()
    return tmp_path


def inputs(
    root: Path,
    *wikis: str,
    key: str = KEY,
    rules: Rules | None = None,
    known: SnapshotInputs | None = None,
) -> SnapshotInputs:
    """Choose the inputs of a snapshot."""
    return choose_inputs(looker(root), key, wikis, rules or Rules(), known)


def error(root: Path, *wikis: str, key: str = KEY, known: SnapshotInputs | None = None) -> str:
    """Give the error of choosing the inputs of a snapshot, in which the root is `DUMPS`."""
    with pytest.raises(UserError) as found:
        inputs(root, *wikis, key=key, known=known)
    return str(found.value).replace(str(root), "DUMPS")


def dates(found: SnapshotInputs) -> dict[str, str]:
    """Give the date of the dump that each source is read from."""
    return {file.source: file.dump_date for file in found.files}


def newest(root: Path, *wikis: str) -> str:
    """Give the newest key."""
    return newest_snapshot(looker(root), wikis)


def test_a_snapshot_is_every_wiki_with_a_dump_of_its_date(root: Path) -> None:
    found = inputs(root)
    assert found.key == KEY
    assert found.wikis == ("arwiki", "ptwiki")
    assert found.left_out == {}
    assert dates(found) == {
        "arwiki": DAY,
        "ptwiki": DAY,
        "commonswiki": DAY,
        "wikidata entities": "20261030",
        "mediainfo entities": "20261030",
    }
    (items,), (mediainfo,) = found.of(ITEMS.source), found.of(MEDIAINFO.source)
    assert items.path.endswith("wikidatawiki/20261030/wikidata-20261030-all.json.gz")
    assert mediainfo.path.endswith("commonswiki/20261030/commons-20261030-mediainfo.json.gz")


def test_each_file_is_described_as_it_was_found(root: Path) -> None:
    found = inputs(root).file("ptwiki", "page_props")
    assert found
    file = table_file(root, "ptwiki", DAY, "page_props")
    assert found.path == f"ptwiki/{DAY}/{file.name}"
    assert found.bytes == file.stat().st_size
    assert found.sha1 is None
    assert inputs(root).file("ptwiki", "category") is None


def test_a_wiki_without_a_dump_of_the_date_is_left_out_unless_it_was_asked_for(root: Path) -> None:
    add_dump(root, "dewiki", "20261026")
    found = inputs(root)
    assert found.wikis == ("arwiki", "ptwiki")
    assert found.left_out == {"dewiki": f"no dump for the snapshot {KEY}"}
    assert error(root, "dewiki") == (
        f"DUMPS/dewiki: no dump of dewiki for the snapshot {KEY}; there are dumps of 2026-10-26"
    )


def test_a_wiki_whose_dump_is_not_whole_stops_who_asks_for_all_and_not_who_names_others(
    root: Path,
) -> None:
    table_file(root, "ptwiki", DAY, "imagelinks").unlink()
    expected = (
        f"DUMPS/ptwiki/{DAY}/ptwiki-{DAY}-imagelinks.sql.gz is not there; "
        "fetch it whole, or name the other wikis with --wikis"
    )
    assert error(root) == expected
    assert error(root, "ptwiki") == expected
    assert inputs(root, "arwiki").wikis == ("arwiki",)


def test_a_wiki_that_is_still_being_dumped_is_told_with_the_job_that_is_missing(
    root: Path,
) -> None:
    say(root, "ptwiki", DAY, {"pagelinks": "in-progress"})
    assert error(root).startswith(
        f"DUMPS/ptwiki/{DAY}/dumpstatus.json: the job pagelinkstable is in-progress; fetch it whole"
    )


def test_where_a_newer_dump_is_not_whole_an_older_one_that_is_not_too_old_is_taken(
    root: Path,
) -> None:
    add_dump(root, COMMONS, "20261020")
    add_entities(root, "20261020")
    assert dates(inputs(root))[COMMONS] == DAY
    say(root, COMMONS, DAY, {"categorylinks": "waiting"})
    assert dates(inputs(root))[COMMONS] == "20261020"
    status_file(root, COMMONS, DAY).unlink()
    rules = Rules(wiki_oldest_days=7)
    table_file(root, "ptwiki", DAY, "page").unlink()
    found = dates(inputs(root, rules=rules))
    assert found["ptwiki"] == "20261026"
    assert found["arwiki"] == DAY


def test_only_the_wikis_asked_for_are_taken_each_once(root: Path) -> None:
    found = inputs(root, "ptwiki", "ptwiki")
    assert found.wikis == ("ptwiki",)
    assert len(found.of("ptwiki")) == 6


@pytest.mark.parametrize(("days", "there"), [(35, True), (36, False)])
def test_commons_and_entities_may_be_35_days_old(root: Path, days: int, there: bool) -> None:
    date = {35: "20260928", 36: "20260927"}[days]
    for old in (root / COMMONS / DAY, *root.glob("other/wikibase/*/20261030")):
        shutil.rmtree(old)
    add_dump(root, COMMONS, date)
    add_entities(root, date)
    if there:
        found = dates(inputs(root))
        assert {found[source] for source in (COMMONS, ITEMS.source, MEDIAINFO.source)} == {date}
    else:
        assert error(root) == (
            f"DUMPS/commonswiki: no dump of commonswiki for the snapshot {KEY}; "
            "there are dumps of 2026-09-27"
        )


def test_what_is_newer_than_the_snapshot_is_not_taken(root: Path) -> None:
    add_dump(root, COMMONS, "20261103")
    add_entities(root, "20261103")
    add_entities(root, "20261029")
    found = dates(inputs(root))
    assert found[COMMONS] == DAY
    assert found[ITEMS.source] == found[MEDIAINFO.source] == "20261030"


def test_how_old_an_input_may_be_is_a_rule(root: Path) -> None:
    add_dump(root, "dewiki", "20261026")
    found = dates(inputs(root, rules=Rules(wiki_oldest_days=7)))
    assert found["dewiki"] == "20261026"
    assert found["ptwiki"] == DAY
    with pytest.raises(UserError, match="dated 2 days or less before"):
        inputs(root, rules=Rules(entities_oldest_days=2))


@pytest.mark.parametrize(
    ("source", "name"),
    [("wikidatawiki", "wikidata-YYYYMMDD-all"), ("commonswiki", "commons-YYYYMMDD-mediainfo")],
)
def test_missing_entities_are_named_with_what_there_is(root: Path, source: str, name: str) -> None:
    folder = root / "other" / "wikibase" / source
    (folder / "20261030").rename(folder / "20260901")
    message = error(root)
    assert message.startswith(f"DUMPS/{folder.relative_to(root)}/")
    assert f"/{name}.json.gz: none dated 35 days or less before" in message
    assert message.endswith("there are dumps of no date")
    for file in (folder / "20260901").iterdir():
        file.rename(file.with_name(file.name.replace("20261030", "20260901")))
    assert error(root).endswith("there are dumps of 2026-09-01")


@pytest.mark.parametrize("wiki", ["commonswiki", "wikidatawiki"])
def test_commons_and_wikidata_are_never_targets(root: Path, wiki: str) -> None:
    add_dump(root, "wikidatawiki", DAY)
    assert wiki not in inputs(root).wikis
    assert error(root, wiki) == f"{wiki} is never a target of suggestions; take it out of --wikis"


def test_a_wiki_that_is_not_there_is_told_with_those_that_are(root: Path) -> None:
    expected = "DUMPS/nowiki: no dump of the wiki nowiki; there are arwiki, ptwiki"
    assert error(root, "ptwiki", "nowiki") == expected


def test_a_date_without_dumps_is_told_with_those_that_have_some(root: Path) -> None:
    assert error(root, key="2026-11-01") == (
        "DUMPS: no wiki has a dump for the snapshot 2026-11-01; "
        "there are dumps of 2026-10-26, 2026-11-02"
    )


def test_what_was_chosen_before_is_kept_and_only_what_is_new_is_chosen(root: Path) -> None:
    first = inputs(root, "arwiki")
    # None of what was chosen is looked at again; commonswiki would not be green any more.
    shutil.rmtree(root / COMMONS)
    add_entities(root, "20261101")
    found = inputs(root, known=first)
    assert found.wikis == ("arwiki", "ptwiki")
    for source in ("arwiki", COMMONS, ITEMS.source, MEDIAINFO.source):
        assert found.of(source) == first.of(source)


def test_a_wiki_whose_dump_was_deleted_stays_where_it_was_chosen_before(root: Path) -> None:
    first = inputs(root)
    shutil.rmtree(root / "arwiki")
    assert inputs(root, known=first).files == first.files
    assert inputs(root, "arwiki", known=first).of("arwiki") == first.of("arwiki")
    assert error(root, "arwiki") == "DUMPS/arwiki: no dump of the wiki arwiki; there are ptwiki"


@pytest.mark.parametrize("key", ["2026-13-01", "20261102", "2026-11-2", "newest", "2026-11-02x"])
def test_a_key_that_is_no_date_is_told(key: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"{key!r} is no snapshot; write a date such as")):
        day_of(key)


def test_keys_are_the_dates_of_dumps(root: Path) -> None:
    assert key_of(DAY) == KEY
    assert dump_date_of(KEY) == DAY
    assert day_of(KEY).isoformat() == KEY
    assert newest(root) == KEY
    add_dump(root, "ptwiki", "20261109")
    assert newest(root) == "2026-11-09"
    assert newest(root, "arwiki") == KEY
    # No date of any calendar, so no dump.
    add_dump(root, "ptwiki", "99999999")
    assert newest(root) == "2026-11-09"


def test_the_newest_snapshot_is_one_for_which_every_wiki_is_whole(root: Path) -> None:
    add_dump(root, "ptwiki", "20261109")
    add_dump(root, "arwiki", "20261109")
    assert newest(root) == "2026-11-09"
    table_file(root, "arwiki", "20261109", "page").unlink()
    assert newest(root) == KEY
    assert newest(root, "ptwiki") == "2026-11-09"
    assert newest(root, "arwiki", "ptwiki") == KEY
    # Where none is whole, the newest date says what is missing.
    for day in (DAY, "20261026", "20261109"):
        (root / "ptwiki" / day / "dumpstatus.json").write_text("{")
    assert newest(root) == "2026-11-09"


@pytest.mark.parametrize(
    ("name", "told"), [("nowhere", "no such folder"), ("file", "not a folder")]
)
def test_dumps_that_are_no_folder_are_told(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"{tmp_path}/{name}: {told}; --dumps"):
        Folder(tmp_path / name)


def test_a_folder_without_dumps_is_told(tmp_path: Path) -> None:
    assert error(tmp_path).startswith("DUMPS: no wiki's dump in it; expected folders such as")


@pytest.mark.parametrize("ending", [".gz", ".bz2"])
def test_a_table_is_found_as_gzip_or_bzip2_and_its_absence_is_told(root: Path, ending: str) -> None:
    table_file(root, "ptwiki", DAY, "page").unlink()
    dumps = Dumps(Folder(root))
    assert dumps.table("ptwiki", DAY, "page") is None
    assert f"ptwiki-{DAY}-page.sql.gz is not there" in error(root)
    file = table_file(root, "ptwiki", DAY, "page", ending)
    file.touch()
    assert dumps.table("ptwiki", DAY, "page") == str(file.relative_to(root))
    found = inputs(root).file("ptwiki", "page")
    assert found
    assert found.path.endswith(ending)


def test_feedback_is_found_compressed_or_plain(root: Path) -> None:
    folder = root / "event" / "mediawiki_image_suggestions_feedback"
    assert Dumps(Folder(root)).feedback() == []
    folder.mkdir(parents=True)
    for name in ("a.json", "b.json.gz", "c.json.bz2", "README", "d.json.gz.tmp"):
        (folder / name).touch()
    found = Dumps(Folder(root)).feedback()
    assert [Path(path).name for path in found] == ["a.json", "b.json.gz", "c.json.bz2"]


def test_rules_of_a_wiki_that_is_not_there_are_refused_unless_it_came_to_the_last_gate(
    tmp_path: Path,
) -> None:
    lake, dumps = Lake(tmp_path / "lake"), Dumps(Folder(tmp_path))
    rules = Rules(wikis={"ptwiki": {"least_confidence": 80}, "xxwiki": {}})
    with pytest.raises(UserError, match=r"wikis\.xxwiki, and no .* there are arwiki, ptwiki; "):
        refuse_unknown(lake, dumps, rules, ["ptwiki", "arwiki"])
    refuse_unknown(lake, dumps, rules, ["ptwiki", "xxwiki"])
    keep_gate(lake, KEY, {"ptwiki": "published", "xxwiki": "left out"})
    refuse_unknown(lake, dumps, rules, ["ptwiki", "arwiki"])
    lake.close()
