"""Whatever a table holds and however its dump is written, the reader gives what went in."""

import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.errors import InputError
from resources.sources.names import normalize_name
from resources.sources.sql_dump import SqlColumn, SqlDump, SqlTable
from tests.resources.sources.sql_writer import (
    Style,
    create_table,
    dump_text,
    raw,
    store,
    write_rows,
)

INT64 = st.integers(-(2**63), 2**63 - 1) | st.integers(-20, 100) | st.integers(0, 10**10)
TRICKY = st.text("'\\\",();\n\r\0\x1a NULé0n-`#/*", max_size=12)
TEXT = TRICKY | st.text(max_size=20) | st.sampled_from(["NULL", "", "),(", "');\nINSERT INTO `t`"])
BYTES = TEXT.map(str.encode) | st.binary(max_size=20)
IGNORED = BYTES | st.sampled_from(
    [None, 0, -1, raw(b"0.5e-3"), raw(b"0xFF"), raw(b"_binary '\\0'")]
)

KINDS = {
    "number": (pa.int64(), INT64),
    "truth": (pa.bool_(), st.integers(0, 1)),
    "text": (pa.string(), BYTES),
    "name": (pa.string(), TEXT),
    "ignored": (None, IGNORED),
}
STYLES = st.builds(
    Style,
    rows_per_insert=st.integers(1, 8),
    break_rows=st.booleans(),
    name_columns=st.booleans(),
    double_quotes=st.booleans(),
    locks=st.booleans(),
    keys=st.booleans(),
    comments=st.booleans(),
)
ENDINGS = st.sampled_from([".sql", ".sql.gz", ".sql.bz2"])
COUNTED = SqlTable("t", (SqlColumn("absent", pa.int64(), optional=True),))
BLOCKS = st.integers(1, 64) | st.sampled_from([1 << 10, 1 << 20])
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def tables(draw):
    """Kinds of columns, and rows of any values of those kinds."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6))
    values = [st.none() | KINDS[kind][1] for kind in kinds]
    return kinds, draw(st.lists(st.tuples(*values), max_size=20))


def expected_value(kind, value):
    if value is None or kind == "number":
        return value
    if kind == "truth":
        return bool(value)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return normalize_name(text) if kind == "name" else text


def read(ending, text, table, block_bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = store(Path(folder) / f"dump{ending}", text)
        dump = SqlDump(path, table, block_bytes=block_bytes)
        return [row for batch in dump for row in batch.to_pylist()], dump.counts


@MANY
@given(tables(), st.randoms(use_true_random=False), STYLES, ENDINGS, BLOCKS)
def test_any_table_survives_the_round_trip_through_any_dump(made, random, style, ending, block):
    kinds, rows = made
    text = dump_text("t", {f"c{place}": "blob" for place in range(len(kinds))}, rows, style)
    wanted = [place for place, kind in enumerate(kinds) if kind != "ignored"]
    random.shuffle(wanted)
    columns = [
        SqlColumn(f"c{place}", KINDS[kinds[place]][0], is_name=kinds[place] == "name")
        for place in wanted
    ]
    columns.append(SqlColumn("absent", pa.string(), optional=True))
    found, counts = read(ending, text, SqlTable("t", tuple(columns)), block)
    assert found == [
        {f"c{place}": expected_value(kinds[place], row[place]) for place in wanted}
        | {"absent": None}
        for row in rows
    ]
    assert (counts.rows, counts.kept, counts.sql_bytes) == (len(rows), len(rows), len(text))


@MANY
@given(st.lists(st.tuples(st.integers(0, 3), BYTES), max_size=20), STYLES, BLOCKS)
def test_rows_kept_are_those_that_would_have_been_chosen_afterwards(rows, style, block):
    table = SqlTable(
        "t",
        (SqlColumn("text", pa.string()), SqlColumn("number", pa.int64())),
        keep=lambda batch: pc.equal(batch["number"], 1),
        keep_columns=("number",),
    )
    text = dump_text("t", {"number": "int", "text": "blob"}, rows, style)
    found, counts = read(".sql", text, table, block)
    kept = [value for number, value in rows if number == 1]
    assert [row["text"].encode() for row in found] == [
        value.decode("utf-8", "replace").encode() for value in kept
    ]
    assert (counts.rows, counts.kept) == (len(rows), len(kept))
    assert counts.not_utf8 == sum(
        value.decode("utf-8", "replace").encode() != value for value in kept
    )


_ROW = re.compile(rb"\((-?[0-9]+|NULL),(NULL|'(?:[^'\\]|\\.|'')*')\)(,[ \t\r\n]*|;)", re.DOTALL)
_LETTERS = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}


def strictly(rows):
    """Read the rows of an INSERT to their end, by their grammar alone; None where they break it."""
    found, position = [], len(rows) - len(rows.lstrip())
    while row := _ROW.match(rows, position):
        text = re.sub(
            rb"\\(.)|''",
            lambda escape: _LETTERS.get(escape[1], escape[1]) if escape[1] else b"'",
            row[2][1:-1],
            flags=re.DOTALL,
        )
        number = None if row[1] == b"NULL" else int(row[1])
        text = None if row[2] == b"NULL" else text.decode("utf-8", "replace")
        found.append({"number": number, "text": text})
        position = row.end()
        if row[3] == b";":
            return None if rows[position:].strip(b";\n ") else found
    return None


@MANY
@given(
    st.lists(st.tuples(st.integers(-9, 10**9) | st.none(), TRICKY | st.none()), min_size=1),
    st.data(),
    BLOCKS,
)
def test_rows_with_one_byte_changed_are_refused_or_read_as_their_grammar_says(rows, data, block):
    written = write_rows(rows) + b";\n"
    place = data.draw(st.integers(0, len(written) - 1))
    byte = data.draw(st.sampled_from([b"", *(bytes([byte]) for byte in b"'\\,();\n 0N-x\"")]))
    changed = written[:place] + byte + written[place + data.draw(st.integers(0, 1)) :]
    table = SqlTable("t", (SqlColumn("number", pa.int64()), SqlColumn("text", pa.string())))
    head = create_table("t", {"number": "int", "text": "blob"}) + b"INSERT INTO `t` VALUES "
    expected = strictly(changed)
    try:
        found, _ = read(".sql", head + changed, table, block)
    except InputError:
        assert expected is None
    else:
        assert found == expected


@MANY
@given(tables(), STYLES, st.integers(0), BLOCKS)
def test_a_text_that_is_cut_off_never_loses_a_row_unnoticed(made, style, place, block):
    kinds, rows = made
    text = dump_text("t", {f"c{place}": "blob" for place in range(len(kinds))}, rows, style)
    cut = text[: place % len(text)]
    # Without any of these nothing tells that a statement is missing.
    told = style.comments or b"DISABLE KEYS" in cut or b" WRITE;" in cut
    try:
        found, _ = read(".sql", cut, COUNTED, block)
    except InputError:
        return
    assert len(found) == len(rows) or not told
