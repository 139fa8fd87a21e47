"""Why an article has its suggestions, or none, as the server tells it and the command."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from imagesuggest_assets.command.main import main
from resources.engine import Engine
from resources.lake import Lake
from tests.imagesuggest_assets.server.running import (
    FIRST,
    ODD_TITLES,
    ROWS,
    SECOND,
    THIRD,
    keep_considered,
    opened,
    publish,
    running,
)
from tests.serving import problem_at

EXPLAIN = "/v1/explain/ptwiki"


def named(conditions: list[dict[str, Any]]) -> list[str]:
    return [each["name"] for each in conditions]


def test_a_suggested_article_tells_of_each_file_of_its_item(
    served_from_file: httpx.Client,
) -> None:
    told = served_from_file.get(f"{EXPLAIN}/Best").json()
    assert told == served_from_file.get(f"{EXPLAIN}?page_id=7").json()
    about = {name: told[name] for name in ("wiki", "snapshot", "page_id", "title", "item_id")}
    assert about == {
        "wiki": "ptwiki",
        "snapshot": SECOND,
        "page_id": 7,
        "title": "Best",
        "item_id": "Q7",
    }
    assert (told["verdict"], told["conditions"]) == ("suggested", [])
    files = {each["file_name"]: each for each in told["files"]}
    suggested = [name for name, each in files.items() if each["verdict"] == "suggested"]
    assert suggested == ["Z.jpg", "Y.jpg", "A.jpg", "C.jpg", "B.jpg", "D.jpg", "E.jpg"]
    assert files["Z.jpg"]["rank"] == 1
    assert files["Z.jpg"]["signals"] == ["p18", "lead_image", "depicts"]
    against = {name: named(each["conditions"]) for name, each in files.items() if not each["rank"]}
    assert against == {
        "F.jpg": ["beyond_most"],
        "Said.jpg": ["judged"],
        "Ugly.jpg": ["hidden", "excluded_file"],
        "Icon.svg": ["overused", "name"],
        "Lost.jpg": [],
    }
    assert files["F.jpg"]["conditions"][0]["evidence"] == {"rank": 8, "limit": 7}
    assert files["Icon.svg"]["conditions"][0]["evidence"] == {"pages": 9, "limit": 4}
    assert files["Said.jpg"]["judged"] == [{"outcome": "rejected", "when": "2026-11-02 00:00"}]
    assert files["Lost.jpg"]["judged"] == [{"outcome": "undecided", "when": None}]
    (large,) = told["left_out"]
    assert "Things has 120000 files" in large["words"]


@pytest.mark.parametrize(
    ("title", "conditions"),
    [
        ("Shown", ["commons_image", "excluded_class"]),
        ("Nothing", ["no_item"]),
        ("Bare", ["no_candidate"]),
        ("Odd", ["no_candidate"]),
        ("Old", ["redirect"]),
        ("Never", ["unknown_page"]),
    ],
)
def test_an_article_without_a_suggestion_names_all_that_holds(
    served_from_file: httpx.Client, title: str, conditions: list[str]
) -> None:
    told = served_from_file.get(f"{EXPLAIN}/{title}").json()
    assert told["verdict"] == "not suggested"
    assert named(told["conditions"]) == conditions
    assert all(each["words"].endswith(".") for each in told["conditions"])


def test_evidence_and_advice_are_told_in_words(served_from_file: httpx.Client) -> None:
    picture, classes = served_from_file.get(f"{EXPLAIN}/Shown").json()["conditions"]
    assert picture["evidence"] == {"files": ["A.jpg"]}
    assert classes["evidence"] == {"classes": ["Q5 below Q577", "Q577"]}
    (file,) = served_from_file.get(f"{EXPLAIN}/Shown").json()["files"]
    assert file["verdict"] == "would be suggested"
    (bare,) = served_from_file.get(f"{EXPLAIN}/Bare").json()["conditions"]
    assert "adding one would suggest it here" in bare["words"]
    (gone,) = served_from_file.get(f"{EXPLAIN}/Odd").json()["files"]
    assert (gone["verdict"], gone["conditions"][0]["evidence"]) == (
        "taken out",
        {"signal": "p18", "value": "Gone.jpg"},
    )


def test_a_title_is_looked_for_as_it_is_and_then_with_a_capital(
    served_from_file: httpx.Client,
) -> None:
    for typed, page in [
        ("best", 7),
        ("old", 24),
        *((t, 100 + n) for n, t in enumerate(ODD_TITLES)),
    ]:
        address = f"{EXPLAIN}/{httpx.QueryParams({'t': typed})}".replace("/t=", "/")
        told = served_from_file.get(address.replace("+", "%20").replace("...", "%2E%2E%2E"))
        assert told.json()["page_id"] == page, typed


def test_what_can_not_be_explained_is_told_with_what_can(served_from_file: httpx.Client) -> None:
    assert "/v1/wikis" in problem_at(served_from_file.get("/v1/explain/nowiki/A"), 404)["detail"]
    old = problem_at(served_from_file.get(f"{EXPLAIN}/Best?snapshot=2020-01-01"), 404)
    assert f"kept is that of {SECOND}" in old["detail"]
    date = problem_at(served_from_file.get(f"{EXPLAIN}/Best?snapshot=today"), 400)
    assert "YYYY-MM-DD" in date["detail"]
    assert "page_id" in problem_at(served_from_file.get(EXPLAIN), 400)["detail"]
    unknown = problem_at(served_from_file.get(f"{EXPLAIN}/Best?page_id=7"), 400)
    assert "one of snapshot" in unknown["detail"]


def test_what_is_held_is_told_and_explained_only_where_it_is_asked_for(
    tmp_path: Path, duckdb_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "store.sqlite"
    with closing(Lake(tmp_path / "lake")) as lake:
        with opened(place) as store:
            publish(lake, duckdb_engine, store, ROWS, FIRST)
            held = {"ptwiki": "held", "arwiki": "left out"}
            publish(lake, duckdb_engine, store, ROWS[1:], SECOND, held)
        keep_considered(lake, ROWS, THIRD)
        with running(tmp_path / "lake", place) as client:
            told = client.get(f"{EXPLAIN}/Best").json()
            named_one = client.get(f"{EXPLAIN}/Best?snapshot={SECOND}").json()
            early = client.get(f"{EXPLAIN}/Best?snapshot={THIRD}")
            left = client.get("/v1/explain/arwiki/Last").json()
    assert (told["snapshot"], told["verdict"]) == (FIRST, "suggested")
    assert named(told["conditions"]) == named(named_one["conditions"]) == ["held"]
    assert told["conditions"][0]["evidence"]["snapshot"] == SECOND
    assert {each["file_name"] for each in told["files"]} > {
        each["file_name"] for each in named_one["files"]
    }
    assert named(left["conditions"]) == ["left_out"]
    assert problem_at(early, 404)["detail"].startswith(f"what explains {THIRD} is not kept")
    monkeypatch.setenv("IMAGESUGGEST_STORE", str(place))
    ask = ["explain", "ptwiki", "--lake", str(tmp_path / "lake")]
    ended = CliRunner().invoke(main, [*ask, "--page-id", "7", "--format", "json"])
    assert json.loads(ended.stdout) == told
    shown = CliRunner().invoke(main, [*ask, "Nothing"]).stdout
    assert "no_item: The article has no Wikidata item." in shown
    assert CliRunner().invoke(main, ask).exit_code == 2
    assert "not kept" in CliRunner().invoke(main, [*ask, "Best", "--snapshot", THIRD]).stderr
