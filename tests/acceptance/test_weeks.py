"""Ordinary weeks without any alarm, and each thing that can go wrong with its own alarm.

What is put in is in injections.py. What is expected names each check that fails, how badly and of
which wiki; whatever it does not name has to be quiet.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from resources.sample import make_sample
from tests.acceptance.broken_dumps import left_in_scratch
from tests.acceptance.injections import INJECTIONS
from tests.acceptance.undrawn import undrawn
from tests.acceptance.weeks import (
    ARTICLES,
    LAST,
    LINKS,
    RUN,
    WEEKS,
    WIKIS,
    Fired,
    Ran,
    linked,
    run_week,
    states,
)

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)
ALL_GO = dict.fromkeys((*WIKIS, "commonswiki"), "published")
GATE = ("publishable", "gate", "ERROR", "")


@dataclass(frozen=True)
class Weeks:
    """Dumps of all weeks, and lakes: of all but the last, and of all."""

    dumps: Path
    but_the_last: Path
    all: Path
    ran: dict[str, Ran]


@dataclass(frozen=True)
class Expected:
    """What fires, what becomes of each wiki (nothing: no gate is reached), and the run's error."""

    fired: set[Fired]
    gate: dict[str, str]
    error: str = ""


@pytest.fixture(scope="module")
def history() -> Iterator[dg.DagsterInstance]:
    """One Dagster instance for all weeks, in memory: what is compared is in the lake.

    Nothing is drawn.
    """
    with undrawn(), dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture(scope="module")
