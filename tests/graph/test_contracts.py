"""Each kind of rule of a contract, kept and broken, on both engines."""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from graph.contracts import SAMPLE_ROWS, Finding, check_contract, contract_result
from graph.schema import Column, Dataset, Reference
from imagesuggest_assets.catalog.datasets import DATASETS
from resources.engine import Engine
from tests.asset_checks.declared import Row, as_table, write
from tests.asset_checks.partitions import shown
from tests.tables import NOW

THINGS = Dataset(
    name="things",
    group="tests",
    meaning="One column for each kind of rule.",
    columns=(
        Column("wiki", "string", "half of the key", pattern="[a-z]+wiki|commons"),
        Column("id", "int64", "the other half", minimum=1),
        Column("score", "int64", "between two bounds", minimum=0, maximum=1000),
        Column("width", "int64", "bounds, or NULL", nullable=True, minimum=10, maximum=20),
        Column("kind", "string", "one of a list, or NULL", nullable=True, values=("a", "b c")),
        Column("note", "string", "a pattern, or NULL", nullable=True, pattern="x?y"),
        Column("tags", "array<string>", "an array"),
        Column("seen_on", "array<string>", "an array, or NULL", nullable=True),
        Column("flag", "boolean", "a truth value"),
        Column("seen", "timestamp('UTC')", "a time"),
    ),
    key=("wiki", "id"),
)
GOOD: dict[str, Any] = {
    "wiki": "awiki",
    "id": 1,
    "score": 500,
    "width": 15,
    "kind": "b c",
    "note": "xy",
    "tags": ["t", "t"],
    "seen_on": ["awiki"],
    "flag": True,
    "seen": NOW,
}
NO_NULL_IN_ARRAYS = "{} has elements, none of them NULL"


def rows_with(changes: Iterable[Mapping[str, Any]]) -> list[Row]:
    """One row a change; the id is the place in the list, from 1, where it is not changed."""
    return [
        tuple({**GOOD, "id": number, **change}.values()) for number, change in enumerate(changes, 1)
    ]


@pytest.fixture
def findings(engine: Engine, tmp_path: Path) -> Any:
    """Checks things on each engine in turn; gives what is broken, by rule."""

    def check(changes: Iterable[Mapping[str, Any]]) -> dict[str, Finding]:
        rows = rows_with(changes)
        files = write(tmp_path, as_table(THINGS, rows))
        seen, found = check_contract(THINGS, engine, files, {})
        assert seen == len(rows)
        return {finding.rule: finding for finding in found if finding.broken}

    return check


def counts(found: Mapping[str, Finding]) -> dict[str, int]:
    return {rule: finding.broken for rule, finding in found.items()}


def test_values_at_the_bounds_and_null_where_it_may_be_break_nothing(findings: Any) -> None:
    found = findings(
        [
            {},
            *({"score": score} for score in (0, 1000)),
            *({"width": width} for width in (10, 20, None)),
            *({"kind": kind} for kind in ("a", None)),
            *({"note": note} for note in ("y", None)),
            {"seen_on": None},
            {"tags": [""]},
            {"wiki": "commons"},
            {"wiki": "bwiki", "id": 1},
            {"flag": False},
            {"seen": dt.datetime(1, 1, 1, tzinfo=dt.UTC)},
        ]
    )
    assert counts(found) == {}


def test_null_is_found_where_it_may_not_be_and_breaks_no_other_rule(findings: Any) -> None:
    never = [column.name for column in THINGS.columns if not column.nullable]
    found = findings([{}, *({name: None} for name in never), {"id": None, "wiki": None}])
    assert counts(found) == {
        f"{name} is not NULL": 2 if name in THINGS.key else 1 for name in never
    }


def test_null_in_a_key_is_found_even_where_the_column_may_be_null(
    engine: Engine, tmp_path: Path
) -> None:
    dataset = Dataset("d", "tests", "", (Column("id", "int64", "", nullable=True),), ("id",))
    table = pa.table({"id": pa.array([1, None, None], pa.int64())})
    _, found = check_contract(dataset, engine, write(tmp_path, table), {})
    broken = {finding.rule: finding for finding in found if finding.broken}
    assert counts(broken) == {"id is not NULL": 2, "the key (id) occurs once": 1}
    assert broken["the key (id) occurs once"].sample == [{"id": None, "rows": 2}]


def test_null_in_a_key_that_may_have_it_is_a_value_like_others(
    engine: Engine, tmp_path: Path
) -> None:
    dataset = DATASETS["feedback"]
    first, last = (each.replace(tzinfo=dt.UTC) for each in (dt.datetime.min, dt.datetime.max))
    rows: list[Row] = [
        ("chwiki", 1, "A.jpg", "rejected", "article", when) for when in (None, first, last)
    ]
    rows.append(("chwiki", 1, "", "undecided", "page", None))
    files = write(tmp_path, as_table(dataset, rows))
    _, found = check_contract(dataset, engine, files, {})
    assert not any(finding.broken for finding in found)
    files = write(tmp_path, as_table(dataset, [*rows, rows[0]]))
    _, found = check_contract(dataset, engine, files, {})
    broken = [finding.rule for finding in found if finding.broken]
    assert broken == [f"the key ({', '.join(dataset.key)}) occurs once"]


