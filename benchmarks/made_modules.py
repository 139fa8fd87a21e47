"""A lake with one snapshot of made-up modules, as many as all wikis have. What was read or analysed
is written directly; families and scores are computed of it as of any.
"""

import inspect
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.modules import module
from module_assets.catalog.datasets import DATASETS
from module_assets.catalog.dump_tables import SOURCES
from module_assets.datasets.families import families, function_families
from module_assets.datasets.scores import family_scores, module_scores
from resources.engine import DuckDBEngine
from resources.lake import Lake
from resources.versions import Statistics

SNAPSHOT = "2026-11-02"
FUNCTIONS, REFERENCES = 4, 2
"""Of each module."""
LARGEST = 600
"""Modules of one family."""
TEXTS = 200
"""Different ones; of the others each is as long."""
_PROJECTS = ("wikipedia", "wiktionary", "wikisource")
_ROWS_AT_ONCE = 2_000
_MOMENT = pa.timestamp("us", tz="UTC")
_COMPUTED: tuple[Callable[..., ibis.Table], ...] = (
    families,
    function_families,
    module_scores,
    family_scores,
)
"""What computes the dataset of the same name, of those that its parameters name."""


def make_lake(folder: Path, modules: int, wikis: int) -> None:
    """Write so many modules of so many wikis, most of them in families."""
    with closing(Lake(folder)) as lake:
        for name, tables in _made(np.random.default_rng(1), modules, wikis):
            keep(lake, name, tables)
        engine = DuckDBEngine("4GB", folder.with_name("spill"))
        for make in _COMPUTED:
            names = inspect.signature(make).parameters
            given = {name: engine.read(lake.files(name, SNAPSHOT)) for name in names}
            with lake.replacing(make.__name__, SNAPSHOT, Statistics(0, 1, 0)) as target:
                engine.write(make(**given), target)
        engine.close()


def keep(lake: Lake, name: str, tables: Iterable[pa.Table]) -> None:
    """Keep tables of the declared columns, in any order, as a partition."""
    rest = iter(tables)
    first = next(rest).select(DATASETS[name].column_names)
    with lake.replacing(name, SNAPSHOT, Statistics(0, 1, 0)) as target:
        target.mkdir()
        with pq.ParquetWriter(target / "part.parquet", first.schema, compression="zstd") as file:
            for table in chain([first], rest):
                file.write_table(table.select(first.schema.names))


def _made(
    dice: np.random.Generator, count: int, wikis: int
) -> Iterator[tuple[str, Iterable[pa.Table]]]:
    """Give the tables of each dataset; modules are sorted by wiki, as those of dumps are."""
    sizes = np.minimum(dice.zipf(1.9, count), min(LARGEST, wikis))
    family = np.repeat(np.arange(count), sizes)[:count]
    place = np.arange(count) - np.searchsorted(family, family)
    wiki = (family * 7919 + place) % wikis
    order = np.argsort(wiki, kind="stable")
    family, wiki = family[order], wiki[order]
    names = pa.array([f"w{number:03}wiki" for number in range(wikis)])
    of = {"wiki_db": names.take(pa.array(wiki)), "page_id": pa.array(np.arange(count) + 1)}
    centre = np.full(count, count)
    np.minimum.at(centre, family, np.arange(count))
    version = dice.integers(0, 5, count)
    code_hash, shape = _hash("c", family * 5 + version), _hash("s", family)
    yield "wikis", [_wikis(names, dice)]
    yield "publishable", [_gate(names)]
    known = [pa.table({"wiki_db": names, "source": [each] * len(names)}) for each in SOURCES]
    yield "known_sources", known
    yield "modules", [_modules(of, family, dice)]
    yield "module_code", [_code(of, code_hash, shape, dice)]
    for name in ("module_use", "module_links", "module_history"):
        yield name, [_counts(name, of, dice)]
    yield "module_families", [_members(of, centre[family])]
    yield "module_functions", [_functions(of, family, dice)]
    yield "module_references", [_references(of, dice)]
    every = np.unique(family)
    shapes = _hash("s", every)
    same = pa.array(np.ones(len(every)))
    yield "shape_families", [pa.table({"shape": shapes, "centre": shapes, "similarity": same})]
    yield "similar_shapes", [_similar(every)]
    yield "module_text", _texts(of)


def _hash(kind: str, numbers: np.ndarray) -> pa.Array:
    known, places = np.unique(numbers, return_inverse=True)
    prefix = f"{ord(kind):x}"
    return pa.array([f"{prefix}{number:030x}" for number in known]).take(pa.array(places))


def _wikis(names: pa.Array, dice: np.random.Generator) -> pa.Table:
    count = len(names)
    return pa.table(
        {
            "wiki_db": names,
            "language": [f"l{number % 300:03}" for number in range(count)],
            "project": [_PROJECTS[number % 3] for number in range(count)],
            "domain": [f"l{number:03}.wikipedia.org" for number in range(count)],
            "articles": dice.integers(100, 10**6, count),
        }
    )


