"""Whole runs of the command before a real search server: what should be there is, only it."""

import json
from pathlib import Path

import pytest

from imagesuggest_assets.datasets.search_index import FLAG
from resources.sample import make_sample
from tests.acceptance.command import Ended, imagesuggest, rows_of
from tests.resources.search.index import KEPT, Index
from tests.servers.search import SearchServer

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers
WEEKS = ("2026-10-26", "2026-11-02")
INDEXES = {
    "arwiki": "arwiki_content",
    "commonswiki": "commonswiki_file",
    "ptwiki": "ptwiki_content",
}


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dumps")
    make_sample(folder, articles=50, wikis=2, snapshots=2)
    return folder


@pytest.mark.cluster
def test_what_the_command_publishes_is_what_the_snapshot_has(
    elasticsearch_without_plugin: SearchServer, dumps: Path, tmp_path: Path
) -> None:
    server = elasticsearch_without_plugin
    lake = tmp_path / "lake"
    indexes = {wiki: Index(server.port, name, range(1, 3_000)) for wiki, name in INDEXES.items()}

    def run(key: str) -> Ended:
        return imagesuggest(
            *("run", "--dumps", dumps, "--lake", lake, "--snapshot", key),
            home=tmp_path,
            IMAGESUGGEST_SEARCH=f"{server.url}/",
            IMAGESUGGEST_SEARCH_API_KEY="c2VjcmV0OnNlY3JldA==",
        )

    for key in WEEKS:
        ended = run(key)
        assert ended.code == 0, ended.err
        assert "c2VjcmV0" not in ended.out + ended.err
        should: dict[str, dict[int, set[str]]] = {wiki: {} for wiki in INDEXES}
        for row in rows_of(lake, "search_index_full", key):
            tags = should[row["wikiid"]].setdefault(row["page_id"], set())
            tags |= {f"{row['tag']}/{value}" for value in row["values"]}
        assert all(should.values())
        for wiki, index in indexes.items():
            there = {page: {*tags} - {KEPT} for page, tags in index.tags().items()}
            assert {page: tags for page, tags in there.items() if tags} == {
                page: tags for page, tags in should[wiki].items() if page in there
            }
        assert any(f"{FLAG}/exists|1" in tags for tags in indexes["ptwiki"].tags().values())
    # The second week sent what changed, as its own files say.
    delta = rows_of(lake, "search_index_delta", WEEKS[1])
    assert 0 < len(delta) < len(rows_of(lake, "search_index_full", WEEKS[1]))
    place = lake / "search_bulk_files" / f"snapshot={WEEKS[1]}"
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["pairs"] == len({(row["wikiid"], row["page_id"]) for row in delta})
    versions = {wiki: index.versions() for wiki, index in indexes.items()}
    assert run(WEEKS[1]).code == 0
    assert {wiki: index.versions() for wiki, index in indexes.items()} == versions
