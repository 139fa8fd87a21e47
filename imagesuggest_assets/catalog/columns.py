"""Columns that several datasets have."""

from graph.columns import ITEM, PAGE, WIKI
from graph.schema import Column

WIKIID = Column("wikiid", "string", "the wiki's database name", pattern=r"[a-z0-9_]+")
COMMONS_PAGE = Column("page_id", "int64", "the file's page id on Commons", minimum=1)
FILE = Column("file_name", "string", "the file's name, without `File:`")
KINDS = Column("kinds", "array<string>", "why the file belongs to the item, sorted")
CONFIDENCE = Column(
    "confidence",
    "int64",
    "how sure the strongest of the kinds is, in percent",
    minimum=0,
    maximum=100,
)
FOUND_ON = Column(
    "found_on",
    "array<string>",
    "the wikis where it is the lead image of an article of the item, sorted",
    nullable=True,
)
TAG_COLUMNS = (
    WIKIID,
    PAGE,
    Column("page_namespace", "int64", "0 for articles, 6 for files", minimum=0, maximum=6),
    Column("tag", "string", "the name of the weighted tag", pattern=r"[a-z0-9_.]+"),
    Column("values", "array<string>", "`<name>|<weight>`, sorted, distinct"),
)
ARTICLE_COLUMNS = (
    WIKI,
    PAGE,
    Column("revision_id", "int64", "the article's newest revision", minimum=0),
    Column("title", "string", "the article's title"),
    ITEM,
)
