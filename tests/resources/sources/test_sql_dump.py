import gzip
import threading

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from resources.errors import InputError
from resources.sources.mediawiki import TABLES
from resources.sources.sql_dump import SqlColumn, SqlDump, SqlTable
from tests.resources.sources.sql_pages import (
    DEFINITIONS,
    EXPECTED,
    PAGES,
    ROWS,
    read,
    read_text,
    refusal,
    refused_rows,
)
from tests.resources.sources.sql_writer import (
    Style,
    create_table,
    dump_text,
    raw,
    store,
    write_rows,
)

AS_ALWAYS = Style()


def read_titles(tmp_path, *titles, style=AS_ALWAYS):
    rows = list(enumerate(titles))
    text = dump_text("page", DEFINITIONS, rows, style)
    found = read_text(tmp_path, text)
    assert [row["id"] for row in found] == [id_ for id_, _ in rows]
    assert found == read_text(tmp_path, text, block_bytes=1)
    return [row["title"] for row in found]


# What stands in strings.


def test_every_escape_is_decoded(tmp_path):
    titles = ["it's", '"quoted"', "back\\slash", "line\nbreak", "re\rturn", "nul\0", "sub\x1a"]
    assert read_titles(tmp_path, *titles) == titles


def test_an_escaped_backslash_before_a_letter_is_no_escape_of_the_letter(tmp_path):
    titles = ["\\n", "\\\\n", "\\0", "\\'", "\\", "\\\\", "\\\\'"]
    assert read_titles(tmp_path, *titles) == titles


def test_escapes_of_other_letters_stand_for_the_letter_and_those_of_t_and_b_for_controls(tmp_path):
    written = raw(b"'\\t\\b\\x'")
    assert read_titles(tmp_path, written) == ["\t\bx"]


def test_what_looks_like_the_end_of_a_row_within_a_string_is_text(tmp_path):
    titles = ["a),(2", "),(", "(", ")", ");", ");\n", ",", ";", "(1,'x'),(2,'y');", "NULL),(NULL"]
    assert read_titles(tmp_path, *titles) == titles


def test_what_looks_like_the_next_insert_within_a_string_is_text(tmp_path):
    titles = [");\nINSERT INTO `page` VALUES (7,'x", raw(b"');\nINSERT INTO `page` VALUES (7'")]
    assert read_titles(tmp_path, *titles) == [
        titles[0],
        ");\nINSERT INTO `page` VALUES (7",
    ]


def test_what_looks_like_a_comment_within_a_string_is_text(tmp_path):
    titles = ["-- no comment", "/* none */", "/*", "*/", "#", "`", "-- Dump completed"]
    assert read_titles(tmp_path, *titles) == titles


def test_a_doubled_quote_is_one_quote(tmp_path):
    titles = ["it's", "'", "''", "'a'", "a'),('b", "", "'\\'"]
    assert read_titles(tmp_path, *titles, style=Style(double_quotes=True)) == titles


def test_null_the_word_null_and_the_empty_text_are_three_things(tmp_path):
    assert read_titles(tmp_path, None, "NULL", "", "null") == [None, "NULL", "", "null"]


def test_a_null_number_stays_null(tmp_path):
    text = dump_text("page", DEFINITIONS, [(None, "a"), (2, None), (0, "b")])
    assert [row["id"] for row in read_text(tmp_path, text)] == [None, 2, 0]


def test_bytes_that_are_not_utf8_become_replacement_characters_and_are_counted(tmp_path):
    titles = ["fine", b"\xff", b"caf\xe9", "café", None, b"\xed\xa0\x80", b"\xc3", b"\xa9"]
    path = store(tmp_path / "dump.sql.gz", dump_text("page", DEFINITIONS, list(enumerate(titles))))
    dump = SqlDump(path, PAGES)
    found = [title for batch in dump for title in batch["title"].to_pylist()]
    assert found == ["fine", "�", "caf�", "café", None, "���", "�", "�"]
    assert dump.counts.not_utf8 == 5


def test_a_character_that_is_cut_in_two_by_its_neighbours_is_not_taken_for_whole(tmp_path):
    assert read_titles(tmp_path, b"\xc3", b"\xa9") == ["�", "�"]


def test_names_are_brought_to_their_form_and_other_text_is_not(tmp_path):
    columns = (
        SqlColumn("id", pa.int64()),
        SqlColumn("title", pa.string(), is_name=True),
        SqlColumn("kind", pa.string()),
    )
    text = dump_text(
        "page", DEFINITIONS | {"kind": "varbinary(9)"}, [(1, "été à la mer ", "été à la mer ")]
    )
    assert read_text(tmp_path, text, SqlTable("page", columns)) == [
        {"id": 1, "title": "Été_à_la_mer", "kind": "été à la mer "}
    ]


