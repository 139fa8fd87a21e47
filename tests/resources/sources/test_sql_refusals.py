import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from resources.errors import InputError
from resources.sources.sql_dump import SqlColumn, SqlTable
from tests.resources.sources.sql_pages import DEFINITIONS, PAGES, ROWS, read, refusal, refused_rows
from tests.resources.sources.sql_writer import Style, create_table, dump_text, raw, store

STYLES = [
    Style(rows_per_insert=2),
    Style(rows_per_insert=2, break_rows=True, keys=False, locks=True),
    Style(rows_per_insert=1, keys=False, locks=False),
]


@pytest.mark.parametrize(
    "written",
    [
        *("abc", "1.5", "0x1F", "", " 1", "+1", "1e3", "-", "--1", "1-", "'1'", "TRUE", "1a", "/"),
        *(":", "12345678a", "1234567890123456a", "123456:8", "1234567890/23456", "NULL0"),
        "_binary '1'",
    ],
)
def test_an_id_that_is_no_number_is_an_input_error_with_row_and_column(tmp_path, written):
    message = refused_rows(tmp_path, [(1, "x"), (2, "x"), (raw(written.encode()), "x"), (4, "x")])
    assert re.match(r", row 3: id: .* is not a whole number", message)


@pytest.mark.parametrize("written", [b"9223372036854775808", b"-9223372036854775809", b"9" * 5000])
def test_a_number_beyond_64_bits_is_an_input_error(tmp_path, written):
    message = refused_rows(tmp_path, [(1, "x"), (raw(written), "x")])
    assert re.match(r", row 2: id: .* is beyond 64 bits", message)


def test_a_wrong_number_in_a_row_that_is_not_kept_is_an_input_error(tmp_path):
    table = SqlTable("page", PAGES.columns, keep=lambda rows: pc.equal(rows["title"], b"Two"))
    message = refused_rows(tmp_path, [(raw(b"x"), "One"), (2, "Two")], table=table)
    assert message == ", row 1: id: 'x' is not a whole number"


@pytest.mark.parametrize(
    "written", ["word", "1", "0x4142", "null", "NULL1", "", "'", "_binary 'x'", "x'41'", "1.5"]
)
def test_text_without_quotes_is_an_input_error_with_row_and_column(tmp_path, written):
    rows = [(1, "x"), (2, raw(written.encode())), (3, "x")]
    message = refused_rows(tmp_path, rows)
    if written == "'":
        assert "row 2" in message or "cut off" in message
    else:
        assert re.match(r", row 2: title: .* is not quoted text", message)


@pytest.mark.parametrize("written", ["'a' 'b'", "'a'b", "'a'b'c'", "'a')('b'", "'a')x('b'", "'a';"])
def test_text_that_goes_on_behind_its_quote_is_an_input_error(tmp_path, written):
    assert ", row 2: " in refused_rows(tmp_path, [(1, "x"), (2, raw(written.encode())), (3, "x")])


def test_an_insert_that_leaves_out_a_column_that_is_read_is_an_input_error(tmp_path):
    text = create_table("page", DEFINITIONS) + b"INSERT INTO `page` (`id`) VALUES (1);\n"
    assert "no column title" in refusal(tmp_path, text)
    text = create_table("page", DEFINITIONS) + b"INSERT INTO `page` (`id`,`x`) VALUES (1,2);\n"
    assert "columns that are not there: x" in refusal(tmp_path, text)


def test_a_missing_column_is_an_input_error_that_names_it_and_those_there_are(tmp_path):
    message = refused_rows(tmp_path, [(1, "x")], {"id": "int", "name": "varbinary(255)"})
    assert message == ": there is no column title; its columns are id, name"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b"(2)", "1 values, but there are 2 columns"),
        (b"(2,'x',3)", "3 values, but there are 2 columns"),
        (b"()", "1 values, but there are 2 columns"),
        (b"(2,'x',3),(4)", "3 values, but there are 2 columns"),
        (b"(2),(4)", "1 values, but there are 2 columns"),
    ],
)
def test_a_row_with_another_number_of_values_is_an_input_error_with_its_number(
    tmp_path, row, problem
):
    text = create_table("page", DEFINITIONS) + b"INSERT INTO `page` VALUES (1,'x')," + row
    assert refusal(tmp_path, text + b",(9,'x');\n") == f", row 2: {problem}"
    assert refusal(tmp_path, text + b";\n") == f", row 2: {problem}"


