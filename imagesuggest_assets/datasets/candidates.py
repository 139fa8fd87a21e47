"""Which files could illustrate an article, and what takes a file out: SPEC.md section 4."""

import ibis
from ibis import Table

from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.candidates import FILE_CONDITIONS
from imagesuggest_assets.datasets.commons_tags import kept
from imagesuggest_assets.datasets.inputs import articles_of
from imagesuggest_assets.rules import Rules
from resources.io_manager import Selection
from resources.stores.kinds import COMMONS_CATEGORY, DEPICTS, LEAD_IMAGE, WIKIDATA_IMAGE

KIND_OF = {
    "p18": WIKIDATA_IMAGE,
    "p373": COMMONS_CATEGORY,
    "lead_image": LEAD_IMAGE,
    "depicts": DEPICTS,
}
"""The kind that each signal gives a candidate."""


@dataset_asset()
def overused_files(
    image_links: Table, local_files: Table, commons_files: Table, pages: Table, rules: Rules
) -> Table:
    """How many articles may share a file grows with the logarithm of a wiki's size."""
    articles = articles_of(pages)
    sizes = articles.group_by("wiki_db").agg(articles=articles.count())
    limits = sizes.select("wiki_db", threshold=_threshold(sizes.articles, rules))
    uses = (
        image_links.semi_join(articles, ["wiki_db", "page_id"])
        .anti_join(local_files, ["wiki_db", "file_name"])
        .semi_join(commons_files, "file_name")
    )
    by_wiki = uses.group_by("wiki_db", "file_name").agg(pages=uses.count())
    rows = by_wiki.inner_join(limits, "wiki_db")
    totals = rows.group_by("file_name").agg(pages=rows.pages.sum(), limit=rows.threshold.sum())
    return totals.filter(totals.pages > totals["limit"])


def _threshold(articles: ibis.Value, rules: Rules) -> ibis.Value:
    """Compute ceil(15 (log10(n / 50000) + 1)) from 50,000 articles on, below it a straight line."""
    line = (articles * rules.overuse_pages) / float(rules.overuse_articles)
    small = ibis.greatest(line, rules.overuse_least).ceil()
    size = articles / float(rules.overuse_articles)
    # The logarithm is taken of small wikis too, so keep it from 0 on.
    large = (rules.overuse_pages * (ibis.greatest(size, 1.0).log10() + 1)).ceil()
    return ibis.ifelse(articles >= rules.overuse_articles, large, small).cast("int64")


def file_conditions(
    files: Table, overused_files: Table, commons_category_files: Table, rules: Rules
) -> Table:
    """Add to ``files`` (rows of commons_files) one boolean column for each of FILE_CONDITIONS, and
    as evidence pages and limit, word, and category.
    """
    placeholders = commons_category_files.filter(
        commons_category_files.category.isin(rules.placeholder_categories)
    )
    placeholders = placeholders.group_by("page_id").agg(category=placeholders.category.min())
    rows = files.left_join(overused_files, "file_name").drop("file_name_right")
    rows = rows.left_join(placeholders, "page_id").drop("page_id_right")
    # Java and Python lower İ to i and a dot above, DuckDB to i alone.
    lower = rows.file_name.replace("İ", "i̇").lower()
    words = [(lower.contains(word.lower()), word) for word in rules.name_words]
    words.append((rows.file_name.isin(rules.placeholder_files), rows.file_name))
    rows = rows.mutate(word=ibis.cases(*words))
    extensions = [lower.endswith(f".{extension}") for extension in rules.picture_extensions]
    return rows.mutate(
        overused=rows.pages.notnull(),
        name=rows.word.notnull(),
        placeholder_category=rows.category.notnull(),
        not_a_picture=rows.media_type.notin(rules.picture_media_types).fill_null(False)
        | ~ibis.or_(*extensions),
        too_small=(rows.width < rules.width_least).fill_null(False),
    )


def pairs_of(
    signals: Table,
    commons_files: Table,
    overused_files: Table,
    commons_category_files: Table,
    rules: Rules,
) -> Table:
    """Give each item and file that a signal ties: image, kinds, confidence and found_on, and what
    file_conditions() adds to the file.
    """
    # Flags, made lists of at the end: to collect and keep lists took twice the time of it all.
    pairs = signals.group_by("item_id", "page_id").agg(
        **{signal: (signals.signal == signal).any() for signal in KIND_OF},
        # Only the lead_image signal has found_on.
        found_on=signals.found_on.first(),
    )
    files = commons_files.semi_join(signals, "page_id")
    files = file_conditions(files, overused_files, commons_category_files, rules)
    rows = pairs.inner_join(files, "page_id").rename(image="file_name")
    return rows.mutate(kinds=_kinds(rows), confidence=_confidence(rows, rules))


