"""What the delta holds, and that index and pipeline never drift apart, whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from imagesuggest_assets.datasets.search_index import FLAG
from imagesuggest_assets.publication.search.delta import difference, forgotten, judged_since
from resources.engine import Engine
from resources.errors import UserError
from resources.ledger import target_of
from resources.search.multilist import DELETE_GROUPING, groups_of
from resources.storage import storage_at
from tests.imagesuggest_assets.publication.search.searching import (
    P18,
    P373,
    QUICK,
    DiedError,
    Model,
    ModelSearch,
    World,
    flags,
    plain,
)
from tests.tables import Tables

GONE = [DELETE_GROUPING]
Row = tuple[str, int, int, str, list[str] | None]


def rows_of(tables: Tables, table: Any) -> list[tuple[Any, ...]]:
    names = ("wikiid", "page_id", "page_namespace", "tag", "values")
    return sorted(tuple(row[name] for name in names) for row in tables.engine.rows(table))


def test_the_delta_is_what_differs_what_is_doubted_what_went_and_what_was_judged(
    tables: Tables,
) -> None:
    full: list[Row] = [
        ("c", 1, 6, "same", ["Q1|1", "Q2|2"]),
        ("c", 2, 6, "changed", ["Q1|2"]),
        ("c", 3, 6, "new", ["Q1|1"]),
        ("c", 4, 6, "doubted", ["Q1|1"]),
        ("p", 1, 0, "judged", ["exists|1"]),
        ("p", 2, 0, "same", ["exists|1"]),
    ]
    shipped: list[Row] = [
        ("c", 1, 6, "same", ["Q1|1", "Q2|2"]),
        ("c", 2, 6, "changed", ["Q1|1"]),
        ("c", 4, 6, "doubted", None),
        ("c", 5, 6, "gone", ["Q1|1"]),
        ("c", 6, 6, "doubted and gone", None),
        ("p", 1, 0, "judged", ["exists|1"]),
        ("p", 2, 0, "same", ["exists|1"]),
    ]
    judged = [("p", 1, 0, "judged", ["-"]), ("p", 9, 0, "judged", ["-"])]
    table = tables.make("search_index_full", judged).drop("values")
    doubtful = tables.make("search_index_full", shipped)
    found = difference(tables.make("search_index_full", full), doubtful, table)
    assert rows_of(tables, found) == [
        ("c", 2, 6, "changed", ["Q1|2"]),
        ("c", 3, 6, "new", ["Q1|1"]),
        ("c", 4, 6, "doubted", ["Q1|1"]),
        ("c", 5, 6, "gone", GONE),
        ("c", 6, 6, "doubted and gone", GONE),
        ("p", 1, 0, "judged", ["exists|1"]),
    ]
    everything = rows_of(
        tables, difference(tables.make("search_index_full", full), forgotten(doubtful), table)
    )
    assert [row[:4] for row in everything] == sorted({row[:4] for row in (*full, *shipped)})


NOON = datetime(2026, 11, 2, 12, 30, 15, 123456, tzinfo=UTC)
EVENTS: list[tuple[Any, ...]] = [
    ("ptwiki", 1, "A.jpg", "rejected", "article", NOON),
    ("ptwiki", 2, "A.jpg", "undecided", "article", None),
    ("ptwiki", 3, "A.jpg", "rejected", "section", NOON),
    ("ptwiki", 4, "", "undecided", "page", NOON),
    ("arwiki", 5, "A.jpg", "accepted", "article", NOON),
    ("dewiki", 6, "A.jpg", "accepted", "article", NOON),
    ("commonswiki", 7, "A.jpg", "accepted", "article", NOON),
]


def judged_pages(
    tables: Tables, feedback: Any, known: list[tuple[Any, ...]]
) -> list[tuple[str, int]]:
    wikis = ("ptwiki", "arwiki", "commonswiki")
    rows = tables.engine.rows(judged_since(feedback, tables.make("feedback", known), wikis))
    assert all((row["page_namespace"], row["tag"]) == (0, FLAG) for row in rows)
    return sorted((row["wikiid"], row["page_id"]) for row in rows)


def test_feedback_of_any_kind_counts_where_it_was_not_known_of_wikis_that_have_flags(
    tables: Tables,
) -> None:
    feedback = tables.make("feedback", EVENTS)
    everything = [("arwiki", 5), *(("ptwiki", page) for page in (1, 2, 3, 4))]
    assert judged_pages(tables, feedback, []) == everything
    assert judged_pages(tables, feedback, EVENTS) == []
    for place, event in enumerate(EVENTS[:5]):
        others = EVENTS[:place] + EVENTS[place + 1 :]
        assert judged_pages(tables, feedback, others) == [event[:2]]


@pytest.mark.parametrize("place", range(6))
def test_an_event_that_differs_in_anything_is_another(duckdb_tables: Tables, place: int) -> None:
    other = ("arwiki", 9, "B.jpg", "accepted", "section", NOON - timedelta(days=999))
    known = [(*EVENTS[0][:place], other[place], *EVENTS[0][place + 1 :])]
    feedback = duckdb_tables.make("feedback", EVENTS[:1])
    assert judged_pages(duckdb_tables, feedback, known) == [("ptwiki", 1)]


def test_feedback_kept_before_there_was_an_about_is_of_articles(tables: Tables) -> None:
    feedback = tables.make("feedback", EVENTS[:2]).drop("about")
    assert judged_pages(tables, feedback, EVENTS[:1]) == [("ptwiki", 2)]


@pytest.fixture
def duckdb_tables(duckdb_engine: Engine, tmp_path: Path) -> Tables:
    return Tables(duckdb_engine, tmp_path)


@pytest.fixture
def model() -> Model:
    pages = {page: ["other/kept|1"] for page in range(1, 7)}
    names = ("arwiki_content", "commonswiki_file", "ptwiki_content")
    return Model(pages={name: dict(pages) for name in names})


@pytest.fixture
def world(tmp_path: Path, model: Model) -> Any:
    made = World(tmp_path, ModelSearch(where="model", model=model, bounds=QUICK))
    yield made
    made.close()


def test_an_event_that_comes_late_is_in_the_next_delta_once(world: World) -> None:
    tags = flags("ptwiki", 1, 2, 3)
    first = [("ptwiki", 1, "2026-11-02T12:00:00")]
    world.snapshot("2026-11-02", tags, first)
    world.ship("2026-11-02")
    # An hour before what was known, a century later, and without any time.
    late = [("ptwiki", 2, "2026-11-02T11:00:00"), ("ptwiki", 3, ""), ("ptwiki", 3, "2126-01-01")]
    world.snapshot("2026-11-02", tags, [*first, *late])
    assert world.delta("2026-11-02") == flags("ptwiki", 2, 3)
    world.ship("2026-11-02")
    assert world.delta("2026-11-02") == {}
    world.snapshot("2026-11-09", tags, [*first, *late])
    assert world.delta("2026-11-09") == {}


def test_feedback_on_a_file_that_was_moved_since_is_known(world: World) -> None:
    tags, judged = flags("ptwiki", 1, 2), [("ptwiki", 1, "2026-11-02T12:00:00")]
    world.snapshot("2026-11-02", tags, judged)
    world.ship("2026-11-02")
    more = [*judged, ("ptwiki", 2, "2026-11-08T12:00:00")]
    world.snapshot("2026-11-09", tags, more, moved=[("F.jpg", "G.jpg")])
    assert world.delta("2026-11-09") == flags("ptwiki", 2)


def test_feedback_on_a_wiki_that_is_held_waits_for_its_shipment(world: World) -> None:
    tags = {**flags("ptwiki", 1), **flags("arwiki", 1)}
    world.snapshot("2026-11-02", tags)
    world.ship("2026-11-02")
    judged = [(wiki, 1, "2026-11-02T12:00:00") for wiki in ("ptwiki", "arwiki")]
    world.snapshot("2026-11-09", tags, judged, held=["ptwiki"])
    assert world.delta("2026-11-09") == flags("arwiki", 1)
    world.ship("2026-11-09")
    world.snapshot("2026-11-16", tags, judged)
    assert world.delta("2026-11-16") == flags("ptwiki", 1)


def test_each_target_has_its_own_memory_of_feedback(tmp_path: Path, model: Model) -> None:
    tags, judged = flags("ptwiki", 1), [("ptwiki", 1, "2026-11-02T12:00:00")]
    worlds = [
        World(tmp_path, ModelSearch(where=where, model=model, bounds=QUICK)) for where in "ab"
    ]
    for world in worlds:
        world.snapshot("2026-11-02", tags)
        world.ship("2026-11-02")
    worlds[0].snapshot("2026-11-02", tags, judged)
    for world in worlds:
        assert world.delta("2026-11-02") == tags
        world.ship("2026-11-02")
        assert world.delta("2026-11-02") == {}
    worlds[0].close()


def test_a_full_delta_knows_its_feedback_too(world: World) -> None:
    tags, judged = flags("ptwiki", 1, 2), [("ptwiki", 1, "2026-11-02T12:00:00")]
    world.snapshot("2026-11-02", tags)
    world.ship("2026-11-02")
    world.snapshot("2026-11-02", tags, judged)
    assert world.delta("2026-11-02", full=True) == tags
    world.files("2026-11-02")
    world.update("2026-11-02")
    assert world.delta("2026-11-02") == {}


def test_feedback_that_was_read_again_before_the_update_is_not_taken_for_known(
    world: World,
) -> None:
    tags, judged = flags("ptwiki", 1), [("ptwiki", 1, "2026-11-02T12:00:00")]
    world.snapshot("2026-11-02", tags)
    world.ship("2026-11-02")
    world.delta("2026-11-02")
    world.files("2026-11-02")
    world.snapshot("2026-11-02", tags, judged)
    world.update("2026-11-02")
    assert world.delta("2026-11-02") == tags


def test_feedback_on_a_page_that_has_no_flag_and_never_had_one_is_nothing_to_send(
    world: World,
) -> None:
    world.snapshot("2026-11-02", flags("ptwiki", 1))
    world.ship("2026-11-02")
    world.snapshot(
        "2026-11-02", flags("ptwiki", 1), [("ptwiki", 2**62, ""), ("commonswiki", 1, "")]
    )
    assert world.delta("2026-11-02") == {}


def test_where_nothing_is_shipped_the_delta_stays_the_full_set(tmp_path: Path) -> None:
    world = World(tmp_path, ModelSearch())
    tags = {**flags("ptwiki", 1, 2), ("commonswiki", 1, P18): ["Q1|1000"]}
    world.snapshot("2026-11-02", tags, held=["arwiki"])
    for _ in range(2):
        assert world.delta("2026-11-02") == tags
        assert world.files("2026-11-02")["dagster/partition_row_count"] == 3
        assert "IMAGESUGGEST_SEARCH is not set" in world.update("2026-11-02")["what happened"]
        assert world.check("2026-11-02").passed
    world.close()


def test_bulk_files_are_the_shipment_where_the_setting_says_so(tmp_path: Path) -> None:
    world = World(tmp_path, ModelSearch(where="files"))
    first = {**flags("ptwiki", 1, 2), ("commonswiki", 1, P18): ["Q1|1000"]}
    world.snapshot("2026-11-02", first)
    assert world.ship("2026-11-02")["written"] == 3
    assert world.delta("2026-11-02") == {}
    # A second run has nothing new, and leaves what somebody has still to take.
    world.ship("2026-11-02")
    assert world.files("2026-11-02")["files"] == 2
    ledger = world.search.shipped(storage_at(tmp_path / "lake"), tmp_path, print).ledger
    for published in (False, True):
        shipped = ledger.state("commonswiki")
        assert shipped is not None
        assert shipped.published_at == (shipped.shipped_at if published else "")
        assert world.check("2026-11-02").passed
    world.snapshot("2026-11-09", {**flags("ptwiki", 2, 3)})
    assert world.delta("2026-11-09") == {
        **flags("ptwiki", 3),
        ("ptwiki", 1, FLAG): GONE,
        ("commonswiki", 1, P18): GONE,
    }
    world.close()


def test_a_delta_that_is_older_than_what_was_shipped_since_is_refused(world: World) -> None:
    world.snapshot("2026-11-02", flags("ptwiki", 1))
    world.delta("2026-11-02")
    world.files("2026-11-02")
    world.snapshot("2026-11-09", flags("ptwiki", 1, 2))
    world.ship("2026-11-09")
    told = world.update("2026-11-02")
    assert "the snapshot 2026-11-09, which is newer, was shipped" in told["what happened"]
    assert told["written"] == 0
    with pytest.raises(UserError, match=r"was computed before the last shipment of .*materialize"):
        world.update("2026-11-02", older=True)
    world.ship("2026-11-02")
    world.delta("2026-11-02")
    world.files("2026-11-02")
    assert world.update("2026-11-02", older=True)["written"] == 1


def test_a_wiki_that_is_held_after_the_delta_was_made_is_not_sent(
    world: World, model: Model
) -> None:
    world.snapshot("2026-11-02", {**flags("ptwiki", 1), **flags("arwiki", 1)})
    world.delta("2026-11-02")
    world.files("2026-11-02")
    world.gate("2026-11-02", held=["ptwiki"])
    told = world.update("2026-11-02")
    assert "ptwiki: it was held back after the delta was computed" in told["what happened"]
    assert model.pages["ptwiki_content"][1] == ["other/kept|1"]
    assert f"{FLAG}/exists|1" in model.pages["arwiki_content"][1]


def test_bulk_files_of_another_delta_are_not_taken_for_it(world: World) -> None:
    world.snapshot("2026-11-02", flags("ptwiki", 1))
    world.delta("2026-11-02")
    world.files("2026-11-02")
    world.delta("2026-11-02")
    with pytest.raises(UserError, match="not those of its search_index_delta; materialize"):
        world.update("2026-11-02")


WIKIS = ("arwiki", "commonswiki", "ptwiki")
TAGS = {"arwiki": (FLAG,), "ptwiki": (FLAG,), "commonswiki": (P18, P373)}
values = st.sampled_from([["exists|1"], ["Q1|1"], ["Q1|1", "Q2|7"]])
keys = st.sampled_from([(w, p, t) for w in WIKIS for p in range(1, 8) for t in TAGS[w]])
weeks = st.fixed_dictionaries(
    {
        "tags": st.dictionaries(keys, values, max_size=12),
        "held": st.sets(st.sampled_from(WIKIS), max_size=2),
        "judged": st.sets(st.tuples(st.sampled_from(("arwiki", "ptwiki")), st.integers(1, 7))),
        "dies": st.lists(st.integers(0, 6), max_size=2),
        "deleted": st.sets(st.tuples(st.sampled_from(WIKIS), st.integers(1, 7)), max_size=1),
        "others": st.tuples(st.sampled_from(WIKIS), st.integers(1, 6)),
    }
)


@settings(
    max_examples=5,
    deadline=None,
    # A smaller example is not worth minutes: each takes a second.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(weeks, min_size=2, max_size=3), st.booleans())
def test_whatever_happens_the_index_ends_as_the_snapshots_that_went_out(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, Any]], plugin: bool
) -> None:
    """Snapshots, held wikis, judged articles, killed runs, deleted pages, and other writers."""
    model = Model(
        plugin=plugin,
        pages={index(wiki): {page: ["other/kept|1"] for page in range(1, 7)} for wiki in WIKIS},
    )
    world = World(
        tmp_path_factory.mktemp("world"), ModelSearch(where="model", model=model, bounds=QUICK)
    )
    wanted: dict[tuple[str, int, str], list[str]] = {}
    other: dict[tuple[str, int], str] = {}
    feedback: list[tuple[str, int, str]] = []
    cleared_while_held: set[str] = set()
    for number, week in enumerate(history):
        key = f"2026-11-{number + 1:02}"
        for wiki, page in week["judged"]:
            # Somebody judges, and the editing tools clear the flag.
            if page in model.pages[index(wiki)]:
                kept = [t for t in model.pages[index(wiki)][page] if not t.startswith(FLAG)]
                model.change(index(wiki), page, kept)
            feedback.append((wiki, page, f"{key}T00:00:00.{len(feedback):06}"))
        for wiki, page in week["deleted"]:
            model.pages[index(wiki)].pop(page, None)
        wiki, page = week["others"]
        if page in model.pages[index(wiki)]:
            kept = [t for t in model.pages[index(wiki)][page] if not t.startswith("other/")]
            model.change(index(wiki), page, [*kept, f"other/kept|{number}"])
            other[wiki, page] = f"other/kept|{number}"
        world.snapshot(key, week["tags"], feedback, week["held"])
        for requests in week["dies"]:
            left = iter(range(2 * requests))
            model.dies = lambda left=left: next(left, None) is None  # type: ignore[misc]
            try:
                world.ship(key)
            except DiedError:
                continue
        model.dies = lambda: False
        world.ship(key)
        wanted = {k: v for k, v in wanted.items() if k[0] in week["held"]}
        wanted |= {k: v for k, v in week["tags"].items() if k[0] not in week["held"]}
        out = set(WIKIS) - week["held"]
        cleared_while_held |= {wiki for wiki, _ in week["judged"]}
        cleared_while_held -= out
        for wiki in out:
            for page, tags in model.pages[index(wiki)].items():
                ours = {
                    (wiki, page, group): {tag.split("/", 1)[1] for tag in tags}
                    for group, tags in groups_of(tags).items()
                    if group != "other"
                }
                theirs = {k: set(v) for k, v in wanted.items() if k[:2] == (wiki, page)}
                assert ours == theirs
                assert other.get((wiki, page), "other/kept|1") in tags
        before = model.requests
        left_over = world.delta(key)
        # Only what is not in the index at all is tried again.
        assert all(page not in model.pages[index(wiki)] for wiki, page, _ in left_over)
        world.files(key)
        assert world.update(key)["written"] == 0
        # Flags of a wiki that is held come back when it is shipped.
        assert world.check(key).passed or cleared_while_held
        assert model.requests >= before
    world.close()


def index(wiki: str) -> str:
    return "commonswiki_file" if wiki == "commonswiki" else f"{wiki}_content"


def test_a_cluster_is_known_however_its_addresses_are_written(tmp_path: Path) -> None:
    model = Model(pages={"ptwiki_content": {1: [], 2: []}})
    search = ModelSearch.of("http://search1:9200")
    world = World(tmp_path, replace(search, model=model))
    world.snapshot("2026-11-02", flags("ptwiki", 1, 2))
    world.ship("2026-11-02")
    for where in ("http://search2:9200", "HTTP://ana:pw@Search1", "http://search1,http://search2"):
        world.search = replace(ModelSearch.of(where), model=model)
        assert world.delta("2026-11-02") == {}
    # Another cluster behind the same address was sent nothing.
    world.search = replace(search, model=Model(cluster="another"))
    assert world.delta("2026-11-02") == flags("ptwiki", 1, 2)
    world.close()


def test_a_ledger_that_was_named_by_the_address_is_that_of_the_cluster_behind_it(
    tmp_path: Path,
) -> None:
    model = Model(pages={"ptwiki_content": {1: [], 2: []}})
    search = replace(ModelSearch.of("http://search1:9200"), model=model)
    world = World(tmp_path, search)
    world.snapshot("2026-11-02", flags("ptwiki", 1, 2))
    world.ship("2026-11-02")
    folder = tmp_path / "lake" / "ledger"
    (known,) = folder.iterdir()
    known.rename(folder / target_of("search", search.where))
    assert world.delta("2026-11-02") == {}
    assert list(folder.iterdir()) == [known]
    world.close()


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({page: [f"{FLAG}/exists|1"] for page in range(1, 31)}, "30 pages have"),
        ({}, "0 pages have"),
    ],
)
def test_pages_with_a_flag_are_counted_in_the_index_too(
    tmp_path: Path, pages: dict[int, list[str]], says: str
) -> None:
    model = Model(pages={"ptwiki_content": {page: [] for page in range(1, 31)}})
    world = World(tmp_path, replace(ModelSearch.of("http://search"), model=model))
    world.snapshot("2026-11-02", flags("ptwiki", *range(1, 21)))
    world.ship("2026-11-02")
    assert world.check("2026-11-02").passed
    # Editors judged some.
    for page in range(1, 4):
        model.pages["ptwiki_content"][page] = []
    assert world.check("2026-11-02").passed
    model.pages["ptwiki_content"] = pages
    result = world.check("2026-11-02")
    assert not result.passed
    assert f"ptwiki: {says} {FLAG} in the index, expected the 20 that were sent" in str(
        result.description
    )
    assert plain(result.metadata)["counts"][0]["in the index"] == len(pages)
    world.close()


def test_what_is_held_after_it_was_sent_gets_its_last_good_tags_again_or_loses_all(
    tmp_path: Path,
) -> None:
    model = Model(plugin=True, pages={index(wiki): {1: [], 2: [], 3: []} for wiki in WIKIS})
    world = World(tmp_path, ModelSearch(where="model", model=model, bounds=QUICK))

    def flagged() -> dict[str, list[int]]:
        return {
            wiki: [page for page, tags in model.pages[index(wiki)].items() if tags]
            for wiki in ("arwiki", "ptwiki")
        }

    one, two = "2026-11-02", "2026-11-09"
    world.snapshot(one, flags("ptwiki", 1, 2) | flags("arwiki", 1))
    world.ship(one)
    world.snapshot(two, flags("ptwiki", 2, 3) | flags("arwiki", 2))
    world.ship(two)
    assert flagged() == {"ptwiki": [2, 3], "arwiki": [2]}
    world.gate(two, held=["ptwiki"])
    # It is due until all of it is sent.
    model.dies = lambda: True  # type: ignore[method-assign]
    with pytest.raises(DiedError):
        world.ship(two)
    model.dies = lambda: False  # type: ignore[method-assign]
    told = world.ship(two)
    assert told["put back"] == [{"wiki": "ptwiki", "held or retired": two, "put back": one}]
    assert flagged() == {"ptwiki": [1, 2], "arwiki": [2]}
    assert world.check(two).passed
    assert world.delta(two) == {}
    world.gate(one, held=["ptwiki"])
    world.ship(one)
    assert flagged() == {"ptwiki": [], "arwiki": [2]}
    assert world.check(one).passed
    world.gate(two)
    world.ship(two)
    assert flagged() == {"ptwiki": [2, 3], "arwiki": [2]}
    world.close()
