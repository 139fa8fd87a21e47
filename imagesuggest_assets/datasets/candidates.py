"""Which files could illustrate an article, and what takes a file out: SPEC.md section 4."""

import ibis
from ibis import Table

from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
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

FILE_CONDITIONS = ("overused", "name", "placeholder_category", "not_a_picture", "too_small")
"""What takes a file out, in the order in which it is counted."""


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
    """Add to ``files`` (rows of commons_files) one boolean column for each of FILE_CONDITIONS."""
    overused = overused_files.select("file_name", is_overused=True)
    category = commons_category_files.category
    placeholders = (
        commons_category_files.filter(category.isin(rules.placeholder_categories))
        .select("page_id", is_placeholder=True)
        .distinct()
    )
    rows = files.left_join(overused, "file_name").drop("file_name_right")
    rows = rows.left_join(placeholders, "page_id").drop("page_id_right")
    # Java and Python lower İ to i and a dot above, DuckDB to i alone.
    lower = rows.file_name.replace("İ", "i̇").lower()
    words = [lower.contains(word.lower()) for word in rules.name_words]
    words.append(rows.file_name.isin(rules.placeholder_files))
    extensions = [lower.endswith(f".{extension}") for extension in rules.picture_extensions]
    return rows.select(
        *files.columns,
        overused=rows.is_overused.notnull(),
        name=ibis.or_(*words),
        placeholder_category=rows.is_placeholder.notnull(),
        not_a_picture=rows.media_type.notin(rules.picture_media_types).fill_null(False)
        | ~ibis.or_(*extensions),
        too_small=(rows.width < rules.width_least).fill_null(False),
    )


@dataset_asset(describe=pictures.candidates, code_version="2")
def candidate_images(
    signals: Table,
    commons_files: Table,
    overused_files: Table,
    commons_category_files: Table,
    rules: Rules,
) -> Selection:
    """Taken out are files that are `overused`, that a `name` or a `placeholder_category` gives
    away, that are `not_a_picture`, or `too_small`.
    """
    # Flags, made lists of at the end: to collect and keep lists took twice the time of it all.
    pairs = signals.group_by("item_id", "page_id").agg(
        **{signal: (signals.signal == signal).any() for signal in KIND_OF},
        # Only the lead_image signal has found_on.
        found_on=signals.found_on.first(),
    )
    files = commons_files.semi_join(signals, "page_id")
    files = file_conditions(files, overused_files, commons_category_files, rules)
    joined = pairs.inner_join(files, "page_id").drop("media_type", "width")

    def finish(kept: Table) -> Table:
        return kept.mutate(
            image=kept.file_name, kinds=_kinds(kept), confidence=_confidence(kept, rules)
        )

    return Selection(joined, FILE_CONDITIONS, finish)


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
    )
