"""What is on the pages of the module finder (modules_lake), and which snapshot they are of."""

import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from pathlib import Path

import httpx
import pytest

from module_assets.server.application import application
from module_assets.server.markup import compared, highlighted, titled
from module_assets.server.source import Source
from resources.lake import Lake
from tests.module_assets.runs import KEY
from tests.module_assets.server.conftest import HOSTILE, LONG, MARKUP, SCRIPT, change
from tests.serving import HTML, problem_at, served

pytest_plugins = ["tests.module_assets.fixtures"]

OF_HOSTILE = "{}/{}".format(*HOSTILE)


def links(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="([^"]+)"', page)]


def ranked(page: str) -> list[str]:
    """Give the titles of a list, in order."""
    cells = re.findall(r'<th scope="row" role="rowheader"><a [^>]*>(.*?)</a>', page)
    return [unescape(re.sub("<[^>]+>", "", each)) for each in cells]


def test_every_link_of_every_page_leads_to_something(client: httpx.Client) -> None:
    seen, left = set[str](), ["/", "/modules", "/functions"]
    while left and len(seen) < 25:
        address = left.pop()
        if address in seen or not address.startswith("/"):
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        if "text/html" in answer.headers["content-type"]:
            new = [each.partition("#")[0] for each in links(answer.text)]
            left += [each for each in new if each not in seen]


def test_a_form_leads_to_an_address_that_has_what_differs_from_the_usual(
    client: httpx.Client,
) -> None:
    answer = client.get(
        "/?q=&project=&kind=code&min_wikis=2&weight_copies=7.5&weight_readers=2&weight_versions=0"
    )
    assert answer.status_code == 303
    location = "/?kind=code&min_wikis=2&weights=copies:7.5,versions:0"
    assert answer.headers["location"] == location
    page = client.get(location).text
    assert 'name="weight_copies" type="number" min="0" max="10" step="any" value="7.5"' in page
    assert '<option value="code" selected>' in page
    rows = client.get(f"/api/v1/families{location[1:]}").json()["rows"]
    assert ranked(page) == [row["title"].replace("_", " ") for row in rows]
    told = client.get("/?weight_copies=-1", follow_redirects=True, headers=HTML)
    assert told.status_code == 400
    assert "weights from 0 to 10" in told.text


def test_a_list_is_shown_in_parts_that_lead_to_each_other(client: httpx.Client) -> None:
    first = client.get("/modules?limit=5&q=often").text
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after
    second = client.get(unescape(after[1])).text
    modules = [{each for each in links(page) if "/module/" in each} for page in (first, second)]
    assert [len(each) for each in modules] == [5, 5]
    assert not modules[0] & modules[1]
    before = re.search(r'rel="prev" href="([^"]+)"', second)
    assert before
    assert ranked(client.get(unescape(before[1])).text) == ranked(first)
    assert "Nothing is like that." in client.get("/?q=never").text


def test_a_family_says_why_its_score_and_how_two_of_its_modules_differ(
    client: httpx.Client,
) -> None:
    family = client.get("/api/v1/families?q=often").json()["rows"][0]["family_id"]
    page = client.get(f"/family/{family}").text
    assert "views in the month of the articles that use its modules" in page
    diff = next(each for each in links(page) if "b=" in each)
    pair = dict(part.split("=") for part in diff.partition("#")[0].partition("?")[2].split("&"))
    shown = client.get(diff).text
    told = client.get("/api/v1/diff", params=pair).json()
    lines = re.findall(r'<span class="line (?:added|removed)">', shown)
    assert len(lines) == sum(line[0] in "+-" for line in told["lines"][2:])
    same = client.get(f"/family/{family}?a={family}&b={family}&view=structure").text
    assert "They do not differ (structure alone)." in same


def test_a_member_leads_to_its_family(client: httpx.Client) -> None:
    family = client.get("/api/v1/families?q=often").json()["rows"][0]["family_id"]
    members = client.get(f"/api/v1/families/{family}").json()["members"]
    other = next(each for each in members if f"{each['wiki_db']}/{each['page_id']}" != family)
    answer = client.get(f"/family/{other['wiki_db']}/{other['page_id']}?weights=copies:5")
    assert answer.headers["location"] == f"/family/{family}?weights=copies:5"


def test_a_module_has_what_is_known_of_it_and_where_its_authors_are(client: httpx.Client) -> None:
    page = client.get("/module/enwiki/103").text
    facts = client.get("/api/v1/modules/enwiki/103").json()
    assert facts["revision"] in links(page)
    assert "https://en.wikipedia.org/w/index.php?curid=103&action=history" in links(page)
    (line, *_) = re.findall(r'<a href="#L(\d+)">', page)
    assert f'<span class="line" id="L{line}">' in page
    assert facts["own_functions"][0]["line"] == int(line)


def test_hostile_titles_and_texts_are_shown_and_are_no_markup(client: httpx.Client) -> None:
    addresses = ("/modules?q=onerror", "/?q=onerror", f"/module/{OF_HOSTILE}")
    pages = [client.get(each) for each in addresses]
    for page in pages:
        assert MARKUP not in page.text
        assert SCRIPT not in page.text
        assert "&lt;img src=x onerror=alert(1)&gt;" in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
    code = pages[-1].text
    assert "&lt;/script&gt;&lt;script&gt;" in code
    for number in ("U+202E", "U+2066", "U+0000", "U+200B"):
        assert f">{number}</span>" in code
    assert "\u202e" not in code


