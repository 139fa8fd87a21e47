"""Lists of pages with their suggestions, from the lake at what is published of each wiki."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from resources.engine import Engine
from resources.lake import Lake
from tests.asset_checks.partitions import keep, keep_gate
from tests.imagesuggest_assets.server import running as run
from tests.imagesuggest_assets.server.running import (
    DEPICTS,
    FIRST,
    LEAD,
    P18,
    P373,
    ROWS,
    SECOND,
    THIRD,
    opened,
    publish,
    suggested,
)
from tests.serving import problem_at

pytest_plugins = ["tests.servers.fixtures"]
"""Of which the other store is the fixture cassandra_server."""

LIST = "/v1/suggestions/ptwiki"
PAGES = sorted({row[1] for row in ROWS if row[0] == "ptwiki"})


def all_pages(served: httpx.Client, address: str) -> list[dict[str, Any]]:
    """Follow the addresses of the next parts to the end."""
    pages = []
    while address:
        answer = served.get(address)
        assert answer.status_code == 200, answer.text
        pages += answer.json()["pages"]
        address = answer.json()["next"]
    return pages


def ids(pages: list[dict[str, Any]]) -> list[int]:
    return [page["page_id"] for page in pages]


def test_a_list_has_the_suggestions_that_the_single_page_has(served: httpx.Client) -> None:
    (page,) = served.get(f"{LIST}?id=7").json()["pages"]
    rows = served.get("/public/image_suggestions/suggestions/ptwiki/7").json()["rows"]
    of_page = {name: page[name] for name in ("wiki", "page_id", "page_rev", "page_qid")}
    assert page["title"] == "Best"
    for row, listed in zip(rows, page["suggestions"], strict=True):
        assert {**of_page, **listed}.items() <= row.items()


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_parts_follow_each_other_by_page_id_without_a_gap(served: httpx.Client, limit: int) -> None:
    assert ids(all_pages(served, f"{LIST}?limit={limit}")) == PAGES
    assert len(served.get(LIST).json()["pages"]) == 10


def test_a_shuffle_has_each_page_once_and_stays_the_same(served: httpx.Client) -> None:
    one = ids(all_pages(served, f"{LIST}?seed=1&limit=4"))
    assert sorted(one) == PAGES
    assert one == ids(all_pages(served, f"{LIST}?seed=1&limit=500"))
    assert one != ids(all_pages(served, f"{LIST}?seed=2&limit=500")) != PAGES


def test_pages_can_be_asked_for_by_their_ids(served: httpx.Client) -> None:
    for asked in ("id=7,100,8", "id=7&id=100&id=8&id=7"):
        assert ids(all_pages(served, f"{LIST}?{asked}")) == [7, 100]
    every = ",".join(map(str, PAGES))
    assert ids(served.get(f"{LIST}?id={every}").json()["pages"]) == PAGES
    many = ",".join(map(str, range(1, 501)))
    assert served.get(f"{LIST}?id={many}").status_code == 200
    assert "500 at most" in problem_at(served.get(f"{LIST}?id={many},501"), 400)["detail"]


def test_only_suggestions_of_a_kind_and_so_sure_are_listed(served: httpx.Client) -> None:
    (page,) = all_pages(served, f"{LIST}?kind={LEAD}")
    assert [each["image"] for each in page["suggestions"]] == ["Z.jpg", "Y.jpg", "A.jpg", "C.jpg"]
    (page,) = all_pages(served, f"{LIST}?kind={P18},{P373}&confidence=80")
    assert [each["image"] for each in page["suggestions"]] == ["Z.jpg", "Y.jpg", "B.jpg", "D.jpg"]
    assert [page["page_id"] for page in all_pages(served, f"{LIST}?confidence=81")] == [7]
    assert all_pages(served, f"{LIST}?kind={DEPICTS}&confidence=90.5") == []


def test_a_stream_has_all_pages_a_line_each(served: httpx.Client) -> None:
    answer = served.get(f"{LIST}.ndjson")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [*map(json.loads, answer.text.splitlines())] == all_pages(served, f"{LIST}?limit=500")
    (line,) = served.get(f"{LIST}.ndjson?confidence=85").text.splitlines()
    assert len(json.loads(line)["suggestions"]) == 1


def test_a_wiki_that_nobody_knows_has_no_pages(served: httpx.Client) -> None:
    assert served.get("/v1/suggestions/nowiki").json() == {"pages": [], "next": None}
    assert served.get("/v1/suggestions/nowiki.ndjson").content == b""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", "a whole number from 1 to 500"),
        ("limit=501", "a whole number from 1 to 500"),
        ("seed=-1", "a whole number from 0"),
        ("seed=x", "a whole number from 0"),
        ("after=0", "a whole number from 1"),
        ("id=", "a whole number from 1"),
        ("id=7,x", "a whole number from 1"),
        ("kind=istype-nothing", P18),
        ("confidence=101", "a number from 0 to 100"),
        ("confidence=nan", "a number from 0 to 100"),
        ("limt=5", "one of after, confidence, id, kind, limit, seed"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_what_was_expected(
    served: httpx.Client, query: str, expected: str
) -> None:
    assert expected in problem_at(served.get(f"{LIST}?{query}"), 400)["detail"]


def test_each_wiki_tells_what_is_served_of_it(served: httpx.Client) -> None:
    arwiki, ptwiki = served.get("/v1/wikis").json()["wikis"]
    assert arwiki["suggestions_by_kind"] == {P18: 1}
    assert ptwiki.pop("published_at") is not None
    assert ptwiki == {
        "wiki": "ptwiki",
        "snapshot": SECOND,
        "articles": len(PAGES),
        "suggestions": len(ROWS) - 1,
        "suggestions_by_kind": {P18: 1, LEAD: 4, P373: 3, DEPICTS: len(PAGES) + 2},
        "newest_snapshot": SECOND,
        "state": "published",
        "held": False,
        "reason": None,
    }


def test_a_wiki_that_is_held_back_keeps_its_last_good_snapshot(
    tmp_path: Path, duckdb_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagesuggest_assets.server.lists.LOOK_SECONDS", 0)
    place = tmp_path / "store.sqlite"
    good, bad = suggested("ptwiki", 1, "A", "Good.jpg"), suggested("ptwiki", 1, "A", "Bad.jpg")
    other, newer = suggested("arwiki", 1, "A", "Old.jpg"), suggested("arwiki", 1, "A", "New.jpg")
    with closing(Lake(tmp_path / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, [good, other], FIRST)
        with run.running(tmp_path / "lake", place) as client:

            def listed() -> tuple[str, str]:
                found = [
                    client.get(f"/v1/suggestions/{wiki}").json()["pages"][0]["suggestions"][0]
                    for wiki in ("ptwiki", "arwiki")
                ]
                return found[0]["image"], found[1]["image"]

            assert listed() == ("Good.jpg", "Old.jpg")
            states = {"ptwiki": "held", "arwiki": "published", "kawiki": "left out"}
            publish(lake, duckdb_engine, store, [bad, newer], SECOND, states)
            assert listed() == ("Good.jpg", "New.jpg")
            wikis = {each["wiki"]: each for each in client.get("/v1/wikis").json()["wikis"]}
            assert (wikis["ptwiki"]["snapshot"], wikis["ptwiki"]["held"]) == (FIRST, True)
            assert wikis["ptwiki"]["newest_snapshot"] == SECOND
            assert (wikis["kawiki"]["snapshot"], wikis["kawiki"]["state"]) == (None, "left out")
            # A person holds what is out already: what was good before takes its place.
            keep_gate(lake, SECOND, {"ptwiki": "held", "arwiki": "held"})
            assert listed() == ("Good.jpg", "Old.jpg")


def test_what_is_computed_before_its_gate_is_seen_by_nobody(
    tmp_path: Path, duckdb_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagesuggest_assets.server.lists.LOOK_SECONDS", 0)
    place = tmp_path / "store.sqlite"
    with closing(Lake(tmp_path / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, [suggested("ptwiki", 1, "A", "Out.jpg")], FIRST)
        with run.running(tmp_path / "lake", place) as client:
            before = client.get(LIST).json()
            again = [suggested("ptwiki", 1, "A", "Not_out.jpg")]
            for snapshot in (FIRST, THIRD):
                keep(lake, "filtered_suggestions", again, snapshot=snapshot)
            assert client.get(LIST).json() == before
