"""What is wrong with a snapshot: each fault found where it is, and nothing where all is well."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.manifest import UNREADABLE
from module_assets.publication.faults import FAULTS, Found, Looked, faults_of
from module_assets.reading.activity import ENDS_BEFORE
from module_assets.rules import Rules
from resources.engine import Engine
from resources.lake import Lake
from tests.module_assets.partitions import KEY, OLD, keep, keep_gate, keep_manifest

Row = dict[str, Any]
WIKIS = ("arwiki", "enwiki")
OLDER = "2026-09-01"


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """Two snapshots of two wikis, of which the older one was let through."""
    with closing(Lake(tmp_path / "lake")) as made:
        for snapshot in (OLD, KEY):
            keep_manifest(made, *WIKIS, snapshot=snapshot)
        keep_gate(made, OLD, **dict.fromkeys(WIKIS, "published"))
        yield made


def found(
    lake: Lake, engine: Engine, dataset: str, rules: Rules | None = None, key: str = KEY
) -> list[Found]:
    return FAULTS[dataset].look(Looked(lake, engine, rules or Rules(), key))


def modules(wiki: str, count: int, **more: Any) -> list[Row]:
    return [{"wiki_db": wiki, "page_id": page, **more} for page in range(1, count + 1)]


def some_broken(wiki: str, count: int, broken: Sequence[int]) -> list[Row]:
    return [{**row, "is_broken": row["page_id"] in broken} for row in modules(wiki, count)]


def in_families(wiki: str, families: Sequence[str]) -> list[Row]:
    """One module in each of these families, which may be the same."""
    rows = zip(modules(wiki, len(families)), families, strict=True)
    return [{**row, "family_id": f"enwiki/{family}"} for row, family in rows]


def test_a_wiki_that_had_modules_and_has_none_is_an_error_of_its_own(
    lake: Lake, duckdb_engine: Engine
) -> None:
    keep(lake, "modules", [*modules("arwiki", 3), *modules("enwiki", 5)], snapshot=OLD)
    keep(lake, "modules", modules("arwiki", 1))
    says = f"enwiki: no modules, expected some: 5 were there on {OLD}"
    assert found(lake, duckdb_engine, "modules") == [Found("enwiki", says, "ERROR")]
    keep(lake, "modules", [*modules("arwiki", 1), *modules("enwiki", 1)])
    assert found(lake, duckdb_engine, "modules") == []


def test_a_wiki_that_never_had_modules_and_the_first_snapshot_lack_nothing(
    lake: Lake, duckdb_engine: Engine
) -> None:
    for snapshot in (OLD, KEY):
        keep(lake, "modules", modules("arwiki", 3), snapshot=snapshot)
    assert found(lake, duckdb_engine, "modules") == []
    assert found(lake, duckdb_engine, "modules", key=OLD) == []


def test_a_snapshot_without_any_module_is_an_error_of_all(
    lake: Lake, duckdb_engine: Engine
) -> None:
    keep(lake, "modules", [])
    (none,) = found(lake, duckdb_engine, "modules")
    assert (none.wiki, none.severity) == ("", "ERROR")


def test_a_history_that_ends_before_its_month_is_told_of(lake: Lake, duckdb_engine: Engine) -> None:
    read = {"arwiki": {ENDS_BEFORE: ""}, "enwiki": {ENDS_BEFORE: "2026-08"}}
    keep(lake, "module_edits", [], details={"read": read})
    says = "enwiki: its history ends with 2026-08, expected it to reach its own month"
    assert found(lake, duckdb_engine, "module_edits") == [Found("enwiki", says)]


def test_a_month_of_views_that_can_not_be_read_is_told_of(
    lake: Lake, duckdb_engine: Engine
) -> None:
    lost = {"bgwiki": "page.sql.gz: cut off"}
    keep(lake, "article_views", [], details={UNREADABLE: lost})
    assert found(lake, duckdb_engine, "article_views") == []
    why = {"pageviews": "pageviews-202610-user.bz2: cut off"}
    keep(lake, "article_views", [], details={UNREADABLE: lost | why})
    says = f"views of articles are not known of any wiki: {why['pageviews']}"
    assert found(lake, duckdb_engine, "article_views") == [Found("", says)]


def test_a_wiki_is_compared_with_the_last_snapshot_that_has_what_is_compared(
    lake: Lake, duckdb_engine: Engine
) -> None:
    keep(lake, "modules", [*modules("arwiki", 3), *modules("enwiki", 5)], snapshot=OLDER)
    keep_gate(lake, OLDER, **dict.fromkeys(WIKIS, "published"))
    keep(lake, "modules", modules("arwiki", 1))
    (gone,) = found(lake, duckdb_engine, "modules")
    assert (gone.wiki, gone.says.endswith(OLDER)) == ("enwiki", True)


def test_what_was_held_back_is_nothing_to_compare_with(lake: Lake, duckdb_engine: Engine) -> None:
    keep(lake, "modules", [*modules("arwiki", 3), *modules("enwiki", 5)], snapshot=OLD)
    keep(lake, "modules", modules("arwiki", 1))
    keep_gate(lake, OLD, arwiki="published", enwiki="held")
    assert found(lake, duckdb_engine, "modules") == []


@pytest.mark.parametrize(("broken", "is_fault"), [([1, 2], False), ([1, 2, 3], True)])
def test_more_than_1_percent_that_is_broken_and_was_not_is_an_error_of_its_wiki(
    lake: Lake, duckdb_engine: Engine, broken: list[int], is_fault: bool
) -> None:
    """Of 100 modules the first was broken before."""
    others = some_broken("arwiki", 100, [])
    keep(lake, "module_code", [*others, *some_broken("enwiki", 100, [1])], snapshot=OLD)
    keep(lake, "module_code", [*others, *some_broken("enwiki", 100, broken)])
    says = (
        f"enwiki: 2 of 100 modules are broken that were not on {OLD} (2.0%), expected at most 1.0%"
    )
    expected = [Found("enwiki", says, "ERROR", 0.02)] if is_fault else []
    assert found(lake, duckdb_engine, "module_code") == expected


def test_each_wiki_is_compared_with_the_last_snapshot_in_which_it_was_let_through(
    lake: Lake, duckdb_engine: Engine
) -> None:
    between = "2026-10-19"
    keep(lake, "module_code", some_broken("enwiki", 9, []), snapshot=OLD)
    keep(lake, "module_code", some_broken("enwiki", 9, [1, 2, 3]), snapshot=between)
    keep(lake, "module_code", some_broken("enwiki", 9, [1, 2, 3]))
    keep_gate(lake, between, enwiki="held", arwiki="published")
    (fault,) = found(lake, duckdb_engine, "module_code")
    assert f"3 of 9 modules are broken that were not on {OLD}" in fault.says
    keep_gate(lake, between, enwiki="released", arwiki="published")
    assert found(lake, duckdb_engine, "module_code") == []


def test_titles_without_a_text_are_counted_and_named(lake: Lake, duckdb_engine: Engine) -> None:
    titles = ["A", "B", "C", "D"]
    lacking = {"titles in the index": 8, "titles that their stream lacks": 4, "of these": titles}
    well = {**lacking, "titles that their stream lacks": 0, "of these": []}
    keep(lake, "exported_modules", details={"read": {"arwiki": well, "enwiki": lacking}})
    says = "enwiki: the index lists 8 titles, and 4 have no text: A, B, C"
    assert found(lake, duckdb_engine, "exported_modules") == [Found("enwiki", says, "WARN", 0.5)]


@pytest.mark.parametrize(("lost", "is_fault"), [(1, False), (2, True)])
def test_more_than_10_percent_of_uses_without_a_module_warn(
    lake: Lake, duckdb_engine: Engine, lost: int, is_fault: bool
) -> None:
    known = [{"wiki_db": wiki, "title": "There"} for wiki in WIKIS]
    keep(lake, "modules", [*known, {"wiki_db": "arwiki", "title": "Elsewhere"}])
    titles = ["Elsewhere"] * lost + ["There"] * (10 - lost)
    uses = [{"wiki_db": "enwiki", "title": title} for title in titles]
    keep(lake, "module_transclusions", [*uses, {"wiki_db": "arwiki", "title": "Elsewhere"}])
    says = "enwiki: 2 of 10 uses are of titles that have no module (20.0%), expected at most 10.0%"
    expected = [Found("enwiki", says, "WARN", 0.2)] if is_fault else []
    assert found(lake, duckdb_engine, "module_use") == expected


@pytest.mark.parametrize(("largest", "is_fault"), [(4, False), (5, True)])
def test_a_family_of_more_than_a_fifth_of_all_modules_is_an_error_of_all(
    lake: Lake, duckdb_engine: Engine, largest: int, is_fault: bool
) -> None:
    keep(lake, "modules", modules("enwiki", 20))
    families = ["7"] * largest + [str(number) for number in range(100, 116 - largest)]
    keep(lake, "module_families", in_families("enwiki", families))
    says = "the family enwiki/7 has 5 of all 20 modules (25%), expected at most 20%"
    expected = [Found("", says, "ERROR", 0.25)] if is_fault else []
    assert found(lake, duckdb_engine, "module_families") == expected


def test_no_modules_at_all_are_in_no_family(lake: Lake, duckdb_engine: Engine) -> None:
    keep(lake, "modules")
    keep(lake, "module_families")
    assert found(lake, duckdb_engine, "module_families") == []


OLD_FAMILIES = ["1", "1", "1", "2", "2", "3"]
KEPT_BY = {
    "as they were": (OLD_FAMILIES, 0),
    "under other names": (["9", "9", "9", "8", "8", "7"], 0),
    "most of one": (["1", "1", "5", "2", "2", "3"], 0),
    "half of one": (["1", "1", "1", "2", "6", "3"], 1),
    "one is gone": (["1", "1", "1", "2", "2"], 0),
    "two in pieces": (["1", "2", "3", "4", "5", "6"], 2),
}
"""What becomes of six modules in three families, of which the third is not large."""


@pytest.mark.parametrize("case", KEPT_BY)
def test_large_families_that_fall_apart_are_counted(
    lake: Lake, duckdb_engine: Engine, case: str
) -> None:
    now, gone = KEPT_BY[case]
    wikis = {"1": 10, "2": 12, "3": 9}
    rows = [{"family_id": f"enwiki/{name}", "wikis": count} for name, count in wikis.items()]
    keep(lake, "families", rows, snapshot=OLD)
    keep(lake, "module_families", in_families("enwiki", OLD_FAMILIES), snapshot=OLD)
    keep(lake, "module_families", in_families("enwiki", now))
    faults = found(lake, duckdb_engine, "families")
    says = (
        f"{gone} of the 2 families of {OLD} with 10 wikis or more are gone ({gone / 2:.1%}), "
        "expected at most 5.0%"
    )
    assert faults == ([Found("", says, "WARN", gone / 2)] if gone else [])


def test_without_a_snapshot_before_no_family_is_gone(lake: Lake, duckdb_engine: Engine) -> None:
    keep(lake, "module_families", in_families("enwiki", OLD_FAMILIES), snapshot=OLD)
    assert found(lake, duckdb_engine, "families", key=OLD) == []


def test_every_bound_is_a_person_s_to_change(lake: Lake, duckdb_engine: Engine) -> None:
    keep(lake, "modules", modules("enwiki", 4))
    keep(lake, "module_families", in_families("enwiki", ["1", "1", "1", "2"]))
    assert found(lake, duckdb_engine, "module_families")
    assert not found(lake, duckdb_engine, "module_families", Rules(family_share=0.75))


@pytest.mark.parametrize("name", ["duckdb", pytest.param("spark", marks=pytest.mark.cluster)])
def test_both_engines_find_the_same_and_what_is_of_all_holds_every_wiki(
    lake: Lake, name: str, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(f"{name}_engine")
    for read in ("exported_modules", "module_edits", "article_views"):
        keep(lake, read, details={"read": {}})
    keep(lake, "modules", [*modules("arwiki", 3), *modules("enwiki", 3)], snapshot=OLD)
    keep(lake, "modules", modules("enwiki", 4, title="There"))
    keep(lake, "module_transclusions", [{"wiki_db": "enwiki", "title": "Not_there"}])
    keep(lake, "module_code", some_broken("enwiki", 4, []), snapshot=OLD)
    keep(lake, "module_code", some_broken("enwiki", 4, [4]))
    keep(lake, "families", [{"family_id": "enwiki/1", "wikis": 10}], snapshot=OLD)
    keep(lake, "module_families", in_families("enwiki", ["1", "1"]), snapshot=OLD)
    keep(lake, "module_families", in_families("enwiki", ["1", "2", "2", "2"]))
    looked = Looked(lake, engine, Rules(), KEY)
    told = [
        (dataset, each.wiki, each.severity, each.share)
        for dataset, expected in FAULTS.items()
        for each in expected.look(looked)
    ]
    assert told == [
        ("modules", "arwiki", "ERROR", 1.0),
        ("module_use", "enwiki", "WARN", 1.0),
        ("module_code", "enwiki", "ERROR", 0.25),
        ("module_families", "", "ERROR", 0.75),
        ("families", "", "WARN", 1.0),
    ]
    assert sorted((fault.wiki, fault.check, fault.share) for fault in faults_of(looked)) == [
        ("arwiki", "module_families largest", 0.75),
        ("arwiki", "modules gone", 1.0),
        ("enwiki", "module_code broken", 0.25),
        ("enwiki", "module_families largest", 0.75),
    ]
