"""Articles without a picture, and the files suggested for them: SPEC.md section 5."""

from collections.abc import Callable

import ibis
from ibis import Table
from ibis.expr.types import BooleanValue

from graph.rows import looked_up, places
from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.suggestions import ARTICLE_CONDITIONS
from imagesuggest_assets.datasets.confidence import own_confidence
from imagesuggest_assets.datasets.inputs import articles_of
from imagesuggest_assets.rules import Rules, WikiRules
from resources.io_manager import Selection
from resources.stores.kinds import KINDS
from resources.stores.store import INT_MAX

BEYOND = "pages beyond the readers' columns"
"""In the counts of filtered_suggestions: see beyond_columns."""
PAIR_CONDITIONS = (
    "judged",
    "hidden",
    "kind_off",
    "low_confidence",
    "excluded_file",
    "excluded_category",
)
"""What takes a file out of an article's suggestions, likewise."""


@dataset_asset()
def considered_articles(
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
    """Each condition that takes an article out of `unillustrated_articles`, with its evidence.
    Sorted by title, so that one is found at once.
    """
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
    rows = looked_up(rows, page_items, article)
    rows = looked_up(rows, _listed(local, article, "file_name", "local_images"), article)
    rows = looked_up(rows, _listed(commons, article, "file_name", "commons_images"), article)
    rows = looked_up(rows, _flag(disambiguations, article, "ambiguous"), article)
    rows = looked_up(
        rows, _listed(excluded, ["item_id"], "classes", "excluded_classes"), ["item_id"]
    )
    return rows.mutate(
        no_item=rows.item_id.isnull(),
        local_image=rows.local_images.notnull(),
        commons_image=rows.commons_images.notnull(),
        disambiguation=rows.ambiguous.notnull(),
        excluded_class=rows.excluded_classes.notnull(),
    ).order_by("wiki_db", "title")


def _excluded(item_claims: Table, rules: Rules) -> Table:
    """Give the items that are of an excluded class, or of a subclass of one, with `classes`: the
    item's class and the excluded one.
    """
    classes = item_claims.filter(item_claims.property == "P31")
    above = item_claims.filter(item_claims.property == "P279")
    excluded = classes.filter(classes.value.isin(rules.excluded_classes))
    found = [excluded.select("item_id", classes=excluded.value + "|" + excluded.value)]
    below = above.filter(above.value.isin(rules.excluded_classes)).rename(excluded="value")
    for _ in range(rules.excluded_levels):
        subclasses = below.select("excluded", value="item_id").distinct()
        rows = classes.inner_join(subclasses, "value")
        found.append(rows.select("item_id", classes=rows.value + "|" + rows.excluded))
        # One step down: what is below a subclass.
        below = above.inner_join(subclasses, "value").select("item_id", "excluded")
    return ibis.union(*found, distinct=False)


def _listed(rows: Table, keys: list[str], column: str, name: str) -> Table:
    """List the different values of a column, sorted, by ``keys``."""
    listed = rows.select(*keys, column).distinct().group_by(keys)
    return listed.agg(**{name: ibis._[column].collect()}).mutate(**{name: ibis._[name].sort()})


def _flag(rows: Table, keys: list[str], name: str) -> Table:
    return rows.select(*keys, **{name: ibis.literal(True)}).distinct()


@dataset_asset(describe=pictures.articles, code_version="2")
def unillustrated_articles(considered_articles: Table) -> Selection:
    """Taken out are articles with `no_item`, with a `local_image` or a `commons_image` that is not
    overused, be it only their lead image, those that are a `disambiguation`, and those whose item
    is of an `excluded_class` or a subclass of one.
    """
    return Selection(considered_articles, ARTICLE_CONDITIONS, lambda kept: kept)


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
    considered_files: Table,
    feedback: Table,
    rules: Rules,
) -> Selection:
    """Taken out are files that editors `judged` for the article: accepted or rejected, for good;
    those `hidden` by a file of the wiki of the same name, which an editor would get instead; and
    what the wiki's community decided against by its rules: `kind_off`, `low_confidence`,
    `excluded_file`, `excluded_category`. Where it has a confidence of its own for the kinds of a
    file, that is the file's.
    """
    rows = unillustrated_articles.inner_join(candidate_images, "item_id")
    rows = looked_up(rows, judged_pairs(feedback), ["wiki_db", "page_id", "image"])
    # Few files are hidden anywhere, or in an excluded category.
    some = considered_files.filter(
        considered_files.hidden_on.notnull() | considered_files.excluded_categories.notnull()
    )
    some = some.select("item_id", "image", "hidden_on", "excluded_categories")
    rows = pair_conditions(looked_up(rows, some, ["item_id", "image"]), rules)

    def finish(kept: Table) -> Table:
        best_first = [
            kept.confidence.desc(),
            kept.kinds.length().desc(),
            kept.found_on.length().fill_null(0).desc(),
            kept.image.asc(),
        ]
        ranked = kept.mutate(rank=places(["wiki_db", "page_id"], best_first))
        if rules.suggestions_most:
            ranked = ranked.filter(ranked["rank"] <= rules.suggestions_most)
        # So that those of an article are found at once.
        return ranked.order_by("wiki_db", "page_id", "rank")

    return Selection(rows, PAIR_CONDITIONS, finish)


def judged_pairs(feedback: Table) -> Table:
    """List the articles and files that were accepted or rejected; is_judged is true."""
    judged = feedback.filter(
        feedback.about == "article", feedback.outcome.isin(["accepted", "rejected"])
    )
    return _flag(judged.rename(image="file_name"), ["wiki_db", "page_id", "image"], "is_judged")


def pair_conditions(rows: Table, rules: Rules) -> Table:
    """Give articles and files their wiki's own confidence, and a boolean column for each of
    PAIR_CONDITIONS.

    Needed columns are wiki_db, image, kinds and confidence, is_judged, which is true or NULL, and
    hidden_on and excluded_categories as considered_files has them.
    """

    own = own_confidence(rows.wiki_db, rows.kinds, rows.confidence, rules)
    rows = rows.mutate(confidence=own)

    def any_wiki(holds: Callable[[WikiRules], BooleanValue]) -> BooleanValue:
        each = [(rows.wiki_db == wiki) & holds(own) for wiki, own in rules.wikis.items()]
        return ibis.or_(*each) if each else ibis.literal(False)

    def none_on(own: WikiRules) -> BooleanValue:
        on = [rows.kinds.contains(kind) for kind in KINDS if kind not in own.kinds_off]
        return ~ibis.or_(*on) if on else ibis.literal(True)

    def in_any(own: WikiRules) -> BooleanValue:
        each = [rows.excluded_categories.contains(name) for name in own.excluded_categories]
        return ibis.or_(*each).fill_null(False) if each else ibis.literal(False)

    return rows.mutate(
        judged=rows.is_judged.notnull(),
        hidden=rows.hidden_on.contains(rows.wiki_db).fill_null(False),
        kind_off=any_wiki(none_on),
        low_confidence=any_wiki(lambda own: rows.confidence < own.least_confidence),
        excluded_file=any_wiki(lambda own: rows.image.isin(own.excluded_files)),
        excluded_category=any_wiki(in_any),
    )
