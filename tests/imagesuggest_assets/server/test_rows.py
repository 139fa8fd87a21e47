"""What Wikimedia's clients read: rows of the readers' tables, from either store."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from resources.stores.store import COLUMNS, snapshot_id
from tests.imagesuggest_assets.server.running import (
    ARTICLE,
    DEPICTS,
    LEAD,
    ODD_TITLES,
    P18,
    P373,
    SECOND,
)
from tests.serving import problem_at

pytest_plugins = ["tests.servers.fixtures"]
"""Of which the other store is the fixture cassandra_server."""

PUBLIC = "/public/image_suggestions"
PRIVATE = "/private/image_suggestions"
PAGE = f"{PUBLIC}/suggestions/ptwiki/7"
ADDRESSES = [
    PAGE,
    f"{PRIVATE}/title_cache/ptwiki/Best",
    f"{PRIVATE}/instanceof_cache/ptwiki/7",
    f"{PRIVATE}/feedback/ptwiki/7",
    "/v1/wikis",
    "/v1/suggestions/ptwiki",
    "/v1/suggestions/ptwiki.ndjson",
    "/healthz",
    "/readyz",
    "/openapi",
]


def rows_at(served: httpx.Client, address: str) -> list[dict[str, Any]]:
    answer = served.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert [*answer.json()] == ["rows"]
    return answer.json()["rows"]


def test_suggestions_have_every_column_and_come_best_first(served: httpx.Client) -> None:
    rows = rows_at(served, PAGE)
    assert [row["image"] for row in rows] == [row[5] for row in ARTICLE]
    assert all([*row] == [*COLUMNS["suggestions"]] for row in rows)
    assert rows[0] == {
        "wiki": "ptwiki",
        "page_id": 7,
        "id": str(snapshot_id(SECOND)),
        "image": "Z.jpg",
        "origin_wiki": "commonswiki",
        "confidence": 90,
        "found_on": ["arwiki"],
        "kind": [P18, LEAD, DEPICTS],
        "page_rev": 107,
        "section_heading": None,
        "section_index": None,
        "page_qid": "Q7",
    }
    assert rows[1]["kind"] == [LEAD, P373]
    assert rows[4]["found_on"] is None


def test_caches_have_every_column_and_sets_are_arrays_or_null(served: httpx.Client) -> None:
    assert rows_at(served, f"{PRIVATE}/instanceof_cache/ptwiki/7") == [
        {"wiki": "ptwiki", "page_id": 7, "page_rev": 107, "instance_of": ["Q42", "Q5"]}
    ]
    assert rows_at(served, f"{PRIVATE}/instanceof_cache/arwiki/{2**31 - 1}") == [
        {"wiki": "arwiki", "page_id": 2**31 - 1, "page_rev": 2**31 - 1, "instance_of": None}
    ]


@pytest.mark.parametrize("title", ODD_TITLES)
def test_a_title_is_one_percent_encoded_part_whatever_is_in_it(
    served: httpx.Client, title: str
) -> None:
    address = f"{PRIVATE}/title_cache/ptwiki/{quote(title, safe='')}"
    page = 100 + ODD_TITLES.index(title)
    expected = {"wiki": "ptwiki", "title": title, "page_id": page, "page_rev": 100 + page}
    assert rows_at(served, address) == [expected]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("A%CC%88%20b", "Ä_b"), ("%C3%84_b", "Ä_b"), ("best", ""), ("Best%20", "")],
)
def test_a_title_is_brought_to_its_form_and_to_no_other(
    served: httpx.Client, asked: str, found: str
) -> None:
    rows = rows_at(served, f"{PRIVATE}/title_cache/ptwiki/{asked}")
    assert [row["title"] for row in rows] == ([found] if found else [])


@pytest.mark.parametrize(
    "address",
    [
        f"{PUBLIC}/suggestions/ptwiki/8",
        f"{PUBLIC}/suggestions/nowiki/7",
        f"{PUBLIC}/suggestions/a%2Fb%00/7",
        f"{PUBLIC}/suggestions/ptwiki/{2**31 - 1}",
        f"{PRIVATE}/title_cache/nowiki/Best",
        f"{PRIVATE}/instanceof_cache/ptwiki/8",
        f"{PRIVATE}/feedback/ptwiki/7",
    ],
)
def test_no_row_is_no_fault(served: httpx.Client, address: str) -> None:
    assert rows_at(served, address) == []


@pytest.mark.parametrize("page_id", ["0", "-1", str(2**31), "text", "1.0", "%2B1", "1e3", "٣"])
def test_a_page_id_that_is_none_is_refused_with_what_was_expected(
    served: httpx.Client, page_id: str
) -> None:
    address = f"{PUBLIC}/suggestions/ptwiki/{page_id}"
    problem = problem_at(served.get(address), 400)
    assert "a whole number from 1 to 2147483647" in problem["detail"]
    for table in ("instanceof_cache", "feedback"):
        problem_at(served.get(f"{PRIVATE}/{table}/ptwiki/{page_id}"), 400)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/nothing",
        "/public/image_suggestions/suggestions/ptwiki",
        "/public/image_suggestions/suggestions/ptwiki/7/",
        "/public/image_suggestions/title_cache/ptwiki/Best",
        "/private/image_suggestions/title_cache/ptwiki/AC/DC",
        "/v1/suggestions/",
    ],
)
def test_an_address_that_is_none_is_not_found(served: httpx.Client, address: str) -> None:
    problem_at(served.get(address), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_can_be_written(served: httpx.Client, address: str, method: str) -> None:
    answer = served.request(method, address)
    problem_at(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD"


def test_bytes_that_are_no_text_are_refused(served: httpx.Client) -> None:
    problem = problem_at(served.get(f"{PRIVATE}/title_cache/ptwiki/%FF"), 400)
    assert "UTF-8" in problem["detail"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_is_asked_for_again_by_its_etag(served: httpx.Client, address: str) -> None:
    answer = served.get(address)
    tag = answer.headers["etag"]
    assert answer.headers["cache-control"] == "no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = served.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert served.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_says_what_get_does_without_a_body(served: httpx.Client, address: str) -> None:
    asked, read = served.head(address), served.get(address)
    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("etag", "content-type", "content-length", "cache-control"):
        assert asked.headers.get(name) == read.headers.get(name)


def test_a_range_is_not_looked_at(served: httpx.Client) -> None:
    answer = served.get(PAGE, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, served.get(PAGE).content)


def test_pages_of_other_sites_may_read_what_is_public(served: httpx.Client) -> None:
    for address in (PAGE, "/v1/wikis", f"{PUBLIC}/suggestions/ptwiki/0", "/v1/nothing"):
        assert served.get(address).headers["access-control-allow-origin"] == "*"
    for address in (f"{PRIVATE}/title_cache/ptwiki/Best", "/healthz", "/metrics"):
        assert "access-control-allow-origin" not in served.get(address).headers


def test_requests_are_counted_by_the_route_that_answered_them(served: httpx.Client) -> None:
    served.get("/public/image_suggestions/suggestions/ptwiki/123456")
    served.get("/nothing/123456")
    told = served.get("/metrics").text
    route = 'route="/public/image_suggestions/suggestions/{wiki}/{page_id}",status="200"'
    assert f'http_requests_total{{method="GET",{route}}}' in told
    assert 'http_requests_total{method="GET",route="none",status="404"}' in told
    assert "123456" not in told
