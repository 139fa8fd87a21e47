"""A store or a lake that goes away and comes back: 503, and then 200 without a restart."""

import logging
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from imagesuggest_assets.server import source
from resources.engine import Engine
from resources.lake import Lake
from resources.stores import sqlite_reader
from tests.imagesuggest_assets.server.conftest import place_of
from tests.imagesuggest_assets.server.running import (
    FIRST,
    SECOND,
    opened,
    publish,
    running,
    suggested,
)
from tests.serving import problem_at

pytest_plugins = ["tests.servers.fixtures"]

PAGE = "/public/image_suggestions/suggestions/ptwiki/1"
ROWS = [suggested("ptwiki", 1, "A", "A.jpg")]
PATIENCE = 120


def until(client: httpx.Client, address: str, status: int) -> httpx.Response:
    """Ask until an answer has a status."""
    end = time.monotonic() + PATIENCE
    while (answer := client.get(address)).status_code != status:
        assert time.monotonic() < end, answer.text
    return answer


@pytest.fixture(autouse=True)
def seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_reader, "LOOK_SECONDS", 0)
    monkeypatch.setattr("imagesuggest_assets.server.lists.LOOK_SECONDS", 0)


def test_a_file_that_goes_away_is_told_once_and_read_again_when_it_is_back(
    tmp_path: Path, duckdb_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "store.sqlite"
    with (
        caplog.at_level(logging.WARNING, "imagesuggest"),
        closing(Lake(tmp_path / "lake")) as lake,
        running(tmp_path / "lake", place) as client,
    ):
        for address in (PAGE, "/readyz", "/v1/wikis", "/v1/suggestions/ptwiki.ndjson"):
            answer = client.get(address)
            assert "the readers' store does not answer" in problem_at(answer, 503)["detail"]
            assert int(answer.headers["retry-after"]) > 0
            assert str(tmp_path) not in answer.text
        assert client.get("/healthz").status_code == 200
        with opened(place) as store:
            publish(lake, duckdb_engine, store, ROWS, FIRST)
        assert client.get(PAGE).json()["rows"][0]["image"] == "A.jpg"
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/suggestions/ptwiki").json()["pages"]
        place.rename(tmp_path / "away")
        assert client.get(PAGE).status_code == 503
        # Lists are the lake's, in which it is known what the store has.
        assert client.get("/v1/suggestions/ptwiki").json()["pages"]
        (tmp_path / "away").rename(place)
        assert client.get(PAGE).status_code == 200
        place.write_bytes(b"no database" * 1000)
        assert client.get(PAGE).status_code == 503
    told = [record.getMessage() for record in caplog.records if record.name == "imagesuggest"]
    away = [text for text in told if text.startswith("the readers' store does not answer")]
    back = [text for text in told if text == "the readers' store answers again"]
    assert (len(away), len(back)) == (3, 2)
    assert source.STORE in away[0]


def test_another_file_in_its_place_is_read(tmp_path: Path, duckdb_engine: Engine) -> None:
    place, other = tmp_path / "store.sqlite", tmp_path / "other.sqlite"
    with closing(Lake(tmp_path / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, ROWS, FIRST)
        newer = [suggested("ptwiki", 1, "A", "New.jpg")]
        with opened(other) as second:
            publish(lake, duckdb_engine, second, newer, SECOND)
    with running(tmp_path / "lake", place) as client:
        assert client.get(PAGE).json()["rows"][0]["image"] == "A.jpg"
        other.replace(place)
        assert client.get(PAGE).json()["rows"][0]["image"] == "New.jpg"


def test_a_lake_whose_files_are_gone_costs_only_its_lists(
    tmp_path: Path, duckdb_engine: Engine
) -> None:
    place = tmp_path / "store.sqlite"
    with closing(Lake(tmp_path / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, ROWS, FIRST)
        with running(tmp_path / "lake", place) as client:
            assert client.get("/v1/suggestions/ptwiki").status_code == 200
            for file in lake.files("filtered_suggestions", FIRST):
                Path(file).rename(tmp_path / "away.parquet")
            assert client.get("/v1/suggestions/ptwiki").status_code == 503
            assert client.get(PAGE).status_code == 200
            Path(tmp_path / "away.parquet").rename(file)
            assert client.get("/v1/suggestions/ptwiki").status_code == 200


@pytest.mark.servers
def test_a_cassandra_that_goes_away_is_found_again(
    request: pytest.FixtureRequest, tmp_path: Path, duckdb_engine: Engine
) -> None:
    server = request.getfixturevalue("cassandra_server")
    place = place_of(request, "cassandra", tmp_path, timeout=2.0)
    with closing(Lake(tmp_path / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, ROWS, FIRST)
    server.stop()
    with running(tmp_path / "lake", place) as client:
        # It starts without it.
        assert client.get(PAGE).status_code == 503
        server.start()
        until(client, PAGE, 200)
        server.pause()
        answer = until(client, PAGE, 503)
        assert answer.headers["retry-after"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/suggestions/ptwiki").status_code in (200, 503)
        server.resume()
        until(client, PAGE, 200)
        assert client.get("/v1/suggestions/ptwiki").json()["pages"]