@dataset_asset()
def considered_files(
    considered_articles: Table,
    signals: Table,
    commons_files: Table,
    overused_files: Table,
    commons_category_files: Table,
    local_files: Table,
    rules: Rules,
) -> Table:
    """Each file that a signal ties to an item of an article, with what takes it out of
    `candidate_images`, and what left signals out. Sorted by item, so that those of one are found at
    once.
    """
    items = considered_articles.filter(considered_articles.item_id.notnull())
    ours = signals.semi_join(items, "item_id")
    files = commons_files, overused_files, commons_category_files
    pairs = pairs_of(kept(ours), *files, rules).rename(
        overused_pages="pages", overused_limit="limit", placeholder="category"
    )
    left_out = _left_out(ours)
    rows = pairs.outer_join(left_out, ["item_id", "image"])
    rows = rows.mutate(
        item_id=ibis.coalesce(rows.item_id, rows.item_id_right),
        image=ibis.coalesce(rows.image, rows.image_right),
        no_signal=rows.kinds.isnull(),
        **{condition: rows[condition].fill_null(False) for condition in FILE_CONDITIONS},
    ).drop("item_id_right", "image_right")
    hidden = local_files.group_by(image="file_name").agg(hidden_on=local_files.wiki_db.collect())
    rows = rows.left_join(hidden, "image").drop("image_right")
    excluded = _excluded_categories(commons_category_files, rules)
    rows = rows.left_join(excluded, "page_id").drop("page_id_right")
    # What no signal ties to the item would be hidden from nobody.
    hidden_on = ibis.ifelse(rows.no_signal, ibis.null("array<string>"), rows.hidden_on.sort())
    return rows.mutate(
        hidden_on=hidden_on, excluded_categories=rows.excluded_categories.sort()
    ).order_by("item_id", "image")


@dataset_asset(describe=pictures.candidates, code_version="2")
def candidate_images(
    considered_files: Table,
    considered_articles: Table,
    signals: Table,
    commons_files: Table,
    overused_files: Table,
    commons_category_files: Table,
    rules: Rules,
) -> Selection:
    """Taken out are files that are `overused`, that a `name` or a `placeholder_category` gives
    away, that are `not_a_picture`, or `too_small`. Of items of articles they are those considered;
    of all others they are computed here.
    """
    needed = ("item_id", "image", "kinds", "confidence", "found_on", *FILE_CONDITIONS)
    others = kept(signals).anti_join(considered_articles, "item_id")
    pairs = pairs_of(others, commons_files, overused_files, commons_category_files, rules)
    considered = considered_files.filter(~considered_files.no_signal)
    rows = considered.select(*needed).union(pairs.select(*needed), distinct=False)
    return Selection(rows, FILE_CONDITIONS)


def _left_out(signals: Table) -> Table:
    """List what was left out, by item and file; of categories, and of files that are gone, by item
    alone, image being NULL.
    """
    rows = signals.filter(signals.left_out.notnull())
    named = ibis.ifelse(rows.signal.isin(["p18", "lead_image"]), rows.value, ibis.null("string"))
    parts = [rows.signal, rows.left_out, *(rows[n].cast("string") for n in ("count", "limit"))]
    text = ibis.literal("|").join([each.fill_null("") for each in (*parts, rows.value)])
    rows = rows.select("item_id", image=ibis.coalesce(rows.file_name, named), text=text)
    listed = rows.group_by("item_id", "image").agg(left_out=rows.text.collect())
    return listed.mutate(left_out=listed.left_out.sort())


def _excluded_categories(commons_category_files: Table, rules: Rules) -> Table:
    """List for each file its categories that some wiki excludes."""
    names = sorted({name for own in rules.wikis.values() for name in own.excluded_categories})
    found = commons_category_files.filter(commons_category_files.category.isin(names))
    return found.group_by("page_id").agg(excluded_categories=found.category.collect())


def _kinds(rows: Table) -> ibis.Value:
    """List the kinds of the signals that are there, sorted."""
    kinds = [
        ibis.ifelse(rows[signal], kind, ibis.null("string"))
        for signal, kind in sorted(KIND_OF.items(), key=lambda pair: pair[1])
    ]
    return ibis.array(kinds).filter(lambda kind: kind.notnull())


def _confidence(rows: Table, rules: Rules) -> ibis.Value:
    """Give the highest confidence of the signals that are there."""
    confidences = {
        "p18": rules.p18_confidence,
        "p373": rules.p373_confidence,
        "lead_image": rules.lead_image_confidence,
        "depicts": rules.depicts_confidence,
    }
    return ibis.greatest(
        *(ibis.ifelse(rows[signal], value, 0) for signal, value in confidences.items())
    ).cast("int64")
