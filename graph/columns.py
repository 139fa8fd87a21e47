"""Columns that datasets of every graph have."""

from graph.schema import Column

ITEM_PATTERN = r"Q[1-9][0-9]*"
"""What the id of a Wikidata item looks like."""

WIKI = Column("wiki_db", "string", "the wiki's database name", pattern=r"[a-z0-9_]+")
PAGE = Column("page_id", "int64", "the page's id on its wiki", minimum=1)
ITEM = Column("item_id", "string", "the Wikidata item", pattern=ITEM_PATTERN)
