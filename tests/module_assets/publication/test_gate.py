"""Which wikis of a snapshot are well, what people decide, and which snapshot is shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from asset_checks.modules import gate_check
from graph.deciding import GateConfig
from graph.declared import GATE
from graph.history import read_gate
from graph.manifest import UNREADABLE
from graph.shown import PROBLEMS
from graph.steps import Checked
from module_assets.answers.published import published
from module_assets.catalog.asset import CATALOG
from module_assets.catalog.datasets import DATASETS
from module_assets.catalog.measures import FAMILIES, KINDS, MEASURES, MODULES, USES
from module_assets.definitions import build_definitions, build_resources
from module_assets.publication.gate import publishable
from module_assets.rules import Rules
from module_assets.settings import Settings
from module_assets.snapshots.dumps import ModuleDumpsResource
from resources.errors import UserError
from resources.io_manager import MADE_OF, LakeResource
from resources.lake import Lake
from tests.acceptance.command import rows_of
from tests.module_assets.partitions import keep, keep_manifest

WEEKS = ("2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26")
FIRST, KEY = WEEKS[0], WEEKS[-1]
WIKIS = ("arwiki", "enwiki")
WELL = dict.fromkeys(WIKIS, "published")
OUT = "is left out of the snapshot, and nothing of it is shown"
ANA = {"who": "Ana", "reason": "it was announced"}


class World:
    """A lake in which snapshots come to their gate."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lake"
        self.lake = Lake(self.path)
        self._engine = build_resources(Settings(memory="1GB"))["engine"]

    def close(self) -> None:
        self._engine.teardown_after_execution(dg.build_init_resource_context())
        self.lake.close()

    def add(
        self,
        week: str,
        modules: int = 100,
        *,
        broken: int = 0,
        one_family: bool = False,
        families: int = 50,
        **more: Any,
    ) -> None:
        """Add a snapshot in which enwiki has so many modules, and so many of them are broken."""
        keep_manifest(self.lake, *WIKIS, snapshot=week, **more)
        counts = {"arwiki": 100, "enwiki": modules}
        rows = [
            {"wiki_db": wiki, "page_id": page, "title": f"Title_{page}"}
            for wiki, count in counts.items()
            for page in range(1, count + 1)
        ]
        by_wiki = {wiki: {"": count} for wiki, count in counts.items()}
        measured = {MODULES: by_wiki, USES: by_wiki, FAMILIES: {"": {"code": families}}}
        measured[KINDS] = {wiki: {"code": count} for wiki, count in counts.items()}

        def of(row: dict[str, Any]) -> int:
            return 1 if one_family else row["page_id"] // 10 + 1

        made: dict[str, list[dict[str, Any]]] = {
            "exported_modules": rows[:1],
            "modules": rows,
            "module_transclusions": [{"wiki_db": "enwiki", "title": "Title_1"}],
            "module_code": [
                {
                    **_module(row),
                    "is_broken": row["wiki_db"] == "enwiki" and row["page_id"] <= broken,
                }
                for row in rows
            ],
            "module_families": [{**_module(row), "family_id": f"enwiki/{of(row)}"} for row in rows],
            "families": [{"family_id": "enwiki/1", "wikis": 2}],
            "module_use": [],
            "family_scores": [],
        }
        for name, each in made.items():
            counted = {measure: measured[measure] for measure in MEASURES.get(name, ())}
            keep(self.lake, name, each, snapshot=week, counts=counted, details={"read": {}})

    def decide(self, week: str = KEY, named: str = "", **config: Any) -> dict[str, str]:
        """Compute the gate and keep it; give what becomes of each wiki."""
        context = dg.build_asset_context(partition_key=week)
        compute = publishable.op.compute_fn.decorated_fn  # type: ignore[union-attr]
        given = (LakeResource(path=str(self.path)), self._engine, Rules())
        dumps = ModuleDumpsResource(path="", wikis=named)
        made = compute(context, GateConfig(**config), *given, dumps).content
        rows = pq.read_table(made.files[0]).to_pylist()
        keep(self.lake, "publishable", rows, snapshot=week, details=made.details)
        return {wiki: row["state"] for wiki, row in self.rows(week).items()}

    def rows(self, week: str = KEY) -> dict[str, dict[str, Any]]:
        """Give the rows of a snapshot by wiki."""
        return {row["wiki_db"]: row for row in rows_of(self.path, "publishable", week)}

    def shown(self, snapshot: str | None = None) -> tuple[str, dict[str, str]]:
        """Give which snapshot people see, and what of it is held back."""
        with published(Lake(self.path), snapshot, "1GB") as there:
            return there.key, there.held

    def check(self) -> dg.AssetCheckResult:
        """Give what the gate's check says."""
        return gate_check(Checked(self.lake, self._engine, Rules(), KEY))


