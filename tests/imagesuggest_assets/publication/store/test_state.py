"""What the ledger remembers of a wiki grows week by week, and tells the same as if written anew."""

from collections.abc import Iterator
from functools import reduce
from operator import xor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from imagesuggest_assets.publication.store.files import DIGESTS, KEYS, STATE, WANTED
from imagesuggest_assets.publication.store.load import ledger_of
from imagesuggest_assets.publication.store.plan import Loaded, Rest, pages_of, plan
from imagesuggest_assets.publication.store.state import (
    MOST_FILES,
    can_grow,
    changed_pages,
    sampled,
    sampled_rows,
    state_rows,
)
from imagesuggest_assets.publication.store.wanted import page_digests, wanted_rows
from resources.engine import Engine
from resources.lake import Lake
from resources.ledger import Shipped
from resources.stores.sqlite import SQLiteStore
from tests.imagesuggest_assets.publication.store.pages import (
    AT_ONCE,
    PAGES,
    Page,
    compared,
    pieces,
    rows_of,
    written,
)
from tests.imagesuggest_assets.publication.store.world import article, changes, holds, load
from tests.tables import Tables

WEEKS = [f"2026-{week // 4 + 1:02}-{7 * (week % 4) + 1:02}" for week in range(3 * MOST_FILES)]


def digests_of(rows: pa.Table) -> Iterator[pa.Table]:
    """Sum rows up by page, as the engine does."""
    pages: dict[int, list[int]] = {}
    for page, digest in zip(rows["page_id"].to_pylist(), rows["digest"].to_pylist(), strict=True):
        pages.setdefault(page, []).append(digest)
    summed = [
        {"wiki_db": "ptwiki", "page_id": page, "rows": len(each), "digest": reduce(xor, each)}
        for page, each in pages.items()
    ]
    return pieces(pa.Table.from_pylist(summed, DIGESTS), [3])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PAGES, st.sets(st.integers(1, 32))), min_size=2, max_size=5), AT_ONCE)
def test_a_state_that_grows_tells_and_changes_what_one_written_anew_does(
    weeks: list[tuple[dict[int, Page], set[int]]], at_once: int
) -> None:
    with TemporaryDirectory() as name, compared(at_once):
        grown: list[Path] = []
        anew: list[Path] = []
        for number, (pages, doubted) in enumerate(weeks):
            doubt = Path(name) / f"doubt-{number}.parquet"
            # The title of a page that may stay as it is, too.
            keys = [{"page_id": page} for page in doubted] + [{"title": "T7"}]
            pq.write_table(pa.Table.from_pylist(keys, KEYS), doubt)
            whole, part = Path(name) / f"w{number}", Path(name) / f"p{number}"
            wanted = rows_of(pages, WANTED)
            loaded = plan(whole, str(number), pieces(wanted, [4]), [state_rows(anew)], [doubt])
            rest = None
            only: np.ndarray | None = None
            if can_grow(grown):
                found = changed_pages(digests_of(wanted), grown, pages_of([doubt]))
                only = found.pages
                wanted = wanted.filter(pa.array(np.isin(wanted["page_id"].to_numpy(), only)))
                rest = Rest(grown, found)
            held = [state_rows(grown, only)]
            assert plan(part, str(number), pieces(wanted, [2]), held, [doubt], rest) == loaded
            for step in ("put_suggestions", "put_title_cache", "put_instanceof_cache"):
                assert written(part, step, "page_id") == written(whole, step, "page_id")
            for step in ("remove_suggestions", "remove_instanceof_cache"):
                assert written(part, step, "page_id") == written(whole, step, "page_id")
            titles = written(whole, "remove_title_cache", "title")
            assert set(written(part, "remove_title_cache", "title")) == set(titles)
            anew = [file for file in [whole / "state.parquet"] if file.exists()]
            more = [file for file in [part / "state.parquet"] if file.exists()]
            grown = [*(grown if rest else []), *more]
            told = pa.concat_tables(state_rows(grown))
            assert told.equals(pa.concat_tables(state_rows(anew)))
            shipped = Shipped(str(number), "", tuple(grown))
            assert set(sampled(shipped, 5)) <= pages.keys()
            for page in sampled_rows(shipped, 5):
                assert (
                    page
                    == told.filter(
                        pa.array(told["page_id"].to_numpy() == page[0]["page_id"])
                    ).to_pylist()
                )


ROW = ("ptwiki", 1, 7, "Água", "Q9", "A.jpg", 90, ["istype-depicts"], ["arwiki"], 1)
OTHER = ("ptwiki", 1, 7, "Água", "Q9", "B.jpg", 70, ["istype-depicts"], None, 2)
CLAIMS = [("Q9", "P31", "Q5"), ("Q9", "P31", "Q42"), ("Q9", "P31", "Q5")]
OF_Q8 = [("Q8", *claim[1:]) for claim in CLAIMS]


