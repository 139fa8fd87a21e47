"""Which files make up a snapshot: of each source the newest that is not too old, or an error."""

import re
import shutil
from pathlib import Path

import pytest

from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots import SnapshotInputs, day_of, inputs_of, key_of, newest_snapshot
from resources.errors import InputError, UserError
from resources.sources.dumps import Dumps

KEY = "2026-11-02"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Dumps of two wikis and Commons on 2 November, entities of three days before."""
    for wiki in ("arwiki", "ptwiki", "commonswiki"):
        add(tmp_path, wiki, "20261102")
    add(tmp_path, "ptwiki", "20261026")
    add_entities(tmp_path, "20261030")
    (tmp_path / "ptwiki" / "latest").mkdir()
    (tmp_path / "backup").mkdir()
    return tmp_path


def add(root: Path, wiki: str, date: str) -> None:
    """Add the folder of a wiki's dump."""
    (root / wiki / date).mkdir(parents=True)


def add_entities(root: Path, date: str) -> None:
    """Add both entity dumps of a date."""
    for wiki, name in (
        ("wikidatawiki", "wikidata-{}-all"),
        ("commonswiki", "commons-{}-mediainfo"),
    ):
        folder = root / "other" / "wikibase" / wiki / date
        folder.mkdir(parents=True)
        (folder / f"{name.format(date)}.json.gz").touch()


def inputs(root: Path, *wikis: str, key: str = KEY, rules: Rules | None = None) -> SnapshotInputs:
    """Choose the inputs of a snapshot."""
    return inputs_of(Dumps(root), key, wikis, rules or Rules())


def error(root: Path, *wikis: str, key: str = KEY) -> str:
    """Give the error of choosing the inputs of a snapshot, in which the root is `DUMPS`."""
    with pytest.raises(UserError) as found:
        inputs(root, *wikis, key=key)
    return str(found.value).replace(str(root), "DUMPS")


def test_a_snapshot_is_every_wiki_with_a_dump_of_its_date(root: Path) -> None:
    found = inputs(root)
    assert found.wikis == ("arwiki", "ptwiki")
    assert found.left_out == ()
    assert found.dates == {"arwiki": "20261102", "ptwiki": "20261102", "commonswiki": "20261102"}
    assert found.items.name == "wikidata-20261030-all.json.gz"
    assert found.mediainfo.name == "commons-20261030-mediainfo.json.gz"
    assert found.feedback == ()


def test_a_wiki_without_a_dump_of_the_date_is_left_out_unless_it_was_asked_for(root: Path) -> None:
    add(root, "dewiki", "20261026")
    found = inputs(root)
    assert found.wikis == ("arwiki", "ptwiki")
    assert found.left_out == ("dewiki",)
    assert error(root, "dewiki") == (
        f"DUMPS/dewiki: no dump of dewiki for the snapshot {KEY}; there are dumps of 2026-10-26"
    )


def test_only_the_wikis_asked_for_are_taken_each_once(root: Path) -> None:
    assert inputs(root, "ptwiki", "ptwiki").wikis == ("ptwiki",)


@pytest.mark.parametrize(("days", "there"), [(35, True), (36, False)])
def test_commons_and_entities_may_be_35_days_old(root: Path, days: int, there: bool) -> None:
    date = {35: "20260928", 36: "20260927"}[days]
    for old in (root / "commonswiki" / "20261102", *root.glob("other/wikibase/*/20261030")):
        shutil.rmtree(old)
    add(root, "commonswiki", date)
    add_entities(root, date)
    if there:
        found = inputs(root)
        assert found.dates["commonswiki"] == date
        assert date in found.items.name
        assert date in found.mediainfo.name
    else:
        assert error(root).startswith("DUMPS/commonswiki: no dump of commonswiki for the snapshot")


def test_what_is_newer_than_the_snapshot_is_not_taken(root: Path) -> None:
    add(root, "commonswiki", "20261103")
    add_entities(root, "20261103")
    add_entities(root, "20261029")
    found = inputs(root)
    assert found.dates["commonswiki"] == "20261102"
    assert "20261030" in found.items.name


def test_how_old_an_input_may_be_is_a_rule(root: Path) -> None:
    add(root, "dewiki", "20261026")
    found = inputs(root, rules=Rules(wiki_oldest_days=7))
    assert found.dates["dewiki"] == "20261026"
    assert found.dates["ptwiki"] == "20261102"
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
    assert message.startswith(f"DUMPS/other/wikibase/{source}: no {name}.json.gz dated 35 days ")
    for file in (folder / "20260901").iterdir():
        file.rename(file.with_name(file.name.replace("20261030", "20260901")))
    assert error(root).endswith("there are dumps of 2026-09-01")


@pytest.mark.parametrize("wiki", ["commonswiki", "wikidatawiki"])
def test_commons_and_wikidata_are_never_targets(root: Path, wiki: str) -> None:
    add(root, "wikidatawiki", "20261102")
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


@pytest.mark.parametrize("key", ["2026-13-01", "20261102", "2026-11-2", "newest", "2026-11-02x"])
def test_a_key_that_is_no_date_is_told(key: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"{key!r} is no snapshot; write a date such as")):
        day_of(key)


def test_keys_are_the_dates_of_dumps(root: Path) -> None:
    assert key_of("20261102") == KEY
    assert day_of(KEY).isoformat() == KEY
    assert newest_snapshot(Dumps(root), []) == KEY
    add(root, "ptwiki", "20261109")
    assert newest_snapshot(Dumps(root), []) == "2026-11-09"
    assert newest_snapshot(Dumps(root), ["arwiki"]) == KEY
    # No date of any calendar, so no dump.
    add(root, "ptwiki", "99999999")
    assert newest_snapshot(Dumps(root), []) == "2026-11-09"


@pytest.mark.parametrize(
    ("name", "told"), [("nowhere", "no such folder"), ("file", "not a folder")]
)
def test_dumps_that_are_no_folder_are_told(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"{tmp_path}/{name}: {told}; --dumps"):
        Dumps(tmp_path / name)


def test_a_folder_without_dumps_is_told(tmp_path: Path) -> None:
    assert error(tmp_path).startswith("DUMPS: no wiki's dump in it; expected folders such as")


@pytest.mark.parametrize("ending", [".gz", ".bz2"])
def test_a_table_is_found_as_gzip_or_bzip2_and_its_absence_is_told(root: Path, ending: str) -> None:
    dumps = Dumps(root)
    file = root / "ptwiki" / "20261102" / f"ptwiki-20261102-page.sql{ending}"
    with pytest.raises(InputError, match=r"ptwiki-20261102-page\.sql\.gz: no such file; the page "):
        dumps.table("ptwiki", "20261102", "page")
    assert dumps.optional_table("ptwiki", "20261102", "page") is None
    file.touch()
    assert dumps.table("ptwiki", "20261102", "page") == file


def test_feedback_is_found_compressed_or_plain(root: Path) -> None:
    folder = root / "event" / "mediawiki_image_suggestions_feedback"
    folder.mkdir(parents=True)
    for name in ("a.json", "b.json.gz", "c.json.bz2", "README", "d.json.gz.tmp"):
        (folder / name).touch()
    assert [file.name for file in inputs(root).feedback] == ["a.json", "b.json.gz", "c.json.bz2"]
