"""The datasets of MODULES.md section 2: what is known of wikis and of each of their modules.

How dumps are read is not known here; see `resources/sources`.
"""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import ibis
from ibis import Table
from ibis.expr.types import BooleanValue, StringValue, Value

from module_assets.datasets.rows import MODULE, TITLE, by_title, looked_up
from module_assets.rules import DRAFT_WORDS

Text = TypeVar("Text", str, StringValue)
RECENT_DAYS = 365
_USER = "user:"
_NO_END = ("", "infinity", "infinite")
"""What stands for the end of a restriction that has none, where that is not NULL."""
_LETTERS = {"İ": "i̇", "Σ": "σ", "ς": "σ"}
"""Letters that engines lower each in its own way: the dot of the first is kept or lost, and a
sigma depends on what follows it or does not."""


def wikis(wiki_sites: Table) -> Table:
    """Give each wiki with its project, such as `wiktionary`, or `commons` for one that is a project
    by itself, and the domain that it is found at.
    """
    # Where to split is a regular expression on one engine, and none on the other.
    rows = wiki_sites.mutate(labels=wiki_sites.host.replace(".", " ").split(" "))
    by_itself = rows.host.endswith(".wikimedia.org")
    place = ibis.ifelse(by_itself, 0, ibis.greatest(rows.labels.length() - 2, 0))
    return rows.select(
        "wiki_db", "language", project=rows.labels[place], domain="host", articles="articles"
    )


def modules(
    exported_modules: Table, module_items: Table, draft_words: Sequence[str] = DRAFT_WORDS
) -> Table:
    """Give each module with its item. It is a draft where a part of its title between slashes is a
    draft word, or the first part begins with `user:`.
    """
    rows = looked_up(exported_modules, module_items, MODULE)
    return rows.select(
        *MODULE,
        "title",
        "revision_id",
        "revised_at",
        "bytes",
        "is_redirect",
        is_draft=_is_draft(rows.title, draft_words),
        item_id="item_id",
    )


def _is_draft(title: StringValue, draft_words: Sequence[str]) -> BooleanValue:
    between = ibis.literal("/") + _folded(title) + "/"
    words = [_folded(unicodedata.normalize("NFC", word)) for word in draft_words]
    named = [between.contains(f"/{word}/") for word in words]
    return ibis.or_(between.startswith(f"/{_USER}"), *named)


def _folded(text: Text) -> Text:
    """Lower a text, of Python or of an engine, in one way."""
    text = text.replace("_", " ")
    for letter, lower in _LETTERS.items():
        text = text.replace(letter, lower)
    return text.lower()


def module_text(exported_modules: Table) -> Table:
    """Give the text of each module, as it was read."""
    return exported_modules.select(*MODULE, "text")


def module_use(
    modules: Table, module_transclusions: Table, article_views: Table, known_sources: Table
) -> Table:
    """Count the pages that transclude each module, the articles among them, and the views of those.

    A page counts once, however often it is in the tables. Readers are NULL where nobody counted
    views.
    """
    # Numbers before all else: there are hundreds of millions of rows.
    pages = module_transclusions.inner_join(by_title(modules), TITLE)
    pages = pages.group_by(*MODULE, "from_page").agg(is_article=(pages.from_namespace == 0).any())
    views = article_views.group_by("wiki_db", from_page="page_id").agg(
        views=article_views.views.sum()
    )
    pages = looked_up(pages, views, ["wiki_db", "from_page"])
    used = pages.group_by(MODULE).agg(
        transclusions=pages.count(),
        articles=pages.count(where=pages.is_article),
        readers=pages.views.sum(where=pages.is_article),
    )
    rows = looked_up(modules.select(*MODULE), used, MODULE)
    rows = knowing(rows, known_sources, "pageviews")
    return rows.select(
        *MODULE,
        transclusions=rows.transclusions.fill_null(0),
        articles=rows.articles.fill_null(0),
        readers=if_known(rows.knows_pageviews, rows.readers, 0),
    )


def module_links(
    modules: Table,
    module_languages: Table,
    module_restrictions: Table,
    known_sources: Table,
    day: date,
) -> Table:
    """Count the languages that each module is linked to, and give what one must be to edit and to
    move it on ``day``.

    A level is NULL where nothing is asked for, or nobody knows. Of several levels at once it is the
    last by code points.
    """
    linked = module_languages.group_by(MODULE).agg(languages=module_languages.language.nunique())
    valid = module_restrictions.filter(_is_valid(module_restrictions.expiry, day))
    levels = valid.group_by(MODULE).agg(
        edit_level=valid.level.max(where=valid.type == "edit"),
        move_level=valid.level.max(where=valid.type == "move"),
    )
    rows = looked_up(looked_up(modules.select(*MODULE), linked, MODULE), levels, MODULE)
    rows = knowing(rows, known_sources, "langlinks")
    return rows.select(
        *MODULE,
        languages=if_known(rows.knows_langlinks, rows.languages, 0),
        edit_level=rows.edit_level,
        move_level=rows.move_level,
    )


def _is_valid(expiry: StringValue, day: date) -> BooleanValue:
    """Tell whether a restriction is there at the beginning of a day: it ends later, or never."""
    digits = expiry.replace("-", "").replace(" ", "").replace(":", "")
    return expiry.isnull() | expiry.isin(_NO_END) | (digits > f"{day:%Y%m%d}000000")


def module_history(modules: Table, module_edits: Table, known_sources: Table, day: date) -> Table:
    """Count the edits of each module and who made them. Recent are those of the 365 days before
    ``day``.
    """
    edits = module_edits
    end = datetime.combine(day, time(), UTC)
    begin = end - timedelta(RECENT_DAYS)
    recent = (edits.time >= _instant(begin)) & (edits.time < _instant(end))
    edited = edits.group_by(MODULE).agg(
        edits=edits.count(),
        minor_edits=edits.count(where=edits.is_minor),
        anonymous_edits=edits.count(where=edits.is_anonymous),
        recent_edits=edits.count(where=recent),
        editors=edits.editor.nunique(),
        first_edit=edits.time.min(),
        last_edit=edits.time.max(),
    )
    rows = looked_up(modules.select(*MODULE), edited, MODULE)
    rows = knowing(rows, known_sources, "history")
    counts = ("edits", "minor_edits", "anonymous_edits", "recent_edits", "editors")
    return rows.select(
        *MODULE,
        **{name: if_known(rows.knows_history, rows[name], 0) for name in counts},
        first_edit="first_edit",
        last_edit="last_edit",
    )


def _instant(time: datetime) -> Value:
    return ibis.literal(time, "timestamp('UTC')")


def knowing(rows: Table, known_sources: Table, source: str) -> Table:
    """Add whether the wiki's source was there, else NULL: knows_langlinks and the like."""
    known = known_sources.filter(known_sources.source == source)
    by_wiki = known.select("wiki_db", **{f"knows_{source}": ibis.literal(True)})
    return looked_up(rows, by_wiki, ["wiki_db"])


def if_known(known: BooleanValue, found: Value, nothing: int | str) -> Value:
    """Give what was found, or that it is nothing; NULL where it is not known."""
    return ibis.ifelse(known.fill_null(False), found.fill_null(nothing), ibis.null(found.type()))
