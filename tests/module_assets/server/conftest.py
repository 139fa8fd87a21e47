"""A snapshot of made-up modules, some of which somebody has made hostile, and a server of it."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from module_assets.server.application import application
from module_assets.server.source import Source
from resources.lake import Lake
from resources.versions import Statistics
from tests.module_assets.runs import KEY, Snapshot
from tests.serving import served

SCRIPT = "</script><script>alert(1)</script>"
MARKUP = "<img src=x onerror=alert(1)>"
TURNED = "-- \u202e turned \u2066 around \0 and \u200b unseen"
LONG_LINE = f"return '{'x' * 2_000_000}'"
HOSTILE = ("enwiki", 101)
"""A module of a title and a text that somebody would like to be markup."""
ARABIC, GAZELLE = ("arwiki", 101), "غزال_جميل"
NUMBERED, PART = ("arwiki", 102), "Parts/12"
"""One whose title ends as the address of a page does."""
LONG = ("enwiki", 102)
"""One with 2 MB on one line."""


@pytest.fixture(scope="session")
def modules_lake(modules_run: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of a run, with hostile modules."""
    folder = tmp_path_factory.mktemp("hostile") / "lake"
    shutil.copytree(modules_run.lake, folder)
    with closing(Lake(folder)) as lake:
        change(lake, "modules", "title", {HOSTILE: MARKUP, ARABIC: GAZELLE, NUMBERED: PART})
        wiki, _, page = min(row["family_id"] for row in lake.rows("families", KEY)).partition("/")
        change(lake, "families", "title", {(wiki, int(page)): MARKUP})
        hostile = f"{TURNED}\nlocal a = '{SCRIPT}'\nreturn {{}}"
        change(lake, "module_text", "text", {HOSTILE: hostile, LONG: LONG_LINE})
    return folder


def change(lake: Lake, dataset: str, column: str, values: dict[tuple[str, int], str]) -> None:
    """Change a column of some modules, or families, of a snapshot."""
    table = pa.concat_tables(pq.read_table(file) for file in lake.files(dataset, KEY))
    rows = table.to_pylist()
    for row in rows:
        key = row.get("family_id") or f"{row['wiki_db']}/{row.get('page_id', 0)}"
        wiki, _, page = key.partition("/")
        row[column] = values.get((wiki, int(page)), row[column])
    with lake.replacing(dataset, KEY, Statistics(len(rows), 1, 0)) as target:
        target.mkdir()
        pq.write_table(pa.Table.from_pylist(rows, table.schema), target / "part.parquet")


@pytest.fixture(scope="session")
def client(modules_lake: Path) -> Iterator[httpx.Client]:
    """A server of which tests only ask."""
    with served(application(Source(str(modules_lake)))) as found:
        yield found
