"""How fast SQL dumps are read from gzip to Parquet, and how fast with the mwsql package.

The files are made here and resemble the real ones in length of rows, in how well they compress and
in how often a title has an escape; what is read is not checked here, the tests do that. Each file
is read in a process of its own; MB/s are of processor time, of all its threads together, so that
other work on the machine counts less.
"""

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from mwsql import Dump

from benchmarks.read_entities import peak_bytes
from resources.sources.mediawiki import TABLES
from resources.sources.parquet import write_parquet
from resources.sources.sql_dump import SqlDump

_POOL_BYTES = 20 * 10**6
_INSERT_BYTES = 10**6
_MWSQL_ROWS = 100_000
_SYLLABLES = "ba ko ri ster len mo ki na ter re do van el sch tion burg ton ia ing us é ø ã"
_CYRILLIC = "ва ко ни ра сто ле мо ки на те ре до"

Row = Callable[[random.Random, int], str]


def _title(dice: random.Random) -> str:
    """One in fifty has an apostrophe, as in most real dumps; one in twelve is Cyrillic."""
    syllables = (_CYRILLIC if dice.random() < 0.08 else _SYLLABLES).split()
    words = ["".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(3)]
    if dice.random() < 0.02:
        words[0] += "\\'s"
    return "_".join(words[: dice.choice((1, 2, 2, 3))]).capitalize()


def _old_pagelinks(dice: random.Random, number: int) -> str:
    namespace = dice.choices((0, 1, 4, 10, 14), (70, 5, 5, 10, 10))[0]
    return f"({10**6 + number // 20},{namespace},'{_title(dice)}',{_origin(dice)})"


def _pagelinks(dice: random.Random, number: int) -> str:
    return f"{_old_pagelinks(dice, number)[:-1]},{_target(dice)})"


def _new_pagelinks(dice: random.Random, number: int) -> str:
    return f"({10**6 + number // 20},{_origin(dice)},{_target(dice)})"


def _origin(dice: random.Random) -> int:
    return dice.choices((0, 10), (80, 20))[0]


def _target(dice: random.Random) -> int:
    return int(dice.random() ** 3 * 10**8) + 1


def _linktarget(dice: random.Random, number: int) -> str:
    return f"({number},{dice.choices((0, 10, 14), (80, 10, 10))[0]},'{_title(dice)}')"


def _page(dice: random.Random, number: int) -> str:
    namespace = dice.choices((0, 1, 2, 3, 6, 10, 14), (40, 20, 5, 20, 5, 5, 5))[0]
    day = f"'202404{dice.randint(1, 30):02}{dice.randrange(10**6):06}'"
    return (
        f"({2 * number + 2},{namespace},'{_title(dice)}',{dice.choice((0, 0, 1))},0,"
        f"{dice.random():.12f},{day},{dice.choice(('NULL', day))},"
        f"{dice.randrange(10**8, 10**9)},{dice.randrange(10**5)},'wikitext',NULL)"
    )


_NUMBER, _TITLE, _TIME = "int(8) unsigned NOT NULL", "varbinary(255) NOT NULL", "binary(14)"
_LINK = {"pl_from": _NUMBER, "pl_namespace": _NUMBER, "pl_title": _TITLE}
_NEW_LINK = {"pl_from": _NUMBER, "pl_from_namespace": _NUMBER, "pl_target_id": _NUMBER}
_PAGE = {
    "page_id": _NUMBER,
    "page_namespace": _NUMBER,
    "page_title": _TITLE,
    "page_is_redirect": _NUMBER,
    "page_is_new": _NUMBER,
    "page_random": "double unsigned NOT NULL",
    "page_touched": _TIME,
    "page_links_updated": _TIME,
    "page_latest": _NUMBER,
    "page_len": _NUMBER,
    "page_content_model": "varbinary(32)",
    "page_lang": "varbinary(35)",
}
_KINDS: dict[str, tuple[str, dict[str, str], Row]] = {
    "pagelinks, old": ("pagelinks", _LINK | {"pl_from_namespace": _NUMBER}, _old_pagelinks),
    "pagelinks, mixed": (
        "pagelinks",
        _LINK | {"pl_from_namespace": _NUMBER, "pl_target_id": _NUMBER},
        _pagelinks,
    ),
    "pagelinks, new": ("pagelinks", _NEW_LINK, _new_pagelinks),
    "linktarget": (
        "linktarget",
        {"lt_id": _NUMBER, "lt_namespace": _NUMBER, "lt_title": _TITLE},
        _linktarget,
    ),
    "page": ("page", _PAGE, _page),
}


def write_dump(path: Path, kind: str, megabytes: int, seed: int = 7) -> None:
    """Write a dump with ``megabytes`` (10^6 bytes) of SQL, gzip level 6.

    A pool of rows is made once and stored again and again, each time as a member of the gzip file:
    much further apart than gzip or a processor's memory of branches can see.
    """
    table, columns, row = _KINDS[kind]
    dice = random.Random(seed)
    lines = "".join(f"  `{name}` {definition},\n" for name, definition in columns.items())
    head = (
        f"-- MySQL dump 10.19\n--\n-- Host: db    Database: testwiki\n\nCREATE TABLE `{table}` (\n"
        f"{lines}  PRIMARY KEY (`{next(iter(columns))}`)\n) ENGINE=InnoDB;\n\n"
        f"/*!40000 ALTER TABLE `{table}` DISABLE KEYS */;\n"
    )
    total = megabytes * 10**6
    pool = _pack("".join(_inserts(table, row, dice, min(total, _POOL_BYTES))))
    with path.open("wb") as file:
        file.write(_pack(head))
        for _ in range(max(1, round(total / _POOL_BYTES))):
            file.write(pool)
        file.write(_pack(f"/*!40000 ALTER TABLE `{table}` ENABLE KEYS */;\n-- Dump completed\n"))


