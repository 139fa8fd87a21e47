"""The readers' store: what it should hold of a snapshot, what it holds, and the way between."""
