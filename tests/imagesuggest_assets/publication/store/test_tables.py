"""The readers' store after loads: it holds what went out last of each wiki, exactly."""

import shutil
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asset_checks.published import read_back
from imagesuggest_assets.publication.store import load as load_module
from imagesuggest_assets.publication.store.load import MEMORY, ledger_of
from imagesuggest_assets.publication.store.plan import Loaded
from resources.engine import DUCKDB_SHARE, Engine, EngineResource
from resources.errors import UserError
from resources.lake import Lake
from resources.spark import spark_resource
from resources.stores.sqlite import SQLiteStore
from resources.stores.store import StoreError, snapshot_id
from tests.imagesuggest_assets.publication.store.world import (
    Article,
    Dying,
    Killed,
    Watched,
    World,
    article,
    changes,
    holds,
    load,
    seen,
)

ONE, TWO, THREE = "2026-10-19", "2026-10-26", "2026-11-02"
FIRST: World = {
    "ptwiki": {
        1: article("Água", "A.jpg", "B.jpg", classes=("Q5", "Q42")),
        2: article('"Aspas"_e_\'mais', *(f"{n}.jpg" for n in range(10))),
        3: article("Terra", "C.jpg"),
    },
    "arwiki": {1: article("غزال", "A.jpg")},
}
SECOND: World = {
    "ptwiki": {
        1: article("Água", "B.jpg", "D.jpg", classes=("Q5", "Q42")),
        2: FIRST["ptwiki"][2],
        4: article("Terra", "C.jpg"),
    },
    "arwiki": {1: article("غزال", "A.jpg", classes=("Q5",))},
}