def _inserts(table: str, row: Row, dice: random.Random, size: int) -> Iterator[str]:
    number = 0
    while size > 0:
        rows: list[str] = []
        length = 0
        while length < min(_INSERT_BYTES, size):
            rows.append(row(dice, number))
            length += len(rows[-1]) + 1
            number += 1
        size -= length
        yield f"INSERT INTO `{table}` VALUES {','.join(rows)};\n"


def _pack(text: str) -> bytes:
    packer = zlib.compressobj(6, wbits=31)
    return packer.compress(text.encode()) + packer.flush()


def _read_here(kind: str, source: Path, target: Path) -> dict[str, Any]:
    table = TABLES[_KINDS[kind][0]]
    dump = SqlDump(source, table)
    write_parquet(dump, table.schema, target, {"wiki_db": "testwiki"})
    return {"rows": dump.counts.rows, "sql_bytes": dump.counts.sql_bytes}


def _mwsql_to_parquet(kind: str, source: Path, target: Path) -> dict[str, Any]:
    """Do the same with mwsql: the columns wanted, as numbers and text, into Parquet.

    It is spared what it does not do: choosing rows, and bringing names to their form.
    """
    table = TABLES[_KINDS[kind][0]]
    dump = Dump.from_file(source)
    wanted = [column for column in table.columns if column.name in dump.col_names]
    schema = pa.schema([(column.name, column.type) for column in wanted])
    rows = dump.rows(convert_dtypes=True)

    def batches() -> Iterator[pa.RecordBatch]:
        while some := list(itertools.islice(rows, _MWSQL_ROWS)):
            values = dict(zip(dump.col_names, zip(*some, strict=True), strict=True))
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array(map(bool, values[column.name]), column.type)
                    if column.type == pa.bool_()
                    else pa.array(values[column.name], column.type)
                    for column in wanted
                ],
                schema=schema,
            )

    return {"rows": write_parquet(batches(), schema, target, {"wiki_db": "testwiki"})}


def _mwsql_rows(_kind: str, source: Path, _target: Path) -> dict[str, Any]:
    """Go through the rows, as lists of text, and do nothing with them."""
    return {"rows": sum(1 for _ in Dump.from_file(source).rows())}


_OURS, _SAME = "imagesuggest to Parquet", "mwsql to Parquet"
_READERS: dict[str, Callable[[str, Path, Path], dict[str, Any]]] = {
    _OURS: _read_here,
    _SAME: _mwsql_to_parquet,
    "mwsql, rows only": _mwsql_rows,
}


def read_one(reader: str, kind: str, source: Path, target: Path) -> None:
    """Read a file in this process and print what it took, as JSON.

    What a process does once is not counted: a file without rows is read before.
    """
    small = target.with_name("small.sql.gz")
    write_dump(small, kind, 0)
    _READERS[reader](kind, small, target)
    wall, used = time.perf_counter(), time.process_time()
    report = _READERS[reader](kind, source, target)
    report["seconds"] = time.perf_counter() - wall
    report["cpu_seconds"] = time.process_time() - used
    report["peak_bytes"] = peak_bytes()
    print(json.dumps(report))


def measure(megabytes: int, runs: int, *, with_mwsql: bool = True) -> list[dict[str, Any]]:
    """Make each file and read it, with each reader; give the best of the runs of each."""
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in _KINDS:
            source, target = Path(folder, "dump.sql.gz"), Path(folder, "table.parquet")
            write_dump(source, kind, megabytes)
            command = [sys.executable, "-m", "benchmarks.read_sql", "--read"]
            for reader in _READERS if with_mwsql else [_OURS]:
                call = [*command, reader, kind, str(source), str(target)]
                # The other is slow enough to be measured well in one run.
                reports = [
                    json.loads(subprocess.check_output(call))
                    for _ in range(runs if reader == _OURS else 1)
                ]
                best = min(reports, key=lambda report: float(report["cpu_seconds"]))
                size = best.get("sql_bytes") or results[-1]["sql_bytes"]
                results.append({"file": kind, "reader": reader, **best, "sql_bytes": size})
    return results


def print_results(results: Sequence[dict[str, Any]]) -> None:
    """Print a line a file and reader, as a Markdown table; ratio: to mwsql doing the same."""
    print(
        "| file | reader | rows | SQL MB | seconds | CPU s | MB/s on one core | ratio | peak MB |"
    )
    print("| --- | --- | --: | --: | --: | --: | --: | --: | --: |")
    slow = {each["file"]: each["cpu_seconds"] for each in results if each["reader"] == _SAME}
    for each in results:
        megabytes = each["sql_bytes"] / 1e6
        ratio = slow.get(each["file"], float("nan")) / each["cpu_seconds"]
        print(
            f"| {each['file']} | {each['reader']} | {each['rows']:,} | {megabytes:,.0f} "
            f"| {each['seconds']:.2f} | {each['cpu_seconds']:.2f} "
            f"| {megabytes / each['cpu_seconds']:,.0f} | {ratio:.1f} "
            f"| {each['peak_bytes'] / 1e6:,.0f} |"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200, help="SQL in each file")
    parser.add_argument("--runs", type=int, default=3, help="of which the fastest is shown")
    parser.add_argument("--no-mwsql", action="store_true", help="leave the comparison out")
    parser.add_argument("--read", nargs=4, metavar=("READER", "KIND", "SOURCE", "TARGET"))
    options = parser.parse_args(arguments)
    if options.read:
        reader, kind, source, target = options.read
        return read_one(reader, kind, Path(source), Path(target))
    return print_results(measure(options.megabytes, options.runs, with_mwsql=not options.no_mwsql))


if __name__ == "__main__":
    main()
