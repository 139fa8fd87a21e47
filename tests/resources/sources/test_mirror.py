"""What a mirror is seen to have, how politely it is asked, and what is told of that."""

import os
import re
import socket
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from resources.errors import UserError
from resources.sources.mirror import Mirror
from resources.sources.places import PassingError, Wanted
from tests.resources.sources.mirror_server import (
    BLOCK,
    CHANGED,
    Answer,
    Cut,
    Instead,
    MirrorServer,
    Silence,
    serving,
)
from tests.resources.sources.mirrors import BODY, FILE, IMPATIENT, QUICK, Open, fetch, quiet, wanted


@pytest.mark.parametrize("kind", ["nginx", "apache"])
def test_folders_and_files_are_those_that_a_web_server_lists(
    server: MirrorServer, mirror: Mirror, kind: str
) -> None:
    server.listing = kind
    long = "wikidata-20260101-a-name-that-is-longer-than-what-is-shown-of-names.json.gz"
    odd = "Ünder %41 & <strange>: #1?.txt"
    server.files |= {f"enwiki/{long}": b"1", f"enwiki/{odd}": b"2", "afwiki/20260101/x": b"3"}
    assert mirror.folders("") == ["afwiki", "enwiki"]
    assert mirror.files("") == []
    assert mirror.folders("enwiki") == ["20260101"]
    assert mirror.files("enwiki") == sorted([long, odd])
    assert mirror.text(f"enwiki/{odd}") == b"2"
    assert mirror.files("enwiki/20260101") == [FILE.rpartition("/")[2]]


def test_a_folder_that_lies_elsewhere_now_is_followed(server: MirrorServer, mirror: Mirror) -> None:
    server.files["new/enwiki/x"] = b"1"
    server.spoil("enwiki/", Answer(301, {"Location": "/new/enwiki/"}))
    assert mirror.files("enwiki") == ["x"]


def test_a_mirror_that_lists_no_folders_can_not_be_used(
    server: MirrorServer, mirror: Mirror
) -> None:
    server.spoil("enwiki/", Answer(301, {"Location": f"/{FILE}"}))
    with pytest.raises(UserError, match=rf"{server.url}/enwiki/: .* listing .*lists its folders"):
        mirror.files("enwiki")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html><body>Under maintenance</body></html>", "there is no link in what the mirror"),
        (b"<a href='x'>" * 1000, r"more than 10,000 bytes, expected a listing or a status file"),
    ],
    ids=["no listing", "too long"],
)
def test_a_listing_that_can_not_be_read_is_told_and_not_read_on(
    server: MirrorServer, mirror_of: Open, body: bytes, told: str
) -> None:
    server.always["enwiki/"] = Instead(body)
    mirror = mirror_of(bounds=replace(QUICK, small_file_bytes=10_000))
    with pytest.raises(UserError, match=rf"{server.url}/enwiki/: {told}"):
        mirror.files("enwiki")


def test_what_is_not_there_is_none_and_an_empty_folder(
    server: MirrorServer, mirror: Mirror
) -> None:
    assert mirror.folders("dewiki") == mirror.files("dewiki") == []
    assert mirror.find("dewiki/x") is mirror.text("dewiki/x") is None
    server.always[FILE] = Answer(410)
    assert mirror.find(FILE) is mirror.text(FILE) is None


def test_a_file_is_found_with_its_size_and_its_time_whatever_its_etag(
    server: MirrorServer, mirror: Mirror
) -> None:
    found = mirror.find(FILE)
    assert found
    assert (found.path, found.bytes, found.changed.timestamp()) == (FILE, len(BODY), CHANGED)
    assert found.version == formatdate(CHANGED, usegmt=True)
    server.several = True
    assert mirror.find(FILE) == found, "the next server behind the name has another ETag"
    server.etags = False
    assert mirror.find(FILE) == found
    server.changed[FILE] = CHANGED + 1
    assert wanted(mirror).version == formatdate(CHANGED + 1, usegmt=True)


