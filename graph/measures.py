"""What counts the rows of a dataset, to be compared with other snapshots. Which of them are counted
is declared with each catalog.
"""

import ibis
from ibis import Table

from resources.io_manager import Measure


def rows_by(wiki: str | None = None, name: str | None = None) -> Measure:
    """Make what counts rows by the columns that have the wiki and the name; '' stands for all."""

    def measure(table: Table) -> Table:
        wikis, names = (table[each] if each else ibis.literal("") for each in (wiki, name))
        named = table.select(wiki_db=wikis, name=names)
        return named.group_by("wiki_db", "name").agg(count=named.count())

    return measure