def test_what_pages_are_called_is_a_name_or_a_title_by_their_namespace(tmp_path):
    text = dump_text(
        "page",
        DEFINITIONS | {"space": "int"},
        [(1, "été  à ", 0), (2, "été  à ", 6), (3, "été  à ", 14), (4, "été  à ", None)],
    )
    columns = (
        SqlColumn("title", pa.string(), namespace="space"),
        SqlColumn("space", pa.int64(), optional=True),
    )
    found = read_text(tmp_path, text, SqlTable("page", columns))
    assert [row["title"] for row in found] == ["été__à_", "Été_à", "Été_à", "été__à_"]


# Numbers.


def test_numbers_of_every_length_and_sign_are_read_exactly(tmp_path):
    numbers = [sign * (10**digits - 1) for digits in range(1, 19) for sign in (1, -1)]
    numbers += [10**digits for digits in range(19)]
    numbers += [0, 2**63 - 1, -(2**63), 1234567890123456, 12345678901234567]
    for style in (Style(), Style(rows_per_insert=1)):
        text = dump_text("page", DEFINITIONS, [(number, "x") for number in numbers], style)
        assert [row["id"] for row in read_text(tmp_path, text)] == numbers


@pytest.mark.parametrize("numbers", [[0, 1, 9], [10, 0, 99, 7], [-1, 5], [10**8, 99999999]])
def test_numbers_of_like_lengths_are_read_exactly(tmp_path, numbers):
    text = dump_text("page", DEFINITIONS, [(number, "x") for number in numbers])
    assert [row["id"] for row in read_text(tmp_path, text)] == numbers


def test_truth_values_are_0_and_1_and_anything_else_is_an_input_error(tmp_path):
    table = SqlTable("page", (SqlColumn("id", pa.bool_()),))
    text = dump_text("page", DEFINITIONS, [(0, "x"), (1, "x"), (None, "x"), (1, "x")])
    assert [row["id"] for row in read_text(tmp_path, text, table)] == [False, True, None, True]
    message = refused_rows(tmp_path, [(1, "x"), (2, "x")], table=table)
    assert message == ", row 2: id: 2 is neither 0 nor 1"


def test_columns_that_are_not_read_may_hold_numbers_of_all_kinds_blobs_and_nothing(tmp_path):
    others = [
        raw(b"0.644655711783"),
        raw(b"-1.5e-10"),
        raw(b"0xDEADBEEF"),
        raw(b"_binary '\\0),(\\''"),
        bytes(range(256)),
        None,
        gzip.compress(b"),('\\" * 9),
        raw(b""),
        raw(b"CURRENT_TIMESTAMP"),
    ]
    definitions = {"id": "int(8)", "other": "blob", "title": "varbinary(255)", "last": "double"}
    rows = [(number, other, f"T{number}", other) for number, other in enumerate(others)]
    text = dump_text("page", definitions, rows)
    expected = [{"id": number, "title": f"T{number}"} for number in range(len(others))]
    assert read_text(tmp_path, text) == expected
    assert read_text(tmp_path, text, block_bytes=1) == expected


# Columns and rows.


def test_columns_are_taken_in_the_order_of_the_file(tmp_path):
    definitions = {"title": "varbinary(255)", "more": "int", "id": "int(8)"}
    text = dump_text("page", definitions, [(title, 7, id_) for id_, title in ROWS])
    assert read_text(tmp_path, text) == EXPECTED


def test_a_create_table_with_commas_and_parentheses_everywhere_is_understood(tmp_path):
    create = b"""CREATE TABLE IF NOT EXISTS `page` (
  `kind` enum('a','b,)','it''s','\\'),(','`x`') NOT NULL DEFAULT 'b,)' COMMENT 'one, (two), `id`',
  /* `none` int, */ `id` decimal(10,2) NOT NULL, -- `neither` int,
  title varbinary(255) CHECK (title <> ',)'),
  UNIQUE KEY `name` (`id`,`title`(10)),
  CONSTRAINT `c` FOREIGN KEY (`id`) REFERENCES `t` (`id`)
) ENGINE=InnoDB COMMENT='a; `b` (c, d)' /*!50100 PARTITION BY HASH (id) */;
"""
    text = create + b"INSERT INTO `page` VALUES " + write_rows([("a", 1, "One")]) + b";\n"
    assert read_text(tmp_path, text) == EXPECTED[:1]


