"""A load does the same to a wiki however its rows were read, and what plain Python says."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from imagesuggest_assets.publication.store.difference import aligned
from imagesuggest_assets.publication.store.files import KEYS, STATE, WANTED
from imagesuggest_assets.publication.store.plan import Loaded, plan
from tests.imagesuggest_assets.publication.store.pages import (
    AT_ONCE,
    OLD,
    PAGES,
    SHARED,
    SIZES,
    Page,
    compared,
    pieces,
    rows_of,
    written,
)

NEW = "new"


@settings(max_examples=60, deadline=None)
@given(PAGES | SHARED, PAGES, st.sets(st.integers(1, 32)), SIZES, SIZES, AT_ONCE)
def test_every_page_is_compared_with_itself_wherever_the_batches_end(
    old: dict[int, Page],
    new: dict[int, Page],
    doubted: set[int],
    some: list[int],
    others: list[int],
    at_once: int,
) -> None:
    with TemporaryDirectory() as name, compared(at_once):
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
        # What another page had is put again: of two with one title the store has only one.
        moved = {title for page, (title, *_) in old.items() if new.get(page, ("",))[0] != title}
        titles |= {page for page, (title, *_) in new.items() if title in moved | {"Lost"}}
        left -= {title for title, _, _ in new.values()}
        rows = written(folder, "put_suggestions", "page_id", "fresh", "image")
        assert rows == [(p, p in fresh, file) for p in sorted(put) for file in new[p][2]]
        assert set(written(folder, "put_title_cache", "page_id")) == titles
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


@given(st.lists(st.tuples(st.lists(st.integers(1, 20)), SIZES), min_size=1, max_size=3), AT_ONCE)
def test_streams_are_cut_at_the_same_pages(
    given: list[tuple[list[int], list[int]]], at_once: int
) -> None:
    streams = [
        (pa.table({"page_id": pa.array(sorted(ids), pa.int64())}), size) for ids, size in given
    ]
    with compared(at_once):
        cut = list(aligned([pieces(*stream) for stream in streams]))
    for place, (rows, _) in enumerate(streams):
        assert pa.concat_tables([each[place] for each in cut]) == rows
    pages = [{page for rows in each for page in rows["page_id"].to_pylist()} for each in cut]
    assert sum(map(len, pages)) == len(set().union(*pages))
