"""A load does the same to a wiki however its rows were read, and what plain Python says."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from imagesuggest_assets.store_difference import aligned
from imagesuggest_assets.store_files import KEYS, STATE, WANTED
from imagesuggest_assets.store_plan import Loaded, plan

OLD, NEW = "old", "new"
Page = tuple[str, int, tuple[str, ...]]
"""A page's title, revision and files."""

_pages = (
    st.dictionaries(
        st.integers(1, 30),
        st.tuples(
            st.integers(0, 2),
            st.integers(1, 2),
            st.lists(st.sampled_from("ABC"), min_size=1, unique=True).map(
                lambda each: tuple(sorted(each))
            ),
        ),
    )
    .map(
        # The title of a page may be that of its neighbour, but no two pages have the same.
        lambda pages: {
            page: (f"T{page + (shift if page + shift not in pages else 0)}", revision, files)
            for page, (shift, revision, files) in pages.items()
        }
    )
    .filter(lambda pages: len({title for title, _, _ in pages.values()}) == len(pages))
)
_sizes = st.lists(st.integers(1, 7), min_size=1)


def rows_of(pages: dict[int, Page], schema: pa.Schema) -> pa.Table:
    rows = [
        {
            "wiki_db": "ptwiki",
            "page_id": page,
            "title": title,
            "image": file,
            "page_rev": revision,
            "page_qid": f"Q{page}",
            "confidence": 80.0,
            "kind": ["istype-depicts"],
            "id": OLD,
        }
        for page, (title, revision, files) in sorted(pages.items())
        for file in files
    ]
    return pa.Table.from_pylist(rows, schema)


def pieces(rows: pa.Table, sizes: list[int]) -> Iterator[pa.Table]:
    yield rows.slice(0, 0)
    at = 0
    while at < len(rows):
        for size in sizes:
            yield rows.slice(at, size)
            at += size


def written(folder: Path, name: str, *columns: str) -> list:
    file = folder / f"{name}.parquet"
    if not file.exists():
        return []
    rows = pq.read_table(file, columns=list(columns)).to_pylist()
    return [row[columns[0]] if len(columns) == 1 else tuple(row.values()) for row in rows]


@settings(max_examples=60, deadline=None)
@given(_pages, _pages, st.sets(st.integers(1, 32)), _sizes, _sizes)
def test_every_page_is_compared_with_itself_wherever_the_batches_end(
    old: dict[int, Page],
    new: dict[int, Page],
    doubted: set[int],
    some: list[int],
    others: list[int],
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        doubt = folder / "doubt.parquet"
        keys = [{"page_id": page} for page in doubted] + [{"title": "Lost"}]
        pq.write_table(pa.Table.from_pylist(keys, KEYS), doubt)
        wanted = pieces(rows_of(new, WANTED), some)
        held = pieces(rows_of(old, STATE), others)
        loaded = plan(folder, NEW, wanted, [held], [doubt])
        put = {page for page in new if old.get(page, ("", *new[page]))[1:] != new[page][1:]}
        put |= {page for page in new if page not in old or page in doubted}
        fresh = {page for page in new if page not in old and page not in doubted}
        titles = {page for page in new if old.get(page, ())[:2] != new[page][:2]}
        titles |= new.keys() & doubted
        gone = sorted((old.keys() | doubted) - new.keys())
        left = {title for title, _, _ in old.values()} | {"Lost"}
        left -= {title for title, _, _ in new.values()}
        rows = written(folder, "put_suggestions", "page_id", "fresh", "image")
        assert rows == [(p, p in fresh, file) for p in sorted(put) for file in new[p][2]]
        assert written(folder, "put_title_cache", "page_id") == sorted(titles)
        assert written(folder, "remove_suggestions", "page_id") == gone
        assert written(folder, "remove_instanceof_cache", "page_id") == gone
        assert set(written(folder, "remove_title_cache", "title")) == left
        assert written(folder, "state", "page_id", "image", "id") == [
            (page, file, NEW if page in put else OLD)
            for page, (_, _, files) in sorted(new.items())
            for file in files
        ]
        pending = {page for page in written(folder, "pending", "page_id") if page is not None}
        assert pending >= put | titles | {*gone}
        assert {*written(folder, "pending", "title")} >= left
        lost = {(p, file) for p in old.keys() - doubted for file in old[p][2]}
        lost -= {(p, file) for p in new for file in new[p][2]}
        total = sum(len(files) for _, _, files in new.values())
        assert loaded["suggestions"] == Loaded(len(rows), len(lost), total - len(rows))


@given(st.lists(st.tuples(st.lists(st.integers(1, 20)), _sizes), min_size=1, max_size=3))
def test_streams_are_cut_at_the_same_pages(given: list[tuple[list[int], list[int]]]) -> None:
    streams = [
        (pa.table({"page_id": pa.array(sorted(ids), pa.int64())}), size) for ids, size in given
    ]
    cut = list(aligned([pieces(*stream) for stream in streams]))
    for place, (rows, _) in enumerate(streams):
        assert pa.concat_tables([each[place] for each in cut]) == rows
    pages = [{page for rows in each for page in rows["page_id"].to_pylist()} for each in cut]
    assert sum(map(len, pages)) == len(set().union(*pages))
