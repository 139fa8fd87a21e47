"""The small made-up Wikimedias beside the checkout, run in this process; see their README."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resources.lake import Lake
from resources.search.resource import Search
from resources.stores.sqlite import SQLiteStore
from resources.stores.store import Store
from tests.acceptance.broken_dumps import Ended, run_here
from tests.acceptance.command import rows_of
from tests.acceptance.expected import expected_in
from tests.acceptance.rules_alone import rules_alone

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
SNAPSHOT = "2026-01-01"


def case_names() -> list[str]:
    """List the cases that are there; none where they are not beside this checkout."""
    return sorted(file.parent.name for file in CASES.glob("*/expected.json"))


@dataclass(frozen=True)
class Case:
    """A case on an engine: a copy of its dumps, and a lake that it was run into."""

    name: str
    engine: str
    folder: Path

    @property
    def expected(self) -> dict[str, Any]:
        """What must come out."""
        return expected_in(CASES / self.name)

    @property
    def dumps(self) -> Path:
        """The folder with the dumps, which may be changed."""
        return self.folder / "dumps"

    @property
    def lake(self) -> Path:
        """The folder with what came out."""
        return self.folder / "lake"

    @property
    def home(self) -> Path:
        """The folder of Dagster's history, and of the pages."""
        return self.folder / "dagster"

    def delta(self, wiki: str) -> dict[int, tuple[str, list[str]]]:
        """Give what the search index lacked of a wiki's articles: tag and values, by page."""
        return {
            row["page_id"]: (row["tag"], row["values"])
            for row in self.rows("search_index_delta")
            if row["wikiid"] == wiki
        }

    def counted(self, dataset: str) -> dict[str, Any]:
        """Give what was counted in the file, or files, that a dataset was read from."""
        with closing(Lake(self.lake)) as lake:
            read: Any = lake.statistics(dataset, SNAPSHOT).details["read"]
        return dict(read)

    def rows(self, dataset: str) -> list[dict[str, Any]]:
        """Read what came out."""
        return rows_of(self.lake, dataset, SNAPSHOT)

    def add_later(self) -> None:
        """Put what comes after a first run beside what is there."""
        shutil.copytree(CASES / self.name / "later", self.dumps, dirs_exist_ok=True)

    def run(self) -> Ended:
        """Run all, on Spark without contracts; what goes to search is shipped to files."""
        with (
            pytest.MonkeyPatch.context() as environment,
            rules_alone() if self.engine == "spark" else nullcontext(),
        ):
            environment.setenv("DAGSTER_HOME", str(self.home))
            return run_here(
                self.dumps,
                self.lake,
                engine=self.engine,
                snapshot=SNAPSHOT,
                search=Search.of("files"),
            )

    @contextmanager
    def opened(self) -> Iterator[tuple[Lake, Store]]:
        """Give the lake and the readers' store."""
        with (
            closing(Lake(self.lake)) as lake,
            closing(SQLiteStore(self.lake / "suggestions.sqlite")) as store,
        ):
            yield lake, store


def made_case(name: str, engine: str, folder: Path) -> Case:
    """Copy a case, to be run."""
    shutil.copytree(CASES / name / "dumps", folder / "dumps")
    return Case(name, engine, folder)
