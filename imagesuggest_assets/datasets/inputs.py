"""The canonical tables of SPEC.md section 2, made from the tables of the wikis.

What the dumps' own layout and syntax are is not known here; see dump_tables.py.
"""

import ibis
from ibis import Table

from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.inputs import ARTICLES, VALUES
from resources.io_manager import Selection
from resources.sources.dumps import COMMONS
from resources.sources.names import NS_CATEGORY, NS_FILE, NS_MAIN


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


def follow_redirects(rows: Table, file_redirects: Table, local_files: Table) -> Table:
    """Let each ``file_name`` of a page of ``wiki_db`` be the file that is meant, SPEC.md section 1.

    Where Commons redirects the name that is the target, be it a file of Commons or of the wiki, or
    there or not; but a name that a file of the wiki hides stays what it is. A redirect to a
    redirect is not followed further.
    """
    columns = rows.columns
    hidden = local_files.semi_join(file_redirects, "file_name").mutate(is_hidden=True)
    rows = rows.left_join(file_redirects, "file_name").drop("file_name_right")
    rows = rows.left_join(hidden, ["wiki_db", "file_name"])
    moved = rows.target.notnull() & rows.is_hidden.isnull()
    meant = ibis.ifelse(moved, rows.target, rows.file_name)
    return rows.mutate(file_name=meant).select(*columns)


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

    return Selection(rows, ("no_target",), finish)


@dataset_asset(code_version="2")
def image_links(
    mediawiki_imagelinks: Table,
    mediawiki_linktarget: Table,
    file_redirects: Table,
    local_files: Table,
) -> Selection:
    """Links whose target id stands for nothing (`no_target`) are dropped, and counted."""
    rows = with_targets(mediawiki_imagelinks, mediawiki_linktarget, "il_target_id", "il_to")

    def finish(links: Table) -> Table:
        links = links.filter(ibis.coalesce(links.target_namespace, NS_FILE) == NS_FILE).select(
            wiki_db=links.wiki_db, page_id=links.il_from, file_name=links.target_title
        )
        return follow_redirects(links, file_redirects, local_files).distinct()

    return Selection(
        rows.select("wiki_db", "il_from", "target_title", "target_namespace", "no_target"),
        ("no_target",),
        finish,
    )


@dataset_asset()
def local_files(mediawiki_image: Table) -> Table:
    """The image tables of the target wikis."""
    image = mediawiki_image.filter(mediawiki_image.wiki_db != COMMONS)
    return image.select(wiki_db=image.wiki_db, file_name=image.img_name).distinct()


@dataset_asset(code_version="2")
def lead_images(
    mediawiki_page_props: Table, pages: Table, file_redirects: Table, local_files: Table
) -> Table:
    """An empty property is no image. Properties of pages that are no articles are dropped."""
    props = mediawiki_page_props
    props = props.filter(
        props.pp_propname.isin(["page_image_free", "page_image"]), props.pp_value != ""
    )
    free = props.pp_propname == "page_image_free"
    chosen = props.group_by(["wiki_db", "pp_page"]).agg(
        file_name=ibis.coalesce(props.pp_value.max(where=free), props.pp_value.max(where=~free))
    )
    return follow_redirects(_of_articles(chosen, pages), file_redirects, local_files)


@dataset_asset()
def disambiguations(mediawiki_page_props: Table, pages: Table) -> Table:
    """Properties of pages that are no articles are dropped."""
    props = mediawiki_page_props
    found = props.filter(props.pp_propname == "disambiguation").select("wiki_db", "pp_page")
    return _of_articles(found.distinct(), pages)


@dataset_asset()
def file_redirects(mediawiki_redirect: Table, pages: Table) -> Table:
    """Left out are redirects to other sites, and rows of pages that are no redirects (any more)."""
    redirects = pages.filter(
        pages.wiki_db == COMMONS, pages.namespace == NS_FILE, pages.is_redirect
    ).select(rd_from=pages.page_id, file_name=pages.title)
    found = mediawiki_redirect.filter(
        ibis.coalesce(mediawiki_redirect.rd_interwiki, "") == ""
    ).inner_join(redirects, "rd_from")
    # One row a name, should two spellings of one name redirect.
    return found.group_by("file_name").agg(target=found.rd_title.min())


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


@dataset_asset(recorded={VALUES: values_by_column}, code_version="2")
def commons_files(pages: Table, mediawiki_image: Table) -> Table:
    """Files without a row in the image table of Commons have no media type and no width. Of two
    pages of one name, which are two spellings of it, the older one is the file.
    """
    files = pages.filter(
        pages.wiki_db == COMMONS, pages.namespace == NS_FILE, ~pages.is_redirect
    ).select(
        "page_id",
        file_name=pages.title,
        media_type=ibis.null("string"),
        width=ibis.null("int64"),
    )
    image = mediawiki_image.filter(mediawiki_image.wiki_db == COMMONS)
    known = image.select(
        page_id=ibis.null("int64"),
        file_name=image.img_name,
        media_type=image.img_media_type,
        width=image.img_width,
    )
    both = files.union(known, distinct=False)
    rows = both.group_by("file_name").agg(
        page_id=both.page_id.min(), media_type=both.media_type.max(), width=both.width.max()
    )
    return rows.filter(rows.page_id.notnull())


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
