"""What becomes of an article, and of a file that was considered for it."""

SUGGESTED, WOULD_BE, TAKEN_OUT, NOT_SUGGESTED = (
    "suggested",
    "would be suggested",
    "taken out",
    "not suggested",
)
"""The verdicts. A file would be suggested where only the article itself speaks against it."""
