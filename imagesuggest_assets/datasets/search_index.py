"""What the search index should hold: SPEC.md section 6. Nothing is sent from here."""

import ibis
from ibis import Table

from imagesuggest_assets.catalog.asset import dataset_asset
from resources.sources.names import NS_MAIN

FLAG = "recommendation.image"
FLAG_VALUE = "exists|1"


@dataset_asset()
def wiki_flags(filtered_suggestions: Table) -> Table:
    """One row for each article with at least one suggestion."""
    articles = filtered_suggestions.select("wiki_db", "page_id").distinct()
    return articles.select(
        wikiid=articles.wiki_db,
        page_id=articles.page_id,
        page_namespace=ibis.literal(NS_MAIN),
        tag=ibis.literal(FLAG),
        values=ibis.array([FLAG_VALUE]),
    )


@dataset_asset()
def search_index_full(commons_weighted_tags: Table, wiki_flags: Table) -> Table:
    """The tags of Commons and the flags of the wikis, one below the other."""
    return commons_weighted_tags.union(wiki_flags, distinct=False)