@pytest.mark.parametrize("time", ["yesterday", "Thu, 01 Jan 99999 00:00:00 GMT", "0" * 30])
def test_a_time_that_is_none_is_one_that_is_not_told(
    server: MirrorServer, mirror: Mirror, time: str
) -> None:
    server.always[FILE] = Answer(200, {"Last-Modified": time})
    with pytest.raises(UserError, match="gives no Last-Modified"):
        mirror.find(FILE)


def test_a_mirror_that_does_not_tell_a_length_or_a_time_can_not_be_used(
    server: MirrorServer, mirror: Mirror
) -> None:
    server.lengths = False
    with pytest.raises(UserError, match=rf"{server.url}/{FILE}: .* no Content-Length .*another"):
        mirror.find(FILE)
    server.lengths, server.times = True, False
    with pytest.raises(UserError, match=rf"{server.url}/{FILE}: .* no Last-Modified .*another"):
        mirror.find(FILE)


@pytest.mark.parametrize("etags", [True, False])
def test_a_second_look_also_of_another_process_gets_only_what_changed(
    server: MirrorServer, mirror_of: Open, etags: bool
) -> None:
    server.files["status.json"] = b"1"
    server.etags = etags
    server.listing_etags = True
    for _ in range(2):
        mirror = mirror_of()
        assert mirror.text("status.json") == b"1"
        assert mirror.folders("") == ["enwiki"]
        assert mirror.files("") == ["status.json"]
    assert [each.status for each in server.asked_for("status.json")] == [200, 304]
    assert [each.status for each in server.asked_for("")] == [200, 304, 304, 304]
    server.files["status.json"] = b"2"
    server.changed["status.json"] = CHANGED + 1
    assert [mirror.text("status.json"), mirror.text("status.json")] == [b"2", b"2"]
    assert [each.status for each in server.asked_for("status.json")][2:] == [200, 304]
    del server.files["status.json"]
    assert mirror.text("status.json") is None


def test_answers_that_nobody_asked_for_again_are_forgotten(
    server: MirrorServer, cache: Path, mirror_of: Open
) -> None:
    assert mirror_of().folders("") == ["enwiki"], "a listing that nothing tells from a later one"
    assert mirror_of().text(FILE) == BODY
    (remembered,) = (cache / ".responses").iterdir()
    os.utime(remembered, (CHANGED, CHANGED))
    assert mirror_of(bounds=replace(QUICK, remembered_seconds=1e10)).text(FILE) == BODY
    mirror_of()
    assert remembered.exists(), "it was used now"
    mirror_of(bounds=replace(QUICK, remembered_seconds=-1.0))
    assert not list((cache / ".responses").iterdir())


def test_a_small_file_that_is_cut_off_is_asked_for_again_and_never_given_in_half(
    server: MirrorServer, mirror_of: Open, said: list[str]
) -> None:
    server.spoil(FILE, Cut(after=BLOCK), Silence(after=10))
    assert mirror_of(bounds=IMPATIENT).text(FILE) == BODY
    assert re.search(rf"{server.url}/{FILE}: the connection broke .*; attempt 2 of 3", said[0])
    assert re.search(rf"{server.url}/{FILE}: no answer in time; attempt 3 of 3", said[1])


def test_a_small_file_that_is_not_small_is_refused(server: MirrorServer, mirror_of: Open) -> None:
    with pytest.raises(UserError, match=rf"{FILE}: more than 1,000 bytes, expected"):
        mirror_of(bounds=replace(QUICK, small_file_bytes=1000)).text(FILE)


def test_the_mirror_is_told_who_asks(server: MirrorServer, mirror_of: Open) -> None:
    mirror_of().folders("")
    mirror_of(contact="https://images.example/about").folders("")
    agents = [each.headers["user-agent"] for each in server.asked]
    assert re.fullmatch(r"imagesuggest/[0-9.]+", agents[0])
    assert agents[1] == f"{agents[0]} (+https://images.example/about)"
    with pytest.raises(UserError, match="one line of ASCII"):
        mirror_of(contact="somebody\r\nX-Header: 1")


def test_those_who_look_at_once_share_the_connections(
    server: MirrorServer, mirror_of: Open
) -> None:
    server.seconds_a_block = 0.01
    mirror = mirror_of(connections=2)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(mirror.text, [FILE] * 8)) == [BODY] * 8
    assert server.most_at_once == 2


