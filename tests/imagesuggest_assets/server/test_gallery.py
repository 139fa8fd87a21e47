"""What is on the gallery's pages."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from imagesuggest_assets.settings import Settings
from resources.engine import Engine
from resources.lake import Lake
from tests.imagesuggest_assets.server.judged import forms, judge
from tests.imagesuggest_assets.server.running import (
    ARTICLE,
    DEPICTS,
    FIRST,
    LEAD,
    P18,
    P373,
    SECOND,
    opened,
    publish,
    running,
    suggested,
)
from tests.serving import HTML, problem_at

MANY = [
    suggested("kawiki", page, f"Page_{page}", f"{page}-{number}.jpg", 80, kinds)
    for page in range(1, 41)
    for number, kinds in enumerate(([DEPICTS], [P373, DEPICTS]) if page % 4 else ([P18],))
]
ROWS = [
    *ARTICLE,
    suggested("ptwiki", 8, "AC/DC_100%?", "A_&_b#1?.jpg", 70),
    suggested("arwiki", 1, "غزال", "غزال.jpg", 90, [P18]),
    *MANY,
]


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, duckdb_engine: Engine
) -> Iterator[httpx.Client]:
    """Somebody who looks at pictures of Commons."""
    folder = tmp_path_factory.mktemp("gallery")
    place = folder / "store.sqlite"
    with closing(Lake(folder / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, ROWS, FIRST)
        states = dict.fromkeys(("ptwiki", "kawiki"), "published") | {"arwiki": "held"}
        publish(lake, duckdb_engine, store, ROWS, SECOND, states)
    people = Settings(judgements=str(folder / "judgements"))
    with running(folder / "lake", place, people) as found:
        yield found


def names(page: str) -> list[str]:
    return [each.file_name for each in forms(page)]


def test_the_first_page_has_each_wiki_with_its_numbers_and_state(client: httpx.Client) -> None:
    page = client.get("/").text
    assert re.findall(r'<a href="/gallery/(\w+)">\w+</a>', page) == ["arwiki", "kawiki", "ptwiki"]
    assert "70 suggestions for 40 articles" in page
    assert "held back" in page
    assert "pt.wikipedia.org" in page


def test_a_wiki_that_is_held_back_says_so_on_its_pages(client: httpx.Client) -> None:
    page = client.get("/gallery/arwiki").text
    assert f"The snapshot {SECOND} is held back; what is shown is of {FIRST}." in page
    assert '<html lang="en" dir="rtl">' in page
    assert '<bdi lang="ar" dir="rtl">غزال</bdi>' in page


def test_suggestions_are_shown_best_first_and_as_they_are_chosen(client: httpx.Client) -> None:
    best = [row[5] for row in ARTICLE]
    assert names(client.get("/gallery/ptwiki").text) == [*best, "A & b#1?.jpg"]
    assert names(client.get(f"/gallery/ptwiki?kind={LEAD}&confidence=80").text) == best[:4]
    # A form sends what is empty, too.
    assert names(client.get("/gallery/ptwiki?confidence=&seed=&kind=").text)[:1] == best[:1]
    problem_at(client.get("/gallery/ptwiki?kind=other"), 400)


@pytest.mark.parametrize("query", ["", "seed=4"])
def test_parts_of_a_gallery_follow_each_other_to_the_end(client: httpx.Client, query: str) -> None:
    address, found = f"/gallery/kawiki?{query}", []
    while address:
        page = client.get(address).text
        found += names(page)
        more = re.search(r'<a class="button next" href="([^"]+)">', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert sorted(found) == sorted(row[5] for row in MANY)
    assert (found == [row[5] for row in MANY]) == (not query)


def test_an_article_has_its_suggestions_and_where_to_read_on(client: httpx.Client) -> None:
    page = client.get("/gallery/ptwiki/8").text
    for address in (
        "https://pt.wikipedia.org/w/index.php?title=AC%2FDC_100%25%3F",
        "https://www.wikidata.org/wiki/Q8",
        "https://commons.wikimedia.org/wiki/File:A_%26_b%231%3F.jpg",
        "https://commons.wikimedia.org/wiki/Special:GlobalUsage/A_%26_b%231%3F.jpg",
    ):
        assert f'href="{address}"' in page
    other = client.get("/gallery/ptwiki/7").text
    assert 'href="https://www.wikidata.org/wiki/Special:GoToLinkedPage/arwiki/Q7"' in other
    assert '<a class="button next" href="/gallery/ptwiki/8">' in other


def test_pictures_are_asked_for_in_the_widths_that_wikimedia_makes(client: httpx.Client) -> None:
    page = client.get("/gallery/ptwiki/8").text
    assert 'loading="lazy"' in page
    widths = {*map(int, re.findall(r"FilePath/A_%26_b%231%3F\.jpg\?width=(\d+)", page))}
    assert widths
    assert widths <= {20, 40, 60, 120, 250, 330, 500, 960, 1280}


@pytest.mark.parametrize(
    "address", ["/gallery/nowiki", "/gallery/ptwiki/99", "/measure/nowiki", "/static/nothing.css"]
)
def test_what_is_not_there_is_told_to_people_on_a_page_and_to_programs_as_a_problem(
    client: httpx.Client, address: str
) -> None:
    problem_at(client.get(address), 404)
    told = client.get(address, headers=HTML)
    assert told.status_code == 404
    assert "That did not work" in told.text


def test_no_page_lets_anything_run_or_be_framed(client: httpx.Client) -> None:
    for address in ("/", "/gallery/ptwiki", "/measure/ptwiki", "/judgements", "/login"):
        policy = client.get(address).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_a_sample_has_a_file_an_article_and_each_combination_of_kinds_in_turn(
    client: httpx.Client,
) -> None:
    pages = [client.get(f"/measure/kawiki?at={place}").text for place in range(40)]
    drawn = [names(page)[0] for page in pages]
    kinds = {row[5]: " ".join(row[7]) for row in MANY}
    articles = Counter(name.partition("-")[0] for name in drawn)
    assert articles == Counter({str(page): 1 for page in range(1, 41)})
    assert {kinds[name] for name in drawn[:3]} == {*kinds.values()}
    with httpx.Client(base_url=client.base_url) as other:
        assert names(other.get("/measure/kawiki").text) == drawn[:1]


def test_a_sample_goes_on_with_what_was_not_judged_and_ends_with_what_was_skipped(
    client: httpx.Client,
) -> None:
    address, seen = "/measure/ptwiki", []
    while found := forms(client.get(address).text):
        seen.append(found[0].file_name)
        verdict = "skip" if len(seen) == 1 else "fits"
        address = judge(client, found[0].suggestion, verdict).headers["location"]
    assert len({*seen}) == len(seen) == 2
    assert "This is the end of the sample." in client.get(address).text
    # A sample of before may have had more.
    assert "This is the end of the sample." in client.get("/measure/ptwiki?after=999").text
    assert names(client.get("/measure/ptwiki").text) == seen[:1]
    assert "You said: it fits." in client.get("/measure/ptwiki?at=1").text
    counted = client.get("/judgements").text
    assert re.search(r'<th scope="row">ptwiki</th><td>1</td><td>0</td><td>0</td>', counted)


@pytest.mark.parametrize("address", ["/explain/ptwiki/Shown", "/explain/ptwiki?title=shown"])
def test_why_an_article_has_no_suggestion_is_told_on_a_page(
    client: httpx.Client, address: str
) -> None:
    page = client.get(address, headers=HTML).text
    assert "It has a picture of Commons: A.jpg." in page
    assert "would be suggested" in page
    assert "A.jpg." in client.get("/gallery/ptwiki/20", headers=HTML).text


def test_an_article_says_why_each_file_is_suggested_or_not(client: httpx.Client) -> None:
    page = client.get("/gallery/ptwiki/7").text
    assert "Z.jpg</bdi>: suggested, number 1" in page
    assert "Somebody judged it for this article: rejected 2026-11-02 00:00." in page
    assert '<form class="ask"' in client.get("/gallery/ptwiki").text


def test_a_title_that_no_page_has_is_told_and_none_is_refused(client: httpx.Client) -> None:
    told = client.get("/explain/ptwiki", params={"title": "<b>Never"}, headers=HTML)
    assert "No page of the wiki is called so." in told.text
    assert "<b>" not in told.text
    assert client.get("/explain/ptwiki?title=", headers=HTML).status_code == 400
    assert client.get("/explain/nowiki/A", headers=HTML).status_code == 404
    assert client.get("/gallery/ptwiki/999", headers=HTML).status_code == 404
