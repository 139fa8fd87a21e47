"""How fast bulk files are written, and pages sent to a real server.

The direct update is compared with the client's own parallel bulk helper, which sends the same tags
to the same documents of the same server, as plain partial updates, in the same run: once as if all
tags of a page were known, and once after it has read them with the client, as anybody must who has
no plugin and does not want to lose the tags of others.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import cpu_seconds, machine, print_table, run

UPSTREAM = 45_000_000
"""Updates of the largest shipment upstream."""
WITH_PLUGIN = "the direct update, with the plugin"
WITHOUT_PLUGIN = "the direct update, without the plugin"
HELPER = "the client's parallel bulk helper"
READING = "the client's helper, after reading the tags"
WAYS = (WITH_PLUGIN, WITHOUT_PLUGIN, HELPER, READING)
KEPT = "other.group/kept|1"
"""A tag that somebody else has given every page."""
CHUNK = 1_000
"""Pages of a request of the client's, as of ours."""
WARMING_UP = 3
"""Rounds that are not counted: the server is still compiling itself."""
Tags = Mapping[int, Sequence[str]]
"""Tags to be written, by page."""
Action = tuple[int, dict[str, Any]]
"""A page, and the rest of what the client's helper sends of it."""
Written = Callable[[Any, str, Tags], Iterator[Action]]


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", default="2000000,8000000", help="of bulk files, each measured")
    parser.add_argument("--pages", type=int, default=20_000, help="of the direct update")
    parser.add_argument("--words", type=int, default=200, help="of the text of each page")
    parser.add_argument("--rounds", type=int, default=15, help="of which the median counts")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _write(Path(options.one[0]), Path(options.one[1]))
        return
    print(machine())
    print_table("Bulk files", [_bulk_files(int(pairs)) for pairs in options.pairs.split(",")])
    print_table("Direct update", _direct(options.pages, options.words, options.rounds))