def weeks(history: dg.DagsterInstance, tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    """Weeks that ran one after another, and the one after them."""
    folder = tmp_path_factory.mktemp("weeks")
    dumps, lake = folder / "dumps", folder / "lake"
    made = make_sample(
        dumps, articles=ARTICLES, wikis=len(WIKIS), snapshots=WEEKS + 1, links_per_article=LINKS
    )
    assert {*made.wikis} == {*WIKIS}
    *before, last = made.snapshots[-RUN - 1 :]
    assert last == LAST
    ran = {key: run_week(history, dumps, lake, key) for key in before}
    linked(lake, folder / "but-the-last")
    ran[last] = run_week(history, dumps, lake, last)
    return Weeks(dumps, folder / "but-the-last", lake, ran)


def test_no_check_fails_in_ordinary_weeks_nor_in_the_one_after_them(weeks: Weeks) -> None:
    assert len(weeks.ran) == RUN + 1
    for key, ran in weeks.ran.items():
        assert not ran.error, key
        assert not ran.fired, key
        # Every check of every dataset has looked.
        assert ran.checks == max(each.checks for each in weeks.ran.values()) > 40
        assert states(weeks.all, key) == ALL_GO


EXPECTED = {
    # Most articles that have an image link have a lead image, too, which counts as one.
    "image links that are all NULL, ptwiki": Expected(
        {
            ("image_links", "inputs", "ERROR", "ptwiki"),
            ("unillustrated_articles", "anomaly", "WARN", "ptwiki"),
            ("filtered_suggestions", "anomaly", "WARN", "ptwiki"),
            ("wiki_flags", "anomaly", "WARN", "ptwiki"),
            GATE,
        },
        {**ALL_GO, "ptwiki": "held"},
    ),
    # What other wikis have from its lead images is gone with it: of ptwiki's suggestions by that
    # kind more than 30 %, of arwiki's, of candidates and of Commons' tags more than 10 %.
    "a wiki at zero, kawiki": Expected(
        {
            ("pages", "inputs", "WARN", "kawiki"),
            ("unillustrated_articles", "anomaly", "ERROR", "kawiki"),
            ("filtered_suggestions", "anomaly", "ERROR", "kawiki"),
            ("wiki_flags", "anomaly", "ERROR", "kawiki"),
            ("filtered_suggestions", "anomaly", "ERROR", "ptwiki"),
            ("filtered_suggestions", "anomaly", "WARN", "arwiki"),
            ("candidate_images", "anomaly", "WARN", ""),
            ("commons_weighted_tags", "anomaly", "WARN", "commonswiki"),
            GATE,
        },
        {**ALL_GO, "kawiki": "held", "ptwiki": "held"},
    ),
    # A kind of every wiki, and the tag that is made of the same: all is held.
    "a kind gone, Commons' categories": Expected(
        {
            ("candidate_images", "anomaly", "ERROR", ""),
            ("commons_weighted_tags", "anomaly", "ERROR", "commonswiki"),
            *(("filtered_suggestions", "anomaly", "ERROR", wiki) for wiki in WIKIS),
            *(("filtered_suggestions", "anomaly", "WARN", wiki) for wiki in WIKIS),
            GATE,
        },
        dict.fromkeys(ALL_GO, "held"),
    ),
    "a tag's scores halved, of items' images": Expected(
        {("commons_weighted_tags", "anomaly", "ERROR", "commonswiki"), GATE},
        {**ALL_GO, "commonswiki": "held"},
    ),
    # Of its kinds one is within 30 %. An article that loses all it had has no flag any more.
    "40 % fewer suggestions, arwiki": Expected(
        {
            ("filtered_suggestions", "anomaly", "ERROR", "arwiki"),
            ("filtered_suggestions", "anomaly", "WARN", "arwiki"),
            ("wiki_flags", "anomaly", "ERROR", "arwiki"),
            GATE,
        },
        {**ALL_GO, "arwiki": "held"},
    ),
    "12 % fewer suggestions, all wikis": Expected(
        {
            *(("filtered_suggestions", "anomaly", "WARN", wiki) for wiki in WIKIS),
            ("wiki_flags", "anomaly", "WARN", "ptwiki"),
        },
        ALL_GO,
    ),
    # Its links make the lead images of all wikis heavier.
    "a doubled wiki, ptwiki": Expected(
        {
            ("unillustrated_articles", "anomaly", "ERROR", "ptwiki"),
            ("filtered_suggestions", "anomaly", "ERROR", "ptwiki"),
            ("wiki_flags", "anomaly", "ERROR", "ptwiki"),
            ("commons_weighted_tags", "anomaly", "WARN", "commonswiki"),
            GATE,
        },
        {**ALL_GO, "ptwiki": "held"},
    ),
    "2 % of links without targets, ptwiki": Expected(
        {("incoming_links", "inputs", "WARN", "ptwiki")}, ALL_GO
    ),
    "15 % of links without targets, ptwiki": Expected(
        {("incoming_links", "inputs", "ERROR", "ptwiki"), GATE},
        {**ALL_GO, "ptwiki": "held"},
    ),
    # What reads the file refuses it, and no row of the wiki comes as far as a check. It is the
    # largest: what others have from its lead images and links is gone with it, too much of it.
    "a renamed column, ptwiki": Expected(
        {
            ("publishable", "gate", "ERROR", "ptwiki"),
            ("search_index_update", "wikis_read", "ERROR", ""),
            ("candidate_images", "anomaly", "ERROR", ""),
            ("commons_weighted_tags", "anomaly", "ERROR", "commonswiki"),
            ("filtered_suggestions", "anomaly", "ERROR", "arwiki"),
            ("filtered_suggestions", "anomaly", "ERROR", "kawiki"),
            *(("filtered_suggestions", "anomaly", "WARN", wiki) for wiki in ("arwiki", "kawiki")),
            *(("wiki_flags", "anomaly", "WARN", wiki) for wiki in ("arwiki", "kawiki")),
        },
        {**dict.fromkeys(ALL_GO, "held"), "ptwiki": "left out"},
        "search_index_update_wikis_read: .*blocking asset check failed",
    ),
    # What readers have is newer.
    "a snapshot older than the last": Expected(
        {("publishable", "gate", "WARN", "")},
        ALL_GO,
        "cassandra_tables: .*a later snapshot than 2026-10-12 is published",
    ),
}


OFTEN = (
    "image links that are all NULL, ptwiki",
    "a kind gone, Commons' categories",
    "40 % fewer suggestions, arwiki",
    "a renamed column, ptwiki",
)
"""One of each: an input's check, an anomaly of all wikis and of one, a wiki that is left out. The
others are tried by `make test-cluster`; each check has its own tests."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in OFTEN else pytest.mark.cluster) for name in INJECTIONS],
)
def test_what_goes_wrong_fires_its_own_checks_and_no_others_and_the_good_part_goes_out(
    history: dg.DagsterInstance, weeks: Weeks, tmp_path: Path, name: str
) -> None:
    injection, expected = INJECTIONS[name], EXPECTED[name]
    dumps = linked(weeks.dumps, tmp_path / "dumps")
    lake = linked(weeks.all if injection.after else weeks.but_the_last, tmp_path / "lake")
    others = {key: states(lake, key) for key in weeks.ran if key != injection.snapshot}
    injection.put(dumps, lake)
    ran = run_week(history, dumps, lake, injection.snapshot, injection.selection())
    assert ran.fired == expected.fired
    assert states(lake, injection.snapshot) == expected.gate
    if expected.error:
        assert re.match(expected.error, ran.error), ran.error
    else:
        assert not ran.error
    # Whatever went out before stays as it is.
    assert {key: states(lake, key) for key in others} == others
    assert not left_in_scratch(lake)
