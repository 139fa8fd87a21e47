"""What the tables of a metastore have is the same on both engines."""

from imagesuggest_assets.publication.metastore.rows import of_wikis, readers_rows
from resources.stores.store import snapshot_id
from tests.imagesuggest_assets.publication.metastore.publishing import suggestions_of
from tests.tables import Tables

KEY = "2026-11-02"


def test_each_table_has_the_declared_rows_of_the_wikis_that_go_out(tables: Tables) -> None:
    suggestions = tables.make(
        "filtered_suggestions", [*suggestions_of("arwiki"), *suggestions_of("ptwiki", 2)]
    )
    claims = tables.make("item_claims", [("Q1", "P31", "Q6"), ("Q1", "P31", "Q5")])
    found = readers_rows(suggestions, claims, KEY, tables.engine.hashed)
    rows = {
        name: [
            tuple(row.values())
            for row in tables.engine.rows(of_wikis(table, ["ptwiki"]).order_by(table.columns))
        ]
        for name, table in found.items()
    }
    kinds = ["istype-depicts", "istype-wikidata-image"]
    of_snapshot = str(snapshot_id(KEY))
    assert rows == {
        "suggestions": [
            (*("ptwiki", 2, of_snapshot, image, "commonswiki", sure, found_on, kind), 7, *rest)
            for image, sure, found_on, kind in (
                ("A.jpg", 90.0, ["arwiki"], kinds),
                ("B.jpg", 70.0, None, kinds[:1]),
            )
            for rest in [(None, None, "Q1")]
        ],
        "title_cache": [("ptwiki", "Page_2", 2, 7)],
        "instanceof_cache": [("ptwiki", 2, 7, ["Q5", "Q6"])],
    }
    assert tables.engine.rows(of_wikis(found["title_cache"], [])) == []
