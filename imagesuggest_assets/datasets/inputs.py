"""The canonical tables of SPEC.md section 2, made from the tables of the wikis.

What the dumps' own layout and syntax are is not known here; see dump_tables.py.
"""

import ibis
from ibis import Table

from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.inputs import ARTICLES, VALUES
from resources.io_manager import Selection
from resources.sources.dumps import COMMONS

NS_MAIN, NS_FILE, NS_CATEGORY = 0, 6, 14
"""The namespaces of MediaWiki that count here."""


def articles_of(pages: Table) -> Table:
    """Give the articles of target wikis: pages of namespace 0 that are no redirects."""
    return pages.filter(pages.namespace == NS_MAIN, ~pages.is_redirect, pages.wiki_db != COMMONS)


def with_targets(links: Table, targets: Table, target_id: str, title: str) -> Table:
    """Look up what links point to: adds target_title, target_namespace and no_target.

    A row with a target id takes title and namespace from ``targets`` (mediawiki_linktarget),
    whatever title column it has beside it; without a row there it has ``no_target``. A row
    without a target id has the title that it carries, and no namespace.
    """
    found = targets.select(
        target_wiki=targets.wiki_db,
        lt_id=targets.lt_id,
        lt_namespace=targets.lt_namespace,
        lt_title=targets.lt_title,
    )
    rows = links.left_join(
        found, [links.wiki_db == found.target_wiki, links[target_id] == found.lt_id]
    )
    by_id = rows[target_id].notnull()
    return rows.mutate(
        target_title=ibis.ifelse(by_id, rows.lt_title, rows[title]),
        target_namespace=rows.lt_namespace,
        no_target=ibis.ifelse(by_id, rows.lt_id.isnull(), rows[title].isnull()),
    )


def articles_by_wiki(pages: Table) -> Table:
    """Count the articles of each target wiki, in the columns of a Measure."""
    articles = articles_of(pages).select("wiki_db", name=ibis.literal(""))
    return articles.group_by("wiki_db", "name").agg(count=articles.count())


@dataset_asset(recorded={ARTICLES: articles_by_wiki})
def pages(mediawiki_page: Table) -> Table:
    """Namespace 6 is kept for Commons alone."""
    page = mediawiki_page
    return page.filter(
        (page.page_namespace == NS_MAIN)
        | ((page.page_namespace == NS_FILE) & (page.wiki_db == COMMONS))
    ).select(
        wiki_db=page.wiki_db,
        page_id=page.page_id,
        namespace=page.page_namespace,
        title=page.page_title,
        is_redirect=page.page_is_redirect,
        revision_id=page.page_latest,
    )


@dataset_asset()
def incoming_links(mediawiki_pagelinks: Table, mediawiki_linktarget: Table) -> Selection:
    """Links whose target id stands for nothing (`no_target`) are dropped, and counted."""
    rows = with_targets(mediawiki_pagelinks, mediawiki_linktarget, "pl_target_id", "pl_title")
    namespace = ibis.coalesce(rows.target_namespace, rows.pl_namespace)
    rows = rows.select(
        "wiki_db", "pl_from", "no_target", title=rows.target_title, namespace=namespace
    )

    def finish(links: Table) -> Table:
        links = links.filter(links.namespace == NS_MAIN)
        distinct = links.select("wiki_db", "title", "pl_from").distinct()
        return distinct.group_by("wiki_db", "title").agg(links=distinct.count())

    return Selection(rows, ("no_target",), finish, staged=False)


@dataset_asset()
def image_links(mediawiki_imagelinks: Table, mediawiki_linktarget: Table) -> Selection:
    """Links whose target id stands for nothing (`no_target`) are dropped, and counted."""
    rows = with_targets(mediawiki_imagelinks, mediawiki_linktarget, "il_target_id", "il_to")

    def finish(links: Table) -> Table:
        return (
            links.filter(ibis.coalesce(links.target_namespace, NS_FILE) == NS_FILE)
            .select(wiki_db=links.wiki_db, page_id=links.il_from, file_name=links.target_title)
            .distinct()
        )

    return Selection(
        rows.select("wiki_db", "il_from", "target_title", "target_namespace", "no_target"),
        ("no_target",),
        finish,
        staged=False,
    )


