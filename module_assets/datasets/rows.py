"""What datasets have in common: the key of a module, and how something is looked up for rows."""

from graph.rows import looked_up

__all__ = ["MODULE", "looked_up"]

MODULE = ["wiki_db", "page_id"]
"""What one module is told from all others by."""
