"""What is new in a list: it was not there in the last snapshot that was let through."""

from pathlib import Path
from typing import Any

import pytest

from module_assets.answers import lists
from module_assets.answers.published import published
from module_assets.datasets.rows import MODULE
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, default_weights
from resources.lake import Lake
from tests.module_assets.partitions import KEY, OLD, keep, keep_gate

HELD = "2026-10-19"
SHAPES = {name: name * 32 for name in "abc"}


def keep_all(lake: Lake, snapshot: str, *families: str, alone: str = "") -> None:
    """Keep a snapshot in which these families have a module on each of two wikis, whose pages are
    counted as families are named; ``alone`` is a family of one wiki.
    """
    pages = {name: "abcd".index(name) + 1 for name in "abcd"}
    modules: list[dict[str, Any]] = [
        {"wiki_db": wiki, "page_id": pages[name], "family_id": f"awiki/{pages[name]}"}
        for name in [*families, *alone]
        for wiki in ("awiki", "bwiki")
        if name in families or wiki == "awiki"
    ]
    keys = [{name: row[name] for name in MODULE} for row in modules]
    with_family = {"module_families": modules}
    for dataset in ("modules", "module_code", "module_use", "module_scores"):
        more = {"is_draft": False} if dataset == "modules" else {}
        with_family[dataset] = [{**key, **more} for key in keys]
    ids = [{"family_id": f"awiki/{pages[name]}"} for name in families]
    with_family |= {"families": ids, "family_scores": ids}
    with_family["wikis"] = [{"wiki_db": wiki} for wiki in ("awiki", "bwiki")]
    with_family["function_families"] = [{"shape": SHAPES[n]} for n in families if n in SHAPES]
    for dataset, rows in with_family.items():
        keep(lake, dataset, rows, snapshot=snapshot)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A family `a` that was there before, `b` that was on one wiki alone, and `c`, which is new."""
    made = Lake(tmp_path / "lake")
    keep_all(made, OLD, "a", alone="b")
    keep_gate(made, OLD, awiki="published", bwiki="published")
    keep_all(made, HELD, "a", "b", "c")
    keep_gate(made, HELD, awiki="held", bwiki="held")
    keep_all(made, KEY, "a", "b", "c")
    keep_gate(made, KEY, awiki="published", bwiki="published")
    return made


def test_a_family_is_new_where_none_of_its_modules_was_in_one_before(lake: Lake) -> None:
    weights = default_weights(FAMILY_FEATURES)
    with published(lake) as there:
        assert there.before == OLD
        found = lists.families(there, lists.Wanted(), weights)
        assert {row["family_id"]: row["is_new"] for row in found} == {
            "awiki/1": False,
            "awiki/2": True,
            "awiki/3": True,
        }
        new = lists.families(there, lists.Wanted(new=True), weights)
        assert {row["family_id"] for row in new} == {"awiki/2", "awiki/3"}


def test_a_module_is_new_where_its_page_was_not_there_before(lake: Lake) -> None:
    with published(lake) as there:
        new = lists.modules(there, lists.Wanted(new=True), default_weights(MODULE_FEATURES))
    places = {(row["wiki_db"], row["page_id"]) for row in new}
    assert places == {("awiki", 3), ("bwiki", 2), ("bwiki", 3)}


def test_a_function_is_new_where_its_shape_was_on_no_two_wikis_before(lake: Lake) -> None:
    with published(lake) as there:
        new = lists.functions(there, lists.Wanted(new=True))
    assert {row["shape"] for row in new} == {SHAPES["b"], SHAPES["c"]}


def test_a_function_is_of_the_kinds_of_the_modules_that_have_it_but_drafts(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    keep_all(lake, KEY, "a", "b", "c")
    keep_gate(lake, KEY, awiki="published", bwiki="published")
    kinds = {1: "code", 2: "data", 3: "data"}
    pages = [{"wiki_db": "awiki", "page_id": page} for page in kinds]
    code = [{**page, "kind": kinds[page["page_id"]]} for page in pages]
    found = [(1, "a"), (2, "a"), (2, "b"), (3, "c")]
    functions = [
        {"wiki_db": "awiki", "page_id": page, "shape": SHAPES[name]} for page, name in found
    ]
    keep(lake, "modules", [{**page, "is_draft": page["page_id"] == 3} for page in pages])
    keep(lake, "module_code", code)
    keep(lake, "module_functions", functions)
    with published(lake) as there:
        of_kind = {
            kind: {row["shape"] for row in lists.functions(there, lists.Wanted(kind=kind))}
            for kind in ("", "code", "data")
        }
        nowhere = lists.functions(there, lists.Wanted(kind="data", wiki="bwiki"))
    names = {"": "abc", "code": "a", "data": "ab"}
    assert of_kind == {kind: {SHAPES[name] for name in names[kind]} for kind in names}
    assert nowhere == []


def test_in_the_first_snapshot_nothing_is_new(lake: Lake) -> None:
    wanted = lists.Wanted(new=True)
    with published(lake, OLD) as there:
        assert there.before == ""
        assert lists.families(there, wanted, default_weights(FAMILY_FEATURES)) == []
        assert lists.modules(there, wanted, default_weights(MODULE_FEATURES)) == []
        assert lists.functions(there, wanted) == []
