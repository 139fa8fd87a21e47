"""What of a snapshot goes out: decided by its checks, wiki by wiki, unless a person decides."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.publication import run_gate
from graph import passages
from graph.decisions import PLACE, Decision, decide, decisions_of
from graph.green_lights import InputFile
from graph.history import History, read_gate
from graph.inputs import SnapshotInputs
from graph.judgement import Count, judge
from graph.manifest import UNREADABLE
from graph.passages import BY_GATE, Passage
from graph.seen import Fault
from graph.shown import PROBLEMS
from imagesuggest_assets.catalog.inputs import ARTICLES
from imagesuggest_assets.catalog.measures import MEASURES, SUGGESTIONS, TAGS
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.datasets.suggestions import BEYOND
from imagesuggest_assets.publication.deciding import GateConfig
from imagesuggest_assets.publication.gate import publishable
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import NO_WIKIS
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.errors import InputError, UserError
from resources.io_manager import LakeIOManager, LakeResource
from resources.lake import Lake
from resources.sources.dumps import COMMONS
from resources.spark import spark_resource
from resources.storage import storage_at
from tests.acceptance.command import rows_of
from tests.asset_checks.partitions import keep, keep_gate, keep_manifest, keep_shipped

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)
WEEKS = ("2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02")
KEY = WEEKS[-1]
passages_of = partial(passages.passages_of, rules=Rules(), also=[COMMONS])


def inputs(*wikis: str, left_out: Mapping[str, str] | None = None) -> SnapshotInputs:
    """Make the inputs of a snapshot of these wikis."""
    files = [InputFile(wiki, "page", "20261102", wiki, 1, "1", None) for wiki in wikis]
    return SnapshotInputs(KEY, tuple(files), left_out or {}, NO_WIKIS)


def count(found: int, wiki: str, name: str = "") -> Count:
    """Judge a count that was 10,000 in the two snapshots before."""
    history = [(WEEKS[0], 10_000), (WEEKS[1], 10_000)]
    return judge(SUGGESTIONS, wiki, name, found, history, Rules())


def decided(wiki: str, state: Any) -> dict[str, Decision]:
    """Let somebody decide."""
    at = "2026-11-03T09:30:00+00:00"
    return {wiki: Decision(KEY, wiki, state, "Ana", at, "I looked at it")}


def states(passages: list[Passage]) -> dict[str, str]:
    """Give what becomes of each."""
    return {each.wiki: each.state for each in passages}


def test_only_an_error_of_its_own_holds_a_wiki_back() -> None:
    counts = [
        ("filtered_suggestions", count(10_000, "arwiki")),
        ("filtered_suggestions", count(8_000, "dewiki")),
        ("filtered_suggestions", count(5_000, "ptwiki")),
    ]
    passages = passages_of(inputs("arwiki", "dewiki", "ptwiki"), counts, {})
    assert states(passages) == {
        "arwiki": "published",
        "commonswiki": "published",
        "dewiki": "published",
        "ptwiki": "held",
    }
    (held,) = (each for each in passages if each.state == "held")
    assert held.reason == counts[-1][1].sentence()
    assert held.checks == ("filtered_suggestions anomaly",)
    assert {each.reason for each in passages if each is not held} == {""}
    assert {each.checks for each in passages if each is not held} == {()}


@pytest.mark.parametrize(("kind", "worst"), [(100, 2), (10_000_000, 1)])
def test_the_worst_of_several_errors_is_the_reason_and_all_checks_are_named(
    kind: int, worst: int
) -> None:
    # A kind that lacks 99 % weighs less than a wiki that lacks 80 %.
    counts = [
        ("wiki_flags", count(6_900, "ptwiki")),
        ("filtered_suggestions", count(kind, "ptwiki", "istype-depicts")),
        ("filtered_suggestions", count(2_000, "ptwiki")),
        ("unillustrated_articles", count(8_900, "ptwiki")),
    ]
    (_, held) = passages_of(inputs("ptwiki"), counts, {})
    assert held.reason == counts[worst][1].sentence()
    assert held.checks == ("filtered_suggestions anomaly", "wiki_flags anomaly")


def test_tags_are_held_without_any_wiki_and_candidates_hold_nobody() -> None:
    counts = [
        ("commons_weighted_tags", count(0, "commonswiki", "image.linked.from.wikidata.p18")),
        ("candidate_images", count(0, "", "istype-depicts")),
    ]
    assert states(passages_of(inputs("ptwiki"), counts, {})) == {
        "commonswiki": "held",
        "ptwiki": "published",
    }


def test_what_is_left_out_and_what_is_gone_keeps_its_last_data_and_says_why() -> None:
    given = inputs("ptwiki", left_out={"arwiki": "not whole after 7 days"})
    passages = {each.wiki: each for each in passages_of(given, [], {}, ["dewiki"])}
    assert passages["arwiki"] == Passage("arwiki", "left out", "not whole after 7 days")
    assert passages["dewiki"].state == "left out"
    assert passages["dewiki"].reason == "there is no dump of it any more"
    assert passages["ptwiki"] == Passage("ptwiki", "published", "")


def test_each_wiki_has_one_row_though_it_is_left_out_and_gone_at_once() -> None:
    given = inputs("ptwiki", left_out={"arwiki": "late"})
    passages = passages_of(given, [], {}, ["arwiki"])
    assert [each.wiki for each in passages] == ["arwiki", "commonswiki", "ptwiki"]
    assert passages[0].reason == "late"


def test_a_person_releases_what_is_held_and_what_held_it_stays_in_sight() -> None:
    counts = [("filtered_suggestions", count(5_000, "ptwiki"))]
    (_, passage) = passages_of(inputs("ptwiki"), counts, decided("ptwiki", "released"))
    assert passage.state == "released"
    assert passage.checks == ("filtered_suggestions anomaly",)
    assert passage.reason == (
        f"released by Ana on 2026-11-03 09:30 UTC: I looked at it; {counts[0][1].sentence()}"
    )


def test_a_person_holds_what_is_well() -> None:
    (_, passage) = passages_of(inputs("ptwiki"), [], decided("ptwiki", "held"))
    assert passage == Passage(
        "ptwiki", "held", "held by Ana on 2026-11-03 09:30 UTC: I looked at it"
    )


EMPTY = Fault("ptwiki", "image_links inputs", "image_links of ptwiki: no rows, expected some")
LARGE = Fault("ptwiki", BY_GATE, "ptwiki: the page 1 has the revision 2147483648", final=True)


def test_an_error_of_its_inputs_holds_a_wiki_back_and_a_person_can_release_it() -> None:
    both = inputs("arwiki", "ptwiki")
    passages = passages_of(both, [], {}, faults=[EMPTY])
    assert states(passages) == {
        "arwiki": "published",
        "commonswiki": "published",
        "ptwiki": "held",
    }
    assert passages[-1] == Passage("ptwiki", "held", EMPTY.says, ("image_links inputs",))
    (*_, passage) = passages_of(both, [], decided("ptwiki", "released"), faults=[EMPTY])
    assert passage.state == "released"
    assert passage.reason.endswith(f"I looked at it; {EMPTY.says}")
    assert passage.checks == ("image_links inputs",)


def test_of_inputs_and_counts_the_inputs_are_told_first_since_they_are_the_cause() -> None:
    counts = [("filtered_suggestions", count(5_000, "ptwiki"))]
    (_, held) = passages_of(inputs("ptwiki"), counts, {}, faults=[EMPTY])
    assert held.reason == f"{EMPTY.says}; {counts[0][1].sentence()}"
    assert held.checks == ("filtered_suggestions anomaly", "image_links inputs")


def test_of_many_faults_the_first_are_told_and_the_others_counted() -> None:
    faults = [Fault("ptwiki", f"{name} inputs", name) for name in "abcde"]
    (_, held) = passages_of(inputs("ptwiki"), [], {}, faults=faults)
    assert held.reason == "a; b; c; and 2 more"
    assert len(held.checks) == 5


@pytest.mark.parametrize("decision", [{}, decided("ptwiki", "released")])
def test_what_the_readers_columns_can_not_hold_stays_held_whoever_released_it(
    decision: dict[str, Decision],
) -> None:
    (_, passage) = passages_of(inputs("ptwiki"), [], decision, faults=[LARGE])
    assert passage.state == "held"
    assert passage.reason.endswith(LARGE.says)
    assert passage.checks == ("publishable gate",)


def test_a_wiki_that_is_left_out_stays_so_though_it_was_released_before() -> None:
    given = inputs("arwiki", left_out={"ptwiki": "row 3: page_id: 'x1' is not a whole number"})
    passages = passages_of(given, [], decided("ptwiki", "released"))
    assert passages[-1] == Passage("ptwiki", "left out", given.left_out["ptwiki"])


def test_decisions_are_kept_and_the_last_one_of_a_snapshot_counts(tmp_path: Path) -> None:
    assert decisions_of(storage_at(tmp_path), KEY) == {}
    first, second = decided("ptwiki", "released")["ptwiki"], decided("ptwiki", "held")["ptwiki"]
    other = Decision(WEEKS[0], "ptwiki", "released", "Bo", first.at, "ünïcode “why”\nand more")
    decide(storage_at(tmp_path), [first, other])
    assert decisions_of(storage_at(tmp_path), KEY) == {"ptwiki": first}
    decide(storage_at(tmp_path), [second])
    assert decisions_of(storage_at(tmp_path), KEY) == {"ptwiki": second}
    assert decisions_of(storage_at(tmp_path), WEEKS[0]) == {"ptwiki": other}
    assert len((tmp_path / PLACE).read_text().splitlines()) == 3


@pytest.mark.parametrize("line", ["oops", "[]", "1", '{"snapshot": "2026-11-02"}', '{"a": 1}'])
def test_a_line_of_decisions_that_was_spoiled_is_named_and_nothing_is_guessed(
    tmp_path: Path, line: str
) -> None:
    decide(storage_at(tmp_path), decided("ptwiki", "held").values())
    with (tmp_path / PLACE).open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(InputError, match=rf"^{(tmp_path / PLACE)}, line 2: .*put the line right"):
        decisions_of(storage_at(tmp_path), KEY)


class World:
    """A lake of four weeks, in the last of which ptwiki has lost half, and the gate."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.lake = Lake(folder / "lake")
        self._dumps = folder / "dumps"
        self._dumps.mkdir()
        self._instance = instance
        for week in WEEKS:
            self.add(week, arwiki=1_000, ptwiki=500 if week == KEY else 1_000)
            if week != KEY:
                keep_gate(
                    self.lake, week, dict.fromkeys(("arwiki", "ptwiki", "commonswiki"), "published")
                )

    def add(self, week: str, **wikis: int) -> None:
        """Add a week with so many suggestions a wiki, and nothing else that is counted."""
        keep_manifest(self.lake, week, wikis)
        for dataset, measures in MEASURES.items():
            counts: dict[str, dict[str, dict[str, int]]] = {measure: {} for measure in measures}
            if SUGGESTIONS in counts:
                counts[SUGGESTIONS] = {wiki: {"": many} for wiki, many in wikis.items()}
            if TAGS in counts:
                counts[TAGS] = {"commonswiki": {"image.linked.from.wikidata.p18": 1_000}}
            keep(self.lake, dataset, snapshot=week, counts=counts)

    def decide(self, key: str = KEY, wikis: str = "", **config: Any) -> dict[str, Any]:
        """Materialize publishable; give the metadata that people see."""
        lake = LakeResource(path=str(self.lake.path))
        engine = EngineResource(kind="duckdb", memory="1GB", spark=spark_resource("1GB", {}))
        self._instance.add_dynamic_partitions(str(SNAPSHOTS.name), [key])
        result = dg.materialize(
            [publishable],
            instance=self._instance,
            partition_key=key,
            run_config=dg.RunConfig(ops={"publishable": GateConfig(**config)}),
            resources={
                "dumps": DumpsResource(path=str(self._dumps), wikis=wikis),
                "lake": lake,
                "io_manager": LakeIOManager(lake=lake, engine=engine),
                "rules": Rules(),
            },
        )
        (made,) = result.asset_materializations_for_node("publishable")
        return {name: each.value for name, each in made.metadata.items()}

    def states(self, key: str = KEY) -> dict[str, str]:
        """Give what became of each wiki."""
        return {row["wiki_db"]: row["state"] for row in self.rows(key).values()}

    def rows(self, key: str = KEY) -> dict[str, dict[str, Any]]:
        """Give the rows of a snapshot by wiki."""
        return {row["wiki_db"]: row for row in rows_of(self.lake.path, "publishable", key)}


