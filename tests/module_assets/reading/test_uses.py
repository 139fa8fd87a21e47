"""Where modules are used: every schema of the link tables gives the same rows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import InputError
from resources.sources.reading import Counts
from tests.module_assets.reading.read import read, sql
from tests.resources.sources.sql_writer import Value

Row = tuple[Value, ...]
TARGETS: list[Row] = [
    (11, 10, "A_template"),
    (12, 828, "One"),
    (13, 828, "one"),
    (19, 828, "With blank/e\u0301"),
    (14, 0, "One"),
    (2_000_000, 828, "Last"),
]
OLD = ["tl_from", "tl_namespace", "tl_title", "tl_from_namespace"]
NEW = ["tl_from", "tl_from_namespace", "tl_target_id"]
MIXED = [*OLD, "tl_target_id"]


def uses(
    folder: Path, columns: list[str], rows: list[Row], targets: list[Row] = TARGETS
) -> tuple[list[tuple[int, int, str]], Counts]:
    files = {
        "linktarget": sql(folder, "linktarget", ["lt_id", "lt_namespace", "lt_title"], targets),
        "templatelinks": sql(folder, "templatelinks", columns, rows),
    }
    found, counts = read("module_transclusions", files, folder)
    assert {row["wiki_db"] for row in found} <= {"bgwiki"}
    return [(row["from_page"], row["from_namespace"], row["title"]) for row in found], counts


def test_ids_are_resolved_and_uses_of_others_than_modules_are_passed_over(tmp_path: Path) -> None:
    rows: list[Row] = [(1, 0, 12), (2, 10, 13), (3, 0, 11), (4, 0, 14), (5, 0, 2_000_000)]
    found, counts = uses(tmp_path, NEW, rows)
    assert found == [(1, 0, "One"), (2, 10, "one"), (5, 0, "Last")]
    assert counts == {
        "link targets": 6,
        "link targets in the namespace": 4,
        "rows in the dump": 5,
        "rows kept": 3,
        "rows of no link target": 0,
        "values that are not UTF-8": 0,
    }


def test_ids_of_no_link_target_are_dropped_and_counted(tmp_path: Path) -> None:
    rows: list[Row] = [(1, 0, 12), (2, 0, 15), (3, 0, 3_000_000_000_000), (4, 0, 0), (5, 0, None)]
    found, counts = uses(tmp_path, NEW, rows)
    assert found == [(1, 0, "One")]
    assert counts["rows of no link target"] == 4


def test_titles_are_taken_where_there_are_no_ids(tmp_path: Path) -> None:
    rows: list[Row] = [(1, 828, "one", 0), (2, 10, "One", 0), (3, 828, "No_target", 14)]
    found, counts = uses(tmp_path, OLD, rows)
    assert found == [(1, 0, "one"), (3, 14, "No_target")]
    assert counts["rows of no link target"] == 0


def test_where_both_are_there_the_id_wins(tmp_path: Path) -> None:
    rows: list[Row] = [
        (1, 828, "Other", 0, 12),
        (2, 10, "Other", 0, 12),
        (3, 828, "Other", 0, 11),
        (4, 828, "Other", 0, 15),
        (5, 828, "Other", 0, None),
        (6, 10, "Other", 0, None),
    ]
    found, counts = uses(tmp_path, MIXED, rows)
    assert found == [(1, 0, "One"), (2, 0, "One"), (5, 0, "Other")]
    assert counts["rows of no link target"] == 1


def test_titles_have_the_form_of_titles_and_the_first_letter_that_they_had(tmp_path: Path) -> None:
    rows: list[Row] = [(1, 828, "With blank/e\u0301", 0, None), (2, 828, "x", 0, 19)]
    found, _ = uses(tmp_path, MIXED, rows)
    assert {title for *_, title in found} == {"With_blank/é"}


def test_a_wiki_without_modules_has_no_use_of_them(tmp_path: Path) -> None:
    for targets in (TARGETS[:1], []):
        assert uses(tmp_path, NEW, [(1, 0, 11)], targets)[0] == []


def test_an_id_that_no_wiki_gave_out_is_an_error(tmp_path: Path) -> None:
    targets: list[Row] = [*TARGETS, (2**62, 828, "X")]
    with pytest.raises(InputError, match=rf"linktarget.sql.gz: lt_id: {2**62} is no id of a wiki"):
        uses(tmp_path, NEW, [], targets)


def test_link_tables_without_any_column_that_tells_the_title_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column tl_target_id, nor tl_title with tl_namespace"):
        uses(tmp_path, ["tl_from", "tl_from_namespace", "tl_title"], [(1, 0, "A")])


links = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from([0, 10, 828]),
        st.sampled_from(["One", "A"]),
        st.sampled_from([0, 10]),
        st.sampled_from([None, 11, 12, 13, 15, 19]),
    ),
    max_size=20,
)


@given(links)
def test_any_rows_are_read_as_one_reads_them_by_hand(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row]
) -> None:
    found, counts = uses(tmp_path_factory.mktemp("uses"), MIXED, rows)
    titles = {number: title for number, namespace, title in TARGETS if namespace == 828}
    known = {number for number, *_ in TARGETS}
    expected = []
    for page, namespace, title, from_namespace, target in rows:
        if target in titles:
            expected.append((page, from_namespace, titles[target]))
        elif target is None and namespace == 828:
            expected.append((page, from_namespace, title))
    assert [
        (page, space, t.replace("é", "e\u0301").replace("_", " ")) for page, space, t in found
    ] == expected
    lost = [target for *_, target in rows if target is not None and target not in known]
    assert counts["rows of no link target"] == len(lost)