def test_values_beyond_the_bounds_or_not_in_the_list_are_found(findings: Any) -> None:
    found = findings(
        [
            {},
            *({"score": score} for score in (-1, 1001, -(2**63), 2**63 - 1)),
            *({"width": width} for width in (9, 21)),
            *({"kind": kind} for kind in ("c", "A", "a ", "", "b", "a, b c")),
            {"id": 0},
        ]
    )
    assert counts(found) == {
        "score is at least 0": 2,
        "score is at most 1000": 2,
        "width is at least 10": 1,
        "width is at most 20": 1,
        "kind is one of a, b c": 6,
        "id is at least 1": 1,
    }
    (row,) = found["width is at most 20"].sample
    assert (row["wiki"], row["id"], row["width"]) == ("awiki", 7, 21)
    assert list(row) == list(GOOD)


def test_a_pattern_is_matched_by_the_whole_text_or_not_at_all(findings: Any) -> None:
    wrong = [
        "",
        "xyz",
        "zxy",
        "x",
        "XY",
        "xy\n",
        "\nxy",
        "xy\r\n",
        "xy\r",
        "xy\u2028",
        "xy\0",
        "x\ny",
    ]
    alternatives = ["awikis", "xcommons", "commons ", "wiki", "awiki\ncommons"]
    found = findings(
        [{}, *({"note": note} for note in wrong), *({"wiki": wiki} for wiki in alternatives)]
    )
    assert counts(found) == {
        "note matches x?y": len(wrong),
        "wiki matches [a-z]+wiki|commons": len(alternatives),
    }


def test_an_array_that_is_empty_or_has_null_in_it_is_found(findings: Any) -> None:
    wrong: list[list[str | None]] = [[], [None], ["a", None], [None, "a"], [None, None]]
    found = findings(
        [{}, *({"tags": tags} for tags in wrong), *({"seen_on": seen} for seen in wrong[:3])]
    )
    assert counts(found) == {
        NO_NULL_IN_ARRAYS.format("tags"): 5,
        NO_NULL_IN_ARRAYS.format("seen_on"): 3,
    }


def test_keys_that_occur_more_than_once_are_counted_and_shown(findings: Any) -> None:
    found = findings([{"id": 7}, {"id": 7}, {"id": 7}, {"id": 8}, {"id": 7, "wiki": "bwiki"}])
    assert counts(found) == {"the key (wiki, id) occurs once": 1}
    assert found["the key (wiki, id) occurs once"].sample == [{"wiki": "awiki", "id": 7, "rows": 3}]


def test_keys_that_have_one_number_by_chance_are_told_apart(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(duckdb_engine), "hashed", lambda _, value: value.isnull().cast(int))
    files = write(tmp_path, as_table(THINGS, rows_with([{}, {}, {}])))
    _, found = check_contract(THINGS, duckdb_engine, files, {})
    assert not any(finding.broken for finding in found)


def test_a_few_of_many_offending_rows_are_shown(findings: Any) -> None:
    found = findings([{"score": 2000 + number} for number in range(SAMPLE_ROWS + 3)])
    (finding,) = found.values()
    assert finding.broken == SAMPLE_ROWS + 3
    scores = [row["score"] for row in finding.sample]
    assert len(scores) == SAMPLE_ROWS
    assert all(score > 1000 for score in scores)


def test_references_are_followed_over_one_column_and_over_several(
    engine: Engine, tmp_path: Path
) -> None:
    dataset = Dataset(
        "links",
        "tests",
        "",
        (Column("wiki", "string", ""), Column("page", "int64", ""), Column("file", "string", "")),
        (),
        references=(
            Reference(("wiki", "page"), "pages", ("wiki_db", "page_id")),
            Reference(("file",), "files", ("name",)),
        ),
    )
    rows = [("a", 1, "x"), ("b", 2, "x"), ("a", 2, "x"), ("b", 1, "y"), ("b", 2, "X")]
    others = {
        # The same page twice leads somewhere just as well.
        "pages": pa.table({"wiki_db": ["a", "b", "b", "c"], "page_id": [1, 2, 2, 1]}),
        "files": pa.table({"name": ["x", None]}),
    }
    _, found = check_contract(
        dataset,
        engine,
        write(tmp_path, as_table(dataset, rows)),
        {name: write(tmp_path, other) for name, other in others.items()},
    )
    broken = {finding.rule: finding for finding in found if finding.broken}
    assert counts(broken) == {
        "(wiki, page) is found in pages": 2,
        "(file) is found in files": 2,
    }
    lost = [(row["wiki"], row["page"]) for row in broken["(wiki, page) is found in pages"].sample]
    assert sorted(lost) == [("a", 2), ("b", 1)]


