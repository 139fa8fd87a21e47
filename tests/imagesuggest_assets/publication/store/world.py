"""Made-up snapshots for tests of the readers' store, as dictionaries, and what readers get."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from graph.arrow import schema_of
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.publication.store.load import Load, Outcome
from resources.engine import Engine
from resources.lake import Lake
from resources.stores.store import STEPS, TABLES, OnRows, Step, Store


@dataclass(frozen=True)
class Article:
    """An article with suggestions: by file, how sure it is; and the classes of its item."""

    title: str
    images: tuple[tuple[str, int], ...]
    revision: int = 1
    classes: tuple[str, ...] = ()


World = Mapping[str, Mapping[int, Article]]
"""Articles by wiki and page id."""
READ = 50
"""The last pages of a wiki, which are read as readers do, too; all are read at once."""


def article(title: str, *images: str, revision: int = 1, classes: tuple[str, ...] = ()) -> Article:
    """An article whose suggestions are all equally sure."""
    return Article(title, tuple((image, 80) for image in images), revision, classes)


def item_of(wiki: str, page: int) -> str:
    """The item of an article; no two articles share one."""
    return f"Q{page * 100 + sum(map(ord, wiki)) % 100 + 1}"


def load(
    lake: Lake,
    engine: Engine,
    store: Store,
    snapshot: str,
    world: World,
    wikis: Iterable[str] | None = None,
    **more: Any,
) -> Outcome:
    """Load a snapshot in which the world is as given; ``wikis`` are those that may go out."""
    suggestions = [
        (
            *(wiki, page, each.revision, each.title, item_of(wiki, page), image, sure),
            *(["istype-depicts"], ["arwiki"] if sure > 80 else None, place),
        )
        for wiki, pages in world.items()
        for page, each in pages.items()
        for place, (image, sure) in enumerate(each.images, start=1)
    ]
    claims = [
        (item_of(wiki, page), "P31", value)
        for wiki, pages in world.items()
        for page, each in pages.items()
        for value in each.classes
    ]
    out = list(world if wikis is None else wikis)
    return Load(lake, engine, store, snapshot, out, **more).run(
        engine.read([_table(lake.path, "filtered_suggestions", suggestions)]),
        engine.read([_table(lake.path, "item_claims", claims)]),
    )


def _table(folder: Path, name: str, rows: list[tuple[Any, ...]]) -> Path:
    schema = schema_of(DATASETS[name])
    records = [dict(zip(schema.names, row, strict=True)) for row in rows]
    file = folder / f"{uuid4().hex}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(records, schema), file)
    return file


def seen(store: Store, world: World) -> dict[str, dict[int, Article]]:
    """What readers get of the pages and titles of a world."""
    found: dict[str, dict[int, Article]] = {}
    for wiki, pages in world.items():
        for page, each in pages.items():
            rows = store.suggestions(wiki, page)
            cached = store.instance_of(wiki, page)
            if not rows and cached is None and store.title(wiki, each.title) is None:
                continue
            assert len({row.id for row in rows}) == 1
            assert cached is not None
            assert store.title(wiki, each.title) == (page, rows[0].page_rev)
            found.setdefault(wiki, {})[page] = Article(
                each.title,
                tuple((row.image, int(row.confidence or 0)) for row in rows),
                cached[0],
                cached[1] or (),
            )
    return found


def kept(store: Store, wikis: Iterable[str]) -> dict[str, dict[int, Article]]:
    """What the tables have of some wikis, read whole."""
    with TemporaryDirectory() as folder:
        rows = {
            table: pa.concat_tables(
                map(pq.read_table, store.dump(table, list(wikis), Path(folder, table)))
            ).to_pylist()
            for table in TABLES
        }
    files: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows["suggestions"]:
        files.setdefault((row["wiki_db"], row["page_id"]), []).append(row)
    classes = {(row["wiki_db"], row["page_id"]): row for row in rows["instanceof_cache"]}
    found: dict[str, dict[int, Article]] = {}
    for row in rows["title_cache"]:
        page = row["wiki_db"], row["page_id"]
        here = files.pop(page)
        assert len({each["id"] for each in here}) == 1
        cached = classes.pop(page)
        assert {row["page_rev"], cached["page_rev"]} == {each["page_rev"] for each in here}
        found.setdefault(row["wiki_db"], {})[row["page_id"]] = Article(
            row["title"],
            tuple(sorted((each["image"], int(each["confidence"])) for each in here)),
            row["page_rev"],
            tuple(sorted(cached["instance_of"] or ())),
        )
    assert not files
    assert not classes
    return found


def holds(store: Store, world: World) -> None:
    """Assert that the store holds a world exactly: each page of it, and nothing else."""
    full = {
        wiki: {
            page: Article(
                each.title, tuple(sorted(each.images)), each.revision, tuple(sorted(each.classes))
            )
            for page, each in pages.items()
        }
        for wiki, pages in world.items()
        if pages
    }
    assert kept(store, full) == full
    some = {wiki: dict([*pages.items()][-READ:]) for wiki, pages in full.items()}
    assert seen(store, some) == some
    articles = {wiki: len(pages) for wiki, pages in full.items()}
    assert store.counts("title_cache") == articles
    assert store.counts("instanceof_cache") == articles
    assert store.counts("suggestions") == {
        wiki: sum(len(each.images) for each in pages.values()) for wiki, pages in full.items()
    }


def changes(outcome: Outcome) -> tuple[int, int]:
    """Rows written and removed, over all tables and wikis."""
    each = [loaded for wikis in outcome.values() for loaded in wikis.values()]
    return sum(one.written for one in each), sum(one.removed for one in each)


class Killed(BaseException):
    """What a killed load looks like to those who watch it: nothing after it happens."""


class Dying:
    """A store in front of another that is killed before or within the step of that number."""

    def __init__(self, store: Store, steps: int, *, within: bool) -> None:
        self._store = store
        self._left = steps
        self._within = within

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def apply(self, step: Step, wiki: str, snapshot: str, file: Path, on_rows: OnRows) -> None:
        """Apply, or die."""
        self._left -= 1
        if self._left >= 0:
            self._store.apply(step, wiki, snapshot, file, on_rows)
            return
        if self._within:
            half = pq.read_table(file)
            pages = half.column(0).to_pylist()
            cut = next(
                (n for n in range(len(pages) // 2, len(pages)) if pages[n] != pages[n - 1]), 0
            )
            part = file.with_name(f"half-{file.name}")
            pq.write_table(half.slice(0, cut), part)
            self._store.apply(step, wiki, snapshot, part, on_rows)
        raise Killed


class Watched:
    """A store in front of another that is looked at after every step."""

    def __init__(self, store: Store, look: Callable[[], object]) -> None:
        self._store = store
        self._look = look
        self.steps: list[Step] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def apply(self, step: Step, wiki: str, snapshot: str, file: Path, on_rows: OnRows) -> None:
        """Apply, then look."""
        assert step in STEPS
        self.steps.append(step)
        self._store.apply(step, wiki, snapshot, file, on_rows)
        self._look()
