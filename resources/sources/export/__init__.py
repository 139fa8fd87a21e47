"""Reads what MediaWiki exports as XML: pages with their texts, and what a wiki says of itself."""
