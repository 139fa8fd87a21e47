"""Articles without a picture, and the files suggested for them: SPEC.md section 5."""

from collections.abc import Callable

import ibis
from ibis import Table
from ibis.expr.types import BooleanValue

from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.datasets.confidence import own_confidence
from imagesuggest_assets.datasets.inputs import articles_of
from imagesuggest_assets.rules import Rules, WikiRules
from resources.io_manager import Selection
from resources.stores.kinds import KINDS
from resources.stores.store import INT_MAX

BEYOND = "pages beyond the readers' columns"
"""In the counts of filtered_suggestions: see beyond_columns."""
ARTICLE_CONDITIONS = (
    "no_item",
    "local_image",
    "commons_image",
    "disambiguation",
    "excluded_class",
)
"""What takes an article out, in the order in which it is counted."""
PAIR_CONDITIONS = (
    "judged",
    "hidden",
    "kind_off",
    "low_confidence",
    "excluded_file",
    "excluded_category",
)
"""What takes a file out of an article's suggestions, likewise."""


def article_conditions(
    pages: Table,
    page_items: Table,
    image_links: Table,
    lead_images: Table,
    local_files: Table,
    commons_files: Table,
    overused_files: Table,
    disambiguations: Table,
    item_claims: Table,
    rules: Rules,
) -> Table:
    """Give every article of a target wiki, with a boolean column for each of ARTICLE_CONDITIONS."""
    article = ["wiki_db", "page_id"]
    # The tables of a dump are of different moments: a lead image may have no image link yet.
    links = image_links.union(lead_images, distinct=False)
    local = links.semi_join(local_files, ["wiki_db", "file_name"])
    # A file that exists nowhere is no image, nor is an icon; a local file hides Commons' own.
    commons = (
        links.anti_join(local_files, ["wiki_db", "file_name"])
        .semi_join(commons_files, "file_name")
        .anti_join(overused_files, "file_name")
    )
    excluded = _excluded(item_claims, rules)
    rows = articles_of(pages).drop("namespace", "is_redirect")
    rows = _add(rows, page_items, article)
    rows = _add(rows, _flag(local, article, "local"), article)
    rows = _add(rows, _flag(commons, article, "commons"), article)
    rows = _add(rows, _flag(disambiguations, article, "ambiguous"), article)
    rows = _add(rows, _flag(excluded, ["item_id"], "excluded"), ["item_id"])
    return rows.mutate(
        no_item=rows.item_id.isnull(),
        local_image=rows.local.notnull(),
        commons_image=rows.commons.notnull(),
        disambiguation=rows.ambiguous.notnull(),
        excluded_class=rows.excluded.notnull(),
    ).drop("local", "commons", "ambiguous", "excluded")


def _excluded(item_claims: Table, rules: Rules) -> Table:
    """Give the claims of items that are of an excluded class, or of a subclass of one."""
    classes = item_claims.filter(item_claims.property == "P31")
    above = item_claims.filter(item_claims.property == "P279")
    excluded = classes.filter(classes.value.isin(rules.excluded_classes))
    below = above.filter(above.value.isin(rules.excluded_classes))
    for _ in range(rules.excluded_levels):
        subclasses = below.select(value="item_id").distinct()
        excluded = excluded.union(classes.semi_join(subclasses, "value"), distinct=False)
        below = above.semi_join(subclasses, "value")
    return excluded


def _flag(rows: Table, keys: list[str], name: str) -> Table:
    return rows.select(*keys, **{name: ibis.literal(True)}).distinct()


def _add(rows: Table, more: Table, keys: list[str]) -> Table:
    return rows.left_join(more, keys).drop(*(f"{key}_right" for key in keys))


@dataset_asset(describe=pictures.articles, code_version="2")
def unillustrated_articles(
    pages: Table,
    page_items: Table,
    image_links: Table,
    lead_images: Table,
    local_files: Table,
    commons_files: Table,
    overused_files: Table,
    disambiguations: Table,
    item_claims: Table,
    rules: Rules,
) -> Selection:
    """Taken out are articles with `no_item`, with a `local_image` or a `commons_image` that is not
    overused, be it only their lead image, those that are a `disambiguation`, and those whose item
    is of an `excluded_class` or a subclass of one.
    """
    rows = article_conditions(
        pages,
        page_items,
        image_links,
        lead_images,
        local_files,
        commons_files,
        overused_files,
        disambiguations,
        item_claims,
        rules,
    )
    return Selection(rows, ARTICLE_CONDITIONS, lambda kept: kept)


