"""One module: what is known of it, what it refers to, who refers to it; and how one is named."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import ibis
from ibis import Table

from module_assets.answers.published import Published, Row
from module_assets.answers.reasons import Reason, reasons_of
from module_assets.datasets.rows import MODULE, looked_up
from module_assets.scores import MODULE_FEATURES
from resources.errors import UserError
from resources.sources.names import normalize_typed_title, with_capital

_KNOWN = (
    *("module_code", "module_use", "module_links", "module_history"),
    *("module_families", "module_scores"),
)
"""The datasets of which a module has one row, or none."""
_ID = re.compile(r"([a-z0-9_]+)/([1-9]\d{0,18})", re.ASCII)
_TITLE = re.compile(r"([a-z0-9_]+):(.+)", re.ASCII | re.DOTALL)


def module_named(there: Published, name: str) -> tuple[str, int]:
    """Find a module by `<wiki>/<page id>` or `<wiki>:<title>`, with or without a namespace.

    A title is first taken as it is written: on some wikis `languages` and `Languages` are two.
    Raises UserError where there is none.
    """
    if found := _ID.fullmatch(name):
        return module_at(there, found[1], int(found[2]))
    found = _TITLE.fullmatch(name)
    if not found:
        raise UserError(f"{name!r} is no module; write wiki/page_id or wiki:title")
    wiki, title = found[1], normalize_typed_title(found[2])
    bare = title.partition(":")[2]
    titles = [title, with_capital(title), bare, with_capital(bare)]
    modules = there.table("modules")
    modules = modules.filter(modules.wiki_db == wiki, modules.title.isin(titles))
    rows = there.rows(modules.select("page_id", "title"))
    if not rows:
        raise UserError(f"the snapshot {there.key} has no module {name}")
    return wiki, min(rows, key=lambda row: titles.index(row["title"]))["page_id"]


def module_at(there: Published, wiki: str, page_id: int) -> tuple[str, int]:
    """Find a module by its page. Raises UserError where there is none."""
    if not there.rows(_of(there, "modules", wiki, page_id).select("page_id")):
        raise UserError(f"the snapshot {there.key} has no module {wiki}/{page_id}")
    return wiki, page_id


def facts_of(there: Published, wiki: str, page_id: int) -> Row:
    """Give all that is known of a module, in one row; what is not known is NULL."""
    rows = _of(there, "modules", wiki, page_id)
    for dataset in _KNOWN:
        rows = looked_up(rows, _of(there, dataset, wiki, page_id), MODULE)
    sites = there.table("wikis").select("wiki_db", "language", "project", "domain")
    rows = rows.inner_join(sites, "wiki_db")
    (facts,) = there.rows(rows)
    facts["revision"] = revision_of(facts)
    return facts


def revision_of(facts: Row) -> str:
    """Give the address of a module's revision, where its authors are credited, too."""
    return f"https://{facts['domain']}/w/index.php?oldid={facts['revision_id']}"


def page_of(facts: Row) -> str:
    """Give the address of a module's page."""
    return f"https://{facts['domain']}/wiki/Module:{quote(facts['title'])}"


def history_of(facts: Row) -> str:
    """Give the address of the history of a module's page, where its authors are."""
    return f"https://{facts['domain']}/w/index.php?curid={facts['page_id']}&action=history"


def text_of(there: Published, wiki: str, page_id: int) -> str:
    """Give the text of a module."""
    rows = there.rows(_of(there, "module_text", wiki, page_id))
    return str(rows[0]["text"]) if rows else ""