@pytest.fixture
def world(tmp_path: Path, instance: dg.DagsterInstance) -> Iterator[World]:
    made = World(tmp_path, instance)
    yield made
    made.lake.close()


PUBLISHED = {"arwiki": "published", "commonswiki": "published", "ptwiki": "published"}


def test_the_good_part_goes_out_and_the_bad_part_is_held(world: World) -> None:
    told = world.decide()
    assert world.states() == {**PUBLISHED, "ptwiki": "held"}
    row = world.rows()["ptwiki"]
    assert row["checks"] == ["filtered_suggestions anomaly"]
    assert row["reason"].startswith("ptwiki: 500 suggestions, expected 900 to 1,100, 50% fewer")
    assert "ptwiki: 500 suggestions" in str(told["preview"])
    # What is held has no time at which it went out, and is no history.
    assert set(read_gate(world.lake, KEY).published_at) == {"arwiki", "commonswiki"}
    assert History(world.lake).snapshots("ptwiki", 6) == list(WEEKS[:3])
    assert History(world.lake).snapshots("arwiki", 6) == list(WEEKS)


def test_a_person_releases_a_wiki_and_who_when_and_why_stay_on_the_asset(world: World) -> None:
    world.decide()
    told = world.decide(release=["ptwiki"], who=" Ana ", reason="the bot was blocked")
    assert world.states() == {**PUBLISHED, "ptwiki": "released"}
    reason = world.rows()["ptwiki"]["reason"]
    said = r"released by Ana on \d{4}-\d\d-\d\d \d\d:\d\d UTC: the bot was blocked; ptwiki: 500 .*"
    assert re.fullmatch(said, reason)
    assert "released by Ana" in str(told["preview"])
    assert History(world.lake).snapshots("ptwiki", 6) == list(WEEKS)
    # It stays when the gate is made again by whatever run.
    world.decide()
    assert world.rows()["ptwiki"]["reason"] == reason
    # And it can be taken back.
    world.decide(hold=["ptwiki"], who="Bo", reason="no, it is wrong")
    assert world.states()["ptwiki"] == "held"