def test_the_digest_of_a_page_is_another_when_anything_of_it_is(tables: Tables) -> None:
    def digest(rows: list[tuple], claims: list[tuple] = CLAIMS) -> object:
        wanted = wanted_rows(
            tables.make("filtered_suggestions", rows),
            tables.make("item_claims", claims),
            tables.engine.hashed,
        )
        (row,) = tables.engine.rows(page_digests(wanted))
        assert row["rows"] == len(rows)
        return row["digest"]

    usual = digest([ROW, OTHER])
    assert usual == digest([OTHER, ROW], CLAIMS[::-1])
    others = {
        name: [(*ROW[:place], OTHER[place], *ROW[place + 1 :]), OTHER]
        for name, place in {"image": 5, "confidence": 6, "found_on": 8}.items()
    } | {
        "revision": [(*ROW[:2], 8, *ROW[3:]), (*OTHER[:2], 8, *OTHER[3:])],
        "title": [(*ROW[:3], "Agua", *ROW[4:]), (*OTHER[:3], "Agua", *OTHER[4:])],
        "kinds": [(*ROW[:7], ["istype-lead-image"], *ROW[8:]), OTHER],
        "one file less": [ROW],
        # Both rows have other values, which are the same ones taken together.
        "swapped": [(*ROW[:6], 70, *ROW[7:]), (*OTHER[:6], 90, *OTHER[7:])],
        "swapped lists": [(*ROW[:8], None, ROW[9]), (*OTHER[:8], ["arwiki"], OTHER[9])],
    }
    found = {name: digest(rows) for name, rows in others.items()}
    found |= {f"{len(kept)} classes": digest([ROW, OTHER], kept) for kept in (CLAIMS[:1], [])}
    found["item"] = digest([(*row[:4], "Q8", *row[5:]) for row in (ROW, OTHER)], OF_Q8)
    found["usual"] = usual
    assert len(set(found.values())) == len(found), found


def world_of(week: int) -> dict[str, dict[int, object]]:
    """Forty articles, of which one changes each week."""
    pages = {page: article(f"A{page}", "A.jpg", "B.jpg") for page in range(40)}
    pages[week] = article(f"A{week}", "C.jpg", revision=2)
    return {"ptwiki": pages}


def test_a_week_adds_to_the_ledger_what_changed_and_now_and_then_it_is_written_anew(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    kept: list[int] = []
    for week, snapshot in enumerate(WEEKS[: MOST_FILES + 2]):
        load(lake, duckdb_engine, store, snapshot, world_of(week))
        holds(store, world_of(week))
        state = ledger_of(lake, store).state("ptwiki")
        assert state is not None
        folder = state.files[0].parent
        assert sorted(folder.glob("*.parquet")) == sorted(state.files)
        kept.append(len(state.files))
        if len(state.files) > 1:
            # The page of this week, and that of the last one, which is as it was before.
            assert pq.read_metadata(state.files[-1]).num_rows == 3
    assert kept == [*range(1, MOST_FILES + 1), 1, 2]


def test_either_engine_loads_known_wikis_and_new_ones_together(
    lake: Lake, engine: Engine, store: SQLiteStore
) -> None:
    load(lake, engine, store, WEEKS[0], world_of(0))
    world = {**world_of(1), "arwiki": {7: article("ماء", "A.jpg", classes=("Q5", "Q42"))}}
    held = {"eswiki": {7: article("Agua", "A.jpg")}}
    outcome = load(lake, engine, store, WEEKS[1], world | held, wikis=world)
    assert outcome["suggestions"] == {"arwiki": Loaded(1, 0, 0), "ptwiki": Loaded(3, 3, 76)}
    holds(store, world)


def test_the_same_again_leaves_the_ledger_as_it_is(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    for week in range(2):
        load(lake, duckdb_engine, store, WEEKS[week], world_of(week))
    before = ledger_of(lake, store).state("ptwiki")
    outcome = load(lake, duckdb_engine, store, WEEKS[1], world_of(1))
    assert outcome["suggestions"] == {"ptwiki": Loaded(0, 0, 79)}
    assert ledger_of(lake, store).state("ptwiki") == before
    # Nor is anything written when a later snapshot is the same, but that it is there.
    assert changes(load(lake, duckdb_engine, store, WEEKS[2], world_of(1))) == (0, 0)
    after = ledger_of(lake, store).state("ptwiki")
    assert before is not None
    assert after is not None
    assert (after.snapshot, after.files) == (WEEKS[2], before.files)
    holds(store, world_of(1))


def test_a_ledger_of_before_there_were_digests_is_compared_with_the_store(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, WEEKS[0], world_of(0))
    state = ledger_of(lake, store).state("ptwiki")
    assert state is not None
    (file,) = state.files
    pq.write_table(pq.read_table(file, columns=STATE.names).drop_columns(["digest"]), file)
    outcome = load(lake, duckdb_engine, store, WEEKS[1], world_of(1))
    assert outcome["suggestions"] == {"ptwiki": Loaded(3, 3, 76)}
    holds(store, world_of(1))