def texts_of(there: Published, modules: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Give the texts of some modules, for which all texts are looked through once."""
    rows = there.table("module_text")
    wikis, pages = ({*each} for each in zip(*modules, strict=True))
    found = there.rows(rows.filter(rows.page_id.isin(pages), rows.wiki_db.isin(wikis)))
    texts = {(row["wiki_db"], row["page_id"]): row["text"] for row in found}
    return {module: texts.get(module, "") for module in modules}


def texts_named(there: Published, *names: str) -> list[tuple[str, str]]:
    """Find some modules, see module_named(); give `<wiki>/<page id>` and the text of each."""
    modules = [module_named(there, name) for name in names]
    texts = texts_of(there, modules)
    return [(f"{wiki}/{page_id}", texts[wiki, page_id]) for wiki, page_id in modules]


def refers_to(there: Published, wiki: str, page_id: int) -> list[Row]:
    """List what a module refers to: kind, title, target_page_id."""
    rows = _of(there, "module_references", wiki, page_id)
    return there.rows(rows.select("kind", "title", "target_page_id").order_by("title", "kind"))


def referred_by(there: Published, wiki: str, page_id: int) -> list[Row]:
    """List the other modules of the wiki that refer to a module: page_id, title, kind, is_draft."""
    rows = there.table("module_references")
    rows = rows.filter(rows.wiki_db == wiki, rows.target_page_id == page_id)
    rows = rows.filter(rows.page_id != page_id).select("wiki_db", "page_id", "kind")
    named = there.table("modules").select(*MODULE, "title", "is_draft")
    rows = rows.inner_join(named, MODULE)
    return there.rows(rows.select("page_id", "title", "kind", "is_draft").order_by("title", "kind"))


def functions_of(there: Published, wiki: str, page_id: int) -> list[Row]:
    """List the functions of a module, with how many wikis have each, in whatever form."""
    rows = _of(there, "module_functions", wiki, page_id)
    known = there.table("function_families").select("shape", "wikis", "families")
    rows = looked_up(rows, known, ["shape"]).drop(*MODULE)
    return there.rows(rows.order_by("ordinal"))


def reasons(there: Published, facts: Row, weights: Mapping[str, float]) -> list[Reason]:
    """Say what each feature gives to the score of a module, see facts_of(), the most first; nothing
    of one without.
    """
    scores = _of(there, "module_scores", facts["wiki_db"], facts["page_id"])
    return reasons_of(there, scores, MODULE_FEATURES, facts, weights)


def similar_to(there: Published, wiki: str, page_id: int, limit: int, offset: int) -> list[Row]:
    """List the modules whose shape is a module's or like it, the most alike first: wiki_db,
    page_id, title, similarity, akin, family_id.
    """
    own = _of(there, "module_code", wiki, page_id).select("shape")
    same = own.select(similarity=1.0, akin=True, other="shape")
    found = paired_with(there, own).union(same, distinct=False)
    code = there.table("module_code").select(*MODULE, other="shape")
    others = code.filter((code.wiki_db != wiki) | (code.page_id != page_id))
    rows = others.inner_join(found, "other").drop("other")
    rows = rows.inner_join(there.table("modules").select(*MODULE, "title"), MODULE)
    families = there.table("module_families").select(*MODULE, "family_id")
    rows = rows.inner_join(families, MODULE)
    rows = rows.select(*MODULE, "title", "similarity", "akin", "family_id")
    return there.rows(rows.order_by(ibis.desc("similarity"), *MODULE).limit(limit, offset=offset))


def paired_with(there: Published, own: Table) -> Table:
    """Give what is similar to one of some shapes: similarity, akin and the ``other`` shape."""
    pairs = there.table("similar_shapes")
    columns = ("similarity", "akin")
    first = pairs.select(*columns, shape="shape_a", other="shape_b")
    second = pairs.select(*columns, shape="shape_b", other="shape_a")
    return first.union(second, distinct=False).semi_join(own, "shape").drop("shape")


def having(there: Published, shape: str, limit: int) -> list[Row]:
    """List the modules that have a function of a shape, those that are used most first: wiki_db,
    page_id, title, name, line, code_hash, transclusions, family_id.
    """
    rows = there.table("module_functions")
    rows = rows.filter(rows.shape == shape).select(*MODULE, "name", "line", "code_hash")
    modules = there.table("modules")
    modules = modules.filter(~modules.is_draft)
    rows = rows.inner_join(modules.select(*MODULE, "title"), MODULE)
    rows = rows.inner_join(there.table("module_use").select(*MODULE, "transclusions"), MODULE)
    families = there.table("module_families").select(*MODULE, "family_id")
    rows = looked_up(rows, families, MODULE)
    order = (ibis.desc("transclusions"), *MODULE, "line")
    return there.rows(rows.order_by(*order).limit(limit))


def _of(there: Published, dataset: str, wiki: str, page_id: int) -> Table:
    rows = there.table(dataset)
    return rows.filter(rows.wiki_db == wiki, rows.page_id == page_id)