def test_an_insert_that_lists_its_columns_goes_by_its_own_list(tmp_path):
    text = create_table("page", DEFINITIONS | {"more": "int"})
    text += b"INSERT INTO `page` (`title`, `id`) VALUES ('One',1),('Two',2);\n"
    text += b"INSERT INTO `page` (`title`, `id`) VALUES ('Three',3);\n"
    assert read_text(tmp_path, text) == EXPECTED
    text += b"insert ignore into page values (4,'Four',9);\n"
    assert read_text(tmp_path, text) == [*EXPECTED, {"id": 4, "title": "Four"}]


def test_an_optional_column_that_is_not_there_is_null_in_every_row(tmp_path):
    columns = (*PAGES.columns, SqlColumn("more", pa.string(), optional=True, is_name=True))
    columns += (SqlColumn("number", pa.int64(), optional=True),)
    found = read_text(tmp_path, dump_text("page", DEFINITIONS, ROWS), SqlTable("page", columns))
    assert found == [row | {"more": None, "number": None} for row in EXPECTED]


@pytest.mark.parametrize(
    ("there", "good"),
    [
        (("pl_target_id",), True),
        (("pl_title", "pl_namespace"), True),
        (("pl_title", "pl_namespace", "pl_target_id"), True),
        (("pl_title",), False),
        (("pl_namespace",), False),
        ((), False),
    ],
)
def test_links_need_a_target_in_the_old_schema_or_in_the_new_one(tmp_path, there, good):
    values = {"pl_from": 1, "pl_from_namespace": 0}
    values |= {"pl_title": "Abc", "pl_namespace": 4, "pl_target_id": 99}
    columns = ("pl_from_namespace", *there, "pl_from")
    definitions = dict.fromkeys(columns, "int(8)")
    text = dump_text("pagelinks", definitions, [tuple(values[name] for name in columns)])
    if good:
        (found,) = read_text(tmp_path, text, TABLES["pagelinks"])
        expected = {name: values[name] if name in columns else None for name in values}
        if "pl_target_id" in there:
            expected["pl_title"] = None
        assert found == expected
    else:
        assert "no column pl_target_id, nor pl_title with pl_namespace; its columns are" in refusal(
            tmp_path, text, TABLES["pagelinks"]
        )


def test_in_the_mixed_schema_a_title_is_read_only_where_there_is_no_target_id(tmp_path):
    definitions = {"cl_from": "int", "cl_to": "varbinary(255)", "cl_target_id": "bigint"}
    rows = [(1, "a", 11), (2, "b", None), (3, None, 13), (4, b"\xff'", 14), (5, "é", None)]
    rows = [(*row, "file") for row in rows]
    text = dump_text("categorylinks", definitions | {"cl_type": "enum('file')"}, rows)
    found = read_text(tmp_path, text, TABLES["categorylinks"])
    assert [row["cl_to"] for row in found] == [None, "B", None, None, "É"]
    assert [row["cl_target_id"] for row in found] == [11, None, 13, 14, None]


def test_a_table_without_rows_and_so_without_insert_has_no_batches(tmp_path):
    dump = SqlDump(store(tmp_path / "dump.sql.gz", dump_text("page", DEFINITIONS, [])), PAGES)
    assert list(dump) == []
    assert dump.counts.rows == 0
    assert dump.counts.sql_bytes == len(dump_text("page", DEFINITIONS, []))


@pytest.mark.parametrize("ending", [".sql.gz", ".sql.bz2", ".sql"])
def test_all_ways_to_store_a_dump_give_the_same_rows(tmp_path, ending):
    path = store(tmp_path / f"dump{ending}", dump_text("page", DEFINITIONS, ROWS))
    assert read(path) == EXPECTED


@pytest.mark.parametrize(
    "style",
    [
        Style(rows_per_insert=1),
        Style(rows_per_insert=2),
        Style(break_rows=True),
        Style(break_rows=True, rows_per_insert=2),
        Style(name_columns=True, rows_per_insert=2),
        Style(locks=True),
        Style(keys=False, locks=True),
        Style(keys=False, comments=False),
    ],
)
def test_all_ways_to_write_a_dump_give_the_same_rows(tmp_path, style):
    text = dump_text("page", DEFINITIONS, ROWS, style)
    for block_bytes in (1, 2, 3, 50, 1 << 20):
        assert read_text(tmp_path, text, block_bytes=block_bytes) == EXPECTED


def test_comments_and_statements_between_inserts_are_passed_over(tmp_path):
    text = create_table("page", DEFINITIONS)
    text += b"INSERT INTO `page` VALUES (1,'One');\n-- it's (a comment);\n"
    text += b"INSERT INTO `page` VALUES (2,'Two') ;\n/*!40101 SET x='),(' */;\n# it's\n"
    text = text.replace(b") ;", b");")
    text += b"SET @a = '\\';', @b = \"it's\", @c = `;`; -- '\n--\n"
    text += b"REPLACE INTO `wiki`.`page` VALUES\n(3,'Three');\nSELECT 1 - 2 / 3;"
    for block_bytes in (1, 1 << 20):
        assert read_text(tmp_path, text, block_bytes=block_bytes) == EXPECTED


