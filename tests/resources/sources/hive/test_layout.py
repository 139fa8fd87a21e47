"""Which partition is whose: weeks are keys, and months are those that are complete on them."""

from pathlib import Path

import pytest

from resources.errors import UserError
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO
from resources.sources.hive.names import DATABASES, Names
from tests.resources.sources.hive.folders import Lake, data_lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return data_lake(tmp_path)


def month_of(lake: Lake, key: str, *targets: str) -> str:
    path = lake.tables(*targets).table("ptwiki", key.replace("-", ""), "pagelinks")
    assert path is not None
    return path.split("snapshot=")[1].split("/")[0]


def test_a_monday_takes_the_newest_month_that_is_over(lake: Lake) -> None:
    lake.add_month("2026-09")
    lake.add_month("2026-11")
    assert month_of(lake, "2026-11-02") == "2026-10"
    assert month_of(lake, "2026-10-26") == "2026-09"
    assert month_of(lake, "2026-11-30") == "2026-11", "the last day of a month ends it"


def test_a_month_without_one_wiki_of_one_table_is_not_taken(lake: Lake) -> None:
    lake.add_month("2026-09", "ptwiki", "arwiki")
    assert month_of(lake, "2026-11-02", "ptwiki", "arwiki") == "2026-09"
    lake.add_month("2026-10", "arwiki")
    assert month_of(lake, "2026-11-02", "ptwiki", "arwiki") == "2026-10"
    lake.add("linktarget", snapshot="2026-10", wiki_db="arwiki").unlink()
    assert month_of(lake, "2026-11-02", "ptwiki", "arwiki") == "2026-10", "no rows, no file"


def test_a_month_that_ended_long_ago_is_not_taken_for_a_newer_one(lake: Lake) -> None:
    lake.add_month("2026-09", "ptwiki", "arwiki")
    assert month_of(lake, "2026-11-16", "ptwiki", "arwiki") == "2026-10"


def test_a_month_without_its_marker_is_not_taken(tmp_path: Path) -> None:
    lake = data_lake(tmp_path, "_SUCCESS")
    lake.add_month("2026-09")
    for table in DATABASES:
        for folder in (lake.root / lake.names[table]).glob("snapshot=2026-09"):
            (folder / "_SUCCESS").touch()
    assert month_of(lake, "2026-11-02") == "2026-09"


def test_a_week_that_a_weekly_table_misses_is_a_key_and_waited_for(lake: Lake) -> None:
    lake.add("wikidata_entity", snapshot="2026-11-09")
    days = [*lake.tables(day="2026-11-10").dumps_of("ptwiki")]
    assert days == ["20261109", "20261102"]
    path = lake.tables().table("ptwiki", "20261109", "item_page_link")
    assert path == "wmf.wikidata_item_page_link/snapshot=2026-11-09/wiki_db=ptwiki"
    assert lake.tables().place.find(str(path)) is None


def test_mondays_are_waited_for_when_no_weekly_table_has_them_yet(lake: Lake) -> None:
    assert next(lake.tables(day="2026-11-08").dumps_of("ptwiki")) == "20261102"
    assert next(lake.tables(day="2026-11-09").dumps_of("ptwiki")) == "20261109"
    days = [*lake.tables(day="2027-06-01").dumps_of("ptwiki")]
    assert days == ["20261123", "20261116", "20261109", "20261102"]


def test_commons_is_dated_by_the_end_of_its_month_and_entities_by_their_week(lake: Lake) -> None:
    lake.add_month("2026-02")
    tables = lake.tables()
    assert [*tables.dumps_of(COMMONS)] == ["20261031", "20260228"]
    assert [*tables.dumps_of(COMMONS, "20260301")] == ["20261031"]
    for entities in (ITEMS, MEDIAINFO):
        assert [*tables.dumps_of(entities.source)] == ["20261102"]
        assert tables.entity_file(entities, "20261102")
        assert tables.entity_file(entities, "20261109") is None


def test_targets_are_the_wikis_of_the_two_newest_months(lake: Lake) -> None:
    lake.add_month("2026-08", "closedwiki")
    lake.add_month("2026-09", "ptwiki", "wikidatawiki", "arwiki")
    assert lake.tables().wikis() == ["arwiki", "ptwiki"]
    assert [*lake.tables().dumps_of("nowiki")] == []


def test_a_table_that_is_not_there_is_absent_and_one_without_a_wiki_is_waited_for(
    lake: Lake,
) -> None:
    tables = lake.tables()
    path = str(tables.table("arwiki", "20261102", "image"))
    found = tables.place.find(path)
    assert found is not None
    assert (found.bytes, found.unfinished) == (0, "is not there")
    (lake.root / lake.names["image"]).rename(lake.root / "other")
    assert lake.tables().table("ptwiki", "20261102", "image") is None


def test_a_wiki_without_pages_is_not_there_whoever_vouches(lake: Lake) -> None:
    assert lake.tables().table("arwiki", "20261102", "page") is None


def test_days_of_events_are_what_feedback_is_looked_at_by(lake: Lake) -> None:
    for day, hour in (("02", "1"), ("2", "23")):
        lake.add("feedback", year="2026", month="11", day=day, hour=hour)
    tables = lake.tables()
    (day,) = tables.feedback()
    assert day.endswith("feedback/year=2026/month=11/day=2")
    before = tables.place.find(day)
    assert before is not None
    lake.add("feedback", year="2026", month="11", day="2", hour="5")
    after = lake.tables().place.find(day)
    assert after is not None
    assert after.version != before.version
    assert after.version.startswith("3 files")


def test_no_table_of_pages_says_what_is_expected(tmp_path: Path) -> None:
    tables = Lake(tmp_path, Names()).tables()
    assert tables.perhaps_wikis() == []
    assert "IMAGESUGGEST_HIVE_TABLES" in str(tables.no_wikis())


def test_names_are_those_that_are_set_else_the_data_lakes() -> None:
    names = Names.of("page=raw.pages\nfeedback=event.feedback", "_SUCCESS")
    assert (names["page"], names["feedback"]) == ("raw.pages", "event.feedback")
    assert names["image"] == "wmf_raw.mediawiki_image"
    for text in ("page", "page=", "pages=raw.pages", "page=raw.pages;", "page=raw.p raw"):
        with pytest.raises(UserError, match="IMAGESUGGEST_HIVE_TABLES: pair"):
            Names.of(text, "")
    with pytest.raises(UserError, match="IMAGESUGGEST_HIVE_MARKER"):
        Names.of("", "a/b")