def test_what_gets_worse_than_was_released_is_held_again_and_paged_until_it_is_released_anew(
    world: World,
) -> None:
    world.decide(release=["ptwiki"], who="Ana", reason="the bot was blocked")
    world.add(KEY, arwiki=1_000, ptwiki=450)
    world.decide()
    assert world.states()["ptwiki"] == "released"
    # Editors turn everything down after that.
    world.add(KEY, arwiki=1_000, ptwiki=0)
    world.decide()
    assert world.states() == {**PUBLISHED, "ptwiki": "held"}
    row = world.rows()["ptwiki"]
    assert "the bot was blocked; since then ptwiki: 0 suggestions, 500 when that" in row["reason"]
    assert BY_GATE in row["checks"]
    problems = run_gate(world.lake, KEY).metadata[PROBLEMS].value
    assert [(each["wiki"], each["severity"]) for each in problems] == [("ptwiki", "ERROR")]
    world.decide(release=["ptwiki"], who="Bo", reason="so be it")
    assert world.states()["ptwiki"] == "released"
    assert run_gate(world.lake, KEY).passed


def test_what_nobody_counted_as_wrong_before_is_no_part_of_a_release(world: World) -> None:
    world.decide(release=["ptwiki"], who="Ana", reason="the bot was blocked")
    keep(world.lake, "pages", counts={ARTICLES: {"arwiki": {"": 99}, "ptwiki": {"": 100}}})
    keep(world.lake, "image_links")
    world.decide()
    row = world.rows()["ptwiki"]
    assert row["state"] == "held"
    assert "for 100 pages, not so when that was decided" in row["reason"]


