"""Why files belong to items, and the weighted tags of Commons search: SPEC.md section 3."""

import ibis
from ibis import Table

from graph.rows import looked_up
from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.rules import Rules
from resources.sources.dumps import COMMONS
from resources.sources.names import NS_FILE

TAGS = {
    "p18": "image.linked.from.wikidata.p18",
    "p373": "image.linked.from.wikidata.p373",
    "lead_image": "image.linked.from.wikipedia.lead_image",
}
"""The tag of each signal that gives one; Commons search reads depicts directly."""
COLUMNS = DATASETS["signals"].column_names
NOT_ON_COMMONS = "not_on_commons"


@dataset_asset(describe=pictures.signals, code_version="3")
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
    """Left out, and kept with what left it out: files that are `not_on_commons`, a
    `category_too_large`, a `category_of_many_items`, and, for each signal, a `file_of_many_items`,
    one that is still tied to too many.
    """
    claims = _categories(item_claims, commons_category_sizes, rules)
    found = ibis.union(
        _p18(item_claims, file_redirects, commons_files, rules),
        _p373(claims, commons_category_files, rules),
        _lead_image(
            lead_images, local_files, page_items, pages, incoming_links, commons_files, rules
        ),
        _depicts(depicts),
        distinct=False,
    )
    items = found.group_by("signal", "page_id").agg(count=found.count())
    too_many = items.filter(items["count"] > rules.file_items_most)
    rows = looked_up(found, too_many, ["signal", "page_id"])
    files = commons_files.select("page_id", "file_name")
    # Other signals begin at a name; of what a file depicts it may be gone.
    rows = looked_up(rows, files, ["page_id"])
    gone = rows.file_name.isnull()
    rows = rows.mutate(
        left_out=ibis.cases(
            (gone, NOT_ON_COMMONS), (rows["count"].notnull(), "file_of_many_items")
        ),
        value=ibis.ifelse(gone, "M" + rows.page_id.cast("string"), ibis.null("string")),
        count=ibis.ifelse(gone, ibis.null("int64"), rows["count"]),
        limit=ibis.ifelse(
            ~gone & rows["count"].notnull(), rules.file_items_most, ibis.null("int64")
        ),
        page_id=ibis.ifelse(gone, ibis.null("int64"), rows.page_id),
    )
    return ibis.union(
        *(
            each.select(*COLUMNS)
            for each in (
                rows,
                _left_out_categories(claims, rules),
                _p18_elsewhere(item_claims, file_redirects, commons_files),
                _lead_images_elsewhere(lead_images, local_files, page_items, commons_files),
            )
        ),
        distinct=False,
    )


def kept(signals: Table) -> Table:
    """Give the signals that nothing left out."""
    return signals.filter(signals.left_out.isnull())


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


def _left_out(rows: Table, signal: str, why: str, **more: ibis.Value) -> Table:
    """Give signals without a file, of rows with item_id and value; ``more`` is what is known."""
    unknown = {
        "page_id": ibis.null("int64"),
        "file_name": ibis.null("string"),
        "score": ibis.null("int64"),
        "found_on": ibis.null("array<string>"),
        "count": ibis.null("int64"),
        "limit": ibis.null("int64"),
    }
    return rows.select(
        "item_id",
        "value",
        signal=ibis.literal(signal),
        left_out=ibis.literal(why),
        **{**unknown, **more},
    )


def _p18_claims(item_claims: Table, file_redirects: Table) -> Table:
    claims = item_claims.filter(item_claims.property == "P18").rename(file_name="value")
    claims = looked_up(claims, file_redirects, ["file_name"])
    # Wikidata has no files of its own, so that none is hidden there.
    return claims.mutate(file_name=ibis.coalesce(claims.target, claims.file_name))


def _p18(item_claims: Table, file_redirects: Table, commons_files: Table, rules: Rules) -> Table:
    rows = _p18_claims(item_claims, file_redirects).inner_join(commons_files, "file_name")
    # Two names of one file on one item are one signal.
    return _signal(
        rows.select("page_id", "item_id").distinct(), "p18", ibis.literal(rules.score_most)
    )


