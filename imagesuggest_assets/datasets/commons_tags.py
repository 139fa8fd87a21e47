"""Why files belong to items, and the weighted tags of Commons search: SPEC.md section 3."""

import ibis
from ibis import Table

from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.rules import Rules
from resources.sources.dumps import COMMONS
from resources.sources.names import NS_FILE

TAGS = {
    "p18": "image.linked.from.wikidata.p18",
    "p373": "image.linked.from.wikidata.p373",
    "lead_image": "image.linked.from.wikipedia.lead_image",
}
"""The tag of each signal that gives one; Commons search reads depicts directly."""


@dataset_asset(describe=pictures.signals, code_version="2")
def signals(
    commons_files: Table,
    item_claims: Table,
    file_redirects: Table,
    commons_category_files: Table,
    commons_category_sizes: Table,
    lead_images: Table,
    local_files: Table,
    page_items: Table,
    pages: Table,
    incoming_links: Table,
    depicts: Table,
    rules: Rules,
) -> Table:
    """Left out: files that are not on Commons, categories that are too large, collections, and,
    for each signal, files that are still tied to too many items.
    """
    found = ibis.union(
        _p18(item_claims, file_redirects, commons_files, rules),
        _p373(item_claims, commons_category_files, commons_category_sizes, rules),
        _lead_image(
            lead_images, local_files, page_items, pages, incoming_links, commons_files, rules
        ),
        _depicts(depicts),
        distinct=False,
    )
    items = found.group_by("signal", "page_id").agg(items=found.count())
    too_many = items.filter(items.items > rules.file_items_most)
    left = found.anti_join(too_many, ["signal", "page_id"])
    return left.inner_join(commons_files.select("page_id", "file_name"), "page_id")


def _signal(
    rows: Table, signal: str, score: ibis.Value, found_on: ibis.Value | None = None
) -> Table:
    return rows.select(
        "page_id",
        "item_id",
        signal=ibis.literal(signal),
        score=score.cast("int64"),
        found_on=ibis.null("array<string>") if found_on is None else found_on,
    )


def _p18(item_claims: Table, file_redirects: Table, commons_files: Table, rules: Rules) -> Table:
    claims = item_claims.filter(item_claims.property == "P18").rename(file_name="value")
    claims = claims.left_join(file_redirects, "file_name").drop("file_name_right")
    # Wikidata has no files of its own, so that none is hidden there.
    claims = claims.mutate(file_name=ibis.coalesce(claims.target, claims.file_name))
    rows = claims.inner_join(commons_files, "file_name")
    # Two names of one file on one item are one signal.
    return _signal(
        rows.select("page_id", "item_id").distinct(), "p18", ibis.literal(rules.score_most)
    )


def _p373(item_claims: Table, category_files: Table, category_sizes: Table, rules: Rules) -> Table:
    claims = item_claims.filter(item_claims.property == "P373").rename(category="value")
    shared = claims.group_by("category").agg(items=claims.item_id.nunique())
    subjects = shared.filter(shared.items <= rules.category_items_most).select("category")
    sizes = category_sizes.filter(category_sizes.files < rules.category_files_below)
    claims = claims.semi_join(subjects, "category").inner_join(sizes, "category")
    rows = claims.select("item_id", "category", "files").inner_join(category_files, "category")
    # MediaWiki's count can be 0 or less for a category that has files.
    score = rules.score_most / (ibis.greatest(rows.files, 1) + 1).cast("float64").log2()
    rows = rows.mutate(score=(score + 0.5).floor())
    best = rows.group_by("page_id", "item_id").agg(score=rows.score.max())
    return _signal(best, "p373", best.score)


def _lead_image(
    lead_images: Table,
    local_files: Table,
    page_items: Table,
    pages: Table,
    incoming_links: Table,
    commons_files: Table,
    rules: Rules,
) -> Table:
    of_commons = lead_images.anti_join(local_files, ["wiki_db", "file_name"])
    rows = (
        of_commons.inner_join(page_items, ["wiki_db", "page_id"])
        .inner_join(pages.select("wiki_db", "page_id", "title"), ["wiki_db", "page_id"])
        .left_join(incoming_links, ["wiki_db", "title"])
        .select("wiki_db", "item_id", "file_name", "links")
    )
    files = commons_files.select("page_id", "file_name")
    rows = rows.inner_join(files, "file_name")
    on_wiki = rows.group_by("page_id", "item_id", "wiki_db").agg(
        links=rows.links.fill_null(0).sum()
    )
    total = on_wiki.group_by("page_id", "item_id").agg(
        links=on_wiki.links.sum(), found_on=on_wiki.wiki_db.collect()
    )
    # In whole numbers, so that no engine rounds another way: halves go up.
    score = (2 * rules.score_most * total.links + rules.lead_image_links) // (
        2 * rules.lead_image_links
    )
    score = ibis.ifelse(total.links >= rules.lead_image_links, rules.score_most, score)
    return _signal(total, "lead_image", score, total.found_on.sort())


def _depicts(depicts: Table) -> Table:
    return _signal(depicts.select("page_id", "item_id").distinct(), "depicts", ibis.null("int64"))


@dataset_asset(describe=pictures.tags)
def commons_weighted_tags(signals: Table) -> Table:
    """One row a file and tag. A score that rounds to 0 gives no value."""
    rows = signals.filter(signals.signal.isin(list(TAGS)), signals.score > 0)
    rows = rows.select("page_id", "signal", value=rows.item_id + "|" + rows.score.cast("string"))
    tags = rows.group_by("page_id", "signal").agg(values=rows.value.collect())
    return tags.mutate(
        wikiid=ibis.literal(COMMONS),
        page_namespace=ibis.literal(NS_FILE),
        tag=tags.signal.cases(*TAGS.items()),
        values=tags["values"].sort(),
    )