def test_a_decision_is_of_its_snapshot_alone(world: World) -> None:
    world.decide(release=["ptwiki"], hold=["arwiki"], who="Ana", reason="so be it")
    assert world.states() == {**PUBLISHED, "ptwiki": "released", "arwiki": "held"}
    world.add("2026-11-09", arwiki=1_000, ptwiki=400)
    world.decide("2026-11-09")
    assert world.states("2026-11-09") == {**PUBLISHED, "ptwiki": "held"}


def test_a_wiki_that_is_retired_is_part_of_no_snapshot_until_it_is_released(world: World) -> None:
    keep_shipped(world.lake.path, f"{WEEKS[2]}T00:00:00+00:00", "arwiki")
    world.add(KEY, ptwiki=1_000)
    world.decide()
    assert world.states() == {**PUBLISHED, "arwiki": "left out"}
    world.decide(retire=["arwiki"], who="Ana", reason="the wiki was closed")
    assert world.states() == {"commonswiki": "published", "ptwiki": "published"}
    # Whoever has it as a target all the same sees why it does not go out.
    world.add("2026-11-09", arwiki=1_000, ptwiki=1_000)
    world.decide("2026-11-09")
    assert world.states("2026-11-09") == {**PUBLISHED, "arwiki": "retired"}
    assert world.rows("2026-11-09")["arwiki"]["reason"].startswith("retired by Ana on ")
    assert run_gate(world.lake, "2026-11-09").passed
    world.decide("2026-11-09", release=["arwiki"], who="Ana", reason="it was opened again")
    assert world.states("2026-11-09") == {**PUBLISHED, "arwiki": "released"}
    world.decide()
    assert world.states()["arwiki"] == "left out"