def _p18_elsewhere(item_claims: Table, file_redirects: Table, commons_files: Table) -> Table:
    claims = _p18_claims(item_claims, file_redirects).anti_join(commons_files, "file_name")
    return _left_out(claims.select("item_id", value="file_name").distinct(), "p18", NOT_ON_COMMONS)


def _categories(item_claims: Table, category_sizes: Table, rules: Rules) -> Table:
    """Give the P373 claims: item_id, category, its files and items, whether these are too many."""
    claims = item_claims.filter(item_claims.property == "P373").select("item_id", category="value")
    shared = claims.group_by("category").agg(items=claims.item_id.nunique())
    rows = claims.inner_join(shared, "category").left_join(category_sizes, "category")
    return rows.select(
        "item_id",
        "category",
        "files",
        "items",
        of_many_items=rows["items"] > rules.category_items_most,
        too_large=ibis.coalesce(rows.files >= rules.category_files_below, False),
    )


def _p373(claims: Table, category_files: Table, rules: Rules) -> Table:
    claims = claims.filter(~claims.of_many_items, ~claims.too_large, claims.files.notnull())
    rows = claims.select("item_id", "category", "files").inner_join(category_files, "category")
    # MediaWiki's count can be 0 or less for a category that has files.
    score = rules.score_most / (ibis.greatest(rows.files, 1) + 1).cast("float64").log2()
    rows = rows.mutate(score=(score + 0.5).floor())
    best = rows.group_by("page_id", "item_id").agg(score=rows.score.max())
    return _signal(best, "p373", best.score)


def _left_out_categories(claims: Table, rules: Rules) -> Table:
    def left(which: str, why: str, count: str, limit: int) -> Table:
        rows = claims.filter(claims[which]).rename(value="category")
        return _left_out(rows, "p373", why, count=rows[count], limit=ibis.literal(limit, "int64"))

    large = left("too_large", "category_too_large", "files", rules.category_files_below)
    shared = left("of_many_items", "category_of_many_items", "items", rules.category_items_most)
    return ibis.union(large.select(*COLUMNS), shared.select(*COLUMNS), distinct=False)


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


def _lead_images_elsewhere(
    lead_images: Table, local_files: Table, page_items: Table, commons_files: Table
) -> Table:
    """Give the lead images that are files of their wiki, or of nobody any more."""
    local = ["wiki_db", "file_name"]
    gone = lead_images.anti_join(local_files, local).anti_join(commons_files, "file_name")
    rows = lead_images.semi_join(local_files, local).union(gone, distinct=False)
    rows = rows.inner_join(page_items, ["wiki_db", "page_id"])
    rows = rows.select("item_id", "wiki_db", value="file_name").distinct()
    names = rows.group_by("item_id", "value").agg(found_on=rows.wiki_db.collect())
    return _left_out(names, "lead_image", NOT_ON_COMMONS, found_on=names.found_on.sort())


def _depicts(depicts: Table) -> Table:
    return _signal(depicts.select("page_id", "item_id").distinct(), "depicts", ibis.null("int64"))


@dataset_asset(describe=pictures.tags)
def commons_weighted_tags(signals: Table) -> Table:
    """One row a file and tag. A score that rounds to 0 gives no value."""
    signals = kept(signals)
    rows = signals.filter(signals.signal.isin(list(TAGS)), signals.score > 0)
    rows = rows.select("page_id", "signal", value=rows.item_id + "|" + rows.score.cast("string"))
    tags = rows.group_by("page_id", "signal").agg(values=rows.value.collect())
    return tags.mutate(
        wikiid=ibis.literal(COMMONS),
        page_namespace=ibis.literal(NS_FILE),
        tag=tags.signal.cases(*TAGS.items()),
        values=tags["values"].sort(),
    )
