"""What the API of the module finder answers, over a snapshot that was run (modules_lake)."""

import csv
import io
import zipfile
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.schemas import OpenApiSchema

from module_assets.server.description import description
from tests.module_assets.runs import KEY
from tests.module_assets.server.conftest import HOSTILE, LONG, LONG_LINE, MARKUP, NUMBERED, PART
from tests.serving import problem_at

pytest_plugins = ["tests.module_assets.fixtures"]

FAMILIES, MODULES = "/api/v1/families", "/api/v1/modules"
READABLE = {"shape": "", "wiki": "enwiki", "page_id": "102"}


@pytest.fixture(scope="module")
def schema(client: httpx.Client) -> OpenApiSchema:
    """The description that the server gives."""
    assert client.get("/openapi.json").json() == description()
    return schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", description()["paths"])
def test_every_answer_is_one_that_is_described(
    schema: OpenApiSchema, path: str, method: str
) -> None:
    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=5, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate()

    ask()


@pytest.mark.parametrize("path", description()["paths"])
def test_every_address_is_described_and_answers_what_is_there(
    client: httpx.Client, schema: OpenApiSchema, path: str
) -> None:
    (function, *_) = rows(client, "/api/v1/functions?limit=1")
    address = path.format(**{**READABLE, "shape": function["shape"]})
    if path.endswith("/diff"):
        address += "?a=enwiki/101&b=enwiki:Often"
    schema[path]["GET"].Case().validate_response(client.get(address))


