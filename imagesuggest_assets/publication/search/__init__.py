"""The search index: what it lacks of a snapshot, and how it is told."""