def _gate(names: pa.Array) -> pa.Table:
    none = pa.nulls(len(names), pa.list_(pa.string()))
    told = {"state": ["published"] * len(names), "reason": [""] * len(names), "checks": none}
    return pa.table({"wiki_db": names, **told})


def _modules(of: dict[str, pa.Array], family: np.ndarray, dice: np.random.Generator) -> pa.Table:
    count = len(family)
    item = [f"Q{number}" if number % 2 else None for number in family.tolist()]
    return pa.table(
        {
            **of,
            "title": [f"Title_of_{number}" for number in family.tolist()],
            "revision_id": np.arange(count),
            "revised_at": pa.nulls(count, _MOMENT),
            "bytes": dice.integers(1, 10**5, count),
            "is_redirect": np.zeros(count, bool),
            "is_draft": dice.random(count) < 0.1,
            "item_id": pa.array(item, pa.string()),
        }
    )


def _code(
    of: dict[str, pa.Array], code_hash: pa.Array, shape: pa.Array, dice: np.random.Generator
) -> pa.Table:
    count = len(shape)
    return pa.table(
        {
            **of,
            "kind": np.where(dice.random(count) < 0.2, "data", "code"),
            "tokens": dice.integers(50, 9000, count),
            "functions": np.full(count, FUNCTIONS),
            "literal_share": np.zeros(count),
            "compared_by": ["structure"] * count,
            "shingles": dice.integers(40, 4000, count),
            "text_hash": code_hash,
            "code_hash": code_hash,
            "shape": shape,
            "is_broken": np.zeros(count, bool),
        }
    )


def _counts(name: str, of: dict[str, pa.Array], dice: np.random.Generator) -> pa.Table:
    count = len(of["page_id"])
    arrow = {"int64": pa.int64(), "string": pa.string(), "timestamp('UTC')": _MOMENT}
    columns = {
        column.name: pa.array((10 ** (6 * dice.random(count) ** 2)).astype(np.int64))
        if column.type == "int64"
        else pa.nulls(count, arrow[column.type])
        for column in DATASETS[name].columns
        if column.name not in of
    }
    return pa.table({**of, **columns})


def _members(of: dict[str, pa.Array], centre: np.ndarray) -> pa.Table:
    wikis = of["wiki_db"].take(pa.array(centre)).to_pylist()
    family = [f"{wiki}/{page + 1}" for wiki, page in zip(wikis, centre.tolist(), strict=True)]
    relation = np.where(centre == np.arange(len(centre)), "exact", "localised")
    same = np.ones(len(centre))
    return pa.table({**of, "family_id": family, "relation": relation, "similarity": same})


def _functions(of: dict[str, pa.Array], family: np.ndarray, dice: np.random.Generator) -> pa.Table:
    count = len(family) * FUNCTIONS
    rows = np.repeat(np.arange(len(family)), FUNCTIONS)
    ordinal = np.tile(np.arange(FUNCTIONS), len(family))
    # One of a family's own functions, or one of those that many have.
    number = np.where(ordinal > 0, np.repeat(family, FUNCTIONS) * 8 + ordinal, rows % 5000)
    return pa.table(
        {
            **{name: column.take(pa.array(rows)) for name, column in of.items()},
            "ordinal": ordinal + 1,
            "name": pa.array([f"function{number}" for number in range(500)]).take(
                pa.array(number % 500)
            ),
            "line": ordinal * 30 + 1,
            "tokens": dice.integers(50, 400, count),
            "code_hash": _hash("f", number),
            "shape": _hash("f", number),
        }
    )


def _references(of: dict[str, pa.Array], dice: np.random.Generator) -> pa.Table:
    count = len(of["page_id"])
    rows = np.repeat(np.arange(count), REFERENCES)
    target = dice.integers(0, count, len(rows))
    return pa.table(
        {
            **{name: column.take(pa.array(rows)) for name, column in of.items()},
            "kind": np.tile(["require", "mention"], count),
            "title": [f"Title_of_{number}" for number in target.tolist()],
            "target_page_id": target + 1,
        }
    )


def _similar(every: np.ndarray) -> pa.Table:
    share = np.full(len(every) - 1, 0.45)
    return pa.table(
        {
            "shape_a": _hash("s", every[:-1]),
            "shape_b": _hash("s", every[1:]),
            **dict.fromkeys(("similarity", "a_in_b", "b_in_a"), share),
            "akin": np.zeros(len(every) - 1, bool),
        }
    )


def _texts(of: dict[str, pa.Array]) -> Iterator[pa.Table]:
    dice = random.Random(1)
    texts = pa.array([module(dice) for _ in range(TEXTS)])
    count = len(of["page_id"])
    for begin in range(0, count, _ROWS_AT_ONCE):
        places = np.arange(begin, min(begin + _ROWS_AT_ONCE, count))
        columns = {name: column.take(pa.array(places)) for name, column in of.items()}
        yield pa.table({**columns, "text": texts.take(pa.array(places % TEXTS))})
