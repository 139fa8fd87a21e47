"""The search index: bulk files for it, the servers that hold it, and what they were sent."""

KIND = "search"
"""Of its ledgers."""
