"""How fast SQL dumps are read from gzip to Parquet, and how fast the mwsql package reads the same.

The files are made here and resemble the real ones in length of rows, in how well they compress and
in how often a title has an escape; what is read is not checked here, the tests do that. Each file
is read in a process of its own; MB/s are of processor time, of all its threads together, so that
other work on the machine counts less.
"""

import argparse
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

from benchmarks.read_entities import peak_bytes
from resources.sources.mediawiki import TABLES
from resources.sources.parquet import write_parquet
from resources.sources.sql_dump import SqlDump

_POOL_BYTES = 20 * 10**6
_INSERT_BYTES = 10**6
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
        f"({2 * number},{namespace},'{_title(dice)}',{dice.choice((0, 0, 1))},0,"
        f"{dice.random():.12f},{day},{dice.choice(('NULL', day))},"
        f"{dice.randrange(10**8, 10**9)},{dice.randrange(10**5)},'wikitext',NULL)"
    )


_KINDS: dict[str, tuple[str, str, Row]] = {
    "pagelinks, old": (
        "pagelinks",
        "pl_from pl_namespace pl_title pl_from_namespace",
        _old_pagelinks,
    ),
    "pagelinks, mixed": (
        "pagelinks",
        "pl_from pl_namespace pl_title pl_from_namespace pl_target_id",
        _pagelinks,
    ),
    "pagelinks, new": ("pagelinks", "pl_from pl_from_namespace pl_target_id", _new_pagelinks),
    "linktarget": ("linktarget", "lt_id lt_namespace lt_title", _linktarget),
    "page": (
        "page",
        "page_id page_namespace page_title page_is_redirect page_is_new page_random page_touched "
        "page_links_updated page_latest page_len page_content_model page_lang",
        _page,
    ),
}


def write_dump(path: Path, kind: str, megabytes: int, seed: int = 7) -> None:
    """Write a dump with ``megabytes`` (10^6 bytes) of SQL, gzip level 6.

    A pool of rows is made once and stored again and again, each time as a member of the gzip file:
    much further apart than gzip or a processor's memory of branches can see.
    """
    table, columns, row = _KINDS[kind]
    dice = random.Random(seed)
    lines = "".join(f"  `{name}` varbinary(255),\n" for name in columns.split())
    head = (
        f"-- MySQL dump 10.19\n--\n-- Host: db    Database: testwiki\n\nCREATE TABLE `{table}` (\n"
        f"{lines}  PRIMARY KEY (`{columns.split()[0]}`)\n) ENGINE=InnoDB;\n\n"
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


def _read_mwsql(source: Path) -> dict[str, Any]:
    """Go through its rows as lists of texts: the least that it can be asked for."""
    from mwsql import Dump

    return {"rows": sum(1 for _ in Dump.from_file(source).rows())}


def read_one(reader: str, kind: str, source: Path, target: Path) -> None:
    """Read a file in this process and print what it took, as JSON.

    What a process does once is not counted: a file without rows is read before.
    """
    small = target.with_name("small.sql.gz")
    write_dump(small, kind, 0)
    _read_mwsql(small) if reader == "mwsql" else _read_here(kind, small, target)
    wall, used = time.perf_counter(), time.process_time()
    report = _read_mwsql(source) if reader == "mwsql" else _read_here(kind, source, target)
    report["seconds"] = time.perf_counter() - wall
    report["cpu_seconds"] = time.process_time() - used
    report["peak_bytes"] = peak_bytes()
    print(json.dumps(report))


def measure(megabytes: int, runs: int, *, with_mwsql: bool = True) -> list[dict[str, Any]]:
    """Make each file and read it, with both readers; give the best of the runs of each."""
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in _KINDS:
            source, target = Path(folder, "dump.sql.gz"), Path(folder, "table.parquet")
            write_dump(source, kind, megabytes)
            command = [sys.executable, "-m", "benchmarks.read_sql", "--read"]
            for reader in ("imagesuggest", "mwsql") if with_mwsql else ("imagesuggest",):
                call = [*command, reader, kind, str(source), str(target)]
                # The other is slow enough to be measured well in one run.
                reports = [
                    json.loads(subprocess.check_output(call))
                    for _ in range(1 if reader == "mwsql" else runs)
                ]
                best = min(reports, key=lambda report: float(report["cpu_seconds"]))
                size = reports[0].get("sql_bytes") or results[-1]["sql_bytes"]
                results.append({"file": kind, "reader": reader, **best, "sql_bytes": size})
    return results


def print_results(results: Sequence[dict[str, Any]]) -> None:
    """Print a line a file and reader, as a Markdown table; ratio: how much faster than mwsql."""
    print(
        "| file | reader | rows | SQL MB | seconds | CPU s | MB/s on one core | ratio | peak MB |"
    )
    print("| --- | --- | --: | --: | --: | --: | --: | --: | --: |")
    slow = {each["file"]: each["cpu_seconds"] for each in results if each["reader"] == "mwsql"}
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
