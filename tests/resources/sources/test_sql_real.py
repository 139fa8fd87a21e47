import gzip
import re
from dataclasses import replace
from pathlib import Path

import pytest

from resources.sources.mediawiki import TABLES
from resources.sources.names import normalize_name, normalize_title
from resources.sources.sql_dump import SqlDump, SqlTable
from tests.resources.sources.sql_pages import read

REAL = Path(__file__).parents[4] / "shared" / "real" / "dumps"

# A slow and exact reading of the same bytes.
_TOKEN = re.compile(rb"'((?:[^'\\]|\\.|'')*)'|([^,();']+)|([(),;])", re.DOTALL)
_LETTERS = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}


def slow_rows(text):
    columns = [found[1].decode() for found in re.finditer(rb"^  `(\w+)`", text, re.MULTILINE)]
    for insert in re.finditer(rb"^INSERT INTO `\w+` VALUES ", text, re.MULTILINE):
        position, row = insert.end(), []
        while (token := _TOKEN.match(text, position))[3] != b";":
            position = token.end()
            if token[3] == b"(":
                row = []
            elif token[3] == b")":
                yield dict(zip(columns, row, strict=True))
            elif token[2]:
                row.append(None if token[2] == b"NULL" else float(token[2]))
            elif token[1] is not None:
                row.append(
                    re.sub(
                        rb"\\(.)|''",
                        lambda escape: _LETTERS.get(escape[1], escape[1]) if escape[1] else b"'",
                        token[1],
                        flags=re.DOTALL,
                    )
                )


def slow_value(column, row):
    value = row.get(column.name)
    if isinstance(value, bytes):
        text = value.decode("utf-8", "replace")
        if column.is_name or row.get(column.namespace) in (6, 14):
            return normalize_name(text)
        return normalize_title(text) if column.namespace else text
    return None if value is None else int(value)


@pytest.mark.skipif(not REAL.exists(), reason="the real wiki of ../shared is not there")
@pytest.mark.parametrize("block_bytes", [1 << 20, 1009])
def test_real_dumps_are_read_as_by_a_slow_tokenizer(block_bytes):
    files = [file for file in REAL.glob("*/*/*.sql.gz") if name_of(file) in TABLES]
    assert len(files) == 11
    for file in files:
        declared = TABLES[name_of(file)]
        every = tuple(replace(column, unless="") for column in declared.columns)
        table = SqlTable(declared.name, every, declared.one_of)
        expected = [
            {column.name: slow_value(column, row) for column in table.columns}
            for row in slow_rows(gzip.decompress(file.read_bytes()))
        ]
        assert read(file, table, block_bytes=block_bytes) == expected
        dump = SqlDump(file, declared)
        kept = sum(len(batch) for batch in dump)
        assert (dump.counts.rows, dump.counts.kept) == (len(expected), kept)


def name_of(file: Path) -> str:
    return file.name.split(".")[0].split("-")[-1]