def test_tags_are_released_and_held_as_commonswiki(world: World) -> None:
    world.decide(hold=["commonswiki"], who="Ana", reason="scores look odd")
    assert world.states()["commonswiki"] == "held"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"release": ["ptwiki"], "who": "Ana"}, "a reason and who decides are needed"),
        ({"release": ["ptwiki"], "who": "Ana", "reason": " "}, "a reason and who decides are"),
        ({"hold": ["ptwiki"], "reason": "why not"}, "a reason and who decides are needed"),
        (
            {"release": ["nowiki"], "who": "Ana", "reason": "x"},
            f"nowiki is not part of the snapshot {KEY}; there are arwiki, ptwiki, commonswiki",
        ),
        (
            {"release": ["ptwiki"], "hold": ["ptwiki"], "who": "Ana", "reason": "x"},
            "ptwiki can not be released and held at once",
        ),
        (
            {"retire": ["nowiki"], "who": "Ana", "reason": "x"},
            "nothing of nowiki is published anywhere; something is of arwiki, ptwiki",
        ),
        (
            {"retire": ["commonswiki"], "who": "Ana", "reason": "x"},
            "commonswiki is part of every snapshot",
        ),
    ],
)
def test_what_can_not_be_decided_is_told_and_changes_nothing(
    world: World, config: dict[str, Any], said: str
) -> None:
    world.decide()
    before = world.rows()
    with pytest.raises(UserError, match=re.escape(said)):
        world.decide(**config)
    assert world.rows() == before
    assert not (world.lake.path / PLACE).exists()


def test_a_number_that_the_readers_columns_can_not_hold_holds_its_wiki_back_for_good(
    world: World,
) -> None:
    world.add(KEY, arwiki=1_000, ptwiki=1_000)
    beyond = {BEYOND: {"ptwiki": {"7": 2**31}}}
    counted = world.lake.statistics("filtered_suggestions", KEY).counts
    keep(world.lake, "filtered_suggestions", counts=counted | beyond)
    said = "ptwiki: the page 7 has the revision 2147483648, and the readers' columns hold "
    world.decide()
    assert world.states() == {**PUBLISHED, "ptwiki": "held"}
    assert world.rows()["ptwiki"]["reason"].startswith(said)
    before = world.rows()
    with pytest.raises(UserError, match=f"^ptwiki can not be released: {said}"):
        world.decide(release=["ptwiki"], who="Ana", reason="let it out")
    assert world.rows() == before
    assert not (world.lake.path / PLACE).exists()