def test_a_text_of_one_long_line_is_shown_from_its_beginning(client: httpx.Client) -> None:
    page = client.get("/module/{}/{}".format(*LONG))
    assert "This is the beginning, of 2,000,0" in page.text
    told = client.get(
        "/family/{0}/{1}?a=enwiki/103&b={0}/{1}".format(*LONG), headers=HTML, follow_redirects=True
    )
    assert told.status_code == 400
    assert "400,000 at most" in told.text


def test_code_is_what_it_was_whatever_it_is_shown_as() -> None:
    text = "local a = [[x\n<b>]] -- <i>\nreturn 'a\\'' .. 0x1F"
    shown = highlighted(text)
    lines = re.findall(r'<span class="line" id="L\d">(.*?)</span>(?=<span class="line"|$)', shown)
    assert [unescape(re.sub("<[^>]+>", "", line)) for line in lines] == text.split("\n")
    for kind in ("keyword", "string", "comment", "number"):
        assert f'<span class="{kind}">' in shown
    assert titled("a_<b>") == "<bdi>a &lt;b&gt;</bdi>"
    assert "&lt;b&gt;" in compared(["---a", "+++b", "+<b>"])


@pytest.mark.parametrize("address", ["/module/enwiki/99999", "/family/nowiki/1", "/function/x"])
def test_what_is_not_there_is_told_to_people_on_a_page_and_to_programs_as_a_problem(
    client: httpx.Client, address: str
) -> None:
    problem_at(client.get(address), 404)
    told = client.get(address, headers=HTML)
    assert told.status_code == 404
    assert "That did not work" in told.text


@pytest.mark.parametrize("takes_off", [True, False])
def test_behind_a_prefix_all_links_have_it_whether_the_proxy_takes_it_off_or_not(
    modules_lake: Path, takes_off: bool
) -> None:
    with served(application(Source(str(modules_lake)), "/tool/modules")) as client:

        def get(address: str) -> httpx.Response:
            assert address.startswith("/tool/modules")
            return client.get(address.removeprefix("/tool/modules") if takes_off else address)

        page = get("/tool/modules/?q=family&limit=2").text
        for address in {each.partition("#")[0] for each in links(page)} - {""}:
            assert get(address).status_code == 200
        following = get("/tool/modules/api/v1/modules?limit=1").json()["next"]
        assert get(following).json()["rows"][0]["rank"] == 2
        answer = get("/tool/modules/?weight_copies=3")
        assert answer.headers["location"] == "/tool/modules/?weights=copies:3"


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take from everybody the right to write into a folder."""
    every = [folder, *folder.rglob("*")]
    before = {path: path.stat().st_mode for path in every}
    for path, mode in before.items():
        path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    yield
    for path, mode in before.items():
        path.chmod(mode)


def test_a_newer_snapshot_is_seen_without_a_restart_and_nothing_is_written(
    modules_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("module_assets.server.source.LOOK_SECONDS", 0)
    lake, newer = tmp_path / "lake", "2026-11-20"
    shutil.copytree(modules_lake, lake)
    with read_only(lake), served(application(Source(str(lake)))) as client:
        before = sorted(lake.rglob("*"))
        page = client.get("/").text
        client.get(f"/family/{OF_HOSTILE}/archive.zip")
        assert sorted(lake.rglob("*")) == before
    assert f"Snapshot {KEY}" in page
    with served(application(Source(str(lake)))) as client:
        assert f"Snapshot {KEY}" in client.get("/").text
        for dataset in lake.iterdir():
            there = dataset / f"snapshot={KEY}"
            if dataset.name != "publishable" and there.is_dir():
                shutil.copytree(there, dataset / f"snapshot={newer}")
        # It is not computed to its end.
        assert f"Snapshot {KEY}" in client.get("/").text
        gate = lake / "publishable"
        shutil.copytree(gate / f"snapshot={KEY}", gate / f"snapshot={newer}")
        assert f"Snapshot {newer}" in client.get("/").text
        told = client.get("/api/v1/snapshots").json()["snapshots"]
        assert [each["is_shown"] for each in told] == [True, False]


def test_a_lake_that_goes_away_is_told_and_read_again_when_it_is_back(
    modules_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("module_assets.server.source.LOOK_SECONDS", 0)
    lake = tmp_path / "lake"
    with served(application(Source(str(lake)))) as client:
        answer = client.get("/api/v1/families")
        assert str(tmp_path) not in problem_at(answer, 503)["detail"]
        assert int(answer.headers["retry-after"]) > 0
        assert client.get("/", headers=HTML).status_code == 503
        assert client.get("/healthz").status_code == 200
        shutil.copytree(modules_lake, lake)
        assert client.get("/api/v1/families").status_code == 200
        with closing(Lake(lake)) as here:
            change(here, "module_text", "text", {HOSTILE: "return 'anew'"})
            change(here, "publishable", "reason", {})
        assert client.get(f"/api/v1/modules/{OF_HOSTILE}/text").text == "return 'anew'"