@pytest.mark.parametrize("between", [b"", b" ", b"x", b",,", b";", b", x", b",1", b"),", b",("])
def test_anything_but_a_separator_between_rows_is_an_input_error(tmp_path, between):
    text = create_table("page", DEFINITIONS)
    text += b"INSERT INTO `page` VALUES (1,'x')" + between + b"(2,'y');\n"
    refusal(tmp_path, text)


def test_rows_of_another_table_are_an_input_error(tmp_path):
    message = refusal(tmp_path, dump_text("redirect", DEFINITIONS, ROWS))
    assert message == ": the table `redirect`, but `page` is expected"
    text = create_table("page", DEFINITIONS) + b"INSERT INTO `pages` VALUES (1,'x');\n"
    assert refusal(tmp_path, text) == ": the table `pages`, but `page` is expected"


def test_a_file_without_create_table_is_an_input_error(tmp_path):
    assert refusal(tmp_path, b"-- nothing\n") == ": there is no CREATE TABLE `page`"
    assert "CREATE TABLE" in refusal(tmp_path, b"INSERT INTO `page` VALUES (1,'x');\n")


@pytest.mark.parametrize(
    "statement",
    [
        b"INSERT INTO `page` SELECT * FROM x;\n",
        b"INSERT INTO `page` VALUES ;\n",
        b"INSERT `page` SET id = 1;\n",
        b"DELETE FROM `page`;\n",
        b"(1,'x');\n",
        b"CREATE TABLE `page` (KEY (`id`));\n",
    ],
)
def test_rows_and_tables_in_a_form_that_dumps_do_not_have_are_input_errors(tmp_path, statement):
    text = create_table("page", DEFINITIONS) + statement
    assert refusal(tmp_path, text).startswith(": not understood: ")


def test_a_file_of_other_bytes_is_an_input_error(tmp_path):
    refusal(tmp_path, bytes(range(256)) * 100)
    refusal(tmp_path, b"<html>Not found</html>")
    refusal(tmp_path, b"\0" * 100)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("ending", [".sql.gz", ".sql.bz2", ".sql"])
def test_a_text_cut_off_anywhere_is_an_input_error_or_had_all_its_rows(tmp_path, style, ending):
    text = dump_text("page", DEFINITIONS, [(1, "O\\ne's"), (2, "T),(wo"), (3, None)], style)
    path = tmp_path / f"dump{ending}"
    expected = read(store(path, text))
    assert len(expected) == 3
    last_row = text.rindex(b");") + 2
    refused = 0
    for size in range(len(text)):
        try:
            assert read(store(path, text[:size])) == expected
            assert size >= last_row
        except InputError:
            refused += 1
    assert refused >= last_row


def test_a_cut_within_an_insert_is_told_with_the_row_before_it(tmp_path):
    text = dump_text("page", DEFINITIONS, ROWS)
    message = refusal(tmp_path, text[: text.index(b"'Three'")])
    assert message == ", after row 2: cut off within an INSERT; fetch the file again"


def test_a_cut_behind_a_statement_is_told_by_what_never_comes(tmp_path):
    for style, missing in (
        (Style(), "ENABLE KEYS"),
        (Style(keys=False, locks=True), "UNLOCK TABLES"),
        (Style(keys=False), "-- Dump completed"),
    ):
        text = dump_text("page", DEFINITIONS, ROWS, style)
        message = refusal(tmp_path, text[: text.rindex(b");") + 2])
        assert message == f": cut off: '{missing}' never comes; fetch the file again"


STRICT = SqlTable(
    "page",
    (
        SqlColumn("id", pa.int64(), never_null=True, minimum=1),
        SqlColumn("title", pa.string(), never_null=True),
    ),
    keep=lambda rows: pc.equal(rows["title"], b"Two"),
)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ((None, "Two"), "id: it is NULL, where every row has a value"),
        ((2, None), "title: it is NULL, where every row has a value"),
        ((0, "Two"), "id: 0 is below 1, the least there can be"),
        ((-(2**63), "Two"), f"id: {-(2**63)} is below 1, the least there can be"),
        # In a row that is not kept, too.
        ((-5, "Three"), "id: -5 is below 1, the least there can be"),
    ],
)
def test_a_value_that_no_row_can_have_is_an_input_error_with_row_and_column(tmp_path, row, problem):
    assert refused_rows(tmp_path, [(1, "Two"), row, row], table=STRICT) == f", row 2: {problem}"