def rows(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


@pytest.mark.parametrize("what", ["families", "modules", "functions"])
@pytest.mark.parametrize("least", [0, 2])
def test_parts_of_a_list_follow_each_other_to_the_end_without_a_gap(
    client: httpx.Client, what: str, least: int
) -> None:
    every = rows(client, f"/api/v1/{what}?limit=5000")
    address, found = f"/api/v1/{what}?limit=9&min_wikis={least}", []
    while address and len(found) < 40:
        part = client.get(address).json()
        found += part["rows"]
        address = part["next"]
    wide = [row for row in every if (row["wikis"] or 0) >= least]
    assert found == wide[: len(found)]
    assert len(found) >= min(len(wide), 40)


def test_the_usual_weights_give_what_is_stored_and_others_another_order(
    client: httpx.Client,
) -> None:
    usual = rows(client, FAMILIES)
    assert [row["rank"] for row in usual] == [*range(1, len(usual) + 1)]
    assert all(row["rank_best"] <= row["rank"] <= row["rank_worst"] for row in usual)
    for row in usual[:5]:
        known = client.get(f"{FAMILIES}/{row['family_id']}").json()["family"]
        assert (known["rank"], known["score"]) == (row["rank"], row["score"])
        parts = [value for name, value in row.items() if name.startswith("contribution_")]
        assert sum(filter(None, parts)) == pytest.approx(row["score"], abs=1e-3)
    others = ",".join(f"{each}:0" for each in ("transclusions", "readers", "copies", "versions"))
    bent = rows(client, f"{FAMILIES}?weights={others},independence:10")
    assert [row["family_id"] for row in bent] != [row["family_id"] for row in usual]
    assert all(row["contribution_copies"] == 0 for row in bent)


def test_filters_leave_what_is_asked_for_with_its_rank_among_all(client: httpx.Client) -> None:
    every = {row["family_id"]: row for row in rows(client, f"{FAMILIES}?limit=5000")}
    of_wiki = rows(client, f"{FAMILIES}?wiki=arwiki&limit=5000")
    assert {row["family_id"] for row in of_wiki} < every.keys()
    for row in of_wiki:
        assert row == every[row["family_id"]]
        members = client.get(f"{FAMILIES}/{row['family_id']}").json()["members"]
        assert "arwiki" in {each["wiki_db"] for each in members if not each["is_draft"]}
    assert {row["wiki_db"] for row in rows(client, f"{MODULES}?language=ar")} == {"arwiki"}
    assert {row["kind"] for row in rows(client, f"{MODULES}?kind=data")} == {"data"}
    assert rows(client, f"{FAMILIES}?wiki=nowiki") == []
    titles = [row["title"] for row in rows(client, f"{MODULES}?q=FAMILY 3")]
    assert titles
    assert {"family_3" in title.lower() for title in titles} == {True}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{FAMILIES}?weights=copies:-1", "weights from 0 to 10"),
        (f"{FAMILIES}?weights=copies:11", "weights from 0 to 10"),
        (f"{FAMILIES}?weights=copies:nan", "weights from 0 to 10"),
        (f"{FAMILIES}?weights=size:1", "features among copies"),
        (
            f"{FAMILIES}?weights=copies:0,transclusions:0,readers:0,dependents:0,versions:0,"
            "languages:0,independence:0",
            "not all 0",
        ),
        (f"{MODULES}?weights=copies:1", "features among transclusions"),
        ("/api/v1/functions?weights=copies:1", "one of format, kind, language"),
        (f"{FAMILIES}?limit=0", "a whole number from 1 to 5000"),
        (f"{FAMILIES}?limit=5001", "a whole number from 1 to 5000"),
        (f"{FAMILIES}?offset=-1", "a whole number from 0"),
        (f"{FAMILIES}?min_wikis=x", "a whole number from 0"),
        (f"{FAMILIES}?kind=alias", "one of code, data"),
        (f"{FAMILIES}?format=xml", "one of json, csv"),
        (f"{FAMILIES}?title=x", "one of format, kind, language, limit, min_wikis"),
        (f"{FAMILIES}/enwiki/0", "a whole number from 1"),
        ("/api/v1/diff?a=enwiki/101", "b is missing"),
        ("/api/v1/diff?a=enwiki/101&b=enwiki/103&view=all", "one of written, code, structure"),
        (f"/api/v1/diff?a=enwiki/101&b={'/'.join(map(str, LONG))}", "400,000 at most"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_what_is_allowed(
    client: httpx.Client, address: str, expected: str
) -> None:
    assert expected in problem_at(client.get(address), 400)["detail"]


@pytest.mark.parametrize(
    "address",
    [
        f"{FAMILIES}/enwiki/99999",
        f"{MODULES}/nowiki/101/similar",
        f"{MODULES}/%3Cb%3E/101",
        "/family/nowiki/101/archive.zip",
        "/api/v1/diff?a=enwiki/101&b=enwiki:Never",
        f"/api/v1/functions/{'0' * 32}",
        "/api/v2/families",
    ],
)
def test_what_is_not_there_is_told(client: httpx.Client, address: str) -> None:
    problem_at(client.get(address), 404)


def test_an_address_has_the_page_of_a_module_and_never_its_title(client: httpx.Client) -> None:
    wiki, page_id = NUMBERED
    told = client.get("/api/v1/diff", params={"a": f"{wiki}:{PART}", "b": f"{wiki}/{page_id}"})
    assert told.json()["a"] == f"{wiki}/{page_id}"
    for what in (MODULES, FAMILIES, "/module", "/family"):
        problem_at(client.get(f"{what}/{wiki}%3A{PART}"), 404)


def test_csv_has_the_rows_of_json(client: httpx.Client) -> None:
    for address in (FAMILIES, MODULES, "/api/v1/functions", f"{MODULES}/enwiki/102/similar"):
        answer = client.get(address, params={"format": "csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        found = list(csv.DictReader(io.StringIO(answer.text)))
        told = rows(client, address)
        assert found == [
            {name: "" if value is None else str(value) for name, value in row.items()}
            for row in told
        ]


def test_a_family_is_found_by_any_of_its_modules(client: httpx.Client) -> None:
    first = rows(client, FAMILIES)[0]["family_id"]
    told = client.get(f"{FAMILIES}/{first}").json()
    member = next(each for each in told["members"] if each["relation"] == "near")
    other = client.get(f"{FAMILIES}/{member['wiki_db']}/{member['page_id']}").json()
    assert other == told
    used = [each["transclusions"] for each in told["members"]]
    assert used == sorted(used, reverse=True)


def test_an_archive_has_the_text_of_each_module_and_its_credits(client: httpx.Client) -> None:
    first = rows(client, f"{FAMILIES}?q=Often")[0]["family_id"]
    members = client.get(f"{FAMILIES}/{first}").json()["members"]
    answer = client.get(f"/family/{first}/archive.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        credits = list(csv.DictReader(io.StringIO(archive.read("CREDITS.csv").decode())))
        assert len(credits) == len(members) == len(archive.namelist()) - 1
        for credit, member in [*zip(credits, members, strict=True)][:3]:
            text = client.get(f"{MODULES}/{member['wiki_db']}/{member['page_id']}/text").text
            assert archive.read(credit["file"]).decode() == text
            assert f"oldid={member['revision_id']}" in credit["revision"]


def test_modules_that_are_like_one_are_those_of_its_shape_and_of_like_ones(
    client: httpx.Client,
) -> None:
    first = rows(client, f"{FAMILIES}?q=Often")[0]["family_id"]
    similar = rows(client, f"{MODULES}/{first}/similar?limit=5000")
    members = client.get(f"{FAMILIES}/{first}").json()["members"]
    alike = {(row["wiki_db"], row["page_id"]) for row in similar}
    centre = {(each["wiki_db"], each["page_id"]) for each in members}
    wiki, _, page = first.partition("/")
    assert centre - {(wiki, int(page))} <= alike
    assert [row["similarity"] for row in similar] == sorted(
        (row["similarity"] for row in similar), reverse=True
    )


def test_the_snapshot_that_is_shown_is_told(client: httpx.Client) -> None:
    (told,) = client.get("/api/v1/snapshots").json()["snapshots"]
    assert told == {
        "snapshot": KEY,
        "is_shown": True,
        "wikis": 6,
        "let_through": 6,
        "reasons": {},
    }


def test_hostile_texts_come_whole_and_as_no_page(client: httpx.Client) -> None:
    answer = client.get(f"{MODULES}/{LONG[0]}/{LONG[1]}/text")
    assert answer.text == LONG_LINE
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    told = client.get(f"{MODULES}/{HOSTILE[0]}/{HOSTILE[1]}").json()
    assert told["title"] == MARKUP


def test_pages_of_other_sites_may_read_the_api_and_nothing_else(client: httpx.Client) -> None:
    assert client.get(FAMILIES).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" in client.get(f"{FAMILIES}?x=1").headers
    assert "access-control-allow-origin" not in client.get("/").headers
