"""Edits of modules from all files of a wiki, and views of pages of the wikis that are wanted."""

import bz2
from pathlib import Path

import pytest

from module_assets.reading.activity import read_views
from resources.errors import InputError
from resources.sources.reading import Job
from tests.module_assets.reading.read import read, rows_of
from tests.resources.sources.test_history import row, write


def test_the_edits_of_all_ranges_are_read_whatever_their_widths(tmp_path: Path) -> None:
    files = {
        "history 2026-01": write(tmp_path, [row(78, page_id="3")], "2026-01.bgwiki.2026-01"),
        "history 2025": write(tmp_path, [row(76, page_id="2")], "2026-01.bgwiki.2025"),
        "history 2024": write(tmp_path, [row(70, page_id="1")], "2026-01.bgwiki.2024"),
    }
    found, counts = read("module_edits", files, tmp_path)
    assert [(each["wiki_db"], each["page_id"]) for each in found] == [
        ("bgwiki", page_id) for page_id in (1, 2, 3)
    ]
    assert (counts["rows"], counts["edits"]) == (3, 3)


def test_a_history_of_an_unknown_width_leaves_no_file(tmp_path: Path) -> None:
    files = {
        "history 2025": write(tmp_path, [row()], "2026-01.bgwiki.2025"),
        "history 2026": write(tmp_path, ["\t" * 78 + "\n"], "2026-01.bgwiki.2026"),
    }
    with pytest.raises(InputError, match=r"2026.tsv.bz2, line 1: the row has 79 columns"):
        read("module_edits", files, tmp_path)
    assert not [*tmp_path.glob("*.parquet")]


def test_views_are_those_of_the_wikis_that_are_wanted(tmp_path: Path) -> None:
    source, target = tmp_path / "pageviews-202601-user.bz2", tmp_path / "article_views.parquet"
    text = (
        'bg.wikipedia "A \\"b\\" c" 7 desktop 10 A10\n'
        "bg.wikipedia A 7 mobile-web 5 A5\n"
        "en.wikipedia A 7 desktop 9 A9\n"
        "bg.wikipedia A desktop 3 A3\n"
    )
    source.write_bytes(bz2.compress(text.encode()))
    passed: list[int] = []
    hosts = {"bgwiki": "bg.wikipedia.org", "arwiki": "ar.wikipedia.org"}
    counts = read_views(Job(source, target, hosts), passed.append)
    found = rows_of("article_views", target)
    assert {(each["wiki_db"], each["page_id"]) for each in found} == {("bgwiki", 7)}
    assert sum(each["views"] for each in found) == 15
    assert counts == {"rows": 3, "without_page": 1, "without_views": 0}
    assert sum(passed) == source.stat().st_size