def test_null_leads_nowhere(engine: Engine, tmp_path: Path) -> None:
    reference = Reference(("file",), "files", ("name",))
    columns = (Column("file", "string", "", nullable=True),)
    dataset = Dataset("links", "tests", "", columns, (), references=(reference,))
    table = pa.table({"file": pa.array(["x", None])})
    files = write(tmp_path, table)
    _, found = check_contract(
        dataset, engine, files, {"files": write(tmp_path, pa.table({"name": ["x", None]}))}
    )
    assert found[-1] == Finding("(file) is found in files", 1, [{"file": None}])


@pytest.mark.parametrize(
    ("column", "stored", "told"),
    [
        ("id", pa.int32(), "int32"),
        ("id", pa.uint64(), "uint64"),
        ("score", pa.string(), "string"),
        ("kind", pa.binary(), "binary"),
        ("flag", pa.int8(), "int8"),
        ("tags", pa.string(), "string"),
        ("tags", pa.list_(pa.int64()), "array<int64>"),
        ("seen", pa.timestamp("us"), "timestamp(6)"),
        ("seen", pa.date32(), "date"),
        ("seen", pa.int64(), "int64"),
    ],
)
def test_a_column_of_another_type_is_found(
    duckdb_engine: Engine, tmp_path: Path, column: str, stored: pa.DataType, told: str
) -> None:
    table = as_table(THINGS)
    place = table.schema.get_field_index(column)
    table = table.set_column(place, column, pa.array([], stored))
    _, found = check_contract(THINGS, duckdb_engine, write(tmp_path, table), {})
    (finding,) = (each for each in found if each.broken)
    assert finding.rule.startswith(f"{column} is there, of type ")
    assert finding.sample[0]["found"] == told


def test_columns_are_compared_in_every_file(duckdb_engine: Engine, tmp_path: Path) -> None:
    good = as_table(THINGS, rows_with([{}, {}]))
    files = write(tmp_path, good)
    files += write(tmp_path, good.rename_columns({"score": "points"}))
    files += write(tmp_path, good.drop_columns("score"))
    rows, found = check_contract(THINGS, duckdb_engine, files, {})
    assert rows == 6
    assert [finding for finding in found if finding.broken] == [
        Finding(
            "score is there, of type int64",
            2,
            [{"file": file.name, "found": "no such column"} for file in files[1:]],
        ),
        Finding("no other column is there", 1, [{"file": files[1].name, "column": "points"}]),
    ]


def test_the_order_of_columns_and_files_of_either_engine_are_as_declared(
    engine: Engine, tmp_path: Path
) -> None:
    table = as_table(THINGS, rows_with([{}, {"id": 2}]))
    turned = engine.read(write(tmp_path, table.select(table.column_names[::-1])))
    written = tmp_path / "written"
    # An array made in the engine: Spark notes that it can not hold NULL.
    engine.write(turned.mutate(tags=turned.wiki.split(",")), written)
    rows, found = check_contract(THINGS, engine, sorted(written.glob("*.parquet")), {})
    assert rows == 2
    assert not [finding for finding in found if finding.broken]


def test_no_row_breaks_no_rule_on_rows(engine: Engine, tmp_path: Path) -> None:
    rows, found = check_contract(THINGS, engine, write(tmp_path, as_table(THINGS)), {})
    assert rows == 0
    assert not [finding for finding in found if finding.broken]
    assert (
        contract_result(rows, found).description
        == f"all {len(found)} rules kept, rows looked at: 0"
    )


def test_a_result_names_each_broken_rule_how_often_it_is_broken_and_by_what() -> None:
    sample = [{"id": 1, "tags": ["a", None], "seen": NOW, "note": None, "flag": True}]
    found = [
        Finding("id is at least 2", 1_234, sample),
        Finding("kept", 0),
        Finding("has rows where pages has some", 1),
    ]
    result = contract_result(5_000, found)
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.ERROR
    assert result.description == (
        "id is at least 2: broken 1,234 times, first by {'id': 1, 'tags': ['a', None], "
        "'seen': '2026-11-02 00:00:00+00:00', 'note': None, 'flag': True}; "
        "has rows where pages has some: broken 1 time"
    )
    assert result.metadata["rows looked at"].value == 5_000
    assert shown(result, "rules") == [
        {"rule": "id is at least 2", "broken by": 1_234},
        {"rule": "kept", "broken by": 0},
        {"rule": "has rows where pages has some", "broken by": 1},
    ]
    assert result.metadata["offending rows"].value == {
        "id is at least 2": [{**sample[0], "seen": "2026-11-02 00:00:00+00:00"}],
        "has rows where pages has some": [],
    }


def test_a_result_without_broken_rules_passes_and_says_what_it_looked_at() -> None:
    result = contract_result(1_500, [Finding("kept", 0), Finding("kept too", 0)])
    assert result.passed
    assert result.description == "all 2 rules kept, rows looked at: 1,500"
    assert result.metadata["rows looked at"].value == 1_500
    assert "offending rows" not in result.metadata
