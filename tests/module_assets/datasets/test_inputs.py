"""What is known of modules, where a reader would doubt it."""

from typing import Any

import pyarrow as pa
import pytest

from module_assets.datasets import inputs
from tests.module_assets.datasets.reference import Rows
from tests.module_assets.datasets.world import DAY, SCHEMAS
from tests.tables import Tables

MODULE = {"wiki_db": "awiki", "page_id": 1, "title": "A", "revision_id": 7}
WORDS = ("Δοκιμής", "Spielwiese", "bac_à_sable", "песочница", "İzmir")
DRAFTS = [
    *("A/Spielwiese", "SPIELWIESE", "A/spielWiese/b", "Bac_à_Sable", "BAC_À_SABLE/x"),
    *("A/ПЕСОЧНИЦА", "A/ΔΟΚΙΜΉΣ", "A/δοκιμής/b", "A/İzmir", "A/i̇ZMIR"),
    *("User:A", "USER:A/b", "user:"),
]
OTHERS = [
    *("Spielwiesen", "A_Spielwiese", "A/Spielwiese_/b", "A//b", "Bac à sables", "A/izmir"),
    *("A/User:b", "Users:A", "User_A", "_User:A", "Test"),
]


def given(tables: Tables, **rows: Rows) -> dict[str, Any]:
    """Tables of what is read of the dumps."""
    return {name: tables.of(pa.Table.from_pylist(rows[name], SCHEMAS[name])) for name in rows}


def test_drafts_are_told_by_their_titles_in_every_script(tables: Tables) -> None:
    titles = [*DRAFTS, *OTHERS]
    exported = [{**MODULE, "page_id": place, "title": title} for place, title in enumerate(titles)]
    made = given(tables, exported_modules=exported, module_items=[])
    found = tables.engine.rows(inputs.modules(**made, draft_words=WORDS))
    assert {row["title"] for row in found if row["is_draft"]} == {*DRAFTS}
    assert len(found) == len(titles)


def test_without_draft_words_only_what_belongs_to_users_is_a_draft(small: Tables) -> None:
    exported = [{**MODULE, "title": "A/sandbox"}, {**MODULE, "page_id": 2, "title": "User:A/b"}]
    made = given(small, exported_modules=exported, module_items=[])
    found = small.engine.rows(inputs.modules(**made, draft_words=()))
    assert {row["page_id"]: row["is_draft"] for row in found} == {1: False, 2: True}


@pytest.mark.parametrize(
    ("sources", "nothing"),
    [([], None), (["langlinks", "page_restrictions", "history", "pageviews"], 0)],
)
def test_what_was_not_there_is_null_and_what_was_not_found_is_0(
    small: Tables, sources: list[str], nothing: int | None
) -> None:
    known = [{"wiki_db": "awiki", "source": source} for source in sources]
    names = ("module_transclusions", "article_views", "module_languages", "module_restrictions")
    made = given(small, known_sources=known, module_edits=[], **{name: [] for name in names})
    modules = small.of(pa.Table.from_pylist([MODULE]))

    def row_of(function: Any, *wanted: str, **more: Any) -> dict[str, Any]:
        [row] = small.engine.rows(function(modules, *(made[name] for name in wanted), **more))
        return {name: value for name, value in row.items() if name not in MODULE}

    assert row_of(inputs.module_use, *names[:2], "known_sources") == {
        "transclusions": 0,
        "articles": 0,
        "readers": nothing,
    }
    assert row_of(inputs.module_links, *names[2:], "known_sources", day=DAY) == {
        "languages": nothing,
        "edit_level": None,
        "move_level": None,
    }
    counts = ("edits", "minor_edits", "anonymous_edits", "recent_edits", "editors")
    assert row_of(inputs.module_history, "module_edits", "known_sources", day=DAY) == {
        **dict.fromkeys(counts, nothing),
        "first_edit": None,
        "last_edit": None,
    }


def test_of_two_modules_of_one_title_the_one_that_was_edited_last_has_its_uses(
    small: Tables,
) -> None:
    """One was moved, or made again, while the export was written."""
    twins = [{**MODULE, "page_id": page, "revision_id": 9 - page} for page in (1, 2)]
    uses = [{"wiki_db": "awiki", "title": "A", "from_page": 7, "from_namespace": 0}]
    made = given(small, module_transclusions=uses, article_views=[], known_sources=[])
    found = small.engine.rows(inputs.module_use(small.of(pa.Table.from_pylist(twins)), **made))
    assert {row["page_id"]: row["transclusions"] for row in found} == {1: 1, 2: 0}


def test_a_page_that_uses_a_module_twice_is_one_page_and_its_views_add_up(small: Tables) -> None:
    use = {"wiki_db": "awiki", "title": "A"}
    # The namespace of a page that was moved may be there twice, too.
    uses = [(7, 0), (7, 0), (7, 10), (8, 10), (9, 0)]
    made = given(
        small,
        module_transclusions=[
            {**use, "from_page": page, "from_namespace": namespace} for page, namespace in uses
        ],
        article_views=[
            {"wiki_db": "awiki", "page_id": page, "views": views}
            for page, views in [(7, 5), (7, 6), (8, 1000)]
        ],
        known_sources=[{"wiki_db": "awiki", "source": "pageviews"}],
    )
    modules = small.of(pa.Table.from_pylist([MODULE, {**MODULE, "wiki_db": "bwiki"}]))
    found = small.engine.rows(inputs.module_use(modules, **made))
    columns = ("wiki_db", "transclusions", "articles", "readers")
    assert sorted(tuple(row[name] for name in columns) for row in found) == [
        ("awiki", 3, 2, 11),
        ("bwiki", 0, 0, None),
    ]