def _bulk_files(pairs: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        delta = Path(folder, "delta.parquet")
        _make(delta, pairs)
        command = [sys.executable, "-m", "benchmarks.search", "--one", str(delta), folder]
        measured = run(command)
    rate = pairs / measured.report["seconds"]
    return {
        "pairs": pairs,
        "seconds": measured.report["seconds"],
        "pairs/s": int(rate),
        "CPU seconds": measured.cpu_seconds,
        "peak MB": measured.peak_bytes // 10**6,
        "MB written": measured.report["bytes"] // 10**6,
        f"minutes for {UPSTREAM // 10**6} million": UPSTREAM / rate / 60,
    }


def _make(delta: Path, pairs: int) -> None:
    """Make up tags of Commons files in no order: two tags of every tenth, one to three values."""
    with duckdb.connect() as connection:
        connection.sql(
            """
            SELECT 'commonswiki' AS wikiid, 1 + (i * 7919) % $pairs AS page_id,
                6::BIGINT AS page_namespace, tag,
                list_transform(
                    range(1 + i % 3), lambda n: 'Q' || (i * 31 + n) % 9999999 || '|' || i % 1000
                ) AS "values"
            FROM range($pairs) AS t(i), (
                VALUES ('image.linked.from.wikidata.p373'), ('image.linked.from.wikidata.p18')
            ) AS tags(tag)
            WHERE tag LIKE '%373' OR i % 10 = 0
            """,
            params={"pairs": pairs},
        ).write_parquet(str(delta), compression="zstd")


def _write(delta: Path, folder: Path) -> None:
    """Write bulk files; print how long it took, without the start of the process."""
    from resources.search.bulk import write_bulk_files
    from resources.search.places import Place
    from resources.search.resource import MEMORY

    started = time.perf_counter()
    manifest = write_bulk_files(
        [delta],
        Place(str(folder / "out")),
        snapshot="2026-11-02",
        delta_id="-",
        indexes={},
        memory=MEMORY,
        spill=folder,
    )
    seconds = time.perf_counter() - started
    written = sum(file.bytes for file in manifest.files)
    print(json.dumps({"seconds": seconds, "bytes": written}))


def _direct(pages: int, words: int, rounds: int) -> list[dict[str, object]]:
    """Send pages to a server of our own: with its plugin, as if it had none, by the helper."""
    from resources.search.clients import connect
    from resources.search.sending import Bounds
    from resources.search.server import Access
    from tests.resources.search.index import pairs
    from tests.servers import jars
    from tests.servers.search import SearchServer

    index = "commonswiki_file"
    taken: list[dict[str, tuple[float, float]]] = []
    with tempfile.TemporaryDirectory() as folder:
        server = SearchServer(
            "elasticsearch", Path(folder), jars.jars(jars.ELASTICSEARCH, print), "1g"
        )
        server.start()
        try:
            client = connect(Access((server.url,)), Bounds.concurrency)
            _fill(server.url, index, pages, words)
            for number in range(rounds + WARMING_UP):
                taken.append({})
                # What comes first in a round is not always the same.
                for way in random.Random(number).sample(WAYS, len(WAYS)):
                    once = number * len(WAYS) + WAYS.index(way)
                    tags = {page: _tags(page, once) for page in range(1, pages + 1)}
                    client.plugin = way == WITH_PLUGIN
                    if written := HELPERS.get(way):
                        send = partial(_helper, server.url, index, tags, written)
                    else:
                        send = partial(_update, client, index, pairs(tags, index), pages)
                    _settle(server.url, index)
                    taken[-1][way] = _timed(send, server.pid)
            client.close()
        finally:
            server.stop()
    return [_compared(way, taken[WARMING_UP:], pages, words) for way in WAYS]


def _compared(
    way: str, taken: Sequence[Mapping[str, tuple[float, float]]], pages: int, words: int
) -> dict[str, object]:
    """Give the medians of one way, and those of each round's ratios to the helpers'."""

    def median(measure: int, over: str) -> str:
        return (
            f"{statistics.median(each[over][measure] / each[way][measure] for each in taken):.2f}"
        )

    seconds, cpu = (statistics.median(each[way][measure] for each in taken) for measure in (0, 1))
    return {
        "how": way,
        "pages": pages,
        "words": words,
        "seconds": seconds,
        "pages/s": int(pages / seconds),
        "times the helper": median(0, HELPER),
        "times it after reading": median(0, READING),
        "CPU seconds": cpu,
        "times the helper in CPU seconds": median(1, HELPER),
    }


def _timed(send: Callable[[], None], server: int) -> tuple[float, float]:
    """Give the seconds it took, and the CPU seconds of both sides."""
    cpu = time.process_time() + cpu_seconds(server)
    started = time.perf_counter()
    send()
    seconds = time.perf_counter() - started
    return seconds, time.process_time() + cpu_seconds(server) - cpu


def _update(client: Any, index: str, lines: bytes, pages: int) -> None:
    from resources.search.sending import Bounds, send

    sent = send(client, index, lines, Bounds(), print)
    assert sent.written == pages, sent


def _settle(url: str, index: str) -> None:
    """Let nobody find the pages as somebody else has just written them, but as a week later."""
    from elasticsearch import Elasticsearch

    with Elasticsearch(url, request_timeout=120) as client:
        client.indices.refresh()
        while _merging(client.indices.stats(index=index, metric="merge")):
            time.sleep(0.05)


def _merging(told: Any) -> int:
    """Count the merges of segments that are left by who wrote before."""
    count: int = told["_all"]["total"]["merges"]["current"]
    return count


def _tags(page: int, number: int) -> list[str]:
    return [f"image.linked.from.wikidata.p373/Q{page}|{number + 1}"]


def _fill(url: str, index: str, pages: int, words: int) -> None:
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import bulk

    with Elasticsearch(url, request_timeout=120) as client:
        mapping = {"properties": {"weighted_tags": {"type": "keyword"}}}
        client.indices.create(index=index, mappings=mapping)
        text = " ".join(f"word{number * 7919 % 5003}" for number in range(words))
        document = {"text": text, "weighted_tags": [KEPT]}
        bulk(client, ({"_index": index, "_id": page, **document} for page in range(1, pages + 1)))


def _helper(url: str, index: str, tags: Tags, written: Written) -> None:
    """Send the same tags with the client's parallel bulk helper, beside those there are."""
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import parallel_bulk

    with Elasticsearch(url, request_timeout=120) as client:
        actions = (
            {"_op_type": "update", "_index": index, "_id": page, **action}
            for page, action in written(client, index, tags)
        )
        for done, told in parallel_bulk(client, actions, thread_count=4, chunk_size=CHUNK):
            assert done, told


def _known(_client: Any, _index: str, tags: Tags) -> Iterator[Action]:
    for page, each in tags.items():
        yield page, {"doc": {"weighted_tags": [KEPT, *each]}}


def _read(client: Any, index: str, tags: Tags) -> Iterator[Action]:
    """Read pages with what is the fastest of the client, and keep the tags of others."""
    from resources.search import multilist

    pages = [str(page) for page in tags]
    shown = "docs._id,docs._seq_no,docs._primary_term,docs._source.weighted_tags"
    for first in range(0, len(pages), CHUNK):
        told = client.mget(index=index, ids=pages[first : first + CHUNK], filter_path=shown)
        for each in told["docs"]:
            page, there = int(each["_id"]), each["_source"]["weighted_tags"]
            condition = {"if_seq_no": each["_seq_no"], "if_primary_term": each["_primary_term"]}
            yield page, {"doc": {"weighted_tags": multilist.apply(there, tags[page])}, **condition}


HELPERS = {HELPER: _known, READING: _read}
"""What each of the client's helpers is given to send."""


if __name__ == "__main__":
    main()
