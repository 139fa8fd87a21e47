"""What is taken from a web server's listing of a folder, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.sources.listing import entries

URL = "https://mirror.example/dumps/"


def test_links_that_lead_elsewhere_are_no_entries_of_a_folder() -> None:
    links = {
        "enwiki/": ("enwiki", True),
        "/dumps/dewiki/": ("dewiki", True),
        "https://mirror.example/dumps/frwiki/": ("frwiki", True),
        "/%64umps/itwiki/": ("itwiki", True),
        "./a:b.txt": ("a:b.txt", False),
        "%C3%A9%23.txt": ("é#.txt", False),
    }
    elsewhere = (
        *("../", "/", "./", "", "x#top", "?C=N;O=D", "x/?C=M;O=A", "%2e%2e/", "/other/x"),
        *("https://elsewhere.example/dumps/x/", "http://mirror.example/dumps/x/", "deep/er/"),
        *("mailto:somebody@mirror.example", "https://[", "x%2f..%2fy", "%00", "//"),
    )
    html = "".join(f"<A HREF='{link}'>…</A><a>no link</a>" for link in (*links, *elsewhere, *links))
    assert list(entries(html, URL)) == list(links.values())


@pytest.mark.parametrize(
    "link",
    [
        "<a href=enwiki/>",
        "<A\nHREF = 'enwiki/' class=x>",
        "<a class='href=\"dewiki/\"' disabled href=\"enwiki/\" href='itwiki/'>",
        "<a title='a > b' href='&#101;nwiki/'>",
        "<a/href='enwiki/'/>",
        "<!-- <a href='dewiki/'> --><a href='enwiki/'>",
        "<!--><a href='enwiki/'><!-- <a href='dewiki/'>",
        "<![CDATA[ it's <b> ]]><a href='enwiki/'>",
        "a < b, \"c'<a href='enwiki/'>",
        "<abbr href='dewiki/'><a href='enwiki/'><a href='dewi",
        "<a href='&#" + "1" * 5000 + ";'><a href='enwiki/'>",
    ],
)
def test_a_link_is_found_however_it_is_written_and_no_other(link: str) -> None:
    assert list(entries(link, URL)) == [("enwiki", True)]


PIECES = ["<", ">", "</", "<a ", "<a href=", "<![", "<!--", "-->", "<?", '"', "'", "=", "&#1", "x"]


@pytest.mark.parametrize(
    "piece", [*PIECES, '<a href="', "<a x=' ", "<svg><a></p>", "<b id=1><p>", "<a href='../", "%2e"]
)
def test_a_megabyte_of_anything_is_read_in_one_pass(piece: str) -> None:
    """What reads on to the end from each of its tags would take hours."""
    html = f"<a href='first'>{piece * (10**6 // len(piece))}"
    assert next(entries(html, URL)) == ("first", False)


@given(st.lists(st.sampled_from([*PIECES, "enwiki", "/", "a", " ", "\0", "é"])).map("".join))
def test_whatever_is_listed_gives_only_names(html: str) -> None:
    for name, _ in entries(html, URL):
        assert name
        assert not set(name) & {"/", "\0"}
        assert name not in (".", "..")