def test_a_first_load_holds_everything(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    outcome = load(lake, duckdb_engine, store, ONE, FIRST)
    holds(store, FIRST)
    assert outcome["suggestions"] == {"ptwiki": Loaded(13, 0, 0), "arwiki": Loaded(1, 0, 0)}
    assert outcome["title_cache"] == {"ptwiki": Loaded(3, 0, 0), "arwiki": Loaded(1, 0, 0)}


def test_the_same_snapshot_twice_writes_nothing(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    watched = Watched(store, lambda: None)
    outcome = load(lake, duckdb_engine, watched, ONE, FIRST)
    assert changes(outcome) == (0, 0)
    assert outcome["suggestions"]["ptwiki"] == Loaded(0, 0, 13)
    assert watched.steps == []
    holds(store, FIRST)


def test_only_what_changed_is_written_and_the_rest_keeps_its_id(
    lake: Lake, engine: Engine, store: SQLiteStore
) -> None:
    load(lake, engine, store, ONE, FIRST)
    outcome = load(lake, engine, store, TWO, SECOND)
    holds(store, SECOND)
    assert outcome["suggestions"] == {"ptwiki": Loaded(3, 2, 10), "arwiki": Loaded(0, 0, 1)}
    assert outcome["title_cache"]["ptwiki"] == Loaded(1, 0, 2)
    assert outcome["instanceof_cache"]["arwiki"] == Loaded(1, 0, 0)
    assert {row.id for row in store.suggestions("ptwiki", 2)} == {snapshot_id(ONE)}
    assert {row.id for row in store.suggestions("ptwiki", 1)} == {snapshot_id(TWO)}


@pytest.mark.parametrize(("lower", "upper"), [(1, 2), (2, 1)])
@pytest.mark.parametrize("others", [0, 9])
def test_titles_that_were_one_while_first_letters_were_made_capitals_become_two(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore, lower: int, upper: int, others: int
) -> None:
    rest = {page: article(f"Page_{page}", "B.jpg") for page in range(10, 10 + others)}
    before = {lower: article("Turkey", "A.jpg"), upper: article("Turkey", "B.jpg")}
    load(lake, duckdb_engine, store, ONE, {"enwiktionary": before | rest})
    after = {lower: article("turkey", "A.jpg"), upper: article("Turkey", "B.jpg")}
    load(lake, duckdb_engine, store, TWO, {"enwiktionary": after | rest})
    holds(store, {"enwiktionary": after | rest})
    load(lake, duckdb_engine, store, THREE, {"enwiktionary": {upper: after[upper]}})
    holds(store, {"enwiktionary": {upper: after[upper]}})


def test_what_is_held_back_keeps_its_last_data_and_catches_up_when_it_goes_out(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    load(lake, duckdb_engine, store, TWO, SECOND, ["arwiki"])
    holds(store, {"ptwiki": FIRST["ptwiki"], "arwiki": SECOND["arwiki"]})
    load(lake, duckdb_engine, store, TWO, SECOND)
    holds(store, SECOND)


def test_a_wiki_without_any_suggestion_loses_all_of_its_rows(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    load(lake, duckdb_engine, store, TWO, {"ptwiki": {}, "arwiki": FIRST["arwiki"]})
    holds(store, {"arwiki": FIRST["arwiki"]})


@pytest.mark.parametrize("most", [1, 14])
def test_wikis_that_are_too_many_to_be_sorted_at_once_are_loaded_all_the_same(
    lake: Lake,
    duckdb_engine: Engine,
    store: SQLiteStore,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    monkeypatch.setattr("imagesuggest_assets.publication.store.load.SORTED_ROWS", most)
    first = {**FIRST, "kawiki": {7: article("წყალი", "A.jpg")}, "xxwiki": {}}
    load(lake, duckdb_engine, store, ONE, first)
    holds(store, first)
    second = {**SECOND, "kawiki": {}, "xxwiki": {8: article("x", "A.jpg")}}
    load(lake, duckdb_engine, store, TWO, second)
    holds(store, second)
    load(lake, duckdb_engine, store, THREE, first, full=True)
    holds(store, first)


def test_an_older_snapshot_is_refused_unless_it_is_forced(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, TWO, SECOND)
    with pytest.raises(UserError, match=r"a later snapshot than 2026-10-19 .* --force"):
        load(lake, duckdb_engine, store, ONE, FIRST)
    holds(store, SECOND)
    load(lake, duckdb_engine, store, ONE, FIRST, force=True)
    holds(store, FIRST)
    load(lake, duckdb_engine, store, TWO, SECOND)
    holds(store, SECOND)


def test_a_wiki_released_late_does_not_take_the_others_back(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    load(lake, duckdb_engine, store, THREE, SECOND, ["arwiki"])
    load(lake, duckdb_engine, store, TWO, {**SECOND, "arwiki": {}})
    holds(store, SECOND)


def test_a_load_that_is_killed_anywhere_is_made_good_by_the_next(
    duckdb_engine: Engine, tmp_path: Path
) -> None:
    for steps in range(7):
        place = tmp_path / f"{steps}"
        with closing(Lake(place / "lake")) as lake, closing(SQLiteStore(place / "s")) as store:
            load(lake, duckdb_engine, store, ONE, FIRST)
            with suppress(Killed):
                load(lake, duckdb_engine, Dying(store, steps, within=steps % 2 == 1), TWO, SECOND)
            # Next comes what was there before, not what was about to come.
            outcome = load(lake, duckdb_engine, store, THREE, FIRST)
            holds(store, FIRST)
            assert changes(outcome)[0] > 0
            assert changes(load(lake, duckdb_engine, store, THREE, FIRST)) == (0, 0)


def test_a_lost_ledger_costs_no_write_where_the_store_is_right(
    lake: Lake, engine: Engine, store: SQLiteStore
) -> None:
    load(lake, engine, store, ONE, FIRST)
    shutil.rmtree(lake.path / "ledger")
    assert changes(load(lake, engine, store, ONE, FIRST)) == (0, 0)
    shutil.rmtree(lake.path / "ledger")
    load(lake, engine, store, TWO, SECOND)
    holds(store, SECOND)


@pytest.mark.parametrize("lost", ["emptied", "another file"])
def test_a_store_that_is_empty_again_is_filled(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore, tmp_path: Path, lost: str
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    if lost == "emptied":
        for table in ("suggestions", "title_cache", "instanceof_cache"):
            store._connection.execute(f"DELETE FROM {table}")
    else:
        store = SQLiteStore(tmp_path / "other.sqlite")
    with closing(store):
        load(lake, duckdb_engine, store, ONE, FIRST)
        holds(store, FIRST)


def test_a_full_load_finds_what_somebody_else_did(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    store._connection.execute("DELETE FROM suggestions WHERE image = '3.jpg'")
    store._connection.execute("UPDATE title_cache SET page_rev = 9 WHERE title = 'Terra'")
    store._connection.execute("UPDATE instanceof_cache SET page_id = 77 WHERE page_id = 3")
    store._connection.execute(
        "INSERT INTO suggestions SELECT wiki, 88, id, image, origin_wiki, confidence, found_on, "
        "kind, page_rev, section_heading, section_index, page_qid FROM suggestions "
        "WHERE image = 'C.jpg'"
    )
    assert changes(load(lake, duckdb_engine, store, ONE, FIRST)) == (0, 0)
    load(lake, duckdb_engine, store, ONE, FIRST, full=True)
    holds(store, FIRST)


def test_rows_of_two_ids_become_one_page_again(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    store._connection.execute(
        "UPDATE suggestions SET id = ? WHERE image = 'A.jpg' AND wiki = 'ptwiki'",
        [str(snapshot_id(TWO))],
    )
    load(lake, duckdb_engine, store, ONE, FIRST, full=True)
    holds(store, FIRST)


LARGE = {
    "arwiki": {1: article("غزال", "غزال.jpg")},
    "ptwiki": {1: article("Água", "A.jpg", revision=2**31 - 1)},
}


@pytest.mark.parametrize(
    "page", [{1: article("Água", "B.jpg", revision=2**31)}, {2**31: article("Água", "B.jpg")}]
)
def test_numbers_that_the_tables_do_not_hold_cost_their_own_wiki_and_are_told_at_the_end(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore, page: dict[int, Article]
) -> None:
    load(lake, duckdb_engine, store, ONE, LARGE)
    holds(store, LARGE)
    arwiki = {1: article("غزال", "B.jpg")}
    with pytest.raises(
        UserError, match=r"^ptwiki: the page \d+ has the revision \d+, and .*loaded"
    ):
        load(lake, duckdb_engine, store, TWO, {"arwiki": arwiki, "ptwiki": page})
    # What the wiki had stays.
    holds(store, {**LARGE, "arwiki": arwiki})
    with pytest.raises(UserError, match="ptwiki: the page"):
        load(lake, duckdb_engine, store, TWO, {"ptwiki": page})
    holds(store, {**LARGE, "arwiki": arwiki})


def test_a_table_with_other_columns_is_an_error_before_the_first_write(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    store._connection.execute("CREATE TABLE title_cache(wiki TEXT, title TEXT, page INTEGER)")
    with pytest.raises(StoreError, match=r"title_cache has the columns .* expected .* page_rev"):
        load(lake, duckdb_engine, store, ONE, FIRST)
    tables = store._connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("title_cache",)]


def test_no_reader_ever_finds_a_page_empty_or_mixed_or_without_its_caches(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore, tmp_path: Path
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        with closing(SQLiteStore(tmp_path / "store.sqlite")) as reader:
            for page in (1, 2):
                files = {row.image for row in reader.suggestions("ptwiki", page)}
                known = (FIRST["ptwiki"][page], SECOND["ptwiki"][page])
                assert files in [{image for image, _ in each.images} for each in known]
            for page, title in ((1, "Água"), (3, "Terra"), (4, "Terra")):
                if reader.suggestions("ptwiki", page):
                    assert reader.title("ptwiki", title) is not None
                    assert reader.instance_of("ptwiki", page) is not None

    load(lake, duckdb_engine, Watched(store, look), TWO, SECOND)
    assert looks >= 4


def test_what_is_read_back_decides_whether_it_counts_as_published(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore
) -> None:
    load(lake, duckdb_engine, store, ONE, FIRST)
    ledger = ledger_of(lake, store)
    assert [ledger.state(wiki).verified for wiki in ledger.wikis()] == [None, None]  # type: ignore[union-attr]
    problems, counts = read_back(lake, store)
    assert not any(problems.values())
    assert [(row["wiki"], row["read"]) for row in counts["suggestions"]] == [
        ("arwiki", 1),
        ("ptwiki", 13),
    ]
    assert ledger.state("ptwiki").verified is True  # type: ignore[union-attr]
    store._connection.execute("UPDATE suggestions SET confidence = 1 WHERE image = 'B.jpg'")
    store._connection.execute("DELETE FROM title_cache WHERE wiki = 'ptwiki' AND page_id = 3")
    problems, _ = read_back(lake, store)
    assert [each["says"] for each in problems["suggestions"]] == [
        "ptwiki: the page 1 (Água) is not in suggestions as it was shipped; load it again"
    ]
    assert (
        "title_cache has 2 rows in the store, expected the 3" in problems["title_cache"][0]["says"]
    )
    assert ledger.state("ptwiki").verified is False  # type: ignore[union-attr]
    assert ledger.state("arwiki").verified is True  # type: ignore[union-attr]
    # What was found wrong is not taken from the ledger again.
    load(lake, duckdb_engine, store, ONE, FIRST)
    holds(store, FIRST)


_files = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=4, unique=True)
_articles = st.builds(
    lambda title, files, revision, classes, sure: Article(
        title, tuple((f"{each}.jpg", sure) for each in files), revision, classes
    ),
    st.sampled_from(["Água", "É", "O'Brien", '"q"', "Š"]),
    _files,
    st.integers(1, 2),
    st.sampled_from([(), ("Q5",), ("Q5", "Q42")]),
    st.sampled_from([70, 90]),
)
_wiki = st.dictionaries(st.integers(1, 4), _articles, max_size=4).filter(
    lambda pages: len({each.title for each in pages.values()}) == len(pages)
)
_steps = st.tuples(
    st.integers(1, 4),
    st.fixed_dictionaries({"ptwiki": _wiki, "arwiki": _wiki}),
    st.sampled_from([("ptwiki", "arwiki"), ("ptwiki",), ("arwiki",)]),
    st.sampled_from(["well", "well", "killed", "killed within", "ledger lost", "full"]),
    st.integers(0, 9),
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_steps, min_size=2, max_size=4))
def test_whatever_happens_the_store_ends_equal_to_what_went_out_last(
    duckdb_engine: Engine, sequence: list
) -> None:
    model: dict[str, dict[int, Article]] = {}
    with (
        TemporaryDirectory() as folder,
        closing(Lake(Path(folder) / "lake")) as lake,
        closing(SQLiteStore(Path(folder) / "store.sqlite")) as store,
    ):
        for day, world, out, how, steps in sequence:
            key = f"2026-11-0{day}"
            if how.startswith("killed"):
                with suppress(Killed):
                    dying = Dying(store, steps, within=how == "killed within")
                    load(lake, duckdb_engine, dying, key, world, out, force=True)
            if how == "ledger lost":
                shutil.rmtree(lake.path / "ledger", ignore_errors=True)
            load(lake, duckdb_engine, store, key, world, out, force=True, full=how == "full")
            model.update({wiki: dict(world[wiki]) for wiki in out})
            holds(store, model)
            assert changes(load(lake, duckdb_engine, store, key, world, out)) == (0, 0)
            assert seen(store, model).keys() == {wiki for wiki, pages in model.items() if pages}
        problems, _ = read_back(lake, store)
        assert not any(problems.values())


def test_a_load_is_published_when_it_was_read_back_and_also_where_nothing_had_changed(
    lake: Lake, duckdb_engine: Engine, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Times are of whole seconds: each that is asked for is one later than the one before.
    seconds = map(partial(datetime.fromtimestamp, tz=UTC), count(1_800_000_000))
    monkeypatch.setattr(load_module, "datetime", SimpleNamespace(now=lambda _: next(seconds)))

    def known() -> tuple[bool | None, str]:
        state = ledger_of(lake, store).state("ptwiki")
        assert state is not None
        return state.verified, state.published_at

    def at() -> str:
        state = ledger_of(lake, store).state("ptwiki")
        assert state is not None
        return state.shipped_at

    load(lake, duckdb_engine, store, ONE, FIRST)
    assert known() == (None, "")
    read_back(lake, store)
    first = at()
    assert known() == (True, first)
    assert changes(load(lake, duckdb_engine, store, TWO, FIRST)) == (0, 0)
    assert known() == (None, first)
    read_back(lake, store)
    second = at()
    assert second > first
    assert known() == (True, second)
    # Nothing of it goes out any more; that it is still there makes it no younger.
    load(lake, duckdb_engine, store, THREE, FIRST, wikis=["arwiki"])
    read_back(lake, store)
    assert known() == (True, second)
    # The next load of it dies, and what is found after the one after that is wrong.
    with pytest.raises(Killed):
        load(lake, duckdb_engine, Dying(store, 1, within=False), THREE, SECOND)
    read_back(lake, store)
    load(lake, duckdb_engine, store, THREE, SECOND)
    store._connection.execute("DELETE FROM suggestions WHERE wiki = 'ptwiki'")
    read_back(lake, store)
    assert known() == (False, second)


@pytest.mark.parametrize(("memory", "most"), [("", MEMORY), ("8GB", MEMORY), ("100MB", "100MB")])
def test_a_load_sorts_in_its_own_bounds_however_much_memory_there_is(
    tmp_path: Path, memory: str, most: str
) -> None:
    resource = EngineResource(kind="duckdb", memory=memory, spark=spark_resource("1GB", {}))
    with resource.at_most(MEMORY, tmp_path) as engine:
        asked = engine._backend.con.sql("SELECT current_setting('memory_limit')")
        told, unit = asked.fetchall()[0][0].split()
    unit_bytes = {"MiB": 2**20, "GiB": 2**30}[unit]
    # DuckDB cuts off after the first digit.
    expected = int(most.removesuffix("MB")) * DUCKDB_SHARE * 10**6 / unit_bytes
    assert float(told) <= expected < float(told) + 0.1
