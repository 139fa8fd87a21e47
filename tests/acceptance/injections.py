"""What can go wrong in a week, one at a time: how the dumps or the lake come to have it."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.parquet as pq

from imagesuggest_assets.catalog.measures import SUGGESTIONS
from imagesuggest_assets.rules import Rules
from resources.lake import Lake
from tests.acceptance.broken_dumps import with_all_after
from tests.acceptance.command import files_of, rows_of
from tests.acceptance.weeks import ITEMS, LAST, WIKIS, change_rows, change_text, reject, table

FAR = 4_000_000_000
"""More than any id."""
_PAGE = re.compile(rb"\((\d+),(\d+),'((?:[^'\\]|\\.)*)',", re.DOTALL)


@dataclass(frozen=True)
class Injection:
    """What is put in, and what is to be run; ``after`` says that the week has run as it is.

    ``snapshot`` is what is run, ``selection`` what of it, all if empty.
    """

    put: Callable[[Path, Path], None]
    after: bool = False
    selection: Callable[[], Sequence[str]] = tuple
    snapshot: str = LAST


def null_links(dumps: Path, _: Path) -> None:
    """The targets of all image links of a wiki are NULL."""
    null = re.compile(rb",\d+\)$")
    change_rows(dumps, table("ptwiki", "imagelinks"), lambda _, row: [null.sub(b",NULL)", row)])


def no_pages(dumps: Path, _: Path) -> None:
    """A wiki's page table is whole, and empty."""
    change_rows(dumps, table("kawiki", "page"), lambda *_: [])


def no_categories(dumps: Path, _: Path) -> None:
    """No item says any more which category of Commons is its own."""
    change_text(dumps, ITEMS, lambda lines: lines.replace(b'"P373"', b'"P99373"'))


def half_scores(_: Path, lake: Path) -> None:
    """The scores of what items name as their images are half of what they were."""
    kept = Lake(lake)
    statistics = kept.statistics("signals", LAST)
    rows = rows_of(lake, "signals", LAST)
    schema = pq.read_schema(files_of(lake, "signals", LAST)[0])
    for row in rows:
        if row["signal"] == "p18" and row["left_out"] is None:
            row["score"] //= 2
    with kept.replacing("signals", LAST, statistics) as folder:
        folder.mkdir()
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / "rows.parquet")
    kept.close()


def fewer_suggestions(percent: int, *wikis: str) -> Callable[[Path, Path], None]:
    """Let so many in a hundred of a wiki's usual suggestions be missing: people reject them.

    They are spread over all pages that have no others in reserve.
    """

    def put(dumps: Path, lake: Path) -> None:
        rows = rows_of(lake, "filtered_suggestions", LAST)
        on_page = Counter((row["wiki_db"], row["page_id"]) for row in rows)
        chosen, most = [], Rules().suggestions_most
        for wiki in wikis:
            there = [row for row in rows if row["wiki_db"] == wiki]
            usual = median(weeks_before(lake, SUGGESTIONS, wiki))
            many = len(there) - int(usual * (100 - percent) / 100)
            loose = [row for row in there if on_page[wiki, row["page_id"]] < most]
            loose.sort(key=lambda row: (row["page_id"], row["image"]))
            chosen += [loose[number * len(loose) // many] for number in range(many)]
        reject(dumps, chosen)

    return put


def weeks_before(lake: Path, measure: str, wiki: str) -> list[int]:
    """Give what was counted of a wiki in the six weeks before the last."""
    kept = Lake(lake)
    weeks = kept.snapshots("filtered_suggestions")[-7:-1]
    counts = [kept.statistics("filtered_suggestions", week).counts for week in weeks]
    kept.close()
    return [each[measure][wiki][""] for each in counts]


def twice_the_wiki(dumps: Path, _: Path) -> None:
    """Each page of a wiki is there twice, under another id and title, with all that it has."""

    def page(_: int, row: bytes) -> list[bytes]:
        begin = _PAGE.match(row)
        assert begin
        number = int(begin[1]) + 100_000_000
        again = b"(%d,%s,'%s_bis'," % (number, begin[2], begin[3])
        return [row, again + row[begin.end() :]]

    def of_page(_: int, row: bytes) -> list[bytes]:
        number, comma, rest = row[1:].partition(b",")
        return [row, b"(%d" % (int(number) + 100_000_000) + comma + rest]

    change_rows(dumps, table("ptwiki", "page"), page)
    for name in ("page_props", "imagelinks", "pagelinks"):
        change_rows(dumps, table("ptwiki", name), of_page)


def lose_links(percent: int) -> Callable[[Path, Path], None]:
    """Let so many in a hundred of a wiki's links between pages lead to a target that is nowhere."""
    target = re.compile(rb",\d+\)$")

    def put(dumps: Path, _: Path) -> None:
        def link(number: int, row: bytes) -> list[bytes]:
            lost = number * percent % 100 < percent
            return [target.sub(b",%d)" % (FAR + number), row) if lost else row]

        change_rows(dumps, table("ptwiki", "pagelinks"), link)

    return put


def rename_column(dumps: Path, _: Path) -> None:
    """A column of a wiki's page table has another name."""
    change_text(
        dumps,
        table("ptwiki", "page"),
        lambda sql: sql.replace(b"`page_is_redirect`", b"`page_redirects`"),
    )


def nothing(_: Path, __: Path) -> None:
    """All is as it was."""


OLDER = "2026-10-12"
INJECTIONS = {
    "image links that are all NULL, ptwiki": Injection(null_links),
    "a wiki at zero, kawiki": Injection(no_pages),
    "a kind gone, Commons' categories": Injection(no_categories),
    "a tag's scores halved, of items' images": Injection(
        half_scores,
        after=True,
        selection=lambda: [name for name in with_all_after("signals") if name != "signals"],
    ),
    "40 % fewer suggestions, arwiki": Injection(
        fewer_suggestions(40, "arwiki"), after=True, selection=lambda: with_all_after("feedback")
    ),
    "12 % fewer suggestions, all wikis": Injection(
        fewer_suggestions(12, *WIKIS), after=True, selection=lambda: with_all_after("feedback")
    ),
    "a doubled wiki, ptwiki": Injection(twice_the_wiki),
    "2 % of links without targets, ptwiki": Injection(lose_links(2)),
    "15 % of links without targets, ptwiki": Injection(lose_links(15)),
    "a renamed column, ptwiki": Injection(rename_column),
    "a snapshot older than the last": Injection(nothing, after=True, snapshot=OLDER),
}