def _module(row: dict[str, Any]) -> dict[str, Any]:
    return {"wiki_db": row["wiki_db"], "page_id": row["page_id"]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One in which a first snapshot was let through."""
    made = World(tmp_path)
    made.add(FIRST)
    assert made.decide(FIRST) == WELL
    yield made
    made.close()


def test_an_error_of_a_wiki_holds_it_alone_and_says_why(world: World) -> None:
    world.add(KEY, broken=2)
    assert world.decide() == {"arwiki": "published", "enwiki": "held"}
    row = world.rows()["enwiki"]
    assert row["checks"] == ["module_code broken"]
    assert row["reason"].startswith("enwiki: 2 of 100 modules are broken that were not on")
    assert read_gate(world.lake, KEY).published == {"arwiki"}
    assert world.shown() == (KEY, {"enwiki": row["reason"]})


def test_an_error_of_all_wikis_holds_each_of_them_and_the_first_snapshot_stays_shown(
    world: World,
) -> None:
    world.add(KEY, one_family=True)
    assert world.decide() == dict.fromkeys(WIKIS, "held")
    for row in world.rows().values():
        assert row["checks"] == ["module_families largest"]
        assert "the family enwiki/1 has 200 of all 200 modules (100%)" in row["reason"]
    assert world.shown() == (FIRST, {})
    # It can be looked at all the same.
    key, held = world.shown(KEY)
    assert (key, {*held}) == (KEY, {*WIKIS})


def test_a_good_snapshot_after_a_bad_one_is_shown_and_compared_with_the_good_one(
    world: World,
) -> None:
    world.add(WEEKS[1], one_family=True, broken=50)
    world.decide(WEEKS[1])
    world.add(KEY, broken=1)
    assert world.decide() == WELL
    assert world.shown() == (KEY, {})


def test_as_long_as_nothing_was_let_through_the_newest_is_shown(tmp_path: Path) -> None:
    made = World(tmp_path)
    for week in (FIRST, KEY):
        made.add(week, one_family=True)
        made.decide(week)
    key, held = made.shown()
    assert (key, {*held}) == (KEY, {*WIKIS})
    made.close()


def test_counts_that_are_far_from_what_is_usual_hold_their_wiki(world: World) -> None:
    for week in WEEKS[1:3]:
        world.add(week)
        assert world.decide(week) == WELL
    world.add(KEY, modules=40)
    assert world.decide() == {"arwiki": "published", "enwiki": "held"}
    assert world.rows()["enwiki"]["checks"] == [
        "module_code anomaly",
        "module_use anomaly",
        "modules anomaly",
    ]


def test_a_count_of_all_that_is_far_from_what_is_usual_holds_every_wiki(world: World) -> None:
    for week in WEEKS[1:3]:
        world.add(week)
        assert world.decide(week) == WELL
    world.add(KEY, families=5)
    assert world.decide() == dict.fromkeys(WIKIS, "held")
    for row in world.rows().values():
        assert row["checks"] == ["families anomaly"]
        assert "code: 5 families, expected 29 to 71" in row["reason"]


def test_a_person_releases_what_is_held_and_all_that_held_it_stays_in_sight(world: World) -> None:
    world.add(KEY, one_family=True)
    world.decide()
    released = world.decide(release=["enwiki"], **ANA)
    assert released == {"arwiki": "held", "enwiki": "released"}
    row = world.rows()["enwiki"]
    assert row["checks"] == ["module_families largest"]
    assert row["reason"].startswith("released by Ana on ")
    assert "it was announced; the family enwiki/1" in row["reason"]
    key, held = world.shown()
    assert (key, {*held}) == (KEY, {"arwiki"})
    # It stays so whoever runs the gate again, and can be taken back.
    assert world.decide() == released
    assert world.decide(hold=["enwiki"], **ANA)["enwiki"] == "held"
    assert world.shown() == (FIRST, {})


def test_what_gets_worse_than_was_released_is_held_again(world: World) -> None:
    world.add(KEY, broken=2)
    world.decide(release=["enwiki"], **ANA)
    world.add(KEY, broken=3)
    assert world.decide()["enwiki"] == "held"
    row = world.rows()["enwiki"]
    assert row["checks"] == ["module_code broken", "publishable gate"]
    assert "since then enwiki: 3 of 100 modules are broken" in row["reason"]
    assert world.decide(release=["enwiki"], **ANA)["enwiki"] == "released"
    # What gets better stays released.
    world.add(KEY, broken=2)
    assert world.decide()["enwiki"] == "released"


def test_a_person_can_hold_what_is_well(world: World) -> None:
    world.add(KEY)
    assert world.decide(hold=["enwiki"], **ANA) == {"arwiki": "published", "enwiki": "held"}


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"release": ["enwiki"]}, "a reason and who decides are needed"),
        ({"release": ["enwiki"], "who": " ", "reason": "it is well"}, "a reason and who decides"),
        ({"release": ["enwiki"], "hold": ["enwiki"], **ANA}, "can not be released and held"),
        ({"release": ["nowiki"], **ANA}, "nowiki is not part of .*; there are arwiki, enwiki"),
    ],
)
def test_a_decision_that_is_none_is_refused_and_changes_nothing(
    world: World, config: dict[str, Any], problem: str
) -> None:
    world.add(KEY, broken=2)
    before = world.decide()
    with pytest.raises(UserError, match=problem):
        world.decide(**config)
    assert world.decide() == before


def test_wikis_that_are_left_out_or_gone_have_a_row_that_says_so(world: World) -> None:
    world.add(KEY, left_out={"bgwiki": "not whole"})
    keep_manifest(world.lake, "arwiki", snapshot=KEY, left_out={"bgwiki": "not whole"})
    assert world.decide() == {
        "arwiki": "published",
        "bgwiki": "left out",
        "enwiki": "left out",
    }
    reasons = {wiki: row["reason"] for wiki, row in world.rows().items()}
    assert reasons["bgwiki"] == "not whole"
    assert reasons["enwiki"] == "there is no dump of it any more"


def test_who_names_the_wikis_has_decided_which_there_are(world: World) -> None:
    world.add(KEY)
    keep_manifest(world.lake, "arwiki", snapshot=KEY)
    assert world.decide(named="arwiki") == {"arwiki": "published"}


def test_all_that_is_shown_is_there_before_it_is_let_through() -> None:
    graph = build_definitions(Settings()).resolve_asset_graph()
    gate = CATALOG.key(GATE)
    assert graph.get_ancestor_asset_keys(gate) == {*CATALOG.keys(DATASETS)} - {gate}


def test_datasets_that_were_made_of_other_files_come_to_no_gate(world: World) -> None:
    world.add(KEY)
    for name, made_of in (("manifest", "these"), ("modules", "others")):
        keep(world.lake, name, snapshot=KEY, details={MADE_OF: made_of})
    with pytest.raises(UserError, match=r"modules of .* was made of other files"):
        world.decide()


def test_the_gate_s_check_fails_for_what_is_held_which_another_check_has_paged(
    world: World,
) -> None:
    world.add(KEY)
    world.decide()
    result = world.check()
    assert (result.passed, result.description) == (True, "all 2 go out")
    world.add(KEY, broken=2)
    world.decide()
    result = world.check()
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.ERROR
    assert str(result.description).startswith("enwiki is held: enwiki: 2 of 100 modules are broken")
    assert result.metadata[PROBLEMS].value == []
    # What nobody else tells of is told of here.
    world.decide(release=["enwiki"], **ANA)
    world.add(KEY, broken=3)
    world.decide()
    (told,) = world.check().metadata[PROBLEMS].value
    assert (told["wiki"], told["severity"]) == ("enwiki", "ERROR")


def test_what_is_left_out_warns_and_is_an_error_where_it_can_not_be_read(world: World) -> None:
    world.add(KEY, left_out={"bgwiki": "not whole"})
    world.decide()
    result = world.check()
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert result.description == "bgwiki is left out: not whole"
    details = {UNREADABLE: {"enwiki": "a file: cut off"}, "read": {}}
    keep(world.lake, "exported_modules", snapshot=KEY, details=details)
    world.decide()
    result = world.check()
    assert result.severity == dg.AssetCheckSeverity.ERROR
    told = result.metadata[PROBLEMS].value
    assert {each["wiki"]: (each["severity"], each["says"]) for each in told} == {
        "bgwiki": ("WARN", f"bgwiki {OUT}: not whole"),
        "enwiki": ("ERROR", f"enwiki {OUT}: a file: cut off"),
    }


def test_a_lake_without_any_gate_shows_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match="run `modules run` first"),
        published(Lake(tmp_path / "lake"), None, "1GB"),
    ):
        pass
