"""Made-up pages of one wiki, for tests of how a load compares them and plans what is to be done."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from imagesuggest_assets.publication.store import difference as store_difference

OLD = "old"
"""The id of rows that a store holds."""
Page = tuple[str, int, tuple[str, ...]]
"""A page's title, revision and files."""

PAGES = (
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
SHARED = PAGES.map(
    lambda pages: {page: (f"T{page // 2}", *rest) for page, (_, *rest) in pages.items()}
)
"""The same, but two pages may have one title, as while first letters were made capitals."""
SIZES = st.lists(st.integers(1, 7), min_size=1)
AT_ONCE = st.sampled_from([1, 5, store_difference.COMPARED_ROWS])
"""Rows that are compared at once, see compared()."""


def compared(at_once: int) -> AbstractContextManager[int]:
    """Let so many rows be compared at once."""
    return patch.object(store_difference, "COMPARED_ROWS", at_once)


def digest_of(text: str) -> int:
    """Give a number as an engine does."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def rows_of(pages: dict[int, Page], schema: pa.Schema) -> pa.Table:
    """Make the rows of pages, in the columns of WANTED or of STATE."""
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
            "digest": digest_of(f"{page} {title} {revision} {file}"),
            "id": OLD,
        }
        for page, (title, revision, files) in sorted(pages.items())
        for file in files
    ]
    return pa.Table.from_pylist(rows, schema)


def pieces(rows: pa.Table, sizes: list[int]) -> Iterator[pa.Table]:
    """Cut rows into pieces of some sizes; the first one is empty."""
    yield rows.slice(0, 0)
    at = 0
    while at < len(rows):
        for size in sizes:
            yield rows.slice(at, size)
            at += size


def written(folder: Path, name: str, *columns: str) -> list:
    """Read columns of a file of a plan; nothing where it is not there."""
    file = folder / f"{name}.parquet"
    if not file.exists():
        return []
    rows = pq.read_table(file, columns=list(columns)).to_pylist()
    return [row[columns[0]] if len(columns) == 1 else tuple(row.values()) for row in rows]