def test_a_mirror_that_is_not_there_is_a_passing_error(mirror_of: Open, said: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/dumps"
    mirror = mirror_of(url)
    looks: list[Callable[[], object]] = [
        lambda: mirror.folders(""),
        lambda: mirror.find(FILE),
        lambda: mirror.text(FILE),
        lambda: mirror.fetch([Wanted(FILE, 1, "")], quiet),
    ]
    for look in looks:
        with pytest.raises(PassingError, match=rf"{url}/.*: no connection \(.*refused.* 3 att"):
            look()
    assert len(said) == 3 * len(looks)


def test_after_the_deadline_each_call_says_so(server: MirrorServer, mirror_of: Open) -> None:
    there = wanted(mirror_of())
    mirror = mirror_of(deadline=0.1, bounds=replace(QUICK, read_seconds=3600.0))
    server.spoil(FILE, Silence(after=10))
    with pytest.raises(PassingError, match=rf"{FILE}: the deadline is over, 0.1 s"):
        mirror.text(FILE)
    before = len(server.asked)
    looks: list[Callable[[], object]] = [
        lambda: mirror.folders(""),
        lambda: mirror.files(""),
        lambda: mirror.find(FILE),
        lambda: mirror.text(FILE),
        lambda: mirror.fetch([there], quiet),
    ]
    for look in looks:
        with pytest.raises(PassingError, match=rf"{server.url}/.*: the deadline is over, 0.1 s"):
            look()
    assert len(server.asked) == before


def test_a_mirror_that_only_trickles_does_not_outlast_the_deadline(
    server: MirrorServer, mirror_of: Open
) -> None:
    server.files["big"] = BODY * 100
    server.seconds_a_block = 0.02
    there = wanted(mirror_of(), "big")
    with pytest.raises(PassingError, match="big: the deadline is over"):
        mirror_of(deadline=0.4).text("big")
    with pytest.raises(PassingError, match="big: the deadline is over"):
        mirror_of(deadline=0.4).fetch([there], quiet)
    assert sum(each.sent for each in server.asked) < len(BODY) * 100


def test_user_and_password_are_for_the_mirror_alone(
    server: MirrorServer, mirror_of: Open, cache: Path, said: list[str]
) -> None:
    secrets = ("reader", "s3cr%40t", "s3cr@t", "cmVhZGVyOnMzY3JAdA")
    told: list[object] = []
    mirror = mirror_of(server.url.replace("://", "://reader:s3cr%40t@"))
    server.spoil(FILE, Answer(503), Cut(after=5))
    fetch(mirror, wanted(mirror))
    mirror.folders("")
    told += [mirror.name, *said, *server.asked_for("")[0].headers.values()]
    assert server.asked[0].headers["authorization"] == f"Basic {secrets[-1]}=="
    told.remove(f"Basic {secrets[-1]}==")
    for status in (401, 403, 404, 400, 503, 301):
        server.always["x"] = Answer(status, {"Location": "/x"} if status == 301 else {})
        with pytest.raises(UserError) as caught:
            mirror.fetch([Wanted("x", 1, "")], quiet)
        told += [*traceback.format_exception(caught.value), repr(caught.value)]
    for url in (
        "ftp://reader:s3cr%40t@host/",
        "http://reader:s3cr%40t@",
        "http://reader:s3cr@t@[/",
    ):
        with pytest.raises(
            UserError, match=r"not the address of a mirror; expected http"
        ) as caught:
            mirror_of(url)
        told += [*traceback.format_exception(caught.value), repr(mirror)]
    for file in cache.rglob("*"):
        told += [file.name, file.read_bytes() if file.is_file() else ""]
    assert len(told) > 20
    assert not [text for text in told for secret in secrets if secret in str(text)]


def test_a_password_is_not_sent_on_to_another_host(server: MirrorServer, mirror_of: Open) -> None:
    with serving({FILE: BODY}) as other:
        server.spoil(FILE, Answer(302, {"Location": f"{other.url}/{FILE}"}))
        assert mirror_of(server.url.replace("://", "://reader:secret@")).text(FILE) == BODY
        assert "authorization" in server.asked[0].headers
        assert "authorization" not in other.asked[0].headers
