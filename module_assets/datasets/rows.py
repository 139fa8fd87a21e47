"""What datasets have in common: the key of a module, and how something is looked up for rows."""

from ibis import Table

from graph.rows import looked_up

__all__ = ["MODULE", "TITLE", "by_title", "looked_up"]

MODULE = ["wiki_db", "page_id"]
"""What one module is told from all others by."""
TITLE = ["wiki_db", "title"]


def by_title(modules: Table) -> Table:
    """Give the page that a title leads to, one row each: where an export has several pages of one
    title, since it was moved while that was written, the one that was edited last.
    """
    page = modules.page_id.argmax(modules.revision_id)
    return modules.group_by(TITLE).agg(page_id=page)
