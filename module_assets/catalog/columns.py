"""Columns that several datasets have."""

from graph.columns import ITEM, PAGE, WIKI
from graph.schema import Column

__all__ = ["ITEM", "MODULE", "PAGE", "WIKI"]

MODULE = (WIKI, PAGE)
"""What one module is told from all others by."""
HASH_PATTERN = "[0-9a-f]{32}"
TITLE = Column("title", "string", "the title, without its namespace")
TEXT_HASH = Column("text_hash", "string", "digest of the text", pattern=HASH_PATTERN)
CODE_HASH = Column("code_hash", "string", "digest of the tokens", pattern=HASH_PATTERN)
SHAPE = Column(
    "shape",
    "string",
    "digest of the code without names and literals; of a very small one or a table, of its tokens",
    pattern=HASH_PATTERN,
)
COMPARED_BY = Column(
    "compared_by",
    "string",
    "whether the tokens are compared as they are, or without names and literals",
    values=("text", "structure"),
)
SHINGLES = Column("shingles", "int64", "distinct shingles, five tokens in a row each", minimum=0)
KINDS = ("empty", "alias", "data", "code")
KIND = Column("kind", "string", "what it is", values=KINDS)
FAMILY = Column(
    "family_id",
    "string",
    "the family: its representative's wiki and page",
    pattern=r"[a-z0-9_]+/[1-9][0-9]*",
)
SIMILARITY = Column("similarity", "float64", "what both have of all shingles", minimum=0, maximum=1)
SCORE = Column(
    "score",
    "float64",
    "the score with the usual weights, to three decimals",
    nullable=True,
    minimum=0,
    maximum=100,
)


def count(name: str, meaning: str, *, nullable: bool = False, minimum: int = 0) -> Column:
    """Declare a number of things."""
    return Column(name, "int64", meaning, nullable=nullable, minimum=minimum)


EXPORTED = (
    TITLE,
    Column("revision_id", "int64", "the newest revision", minimum=0),
    Column("revised_at", "timestamp('UTC')", "when that was saved", nullable=True),
    count("bytes", "the text as exported, in UTF-8"),
    Column("is_redirect", "boolean", "whether the page is a redirect"),
)
"""What an export says of a module's page, beside its text."""
