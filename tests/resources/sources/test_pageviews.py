"""Views of pages in pageview_complete, of whose rows the columns count from the right."""

import bz2
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import InputError
from resources.sources import lines
from resources.sources.pageviews import Pageviews, name_of

HOSTS = {"bgwiki": "bg.wikipedia.org", "wikidatawiki": "www.wikidata.org"}


def reader_of(folder: Path, text: str) -> tuple[dict[tuple[str, int], int], Pageviews]:
    path = folder / "pageviews-202601-user.bz2"
    path.write_bytes(bz2.compress(text.encode()))
    views = Pageviews(path, HOSTS)
    table = pa.Table.from_batches(views, Pageviews.schema)
    added = table.group_by(["wiki_db", "page_id"]).aggregate([("views", "sum")])
    return {(row["wiki_db"], row["page_id"]): row["views_sum"] for row in added.to_pylist()}, views


def read(folder: Path, text: str) -> dict[tuple[str, int], int]:
    return reader_of(folder, text)[0]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("en.wikipedia.org", "en.wikipedia"),
        ("www.wikidata.org", "wikidata"),
        ("commons.wikimedia.org", "commons.wikimedia"),
    ],
)
def test_a_wiki_is_called_as_its_host_without_what_is_around(host: str, name: str) -> None:
    assert name_of(host) == name


def test_the_access_methods_of_a_page_add_up_and_other_wikis_are_passed_over(
    tmp_path: Path,
) -> None:
    text = (
        "bg.wikipedia София 7 desktop 10 A4B6\n"
        "bg.wikipedia София 7 mobile-web 5 A5\n"
        "bg.wikipedia Варна 8 desktop 1 A1\n"
        "bg.wikipediax Варна 8 desktop 100 A100\n"
        "bg.wiktionary Варна 8 desktop 100 A100\n"
        "wikidata Q1 7 desktop 3 A3\n"
    )
    found, views = reader_of(tmp_path, text)
    assert found == {("bgwiki", 7): 15, ("bgwiki", 8): 1, ("wikidatawiki", 7): 3}
    assert views.counts.rows == 4


@pytest.mark.parametrize(
    "title",
    ['"A B"', r'"Say \"hello 9 desktop 9 A9\" again"', '"', "1984", "", '"12 13 14"', "A\r\tB"],
)
def test_a_title_may_hold_quotes_blanks_and_whatever_a_number_looks_like(
    tmp_path: Path, title: str
) -> None:
    text = f"bg.wikipedia {title} 7 desktop 2 A2\nbg.wikipedia B 8 desktop 1 A1"
    assert read(tmp_path, text) == {("bgwiki", 7): 2, ("bgwiki", 8): 1}


def test_rows_without_a_page_or_without_views_are_dropped_and_counted(tmp_path: Path) -> None:
    text = (
        "bg.wikipedia A null desktop 2 A2\n"
        # Rows of the first years have five columns, however much their titles look like ids.
        "bg.wikipedia 1984 desktop 2 A2\n"
        'bg.wikipedia "The year 1984" desktop 2 A2\n'
        "bg.wikipedia\n"
        "\n"
        "bg.wikipedia A 12345678901234567890 desktop 2 A2\n"
        "bg.wikipedia A 7 desktop many A2\n"
        "bg.wikipedia A 7 desktop 2 A2\n"
    )
    found, views = reader_of(tmp_path, text)
    assert found == {("bgwiki", 7): 2}
    counts = views.counts
    assert (counts.rows, counts.without_page, counts.without_views) == (7, 5, 1)


def test_rows_are_whole_over_the_ends_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(f"bg.wikipedia Заглавие_{page} {page} desktop 2 A2\n" for page in range(1, 30))
    monkeypatch.setattr(lines, "BLOCK_BYTES", 7)
    assert read(tmp_path, text) == {("bgwiki", page): 2 for page in range(1, 30)}


words = st.sampled_from(
    ["bg.wikipedia", "wikidata", "A", '"', "null", "7", "08", "9x", "", "\0", "é"]
)
rows = st.lists(st.lists(words, max_size=8).map(" ".join), min_size=1, max_size=8).map("\n".join)


@settings(max_examples=60)
@given(rows)
def test_any_rows_are_read_as_one_reads_them_by_splitting(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    found, views = reader_of(tmp_path_factory.mktemp("pageviews"), text)
    names = {name_of(host): wiki for wiki, host in HOSTS.items()}
    added: dict[tuple[str, int], int] = {}
    split = [row.split(" ") for row in text.split("\n")]
    of_wikis = [row for row in split if row[0] in names]
    for row in of_wikis:
        if len(row) >= 6 and row[-4].isdecimal() and row[-2].isdecimal():
            page = names[row[0]], int(row[-4])
            added[page] = added.get(page, 0) + int(row[-2])
    assert found == added
    assert views.counts.rows == len(of_wikis)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pageviews-202601-user.bz2"
    path.write_bytes(bz2.compress(b"bg.wikipedia A 7 desktop 2 A2\n")[:-4])
    with pytest.raises(InputError, match="cut off"):
        list(Pageviews(path, HOSTS))