@dataset_asset()
def local_files(mediawiki_image: Table) -> Table:
    """The image tables of the target wikis."""
    image = mediawiki_image.filter(mediawiki_image.wiki_db != COMMONS)
    return image.select(wiki_db=image.wiki_db, file_name=image.img_name).distinct()


@dataset_asset()
def lead_images(mediawiki_page_props: Table, pages: Table) -> Table:
    """An empty property is no image. Properties of pages that are no articles are dropped."""
    props = mediawiki_page_props
    props = props.filter(
        props.pp_propname.isin(["page_image_free", "page_image"]), props.pp_value != ""
    )
    free = props.pp_propname == "page_image_free"
    chosen = props.group_by(["wiki_db", "pp_page"]).agg(
        file_name=ibis.coalesce(props.pp_value.max(where=free), props.pp_value.max(where=~free))
    )
    return _of_articles(chosen, pages)


@dataset_asset()
def page_items(mediawiki_page_props: Table, pages: Table) -> Table:
    """Properties of pages that are no articles are dropped."""
    props = mediawiki_page_props
    items = props.filter(props.pp_propname == "wikibase_item").select(
        "wiki_db", "pp_page", item_id=props.pp_value
    )
    return _of_articles(items, pages)


def _of_articles(properties: Table, pages: Table) -> Table:
    articles = articles_of(pages).select("wiki_db", "page_id")
    return properties.rename(page_id="pp_page").semi_join(articles, ["wiki_db", "page_id"])


def values_by_column(commons_files: Table) -> Table:
    """Count what is not NULL of each column that may be, in the columns of a Measure."""
    counted = [
        commons_files.agg(count=commons_files[name].count()).mutate(name=ibis.literal(name))
        for name in ("media_type", "width")
    ]
    return ibis.union(*counted).mutate(wiki_db=ibis.literal(COMMONS))


@dataset_asset(recorded={VALUES: values_by_column})
def commons_files(pages: Table, mediawiki_image: Table) -> Table:
    """Files without a row in the image table of Commons have no media type and no width."""
    files = pages.filter(
        pages.wiki_db == COMMONS, pages.namespace == NS_FILE, ~pages.is_redirect
    ).select("page_id", file_name=pages.title)
    image = mediawiki_image.filter(mediawiki_image.wiki_db == COMMONS)
    # One row a name, should two spellings of one name have a row each.
    known = image.group_by(image.img_name).agg(
        media_type=image.img_media_type.max(), width=image.img_width.max()
    )
    rows = files.left_join(known, files.file_name == known.img_name)
    return rows.select("page_id", "file_name", "media_type", "width")


@dataset_asset()
def commons_category_files(
    mediawiki_categorylinks: Table, mediawiki_linktarget: Table, commons_files: Table
) -> Selection:
    """Links whose target id stands for nothing (`no_target`) are dropped, and counted."""
    rows = with_targets(mediawiki_categorylinks, mediawiki_linktarget, "cl_target_id", "cl_to")

    def finish(links: Table) -> Table:
        links = links.filter(
            ibis.coalesce(links.target_namespace, NS_CATEGORY) == NS_CATEGORY
        ).select(category=links.target_title, page_id=links.cl_from)
        return links.semi_join(commons_files, "page_id").distinct()

    return Selection(
        rows.select("wiki_db", "cl_from", "target_title", "target_namespace", "no_target"),
        ("no_target",),
        finish,
        staged=False,
    )


@dataset_asset()
def commons_category_sizes(mediawiki_category: Table, commons_category_files: Table) -> Table:
    """MediaWiki's count where the category table has the category, else the files counted."""
    told = mediawiki_category.group_by(category=mediawiki_category.cat_title).agg(
        told=mediawiki_category.cat_files.max()
    )
    counted = commons_category_files.group_by("category").agg(
        counted=commons_category_files.count()
    )
    rows = told.outer_join(counted, "category")
    return rows.select(
        category=ibis.coalesce(rows.category, rows.category_right),
        files=ibis.coalesce(rows.told, rows.counted),
    )
