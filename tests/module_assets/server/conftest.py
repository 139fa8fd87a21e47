"""A snapshot of made-up modules, computed once, some of which somebody has made hostile."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from graph.terminal.display import Display
from module_assets.command.execution import run_snapshot
from module_assets.sample import make_modules, world
from module_assets.server.application import application
from module_assets.server.source import Source
from module_assets.settings import Settings
from resources.lake import Lake
from resources.versions import Statistics
from tests.serving import served

SNAPSHOT = "2026-11-02"
WIKIS, FAMILIES, VERSIONS = 3, 6, 60
SCRIPT = "</script><script>alert(1)</script>"
MARKUP = "<img src=x onerror=alert(1)>"
TURNED = "-- \u202e turned \u2066 around \0 and \u200b unseen"
LONG_LINE = f"return '{'x' * 2_000_000}'"
HOSTILE = ("enwiki", 101)
"""A module of a title and a text that somebody would like to be markup."""
ARABIC, GAZELLE = ("arwiki", 101), "غزال_جميل"
LONG = ("enwiki", 102)
"""One with 2 MB on one line."""


@pytest.fixture(scope="session")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of one snapshot, as a run leaves it; not to be changed."""
    folder = tmp_path_factory.mktemp("modules")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "VERSIONS", VERSIONS)
        patch.setattr(world, "HOT", 5)
        make_modules(folder / "dumps", WIKIS, FAMILIES, 1)
    # Of so few modules one family has most.
    (folder / "rules.toml").write_text("family_share = 1.0\n")
    settings = Settings(
        dumps=str(folder / "dumps"),
        lake=str(folder / "lake"),
        rules=str(folder / "rules.toml"),
        memory="1GB",
    )
    with pytest.MonkeyPatch.context() as patch:
        (folder / "dagster").mkdir()
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        display = Display(Console(quiet=True), quiet=True)
        assert run_snapshot(settings, None, [], display) == SNAPSHOT
    return folder / "lake"


@pytest.fixture(scope="session")
def modules_lake(computed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with hostile modules."""
    folder = tmp_path_factory.mktemp("hostile") / "lake"
    shutil.copytree(computed, folder)
    with closing(Lake(folder)) as lake:
        for name in ("modules", "families"):
            change(lake, name, "title", {HOSTILE: MARKUP, ARABIC: GAZELLE})
        hostile = f"{TURNED}\nlocal a = '{SCRIPT}'\nreturn {{}}"
        change(lake, "module_text", "text", {HOSTILE: hostile, LONG: LONG_LINE})
    return folder


def change(lake: Lake, dataset: str, column: str, values: dict[tuple[str, int], str]) -> None:
    """Change a column of some modules, or families, of a snapshot."""
    table = pa.concat_tables(pq.read_table(file) for file in lake.files(dataset, SNAPSHOT))
    rows = table.to_pylist()
    for row in rows:
        key = row.get("family_id") or f"{row['wiki_db']}/{row.get('page_id', 0)}"
        wiki, _, page = key.partition("/")
        row[column] = values.get((wiki, int(page)), row[column])
    with lake.replacing(dataset, SNAPSHOT, Statistics(len(rows), 1, 0)) as target:
        target.mkdir()
        pq.write_table(pa.Table.from_pylist(rows, table.schema), target / "part.parquet")


@pytest.fixture(scope="session")
def client(modules_lake: Path) -> Iterator[httpx.Client]:
    """A server of which tests only ask."""
    with served(application(Source(str(modules_lake)))) as found:
        yield found