def test_an_insert_line_longer_than_many_blocks_is_read_whole(tmp_path):
    rows = [(number, f"Title_{number}),('") for number in range(20_000)]
    text = dump_text("page", DEFINITIONS, rows, Style(rows_per_insert=20_000))
    assert len(max(text.splitlines(), key=len)) > 400_000
    found = read_text(tmp_path, text, block_bytes=4096)
    assert found == [{"id": number, "title": title} for number, title in rows]


def test_a_row_longer_than_many_blocks_is_read_whole(tmp_path):
    blob = gzip.compress(bytes(range(256)) * 10) * 30
    definitions = DEFINITIONS | {"blob": "mediumblob"}
    rows = [(1, "One", blob), (2, "Two", blob + b"\\"), (3, "Three", b"'" + blob)]
    text = dump_text("page", definitions, rows)
    for block_bytes in (100, 4096, 1 << 20):
        assert read_text(tmp_path, text, block_bytes=block_bytes) == EXPECTED


def test_a_row_or_statement_longer_than_any_can_be_is_an_input_error_and_not_looked_for(tmp_path):
    head = create_table("page", DEFINITIONS) + b"INSERT INTO `page` VALUES (1,'One'),(2,'"
    read_bytes = []
    for text in (head, b"CREATE TABLE `page` (`"):
        path = store(tmp_path / "dump.sql", text + b"x" * 100_000_000)
        with pytest.raises(InputError, match=r"of more than 35,651,584 bytes"):
            read(path, on_bytes=read_bytes.append)
    assert sum(read_bytes) < 75_000_000


def test_the_memory_needed_does_not_grow_with_the_insert_line(tmp_path):
    rows = write_rows([(number, f"Title_{number}") for number in range(100_000)]) + b","
    path = tmp_path / "dump.sql.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(create_table("page", DEFINITIONS) + b"INSERT INTO `page` VALUES ")
        for _ in range(30):
            file.write(rows)
        file.write(b"(1,'x');\n")
    dump = SqlDump(path, PAGES)
    most = 0
    for _ in dump:
        most = max(most, pa.total_allocated_bytes())
    assert dump.counts.rows == 3_000_001
    assert dump.counts.sql_bytes > 60_000_000
    assert most < 30_000_000


def test_rows_that_are_kept_are_chosen_from_undecoded_values(tmp_path):
    seen = []

    def keep(rows: pa.RecordBatch) -> pa.BooleanArray:
        seen.append(rows.schema)
        return pc.equal(rows["title"], b"it's")

    table = SqlTable("page", PAGES.columns, keep=keep)
    path = store(
        tmp_path / "dump.sql.gz",
        dump_text("page", DEFINITIONS, [(1, b"\xff"), (2, "it's"), (None, None), (4, "it's")]),
    )
    dump = SqlDump(path, table)
    assert [row for batch in dump for row in batch.to_pylist()] == [
        {"id": 2, "title": "it's"},
        {"id": 4, "title": "it's"},
    ]
    assert seen == [pa.schema([("id", pa.int64()), ("title", pa.binary())])]
    assert (dump.counts.rows, dump.counts.kept, dump.counts.not_utf8) == (4, 2, 0)


def test_reading_again_gives_the_same_rows_and_counts(tmp_path):
    dump = SqlDump(store(tmp_path / "dump.sql.gz", dump_text("page", DEFINITIONS, ROWS)), PAGES)
    first = (list(dump), dump.counts)
    assert (list(dump), dump.counts) == first


# Around the reader.


def test_no_thread_is_left_when_the_rows_are_not_read_to_their_end(tmp_path):
    before = {thread.name for thread in threading.enumerate()}
    path = tmp_path / "dump.sql.gz"
    rows = write_rows([(number, "x" * 100) for number in range(20_000)])
    text = create_table("page", DEFINITIONS) + b"INSERT INTO `page` VALUES " + rows
    path.write_bytes(gzip.compress(text + (b"," + rows) * 20 + b";\n", 1))
    batches = iter(SqlDump(path, PAGES))
    assert 0 < len(next(batches)) < 420_000
    batches.close()
    assert {thread.name for thread in threading.enumerate()} == before


def test_the_bytes_told_add_up_to_the_file(tmp_path):
    path = store(tmp_path / "dump.sql.gz", dump_text("page", DEFINITIONS, ROWS * 1000))
    told = []
    read(path, on_bytes=told.append)
    assert sum(told) == path.stat().st_size