def beyond_columns(filtered_suggestions: Table) -> Table:
    """Give the first page of each wiki whose id or revision the readers' columns can not hold.

    Columns as a Measure has: wiki_db, name (the page's id), count (its revision).
    """
    rows = filtered_suggestions
    beyond = rows.filter((rows.page_id > INT_MAX) | (rows.revision_id > INT_MAX))
    first = beyond.group_by("wiki_db").agg(
        page=beyond.page_id.min(), count=beyond.revision_id.argmin(beyond.page_id)
    )
    return first.select("wiki_db", "count", name=first.page.cast("string"))


@dataset_asset(describe=pictures.suggestions, recorded={BEYOND: beyond_columns}, code_version="4")
def filtered_suggestions(
    unillustrated_articles: Table,
    candidate_images: Table,
    feedback: Table,
    local_files: Table,
    commons_files: Table,
    commons_category_files: Table,
    rules: Rules,
) -> Selection:
    """Taken out are files that editors `judged` for the article: accepted or rejected, for good;
    those `hidden` by a file of the wiki of the same name, which an editor would get instead; and
    what the wiki's community decided against by its rules: `kind_off`, `low_confidence`,
    `excluded_file`, `excluded_category`. Where it has a confidence of its own for the kinds of a
    file, that is the file's.
    """
    judged = feedback.filter(
        feedback.about == "article", feedback.outcome.isin(["accepted", "rejected"])
    )
    judged = judged.select("wiki_db", "page_id", image=judged.file_name, decided=True).distinct()
    rows = unillustrated_articles.inner_join(candidate_images, "item_id")
    confidence = own_confidence(rows.wiki_db, rows.kinds, rows.confidence, rules)
    rows = rows.mutate(confidence=confidence)
    rows = _add(rows, judged, ["wiki_db", "page_id", "image"])
    own = local_files.select("wiki_db", image="file_name", own=True)
    rows = _add(rows, own, ["wiki_db", "image"])
    rows = rows.mutate(judged=rows.decided.notnull(), hidden=rows.own.notnull())
    rows = rows.drop("decided", "own")
    rows = _by_wiki(rows, commons_files, commons_category_files, rules)

    def finish(kept: Table) -> Table:
        best_first = [
            kept.confidence.desc(),
            kept.kinds.length().desc(),
            kept.found_on.length().fill_null(0).desc(),
            kept.image.asc(),
        ]
        window = ibis.window(group_by=["wiki_db", "page_id"], order_by=best_first)
        ranked = kept.mutate(rank=ibis.row_number().over(window) + 1)
        if rules.suggestions_most:
            ranked = ranked.filter(ranked["rank"] <= rules.suggestions_most)
        return ranked

    # Few columns are needed to count, so counting again is cheaper than keeping all aside.
    return Selection(rows, PAIR_CONDITIONS, finish, staged=False)


def _by_wiki(
    rows: Table, commons_files: Table, commons_category_files: Table, rules: Rules
) -> Table:
    """Add a boolean column for each condition that wikis set for themselves."""
    excluded = _in_excluded_categories(commons_files, commons_category_files, rules)
    if excluded is not None:
        rows = _add(rows, excluded, ["wiki_db", "image"])
    else:
        rows = rows.mutate(in_category=ibis.null("boolean"))

    def any_wiki(holds: Callable[[WikiRules], BooleanValue]) -> BooleanValue:
        each = [(rows.wiki_db == wiki) & holds(own) for wiki, own in rules.wikis.items()]
        return ibis.or_(*each) if each else ibis.literal(False)

    def none_on(own: WikiRules) -> BooleanValue:
        on = [rows.kinds.contains(kind) for kind in KINDS if kind not in own.kinds_off]
        return ~ibis.or_(*on) if on else ibis.literal(True)

    return rows.mutate(
        kind_off=any_wiki(none_on),
        low_confidence=any_wiki(lambda own: rows.confidence < own.least_confidence),
        excluded_file=any_wiki(lambda own: rows.image.isin(own.excluded_files)),
        excluded_category=rows.in_category.notnull(),
    ).drop("in_category")


def _in_excluded_categories(
    commons_files: Table, commons_category_files: Table, rules: Rules
) -> Table | None:
    """List the files of the categories that wikis excluded; None where no wiki did."""
    category = commons_category_files.category
    each = [
        commons_category_files.filter(category.isin(own.excluded_categories)).select(
            "page_id", wiki_db=ibis.literal(wiki)
        )
        for wiki, own in rules.wikis.items()
        if own.excluded_categories
    ]
    if not each:
        return None
    pages = ibis.union(*each, distinct=True)
    files = pages.inner_join(commons_files, "page_id")
    return files.select("wiki_db", image=files.file_name, in_category=ibis.literal(True))