def test_an_error_of_inputs_is_read_from_what_was_recorded(world: World) -> None:
    world.add(KEY, arwiki=1_000, ptwiki=1_000)
    articles = {ARTICLES: {"arwiki": {"": 99}, "ptwiki": {"": 100}}}
    keep(world.lake, "pages", counts=articles)
    keep(world.lake, "image_links")
    world.decide()
    assert world.states() == {**PUBLISHED, "ptwiki": "held"}
    row = world.rows()["ptwiki"]
    assert row["reason"] == "image_links of ptwiki: no rows, expected some, for 100 pages"
    assert row["checks"] == ["image_links inputs"]


def test_a_wiki_that_can_not_be_read_is_left_out_and_its_last_good_data_counts(
    world: World,
) -> None:
    world.add(KEY, arwiki=1_000, ptwiki=1_000)
    keep(world.lake, "mediawiki_page", details={UNREADABLE: {"ptwiki": "page.sql.gz, row 3: …"}})
    world.decide()
    assert world.states() == {**PUBLISHED, "ptwiki": "left out"}
    assert world.rows()["ptwiki"]["reason"] == "page.sql.gz, row 3: …"
    said = f"ptwiki is left out of the snapshot {KEY}: page.sql.gz, row 3"
    with pytest.raises(UserError, match=f"^{said}"):
        world.decide(release=["ptwiki"], who="Ana", reason="let it out")
    # The week after it is judged by the weeks in which it was published.
    world.add("2026-11-09", arwiki=1_000, ptwiki=500)
    world.decide("2026-11-09")
    assert world.states("2026-11-09")["ptwiki"] == "held"


def test_a_later_good_snapshot_goes_out_by_itself(world: World) -> None:
    world.decide()
    world.add("2026-11-09", arwiki=1_000, ptwiki=990)
    world.decide("2026-11-09")
    assert world.states("2026-11-09") == PUBLISHED


def test_what_already_could_go_out_keeps_its_time_when_the_gate_is_made_again(
    world: World,
) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    world.decide()
    first = read_gate(world.lake, KEY).published_at
    assert all(began <= at <= began + timedelta(minutes=10) for at in first.values())
    keep_gate(world.lake, KEY, world.states(), {"arwiki": "2026-11-02T01:02:03+00:00"})
    world.decide(release=["ptwiki"], who="Ana", reason="x")
    after = read_gate(world.lake, KEY).published_at
    assert after["arwiki"] == datetime(2026, 11, 2, 1, 2, 3, tzinfo=UTC)
    assert after["ptwiki"] >= began


def test_a_wiki_that_is_gone_is_left_out_unless_the_target_wikis_are_named(world: World) -> None:
    world.add(KEY, ptwiki=1_000)
    world.decide()
    assert world.states() == {**PUBLISHED, "arwiki": "left out"}
    assert world.rows()["arwiki"]["reason"] == "there is no dump of it any more"
    world.decide(wikis="ptwiki")
    assert world.states() == {"commonswiki": "published", "ptwiki": "published"}


def test_a_wiki_that_is_gone_is_told_of_every_week_until_the_target_wikis_are_named(
    world: World,
) -> None:
    for week in (KEY, "2026-11-09"):
        world.add(week, ptwiki=1_000)
        world.decide(week)
        assert world.states(week)["arwiki"] == "left out"


def test_an_older_snapshot_is_judged_by_what_was_before_it(world: World) -> None:
    world.decide()
    world.add(WEEKS[2], arwiki=1_000, ptwiki=100)
    world.decide(WEEKS[2])
    assert world.states(WEEKS[2])["ptwiki"] == "held"
    world.add(WEEKS[1], arwiki=1_000, ptwiki=100)
    # Only one snapshot is before it: nothing is known yet.
    world.decide(WEEKS[1])
    assert world.states(WEEKS[1])["ptwiki"] == "published"
