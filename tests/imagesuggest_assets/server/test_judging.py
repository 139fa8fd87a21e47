"""Who may judge, what is taken of forms, and what becomes of hostile ones."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from imagesuggest_assets.settings import Proxy, Settings
from resources.engine import Engine
from resources.lake import Lake
from tests.imagesuggest_assets.server.judged import Form, forms, judge, kept, own_page
from tests.imagesuggest_assets.server.running import (
    ARTICLE,
    DEPICTS,
    FIRST,
    SECOND,
    opened,
    publish,
    running,
    suggested,
)
from tests.serving import HTML, problem_at

PAGE = "/gallery/ptwiki/7"
TOKEN = "a-token-of-a-judge-1"
HOSTILE = [
    suggested("ptwiki", 8, title, image)
    for title in ("\"><script>alert('title')</script>",)
    for image in (
        "\"><script>alert('name')</script>.jpg",
        "javascript:alert(1).jpg",
        "' onerror='alert(1).jpg",
        "../../../etc/passwd.jpg",
        "A\u202egpj.exe.jpg",
        "{{7*7}}&lt;b&gt;.jpg",
        "A\x00B.jpg",
    )
]


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


Served = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, duckdb_engine: Engine) -> Path:
    """A lake with a store; not to be changed."""
    folder = tmp_path_factory.mktemp("published")
    with closing(Lake(folder / "lake")) as lake, opened(folder / "store.sqlite") as store:
        publish(lake, duckdb_engine, store, [*ARTICLE, *HOSTILE], SECOND)
    return folder


@pytest.fixture
def serve(published: Path, tmp_path: Path) -> Iterator[Served]:
    """Serves to people, by settings that differ; the last client stays open till the end."""
    usual = Settings(judgements=str(tmp_path / "judgements"), pictures="drawn")
    with ExitStack() as stack:

        def served(**settings: Any) -> httpx.Client:
            people = replace(usual, **settings)
            return stack.enter_context(
                running(published / "lake", published / "store.sqlite", people)
            )

        yield served


@pytest.fixture
def client(serve: Served) -> httpx.Client:
    """Somebody on this machine."""
    return serve()


@pytest.fixture(scope="module")
def once(
    published: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, Path]]:
    """A server, and where it would keep what all those judge whom it refuses."""
    folder = tmp_path_factory.mktemp("refused")
    people = Settings(judgements=str(folder), pictures="drawn")
    with running(published / "lake", published / "store.sqlite", people) as client:
        yield client, folder


@pytest.fixture
def refused(once: tuple[httpx.Client, Path]) -> Iterator[httpx.Client]:
    """Somebody of whom nothing is kept."""
    served, folder = once
    with httpx.Client(base_url=served.base_url, timeout=30) as client:
        yield client
    assert kept(folder) == []


@pytest.fixture
def judgements(tmp_path: Path) -> Path:
    return tmp_path / "judgements"


def first(client: httpx.Client) -> Form:
    """Look at an article; give the form of its best suggestion."""
    return forms(client.get(PAGE).text)[0]


def test_who_judges_goes_on_with_the_next_suggestion(
    client: httpx.Client, judgements: Path
) -> None:
    best, second = forms(client.get(PAGE).text)[:2]
    answer = judge(client, best.suggestion)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}#{second.card}")
    (rating,) = kept(judgements)
    assert (rating.wiki, rating.page_id, rating.item_id) == ("ptwiki", 7, "Q7")
    assert (rating.file_name, rating.confidence, rating.snapshot) == ("Z.jpg", 90, SECOND)
    assert rating.kinds == sorted(rating.kinds)
    assert DEPICTS in rating.kinds
    assert (rating.verdict, rating.judge, rating.mode) == ("fits", 0, "browse")
    assert "You said: it fits." in client.get(PAGE).text


def test_what_is_rejected_has_its_reasons_and_what_is_not_has_none(
    client: httpx.Client, judgements: Path
) -> None:
    one, two, three = forms(client.get(PAGE).text)[:3]
    assert judge(client, one.suggestion, "rejected", "other", "noinfo").status_code == 303
    assert judge(client, two.suggestion, "used", "other").status_code == 303
    assert judge(client, three.suggestion, "skip").status_code == 303
    assert [(each.verdict, each.reasons) for each in kept(judgements)] == [
        ("rejected", ["noinfo", "other"]),
        ("used", []),
    ]


def test_a_form_that_is_sent_twice_counts_once(client: httpx.Client, judgements: Path) -> None:
    form = first(client)
    for _ in range(2):
        assert judge(client, form.suggestion).status_code == 303
    assert problem_at(judge(client, form.suggestion, "used"), 409)
    assert len(kept(judgements)) == 1
    assert judge(client, first(client).suggestion, "used").status_code == 303
    assert len(kept(judgements)) == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"verdict": "splendid"}, "one of fits, used, rejected, skip"),
        ({"verdict": ["fits", "used"]}, "2 fields verdict"),
        ({"verdict": "rejected"}, "one or more reasons"),
        ({"verdict": "rejected", "reasons": ["other", "because"]}, "one or more reasons"),
        ({"verdict": "rejected", "reasons": "x\x00"}, "one or more reasons"),
        ({f"field{number}": "" for number in range(60)}, "50 fields at most"),
    ],
)
def test_a_form_that_can_not_be_meant_is_refused_with_what_was_expected(
    refused: httpx.Client, fields: dict[str, Any], expected: str
) -> None:
    answer = judge(refused, first(refused).suggestion, **fields)
    assert expected in problem_at(answer, 400)["detail"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"suggestion=" + b"x" * 16_384, "application/x-www-form-urlencoded", 413),
        (b"suggestion=%ff", "application/x-www-form-urlencoded", 400),
        (b"suggestion=\xff", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data; boundary=x", 415),
    ],
)
def test_what_is_no_form_of_ours_is_refused(
    refused: httpx.Client, body: bytes, kind: str, status: int
) -> None:
    headers = {**own_page(refused), "Content-Type": kind}
    problem_at(refused.post("/judge", content=body, headers=headers), status)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://[", "", None])
def test_a_form_that_another_site_sent_is_refused(
    refused: httpx.Client, origin: str | None
) -> None:
    data = {"suggestion": first(refused).suggestion, "verdict": "fits"}
    headers = {} if origin is None else {"Origin": origin}
    problem_at(refused.post("/judge", data=data, headers=headers), 403)


def test_a_form_that_was_made_for_another_or_by_nobody_here_is_refused(
    refused: httpx.Client,
) -> None:
    mine = first(refused).suggestion
    with httpx.Client(base_url=refused.base_url) as other:
        theirs = first(other).suggestion
    changed = ("A" if mine[0] != "A" else "B") + mine[1:]
    for forged in (theirs, changed, mine[:-1], "", "x" * 1000):
        problem_at(judge(refused, forged), 403)
    refused.cookies.clear()
    problem_at(judge(refused, mine), 403)


def test_what_is_suggested_no_more_can_not_be_judged(
    tmp_path: Path, duckdb_engine: Engine, monkeypatch: pytest.MonkeyPatch, judgements: Path
) -> None:
    monkeypatch.setattr("imagesuggest_assets.server.lists.LOOK_SECONDS", 0)
    place = tmp_path / "store.sqlite"
    people = Settings(judgements=str(judgements))
    with closing(Lake(tmp_path / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, ARTICLE, FIRST)
        with running(tmp_path / "lake", place, people) as client:
            best, second = forms(client.get(PAGE).text)[:2]
            publish(lake, duckdb_engine, store, ARTICLE[1:], SECOND)
            assert "not suggested" in problem_at(judge(client, best.suggestion), 409)["detail"]
            assert judge(client, second.suggestion).status_code == 303
    assert [each.snapshot for each in kept(judgements)] == [FIRST]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "suggestions.example.org"},
        {"Host": "10.0.0.7:8080"},
        {"Host": "["},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
    ],
)
def test_elsewhere_one_may_look_and_nobody_may_judge(
    refused: httpx.Client, headers: dict[str, str]
) -> None:
    """A page of another site may have itself called by our address, and a proxy may let in all."""
    form = first(refused)
    refused.headers.update(headers)
    page = refused.get(PAGE)
    assert page.status_code == 200
    assert forms(page.text) == []
    assert "You can look here, and not judge." in page.text
    problem_at(judge(refused, form.suggestion), 403)


def log_in(client: httpx.Client, token: str) -> httpx.Response:
    form = re.search(r'name="form" value="([^"]+)"', client.get("/login").text)
    assert form
    data = {"form": form[1], "token": token}
    return client.post("/login", data=data, headers=own_page(client))


def test_a_judge_elsewhere_has_a_token_and_is_a_number(serve: Served, judgements: Path) -> None:
    client = serve(judges={TOKEN: 7})
    client.headers["Host"] = "suggestions.example.org"
    problem_at(log_in(client, "a-token-of-nobody"), 403)
    assert forms(client.get(PAGE).text) == []
    assert log_in(client, f" {TOKEN} ").status_code == 303
    assert judge(client, first(client).suggestion).status_code == 303
    assert [each.judge for each in kept(judgements)] == [7]
    assert TOKEN not in str(client.cookies)
    # The session ends with the token, also after a restart.
    later = serve(judges={"another-token-of-a-judge": 7})
    later.headers["Host"] = "suggestions.example.org"
    later.cookies.update(client.cookies)
    assert forms(later.get(PAGE).text) == []
    # What was made before is good for whoever still is a judge.
    again = serve(judges={TOKEN: 7})
    again.headers["Host"] = "suggestions.example.org"
    again.cookies.update(client.cookies)
    assert judge(again, forms(client.get(PAGE).text)[1].suggestion).status_code == 303


def test_a_login_that_another_site_sends_is_refused(serve: Served) -> None:
    client = serve(judges={TOKEN: 7})
    client.get("/login")
    data = {"form": "x", "token": TOKEN}
    problem_at(client.post("/login", data=data, headers=own_page(client)), 403)


def test_a_trusted_proxy_names_judges_whose_names_are_kept_nowhere(
    serve: Served, judgements: Path
) -> None:
    proxy = Proxy("127.0.0.1", "X-Remote-User")
    client = serve(judges_proxy=proxy)
    # Without a name nobody may judge, though the proxy is on this machine.
    assert forms(client.get(PAGE).text) == []
    for place, name in enumerate(("Ana Example", "Ben Example", "Ana Example")):
        client.headers["X-Remote-User"] = name
        assert judge(client, forms(client.get(PAGE).text)[place].suggestion).status_code == 303
    of_ana = forms(client.get(PAGE).text)[3].suggestion
    client.headers["X-Remote-User"] = "Ben Example"
    problem_at(judge(client, of_ana), 403)
    ana, ben, again = [each.judge for each in kept(judgements)]
    assert ana == again != ben
    assert all(0 < each < 2**31 for each in (ana, ben))
    for file in judgements.rglob("*"):
        assert not file.is_file() or b"Example" not in file.read_bytes()
    # Of others the header is not believed.
    other = serve(judges_proxy=Proxy("10.0.0.1", "X-Remote-User"))
    other.headers.update({"X-Remote-User": "Ana Example", "Host": "suggestions.example.org"})
    assert forms(other.get(PAGE).text) == []


def test_hostile_names_are_text_on_pages_and_stay_what_they_are(
    client: httpx.Client, judgements: Path
) -> None:
    page = client.get("/gallery/ptwiki/8").text
    tags = Tags(page).found
    assert [each for each in tags if each[0] == "script"] == [
        ("script", {"src": "/static/keys.js", "defer": None})
    ]
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in {"href", "src", "action"} & {*attributes}:
            assert re.match(r"/|#|\?|https://(commons|www|pt)\.", attributes[name] or ""), tag
    found = forms(page)
    names = sorted(row[5] for row in HOSTILE)
    assert sorted(each.file_name for each in found) == [name.replace("_", " ") for name in names]
    for each in found:
        assert judge(client, each.suggestion, "rejected", "other").status_code == 303
    assert sorted(each.file_name for each in kept(judgements)) == names
    # No name of theirs is one of a file.
    for file in judgements.rglob("*"):
        assert re.fullmatch(r"[a-zA-Z0-9_-]+(\.ndjson|\.json)?", file.name), file


def test_a_picture_of_a_hostile_name_is_a_drawing_that_runs_nothing(refused: httpx.Client) -> None:
    tags = Tags(refused.get("/gallery/ptwiki/8").text).found
    pictures = [attributes["src"] or "" for tag, attributes in tags if tag == "img"]
    assert len(pictures) == len(HOSTILE)
    for address in pictures:
        picture = refused.get(address)
        assert picture.headers["content-type"] == "image/svg+xml"
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert picture.headers["content-security-policy"] == "default-src 'none'"
        drawn = ElementTree.fromstring(picture.content)
        assert {each.tag.rpartition("}")[2] for each in drawn.iter()} == {
            *("svg", "rect", "circle", "path", "text")
        }
        assert "not the file of Commons" in picture.text


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../settings.py", "/static/..%2Fsettings.py", "/static/%2e%2e%2fsettings.py"),
        *("/static/%2Fetc%2Fpasswd", "/static/keys.js%00", "/static/.", "/static/"),
        *("/gallery/..%2F..%2Fetc", "/gallery/%00", "/measure/..%2Fptwiki", "/gallery/ptwiki/0"),
    ],
)
def test_a_path_that_climbs_leads_nowhere(refused: httpx.Client, path: str) -> None:
    answer = refused.send(refused.build_request("GET", f"{refused.base_url}{path}", headers=HTML))
    assert answer.status_code in (400, 404), answer.text
    assert "root:" not in answer.text


def test_what_can_not_be_kept_is_not_acknowledged(
    serve: Served, judgements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve()
    form = first(client)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("imagesuggest_assets.server.judgements.os.fsync", full)
        assert "No space left" in problem_at(judge(client, form.suggestion), 503)["detail"]
    assert kept(judgements) == []
    assert judge(client, form.suggestion).status_code == 303
