"""How fast modules are analysed, and how fast similar ones are found among many.

    python -m benchmarks.modules

Made-up modules of 9 KB, on one core, beside what a common lexer of Lua takes for their tokens
alone. Then made-up shapes, most of them in families: their bands; the candidates that share one,
and their comparison, each in a process of its own, on DuckDB.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table
from pygments.lexers import LuaLexer

from benchmarks.measure import Measured, machine, print_table, run
from module_assets.code.analysis import analyse
from module_assets.code.sketches import band_keys, sketch_of
from module_assets.similarity import similar
from module_assets.similarity.outlines import outlines, perhaps_alike
from module_assets.similarity.shapes import numbered
from resources.engine import DuckDBEngine

BYTES = 9_000
SHINGLES = 600
"""Of a shape, in the middle; a module of 9 KB has about as many."""
_WORDS = "args frame value result title text html node label item entity lang data page config"
_AT_ONCE = 2_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", type=int, default=1000, help="that are analysed")
    parser.add_argument("--shapes", default="50000,200000", help="(default: %(default)s)")
    parser.add_argument("--hot", type=int, default=100_000, help="shapes of one bucket")
    parser.add_argument(
        "--compare-up-to", type=int, default=50_000, help="shapes; beyond, it takes many minutes"
    )
    parser.add_argument("--memory", default="1500MB", help="of DuckDB (default: %(default)s)")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(STEPS[options.child[0]](**json.loads(options.child[1]))))
        return
    print(machine())
    print_table("Analysing modules, on one core", analysed(options.modules))
    sizes = [(int(size), False) for size in options.shapes.split(",")]
    paired, compared = [], []
    with tempfile.TemporaryDirectory() as temporary:
        for count, hot in [*sizes, (options.hot, True)]:
            given = {"folder": f"{temporary}/{count}-{hot}", "memory": options.memory}
            shapes = {"shapes": f"{count:,}" + (" in one bucket" if hot else "")}
            pairs, figures = pairing(given, count, hot)
            paired.append(shapes | figures)
            if count <= options.compare_up_to:
                compared.append(shapes | comparing(given, pairs))
            shutil.rmtree(given["folder"])
    print_table("Finding candidates", paired)
    if compared:
        print_table("Comparing them", compared)
    else:
        print(f"None has {options.compare_up_to:,} shapes or fewer, so none was compared.")


def analysed(count: int) -> list[dict[str, object]]:
    """Measure what the analysis of modules takes, and Pygments."""
    dice = random.Random(1)
    columns = {"wiki_db": "enwiki", "title": "A", "is_redirect": False}
    rows = [{**columns, "page_id": page, "text": module(dice)} for page in range(count)]
    size = sum(len(row["text"]) for row in rows) / count
    batches = [
        pa.RecordBatch.from_pylist(rows[begin : begin + 100]) for begin in range(0, count, 100)
    ]
    started = time.process_time()
    done = sum(batch.num_rows for batch in analyse(batches, {}))
    ours = time.process_time() - started
    few, lexer = rows[: max(count // 20, 1)], LuaLexer()
    started = time.process_time()
    for row in few:
        list(lexer.get_tokens(row["text"]))
    theirs = (time.process_time() - started) / len(few) * count
    return [
        {"what": "the whole analysis", "bytes each": size, "modules/s": done / ours},
        {"what": "Pygments, tokens alone", "bytes each": size, "modules/s": done / theirs},
    ]


def module(dice: random.Random) -> str:
    """Make a module whose words repeat as they do in real ones."""
    names = _WORDS.split() + [f"{word}{dice.randint(1, 99)}" for word in _WORDS.split()]
    parts = ["local p = {}\nlocal getArgs = require('Module:Arguments').getArgs\n\n"]
    size = 0
    while size < BYTES:
        one, two, three = dice.choices(names, k=3)
        parts.append(
            dice.choice(
                [
                    f"-- Looks up the {one} of a {two}, and gives it to the {three}\n",
                    f"    local {one} = {two}.{three}[{dice.randint(1, 9)}] or '{one} {two}'\n",
                    f"    if {one} ~= nil and #{two} > {dice.randint(1, 9)} then\n"
                    f"        {three}.{one} = mw.text.trim({two})\n    end\n",
                    f"    for {one}, {two} in pairs({three}) do\n"
                    f"        table.insert({one}, {{ {two}, tonumber({one}) .. '%' }})\n    end\n",
                    f"end\n\nfunction p.{one}(frame, {two})\n    local args = getArgs(frame)\n",
                    f"    {one} = not {two} and {three} * 2 + {dice.randint(1, 99)} ^ {two}\n",
                    f"    return string.format('<%s>', {one}:gsub(\"{two}\", {{}}, {three}))\n",
                ]
            )
        )
        size += len(parts[-1])
    return "".join(parts) + "return p\n"


def pairing(given: dict[str, Any], count: int, hot: bool) -> tuple[int, dict[str, object]]:
    """Measure bands, and the candidates that are made of them; gives how many those are."""
    made = _child("make", {**given, "count": count, "hot": hot})
    found = _child("pair", given)
    pairs = found.report["pairs"]
    return pairs, {
        "bands, CPU µs each": 1e6 * made.report["seconds"] / count,
        "candidates": pairs,
        "each": pairs / count,
        "seconds": found.seconds,
        "CPU seconds": found.cpu_seconds,
        "peak MB": found.peak_bytes // 10**6,
    }


def comparing(given: dict[str, Any], pairs: int) -> dict[str, object]:
    """Measure the comparison of so many candidates."""
    found = _child("compare", given)
    return {
        "candidates": pairs,
        "alike": found.report["alike"],
        "µs each": 1e6 * found.seconds / pairs,
        "CPU µs each": 1e6 * found.cpu_seconds / pairs,
        "peak MB": found.peak_bytes // 10**6,
    }


def _child(step: str, given: dict[str, Any]) -> Measured:
    return run([sys.executable, "-m", "benchmarks.modules", "--child", step, json.dumps(given)])


def make(folder: str, memory: str, count: int, hot: bool) -> dict[str, Any]:
    """Write shapes and their bands; says what CPU seconds their bands took."""
    target = Path(folder)
    target.mkdir()
    dice, took = np.random.default_rng(1), 0.0
    writers: dict[str, pq.ParquetWriter] = {}
    sets = _hot(dice) if hot else _families(dice)
    for begin in range(0, count, _AT_ONCE):
        values = [next(sets) for _ in range(min(_AT_ONCE, count - begin))]
        started = time.process_time()
        keys = [band_keys(each) for each in values]
        took += time.process_time() - started
        for name, table in _tables(dice, begin, values, keys).items():
            if name not in writers:
                writers[name] = pq.ParquetWriter(target / f"{name}.parquet", table.schema)
            writers[name].write_table(table)
    for writer in writers.values():
        writer.close()
    return {"seconds": took}


def _families(dice: np.random.Generator) -> Iterator[np.ndarray]:
    """Give sets of shingles: some alone, most around a centre, up to half new."""
    while True:
        size = int(np.clip(dice.lognormal(np.log(SHINGLES), 0.7), 40, 4000))
        centre = dice.integers(0, 1 << 63, size, np.uint64)
        yield np.unique(centre)
        for _ in range(min(dice.zipf(2.2) - 1, 600)):
            new = dice.random(size) < dice.random() / 2
            yield np.unique(np.where(new, dice.integers(0, 1 << 63, size, np.uint64), centre))


def _hot(dice: np.random.Generator) -> Iterator[np.ndarray]:
    """Give small sets that are all alike in most bands."""
    centre = dice.integers(0, 1 << 63, 100, np.uint64)
    while True:
        yield np.unique(np.append(centre, dice.integers(0, 1 << 63, 1, np.uint64)))


def _tables(
    dice: np.random.Generator, begin: int, values: list[np.ndarray], keys: list[np.ndarray]
) -> dict[str, pa.Table]:
    names = pa.array([f"{begin + number:032x}" for number in range(len(values))])
    wikis = dice.integers(1, 300, len(values))
    sketches = pa.array([sketch_of(each).astype(np.int64) for each in values])
    compared_by = pa.array(["structure"] * len(values))
    counts = pa.array([len(each) for each in values])
    columns = [names, compared_by, counts, wikis, wikis, sketches]
    bands = np.tile(np.arange(64), len(values))
    return {
        "shapes": pa.table(
            columns, ["shape", "compared_by", "shingles", "wikis", "modules", "sketch"]
        ),
        "bands": pa.table(
            {
                "shape": names.take(pa.array(np.repeat(np.arange(len(values)), 64))),
                "compared_by": pa.array(["structure"] * len(bands)),
                "band": bands,
                "key": np.concatenate(keys).astype(np.int64),
            }
        ),
    }


def pair(folder: str, memory: str) -> dict[str, Any]:
    """Write the candidates; says how many."""
    engine, target = DuckDBEngine(memory, Path(folder) / "spill"), Path(folder)
    shapes, bands = (engine.read([target / f"{name}.parquet"]) for name in ("shapes", "bands"))
    engine.write(similar.candidates(numbered(shapes.drop("sketch")), bands), target / "candidates")
    pairs = engine.read(list((target / "candidates").glob("*.parquet"))).count()
    return {"pairs": int(pairs.execute())}


def compare(folder: str, memory: str) -> dict[str, Any]:
    """Compare the candidates, as similar_shapes does; says how many have half in common."""
    engine, target = DuckDBEngine(memory, Path(folder) / "spill"), Path(folder)
    ordered = numbered(engine.read([target / "shapes.parquet"]))

    def read(name: str) -> Table:
        return engine.read(list((target / name).glob("*.parquet")))

    engine.write(outlines(ordered), target / "outlines")
    engine.write(perhaps_alike(read("candidates"), read("outlines")), target / "pairs")
    found = similar.compared(read("pairs"), ordered)
    alike = found.filter(found.common * 3 >= found.wide_size * 2).count()
    return {"alike": int(alike.execute())}


STEPS = {"make": make, "pair": pair, "compare": compare}

if __name__ == "__main__":
    main()
