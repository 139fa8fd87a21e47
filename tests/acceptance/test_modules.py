"""A whole run of the module finder through its command, beside an independent reading of the dumps
that it is made of.
"""

from pathlib import Path

import pytest

from tests.acceptance.command import Ended, modules, rows_of, run_modules
from tests.acceptance.modules_reference import NAMES, datasets_of
from tests.module_assets.datasets.reference import World
from tests.module_assets.datasets.test_worlds import assert_same

KEY = "2026-11-02"
SIZE = ("--wikis", "6", "--families", "6", "--versions", "12")
"""One wiki for each layout of an export; a large family is compared by benchmarks/clones.py."""


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules") / "dumps"
    assert modules("sample", folder, *SIZE, home=folder.parent).code == 0
    return folder


@pytest.fixture(scope="module")
def expected(dumps: Path) -> World:
    return datasets_of(dumps)


def compare(lake: Path, expected: World) -> None:
    for name in NAMES:
        found = rows_of(lake, name, KEY)
        assert found, name
        assert_same(found, expected[name])


def well(ended: Ended) -> None:
    assert (ended.code, ended.out) == (0, ""), ended.err


def test_every_dataset_is_what_an_independent_reading_of_the_dumps_gives(
    dumps: Path, expected: World, tmp_path: Path
) -> None:
    well(run_modules(dumps, tmp_path / "lake", "--quiet"))
    compare(tmp_path / "lake", expected)


@pytest.mark.cluster
def test_every_dataset_is_the_same_on_spark(dumps: Path, expected: World, tmp_path: Path) -> None:
    well(run_modules(dumps, tmp_path / "lake", "--quiet", "--engine", "spark"))
    compare(tmp_path / "lake", expected)


def test_what_is_compared_is_not_the_same_everywhere(expected: World) -> None:
    """Or the comparison above would say little."""
    unknown = {row["wiki_db"] for row in expected["module_links"] if row["languages"] is None}
    assert unknown == {"enwiktionary"}
    relations = {row["relation"] for row in expected["module_families"]}
    assert relations == {"exact", "formatting", "localised", "near"}
    assert {row["kind"] for row in expected["module_code"]} == {"empty", "alias", "data", "code"}
    assert {row["compared_by"] for row in expected["shapes"]} == {"text", "structure"}
    assert any(row["is_broken"] for row in expected["module_code"])
    assert {row["akin"] for row in expected["similar_shapes"]} == {True, False}
    targets = [row["target_page_id"] for row in expected["module_references"]]
    assert None in targets
    assert any(targets)
    assert len(expected["families"]) > 3
    assert len(expected["function_families"]) > 10
